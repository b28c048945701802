"""`RidgeReadoutCV`: alpha by cross-validation, from one pass over the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from scipy.stats import rankdata
from sklearn.model_selection import KFold
from sklearn.utils._param_validation import Interval, StrOptions

from ..checks import folds_of
from ..ridge import Blocks, Folds, Spectrum
from .linear import LinearReadout, spectrum_of

#: Scoring -> (mean squared errors (..., m), variances (..., 1, m)) to scores, greater is better.
SCORES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "neg_mean_squared_error": lambda errors, variances: -errors,
    "neg_root_mean_squared_error": lambda errors, variances: -np.sqrt(errors),
    "r2": lambda errors, variances: 1.0 - errors / variances,
}


#: The path of `RidgeReadoutCV`.
ALPHAS = tuple(np.logspace(-10, 2, 13).tolist())


class RidgeReadoutCV(LinearReadout):
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
        **LinearReadout._parameter_constraints,
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

    def begin(
        self,
        n_features: int,
        n_outputs: int,
        weights: Sequence[np.ndarray],
        chunk: int | None = None,
    ) -> tuple[Any, list[np.ndarray] | None]:
        """Return empty statistics, and the block of every row where `cv` asks for blocks."""
        one, _ = super().begin(n_features, n_outputs, weights, chunk)
        folds = self._folds(weights, chunk)
        if folds is None:
            return one, None
        return Blocks([one.empty() for _ in range(folds.n_blocks)], folds.splits), folds.labels

    def path(self, alphas: Iterable[Any]) -> list[Self]:
        """Refuse: alpha is chosen here."""
        raise TypeError("alpha_path needs a RidgeReadout: RidgeReadoutCV chooses alpha itself.")

    def _folds(self, weights: Sequence[np.ndarray], chunk: int | None = None) -> Folds | None:
        """Return the block of every row; rows in no fold are of blocks of their own."""
        if self.cv is None or self.cv == "gcv":
            return None
        if chunk is not None:
            if not isinstance(self.cv, Integral):
                raise ValueError(f"cv must be an int in partial_fit; got {self.cv!r}.")
            k = int(self.cv)
            leave_one = [([j for j in range(k) if j != i], [i]) for i in range(k)]
            return Folds([np.full(len(weight), chunk % k) for weight in weights], leave_one)
        is_series = len(weights) == 1
        n_samples = len(weights[0]) if is_series else len(weights)
        if isinstance(self.cv, Integral):
            # blocks of the steps that are trained on
            samples = np.flatnonzero(weights[0]) if is_series else np.arange(n_samples)
            splits = _block_splits(samples, int(self.cv), int(self.gap) if is_series else 0)
        else:
            splits = folds_of(self.cv, np.zeros((n_samples, 1)))
        of_sample, blocks = _atoms(splits, n_samples)
        if is_series:
            return Folds([of_sample], blocks)
        labels = [np.full(len(w), label) for w, label in zip(weights, of_sample, strict=True)]
        return Folds(labels, blocks)

    def _choose_alpha(self, statistics: Any, total: Any, at_hand: Any) -> tuple[Any, Any]:
        alphas, spectrum = self._alphas(), None
        if isinstance(statistics, Blocks) and statistics.filled():
            self.criterion_ = "blocks"
            errors, variances = statistics.fold_errors(alphas, fit_intercept=self.fit_intercept)
        else:
            spectrum = spectrum_of(total, at_hand, self.fit_intercept, alphas.min())
            if at_hand is not None and self.cv is None:
                self.criterion_ = "loo"
                estimate = _leave_one_out(
                    spectrum, alphas, *at_hand, fit_intercept=self.fit_intercept
                )
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
        if spectrum is not None and len(spectrum.values) < total.n_features:
            return alphas[best], spectrum.solution(alphas[best])  # of few rows, without the Gram's
        return alphas[best], None


def _block_splits(
    samples: np.ndarray, n_blocks: int, gap: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return folds of contiguous blocks, with `gap` samples on either side of a border in none."""
    n_samples = len(samples)
    if n_samples < n_blocks:
        raise ValueError(f"cv={n_blocks} needs at least {n_blocks} samples; got {n_samples}.")
    splits = list(KFold(n_blocks).split(np.arange(n_samples)))
    near = np.zeros(n_samples, dtype=bool)
    for _, test in splits[1:]:
        near[max(0, test[0] - gap) : test[0] + gap] = True
    splits = [(train[~near[train]], test[~near[test]]) for train, test in splits]
    if not all(len(test) for _, test in splits):
        raise ValueError(f"gap={gap} leaves nothing of a block; cv={n_blocks}, {n_samples} steps.")
    return [(samples[train], samples[test]) for train, test in splits]


def _atoms(
    splits: Sequence[tuple[np.ndarray, np.ndarray]], n_samples: int
) -> tuple[np.ndarray, list[tuple[list[int], list[int]]]]:
    """Return the block of every unit, and the folds as blocks.

    Units that are in the same parts of all folds are of one block; blocks are numbered in the order
    in which they come.
    """
    roles = np.zeros((n_samples, len(splits)), dtype=np.int8)
    for k, (train, test) in enumerate(splits):
        most = max(np.max(part, initial=-1) for part in (train, test))
        if most >= n_samples:
            raise ValueError(
                f"cv must give rows or sequences of the {n_samples} that there are; fold {k} holds "
                f"number {most}."
            )
        roles[train, k], roles[test, k] = 1, 2
    patterns, first, inverse = np.unique(roles, axis=0, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    ordered = patterns[np.argsort(first)]
    blocks = [
        (np.flatnonzero(role == 1).tolist(), np.flatnonzero(role == 2).tolist())
        for role in ordered.T
    ]
    return rank[np.ravel(inverse)], blocks


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
