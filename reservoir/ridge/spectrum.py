"""The singular values of the features, and what follows: paths, GCV, evidence, variances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from .solve import EPS


@dataclass(frozen=True)
class Spectrum:
    r"""Decomposition :math:`\sqrt W X = U \, \mathrm{diag}(s) V^T` of the (centred) features.

    Parameters
    ----------
    values : ndarray of shape (N,)
        Singular values s.
    vectors : ndarray of shape (N, N)
        V.
    projected : ndarray of shape (N, m)
        :math:`c = U^T \sqrt W Y`.
    residual : ndarray of shape (m,)
        Weighted sum of squares of the targets that no solution can reach.
    x_mean, y_mean : ndarray of shape (N,), (m,)
    weight : float
        Total weight n of the steps; the number of rows in the formulas.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.ridge import RidgeStatistics
    >>> x = np.random.default_rng(0).standard_normal((50, 4))
    >>> spectrum = RidgeStatistics(4, 1).update(x, x[:, :1] + 0.1 * x[:, 1:2] ** 2).spectrum()
    >>> spectrum.gcv(np.array([1e-3, 1e3])).round(2).ravel()
    array([0.01, 0.84])
    """

    values: np.ndarray
    vectors: np.ndarray
    projected: np.ndarray
    residual: np.ndarray
    x_mean: np.ndarray
    y_mean: np.ndarray
    weight: float

    @property
    def precision(self) -> float:
        """The least alpha that singular values of double precision can tell from zero."""
        return float((EPS * self.values.max()) ** 2)

    def _shrinkage(self, alphas: np.ndarray) -> np.ndarray:
        r"""Return :math:`\alpha / (s^2 + \alpha)`, (A, N): the share that is not learned."""
        alphas = np.maximum(alphas, max(self.precision, np.finfo(float).tiny))[:, None]
        return alphas / (np.square(self.values) + alphas)

    def path(self, alphas: np.ndarray) -> np.ndarray:
        """Return the coefficients of every alpha, (A, N, m)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            gains = (1.0 - self._shrinkage(alphas)) / self.values
        gains = np.nan_to_num(gains, posinf=0.0)
        return self.vectors @ (gains[:, :, None] * self.projected)

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
        with np.errstate(divide="ignore"):
            return self.weight * np.log(unlikely) - np.log(shrinkage).sum(axis=1)[:, None]

    def evidence_alpha(self) -> np.ndarray:
        """Return the alpha of the greatest evidence for each target, (m,)."""
        top = max(np.square(self.values.max()), np.finfo(float).tiny)
        grid = np.linspace(np.log(EPS**2 * top), np.log(top / EPS), 200)
        costs = self.negative_log_evidence(np.exp(grid))
        best = np.empty(costs.shape[1])
        for k, cost in enumerate(costs.T):
            i = int(np.argmin(cost))
            found = minimize_scalar(
                lambda z, k=k: self.negative_log_evidence(np.exp([z]))[0, k],
                bounds=(grid[max(i - 1, 0)], grid[min(i + 1, len(grid) - 1)]),
                method="bounded",
                options={"xatol": 1e-8},
            )
            best[k] = np.exp(found.x)
        return best

    def noise_variance(self, alphas: np.ndarray) -> np.ndarray:
        """Return the variance of the noise, RSS / (n - df), for the alpha of each target, (m,)."""
        left = np.maximum(self.weight - self.degrees_of_freedom(alphas), np.finfo(float).tiny)
        return np.diagonal(self.squared_errors(alphas)) / left

    def leverages(self, x: np.ndarray, alphas: np.ndarray) -> np.ndarray:
        r"""Return :math:`(x - \bar x)^T (G + \alpha I)^{-1} (x - \bar x)`, (T, A)."""
        rotated = np.square((x - self.x_mean) @ self.vectors)
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = (1.0 - self._shrinkage(alphas)) / np.square(self.values)
        return rotated @ np.nan_to_num(inverse, posinf=0.0).T
