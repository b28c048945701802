"""Recursive least squares in square-root form: a ridge regression that follows step by step."""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np

from ..lapack import solve_triangle, stack_on
from .base import Statistics
from .statistics import RidgeFactor

#: Share of its penalty that a coefficient loses before it is topped up, as a logarithm.
MOST_DECAY = 0.5


class RecursiveFactor(Statistics):
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
    factor : ndarray of shape (1 + N + m, 1 + N + m)
        R.
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
    >>> recursive = RecursiveFactor(RidgeFactor(3, 1).updated(x[:100], y[:100]), alpha=1e-6)
    >>> for t in range(100, 200):
    ...     recursive = recursive.forgotten(0.9).updated(x[t : t + 1], -y[t : t + 1])
    >>> recursive.solve()[0].round(2)
    array([[-1., -2., -3.]])
    """

    def __init__(self, data: RidgeFactor, alpha: float) -> None:
        self.n_features, self.n_targets = data.n_features, data.n_targets
        self.alpha = alpha
        self._held = data.copy()  # of the data, and of the penalty as rows
        self.penalty = np.zeros(self.n_features)
        self._next, self._owed = 0, float(self.n_features)
        self._stack(np.empty((self.size, 0)))

    @property
    def factor(self) -> np.ndarray:
        """R."""
        return self._held.factor

    @property
    def shift(self) -> np.ndarray | None:  # type: ignore[override]
        """What is taken off features and targets, (N + m,); None until the first update."""
        return self._held.shift

    @property
    def weight(self) -> float:
        """Total weight of the steps seen."""
        return self._held.weight

    def empty(self) -> Self:
        """Return one that has seen nothing, the penalty in it."""
        return type(self)(self._held.empty(), self.alpha)

    def copy(self) -> Self:
        """Return the same factor, to be filled further."""
        other = copy.copy(self)
        other._held, other.penalty = self._held.copy(), self.penalty.copy()
        return other

    def arrays(self) -> list[np.ndarray]:
        """Return the arrays that are filled in place."""
        return [self.factor, self.penalty]

    def take_rows(self, rows: np.ndarray, weight: np.ndarray | None = None) -> None:
        """Add the steps in the columns of ``[1; x; y]``, and top up, in one factorisation."""
        self._check_own()
        if not rows.shape[1]:
            return
        if self._held.shift is None:
            self._held.shift = rows[1:].mean(axis=1)
        rows[1:] -= self._held.shift[:, None]
        rows[0] = 1.0
        if weight is not None:
            rows *= np.sqrt(weight)
        self._stack(rows)

    def fade(self, factor: float) -> None:
        """Multiply the weights of all steps seen by a factor in [0, 1], in place."""
        self._held.fade(factor)
        self.penalty *= factor
        # a round over all coefficients for every `MOST_DECAY` that is forgotten
        with np.errstate(divide="ignore"):
            self._owed -= self.n_features * np.log(factor) / MOST_DECAY

    def merge(self, other: Any) -> None:
        """Add the factor of further data, in place."""
        if type(other) is not RidgeFactor:
            raise TypeError(f"only a RidgeFactor can be added to it; got {type(other).__name__}.")
        self._held.merge(other)
        self._stack(np.empty((self.size, 0)))

    def _stack(self, rows: np.ndarray) -> None:
        """Add weighted columns, and top up the coefficients whose turn it is."""
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

    def solve(self) -> tuple[np.ndarray, np.ndarray]:
        """Return coef (m, N) and intercept (m,) by back-substitution; alpha is in the factor."""
        if not np.isfinite(self.factor).all():
            raise ValueError("x and y are too large: their squares overflow. Scale the data.")
        if self.shift is None:
            raise ValueError("y must hold at least one row to train on; got none of weight > 0.")
        n = 1 + self.n_features
        solution = solve_triangle(self.factor, self.factor[:n, n:])
        coef = solution[1:].T
        return coef, solution[0] + self.shift[n - 1 :] - coef @ self.shift[: n - 1]
