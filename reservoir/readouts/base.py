"""The contract of a readout, and its one bookkeeping: weights, forgetting, statistics, solving."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..estimator import Estimator
from ..sequences import Sequences, Targets, check_sequences, check_targets
from .training import (
    check_outputs,
    gather,
    last_rows,
    steps_of,
    training_weights,
    weighted_r2,
)

#: Parameters that decide what is summed up, and how.
SUMMED = ("washout", "forgetting", "solver", "cv")
#: What a network asks of a readout; anything that lacks all of it stands behind an adapter.
ASKED = ("washout", "forgetting", "begin", "solved", "outputs", "path", "std")


class BaseReadout(MultiOutputMixin, RegressorMixin, Estimator):
    """What is seen of a reservoir in, outputs out: a regressor that is solved from statistics.

    The contract, for whoever adds a kind; every network keeps to its letter:

    1. ``washout`` is the number of first steps not to train on, or "auto"; ``forgetting`` the
       factor by which a step counts less for every step after it, 1 for none.
    2. ``begin(n_features, n_outputs, weights, chunk)`` gives empty `reservoir.ridge.Statistics`,
       and for every row a label that its ``take_rows`` is handed too, or None. `weights` are those
       of all rows, an array a sequence; `chunk` counts the calls of ``partial_fit``, and is None in
       ``fit``.
    3. ``solved(statistics, squeeze=...)`` gives a new readout and leaves this one as it is;
       `squeeze` says that y was 1-D. What further steps are added to is its ``statistics_``.
    4. ``outputs(seen)`` maps columns (n_features, n) to (n_outputs, n); ``std(seen)`` gives their
       standard deviations, or a `TypeError` that names the readout.
    5. ``path(alphas)`` gives it once for every alpha, from the statistics that it has.

    ``fit``, ``partial_fit``, ``predict`` and ``score`` are made of these.
    """

    _parameter_constraints: dict[str, list[Any]] = {}
    washout: int | str = "auto"
    forgetting: float = 1.0
    #: Whether the statistics are sums, of one size whatever was seen.
    sums = True

    @abstractmethod
    def begin(
        self,
        n_features: int,
        n_outputs: int,
        weights: Sequence[np.ndarray],
        chunk: int | None = None,
    ) -> tuple[Any, list[np.ndarray] | None]:
        """Return empty statistics, and the label of every row, or None."""

    @abstractmethod
    def solved(self, statistics: Any, *, squeeze: bool) -> Self:
        """Return a new readout, solved from statistics."""

    @abstractmethod
    def outputs(self, seen: np.ndarray) -> np.ndarray:
        """Return the outputs (n_outputs, n) of columns (n_features, n)."""

    def std(self, seen: np.ndarray) -> np.ndarray:
        """Return the standard deviations of the outputs, as `outputs`."""
        raise TypeError(f"return_std needs a RidgeReadout or RidgeReadoutCV; got {self!r}.")

    def left_out(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the outputs (T, m) of training rows, each told without itself where that is known.

        Parameters
        ----------
        x, y : ndarray of shape (T, N), (T, m)
        weight : ndarray of shape (T,)
        """
        return self.outputs(x.T).T

    def path(self, alphas: Iterable[Any]) -> list[Self]:
        """Return the readout once for every alpha; a readout that can share the work does."""
        return [
            self.with_params(alpha=alpha).solved(self.statistics_, squeeze=self._squeeze)
            for alpha in alphas
        ]

    def fitted(self, statistics: Any, squeeze: bool, **attributes: Any) -> Self:
        """Return a copy that was solved from statistics, with these attributes."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__, statistics_=statistics, _squeeze=squeeze, **attributes)
        new.n_features_in_ = statistics.n_features
        return new

    def finish(self, *args: Any, **options: Any) -> None:
        """Refuse what would change the readout: `solved` gives a new one."""
        raise TypeError("readouts are values: write r = r.solved(s, squeeze=...), not r.finish(s).")

    def with_params(self, **params: Any) -> Self:
        """Return a copy with other parameters, which are checked."""
        other = copy.copy(self).set_params(**params)
        other._validate_params()
        return other

    @all_or_nothing
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
        self._validate_params()
        return self._learn(X, y, sample_weight, Learned(self, self._own_washout()), partial=False)

    @all_or_nothing
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
        if not hasattr(self, "statistics_"):
            self._validate_params()
            before = Learned(self, self._own_washout())
        else:
            before = Learned(
                self, self._own_washout(), self.statistics_, self.n_steps_seen_, self.n_calls_
            )
        return self._learn(X, y, sample_weight, before, partial=True)

    def _own_washout(self) -> int:
        return 0 if self.washout == "auto" else int(self.washout)

    def _learn(self, X: Any, y: Any, sample_weight: Any, before: Learned, *, partial: bool) -> Self:
        ordered = self._own_washout() > 0 or self.forgetting < 1.0
        sequences = check_sequences(self, X, reset=before.statistics is None, ordered=ordered)
        targets = check_targets(y, sequences)
        lesson = before.lesson(
            sequences, targets, sample_weight, self.n_features_in_,
            proceeds=sequences.form == "series", partial=partial,
        )  # fmt: skip
        rows = last_rows(sequences.items) if targets.per_sequence else sequences.items
        own = lesson.begun()
        gather(own, rows, targets.items, lesson.weights, lesson.labels)
        total = own.frozen() if lesson.goes_on else lesson.joined(own.frozen())
        at_hand = None if partial else (rows, targets.items, lesson.weights)
        after = before.after(
            lesson, total, solve=lambda total: self._solved_at_hand(total, targets, at_hand)
        )
        self.__dict__.update(after.readout.__dict__)
        self.statistics_, self.n_steps_seen_ = after.statistics, after.n_steps
        self.n_calls_, self._squeeze = after.n_calls, targets.squeeze
        return self

    def _solved_at_hand(self, total: Any, targets: Targets, at_hand: Any) -> Self:
        """Return the solution where all rows are at hand, (states, targets, weights), or None."""
        return self.solved(total, squeeze=targets.squeeze)

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
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False, ordered=False)
        outputs = [self._shaped(self.outputs(x.T)) for x in sequences.items]
        if not return_std:
            return sequences.restore_outputs(outputs)
        stds = [self._shaped(self.std(x.T)) for x in sequences.items]
        return sequences.restore_outputs(outputs), sequences.restore_outputs(stds)

    def _shaped(self, outputs: np.ndarray) -> np.ndarray:
        """Return outputs (m, T) as (T,) or (T, m)."""
        return outputs[0] if self._squeeze else np.ascontiguousarray(outputs.T)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R² over all steps of all sequences but their washout.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.

        Returns
        -------
        score : float
        """
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False, ordered=False)
        targets = check_targets(y, sequences)
        check_outputs(targets.items[0].shape[1], self.statistics_)
        weights = training_weights(sample_weight, sequences, targets, self._own_washout(), least=1)
        rows = last_rows(sequences.items) if targets.per_sequence else sequences.items
        return weighted_r2(targets.items, [self.outputs(x.T).T for x in rows], weights)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_squeeze")


@dataclass(frozen=True)
class Lesson:
    """What one call learns from: targets, the weight of every row, and where its sums go.

    ``empty`` are statistics of the call alone, ``labels`` those of its rows; ``before`` is what was
    learned earlier, and ``factor`` by how much that counts less now.
    """

    targets: Targets
    weights: list[np.ndarray]
    empty: Any
    labels: list[np.ndarray] | None
    before: Any
    factor: float

    @property
    def goes_on(self) -> bool:
        """Whether rows are added to what was learned before, and not beside it."""
        return self.before is None or self.factor == 1 or not self.before.follows

    def begun(self) -> Any:
        """Return the statistics to which the rows of this call are added, one's own."""
        if self.before is None or not self.goes_on:
            return self.empty
        own = self.before.copy()
        own.fade(self.factor)
        return own

    def share(self, part: slice) -> Lesson:
        """Return what some of the sequences give; what was learned before stays out of it."""
        targets = self.targets
        return replace(
            self, targets=replace(targets, items=targets.items[part]), weights=self.weights[part],
            labels=None if self.labels is None else self.labels[part], before=None,
        )  # fmt: skip

    def joined(self, found: Any) -> Any:
        """Return the statistics of the call and of what was learned before it."""
        return found if self.before is None else self.before.renewed(self.factor, found)


@dataclass(frozen=True)
class Learned:
    """A readout and what it has learned so far; every call gives a new one.

    ``statistics`` is None before the first call; ``n_steps``, ``n_calls`` and ``n_sequences`` count
    what was seen.
    """

    readout: Any
    washout: int
    statistics: Any = None
    n_steps: int = 0
    n_calls: int = 0
    n_sequences: int = 0

    def lesson(
        self,
        sequences: Sequences,
        targets: Targets,
        sample_weight: Any,
        n_features: int,
        *,
        proceeds: bool = False,
        partial: bool = False,
        least: int = 2,
    ) -> Lesson:
        """Return what a call learns from.

        Parameters
        ----------
        sequences : Sequences
        targets : Targets
        sample_weight : None, array-like or list
        n_features : int
            Numbers that the readout sees.
        proceeds : bool, default=False
            Whether the series goes on, so that its washout is over at some time.
        partial : bool, default=False
            Whether further calls may follow.
        least : int, default=2
            Rows that must have a weight, where none may follow.

        Returns
        -------
        lesson : Lesson

        Raises
        ------
        ValueError
            If weights do not match, too few rows are left, or the number of outputs is another.
        """
        weights = training_weights(
            sample_weight, sequences, targets,
            max(0, self.washout - (self.n_steps if proceeds else 0)),
            least=0 if partial else least, forgetting=self.readout.forgetting,
        )  # fmt: skip
        if self.statistics is not None:
            check_outputs(targets.n_outputs, self.statistics)
        empty, labels = self.readout.begin(
            n_features, targets.n_outputs, weights, self.n_calls if partial else None
        )
        factor = self.readout.forgetting ** steps_of(weights, targets)
        return Lesson(targets, weights, empty, labels, self.statistics, factor)

    def after(
        self, lesson: Lesson, total: Any, solve: Callable[[Any], Any] | None = None
    ) -> Learned:
        """Return what is learned after a lesson, when all statistics are `total`.

        By ``readout.solved``, or by `solve`; not solved while no row has a weight.
        """
        readout = self.readout
        if total.weight > 0:
            squeeze = lesson.targets.squeeze
            readout = readout.solved(total, squeeze=squeeze) if solve is None else solve(total)
            total = readout.statistics_
        return replace(
            self, readout=readout, statistics=total, n_calls=self.n_calls + 1,
            n_steps=self.n_steps + steps_of(lesson.weights, lesson.targets),
            n_sequences=self.n_sequences + len(lesson.weights),
        )  # fmt: skip

    def resolved(self, params: dict[str, Any], *, squeeze: bool) -> Learned:
        """Return the same with the readout solved anew, by other parameters.

        Raises
        ------
        ValueError
            If one of them is part of what was summed up.
        """
        fixed = [name for name in SUMMED if name in params]
        for name in fixed:
            if params[name] != self.readout.get_params().get(name, params[name]):
                raise ValueError(
                    f"{name} is part of what was summed up, and cannot be {params[name]!r} without "
                    "another fit; alpha can be solved anew."
                )
        readout = self.readout.with_params(**params).solved(self.statistics, squeeze=squeeze)
        return replace(self, readout=readout, statistics=readout.statistics_)


def followed(
    readout: Any, own: Any, x: np.ndarray, y: np.ndarray, *, squeeze: bool, chunk: int | None
) -> Any:
    """Return the readout that has learned further steps, (T, N) and (T, m), too.

    They are added to its statistics in place, so that `own` are the caller's own; rows with NaN
    only age the others. `chunk` is None where this readout's rows have no labels.
    """
    weight = readout.forgetting ** np.arange(len(x) - 1.0, -1.0, -1.0)
    weight[np.isnan(y).any(axis=1)] = 0.0
    labels = None
    if chunk is not None:
        _, labels = readout.begin(x.shape[1], y.shape[1], [weight], chunk)
    own.fade(readout.forgetting ** len(x))
    gather(own, [x], [y], [weight], labels)
    return readout.solved(own, squeeze=squeeze)
