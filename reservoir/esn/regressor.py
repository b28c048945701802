"""Echo state networks for regression."""

from __future__ import annotations

import warnings
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..checks import check_count
from ..estimator import Estimator
from ..frames import Frame, check_goes_on
from ..layouts import tell_layout
from ..outliers import tell_codes
from ..readouts import RidgeReadout, check_outputs, training_weights, weighted_r2
from ..reservoirs import Reservoir, rule_of, tell_saturation
from ..seeds import SEED
from ..sequences import Sequences, check_sequences, check_targets
from ..timing import tell_left_out
from .merging import MergingMixin
from .network import Network, check_cold, is_name
from .online import follow
from .opening import Call, Opening
from .parts import DefaultParts
from .place import placed, unknown_rows
from .reach import Reach
from .resolving import ResolvingMixin
from .rows import REPRESENTATIONS, RowsMixin, RowsModel
from .stream import Stream

PARTS: dict[str, list[Any]] = {
    "reservoir": [HasMethods(["fit", "transform"]), None],
    "readout": [
        HasMethods(["begin", "solved", "outputs"]), HasMethods(["fit", "predict"]), None,
    ],
    "passthrough": ["boolean", None],
    "random_state": SEED,
}  # fmt: skip


class ESNRegressor(
    RowsMixin,
    DefaultParts,
    ResolvingMixin,
    MergingMixin,
    MultiOutputMixin,
    RegressorMixin,
    Estimator,
):
    """Echo state network for regression: the states of a reservoir, and a ridge readout on them.

    Training streams: the states are folded into the readout's statistics block by block and never
    held together. Inputs are taken as they are, since chunks, merged parts and streams know no
    common scale: ``make_pipeline(StandardScaler(), ESNRegressor())`` scales them, and a warning
    says where that is needed. (`ESNForecaster` and `ESNClassifier` have a ``scaler`` of their own.)

    Parameters
    ----------
    reservoir : Reservoir, default=None
        Anything that obeys the reservoir protocol; ``Reservoir()`` where None.
    readout : RidgeReadout, default=None
        Anything that obeys the readout protocol; ``RidgeReadout()``, whose alpha is that of the
        greatest evidence, where None. Or any other regressor or classifier of scikit-learn, which
        is handed all states at once: they are then held in memory, and the washout is measured.
    passthrough : bool, default=None
        Whether the readout sees the inputs beside the states; where None, beside those of the
        default reservoir, of every step. Without, what acts at once has to be told from states that
        follow slowly, by great weights, which are far off where inputs leave those of the training.
    representation : {"last", "mean", "summary"} or transformer, default=None
        What one target for each sequence is told from: "last" is the final state; others make a row
        of all states, as for `ESNClassifier`. Where None, "last" of a reservoir that was given, and
        else what `ESNClassifier` reads by default: a summary of 300 units that are told the
        `Differences` of the series too, scaled, with `RidgeReadoutCV` as readout. `partial_fit` and
        `statistics` add up final states, and so need "last" in `fit`.
    n_jobs : int, default=None
        Processes over which `fit` shares out the sequences of a panel or list, by joblib: 1 where
        None, all cores where -1. One series runs in threads of its own.
    verbose : int, default=0
        Whether long fits tell how many steps they have taken.
    random_state : int, RandomState, Generator or None, default=None
        Seeds the parts that have no ``random_state`` of their own.

    Attributes
    ----------
    network_ : Network
        The drawn reservoir and the solved readout, with the five below.
    reservoir_ : Reservoir
    readout_ : RidgeReadout
    washout_ : int
        The washout that was used.
    end_state_ : ndarray of shape (K, n_state)
        The state after the last step of each training sequence.
    n_steps_seen_ : int
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

    _frame: Frame = Frame()
    _target: Frame = Frame()
    _opening: Opening | None = None
    _reach: Reach | None = None
    _parameter_constraints: dict[str, list[Any]] = {
        **PARTS,
        "representation": [
            StrOptions(set(REPRESENTATIONS)), HasMethods(["fit", "transform"]), None,
        ],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }  # fmt: skip

    def __init__(
        self,
        reservoir: Any = None,
        readout: Any = None,
        *,
        passthrough: bool | None = None,
        representation: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.reservoir = reservoir
        self.readout = readout
        self.passthrough = passthrough
        self.representation = representation
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    @property
    def reservoir_(self) -> Any:
        """The reservoir, drawn."""
        return self.rows_.rows.reservoir if self.rows_ is not None else self.network_.reservoir_

    @property
    def readout_(self) -> Any:
        """The readout, solved."""
        return self.rows_.readout if self.rows_ is not None else self.network_.readout_

    @property
    def washout_(self) -> int:
        """The washout that was used."""
        return self.network_.washout_

    @property
    def end_state_(self) -> np.ndarray:
        """The state after the last step of each training sequence, (K, n_state)."""
        return self.network_.end_state_

    @property
    def n_steps_seen_(self) -> int:
        """Steps that were trained on, washout included."""
        return self.network_.n_steps_seen_

    @all_or_nothing
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ESNRegressor:
        """Draw the reservoir, drive it with `X`, and solve the readout for `y`.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        y : array-like of shape (T,), (T, m) or (K, T, m), or list of (T_k,) or (T_k, m) arrays
            Targets per step. For a panel or list also one row per sequence, (K,) or (K, m), which
            is answered as `representation` says. Rows with NaN are not trained on.
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
        tell_left_out(self, X, None if targets.per_sequence else y, stacklevel=4)
        tell_layout(sequences, "regressor")
        tell_codes(sequences.items, "X", stacklevel=4)
        tell_codes(targets.items, "y", 4, alone=False, advice="A row with NaN is not trained on.")
        if self._reads_rows(targets):
            parts = self.reservoir, self.representation, self.readout
            seed = self.random_state
            self._take_rows(RowsModel.fitted(parts, sequences, targets, sample_weight, seed))
        else:
            self.network_ = self._drawn(sequences).absorb(sequences, targets, sample_weight)
            self._reach = Reach.of(targets)
        self._frame, self._target, self._opening = Frame.of(X), Frame.of(y), None
        return self

    @all_or_nothing
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> ESNRegressor:
        """Learn from further steps; all calls together equal one `fit` on the whole.

        A series is taken to go on from call to call: the state is carried on, and only its first
        steps are a washout. The sequences of a panel or list are further ones, from the zero state.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`. The first call draws the reservoir and decides which statistics
            ``solver="auto"`` takes. Up to 10,000 rows are kept, of which ``washout="auto"`` is
            measured as `fit` does.

        Returns
        -------
        self : ESNRegressor

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.base import clone
        >>> from reservoir import ESNRegressor, RidgeReadout
        >>> u = np.random.default_rng(0).uniform(-1, 1, (300, 1))
        >>> y = np.roll(u, 1, axis=0)
        >>> esn = ESNRegressor(readout=RidgeReadout(washout=50), random_state=0)
        >>> whole = clone(esn).fit(u, y)
        >>> parts = esn.partial_fit(u[:100], y[:100]).partial_fit(u[100:], y[100:])
        >>> bool(np.allclose(whole.predict(u), parts.predict(u)))
        True
        """
        first = not hasattr(self, "network_")
        if first:
            self._validate_params()
            self._frame, self._target = Frame(), Frame.of(y)
        check_goes_on(X, self._frame, at_once=False)
        sequences = check_sequences(self, X, reset=first)
        targets = check_targets(y, sequences)
        tell_left_out(self, X, None if targets.per_sequence else y, stacklevel=4)
        network, reach = self._drawn(sequences) if first else self.network_, self._reach
        if first and network.readout.washout == "auto" and not targets.per_sequence:
            self._opening = Opening()
        if self._opening is None:
            self.network_ = network.absorb(sequences, targets, sample_weight, partial=True)
        else:
            call = Call(sequences, targets, sample_weight)
            self.network_, self._opening = self._opening.learned(network, call)
        self._frame, self._reach = Frame.of(X), Reach.of(targets, reach)
        return self

    def _defaults(self) -> dict[str, Any]:
        return {"reservoir": Reservoir, "readout": RidgeReadout}

    def set_params(self, **params: Any) -> ESNRegressor:
        """Set parameters; to set one of the default reservoir leaves all else as by default."""
        was_default = self.reservoir is None
        super().set_params(**params)
        if was_default and self.reservoir is not None and params.get("reservoir") is None:
            self.passthrough = True if self.passthrough is None else self.passthrough
        return self

    def _drawn(self, sequences: Sequences) -> Network:
        """Return a network of these parameters that has learned nothing."""
        network = Network.drawn(
            self.part("reservoir"), self.part("readout"), sequences,
            passthrough=self._shows_inputs(),
            random_state=self.random_state, n_jobs=self.n_jobs,
        )  # fmt: skip
        tell_saturation(rule_of(network.reservoir_, sequences), sequences, stacklevel=5)
        return network

    @all_or_nothing
    def predict_then_update(self, X: Any, y: Any, *, every: int = 1, delay: int = 0) -> Any:
        """Predict every step from what was learned before it, and then learn it: prequentially.

        The network goes on from where `fit`, `partial_fit` or the last call ended, and adapts: with
        ``forgetting`` below 1 it follows what drifts. `RecursiveRidgeReadout` makes a step cost
        O(N²); other readouts solve anew each time.

        Parameters
        ----------
        X : array-like of shape (T, d)
            The continuation of the series of `fit`.
        y : array-like of shape (T,) or (T, m)
            Rows with NaN are predicted and not learned.
        every : int, default=1
            Steps after which the readout is updated; more are cheaper, and adapt later.
        delay : int, default=0
            Steps until a target is known: h for a target h steps ahead. Those that are not yet
            known at the end are learned in the next call.

        Returns
        -------
        predicted : as `y`
            By the readout as it was before the targets were known.

        Raises
        ------
        ValueError
            If the fit was not on one series, or `X` is not one.

        References
        ----------
        Dawid (1984), Statistical theory: the prequential approach.

        Examples
        --------
        >>> import numpy as np
        >>> from reservoir import ESNRegressor, RecursiveRidgeReadout, Reservoir
        >>> u = np.random.default_rng(0).uniform(-1, 1, (900, 1))
        >>> y = np.roll(u[:, 0], 1)
        >>> y[400:] *= -1  # the world changes
        >>> readout = RecursiveRidgeReadout(forgetting=0.98)
        >>> esn = ESNRegressor(Reservoir(40), readout, random_state=0)
        >>> predicted = esn.fit(u[:300], y[:300]).predict_then_update(u[300:], y[300:])
        >>> errors = np.abs(predicted - y[300:])
        >>> bool(errors[100] > 0.1), bool(errors[500:].max() < 0.1)
        (True, True)
        """
        check_is_fitted(self)
        every, delay = check_count(every, "every"), check_count(delay, "delay", least=0)
        check_goes_on(X, self._frame, at_once=False)
        sequences = check_sequences(self, X, reset=False)
        network = self.network_
        if not network.goes_on(sequences.form):
            raise ValueError("predict_then_update needs one series, after a fit on one series.")
        if not network.readout.sums:
            raise TypeError(f"readout={self.readout_!r} cannot be updated; RidgeReadout can.")
        targets = check_targets(y, sequences)
        target = targets.items[0]
        check_outputs(target.shape[1], network.learned.statistics)
        reach = Reach.of(targets, self._reach)
        predicted, self.network_ = follow(
            network, sequences.items[0], target, every=every, delay=delay
        )
        self._frame, self._opening, self._reach = Frame.of(X), None, reach
        return self._shaped(sequences, [predicted], X)

    def predict(
        self, X: Any, *, initial_state: Any = "last", return_std: bool = False, cold: str = "keep"
    ) -> Any:
        """Return the outputs, in the form of `X`; the estimator stays as it is.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        initial_state : {"last", "zero"} or array-like of shape (N,) or (K, N), default="last"
            Where the reservoir starts. "last": after a fit on one series, one series goes on from
            the state in which that fit ended, unless its dates say that it is no continuation; all
            else starts from zero. The rows of the fit themselves are none: pass "zero".
        return_std : bool, default=False
            Whether to return the standard deviation of each output too, as the readout's
            ``predict(states, return_std=True)`` does; the states are then held in memory.
        cold : {"keep", "nan"}, default="keep"
            What stands in the first ``washout_`` rows of what starts from zero, or after rows that
            were left out, as far as an index tells, which the network does not know the past of:
            what it says all the same, and may be far off, or NaN.

        Returns
        -------
        y : ndarray or list of ndarray
            (T,) or (T, m) per sequence; (K,) or (K, m) after a fit on one row per sequence. Of one
            frame or series of pandas or polars, after a fit on a target that was one too, a frame,
            or a series where y was one column.
        std : as `y`
            Where `return_std`.

        Raises
        ------
        ValueError
            If `X` is not finite or of another width, or `initial_state` is none of these.
        """
        check_is_fitted(self)
        check_cold(cold)
        sequences = check_sequences(self, X, reset=False)
        if self.rows_ is not None:
            if not (is_name(initial_state, "last") or is_name(initial_state, "zero")):
                raise ValueError(
                    "initial_state must be 'last' or 'zero' where whole sequences are read: each "
                    f"starts from zero; got {initial_state!r}."
                )
            return self.rows_.answer(sequences, **({"return_std": True} if return_std else {}))
        network = self.network_
        tell_left_out(self, X)
        place = placed(X, self._frame, initial_state)
        initial = network.start(sequences, place)
        per_sequence = network.shape.per_sequence
        answers = [network.outputs(sequences, initial, per_sequence=per_sequence)]
        if self._reach is not None and not per_sequence:
            self._reach.tell(answers[0], unknown_rows(X, self._frame, network, place), 3)
        if return_std:
            answers.append(network.stds(sequences, initial))
        if cold == "nan" and not per_sequence:
            unknown = unknown_rows(X, self._frame, network, place)
            for output in (item for answer in answers for item in answer):
                output[:unknown] = np.nan
        was_asked_for = not is_name(initial_state, "last")
        if network.is_cold(sequences.form, place) and not per_sequence and not was_asked_for:
            self._tell_cold(int(sequences.lengths.min()))
        shaped = [self._shaped(sequences, answer, X) for answer in answers]
        return tuple(shaped) if return_std else shaped[0]

    def _tell_cold(self, shortest: int) -> None:
        """Warn of sequences of which nothing but a cold start is known."""
        washout = self.network_.washout_
        if shortest <= washout:
            warnings.warn(
                f"X starts afresh, and its shortest sequence has {shortest} steps, where the "
                f"network takes {washout} to forget its start (the washout): its predictions are "
                "those of a cold start, and may be far off. Hand over longer sequences, or rows "
                "that go on from those of fit.",
                stacklevel=3,
            )

    def _shaped(self, sequences: Sequences, outputs: Any, X: Any) -> Any:
        """Return outputs (T_k, m), or (1, m), in the form that y had at fit, and X has now."""
        shape = self.network_.shape
        if shape.squeeze:
            outputs = [output[:, 0] for output in outputs]
        if shape.per_sequence:
            return np.concatenate(outputs)
        if sequences.form == "series":
            return Frame.of(X).of_outputs(outputs[0], self._target)
        return sequences.restore_outputs(outputs)

    def stream(self, *, initial_state: Any = "last") -> Stream:
        """Return what answers rows as they come, one by one or some at a time.

        Parameters
        ----------
        initial_state : {"last", "zero"} or array-like of shape (n_state,), default="last"
            Where it starts, as for `predict` of one series.

        Returns
        -------
        stream : Stream
            Its ``predict`` carries the state on from call to call.

        Examples
        --------
        >>> import numpy as np
        >>> from reservoir import ESNRegressor
        >>> u = np.random.default_rng(0).uniform(-1, 1, (300, 1))
        >>> esn = ESNRegressor(random_state=0).fit(u[:200], np.roll(u[:200, 0], 1))
        >>> stream = esn.stream()
        >>> one_by_one = np.concatenate([stream.predict(u[t : t + 1]) for t in range(200, 300)])
        >>> bool(np.allclose(one_by_one, esn.predict(u[200:])))
        True
        """
        check_is_fitted(self)
        network = self.network_
        if network.shape.per_sequence or not network.rule.n_state:
            raise ValueError("a stream needs a fit on targets of every step, and a state to carry.")
        blank = Sequences("series", [np.empty((0, self.n_features_in_))])
        return Stream(self, network.start(blank, initial_state))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R² of `predict`, the washout of every freshly started sequence left out.

        So is that of rows that begin after a gap, as in the folds of ``TimeSeriesSplit(gap=...)``,
        where the index of a pandas frame tells. Arrays are taken to go on at once: their scores
        hold the error of a state that is as many rows too old.

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
        if self.rows_ is not None:
            return self.rows_.score(sequences, targets, sample_weight)
        network = self.network_
        check_outputs(targets.items[0].shape[1], network.learned.statistics)
        place = placed(X, self._frame, "last")
        washout = unknown_rows(X, self._frame, network, place)
        weights = training_weights(sample_weight, sequences, targets, washout, least=1)
        outputs = network.outputs(
            sequences, network.start(sequences, place), per_sequence=targets.per_sequence
        )
        return weighted_r2(targets.items, outputs, weights)
