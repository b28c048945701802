"""Echo state networks for regression."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin, clone
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted

from ..dynamics import run, synchronisation_time
from ..readouts import RidgeReadout, training_weights, weighted_r2
from ..reservoirs import Reservoir
from ..sequences import Sequences, check_sequences, check_targets
from .streaming import OutputSink, final_features, fold

PARTS: dict[str, list[Any]] = {
    "reservoir": [HasMethods(["fit", "transform", "initial_state"]), None],
    "readout": [HasMethods(["begin", "finish"]), None],
    "passthrough": ["boolean"],
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
    passthrough : bool, default=False
        Whether the readout sees the inputs beside the states.
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

    def __init__(
        self,
        reservoir: Any = None,
        readout: Any = None,
        *,
        passthrough: bool = False,
        random_state: Any = None,
    ) -> None:
        self.reservoir = reservoir
        self.readout = readout
        self.passthrough = passthrough
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
        statistics, end = fold(
            self.reservoir_, self.readout_, sequences, targets, weights,
            passthrough=self.passthrough,
        )  # fmt: skip
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

    def resolved(self, **params: Any) -> ESNRegressor:
        """Return the network with its readout solved anew, without running the reservoir again.

        Parameters
        ----------
        **params
            Of the readout, such as ``alpha``.

        Returns
        -------
        esn : ESNRegressor
            It shares reservoir and statistics with this one, which stays as it is.

        Examples
        --------
        >>> import numpy as np
        >>> from reservoir import ESNRegressor
        >>> u = np.random.default_rng(0).uniform(-1, 1, (300, 1))
        >>> esn = ESNRegressor(random_state=0).fit(u, np.roll(u, 1, axis=0))
        >>> [len(esn.resolved(alpha=a).predict(u)) for a in (1e-8, 1e-4)]
        [300, 300]
        """
        check_is_fitted(self)
        other = copy.copy(self)
        other.readout = (
            RidgeReadout() if self.readout is None else clone(self.readout)
        ).set_params(**params)
        other.readout_ = copy.copy(self.readout_).set_params(**params)
        other.readout_._validate_params()
        squeeze = np.ndim(self.readout_.coef_) == 1
        other.readout_.finish(self.readout_.statistics_, squeeze=squeeze)
        return other

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
        return np.concatenate(outputs) if self._per_sequence else sequences.restore_outputs(outputs)

    def _outputs(
        self, sequences: Sequences, initial: np.ndarray, *, per_sequence: bool
    ) -> list[np.ndarray]:
        """Outputs (T_k, m) of every step, or (1, m) of the final state."""
        coef, intercept = np.atleast_2d(self.readout_.coef_), self.readout_.intercept_
        update = self.reservoir_.update_
        if per_sequence:
            end = run(update, sequences.items, initial)
            x = final_features(end, sequences, passthrough=self.passthrough)
            return list((x @ coef.T + intercept)[:, None])
        inputs = sequences.items if self.passthrough else None
        sink = OutputSink(coef, intercept, update.n_units, sequences.lengths, update.dtype, inputs)
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
