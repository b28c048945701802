"""From the states of a sequence to one row: what a classifier of whole sequences sees.

All are transformers from a panel (K, T, N) or a list of (T_k, N) arrays to an array (K, F).
`transform_steps` gives the row of every beginning of a sequence: what is known after each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import check_is_fitted

from .dynamics import n_threads
from .sequences import Sequences, check_sequences

#: Steps that the thresholds of `StateSummary` are drawn from, at most.
SAMPLE = 10_000
#: Values of batched systems that `ReservoirModelSpace` solves at a time.
BATCH = 2**24


class _Representation(TransformerMixin, BaseEstimator):
    """What the representations have in common; each gives the row of one sequence."""

    _parameter_constraints: dict[str, list[Any]] = {
        "washout": [Interval(Integral, 0, None, closed="left")]
    }
    #: Steps that a sequence must have beyond the washout.
    _least = 1
    washout: int

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what the representation needs of the training states.

        Parameters
        ----------
        X : array-like of shape (K, T, N), or list of (T_k, N) arrays
            States.
        y : ignored

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError
            If a parameter is out of its range, `X` is not finite, or a sequence is not longer than
            the washout.
        """
        self._validate_params()
        self._learn(self._checked(X, reset=True))
        return self

    def _learn(self, states: list[np.ndarray]) -> None:
        """Learn from states without their washout: nothing is needed here."""

    def transform(self, X: Any) -> np.ndarray:
        """Return one row per sequence.

        Parameters
        ----------
        X : array-like of shape (K, T, N), or list of (T_k, N) arrays

        Returns
        -------
        rows : ndarray of shape (K, F)
        """
        check_is_fitted(self, "n_features_in_")
        return self._rows(self._checked(X, reset=False))

    def fit_transform_batches(self, sample: Any, batches: Iterable[Any]) -> np.ndarray:
        """Fit on a sample of the states, and return the rows of all, which come batch by batch.

        Parameters
        ----------
        sample : array-like of shape (K, T, N), or list of (T_k, N) arrays
        batches : iterable of as many

        Returns
        -------
        rows : ndarray of shape (K of all batches, F)
        """
        self.fit(sample)
        return np.concatenate([self.transform(batch) for batch in batches])

    def transform_steps(self, X: Any) -> list[np.ndarray]:
        """Return the row of every beginning of every sequence.

        Parameters
        ----------
        X : array-like of shape (K, T, N), or list of (T_k, N) arrays

        Returns
        -------
        rows : list of (T_k - washout, F) arrays
        """
        check_is_fitted(self, "n_features_in_")
        return [self._running(x) for x in self._checked(X, reset=False)]

    def _running(self, x: np.ndarray) -> np.ndarray:
        return self._rows([x[: t + 1] for t in range(len(x))])

    def _rows(self, states: list[np.ndarray]) -> np.ndarray:
        raise NotImplementedError

    def _checked(self, X: Any, *, reset: bool) -> list[np.ndarray]:
        """Return the states of every sequence, without the washout."""
        sequences = check_sequences(self, X, reset=reset)
        if sequences.form == "series":
            raise ValueError(
                "X must be a panel (K, T, N) or a list of (T_k, N) arrays; got one series of shape "
                f"{sequences.items[0].shape}. Put it into a list."
            )
        shortest = int(sequences.lengths.min())
        if shortest < self.washout + self._least:
            raise ValueError(
                f"X must hold sequences of at least {self._least} steps after washout="
                f"{self.washout}; the shortest has {shortest}."
            )
        return [item[self.washout :] for item in sequences.items]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_in_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = False, True
        return tags


class LastState(_Representation):
    """The last state of every sequence: the classic network's answer.

    Parameters
    ----------
    washout : int, default=0
        First steps that every sequence must have beyond the one that is taken.

    Attributes
    ----------
    n_features_in_ : int

    References
    ----------
    Jaeger (2001), The "echo state" approach to analysing and training recurrent neural networks.

    Examples
    --------
    >>> from reservoir import LastState
    >>> LastState().fit_transform([[[1.0], [2.0]], [[3.0]]]).ravel()
    array([2., 3.])
    """

    def __init__(self, *, washout: int = 0) -> None:
        self.washout = washout

    def _rows(self, states: list[np.ndarray]) -> np.ndarray:
        return np.stack([x[-1] for x in states])

    def _running(self, x: np.ndarray) -> np.ndarray:
        return x


class MeanState(_Representation):
    """The mean state of every sequence.

    Parameters
    ----------
    washout : int, default=0
        First steps of every sequence that are left out.

    Attributes
    ----------
    n_features_in_ : int

    Examples
    --------
    >>> from reservoir import MeanState
    >>> MeanState().fit_transform([[[1.0], [2.0]], [[3.0]]]).ravel()
    array([1.5, 3. ])
    """

    def __init__(self, *, washout: int = 0) -> None:
        self.washout = washout

    def _rows(self, states: list[np.ndarray]) -> np.ndarray:
        return np.stack([x.mean(axis=0) for x in states])

    def _running(self, x: np.ndarray) -> np.ndarray:
        return _running_mean(x)


class StateSummary(_Representation):
    r"""What a sequence's states are like: means, changes, and how often they are high.

    The columns are standardised on the training sequences, and each of the statistics has the same
    weight, :math:`1 / \sqrt{\text{its columns}}`.

    Parameters
    ----------
    statistics : sequence of str, default=("mean", "mean_abs_change", "proportion")
        Of "mean", "std", "min", "max", "mean_abs_change" (from step to step) and "proportion", the
        share of steps above each threshold.
    n_thresholds : int, default=8
        Thresholds of every unit for "proportion": quantiles of its training states at levels that
        are drawn uniformly.
    n_segments : int, default=1
        Parts of about equal length that every sequence is cut into; each has its own statistics.
    standardize : bool, default=True
        Whether columns are standardised and statistics weighted.
    washout : int, default=0
        First steps of every sequence that are left out.
    random_state : int, RandomState instance or None, default=None
        Draws the levels.

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_thresholds, N)
    scaler_ : StandardScaler
        Where `standardize`.
    n_features_in_ : int

    References
    ----------
    Dempster, Petitjean & Webb (2020), ROCKET, Data Mining and Knowledge Discovery 34, for the
    proportions; their quantiles as in MiniRocket (2021).

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import StateSummary
    >>> states = np.random.default_rng(0).standard_normal((5, 30, 2))
    >>> StateSummary(("mean", "max"), standardize=False).fit_transform(states).shape
    (5, 4)
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **_Representation._parameter_constraints,
        "statistics": ["array-like"],
        "n_thresholds": [Interval(Integral, 1, None, closed="left")],
        "n_segments": [Interval(Integral, 1, None, closed="left")],
        "standardize": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        statistics: Sequence[str] = ("mean", "mean_abs_change", "proportion"),
        *,
        n_thresholds: int = 8,
        n_segments: int = 1,
        standardize: bool = True,
        washout: int = 0,
        random_state: Any = None,
    ) -> None:
        self.statistics = statistics
        self.n_thresholds = n_thresholds
        self.n_segments = n_segments
        self.standardize = standardize
        self.washout = washout
        self.random_state = random_state

    def _learn(self, states: list[np.ndarray]) -> None:
        self._learn_thresholds(states)
        self._learn_scales(self._plain(states))

    def _learn_thresholds(self, states: list[np.ndarray]) -> None:
        names = list(self.statistics)
        if not names or not set(names) <= set(STATISTICS):
            raise ValueError(
                f"statistics must be one or more of {sorted(STATISTICS)}; got {self.statistics!r}."
            )
        rng = check_random_state(self.random_state)
        self.thresholds_ = _thresholds(states, self.n_thresholds, rng)

    def _learn_scales(self, rows: np.ndarray) -> np.ndarray:
        """Learn the scales of rows, and return them scaled."""
        if self.standardize:
            self.scaler_ = StandardScaler().fit(rows)
        return self._scaled(rows)

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit, and return one row per sequence; the statistics are computed once.

        Parameters
        ----------
        X : array-like of shape (K, T, N), or list of (T_k, N) arrays
        y : ignored

        Returns
        -------
        rows : ndarray of shape (K, F)
        """
        self._validate_params()
        states = self._checked(X, reset=True)
        self._learn_thresholds(states)
        return self._learn_scales(self._plain(states))

    def fit_transform_batches(self, sample: Any, batches: Iterable[Any]) -> np.ndarray:
        """Fit the thresholds on a sample and the scales on all, and return the rows of all."""
        self._validate_params()
        self._learn_thresholds(self._checked(sample, reset=True))
        checked = (self._checked(batch, reset=False) for batch in batches)
        return self._learn_scales(np.concatenate([self._plain(states) for states in checked]))

    def _rows(self, states: list[np.ndarray]) -> np.ndarray:
        return self._scaled(self._plain(states))

    def _plain(self, states: list[np.ndarray]) -> np.ndarray:
        """Return the statistics of every sequence, of one name after the other."""
        n_lanes = n_threads() if sum(x.size for x in states) > 2**20 else 1
        shares = [states[k::n_lanes] for k in range(min(n_lanes, len(states)))]
        with ThreadPoolExecutor(n_lanes) as pool:  # NumPy lets go of the lock
            found = list(pool.map(self._share, shares))
        rows = np.empty((len(states), found[0].shape[1]))
        for k, part in enumerate(found):
            rows[k :: len(found)] = part
        return rows

    def _share(self, states: list[np.ndarray]) -> np.ndarray:
        columns: list[list[np.ndarray]] = [[] for _ in self.statistics]
        for x in states:
            parts = _segments(x, self.n_segments)
            for name, column in zip(self.statistics, columns, strict=True):
                statistic = STATISTICS[name]
                column.append(np.concatenate([statistic(p, self.thresholds_) for p in parts]))
        return np.hstack([np.stack(column) for column in columns])

    def _scaled(self, rows: np.ndarray) -> np.ndarray:
        if not self.standardize:
            return rows
        per_unit = [len(self.thresholds_) if s == "proportion" else 1 for s in self.statistics]
        sizes = np.array(per_unit) * self.n_segments * self.n_features_in_
        return self.scaler_.transform(rows) / np.sqrt(np.repeat(sizes, sizes))

    def _running(self, x: np.ndarray) -> np.ndarray:
        if self.n_segments > 1:
            return super()._running(x)
        return self._scaled(np.hstack([RUNNING[s](x, self.thresholds_) for s in self.statistics]))


class ReservoirModelSpace(_Representation):
    r"""How the states of a sequence move: the ridge regression of each state on the one before.

    .. math:: h_{t+1} = W h_t + w, \qquad \text{row} = [\mathrm{vec}(W); w]

    All sequences are solved as one batch. It has N (N + 1) columns, so that the states are reduced
    first: ``make_pipeline(StepwiseTransformer(PCA(30)), ReservoirModelSpace())``.

    Parameters
    ----------
    alpha : float, default=1.0
        Penalty > 0 of every regression; w is not penalised.
    washout : int, default=0
        First steps of every sequence that are left out.

    Attributes
    ----------
    n_features_in_ : int

    References
    ----------
    Bianchi, Scardapane, Løkse & Jenssen (2020), Reservoir computing approaches for representation
    and classification of multivariate time series, IEEE TNNLS 32, equations 16 and 17.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ReservoirModelSpace
    >>> halved = 0.5 ** np.arange(9.0).reshape(1, -1, 1)
    >>> ReservoirModelSpace(alpha=1e-9).fit_transform(halved).round(3)
    array([[0.5, 0. ]])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **_Representation._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="neither")],
    }
    _least = 2

    def __init__(self, *, alpha: float = 1.0, washout: int = 0) -> None:
        self.alpha = alpha
        self.washout = washout

    def _pairs(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what is regressed on, and what is regressed."""
        return x[:-1], x[1:]

    def _rows(self, states: list[np.ndarray]) -> np.ndarray:
        n = self._pairs(states[0][:2])[0].shape[1]
        size = max(1, BATCH // n**2)
        batches = (states[k : k + size] for k in range(0, len(states), size))
        return np.concatenate([self._models(batch) for batch in batches])

    def _models(self, states: list[np.ndarray]) -> np.ndarray:
        grams, crosses, means = [], [], []
        for x in states:
            h, target = self._pairs(np.asarray(x, dtype=float))
            h_mean, mean = h.mean(axis=0), target.mean(axis=0)
            h = h - h_mean
            grams.append(h.T @ h)
            crosses.append(h.T @ target)
            means.append((h_mean, mean))
        system = np.stack(grams)
        system += self.alpha * np.eye(system.shape[1])
        W = np.linalg.solve(system, np.stack(crosses)).transpose(0, 2, 1)
        h_means, target_means = (np.stack(part) for part in zip(*means, strict=True))
        shifts = target_means - np.einsum("kmn,kn->km", W, h_means)
        return np.hstack([W.reshape(len(W), -1), shifts])

    def _running(self, x: np.ndarray) -> np.ndarray:
        rows = self._rows([x[: t + 1] for t in range(1, len(x))])
        return np.vstack([rows[:1], rows])  # of one step alone there is no model


class OutputModelSpace(ReservoirModelSpace):
    r"""How the states of a sequence tell its next inputs: the ridge regression on them.

    .. math:: u_{t+1} = W h_t + w, \qquad \text{row} = [\mathrm{vec}(W); w]

    Parameters
    ----------
    n_outputs : int, default=1
        So many last columns of `X` are the inputs u, those before them the states h; an
        `ESNClassifier` puts them together by itself.
    alpha : float, default=1.0
        Penalty > 0 of every regression; w is not penalised.
    washout : int, default=0
        First steps of every sequence that are left out.

    Attributes
    ----------
    n_features_in_ : int

    References
    ----------
    Bianchi, Scardapane, Løkse & Jenssen (2020), IEEE TNNLS 32, equation 12.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import OutputModelSpace
    >>> u = 0.5 ** np.arange(9.0)
    >>> states_and_inputs = np.stack([2 * u, u], axis=1)[None]
    >>> OutputModelSpace(alpha=1e-9).fit_transform(states_and_inputs).round(3)
    array([[0.25, 0.  ]])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **ReservoirModelSpace._parameter_constraints,
        "n_outputs": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, n_outputs: int = 1, *, alpha: float = 1.0, washout: int = 0) -> None:
        super().__init__(alpha=alpha, washout=washout)
        self.n_outputs = n_outputs

    def _learn(self, states: list[np.ndarray]) -> None:
        if states[0].shape[1] <= self.n_outputs:
            raise ValueError(
                f"X must have states before its n_outputs={self.n_outputs} inputs; got "
                f"{states[0].shape[1]} columns."
            )

    def _pairs(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return x[:-1, : -self.n_outputs], x[1:, -self.n_outputs :]


class StepwiseTransformer(TransformerMixin, BaseEstimator):
    """Applies a transformer of scikit-learn to the steps of sequences, stacked.

    So that scalers, decompositions and the like work on panels and ragged lists.

    Parameters
    ----------
    transformer : transformer, default=None
        `~sklearn.preprocessing.StandardScaler` where None.

    Attributes
    ----------
    transformer_ : transformer
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.decomposition import PCA
    >>> from reservoir import StepwiseTransformer
    >>> panel = np.random.default_rng(0).standard_normal((5, 30, 4))
    >>> StepwiseTransformer(PCA(2)).fit_transform(panel).shape
    (5, 30, 2)
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "transformer": [HasMethods(["fit", "transform"]), None]
    }

    def __init__(self, transformer: Any = None) -> None:
        self.transformer = transformer

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the transformer on all steps.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        y : ignored

        Returns
        -------
        self : estimator
        """
        self._validate_params()
        sequences = check_sequences(self, X, reset=True)
        part = StandardScaler() if self.transformer is None else clone(self.transformer)
        self.transformer_ = part.fit(np.concatenate(sequences.items))
        return self

    def transform(self, X: Any) -> Any:
        """Return the transformed steps, in the form of `X`."""
        check_is_fitted(self)
        return self._apply(self.transformer_.transform, check_sequences(self, X, reset=False))

    def inverse_transform(self, X: Any) -> Any:
        """Return what `transform` makes `X` of, in the form of `X`."""
        check_is_fitted(self)
        sequences = check_sequences(StepwiseTransformer(), X, reset=True)
        return self._apply(self.transformer_.inverse_transform, sequences)

    def _apply(self, function: Callable[[np.ndarray], np.ndarray], sequences: Sequences) -> Any:
        ends = np.cumsum(sequences.lengths)[:-1]
        return sequences.restore(np.split(function(np.concatenate(sequences.items)), ends))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns that the transformer gives."""
        check_is_fitted(self)
        if input_features is None:
            input_features = getattr(self, "feature_names_in_", None)
        return self.transformer_.get_feature_names_out(input_features)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _mean_abs_change(x: np.ndarray) -> np.ndarray:
    if len(x) < 2:
        return np.zeros(x.shape[1])
    change = np.diff(x, axis=0)
    return np.abs(change, out=change).mean(axis=0)


def _proportion(x: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return the share of steps above each threshold, (n_thresholds * N,)."""
    counts = np.zeros(thresholds.shape)
    for k in range(0, len(x), 255):  # so many bytes add up within a byte
        part = x[k : k + 255]
        for count, threshold in zip(counts, thresholds, strict=True):
            count += np.add.reduce((part > threshold).view(np.uint8), axis=0, dtype=np.uint8)
    return counts.ravel() / len(x)


def _steps(x: np.ndarray) -> np.ndarray:
    return np.arange(1.0, len(x) + 1)[:, None]


def _running_mean(x: np.ndarray) -> np.ndarray:
    return x.cumsum(axis=0, dtype=float) / _steps(x)


def _running_std(x: np.ndarray) -> np.ndarray:
    shifted = x - x[0]  # so that little is lost in the difference of the squares
    return np.sqrt(np.maximum(_running_mean(shifted**2) - _running_mean(shifted) ** 2, 0.0))


def _running_change(x: np.ndarray) -> np.ndarray:
    changes = np.abs(np.diff(x, axis=0)).cumsum(axis=0)
    return np.vstack([np.zeros((1, x.shape[1])), changes / _steps(changes)])


def _running_proportion(x: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    return _running_mean((x[:, None] > thresholds).reshape(len(x), -1))


Statistic = Callable[[np.ndarray, np.ndarray], np.ndarray]
#: Of the states (T, N) of a sequence and the thresholds (n, N): one value a unit, or n.
STATISTICS: dict[str, Statistic] = {
    "mean": lambda x, thresholds: x.mean(axis=0),
    "std": lambda x, thresholds: x.std(axis=0),
    "min": lambda x, thresholds: x.min(axis=0),
    "max": lambda x, thresholds: x.max(axis=0),
    "mean_abs_change": lambda x, thresholds: _mean_abs_change(x),
    "proportion": _proportion,
}
#: The same of every beginning of the sequence.
RUNNING: dict[str, Statistic] = {
    "mean": lambda x, thresholds: _running_mean(x),
    "std": lambda x, thresholds: _running_std(x),
    "min": lambda x, thresholds: np.minimum.accumulate(x),
    "max": lambda x, thresholds: np.maximum.accumulate(x),
    "mean_abs_change": lambda x, thresholds: _running_change(x),
    "proportion": _running_proportion,
}


def _segments(x: np.ndarray, n_segments: int) -> list[np.ndarray]:
    """Cut a sequence into parts of about equal length, of one step at least."""
    borders = np.linspace(0, len(x), n_segments + 1).astype(int)
    starts = np.minimum(borders[:-1], len(x) - 1)
    return [x[a : max(b, a + 1)] for a, b in zip(starts, borders[1:], strict=True)]


def _thresholds(
    states: list[np.ndarray], n_thresholds: int, rng: np.random.RandomState
) -> np.ndarray:
    """Return quantiles of every unit at random levels, (n_thresholds, N)."""
    n_steps = sum(map(len, states))
    keep = min(1.0, SAMPLE / n_steps)
    sample = np.sort(
        np.concatenate([x if keep == 1 else x[rng.random_sample(len(x)) < keep] for x in states]),
        axis=0,
    )
    levels = rng.random_sample((n_thresholds, sample.shape[1]))
    return np.take_along_axis(sample, (levels * len(sample)).astype(int), axis=0)
