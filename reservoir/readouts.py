"""Linear readouts, solved in closed form: states in, outputs out.

The readout protocol, all that an echo state network asks of a readout:

1. ``washout`` is the number of first steps not to train on, or "auto".
2. ``begin(n_features, n_outputs, n_rows)`` gives empty statistics, as
   `reservoir.ridge.RidgeStatistics`, for at most that many rows.
3. ``finish(statistics, squeeze=...)`` solves them into ``coef_`` and ``intercept_``, and may be
   called again after a change of parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from .ridge import EPS, RidgeFactor, RidgeStatistics
from .sequences import Sequences, Targets, check_sequences, check_targets, check_weights


class RidgeReadout(MultiOutputMixin, RegressorMixin, BaseEstimator):
    r"""Ridge regression from states to outputs.

    .. math:: W_{out} = \arg\min_W \sum_t w_t \|y_t - W [1; x_t]\|^2 + \alpha \|W\|^2

    The intercept is not penalised. On one series this is scikit-learn's
    `~sklearn.linear_model.Ridge`, with a washout, panels and ragged lists, and missing targets.

    Parameters
    ----------
    alpha : float or array-like of shape (n_outputs,), default=1e-6
        Penalty ≥ 0, absolute as in `~sklearn.linear_model.Ridge`; one, or one per output.
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

    Attributes
    ----------
    coef_ : ndarray of shape (n_outputs, N), or (N,) where y is 1-D
    intercept_ : ndarray of shape (n_outputs,), or float where y is 1-D
    solver_ : {"gram", "qr"}
        The one that was used.
    statistics_ : RidgeStatistics or RidgeFactor
        What the solution was drawn from.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Lukoševičius (2012), A practical guide to applying echo state networks, equation 9.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import RidgeReadout
    >>> x = np.arange(10.0).reshape(-1, 1)
    >>> RidgeReadout(alpha=0.0).fit(x, 3 * x.ravel() + 1).predict([[10.0]]).round(6)
    array([31.])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "alpha": [Interval(Real, 0, None, closed="left"), "array-like"],
        "fit_intercept": ["boolean"],
        "washout": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
        "solver": [StrOptions({"auto", "gram", "qr"})],
    }

    def __init__(
        self,
        alpha: Any = 1e-6,
        *,
        fit_intercept: bool = True,
        washout: int | str = "auto",
        solver: str = "auto",
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.washout = washout
        self.solver = solver

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RidgeReadout:
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
        self : RidgeReadout

        Raises
        ------
        ValueError
            If a parameter is out of its range, `X` is not finite, or lengths do not match.

        Warns
        -----
        scipy.linalg.LinAlgWarning
            Where the system is singular to working precision.
        """
        self._validate_params()
        sequences = check_sequences(self, X, reset=True)
        targets = check_targets(y, sequences)
        weights = training_weights(sample_weight, sequences, targets, self._own_washout())
        n_rows = sum(map(len, targets.items))
        statistics = self.begin(self.n_features_in_, targets.n_outputs, n_rows)
        rows = last_rows(sequences.items) if targets.per_sequence else sequences.items
        for x, target, weight in zip(rows, targets.items, weights, strict=True):
            used = weight > 0
            statistics.update(x[used], target[used], weight[used])
        return self.finish(statistics, squeeze=targets.squeeze)

    def _own_washout(self) -> int:
        return 0 if self.washout == "auto" else int(self.washout)

    def begin(self, n_features: int, n_outputs: int, n_rows: int) -> RidgeStatistics | RidgeFactor:
        """Return empty statistics for so many rows, of the kind that `solver` names."""
        solver = self.solver
        if solver == "auto":
            # tanh states: the trace of the Gram matrix is at most T N
            least = np.min(np.asarray(self.alpha, dtype=float), initial=np.inf)
            too_small = least < EPS * n_rows * n_features
            solver = "qr" if too_small else "gram"
        return (RidgeFactor if solver == "qr" else RidgeStatistics)(n_features, n_outputs)

    def finish(self, statistics: RidgeStatistics | RidgeFactor, *, squeeze: bool) -> RidgeReadout:
        """Take the solution from `statistics`; `squeeze` where y was 1-D."""
        coef, intercept = statistics.solve(self.alpha, fit_intercept=self.fit_intercept)
        self.n_features_in_ = statistics.n_features
        self.statistics_ = statistics
        self.solver_ = "qr" if isinstance(statistics, RidgeFactor) else "gram"
        self.coef_ = coef[0] if squeeze else coef
        self.intercept_ = float(intercept[0]) if squeeze else intercept
        return self

    def predict(self, X: Any) -> Any:
        """Return the outputs of every state, in the form of `X`.

        Parameters
        ----------
        X : array-like of shape (T, N) or (K, T, N), or list of (T_k, N) arrays

        Returns
        -------
        y : ndarray or list of ndarray
            (T,) or (T, m) per sequence.
        """
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        return sequences.restore_outputs(
            [x @ self.coef_.T + self.intercept_ for x in sequences.items]
        )

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the coefficient of determination, R², the washout of every sequence left out."""
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        targets = check_targets(y, sequences)
        weights = training_weights(sample_weight, sequences, targets, self._own_washout(), least=1)
        rows = last_rows(sequences.items) if targets.per_sequence else sequences.items
        predicted = [x @ np.atleast_2d(self.coef_).T + self.intercept_ for x in rows]
        return weighted_r2(targets.items, predicted, weights)


def last_rows(items: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the last row of each array, as (1, N)."""
    return [item[-1:] for item in items]


def training_weights(
    sample_weight: Any, sequences: Sequences, targets: Targets, washout: int, *, least: int = 2
) -> list[np.ndarray]:
    """Return the weights of `check_weights`, with the washout of per-step targets at zero.

    Raises
    ------
    ValueError
        If fewer than `least` rows have a weight above zero.
    """
    weights = check_weights(sample_weight, sequences, targets)
    if not targets.per_sequence:
        for weight in weights:
            weight[:washout] = 0.0
    left = sum(int(np.count_nonzero(weight)) for weight in weights)
    if left < least:
        raise ValueError(
            f"y must hold at least {least} samples after washout={washout}; got {left} "
            f"sample{'' if left == 1 else 's'}. Rows of weight zero or with NaN do not count."
        )
    return weights


def weighted_r2(
    targets: Sequence[np.ndarray], predicted: Sequence[np.ndarray], weights: Sequence[np.ndarray]
) -> float:
    """Return R² over all sequences, averaged over outputs; rows of weight zero are left out."""
    weight = np.concatenate(list(weights))
    used = weight > 0
    return float(
        r2_score(
            np.concatenate(list(targets))[used],
            np.concatenate(list(predicted))[used],
            sample_weight=weight[used],
        )
    )
