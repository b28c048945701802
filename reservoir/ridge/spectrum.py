"""The singular values of the features, and what follows: paths, GCV, evidence, variances."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from ..lapack import eigh, svd
from .solve import EPS

#: An alpha so many times what rounding leaves uncertain is told from it to a thousandth.
TELLABLE = 1e3


@dataclass(frozen=True)
class Spectrum:
    r"""Decomposition :math:`\sqrt W X = U \, \mathrm{diag}(s) V^T` of the (centred) features.

    Parameters
    ----------
    values : ndarray of shape (r,)
        Singular values s; r is N, or the number of rows where they are fewer.
    factors : tuple of ndarray
        What V, of shape (N, r), is the product of.
    projected : ndarray of shape (r, m)
        :math:`c = U^T \sqrt W Y`.
    residual : ndarray of shape (m,)
        Weighted sum of squares of the targets that no solution can reach.
    x_mean, y_mean : ndarray of shape (N,), (m,)
    weight : float
        Total weight n of the steps; the number of rows in the formulas.
    trained : ndarray of shape (T, r), optional
        The rows of the decomposition, rotated by V, where they were at hand.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.ridge import RidgeStatistics
    >>> x = np.random.default_rng(0).standard_normal((50, 4))
    >>> spectrum = RidgeStatistics(4, 1).updated(x, x[:, :1] + 0.1 * x[:, 1:2] ** 2).spectrum()
    >>> spectrum.gcv(np.array([1e-3, 1e3])).round(2).ravel()
    array([0.01, 0.84])
    """

    values: np.ndarray
    factors: tuple[np.ndarray, ...]
    projected: np.ndarray
    residual: np.ndarray
    x_mean: np.ndarray
    y_mean: np.ndarray
    weight: float
    trained: np.ndarray | None = None

    @cached_property
    def vectors(self) -> np.ndarray:
        """V: of few rows the product of theirs, dear, and needed for new rows alone."""
        return self.factors[0] if len(self.factors) == 1 else np.linalg.multi_dot(self.factors)

    @classmethod
    def of_rows(
        cls, x: np.ndarray, y: np.ndarray, weight: np.ndarray, fit_intercept: bool = True,
        least: float = 0.0,
    ) -> Spectrum:  # fmt: skip
        """Return the decomposition of rows at hand, for when they are fewer than the features.

        Parameters
        ----------
        x, y : ndarray of shape (T, N), (T, m)
        weight : ndarray of shape (T,)
        fit_intercept : bool, default=True
        least : float, default=0.0
            The least alpha that will be asked for: where it can be told from zero among squares,
            the products of rows are decomposed, which is several times faster.

        Returns
        -------
        spectrum : Spectrum
            At most T of the N singular values are not zero, and only they are kept.
        """
        total, root = float(weight.sum()), np.sqrt(weight)[:, None]
        share = weight / total if fit_intercept else np.zeros_like(weight)
        x_mean, y_mean = share @ x, share @ y
        targets = root * (y - y_mean)
        rows = root * (x - x_mean)
        squares, left = eigh(rows @ rows.T)
        lost = len(rows) * EPS * squares[-1]  # what rounding leaves uncertain
        if least > TELLABLE * lost:
            values = np.sqrt(np.maximum(squares, lost))
            factors: tuple[np.ndarray, ...] = (rows.T, left / values)  # exact times the values
            trained = left * (np.maximum(squares, 0.0) / values)
        else:
            left, values, right = svd(rows, full_matrices=False)
            factors, trained = (right.T,), left * values
        projected = left.T @ targets
        residual = np.square(targets).sum(axis=0) - np.square(projected).sum(axis=0)
        residual = np.maximum(residual, 0.0)
        return cls(values, factors, projected, residual, x_mean, y_mean, total, trained / root)

    @property
    def precision(self) -> float:
        """The least alpha that singular values of double precision can tell from zero."""
        return float((EPS * np.max(self.values, initial=0.0)) ** 2)

    def _shrinkage(self, alphas: np.ndarray) -> np.ndarray:
        r"""Return :math:`\alpha / (s^2 + \alpha)`, (A, N): the share that is not learned."""
        alphas = self._raised(alphas)
        return alphas / (np.square(self.values) + alphas)

    def _raised(self, alphas: np.ndarray) -> np.ndarray:
        """Return penalties (A, 1) that can be told from zero."""
        return np.maximum(alphas, max(self.precision, np.finfo(float).tiny))[:, None]

    def path(self, alphas: np.ndarray) -> np.ndarray:
        """Return the coefficients of every alpha, (A, N, m)."""
        return self._back(self._rotated_path(alphas))

    def _back(self, rotated: np.ndarray) -> np.ndarray:
        """Return V times what stands below the singular values, factor by factor."""
        for factor in reversed(self.factors):
            rotated = factor @ rotated
        return rotated

    def _rotated_path(self, alphas: np.ndarray) -> np.ndarray:
        """Return the coefficients of every alpha for rows that V has rotated, (A, r, m)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            gains = (1.0 - self._shrinkage(alphas)) / self.values
        gains = np.nan_to_num(gains, posinf=0.0)
        return np.asarray(gains[:, :, None] * self.projected)

    def solution(self, alphas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return coef (m, N) and intercept (m,), by an alpha for each target or one for all."""
        gains = self.values[:, None] / (np.square(self.values)[:, None] + alphas)
        coef = self._back(gains * self.projected).T
        return coef, self.y_mean - coef @ self.x_mean

    def degrees_of_freedom(self, alphas: np.ndarray) -> np.ndarray:
        r"""Return the effective number of coefficients, :math:`\sum s^2 / (s^2 + \alpha)`, (A,)."""
        return (1.0 - self._shrinkage(alphas)).sum(axis=1)

    def squared_errors(self, alphas: np.ndarray) -> np.ndarray:
        """Return the weighted sum of squared training errors, (A, m)."""
        return self.residual + np.square(self._shrinkage(alphas)) @ np.square(self.projected)

    def gcv(self, alphas: np.ndarray, fit_intercept: bool = True) -> np.ndarray:
        r"""Return the generalised cross-validation estimate of the mean squared error, (A, m).

        .. math:: \frac{\mathrm{RSS} / n}{(1 - \mathrm{df} / n)^2}

        Golub, Heath & Wahba (1979), equation 1.4; infinite where nothing is left to judge by.
        """
        left = self.weight - self.degrees_of_freedom(alphas) - fit_intercept
        with np.errstate(divide="ignore", invalid="ignore"):
            estimate = self.weight * self.squared_errors(alphas) / np.square(left[:, None])
        return np.where(left[:, None] > 0, estimate, np.inf)

    def negative_log_evidence(self, alphas: np.ndarray) -> np.ndarray:
        r"""Return minus twice the log evidence, up to a constant, (A, m).

        .. math:: n \log\Big(r + \sum_i \frac{\alpha c_i^2}{s_i^2 + \alpha}\Big)
            + \sum_i \log\Big(1 + \frac{s_i^2}{\alpha}\Big)

        The variance of the noise is the one that makes it greatest. MacKay (1992), Bayesian
        interpolation; as in `~sklearn.linear_model.BayesianRidge` with flat priors.
        """
        shrinkage = self._shrinkage(alphas)
        unlikely = self.residual + shrinkage @ np.square(self.projected)
        # targets that do not vary leave nothing unexplained: any alpha will do
        unlikely = np.maximum(unlikely, np.finfo(float).tiny)
        with np.errstate(divide="ignore"):
            return self.weight * np.log(unlikely) - np.log(shrinkage).sum(axis=1)[:, None]

    def evidence_alpha(self, together: bool = False) -> np.ndarray:
        """Return the alpha of the greatest evidence for each target, (m,); for all `together`."""
        if together:
            return np.exp([self._evidence_logarithm()])
        each = [slice(k, k + 1) for k in range(len(self.residual))]
        return np.exp([self._of_targets(one)._evidence_logarithm() for one in each])

    def _of_targets(self, which: slice) -> Spectrum:
        return replace(self, projected=self.projected[:, which], residual=self.residual[which])

    def _evidence_logarithm(self) -> float:
        """Return the logarithm of the alpha of the greatest evidence for all targets."""
        top = max(np.square(np.max(self.values, initial=0.0)), np.finfo(float).tiny / EPS**2)
        grid = np.linspace(np.log(EPS**2 * top), np.log(top / EPS), 200)
        i = int(np.argmin(self.negative_log_evidence(np.exp(grid)).sum(axis=1)))
        best = minimize_scalar(
            lambda z: self.negative_log_evidence(np.exp([z])).sum(),
            bounds=(grid[max(i - 1, 0)], grid[min(i + 1, len(grid) - 1)]),
            method="bounded",
            options={"xatol": 1e-5},
        ).x
        # a minimum is flat: its slope tells it to rounding, and so alike however it was summed
        near = best - 1e-3, best + 1e-3
        crosses = self._evidence_slope(near[0]) < 0 < self._evidence_slope(near[1])
        return float(brentq(self._evidence_slope, *near, xtol=1e-14) if crosses else best)

    def _evidence_slope(self, logarithm: float) -> float:
        """Return the derivative of `negative_log_evidence` by the logarithm of alpha, summed."""
        kept = self._shrinkage(np.exp([logarithm]))[0]
        square = np.square(self.projected)
        unlikely = np.maximum(self.residual + kept @ square, np.finfo(float).tiny)
        slopes = self.weight * ((kept * (1 - kept)) @ square) / unlikely - (1 - kept).sum()
        return float(slopes.sum())

    def noise_variance(self, alphas: np.ndarray) -> np.ndarray:
        """Return the variance of the noise, RSS / (n - df), for the alpha of each target, (m,)."""
        left = np.maximum(self.weight - self.degrees_of_freedom(alphas), np.finfo(float).tiny)
        return np.diagonal(self.squared_errors(alphas)) / left

    def left_out(
        self,
        x: np.ndarray | None,
        y: np.ndarray,
        weight: np.ndarray,
        alphas: np.ndarray,
        fit_intercept: bool = True,
    ) -> np.ndarray:
        r"""Return the error of every row by the solution without it, (A, T, m).

        .. math:: \frac{y_t - \hat y_t}{1 - w_t h_t}

        Parameters
        ----------
        x, y, weight : ndarray of shape (T, N), (T, m), (T,)
            Rows that the decomposition is of; `x` None: all of them, that were at hand (`trained`).
        alphas : ndarray of shape (A,)
        fit_intercept : bool, default=True

        References
        ----------
        Hastie, Tibshirani & Friedman (2009), The elements of statistical learning, equation 7.64.
        """
        # V spans these rows, and there is nothing beside
        known = self.trained if x is None else (x - self.x_mean) @ self.vectors
        rotated = np.asarray(known)
        leverages = np.square(rotated) @ (1.0 / (np.square(self.values) + self._raised(alphas))).T
        left = 1.0 - weight[:, None] * ((1.0 / self.weight if fit_intercept else 0.0) + leverages)
        errors = (y - self.y_mean) - rotated @ self._rotated_path(alphas)
        return errors / left.T[:, :, None]

    def leverages(self, x: np.ndarray, alphas: np.ndarray) -> np.ndarray:
        r"""Return :math:`(x - \bar x)^T (G + \alpha I)^{-1} (x - \bar x)`, (T, A)."""
        centred = x - self.x_mean
        rotated = centred @ self.vectors
        penalties = self._raised(alphas)
        found = np.square(rotated) @ (1.0 / (np.square(self.values) + penalties)).T
        if len(self.values) < len(self.x_mean):  # in all other directions G is zero
            beside = np.square(centred - rotated @ self.vectors.T).sum(axis=1)
            found += np.outer(beside, 1.0 / penalties)
        return found
