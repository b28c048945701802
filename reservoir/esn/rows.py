"""Whole sequences as rows of numbers: what was seen of a reservoir, represented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_memory

from ..dynamics import PickedSink, run
from ..readouts import RidgeReadoutCV, training_weights, weighted_r2
from ..representations import (
    LastState,
    MeanState,
    StateSummary,
    StepwiseTransformer,
    as_representation,
)
from ..reservoirs import prepared, rule_of, seeded, states_of, time_columns
from ..seeds import rng_of
from ..sequences import Sequences, Targets
from .network import Network
from .views import of_views

#: Names that may stand for a representation.
REPRESENTATIONS = {"last": LastState, "mean": MeanState, "summary": StateSummary}
#: What a regressor's row holds: a classifier's and the state after the last step, or that alone, by
#: which its targets are told better, each left out in turn.
OF_REGRESSORS = (("mean", "mean_abs_change", "proportion", "last"), ("last",))
#: State values that are held at a time, 256 MB in single precision.
MOST_VALUES = 2**26


def representation_of(given: Any, n_features: int, rng: np.random.RandomState) -> Any:
    """Return an unfitted representation of a name or a transformer."""
    part = seeded(REPRESENTATIONS[given]() if isinstance(given, str) else given, None, rng)
    if as_representation(part).sees_inputs:
        as_representation(part).last.set_params(n_outputs=n_features)
    return part


@dataclass(frozen=True)
class Rows:
    """A reservoir, drawn, and a representation of its states.

    Attributes
    ----------
    reservoir : Reservoir
    representation : transformer
    memory : str or object with the joblib.Memory interface
        Where states are kept.
    """

    reservoir: Any
    representation: Any
    memory: Any = None

    def fit(self, scaled: Sequences) -> np.ndarray:
        """Fit the representation on as many states as are needed or held, and return all rows."""
        part, rule = as_representation(self.representation), self._rule(scaled)
        picked = part.sampled(scaled.lengths) if self.memory is None else None
        if picked is not None:
            of = [k for k, steps in enumerate(picked) if steps.any()]
            items = [scaled.items[k] for k in of]
            sink = PickedSink([picked[k] for k in of], rule.n_seen, rule.dtype)
            run(rule, items, rule.starts(items), sink)
            return part.learn(sink.arrays).learn_rows(self._plain(part, scaled))
        stride = -(-int(scaled.lengths.sum()) * rule.n_seen // MOST_VALUES)
        sample = self._states(scaled.items[::stride])
        if stride == 1:
            return part.fit_transform(sample)
        return part.learn(sample).learn_rows(self._plain(part, scaled))

    def of(self, scaled: Sequences) -> np.ndarray:
        """Return the row of every sequence."""
        part = as_representation(self.representation)
        return part.finish(self._plain(part, scaled))

    def by_step(self, scaled: Sequences) -> Iterator[np.ndarray]:
        """Yield for every sequence the rows after each of its steps."""
        part = as_representation(self.representation)
        if self._rule(scaled).looks_ahead:  # beyond a step nothing is known
            for x in scaled.items:
                begun = [x[:t] for t in range(part.washout + 1, len(x) + 1)]
                yield self.of(Sequences("list", begun))
            return
        for states in self._batches(scaled):
            yield from part.transform_steps(states)

    def _plain(self, part: Any, scaled: Sequences) -> np.ndarray:
        """Return rows that are not yet finished, summed up as the states stream by if they can."""
        rule, items = self._rule(scaled), scaled.items
        sink = part.sink(scaled.lengths, rule.dtype) if self.memory is None else None
        if sink is None:
            return np.concatenate([part.plain(states) for states in self._batches(scaled)])
        run(rule, items, rule.starts(items), sink)
        return sink.rows()

    def _rule(self, scaled: Sequences) -> Any:
        return rule_of(self.reservoir, scaled)

    def _batches(self, scaled: Sequences) -> Iterator[list[np.ndarray]]:
        """Yield the states of sequences, as many together as may be held."""
        batch = np.cumsum(scaled.lengths) * self._rule(scaled).n_seen // MOST_VALUES
        for part in np.split(np.arange(len(batch)), np.flatnonzero(np.diff(batch)) + 1):
            yield self._states([scaled.items[k] for k in part])

    def _states(self, items: list[np.ndarray]) -> list[np.ndarray]:
        states = check_memory(self.memory).cache(_states)(self.reservoir, items)
        if as_representation(self.representation).sees_inputs:
            states = [np.hstack(pair) for pair in zip(states, items, strict=True)]
        return states


def _states(reservoir: Any, items: list[np.ndarray]) -> list[np.ndarray]:
    """Return the states of sequences; at module level, so that joblib can keep them."""
    return states_of(reservoir, items)


@dataclass(frozen=True)
class RowsModel:
    """What answers one target for each sequence from its row.

    Attributes
    ----------
    scaler : StepwiseTransformer
    rows : Rows
    readout : regressor
        Fitted on rows.
    time_columns : list of int
        Features that are steps of time, and not scaled.
    """

    scaler: StepwiseTransformer
    rows: Rows
    readout: Any
    time_columns: list[int]

    @classmethod
    def fitted(
        cls, parts: tuple[Any, Any, Any], sequences: Sequences, targets: Targets, weights: Any,
        random_state: Any,
    ) -> RowsModel:  # fmt: skip
        """Draw a reservoir, and learn targets of sequences from a row for each.

        Parameters
        ----------
        parts : tuple of reservoir, representation and readout
            ``of_views(300, d)``, "summary" and ``RidgeReadoutCV()`` where None.
        sequences : Sequences
        targets : Targets
            One row each; those with NaN are not learned.
        weights : array-like of shape (K,), or None
        random_state : int, RandomState, Generator or None
        """
        reservoir, representation, readout = parts
        d = sequences.items[0].shape[1]
        rng = np.random.RandomState(rng_of(random_state).randint(np.iinfo(np.int32).max))
        scaler = StepwiseTransformer().prepare(sequences)
        reservoir = seeded(reservoir, lambda: of_views(300, d), rng)
        unfitted = cls(scaler, Rows(reservoir, None), None, time_columns(reservoir, sequences))
        scaled = unfitted.scaled(sequences)
        reservoir = prepared(reservoir, scaled)
        of_each = np.concatenate(training_weights(weights, sequences, targets, 0, least=1))
        seen, wanted = of_each > 0, np.concatenate(targets.items)
        wanted = wanted[seen, 0] if targets.squeeze else wanted[seen]
        more = {} if weights is None else {"sample_weight": of_each[seen]}
        looks = [representation]
        if representation is None:
            looks = [StateSummary(names) for names in OF_REGRESSORS[: 2 if readout is None else 1]]
        found = []
        for look in looks:
            rows = Rows(reservoir, representation_of(look, d, rng))
            solver = seeded(readout, RidgeReadoutCV, rng)
            if "washout" in solver.get_params():
                solver.set_params(washout=0)  # rows are sequences here, and no steps
            solver.fit(rows.fit(scaled)[seen], wanted, **more)
            found.append(replace(unfitted, rows=rows, readout=solver))
        return max(found, key=lambda model: getattr(model.readout, "best_score_", 0.0))

    def score(self, sequences: Sequences, targets: Targets, weights: Any) -> float:
        """Return R² of the answers."""
        if not targets.per_sequence:
            raise ValueError("y must have one target for each sequence, as at fit.")
        answers = np.reshape(self.answer(sequences), (len(sequences.items), 1, -1))
        seen = training_weights(weights, sequences, targets, 0, least=1)
        return weighted_r2(targets.items, list(answers), seen)

    def answer(self, sequences: Sequences, **options: Any) -> Any:
        """Return what the readout answers, (K,) or (K, m)."""
        check_several(sequences)
        return self.readout.predict(self.rows.of(self.scaled(sequences)), **options)

    def scaled(self, sequences: Sequences) -> Sequences:
        """Return scaled sequences in single precision, of which a summary needs no more."""
        items = self.scaler.transformed(sequences).items
        items = with_times(items, sequences, self.time_columns)
        return replace(sequences, items=[item.astype(np.float32) for item in items])


def check_several(sequences: Sequences) -> None:
    """Raise a `ValueError` for one series, after a fit on an answer for each sequence."""
    if sequences.form == "series":
        raise ValueError(
            "X must be a panel (K, T, d) or a list of (T_k, d) arrays, as at fit; got one "
            f"series of shape {sequences.items[0].shape}. Put it into a list."
        )


def with_times(
    items: list[np.ndarray], original: Sequences, columns: Sequence[int]
) -> list[np.ndarray]:
    """Return scaled sequences with the columns that hold time steps as they were."""
    for column in columns:
        pairs = zip(items, original.items, strict=True)
        items = [np.insert(np.delete(z, column, 1), column, x[:, column], 1) for z, x in pairs]
    return items


class RowsMixin:
    """A regressor's answers of one target for each sequence, by a row or by the final state."""

    reservoir: Any
    readout: Any
    representation: Any
    passthrough: bool | None
    random_state: Any
    _network: Network
    rows_: RowsModel | None = None
    _reach: Any = None

    @property
    def network_(self) -> Network:
        """The drawn reservoir and the solved readout, where states are read step by step."""
        if self.rows_ is not None:
            raise ValueError(
                "this ESNRegressor was fitted to one target for each sequence, which it reads from "
                "a row of all of its states: it has no readout of states. Fit it with "
                "representation='last', or a reservoir of your own, for the final state."
            )
        return self._network

    @network_.setter
    def network_(self, network: Network) -> None:
        self._network, self.rows_, self._reach = network, None, None

    def _take_rows(self, model: RowsModel) -> None:
        """Answer by rows, and leave nothing of a network that was there before."""
        self.rows_ = model
        vars(self).pop("_network", None)

    def _shows_inputs(self) -> bool:
        """Whether the readout sees the inputs beside the states."""
        if self.passthrough is None:
            return self.reservoir is None and self.representation is None
        return self.passthrough

    def _reads_rows(self, targets: Targets) -> bool:
        """Whether targets are read from a row for each sequence, and not from the final state."""
        if not targets.per_sequence or self.representation == "last":
            return False
        if self.representation is not None and self.passthrough:
            raise ValueError(
                f"passthrough=True shows the final input beside the final state; got "
                f"representation={self.representation!r}. ExpandedReservoir shows inputs to others."
            )
        return self.representation is not None or (self.reservoir is None and not self.passthrough)
