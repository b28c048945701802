"""Echo state networks: a reservoir and a readout, fitted in one stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin, clone
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import check_is_fitted

from .dynamics import Block, Buffer, Sink, run, synchronisation_time
from .readouts import RidgeReadout, training_weights, weighted_r2
from .reservoirs import Reservoir
from .ridge import RidgeStatistics
from .sequences import Sequences, Targets, check_sequences, check_targets


class ESNRegressor(MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Echo state network for regression: the states of a reservoir, and a ridge readout on them.

    Training streams: the states are folded into the readout's statistics block by block and never
    held together.

    Parameters
    ----------
    reservoir : Reservoir, default=None
        Anything that obeys the reservoir protocol; ``Reservoir()`` where None.
    readout : RidgeReadout, default=None
        ``RidgeReadout()`` where None.
    initial_state : {"last", "zero"} or array-like of shape (N,) or (K, N), default="last"
        Where `predict` starts. "last": one series goes on from the state in which `fit` ended;
        panels and lists start from zero.

    Attributes
    ----------
    reservoir_ : Reservoir
    readout_ : RidgeReadout
    washout_ : int
        The washout that was used.
    state_ : ndarray of shape (N,)
        The state after the last step of a single series; zero after a panel or list.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    References
    ----------
    Jaeger & Haas (2004), Harnessing nonlinearity, Science 304; Lukoševičius (2012), A practical
    guide to applying echo state networks.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ESNRegressor, Reservoir, RidgeReadout
    >>> u = np.random.default_rng(0).uniform(-1, 1, (600, 1))
    >>> y = np.roll(u[:, 0], 3)  # recall the input of three steps ago
    >>> reservoir = Reservoir(100, input_scaling=0.1, random_state=0)
    >>> esn = ESNRegressor(reservoir, RidgeReadout(washout=50))
    >>> bool(esn.fit(u[:400], y[:400]).score(u[400:], y[400:]) > 0.99)
    True
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "reservoir": [HasMethods(["fit", "transform", "initial_state"]), None],
        "readout": [HasMethods(["begin", "finish"]), None],
        "initial_state": [StrOptions({"last", "zero"}), "array-like"],
    }

    def __init__(
        self, reservoir: Any = None, readout: Any = None, *, initial_state: Any = "last"
    ) -> None:
        self.reservoir = reservoir
        self.readout = readout
        self.initial_state = initial_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ESNRegressor:
        """Draw the reservoir, drive it with `X`, and solve the readout for `y`.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        y : array-like of shape (T,), (T, m) or (K, T, m), or list of (T_k,) or (T_k, m) arrays
            Targets per step. For a panel or list also one row per sequence, (K,) or (K, m), which
            is answered from the final state. Rows with NaN are not trained on.
        sample_weight : array-like of shape (T,) or (K,), or list of (T_k,) arrays, optional

        Returns
        -------
        self : ESNRegressor

        Raises
        ------
        ValueError
            If a parameter is out of its range, `X` is not finite, or lengths do not match.
        """
        self._validate_params()
        sequences = check_sequences(self, X, reset=True)
        targets = check_targets(y, sequences)
        self.reservoir_ = clone(Reservoir() if self.reservoir is None else self.reservoir).fit(X)
        self.readout_ = clone(RidgeReadout() if self.readout is None else self.readout)
        self.readout_._validate_params()
        self.washout_ = self._measure_washout(sequences)
        weights = training_weights(sample_weight, sequences, targets, self.washout_)
        statistics, end = fold(self.reservoir_, self.readout_, sequences, targets, weights)
        self.readout_.finish(statistics, squeeze=targets.squeeze)
        self.per_sequence_ = targets.per_sequence
        self.state_ = end[:, 0] if sequences.form == "series" else np.zeros(len(end))
        return self

    def _measure_washout(self, sequences: Sequences) -> int:
        washout = self.readout_.washout
        if washout != "auto":
            return int(washout)
        return synchronisation_time(self.reservoir_.update_, sequences.items)

    def predict(self, X: Any) -> Any:
        """Return the outputs, in the form of `X`; the estimator stays as it is.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays

        Returns
        -------
        y : ndarray or list of ndarray
            (T,) or (T, m) per sequence; (K,) or (K, m) after a fit on one row per sequence.
        """
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        outputs = self._outputs(sequences, per_sequence=self.per_sequence_)
        if np.ndim(self.readout_.coef_) == 1:
            outputs = [output[:, 0] for output in outputs]
        return np.concatenate(outputs) if self.per_sequence_ else sequences.restore(outputs)

    def _outputs(self, sequences: Sequences, *, per_sequence: bool) -> list[np.ndarray]:
        """Outputs (T_k, m) of every step, or (1, m) of the final state."""
        coef, intercept = np.atleast_2d(self.readout_.coef_), self.readout_.intercept_
        initial = start_states(self, sequences)
        update = self.reservoir_.update_
        if per_sequence:
            end = run(update, sequences.items, initial)
            return list((end.T @ coef.T + intercept)[:, None])
        sink = OutputSink(coef, intercept, sequences.lengths, update.dtype)
        run(update, sequences.items, initial, sink)
        return sink.arrays

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R², the washout of every freshly started sequence left out."""
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        targets = check_targets(y, sequences)
        goes_on = sequences.form == "series" and not is_name(self.initial_state, "zero")
        washout = 0 if goes_on else self.washout_
        weights = training_weights(sample_weight, sequences, targets, washout)
        outputs = self._outputs(sequences, per_sequence=targets.per_sequence)
        return weighted_r2(targets.items, outputs, weights)


def is_name(value: Any, name: str) -> bool:
    """Whether a parameter that may be an array is this string."""
    return isinstance(value, str) and value == name


def start_states(esn: Any, sequences: Sequences) -> np.ndarray:
    """Return the states (N, K) that `esn` starts predicting `sequences` from."""
    zero: np.ndarray = esn.reservoir_.initial_state(len(sequences.items))
    kind = esn.initial_state
    if isinstance(kind, str):
        if kind == "last" and sequences.form == "series":
            zero[:, 0] = esn.state_
        return zero
    state = np.asarray(kind, dtype=zero.dtype)
    if state.shape not in (zero.shape[:1], zero.T.shape):
        raise ValueError(
            f"initial_state must be 'last', 'zero' or an array of shape {zero.shape[:1]} or "
            f"{zero.T.shape}; got {state.shape}."
        )
    return np.ascontiguousarray(np.broadcast_to(state, zero.T.shape).T)


def fold(
    reservoir: Any,
    readout: Any,
    sequences: Sequences,
    targets: Targets,
    weights: Sequence[np.ndarray],
) -> tuple[RidgeStatistics, np.ndarray]:
    """Return the statistics of the states and targets, and the end states (N, K)."""
    update, noise = reservoir.update_, reservoir.training_noise()
    initial = reservoir.initial_state(len(sequences.items))
    n_units, n_outputs = update.n_units, targets.n_outputs
    if targets.per_sequence:
        end = run(update, sequences.items, initial, noise=noise)
        used = np.concatenate(list(weights)) > 0
        y, weight = np.concatenate(targets.items), np.concatenate(list(weights))
        statistics = readout.begin(n_units, n_outputs)
        return statistics.update(end.T[used], y[used], weight[used]), end
    sink = StatisticsSink(lambda: readout.begin(n_units, n_outputs), targets.items, weights)
    end = run(update, sequences.items, initial, sink, noise=noise)
    return sink.statistics, end


class StatisticsSink(Sink):
    """Folds the states and targets of each block into ridge statistics."""

    def __init__(
        self, begin: Any, targets: Sequence[np.ndarray], weights: Sequence[np.ndarray]
    ) -> None:
        self._begin, self._targets, self._weights = begin, targets, weights
        self._trivial = [bool((w == 1).all()) for w in weights]
        self.begin()

    def begin(self) -> None:
        """Forget what was taken."""
        self.statistics: RidgeStatistics = self._begin()
        self._rows = Buffer(len(self.statistics.moments), float)

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the state rows of ``[1; x; y]``, (N, L, K)."""
        self._block = self._rows.reshape(n_steps, n_columns)
        return self._block[1 : 1 + self.statistics.n_features]

    def take(self, block: Block) -> None:
        """Fill in the targets, leave out steps of weight zero, and add the rest."""
        y = self._block[1 + self.statistics.n_features :]
        weight = np.ones(self._block.shape[1:])
        for column, sequence, steps in block.spans():
            y[:, :, column] = self._targets[sequence][steps].T
            if not self._trivial[sequence]:
                weight[:, column] = self._weights[sequence][steps]
        rows, weights = self._block.reshape(len(self._block), -1), weight.ravel()
        if not weights.all():
            rows, weights = rows[:, weights > 0], weights[weights > 0]
        self.statistics.update_rows(rows, None if (weights == 1).all() else weights)


class OutputSink(Sink):
    """Applies a readout: ``arrays`` holds the outputs (T_k, m) of every sequence."""

    def __init__(
        self, coef: np.ndarray, intercept: Any, lengths: Iterable[int], dtype: Any
    ) -> None:
        self.coef, self.intercept = coef, intercept
        self.arrays = [np.empty((length, len(coef))) for length in lengths]
        self._buffer = Buffer(coef.shape[1], dtype)

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the array (N, L, K) for the next block."""
        return self._buffer.reshape(n_steps, n_columns)

    def take(self, block: Block) -> None:
        """Write the outputs of the block into their places."""
        flat = block.states.reshape(len(block.states), -1)
        outputs = (self.coef @ flat).reshape(len(self.coef), *block.states.shape[1:])
        for column, sequence, steps in block.spans():
            self.arrays[sequence][steps] = outputs[:, :, column].T + self.intercept
