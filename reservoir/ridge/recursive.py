"""Recursive least squares in square-root form: a ridge regression that follows step by step."""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np

from ..lapack import solve_triangle, stack_on
from .statistics import RidgeFactor

#: Share of its penalty that a coefficient loses before it is topped up, as a logarithm.
MOST_DECAY = 0.5


class RecursiveFactor(RidgeFactor):
    r"""A triangular factor that holds the penalty too, so that a solution costs O(N²).

    .. math:: R^T R = \sum_t \lambda^{T - t} z_t z_t^T + \mathrm{diag}(0, d, 0),
        \qquad R \, [b; w] = R_y

    Forgetting shrinks the penalty d with the data, and without data on some direction the textbook
    covariance then grows beyond bounds. Here coefficients take turns to be topped up to alpha,
    often enough that d stays above 0.6 alpha; a triangular factor is positive definite by form.

    Parameters
    ----------
    data : RidgeFactor
        What was seen so far; it is not changed.
    alpha : float
        The penalty, > 0.

    Attributes
    ----------
    penalty : ndarray of shape (N,)
        d, of each coefficient.

    References
    ----------
    Sayed (2003), Fundamentals of adaptive filtering, chapter 12, for the array form; Gunnarsson
    (1996), Combining tracking and regularization in recursive least squares identification.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.ridge import RecursiveFactor, RidgeFactor
    >>> x = np.random.default_rng(0).standard_normal((200, 3))
    >>> y = x @ [[1.0], [2.0], [3.0]]
    >>> recursive = RecursiveFactor(RidgeFactor(3, 1).update(x[:100], y[:100]), alpha=1e-6)
    >>> for t in range(100, 200):
    ...     recursive = recursive.forget(0.9).update(x[t : t + 1], -y[t : t + 1])
    >>> recursive.solve()[0].round(2)
    array([[-1., -2., -3.]])
    """

    def __init__(self, data: RidgeFactor, alpha: float) -> None:
        super().__init__(data.n_features, data.n_targets)
        self.alpha = alpha
        self.factor = data.factor.copy(order="F")
        self.shift = copy.copy(data.shift)
        self.penalty = np.zeros(self.n_features)
        self._next, self._owed = 0, float(self.n_features)
        self._add_rows(np.empty((self.size, 0)))

    def _scale_weights(self, factor: float) -> None:
        super()._scale_weights(factor)
        self.penalty *= factor
        # a round over all coefficients for every `MOST_DECAY` that is forgotten
        with np.errstate(divide="ignore"):
            self._owed -= self.n_features * np.log(factor) / MOST_DECAY

    def _add_rows(self, rows: np.ndarray) -> None:
        """Add data, and top up the coefficients whose turn it is, in one factorisation."""
        due = int(min(self._owed, self.n_features))
        self._owed = 0.0 if due == self.n_features else self._owed - due
        units = (self._next + np.arange(due)) % self.n_features
        self._next = (self._next + due) % self.n_features
        stacked = np.zeros((rows.shape[1] + due, self.size), order="F")
        stacked[: rows.shape[1]] = rows.T
        lacking = np.maximum(self.alpha - self.penalty[units], 0.0)
        stacked[rows.shape[1] + np.arange(due), 1 + units] = np.sqrt(lacking)
        stack_on(self.factor, stacked)
        self.penalty[units] = self.alpha

    def __iadd__(self, other: Any) -> Self:  # type: ignore[misc]
        if isinstance(other, RecursiveFactor) or not isinstance(other, RidgeFactor):
            raise TypeError(f"only a RidgeFactor can be added to it; got {type(other).__name__}.")
        if other.shift is not None:
            if self.shift is None:
                self.shift = other.shift
            self._merge(other._shifted_to(self.shift))
        return self

    def solve(self, alpha: Any = None, *, fit_intercept: bool = True) -> tuple[Any, Any]:
        """Return coef (m, N) and intercept (m,) by back-substitution; alpha is in the factor."""
        assert self.shift is not None
        n = 1 + self.n_features
        x_shift, y_shift = np.split(self.shift, [self.n_features])
        solution = solve_triangle(self.factor, self.factor[:n, n:])
        coef = solution[1:].T
        return coef, solution[0] + y_shift - coef @ x_shift
