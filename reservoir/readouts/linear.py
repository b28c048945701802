"""Ridge readouts: regression from states to outputs, by different choices of alpha."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.model_selection import KFold, check_cv
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from ..ridge import (
    EPS,
    Blocks,
    Folds,
    RecursiveFactor,
    RidgeFactor,
    RidgeStatistics,
    Spectrum,
)
from ..sequences import check_sequences, check_targets
from .training import (
    check_outputs,
    empty,
    gather,
    last_rows,
    steps_of,
    training_weights,
    used_rows,
    weighted_r2,
)

Statistics = RidgeStatistics | RidgeFactor | Blocks


class _LinearReadout(MultiOutputMixin, RegressorMixin, BaseEstimator):
    """What the ridge readouts have in common; they differ in how alpha is chosen."""

    _parameter_constraints: dict[str, list[Any]] = {
        "fit_intercept": ["boolean"],
        "washout": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
        "solver": [StrOptions({"auto", "gram", "qr"})],
        "forgetting": [Interval(Real, 0, 1, closed="right")],
    }

    fit_intercept: bool
    washout: int | str
    solver: str
    forgetting: float

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Solve for the outputs.

        Parameters
        ----------
        X : array-like of shape (T, N) or (K, T, N), or list of (T_k, N) arrays
            States.
        y : array-like of shape (T,), (T, m) or (K, T, m), or list of (T_k,) or (T_k, m) arrays
            Targets per step. For a panel or list also one row per sequence, (K,) or (K, m), which
            is learned from the last state of each. Rows with NaN are not trained on.
        sample_weight : array-like of shape (T,) or (K,), or list of (T_k,) arrays, optional

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError
            If a parameter is out of its range, `X` is not finite, or lengths do not match.

        Warns
        -----
        scipy.linalg.LinAlgWarning
            Where the system is singular to working precision.
        """
        return self._learn(X, y, sample_weight, None)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from further steps; all calls together equal one `fit` on the whole.

        A series is taken to go on from call to call, so that only its first steps are a washout;
        the sequences of a panel or list are further ones.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`. The first call decides which statistics ``solver="auto"`` takes.

        Returns
        -------
        self : estimator
        """
        return self._learn(X, y, sample_weight, getattr(self, "statistics_", None), partial=True)

    def _learn(
        self, X: Any, y: Any, sample_weight: Any, statistics: Any, *, partial: bool = False
    ) -> Self:
        if statistics is None:
            self._validate_params()
            self.n_steps_seen_ = self.n_calls_ = 0
        sequences = check_sequences(self, X, reset=statistics is None)
        targets = check_targets(y, sequences)
        seen = self.n_steps_seen_ if sequences.form == "series" else 0
        weights = training_weights(
            sample_weight, sequences, targets, max(0, self._own_washout() - seen),
            least=0 if partial else 2, forgetting=self.forgetting,
        )  # fmt: skip
        rows = last_rows(sequences.items) if targets.per_sequence else sequences.items
        folds = self.blocks(weights, self.n_calls_ if partial else None)
        if statistics is None:
            statistics = empty(self, self.n_features_in_, targets.n_outputs, weights, folds)()
        else:
            check_outputs(targets.n_outputs, statistics)
            statistics = statistics.copy()
            statistics.fade(self.forgetting ** steps_of(weights, targets))
        gather(statistics, rows, targets.items, weights, folds)
        statistics.frozen()
        self.n_steps_seen_ += steps_of(weights, targets)
        self.n_calls_ += 1
        self.statistics_ = statistics
        if statistics.weight > 0:
            held = None if partial else (rows, targets.items, weights)
            self.finish(statistics, squeeze=targets.squeeze, held=held)
        return self

    def _own_washout(self) -> int:
        return 0 if self.washout == "auto" else int(self.washout)

    def blocks(self, weights: Sequence[np.ndarray], chunk: int | None = None) -> Folds | None:
        """Return the block of every row: none are needed here."""
        return None

    def begin(self, n_features: int, n_outputs: int, n_rows: int) -> RidgeStatistics | RidgeFactor:
        """Return empty statistics for so many rows, of the kind that `solver` names."""
        if self.forgetting < 1 and (window := 1 / (1 - self.forgetting)) < n_features:
            warnings.warn(
                f"forgetting={self.forgetting} weighs {window:.0f} steps, fewer than the "
                f"{n_features} features: alpha decides most of the solution. Forget more slowly, "
                "or take fewer units.",
                stacklevel=3,
            )
        solver = self.solver
        if solver == "auto":
            # tanh states: the trace of the Gram matrix is at most T N
            too_small = self._least_alpha() < EPS * n_rows * n_features
            solver = "qr" if too_small else "gram"
        return (RidgeFactor if solver == "qr" else RidgeStatistics)(n_features, n_outputs)

    def finish(
        self, statistics: Any, *, squeeze: bool, held: Any = None, solve: Any = None
    ) -> Self:
        """Take the solution from `statistics`; `squeeze` where y was 1-D.

        `held` is (states, targets, weights), lists of arrays, where all of them are at hand;
        `solve` what `solver` of these statistics gave, where it is there already.
        """
        total = statistics.together()
        self._spectrum: Spectrum | None = None
        self.alpha_ = self._choose_alpha(statistics, total, held)
        coef, intercept = self._solution(total) if solve is None else solve(self.alpha_)
        self.n_features_in_ = statistics.n_features
        self.statistics_ = statistics
        self.solver_ = "gram" if isinstance(total, RidgeStatistics) else "qr"
        self.coef_ = coef[0] if squeeze else coef
        self.intercept_ = float(intercept[0]) if squeeze else intercept
        return self

    def _solution(self, total: Any) -> tuple[np.ndarray, np.ndarray]:
        return total.solve(self.alpha_, fit_intercept=self.fit_intercept)

    def _least_alpha(self) -> float:
        raise NotImplementedError

    def _choose_alpha(self, statistics: Any, total: Any, held: Any) -> Any:
        raise NotImplementedError

    def predict(self, X: Any, return_std: bool = False) -> Any:
        r"""Return the outputs of every state, in the form of `X`.

        Parameters
        ----------
        X : array-like of shape (T, N) or (K, T, N), or list of (T_k, N) arrays
        return_std : bool, default=False
            Whether to return the standard deviation of each output too: of the noise, estimated as
            :math:`\sigma^2 = \mathrm{RSS} / (n - \mathrm{df})`, and of the coefficients,

            .. math:: \sigma^2 (1 + 1/n + (x - \bar x)^T (G + \alpha I)^{-1} (x - \bar x)),

            Bishop (2006), Pattern recognition and machine learning, equation 3.59.

        Returns
        -------
        y : ndarray or list of ndarray
            (T,) or (T, m) per sequence.
        std : as `y`
            Where `return_std`.
        """
        check_is_fitted(self, "coef_")
        sequences = check_sequences(self, X, reset=False)
        outputs = [x @ self.coef_.T + self.intercept_ for x in sequences.items]
        if not return_std:
            return sequences.restore_outputs(outputs)
        stds = [self._std(x).reshape(y.shape) for x, y in zip(sequences.items, outputs)]
        return sequences.restore_outputs(outputs), sequences.restore_outputs(stds)

    def _std(self, x: np.ndarray) -> np.ndarray:
        """Standard deviations (T, m) of the outputs of states (T, N)."""
        if self._spectrum is None:
            self._spectrum = self.statistics_.together().spectrum(self.fit_intercept)
        spectrum = self._spectrum
        alphas = np.broadcast_to(np.asarray(self.alpha_, dtype=float), spectrum.residual.shape)
        constant = 1.0 + (1.0 / spectrum.weight if self.fit_intercept else 0.0)
        variance = spectrum.noise_variance(alphas) * (constant + spectrum.leverages(x, alphas))
        return np.sqrt(variance)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the coefficient of determination, R², the washout of every sequence left out."""
        check_is_fitted(self, "coef_")
        sequences = check_sequences(self, X, reset=False)
        targets = check_targets(y, sequences)
        weights = training_weights(sample_weight, sequences, targets, self._own_washout(), least=1)
        rows = last_rows(sequences.items) if targets.per_sequence else sequences.items
        predicted = [x @ np.atleast_2d(self.coef_).T + self.intercept_ for x in rows]
        return weighted_r2(targets.items, predicted, weights)


class RidgeReadout(_LinearReadout):
    r"""Ridge regression from states to outputs.

    .. math:: W_{out} = \arg\min_W \sum_t w_t \|y_t - W [1; x_t]\|^2 + \alpha \|W\|^2

    The intercept is not penalised. On one series this is scikit-learn's
    `~sklearn.linear_model.Ridge`, with a washout, panels and ragged lists, and missing targets.

    Parameters
    ----------
    alpha : float, array-like of shape (n_outputs,) or "evidence", default=1e-6
        Penalty ≥ 0, absolute as in `~sklearn.linear_model.Ridge`; one, or one per output.
        "evidence": the one that makes the data most likely, for each output, as in
        `~sklearn.linear_model.BayesianRidge`.
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
        **_LinearReadout._parameter_constraints,
        "alpha": [
            Interval(Real, 0, None, closed="left"), StrOptions({"evidence"}), "array-like",
        ],
    }  # fmt: skip

    def __init__(
        self,
        alpha: Any = 1e-6,
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

    def _by_evidence(self) -> bool:
        return isinstance(self.alpha, str)

    def _least_alpha(self) -> float:
        if self._by_evidence():
            return np.inf  # the Gram matrix, unless the factor is asked for
        return float(np.min(np.asarray(self.alpha, dtype=float), initial=np.inf))

    def _choose_alpha(self, statistics: Any, total: Any, held: Any) -> Any:
        if not self._by_evidence():
            return self.alpha
        spectrum = spectrum_of(total, held, self.fit_intercept)
        # below it a Gram matrix cannot tell the alphas apart
        least = 0.0 if isinstance(total, RidgeFactor) else 2 * EPS * spectrum.values.max() ** 2
        return np.maximum(spectrum.evidence_alpha(), least)


#: Scoring -> (mean squared errors (..., m), variances (..., 1, m)) to scores, greater is better.
SCORES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "neg_mean_squared_error": lambda errors, variances: -errors,
    "neg_root_mean_squared_error": lambda errors, variances: -np.sqrt(errors),
    "r2": lambda errors, variances: 1.0 - errors / variances,
}


#: The path of `RidgeReadoutCV`.
ALPHAS = tuple(np.logspace(-10, 2, 13).tolist())


class RidgeReadoutCV(_LinearReadout):
    r"""Ridge readout that chooses alpha by cross-validation, from one pass over the data.

    A whole path of alphas costs one decomposition of the statistics. It may stand wherever
    `RidgeReadout` stands; in an ESN the states are still folded in block by block and never held.

    Parameters
    ----------
    alphas : array-like of shape (n_alphas,), default=np.logspace(-10, 2, 13)
        Penalties > 0.
    fit_intercept, washout, solver, forgetting
        As in `RidgeReadout`.
    cv : None, "gcv", int, splitter or iterable of (train, test), default=None
        None: leave-one-out, exactly, as in `~sklearn.linear_model.RidgeCV`, where `fit` is handed
        the states; generalised cross-validation, which needs none, in an ESN. "gcv": the latter
        everywhere. An int: so many contiguous blocks of the steps, or of the sequences of a panel
        or list. A splitter, such as `~sklearn.model_selection.TimeSeriesSplit`: its folds of the
        steps of a series, or of sequences. In `partial_fit` with an int k, the i-th call is of
        block i mod k.
    gap : int, default=0
        Steps left out of all folds on either side of every border between blocks, because states
        there know of both sides; the final solution is trained on them. For an int `cv` on a
        series.
    scoring : {"neg_mean_squared_error", "neg_root_mean_squared_error", "r2"}, default=None
        None is the first.
    alpha_per_target : bool, default=False
        Whether every output gets the alpha that is best for it.

    Attributes
    ----------
    alpha_ : float, or ndarray of shape (n_outputs,) where `alpha_per_target`
    best_score_ : float, or ndarray of shape (n_outputs,) where `alpha_per_target`
    cv_results_ : dict
        ``alpha``, ``params``, ``mean_test_score``, ``std_test_score``, ``rank_test_score`` and
        ``split0_test_score`` …, as in `~sklearn.model_selection.GridSearchCV`; a column per output
        where `alpha_per_target`.
    criterion_ : {"loo", "gcv", "blocks"}
        What the scores are.
    coef_, intercept_, solver_, statistics_, n_features_in_, n_steps_seen_, feature_names_in_
        As in `RidgeReadout`; ``statistics_`` are `Blocks` where `cv` is an int or a splitter.

    References
    ----------
    Golub, Heath & Wahba (1979), Generalized cross-validation as a method for choosing a good ridge
    parameter, Technometrics 21.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import RidgeReadoutCV
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((60, 20))
    >>> y = x[:, 0] + rng.standard_normal(60)
    >>> float(RidgeReadoutCV(alphas=[1e-3, 1.0, 30.0], cv=5).fit(x, y).alpha_)
    1.0
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **_LinearReadout._parameter_constraints,
        "alphas": ["array-like"],
        "cv": ["cv_object", StrOptions({"gcv"})],
        "gap": [Interval(Integral, 0, None, closed="left")],
        "scoring": [None, StrOptions(set(SCORES))],
        "alpha_per_target": ["boolean"],
    }  # fmt: skip

    def __init__(
        self,
        alphas: Any = ALPHAS,
        *,
        fit_intercept: bool = True,
        washout: int | str = "auto",
        solver: str = "auto",
        forgetting: float = 1.0,
        cv: Any = None,
        gap: int = 0,
        scoring: str | None = None,
        alpha_per_target: bool = False,
    ) -> None:
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.washout = washout
        self.solver = solver
        self.forgetting = forgetting
        self.cv = cv
        self.gap = gap
        self.scoring = scoring
        self.alpha_per_target = alpha_per_target

    def _alphas(self) -> np.ndarray:
        alphas = np.asarray(self.alphas, dtype=float)
        if alphas.ndim != 1 or not alphas.size or not (np.isfinite(alphas) & (alphas > 0)).all():
            raise ValueError(f"alphas must be one or more finite numbers > 0; got {self.alphas}.")
        return alphas

    def _least_alpha(self) -> float:
        return float(self._alphas().min())

    def blocks(self, weights: Sequence[np.ndarray], chunk: int | None = None) -> Folds | None:
        """Return the block of every row; rows in no fold are of the last block."""
        if self.cv is None or self.cv == "gcv":
            return None
        if chunk is not None:
            if not isinstance(self.cv, Integral):
                raise ValueError(f"cv must be an int in partial_fit; got {self.cv!r}.")
            k = int(self.cv)
            leave_one = [([j for j in range(k) if j != i], [i]) for i in range(k)]
            return Folds([np.full(len(weight), chunk % k) for weight in weights], leave_one)
        is_series = len(weights) == 1
        n_units = len(weights[0]) if is_series else len(weights)
        if isinstance(self.cv, Integral):
            # blocks of the steps that are trained on
            units = np.flatnonzero(weights[0]) if is_series else np.arange(n_units)
            splits = _block_splits(units, int(self.cv), int(self.gap) if is_series else 0)
        else:
            splits = list(check_cv(self.cv).split(np.zeros((n_units, 1))))
        of_unit, blocks = _atoms(splits, n_units)
        if is_series:
            return Folds([of_unit], blocks)
        labels = [np.full(len(w), label) for w, label in zip(weights, of_unit, strict=True)]
        return Folds(labels, blocks)

    def _choose_alpha(self, statistics: Any, total: Any, held: Any) -> Any:
        alphas = self._alphas()
        if isinstance(statistics, Blocks) and statistics.filled():
            self.criterion_ = "blocks"
            errors, variances = statistics.fold_errors(alphas, fit_intercept=self.fit_intercept)
        else:
            spectrum = spectrum_of(total, held, self.fit_intercept)
            if held is not None and self.cv is None:
                self.criterion_ = "loo"
                estimate = _leave_one_out(spectrum, alphas, *held, fit_intercept=self.fit_intercept)
            else:
                self.criterion_ = "gcv"
                estimate = spectrum.gcv(alphas, self.fit_intercept)
            whole = spectrum.residual + np.square(spectrum.projected).sum(axis=0)
            errors, variances = estimate[None], (whole / spectrum.weight)[None]
        scores = SCORES[self.scoring or "neg_mean_squared_error"](errors, variances[:, None])
        if not self.alpha_per_target:
            scores = scores.mean(axis=2)
        mean = scores.mean(axis=0)
        best = np.argmax(mean, axis=0)
        with np.errstate(invalid="ignore"):  # the spread of -inf
            spread = scores.std(axis=0)
        self.best_score_ = np.take_along_axis(mean, best[None], axis=0)[0]
        self.cv_results_ = {
            "alpha": alphas,
            "params": [{"alpha": float(alpha)} for alpha in alphas],
            **{f"split{i}_test_score": score for i, score in enumerate(scores)},
            "mean_test_score": mean,
            "std_test_score": spread,
            "rank_test_score": rankdata(-mean, method="min", axis=0).astype(int),
        }
        return alphas[best]


class RecursiveRidgeReadout(_LinearReadout):
    """Ridge readout that follows step by step: recursive least squares in square-root form.

    After `fit` or the first `partial_fit`, every further step costs O(N²), the solution included,
    where `RidgeReadout` solves anew, O(N³). It is what
    `ESNRegressor.predict_then_update` adapts with. The intercept is always fitted.

    Parameters
    ----------
    alpha : float, default=1e-6
        Penalty > 0, absolute; it is held between 0.6 and 1 times that while data are forgotten.
    washout : int or "auto", default="auto"
        As in `RidgeReadout`.
    forgetting : float, default=0.999
        Factor λ in (0, 1] by which a step counts less for every step after it: 1 / (1 - λ) steps
        count.

    Attributes
    ----------
    coef_, intercept_, n_features_in_, n_steps_seen_, feature_names_in_
        As in `RidgeReadout`.
    statistics_ : RecursiveFactor
        Positive definite by form, where the textbook's covariance matrix grows beyond bounds.

    References
    ----------
    Sayed (2003), Fundamentals of adaptive filtering, chapter 12; Jaeger (2002), Adaptive nonlinear
    system identification with echo state networks.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import RecursiveRidgeReadout
    >>> x = np.random.default_rng(0).standard_normal((300, 2))
    >>> readout = RecursiveRidgeReadout(forgetting=0.9).fit(x[:200], x[:200, 0])
    >>> readout.partial_fit(x[200:], -x[200:, 0]).coef_.round(2)
    array([-1.,  0.])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "washout": _LinearReadout._parameter_constraints["washout"],
        "forgetting": _LinearReadout._parameter_constraints["forgetting"],
    }
    fit_intercept = True
    solver = "qr"

    def __init__(
        self, alpha: float = 1e-6, *, washout: int | str = "auto", forgetting: float = 0.999
    ) -> None:
        self.alpha = alpha
        self.washout = washout
        self.forgetting = forgetting

    def _choose_alpha(self, statistics: Any, total: Any, held: Any) -> Any:
        return self.alpha

    def _solution(self, total: Any) -> tuple[np.ndarray, np.ndarray]:
        return total.solve()

    def finish(
        self, statistics: Any, *, squeeze: bool, held: Any = None, solve: Any = None
    ) -> Self:
        """Take the solution from `statistics`; `squeeze` where y was 1-D."""
        if not isinstance(statistics, RecursiveFactor):
            statistics = RecursiveFactor(statistics, self.alpha)
        elif statistics.alpha != self.alpha:
            raise ValueError(
                f"alpha={self.alpha} cannot be told from alpha={statistics.alpha} in the factor: "
                "fit anew."
            )
        return super().finish(statistics, squeeze=squeeze)

    def _std(self, x: np.ndarray) -> np.ndarray:
        raise ValueError("return_std needs a RidgeReadout or RidgeReadoutCV.")


def _block_splits(
    units: np.ndarray, n_blocks: int, gap: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return folds of contiguous blocks, with `gap` units on either side of a border in none."""
    n_units = len(units)
    if n_units < n_blocks:
        raise ValueError(f"cv={n_blocks} needs at least {n_blocks} samples; got {n_units}.")
    splits = list(KFold(n_blocks).split(np.arange(n_units)))
    near = np.zeros(n_units, dtype=bool)
    for _, test in splits[1:]:
        near[max(0, test[0] - gap) : test[0] + gap] = True
    splits = [(train[~near[train]], test[~near[test]]) for train, test in splits]
    if not all(len(test) for _, test in splits):
        raise ValueError(f"gap={gap} leaves nothing of a block; cv={n_blocks}, {n_units} steps.")
    return [(units[train], units[test]) for train, test in splits]


def _atoms(
    splits: Sequence[tuple[np.ndarray, np.ndarray]], n_units: int
) -> tuple[np.ndarray, list[tuple[list[int], list[int]]]]:
    """Return the block of every unit, and the folds as blocks.

    Units that are in the same parts of all folds are of one block; blocks are numbered in the order
    in which they come.
    """
    roles = np.zeros((n_units, len(splits)), dtype=np.int8)
    for k, (train, test) in enumerate(splits):
        roles[train, k], roles[test, k] = 1, 2
    patterns, first, inverse = np.unique(roles, axis=0, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    ordered = patterns[np.argsort(first)]
    blocks = [
        (np.flatnonzero(role == 1).tolist(), np.flatnonzero(role == 2).tolist())
        for role in ordered.T
    ]
    return rank[np.ravel(inverse)], blocks


def spectrum_of(total: Any, held: Any, fit_intercept: bool) -> Spectrum:
    """Return the decomposition of statistics, or of rows at hand where they are the fewer."""
    if held is not None and sum(np.count_nonzero(w) for w in held[2]) < total.n_features:
        return Spectrum.of_rows(*used_rows(*held), fit_intercept)
    return total.spectrum(fit_intercept)


def _leave_one_out(
    spectrum: Spectrum,
    alphas: np.ndarray,
    states: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
    weights: Sequence[np.ndarray],
    *,
    fit_intercept: bool,
) -> np.ndarray:
    """Return the weighted mean squared error of leave-one-out, (A, m)."""
    total = np.zeros((len(alphas), targets[0].shape[1]))
    for x, y, weight in zip(states, targets, weights, strict=True):
        used = weight > 0
        x, y, w = x[used], y[used], weight[used]
        errors = spectrum.left_out(x, y, w, alphas, fit_intercept)
        total += np.einsum("t,atm->am", w, np.square(errors))
    return total / spectrum.weight
