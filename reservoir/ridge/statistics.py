"""The additive statistics of ridge regression, in two forms."""

from __future__ import annotations

import copy
import warnings
from abc import abstractmethod
from collections.abc import Callable
from functools import cache
from typing import Any, Self

import numpy as np
import scipy.linalg

from ..lapack import add_product, eigh, stack_on
from .base import Statistics, check_factor
from .solve import EPS, eigenpairs, solve_gram, solve_svd, svd_of_factor, tridiagonal_path
from .spectrum import Spectrum

#: Relative error of a spread from which it is told.
LOST_DIGITS = 1e-6


def renewed(older: Any, factor: float, newer: Any) -> Any:
    """Return the sum of older statistics, faded, and newer ones, about the shift of the newer."""
    if factor == 1 or newer.shift is None:
        return older.forgotten(factor) + newer
    return newer + older.forgotten(factor)


class ShiftedStatistics(Statistics):
    """What both forms of the statistics have in common; ``moments`` or ``factor`` is theirs."""

    follows = True

    def __init__(self, n_features: int, n_targets: int) -> None:
        self.n_features, self.n_targets = n_features, n_targets
        self.shift: np.ndarray | None = None
        self.matrix = np.zeros((self.size, self.size), order="F")

    def arrays(self) -> list[np.ndarray]:
        """Return the array that is filled in place."""
        return [self.matrix]

    def empty(self) -> Self:
        """Return statistics of this form that have seen nothing, to be filled."""
        return type(self)(self.n_features, self.n_targets)

    def copy(self) -> Self:
        """Return the same statistics, to be filled further."""
        other = copy.copy(self)
        other.matrix = self.matrix.copy(order="F")
        return other

    def take_rows(self, rows: np.ndarray, weight: np.ndarray | None = None) -> None:
        """Add the steps in the columns of ``[1; x; y]``, which is overwritten, in place."""
        if not rows.shape[1]:
            return
        if self.shift is None:
            self.shift = rows[1:].mean(axis=1)
        rows[1:] -= self.shift[:, None]
        self.take_shifted_rows(rows, weight)

    def take_shifted_rows(self, rows: np.ndarray, weight: np.ndarray | None = None) -> None:
        """As `take_rows`, of columns that ``shift`` was taken off already."""
        self._check_own()
        rows[0] = 1.0
        if weight is not None:
            rows *= np.sqrt(weight)
        self._add_rows(rows)

    def penalised(self, x: np.ndarray, y: np.ndarray) -> Self:
        r"""Return statistics that hold a penalty :math:`\sum_i |W x_i - y_i|^2` too.

        Rows without a constant: no step is added, and the means stay.

        Parameters
        ----------
        x : ndarray of shape (n, N)
        y : ndarray of shape (n, m)
        """
        more = self.copy()
        more._add_rows(np.vstack([np.zeros(len(x)), x.T, y.T]))
        return more.frozen()

    def merge(self, other: Any) -> None:
        """Add other statistics, in place."""
        self._check_own()
        if type(other) is not type(self):
            raise TypeError(
                "statistics must be of one form to be added; "
                f"got {type(self).__name__} and {type(other).__name__}."
            )
        if (self.n_features, self.n_targets) != (other.n_features, other.n_targets):
            raise ValueError(
                "statistics must have the same numbers of features and targets to be added; got "
                f"{(self.n_features, self.n_targets)} and {(other.n_features, other.n_targets)}."
            )
        if other.shift is not None:
            if self.shift is None:
                self.shift = other.shift
            self._merge(other.shifted_to(self.shift))

    def renewed(self, factor: float, newer: Any) -> Any:
        """Return what is left of these after forgetting, and newer ones, about the newer shift.

        Where the data move, it is near them, and what lies far from it is forgotten.
        """
        return renewed(self, factor, newer)

    def fade(self, factor: float) -> None:
        """Multiply the weights of all steps seen by a factor in [0, 1], in place."""
        self._check_own()
        self._scale_weights(check_factor(factor))

    def solve(self, alpha: Any = 1.0, *, fit_intercept: bool = True) -> tuple[Any, Any]:
        r"""Solve the ridge regression.

        .. math:: (G + \alpha I) \, W_{out}^T = X^T W Y

        Parameters
        ----------
        alpha : float or array-like of shape (m,)
            Penalty ≥ 0, one for all targets or one each; the intercept is not penalised.
        fit_intercept : bool, default=True

        Returns
        -------
        coef : ndarray of shape (m, N)
        intercept : ndarray of shape (m,)

        Raises
        ------
        ValueError
            If an alpha is below zero or not finite, or there is neither one nor m of them; or if
            no step of weight above zero was seen.

        Warns
        -----
        scipy.linalg.LinAlgWarning
            Where the system is singular to working precision. At alpha 0 the minimum-norm solution
            is given, else the one at the least alpha that this form of the statistics can tell.
        """
        return self.solver(fit_intercept=fit_intercept)(alpha)

    def solver(self, *, fit_intercept: bool = True) -> Callable[[Any], tuple[Any, Any]]:
        """Return the function of alpha that `solve` is, the decomposition made once for all calls.

        Parameters
        ----------
        fit_intercept : bool, default=True

        Returns
        -------
        solve : callable ``(alpha) -> (coef, intercept)``
            Of the steps seen so far.
        """
        if self.shift is None or self.weight <= 0:
            raise ValueError("y must hold at least one row to train on; got none of weight > 0.")
        solution, mean = self._solution(fit_intercept)

        def solve(alpha: Any) -> tuple[np.ndarray, np.ndarray]:
            alphas = self._check_alpha(alpha)
            coef = np.empty((self.n_targets, self.n_features))
            for value in np.unique(alphas):
                targets = alphas == value
                coef[targets] = solution(float(value), targets).T
            return coef, mean[self.n_features :] - coef @ mean[: self.n_features]

        return solve

    def path(
        self, alphas: np.ndarray, *, fit_intercept: bool = True
    ) -> tuple[np.ndarray, np.ndarray]:
        """Solve for many alphas at the price of little more than one.

        Parameters
        ----------
        alphas : ndarray of shape (A,)
        fit_intercept : bool, default=True

        Returns
        -------
        coef : ndarray of shape (A, m, N)
        intercept : ndarray of shape (A, m)
        """
        solution, mean = self._path(np.asarray(alphas, dtype=float), fit_intercept)
        coef = solution.transpose(0, 2, 1)
        return coef, mean[self.n_features :] - coef @ mean[: self.n_features]

    def spectrum(self, fit_intercept: bool = True) -> Spectrum:
        """Return the decomposition that cross-validation and evidence are drawn from."""
        values, right, projected, residual, mean = self._decomposition(fit_intercept)
        x_mean, y_mean = np.split(mean, [self.n_features])
        return Spectrum(values, (right,), projected, residual, x_mean, y_mean, self.weight)

    @property
    def mean(self) -> np.ndarray:
        """Weighted means of features and targets, (N + m,)."""
        assert self.shift is not None
        return self.shift + self._sums() / self.weight

    def squared_errors(self, coef: np.ndarray, intercept: np.ndarray) -> np.ndarray:
        """Return the weighted sum of squared errors of solutions over the steps seen.

        Parameters
        ----------
        coef : ndarray of shape (..., m, N)
        intercept : ndarray of shape (..., m)

        Returns
        -------
        errors : ndarray of shape (..., m)
        """
        assert self.shift is not None
        x_shift, y_shift = np.split(self.shift, [self.n_features])
        # error = [1, x - s, y - s] · residual, a vector for each target
        residual = np.zeros((*coef.shape[:-1], self.size))
        residual[..., 0] = intercept + coef @ x_shift - y_shift
        residual[..., 1 : 1 + self.n_features] = coef
        targets = np.arange(self.n_targets)
        residual[..., targets, 1 + self.n_features + targets] = -1.0
        flat = residual.reshape(-1, self.size).T
        return np.maximum(self._quadratic(flat), 0.0).reshape(coef.shape[:-1])

    def _check_alpha(self, alpha: Any) -> np.ndarray:
        """Return one alpha per target."""
        alphas = np.asarray(alpha, dtype=float)
        if alphas.shape not in ((), (self.n_targets,)):
            raise ValueError(
                f"alpha must be one number or one per output ({self.n_targets}); "
                f"got shape {alphas.shape}."
            )
        if not (np.isfinite(alphas) & (alphas >= 0)).all():
            raise ValueError(f"alpha must be finite and ≥ 0; got {alpha}.")
        return np.broadcast_to(alphas, (self.n_targets,))

    @abstractmethod
    def _add_rows(self, rows: np.ndarray) -> None:
        """Add weighted columns of ``[1; x - s; y - s]``."""

    @abstractmethod
    def _merge(self, matrix: np.ndarray) -> None:
        """Add the matrix of other statistics about the same shift."""

    @abstractmethod
    def shifted_to(self, shift: np.ndarray) -> np.ndarray:
        """Return the matrix about another shift; it may be the statistics' own."""

    @abstractmethod
    def _scale_weights(self, factor: float) -> None:
        """Multiply all weights."""

    @abstractmethod
    def _sums(self) -> np.ndarray:
        """Return the weighted sums of features and targets about the shift, (N + m,)."""

    @abstractmethod
    def _quadratic(self, vectors: np.ndarray) -> np.ndarray:
        """Return ``vᵀ S v`` of every column of `vectors` (1 + N + m, n)."""

    @abstractmethod
    def _solution(self, fit_intercept: bool) -> tuple[Callable[..., np.ndarray], np.ndarray]:
        """Return (alpha, mask of targets) -> coefficients (N, .), and the means (N + m,)."""

    @abstractmethod
    def _decomposition(self, fit_intercept: bool) -> tuple[np.ndarray, ...]:
        """Return singular values, right vectors, projected targets, what is left of them, means."""

    def _path(self, alphas: np.ndarray, fit_intercept: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return the coefficients (A, N, m) of every alpha, and the means."""
        spectrum = self.spectrum(fit_intercept)
        return spectrum.path(alphas), np.concatenate([spectrum.x_mean, spectrum.y_mean])


class RidgeStatistics(ShiftedStatistics):
    r"""Sufficient statistics of a weighted ridge regression, additive over steps.

    ``moments`` is :math:`S = \sum_t w_t z_t z_t^T` with :math:`z = [1; x - s; y - s]`. The shift
    :math:`s`, the mean of the first data seen, keeps the digits of features whose mean is much
    larger than their spread; the results do not depend on it.

    Parameters
    ----------
    n_features, n_targets : int
        N and m.

    Attributes
    ----------
    moments : ndarray of shape (1 + N + m, 1 + N + m)
        Lower triangle of S; the upper one is not written.
    shift : ndarray of shape (N + m,) or None
        None until the first update.

    References
    ----------
    Lukoševičius (2012), equation 9; Chan, Golub & LeVeque (1983), Algorithms for computing the
    sample variance, for the shift.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.ridge import RidgeStatistics
    >>> x = np.arange(6.0).reshape(-1, 1)
    >>> statistics = RidgeStatistics(1, 1).updated(x[:3], 2 * x[:3] + 1)
    >>> statistics += RidgeStatistics(1, 1).updated(x[3:], 2 * x[3:] + 1)
    >>> coef, intercept = statistics.solve(alpha=0.0)
    >>> coef.round(6), intercept.round(6)
    (array([[2.]]), array([1.]))
    """

    @property
    def moments(self) -> np.ndarray:
        """Lower triangle of S."""
        return self.matrix

    @property
    def weight(self) -> float:
        """Total weight of the steps seen."""
        return float(self.moments[0, 0])

    def _add_rows(self, rows: np.ndarray) -> None:
        in_place = rows.strides[1] == rows.itemsize  # a range of columns needs no copy
        add_product(self.moments, rows if in_place else np.ascontiguousarray(rows))

    def _merge(self, matrix: np.ndarray) -> None:
        self.matrix += matrix

    def shifted_to(self, shift: np.ndarray) -> np.ndarray:
        """Moments about another shift: ``A S Aᵀ`` with ``A = [[1, 0], [s - s', I]]``."""
        assert self.shift is not None
        delta = self.shift - shift
        if not delta.any():
            return self.moments
        moments = self.moments.copy(order="F")
        weight, sums = self.moments[0, 0], self.moments[1:, 0]
        moments[1:, 0] += weight * delta
        moments[1:, 1:] += np.outer(sums, delta) + np.outer(delta, sums)
        moments[1:, 1:] += weight * np.outer(delta, delta)
        return moments

    def _tell_lost_digits(self, spread: np.ndarray) -> None:
        """Warn where the data lie so far from the shift that their spread has few digits left."""
        far = np.square(self.moments[1:, 0]) / self.weight
        lost = (far * EPS > LOST_DIGITS * spread) & (far > np.abs(spread).max() / LOST_DIGITS)
        if lost.any():
            warnings.warn(
                f"The ridge system has lost digits: {np.count_nonzero(lost)} of {len(lost)} "
                "features and targets lie far from where the data began, which they are measured "
                "from. solver='qr' keeps the digits; so do shorter chunks of partial_fit with "
                "forgetting.",
                scipy.linalg.LinAlgWarning,
                stacklevel=2,
            )

    def centred(self, fit_intercept: bool = True) -> tuple[np.ndarray, ...]:
        """Return ``G`` (N, N), ``xᵀWy`` (N, m), the diagonal of ``yᵀWy`` and the means (N + m,).

        About the weighted means, or about zero (and means zero) without an intercept.
        """
        assert self.shift is not None
        n = 1 + self.n_features
        with np.errstate(over="ignore", invalid="ignore"):
            if fit_intercept:
                mean = self.moments[1:, 0] / self.weight
                S = self.moments[1:, 1:] - self.weight * np.outer(mean, mean)
                mean = mean + self.shift
            else:
                S = self.shifted_to(np.zeros_like(self.shift))[1:, 1:]
                mean = np.zeros_like(self.shift)
            if fit_intercept:
                self._tell_lost_digits(np.diagonal(S))
        S = np.tril(S) + np.tril(S, -1).T
        gram, cross = S[: n - 1, : n - 1], S[: n - 1, n - 1 :]
        if not (np.isfinite(gram).all() and np.isfinite(cross).all()):
            raise ValueError("x and y are too large: their squares overflow. Scale the data.")
        return gram, cross, np.diagonal(S)[n - 1 :], mean

    def _solution(self, fit_intercept: bool) -> tuple[Callable[..., np.ndarray], np.ndarray]:
        gram, cross, _, mean = self.centred(fit_intercept)
        decomposed = cache(lambda: eigh(gram))
        return (
            lambda alpha, targets: solve_gram(gram, cross[:, targets], alpha, decomposed), mean
        )  # fmt: skip

    def _path(self, alphas: np.ndarray, fit_intercept: bool) -> tuple[np.ndarray, np.ndarray]:
        gram, cross, _, mean = self.centred(fit_intercept)
        path = tridiagonal_path(gram, cross, alphas)
        return (path, mean) if path is not None else super()._path(alphas, fit_intercept)

    def _decomposition(self, fit_intercept: bool) -> tuple[np.ndarray, ...]:
        gram, cross, squares, mean = self.centred(fit_intercept)
        eigenvalues, right = eigenpairs(gram, self.weight)
        # rounding leaves them uncertain by about that much
        eigenvalues = np.maximum(eigenvalues, EPS * max(eigenvalues[-1], 0.0))
        values = np.sqrt(eigenvalues)
        with np.errstate(divide="ignore", invalid="ignore"):
            projected = np.nan_to_num(right.T @ cross / values[:, None], posinf=0.0, neginf=0.0)
        residual = np.maximum(squares - np.square(projected).sum(axis=0), 0.0)
        return values, right, projected, residual, mean

    def _scale_weights(self, factor: float) -> None:
        self.matrix *= factor

    def _sums(self) -> np.ndarray:
        return self.moments[1:, 0]

    def _quadratic(self, vectors: np.ndarray) -> np.ndarray:
        product = scipy.linalg.blas.dsymm(1.0, self.moments, vectors, lower=1)
        return np.einsum("ij,ij->j", vectors, product)


class RidgeFactor(ShiftedStatistics):
    r"""The triangular factor of `RidgeStatistics`, which keeps twice its digits.

    ``factor`` is the upper triangular :math:`R` with :math:`R^T R = S`, built block by block from
    the data and not from :math:`S`, so that a condition number is not squared: where
    :math:`\sigma` is the largest singular value of the features, it can tell an alpha down to
    :math:`(\epsilon \sigma)^2`, the Gram matrix one down to :math:`\epsilon \sigma^2`. Adding a
    block takes several times the work. Factors merge by factorising one on top of the other.

    Parameters
    ----------
    n_features, n_targets : int
        N and m.

    Attributes
    ----------
    factor : ndarray of shape (1 + N + m, 1 + N + m)
        R; below its diagonal it is zero.
    shift : ndarray of shape (N + m,) or None
        As in `RidgeStatistics`.

    References
    ----------
    Golub & Van Loan (2013), Matrix computations, section 5.3, for least squares by QR; Buttari,
    Langou, Kurzak & Dongarra (2008), Parallel tiled QR factorization, for the triangle on top of a
    block (LAPACK ``tpqrt``).

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.ridge import RidgeFactor
    >>> t = np.linspace(0, 1, 50)[:, None]
    >>> x = np.hstack([t, t + 1e-9 * np.sin(9 * t)])  # squared, 1e-9 is lost beside 1
    >>> RidgeFactor(2, 1).updated(x, x @ [[1.0], [2.0]]).solve(alpha=0.0)[0].round(5)
    array([[1., 2.]])
    """

    @property
    def factor(self) -> np.ndarray:
        """R."""
        return self.matrix

    @property
    def weight(self) -> float:
        """Total weight of the steps seen."""
        return float(self.factor[0, 0] ** 2)

    def _add_rows(self, rows: np.ndarray) -> None:
        stack_on(self.factor, np.ascontiguousarray(rows).T)

    def _merge(self, matrix: np.ndarray) -> None:
        stack_on(self.factor, matrix.copy(order="F"))

    def shifted_to(self, shift: np.ndarray) -> np.ndarray:
        """Factor about another shift: ``R A`` with ``A = [[1, s - s'], [0, I]]``."""
        assert self.shift is not None
        factor = self.factor.copy(order="F")
        factor[0, 1:] += factor[0, 0] * (self.shift - shift)
        return factor

    def _solution(self, fit_intercept: bool) -> tuple[Callable[..., np.ndarray], np.ndarray]:
        values, right, rotated, _, mean = self._decomposition(fit_intercept)
        return lambda alpha, targets: solve_svd(values, right.T, rotated[:, targets], alpha), mean

    def _decomposition(self, fit_intercept: bool) -> tuple[np.ndarray, ...]:
        assert self.shift is not None
        if fit_intercept:
            # the first row of R takes the means out of all others
            R, mean = self.factor[1:, 1:], self.mean
        else:
            shifted = self.shifted_to(np.zeros_like(self.shift))
            R = np.asarray(np.linalg.qr(shifted[:, 1:], mode="r"))
            mean = np.zeros_like(self.shift)
        if not np.isfinite(R).all():
            raise ValueError("x and y are too large: their squares overflow. Scale the data.")
        n = self.n_features
        left, values, right, kept = svd_of_factor(R[:n, :n])
        return values, right.T, left.T @ R[:n, n:][kept], np.square(R[n:, n:]).sum(axis=0), mean

    def _scale_weights(self, factor: float) -> None:
        self.matrix *= np.sqrt(factor)

    def _sums(self) -> np.ndarray:
        return self.factor[0, 0] * self.factor[0, 1:]

    def _quadratic(self, vectors: np.ndarray) -> np.ndarray:
        return np.square(self.factor @ vectors).sum(axis=0)
