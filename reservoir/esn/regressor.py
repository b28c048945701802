"""Echo state networks for regression."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin, clone
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from ..dynamics import run, synchronisation_time
from ..readouts import (
    RecursiveRidgeReadout,
    RidgeReadout,
    check_outputs,
    follow,
    last_rows,
    steps_of,
    training_weights,
    weighted_r2,
)
from ..reservoirs import Reservoir, prepared, rule_of, seeded
from ..ridge import sum_of
from ..sequences import Sequences, Targets, check_sequences, check_targets
from .streaming import OutputSink, TrainingStatistics, features, fold

#: Steps whose states `ESNRegressor.predict_then_update` holds at a time, at least.
ONLINE_BLOCK = 4096
PARTS: dict[str, list[Any]] = {
    "reservoir": [HasMethods(["fit", "transform"]), None],
    "readout": [HasMethods(["begin", "finish"]), HasMethods(["fit", "predict"]), None],
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
        Anything that obeys the readout protocol; ``RidgeReadout()`` where None. Or any other
        regressor or classifier of scikit-learn, which is handed all states at once: they are then
        held in memory, and the washout is measured.
    passthrough : bool, default=False
        Whether the readout sees the inputs beside the states.
    n_jobs : int, default=None
        Processes over which `fit` shares out the sequences of a panel or list, by joblib: 1 where
        None, all cores where -1. One series runs in threads of its own.
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

    _parameter_constraints: dict[str, list[Any]] = {**PARTS, "n_jobs": [Integral, None]}

    def __init__(
        self,
        reservoir: Any = None,
        readout: Any = None,
        *,
        passthrough: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.reservoir = reservoir
        self.readout = readout
        self.passthrough = passthrough
        self.n_jobs = n_jobs
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
        return self._learn(X, y, sample_weight, partial=False)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> ESNRegressor:
        """Learn from further steps; all calls together equal one `fit` on the whole.

        A series is taken to go on from call to call: the state is carried on, and only its first
        steps are a washout. The sequences of a panel or list are further ones, from the zero state.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`. The first call draws the reservoir, measures ``washout="auto"`` and
            decides which statistics ``solver="auto"`` takes.

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
        if not hasattr(self, "reservoir_"):
            self._validate_params()
        return self._learn(X, y, sample_weight, partial=True)

    def _learn(self, X: Any, y: Any, sample_weight: Any, *, partial: bool) -> ESNRegressor:
        first = not (partial and hasattr(self, "reservoir_"))
        sequences = check_sequences(self, X, reset=first)
        targets = check_targets(y, sequences)
        if first:
            self._prepare(sequences)
        proceeds = not first and goes_on(self, sequences.form, "last")
        zero = self._rule.initial_state(len(sequences.items))
        initial = self.end_state_.T if proceeds else zero
        weights = self._weights(sample_weight, sequences, targets, proceeds, 0 if partial else 2)
        if partial and hasattr(self.readout_, "statistics_"):
            check_outputs(targets.n_outputs, self.readout_.statistics_)
        closed_form = hasattr(self.readout_, "begin")
        learn = self._fold if closed_form else self._hand_over
        end = learn(sequences, targets, weights, initial, partial=partial)
        self._not_yet_learned: Any = None
        self._n_calls += 1
        self._n_sequences_seen += len(sequences.items)
        self.n_steps_seen_ += steps_of(weights, targets)
        self._per_sequence, self._form = targets.per_sequence, sequences.form
        self._squeeze = targets.squeeze
        self.end_state_: np.ndarray = end.T
        return self

    def _prepare(self, sequences: Sequences) -> None:
        """Draw the reservoir, and measure what has to be."""
        rng = check_random_state(self.random_state)
        self.reservoir_ = prepared(seeded(self.reservoir, Reservoir, rng), sequences)
        rule = rule_of(self.reservoir_, sequences)
        self._rule = rule.with_inputs() if self.passthrough else rule
        self.readout_ = seeded(self.readout, RidgeReadout, rng)
        if hasattr(self.readout_, "_validate_params"):
            self.readout_._validate_params()
        self.washout_ = self._measure_washout(sequences)
        self.n_steps_seen_ = self._n_sequences_seen = self._n_calls = 0

    def _weights(
        self, sample_weight: Any, sequences: Sequences, targets: Targets, proceeds: bool, least: int
    ) -> list[np.ndarray]:
        seen = self.n_steps_seen_ if proceeds else 0
        return training_weights(
            sample_weight, sequences, targets, max(0, self.washout_ - seen), least=least,
            forgetting=getattr(self.readout_, "forgetting", 1.0),
        )  # fmt: skip

    def _noise(self, first_sequence: int = 0) -> Any:
        """Return the noise of the steps to come."""
        noise = self.reservoir_.training_noise() if self._rule.n_noise else None
        if noise is None:
            return None
        proceeds = getattr(self, "_form", None) == "series"
        return replace(
            noise,
            first_sequence=first_sequence + (0 if proceeds else self._n_sequences_seen),
            first_step=self.n_steps_seen_ if proceeds else 0,
        )

    def _fold(
        self, sequences: Sequences, targets: Targets, weights: list[np.ndarray],
        initial: np.ndarray, *, partial: bool,
    ) -> np.ndarray:  # fmt: skip
        """Fold the states into the readout's statistics, solve, and return the end states."""
        readout = self.readout_
        chunk = self._n_calls if partial else None
        statistics, end = self._collect(sequences, targets, weights, initial, chunk)
        if partial and hasattr(readout, "statistics_"):
            forgotten = readout.statistics_.forgotten(
                readout.forgetting ** steps_of(weights, targets)
            )
            statistics = forgotten + statistics
        readout.statistics_ = statistics
        if statistics.weight > 0:
            readout.finish(statistics, squeeze=targets.squeeze)
        return end

    def _collect(
        self, sequences: Sequences, targets: Targets, weights: list[np.ndarray],
        initial: np.ndarray, chunk: int | None = None,
    ) -> tuple[Any, np.ndarray]:  # fmt: skip
        """Return the statistics of sequences, and their end states (N, K)."""
        folds = self.readout_.blocks(weights, chunk)
        n_sequences = len(sequences.items)
        n_jobs = min(effective_n_jobs(self.n_jobs), n_sequences) if self.n_jobs else 1
        bounds = np.linspace(0, n_sequences, n_jobs + 1).astype(int).tolist()
        shares = [slice(a, b) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
        jobs = (
            delayed(fold)(
                self._rule, self.readout_,
                Sequences(sequences.form, sequences.items[share]),
                Targets(targets.items[share], targets.per_sequence, targets.squeeze),
                weights[share], initial[:, share],
                folds=folds and replace(folds, labels=folds.labels[share]),
                noise=self._noise(share.start),
            )
            for share in shares
        )  # fmt: skip
        found = list(Parallel(n_jobs=n_jobs)(jobs))
        return sum_of([part for part, _ in found]), np.hstack([end for _, end in found])

    def _hand_over(
        self, sequences: Sequences, targets: Targets, weights: list[np.ndarray],
        initial: np.ndarray, *, partial: bool,
    ) -> np.ndarray:  # fmt: skip
        """Train a readout that wants all states at once, and return the end states."""
        x, end = features(self._rule, sequences, initial, noise=self._noise())
        x = last_rows(x) if targets.per_sequence else x
        used = [weight > 0 for weight in weights]
        rows = np.concatenate([item[keep] for item, keep in zip(x, used, strict=True)])
        y = np.concatenate([item[keep] for item, keep in zip(targets.items, used, strict=True)])
        weight = np.concatenate([w[keep] for w, keep in zip(weights, used, strict=True)])
        learn = "partial_fit" if partial else "fit"
        if not hasattr(self.readout_, learn):
            raise TypeError(f"readout={self.readout_!r} has no {learn}.")
        more = {} if (weight == 1).all() else {"sample_weight": weight}
        getattr(self.readout_, learn)(rows, y[:, 0] if y.shape[1] == 1 else y, **more)
        return end

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
        sequences = check_sequences(self, X, reset=False)
        if not goes_on(self, sequences.form, "last"):
            raise ValueError("predict_then_update needs one series, after a fit on one series.")
        if not hasattr(self.readout_, "statistics_"):
            raise TypeError(f"readout={self.readout_!r} cannot be updated; RidgeReadout can.")
        target = check_targets(y, sequences).items[0]
        check_outputs(target.shape[1], self.readout_.statistics_)
        n_rows = -(-ONLINE_BLOCK // every) * every  # whole updates
        self.readout_.statistics_ = self.readout_.statistics_.copy()  # once, and filled in place
        predicted = [
            self._predict_then_update(
                sequences.items[0][start : start + n_rows], target[start : start + n_rows],
                every, delay,
            )
            for start in range(0, len(target), n_rows)
        ]  # fmt: skip
        self.readout_.statistics_.frozen()
        return self._shaped(sequences, [np.vstack(predicted)])

    def _predict_then_update(
        self, u: np.ndarray, target: np.ndarray, every: int, delay: int
    ) -> np.ndarray:
        """Return the predictions (T, m) of a block of inputs (T, d), whose states are held."""
        (x,), end = features(self._rule, Sequences("series", [u]), self.end_state_.T)
        past_x, past_y = self._not_yet_learned or (x[:0], target[:0])
        all_x, all_y = np.vstack([past_x, x]), np.vstack([past_y, target])
        predicted, learned = np.empty_like(target), 0
        for start in range(0, len(x), every):
            stop = min(start + every, len(x))
            coef = np.atleast_2d(self.readout_.coef_)
            predicted[start:stop] = x[start:stop] @ coef.T + self.readout_.intercept_
            known = max(learned, len(past_x) + stop - delay)
            if known > learned:
                part = slice(learned, known)
                follow(self.readout_, all_x[part], all_y[part], self._n_calls,
                       squeeze=self._squeeze)  # fmt: skip
                self._n_calls += 1
                learned = known
        self._not_yet_learned = all_x[learned:].copy(), all_y[learned:].copy()
        self.n_steps_seen_ += len(x)
        self.end_state_ = end.T
        return predicted

    def statistics(
        self, X: Any, y: Any, sample_weight: Any = None, *, first_sequence: int = 0
    ) -> TrainingStatistics:
        """Return what `fit` would learn from, to be added to that of other data.

        The estimator stays as it is, so that this runs anywhere; the answer is of the size of
        N x N numbers, whatever the length of the data.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`. Every part starts from the zero state and has a washout of its own, and
            parts have to be of one size or ``solver`` named, so that all get the same statistics.
        first_sequence : int, default=0
            How many sequences are in the parts before this one: with state noise, each gets its
            own, as in one fit on all of them.

        Returns
        -------
        statistics : TrainingStatistics
            ``a + b`` is that of both; `fit_statistics` takes it.

        Raises
        ------
        ValueError
            If the reservoir would be drawn anew in every part, because neither ``random_state`` nor
            the reservoir's own is an integer.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.base import clone
        >>> from reservoir import ESNRegressor
        >>> u = [np.random.default_rng(k).uniform(-1, 1, (200, 1)) for k in range(4)]
        >>> y = [np.roll(x, 1, axis=0) for x in u]
        >>> esn = ESNRegressor(random_state=0)
        >>> total = esn.statistics(u[:2], y[:2]) + esn.statistics(u[2:], y[2:])
        >>> merged, whole = clone(esn).fit_statistics(total), clone(esn).fit(u, y)
        >>> bool(np.allclose(merged.predict(u[0]), whole.predict(u[0])))
        True
        """
        self._validate_params()
        part = clone(self)
        fixed = isinstance(part.random_state, Integral) or isinstance(
            getattr(part.reservoir, "random_state", None), Integral
        )
        if not fixed:
            raise ValueError(
                "random_state must be an integer, so that every part draws the same reservoir; "
                f"got {self.random_state!r}."
            )
        sequences = check_sequences(part, X, reset=True)
        targets = check_targets(y, sequences)
        part._prepare(sequences)
        if not hasattr(part.readout_, "begin"):
            raise TypeError(f"readout={part.readout_!r} has no statistics; RidgeReadout has.")
        weights = part._weights(sample_weight, sequences, targets, False, 0)
        initial = part._rule.initial_state(len(sequences.items))
        part._n_sequences_seen = check_count(first_sequence, "first_sequence", least=0)
        found, _ = part._collect(sequences, targets, weights, initial)
        names = getattr(part, "feature_names_in_", None)
        return TrainingStatistics(
            found, part.n_features_in_, part.washout_, targets.squeeze, targets.per_sequence,
            str(part._rule.dtype), None if names is None else tuple(names),
        )  # fmt: skip

    def fit_statistics(self, total: TrainingStatistics) -> ESNRegressor:
        """Solve the readout from merged statistics, in the place of `fit`.

        Parameters
        ----------
        total : TrainingStatistics
            A sum of what `statistics` gave, of an estimator of the same parameters.

        Returns
        -------
        self : ESNRegressor
            It predicts from the zero state: there is no last one.

        Raises
        ------
        ValueError
            If no step was seen, or the statistics are of a reservoir of another size.
        """
        self._validate_params()
        blank = np.zeros((2, total.n_features_in), dtype=total.dtype)
        sequences = check_sequences(self, blank, reset=True)
        if total.names is not None:
            self.feature_names_in_ = np.array(total.names, dtype=object)
        self._prepare(sequences)
        self.washout_ = total.washout
        if total.ridge.n_features != self._rule.n_seen:
            raise ValueError(
                f"the statistics are of {total.ridge.n_features} features; this network has "
                f"{self._rule.n_seen}."
            )
        self.readout_.finish(total.ridge, squeeze=total.squeeze)
        self._per_sequence, self._form = total.per_sequence, "list"
        self._squeeze = total.squeeze
        return self

    def _measure_washout(self, sequences: Sequences) -> int:
        washout = getattr(self.readout_, "washout", "auto")
        if washout != "auto":
            return int(washout)
        most = int(min(sequences.lengths)) // 10
        measured = synchronisation_time(self._rule, sequences.items, most)
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
        return self._resolved(params)

    def alpha_path(self, alphas: Iterable[Any]) -> list[ESNRegressor]:
        """Return the network once for every alpha of the readout, from one decomposition.

        Parameters
        ----------
        alphas : iterable of float or array-like of shape (m,)

        Returns
        -------
        esns : list of ESNRegressor
            What `resolved` gives for each, at little more than the price of one.
        """
        check_is_fitted(self)
        readout = self.readout_
        if isinstance(readout, RecursiveRidgeReadout):
            raise TypeError("alpha_path needs a RidgeReadout: alpha is in the recursive factor.")
        solve = readout.statistics_.together().solver(fit_intercept=readout.fit_intercept)
        return [self._resolved({"alpha": alpha}, solve) for alpha in alphas]

    def _resolved(self, params: Mapping[str, Any], solve: Any = None) -> ESNRegressor:
        other = copy.copy(self)
        other.readout = (
            RidgeReadout() if self.readout is None else clone(self.readout)
        ).set_params(**params)
        other.readout_ = copy.copy(self.readout_).set_params(**params)
        other.readout_._validate_params()
        known = {} if solve is None else {"solve": solve}
        other.readout_.finish(self.readout_.statistics_, squeeze=self._squeeze, **known)
        return other

    def predict(self, X: Any, *, initial_state: Any = "last", return_std: bool = False) -> Any:
        """Return the outputs, in the form of `X`; the estimator stays as it is.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        initial_state : {"last", "zero"} or array-like of shape (N,) or (K, N), default="last"
            Where the reservoir starts. "last": after a fit on one series, one series goes on from
            the state in which that fit ended; all else starts from zero.
        return_std : bool, default=False
            Whether to return the standard deviation of each output too, as the readout's
            ``predict(states, return_std=True)`` does; the states are then held in memory.

        Returns
        -------
        y : ndarray or list of ndarray
            (T,) or (T, m) per sequence; (K,) or (K, m) after a fit on one row per sequence.
        std : as `y`
            Where `return_std`.

        Raises
        ------
        ValueError
            If `X` is not finite or of another width, or `initial_state` is none of these.
        """
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        initial = start_states(self, sequences, initial_state)
        if not return_std:
            return self._shaped(
                sequences, self._outputs(sequences, initial, per_sequence=self._per_sequence)
            )
        x = self._features(sequences, initial, per_sequence=self._per_sequence)
        both = [self.readout_.predict(item, return_std=True) for item in x]
        outputs, stds = ([np.reshape(a, (len(a), -1)) for a in part] for part in zip(*both))
        return self._shaped(sequences, outputs), self._shaped(sequences, stds)

    def _shaped(self, sequences: Sequences, outputs: Any) -> Any:
        """Return outputs (T_k, m), or (1, m), in the form that y had at fit."""
        if self._squeeze:
            outputs = [output[:, 0] for output in outputs]
        return np.concatenate(outputs) if self._per_sequence else sequences.restore_outputs(outputs)

    def _features(
        self, sequences: Sequences, initial: np.ndarray, *, per_sequence: bool
    ) -> list[np.ndarray]:
        """Return what the readout sees, (T_k, N) or the last row of it."""
        x, _ = features(self._rule, sequences, initial)
        return last_rows(x) if per_sequence else x

    def _outputs(
        self, sequences: Sequences, initial: np.ndarray, *, per_sequence: bool
    ) -> list[np.ndarray]:
        """Outputs (T_k, m) of every step, or (1, m) of the final state."""
        if not hasattr(self.readout_, "begin"):
            x = self._features(sequences, initial, per_sequence=per_sequence)
            return [np.reshape(self.readout_.predict(item), (len(item), -1)) for item in x]
        coef, intercept = np.atleast_2d(self.readout_.coef_), self.readout_.intercept_
        if per_sequence:
            end = run(self._rule, sequences.items, initial)
            last = self._rule.last_seen(end, sequences.items)
            return list((last @ coef.T + intercept)[:, None])
        sink = OutputSink(coef, intercept, sequences.lengths, self._rule.dtype)
        run(self._rule, sequences.items, initial, sink)
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


def goes_on(esn: ESNRegressor, form: str, initial_state: Any) -> bool:
    """Whether a series is the continuation of the one that `esn` was fitted on."""
    carries = esn._rule.n_state > 0  # what reads whole sequences does not go on
    return carries and esn._form == form == "series" and is_name(initial_state, "last")


def check_count(value: Any, name: str, least: int = 1) -> int:
    """Return an integer not below `least`, or raise a `ValueError`."""
    if not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be an integer ≥ {least}; got {value!r}.")
    return int(value)


def is_name(value: Any, name: str) -> bool:
    """Whether a parameter that may be an array is this string."""
    return isinstance(value, str) and value == name


def start_states(esn: ESNRegressor, sequences: Sequences, initial_state: Any) -> np.ndarray:
    """Return the states (N, K) that `esn` starts predicting `sequences` from."""
    if goes_on(esn, sequences.form, initial_state):
        return esn.end_state_.T
    zero: np.ndarray = esn._rule.initial_state(len(sequences.items))
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
