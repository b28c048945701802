"""Ridge readouts: regression from states to outputs, in closed form."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from ..ridge import EPS, RidgeFactor, RidgeStatistics, Spectrum
from ..sequences import Targets
from .base import BaseReadout
from .training import used_rows

#: The alpha that a forecaster chooses by its free runs.
FREE_RUN = "free_run"


class LinearReadout(BaseReadout):
    """What the ridge readouts have in common; they differ in how alpha is chosen."""

    _parameter_constraints: dict[str, list[Any]] = {
        "fit_intercept": ["boolean"],
        "washout": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
        "solver": [StrOptions({"auto", "gram", "qr"})],
        "forgetting": [Interval(Real, 0, 1, closed="right")],
    }

    fit_intercept: bool
    solver: str

    def begin(
        self,
        n_features: int,
        n_outputs: int,
        weights: Sequence[np.ndarray],
        chunk: int | None = None,
    ) -> tuple[Any, list[np.ndarray] | None]:
        """Return empty statistics, of the form that `solver` names; rows have no labels."""
        window = np.inf if self.forgetting == 1 else 1 / (1 - self.forgetting)
        if window < n_features and not chunk:
            warnings.warn(
                f"forgetting={self.forgetting} weighs {window:.0f} steps, fewer than the "
                f"{n_features} features: alpha decides most of the solution. Forget more slowly, "
                "or take fewer units.",
                stacklevel=3,
            )
        solver = self.solver
        if solver == "auto":
            # tanh states: the trace of the Gram matrix is at most T N
            too_small = self._least_alpha() < EPS * sum(map(len, weights)) * n_features
            solver = "qr" if too_small else "gram"
        return (RidgeFactor if solver == "qr" else RidgeStatistics)(n_features, n_outputs), None

    def solved(self, statistics: Any, *, squeeze: bool) -> Self:
        """Return a new readout, solved from statistics; `squeeze` where y was 1-D."""
        return self._solved(statistics, squeeze)

    def _solved_at_hand(self, total: Any, targets: Targets, at_hand: Any) -> Self:
        return self._solved(total, targets.squeeze, at_hand=at_hand)

    def _solved(
        self, statistics: Any, squeeze: bool, *, at_hand: Any = None, solve: Any = None
    ) -> Self:
        """Return a new readout.

        `at_hand` is (states, targets, weights), lists of arrays, where all of them are; `solve`
        what ``solver`` of these statistics gave, where it is there already.
        """
        total = statistics.together()
        new = self.fitted(statistics, squeeze, _spectrum=None)
        new.alpha_, solution = new._choose_alpha(statistics, total, at_hand)
        if solution is None:
            solution = new._solution(total) if solve is None else solve(new.alpha_)
        coef, intercept = solution
        new.solver_ = "gram" if isinstance(total, RidgeStatistics) else "qr"
        new.coef_ = coef[0] if squeeze else coef
        new.intercept_ = float(intercept[0]) if squeeze else intercept
        return new

    def _solution(self, total: Any) -> tuple[np.ndarray, np.ndarray]:
        return total.solve(self.alpha_, fit_intercept=self.fit_intercept)

    def _least_alpha(self) -> float:
        raise NotImplementedError

    def _choose_alpha(self, statistics: Any, total: Any, at_hand: Any) -> tuple[Any, Any]:
        """Return alpha, and (coef, intercept) where the choice has them already; else None."""
        raise NotImplementedError

    def outputs(self, seen: np.ndarray) -> np.ndarray:
        """Return the outputs (n_outputs, n) of columns (n_features, n)."""
        found = np.atleast_2d(self.coef_) @ seen
        found += np.reshape(self.intercept_, (-1, 1))
        return found

    def left_out(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the outputs (T, m) of training rows, each by the solution without it."""
        total, at_hand = self.statistics_.together(), ([x], [y], [weight])
        spectrum = spectrum_of(total, at_hand, self.fit_intercept)
        alphas = np.atleast_1d(self.alpha_)
        # a weight of two is two rows, of which one is left out
        few = spectrum.trained is not None and weight.all()  # whose rows were rotated already
        rows = None if few else x
        errors = spectrum.left_out(rows, y, np.ones_like(weight), alphas, self.fit_intercept)
        each = np.arange(y.shape[1])  # one alpha, or one per output
        return y - errors[np.minimum(each, len(alphas) - 1), :, each].T

    def std(self, seen: np.ndarray) -> np.ndarray:
        """Return the standard deviations of the outputs, as `outputs`."""
        if self._spectrum is None:
            self._spectrum: Spectrum | None = self.statistics_.together().spectrum(
                self.fit_intercept
            )
        spectrum = self._spectrum
        alphas = np.broadcast_to(np.asarray(self.alpha_, dtype=float), spectrum.residual.shape)
        constant = 1.0 + (1.0 / spectrum.weight if self.fit_intercept else 0.0)
        variance = spectrum.noise_variance(alphas) * (constant + spectrum.leverages(seen.T, alphas))
        return np.sqrt(variance).T


class RidgeReadout(LinearReadout):
    r"""Ridge regression from states to outputs.

    .. math:: W_{out} = \arg\min_W \sum_t w_t \|y_t - W [1; x_t]\|^2 + \alpha \|W\|^2

    The intercept is not penalised. On one series this is scikit-learn's
    `~sklearn.linear_model.Ridge`, with a washout, panels and ragged lists, and missing targets.

    Parameters
    ----------
    alpha : float, array-like of shape (n_outputs,), "evidence" or "free_run", default="evidence"
        Penalty ≥ 0, absolute as in `~sklearn.linear_model.Ridge`; one, or one per output.
        "evidence": the one that makes the data most likely, for each output, as in
        `~sklearn.linear_model.BayesianRidge`. "free_run": in an `ESNForecaster`, the one whose
        free runs within the training series are best by far, or "evidence"; elsewhere "evidence".
    fit_intercept : bool, default=True
    washout : int or "auto", default="auto"
        First steps of every sequence that are not trained on, because its states still carry the
        initial state. "auto" is, in an ESN, the steps after which trajectories from extreme initial
        states coincide, and at most a tenth of the shortest sequence; and 0 in a readout that
        stands alone and sees no reservoir.
    solver : {"auto", "gram", "qr"}, default="auto"
        What is summed up over the steps. "gram": the Gram matrix, fast, which can tell an alpha
        from zero down to about eps T N. "qr": its triangular factor, several times the work, which
        goes down to eps times that; in a closed loop every digit more is worth about two Lyapunov
        times. "auto" takes the factor where some alpha is below eps T N.
    forgetting : float, default=1.0
        Factor λ in (0, 1] by which a step counts less for every step after it: 1 / (1 - λ) steps
        count in the end. Alpha is absolute, and so weighs against that many steps.

    Attributes
    ----------
    coef_ : ndarray of shape (n_outputs, N), or (N,) where y is 1-D
    intercept_ : ndarray of shape (n_outputs,), or float where y is 1-D
    alpha_ : float or ndarray of shape (n_outputs,)
        The penalty that was used.
    solver_ : {"gram", "qr"}
        The one that was used.
    statistics_ : RidgeStatistics or RidgeFactor
        What the solution was drawn from.
    n_features_in_ : int
    n_steps_seen_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Lukoševičius (2012), A practical guide to applying echo state networks, equation 9; MacKay
    (1992), Bayesian interpolation, Neural Computation 4, for the evidence.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import RidgeReadout
    >>> x = np.arange(10.0).reshape(-1, 1)
    >>> RidgeReadout(alpha=0.0).fit(x, 3 * x.ravel() + 1).predict([[10.0]]).round(6)
    array([31.])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **LinearReadout._parameter_constraints,
        "alpha": [
            Interval(Real, 0, None, closed="left"),
            StrOptions({"evidence", FREE_RUN}),
            "array-like",
        ],
    }

    def __init__(
        self,
        alpha: Any = "evidence",
        *,
        fit_intercept: bool = True,
        washout: int | str = "auto",
        solver: str = "auto",
        forgetting: float = 1.0,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.washout = washout
        self.solver = solver
        self.forgetting = forgetting

    def path(self, alphas: Iterable[Any]) -> list[Self]:
        """Return the readout once for every alpha, from one decomposition."""
        solve = self.statistics_.together().solver(fit_intercept=self.fit_intercept)
        return [
            self.with_params(alpha=alpha)._solved(self.statistics_, self._squeeze, solve=solve)
            for alpha in alphas
        ]

    def _by_evidence(self) -> bool:
        return isinstance(self.alpha, str)

    def _least_alpha(self) -> float:
        if self._by_evidence():
            return np.inf  # the Gram matrix, unless the factor is asked for
        return float(np.min(np.asarray(self.alpha, dtype=float), initial=np.inf))

    def _choose_alpha(self, statistics: Any, total: Any, at_hand: Any) -> tuple[Any, Any]:
        if not self._by_evidence():
            return self.alpha, None
        spectrum = spectrum_of(total, at_hand, self.fit_intercept)
        # below it a Gram matrix cannot tell the alphas apart
        least = 0.0 if isinstance(total, RidgeFactor) else 2 * EPS * spectrum.values.max() ** 2
        alpha = np.maximum(spectrum.evidence_alpha(), least)
        return alpha, spectrum.solution(alpha)


def spectrum_of(total: Any, at_hand: Any, fit_intercept: bool, least: float = 0.0) -> Spectrum:
    """Return the decomposition of statistics, or of rows at hand where they are the fewer.

    `least` is the least alpha that will be asked for.
    """
    if at_hand is not None and sum(np.count_nonzero(w) for w in at_hand[2]) < total.n_features:
        return Spectrum.of_rows(*used_rows(*at_hand), fit_intercept, least)
    return total.spectrum(fit_intercept)
