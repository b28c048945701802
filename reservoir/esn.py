"""Echo state networks: a reservoir and a readout, fitted in one stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin, clone
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted

from .dynamics import Block, Buffer, Sink, closed_loop, run, synchronisation_time
from .readouts import RidgeReadout, training_weights, weighted_r2
from .reservoirs import Reservoir
from .ridge import RidgeStatistics
from .sequences import (
    Sequences,
    Targets,
    carried,
    check_sequences,
    check_targets,
    difference,
    form_of,
    undifference,
)

PARTS: dict[str, list[Any]] = {
    "reservoir": [HasMethods(["fit", "transform", "initial_state"]), None],
    "readout": [HasMethods(["begin", "finish"]), None],
    "random_state": ["random_state"],
}


class ESNRegressor(MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Echo state network for regression: the states of a reservoir, and a ridge readout on them.

    Training streams: the states are folded into the readout's statistics block by block and never
    held together.

    Parameters
    ----------
    reservoir : Reservoir, default=None
        Anything that obeys the reservoir protocol; ``Reservoir()`` where None.
    readout : RidgeReadout, default=None
        Anything that obeys the readout protocol; ``RidgeReadout()`` where None.
    random_state : int, RandomState instance or None, default=None
        Seeds the parts that have no ``random_state`` of their own.

    Attributes
    ----------
    reservoir_ : Reservoir
    readout_ : RidgeReadout
    washout_ : int
        The washout that was used.
    end_state_ : ndarray of shape (K, N)
        The state after the last step of each training sequence.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

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
    >>> esn = ESNRegressor(Reservoir(100, random_state=0), RidgeReadout(alpha=1e-8))
    >>> bool(esn.fit(u[:400], y[:400]).score(u[400:], y[400:]) > 0.99)
    True
    """

    _parameter_constraints: dict[str, list[Any]] = PARTS

    def __init__(self, reservoir: Any = None, readout: Any = None, *, random_state: Any = None):
        self.reservoir = reservoir
        self.readout = readout
        self.random_state = random_state

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
        rng = check_random_state(self.random_state)
        self.reservoir_ = seeded(self.reservoir, Reservoir, rng).fit(X)
        self.readout_ = seeded(self.readout, RidgeReadout, rng)
        self.readout_._validate_params()
        self.washout_ = self._measure_washout(sequences)
        weights = training_weights(sample_weight, sequences, targets, self.washout_)
        statistics, end = fold(self.reservoir_, self.readout_, sequences, targets, weights)
        self.readout_.finish(statistics, squeeze=targets.squeeze)
        self._per_sequence, self._form = targets.per_sequence, sequences.form
        self.end_state_ = end.T
        return self

    def _measure_washout(self, sequences: Sequences) -> int:
        washout = self.readout_.washout
        if washout != "auto":
            return int(washout)
        most = int(min(sequences.lengths)) // 10
        measured = synchronisation_time(self.reservoir_.update_, sequences.items, most)
        return most if measured is None else measured

    def predict(self, X: Any, *, initial_state: Any = "last") -> Any:
        """Return the outputs, in the form of `X`; the estimator stays as it is.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        initial_state : {"last", "zero"} or array-like of shape (N,) or (K, N), default="last"
            Where the reservoir starts. "last": after a fit on one series, one series goes on from
            the state in which that fit ended; all else starts from zero.

        Returns
        -------
        y : ndarray or list of ndarray
            (T,) or (T, m) per sequence; (K,) or (K, m) after a fit on one row per sequence.

        Raises
        ------
        ValueError
            If `X` is not finite or of another width, or `initial_state` is none of these.
        """
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        initial = start_states(self, sequences, initial_state)
        outputs = self._outputs(sequences, initial, per_sequence=self._per_sequence)
        if np.ndim(self.readout_.coef_) == 1:
            outputs = [output[:, 0] for output in outputs]
        return np.concatenate(outputs) if self._per_sequence else sequences.restore(outputs)

    def _outputs(
        self, sequences: Sequences, initial: np.ndarray, *, per_sequence: bool
    ) -> list[np.ndarray]:
        """Outputs (T_k, m) of every step, or (1, m) of the final state."""
        coef, intercept = np.atleast_2d(self.readout_.coef_), self.readout_.intercept_
        update = self.reservoir_.update_
        if per_sequence:
            end = run(update, sequences.items, initial)
            return list((end.T @ coef.T + intercept)[:, None])
        sink = OutputSink(coef, intercept, sequences.lengths, update.dtype)
        run(update, sequences.items, initial, sink)
        return sink.arrays

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R² of `predict`, the washout of every freshly started sequence left out.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.

        Returns
        -------
        score : float
        """
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        targets = check_targets(y, sequences)
        washout = 0 if goes_on(self, sequences.form, "last") else self.washout_
        weights = training_weights(sample_weight, sequences, targets, washout, least=1)
        initial = start_states(self, sequences, "last")
        outputs = self._outputs(sequences, initial, per_sequence=targets.per_sequence)
        return weighted_r2(targets.items, outputs, weights)


class ESNForecaster(BaseEstimator):
    """Echo state network that forecasts series: it learns the next step, then runs freely.

    Every feature is differenced, if asked, and standardised by its training part; the network is
    trained to give the next step of the result, and in `forecast` its outputs are its next inputs.
    What goes in and comes out is in the data's own units.

    Parameters
    ----------
    reservoir : Reservoir, default=None
        Anything that obeys the reservoir protocol; ``Reservoir()`` where None.
    readout : RidgeReadout, default=None
        Anything that obeys the readout protocol; ``RidgeReadout()`` where None.
    differences : sequence of int, default=()
        Lags over which the series is differenced in turn: ``(1,)`` removes a trend, ``(52,)`` the
        season of weekly data, ``(1, 52)`` both.
    random_state : int, RandomState instance or None, default=None
        Seeds the parts that have no ``random_state`` of their own.

    Attributes
    ----------
    regressor_ : ESNRegressor
        The network on the differenced and standardised series; it holds ``reservoir_`` and
        ``readout_``.
    mean_, scale_ : ndarray of shape (`n_features_in_`,)
        Of the differenced training series.
    history_ : list of K ndarray of shape (sum(differences), `n_features_in_`)
        The last rows of each training series.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Jaeger & Haas (2004), Harnessing nonlinearity, Science 304; Box & Jenkins (1970), Time series
    analysis, for the differences.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ESNForecaster, Reservoir
    >>> x = np.sin(np.arange(520) * 0.2).reshape(-1, 1)
    >>> model = ESNForecaster(random_state=0).fit(x[:500])
    >>> bool(abs(model.forecast(20) - x[500:]).max() < 0.01)
    True
    """

    _parameter_constraints: dict[str, list[Any]] = {**PARTS, "differences": ["array-like"]}

    def __init__(
        self,
        reservoir: Any = None,
        readout: Any = None,
        *,
        differences: Sequence[int] = (),
        random_state: Any = None,
    ) -> None:
        self.reservoir = reservoir
        self.readout = readout
        self.differences = differences
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> ESNForecaster:
        """Learn to give the next step of `X`.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        y : ignored

        Returns
        -------
        self : ESNForecaster

        Raises
        ------
        ValueError
            If a parameter is out of its range, or `X` is not finite or too short.
        """
        self._validate_params()
        self._lags = check_lags(self.differences)
        sequences = check_sequences(self, X, reset=True, min_steps=sum(self._lags) + 3)
        self.history_ = self._tails(sequences.items)
        differenced = [difference(item, self._lags) for item in sequences.items]
        together = np.concatenate(differenced)
        with np.errstate(over="ignore"):
            self.mean_, scale = together.mean(axis=0), together.std(axis=0)
        if not np.isfinite(scale).all():
            raise ValueError("X is too large: its squares overflow. Scale the data.")
        self.scale_ = np.where(scale > 0, scale, 1.0)
        inputs = [self._standardise(item) for item in differenced]
        # the last step has no next one: its target is missing, but its state is the one to go on
        targets = [np.vstack([z[1:], np.full((1, z.shape[1]), np.nan)]) for z in inputs]
        self.regressor_ = ESNRegressor(
            self.reservoir, self.readout, random_state=self.random_state
        ).fit(sequences.restore(inputs), sequences.restore(targets))
        self._form = sequences.form
        return self

    def _tails(self, items: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Last rows of each series, as many as the differences reach back."""
        return [np.array(item[len(item) - sum(self._lags) :], dtype=float) for item in items]

    def _standardise(self, differenced: np.ndarray) -> np.ndarray:
        return (differenced - self.mean_) / self.scale_

    def predict(self, X: Any, *, initial_state: Any = "last") -> Any:
        """Return the forecast of the next step after every step of `X`, in the form of `X`.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        initial_state : {"last", "zero"} or array-like of shape (N,) or (K, N), default="last"
            "last": after a fit on one series, `X` is its continuation, as in a test fold of
            `~sklearn.model_selection.TimeSeriesSplit`; all else starts afresh, from zero.

        Returns
        -------
        y : ndarray or list of ndarray, as `X`
            Row t is the forecast of step t + 1. A series that starts afresh has NaN in its first
            ``sum(differences)`` rows.

        Raises
        ------
        ValueError
            If `X` is not finite, of another width, or too short to be differenced.
        """
        sequences = self._check(X, initial_state)
        wholes, inputs = self._inputs(sequences, initial_state)
        initial = start_states(self.regressor_, inputs, initial_state)
        steps = self.regressor_._outputs(inputs, initial, per_sequence=False)
        predicted = [
            carried(whole, self._lags) + step * self.scale_ + self.mean_
            for whole, step in zip(wholes, steps, strict=True)
        ]
        return sequences.restore(
            [_pad(p, len(item)) for p, item in zip(predicted, sequences.items, strict=True)]
        )

    def _check(self, X: Any, initial_state: Any) -> Sequences:
        check_is_fitted(self)
        proceeds = goes_on(self.regressor_, form_of(X), initial_state)
        least = 1 if proceeds else sum(self._lags) + 1
        return check_sequences(self, X, reset=False, min_steps=least)

    def _inputs(
        self, sequences: Sequences, initial_state: Any
    ) -> tuple[list[np.ndarray], Sequences]:
        """Return the series with what the differences reach back to, and the network's inputs."""
        wholes = sequences.items
        if goes_on(self.regressor_, sequences.form, initial_state):
            wholes = [np.vstack([self.history_[0], wholes[0]])]
        inputs = [self._standardise(difference(whole, self._lags)) for whole in wholes]
        return wholes, Sequences(sequences.form, inputs)

    def forecast(self, n_steps: int, context: Any = None, *, on_divergence: str = "raise") -> Any:
        """Forecast the coming steps: a closed loop, each output the next input.

        Parameters
        ----------
        n_steps : int
            How many, ≥ 1.
        context : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays, optional
            What precedes the forecast; the network runs through it from the zero state. The
            training series where None. A batch of contexts runs at once.
        on_divergence : {"raise", "nan"}, default="raise"
            What to do where the loop grows beyond the floating-point numbers: raise an error, or
            answer NaN from that step on.

        Returns
        -------
        forecast : ndarray of shape (n_steps, d) or (K, n_steps, d), or list of (n_steps, d) arrays
            In the form of `context`.

        Raises
        ------
        ValueError
            If `n_steps` < 1, `context` is not finite, of another width, or too short to be
            differenced, or the loop diverges.
        """
        check_is_fitted(self)
        if not isinstance(n_steps, (int, np.integer)) or n_steps < 1:
            raise ValueError(f"n_steps must be an integer ≥ 1; got {n_steps!r}.")
        if on_divergence not in ("raise", "nan"):
            raise ValueError(f"on_divergence must be 'raise' or 'nan'; got {on_divergence!r}.")
        update, readout = self.regressor_.reservoir_.update_, self.regressor_.readout_
        if context is None:
            form, histories, state = self._form, self.history_, self.regressor_.end_state_.T
        else:
            sequences = self._check(context, "zero")
            form, histories = sequences.form, self._tails(sequences.items)
            _, inputs = self._inputs(sequences, "zero")
            state = run(update, inputs.items, start_states(self.regressor_, inputs, "zero"))
        outputs = closed_loop(update, state, readout.coef_, readout.intercept_, int(n_steps))
        with np.errstate(over="ignore", invalid="ignore"):
            steps = np.moveaxis(outputs, 2, 0) * self.scale_ + self.mean_  # (K, n_steps, d)
            forecasts = [
                undifference(step, history, self._lags)
                for step, history in zip(steps, histories, strict=True)
            ]
        lasted = min(map(_finite_steps, forecasts))
        if lasted < n_steps and on_divergence == "raise":
            raise ValueError(
                f"the closed loop diverged at step {lasted + 1} of {n_steps}. Raise the readout's "
                "alpha, lower spectral_radius, or pass on_divergence='nan'."
            )
        for forecast in forecasts:
            forecast[_finite_steps(forecast) :] = np.nan
        return Sequences(form, forecasts).restore(forecasts)

    def score(self, X: Any, y: Any = None) -> float:
        """Return R² of the one-step forecasts of `predict`.

        Parameters
        ----------
        X : as for `predict`
        y : ignored

        Returns
        -------
        score : float
            Of every step but the first of each sequence, and but the washout of those that start
            afresh.
        """
        sequences = self._check(X, "last")
        fresh = not goes_on(self.regressor_, sequences.form, "last")
        washout = self.regressor_.washout_ + sum(self._lags) if fresh else 0
        predicted = self.predict(X)
        predicted = [predicted] if sequences.form == "series" else predicted
        targets = [item[1 + washout :] for item in sequences.items]
        if not sum(map(len, targets)):
            raise ValueError(
                f"X must have more than {1 + washout} steps to be scored: its first step and the "
                f"washout do not count; got at most {max(map(len, sequences.items))}."
            )
        return weighted_r2(
            targets,
            [p[washout:-1] for p in predicted],
            [np.ones(len(target)) for target in targets],
        )


def check_lags(differences: Any) -> tuple[int, ...]:
    """Return the lags as integers, or raise a `ValueError`."""
    lags = tuple(differences)
    if not all(isinstance(lag, (int, np.integer)) and lag >= 1 for lag in lags):
        raise ValueError(f"differences must be a sequence of integers ≥ 1; got {differences!r}.")
    return tuple(int(lag) for lag in lags)


def _pad(rows: np.ndarray, n_rows: int) -> np.ndarray:
    """Put NaN before the rows, up to `n_rows`."""
    return np.pad(rows, ((n_rows - len(rows), 0), (0, 0)), constant_values=np.nan)


def _finite_steps(forecast: np.ndarray) -> int:
    """Return the number of steps before the first one that is not finite."""
    return int(np.append(~np.isfinite(forecast).all(axis=1), True).argmax())


def seeded(part: Any, default: type, rng: np.random.RandomState) -> Any:
    """Return a clone of `part`, or the default, whose unset random states are drawn from `rng`."""
    part = default() if part is None else clone(part)
    unset = {
        name: int(rng.randint(np.iinfo(np.int32).max))
        for name, value in sorted(part.get_params().items())
        if (name == "random_state" or name.endswith("__random_state")) and value is None
    }
    return part.set_params(**unset)


def goes_on(esn: ESNRegressor, form: str, initial_state: Any) -> bool:
    """Whether a series is the continuation of the one that `esn` was fitted on."""
    return esn._form == form == "series" and is_name(initial_state, "last")


def is_name(value: Any, name: str) -> bool:
    """Whether a parameter that may be an array is this string."""
    return isinstance(value, str) and value == name


def start_states(esn: ESNRegressor, sequences: Sequences, initial_state: Any) -> np.ndarray:
    """Return the states (N, K) that `esn` starts predicting `sequences` from."""
    if goes_on(esn, sequences.form, initial_state):
        return esn.end_state_.T
    zero: np.ndarray = esn.reservoir_.initial_state(len(sequences.items))
    if is_name(initial_state, "last") or is_name(initial_state, "zero"):
        return zero
    shapes = zero.shape[:1], zero.T.shape
    if isinstance(initial_state, str) or np.shape(initial_state) not in shapes:
        got = initial_state if isinstance(initial_state, str) else np.shape(initial_state)
        raise ValueError(
            f"initial_state must be 'last', 'zero' or an array of shape {shapes[0]} or "
            f"{shapes[1]}; got {got!r}."
        )
    state = check_array(initial_state, ensure_2d=False, input_name="initial_state")
    return np.broadcast_to(state.astype(zero.dtype), zero.T.shape).T


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
