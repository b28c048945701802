"""Rules made of rules: one after the other, or side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from .leaky import LeakyUpdate
from .rule import Rule, Stepper, put
from .tangent import Linearised


@dataclass(frozen=True)
class Composed(Rule):
    """Rules whose states, and what is seen of them, stand below each other.

    Parameters
    ----------
    rules : tuple of Rule
    n_features : int
        Inputs of the whole.
    """

    rules: tuple[Any, ...]
    n_features: int
    #: Whether each is fed what the one before shows.
    is_chained: ClassVar[bool] = False

    @cached_property
    def n_state(self) -> int:  # type: ignore[override]
        """The states of all."""
        return sum(rule.n_state for rule in self.rules)

    @cached_property
    def n_seen(self) -> int:  # type: ignore[override]
        """What all show, or those of them that are seen."""
        return sum(rows.stop - rows.start for rows in self.shown if rows is not None)

    @property
    def shown(self) -> list[slice | None]:
        """Each rule's share of what is seen, None of one that is not seen."""
        return list(self.parts("n_seen"))

    @cached_property
    def n_noise(self) -> int:  # type: ignore[override]
        """All that takes noise."""
        return sum(rule.n_noise for rule in self.rules)

    @cached_property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        """The common floating type."""
        return np.result_type(*(rule.dtype for rule in self.rules))

    @property
    def forgets(self) -> bool:  # type: ignore[override]
        """Whether all may forget."""
        return all(rule.forgets for rule in self.rules)

    def initial_state(self, n_columns: int = 1) -> np.ndarray:
        """Return the initial states of all."""
        return np.vstack([rule.initial_state(n_columns) for rule in self.rules])

    def starts(self, items: Sequence[np.ndarray]) -> np.ndarray:
        """Return the starts of all, of those alone that are fed the sequences themselves."""
        starts = [
            rule.initial_state(len(items))
            if k and self.is_chained
            else rule.starts([self.fed(k, item.T, None).T for item in items])
            for k, rule in enumerate(self.rules)
        ]
        return np.vstack(starts)

    @property
    def looks_ahead(self) -> bool:
        """Whether one does that is fed the sequences themselves."""
        rules = self.rules[:1] if self.is_chained else self.rules
        return any(rule.looks_ahead for rule in rules)

    def extremes(self) -> np.ndarray:
        """Return the extremes of all at once; a rule that has fewer repeats its last."""
        of_rules = [rule.extremes() for rule in self.rules]
        most = max(len(extremes) for extremes in of_rules)
        rows = np.arange(most)
        return np.hstack([extremes[np.minimum(rows, len(extremes) - 1)] for extremes in of_rules])

    def parts(self, what: str) -> list[slice]:
        """Return each rule's share of ``n_state``, ``n_seen`` or ``n_noise`` rows."""
        ends = np.cumsum([0, *(getattr(rule, what) for rule in self.rules)]).tolist()
        return [slice(*pair) for pair in zip(ends[:-1], ends[1:], strict=True)]

    def fed(self, k: int, u: np.ndarray, before: np.ndarray | None) -> np.ndarray:
        """Return what the k-th rule is fed, of inputs and of what the one before shows."""
        raise NotImplementedError

    def linearised(self, state: np.ndarray, u: np.ndarray) -> Linearised:
        """Return the step from a state (n_state,) by an input (d,), and its derivative."""
        parts: list[Linearised] = []
        shares = self.parts("n_state")
        for k, (rule, rows) in enumerate(zip(self.rules, shares, strict=True)):
            before = parts[-1].seen if parts else None
            parts.append(rule.linearised(state[rows], self.fed(k, u, before)))

        def push(dx: np.ndarray, du: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            found: list[tuple[np.ndarray, np.ndarray]] = []
            for k, (part, rows) in enumerate(zip(parts, shares, strict=True)):
                before = found[-1][1] if found else None
                found.append(part.push(dx[rows], self.fed(k, du, before)))
            states = np.concatenate([moved for moved, _ in found])
            return states, self._seen_of([seen for _, seen in found])

        states = np.concatenate([part.state for part in parts])
        return Linearised(states, self._seen_of([part.seen for part in parts]), push)

    def _seen_of(self, every: list[np.ndarray]) -> np.ndarray:
        """Return what is seen, of what all show."""
        pairs = zip(every, self.shown, strict=True)
        return np.concatenate([seen for seen, rows in pairs if rows is not None])


@dataclass(frozen=True)
class Chain(Composed):
    """Rules one after the other: each is fed what the one before shows, of the same step.

    Parameters
    ----------
    rules : tuple of Rule
    n_features : int
    inputs_to_all : bool, default=False
        Whether each is fed the inputs too, below that.
    last_alone : bool, default=False
        Whether what the last one shows is seen, and no other's.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics import Chain, LeakyUpdate
    >>> double = LeakyUpdate.of(
    ...     np.zeros((1, 1)), np.full((1, 1), 2.0), np.zeros(1), activation="identity"
    ... )
    >>> seen, _ = Chain((double, double), 1).advance(np.zeros((2, 1)), np.ones((1, 1, 1)))
    >>> seen.ravel()
    array([2., 4.])
    """

    inputs_to_all: bool = False
    last_alone: bool = False
    is_chained: ClassVar[bool] = True

    @property
    def time_rows(self) -> tuple[int, ...]:
        """Those of the first rule, and of all that are fed the inputs too."""
        found = set(self.rules[0].time_rows)
        if self.inputs_to_all:
            for before, rule in zip(self.rules[:-1], self.rules[1:], strict=True):
                found |= {row - before.n_seen for row in rule.time_rows}
        return tuple(sorted(found))

    @property
    def shown(self) -> list[slice | None]:
        """Each rule's share of what is seen."""
        if not self.last_alone:
            return super().shown
        return [*(None for _ in self.rules[1:]), slice(0, self.rules[-1].n_seen)]

    def stepper(self, state: np.ndarray) -> Stepper:
        """Return a batch that starts at `state`, that of the first rule on top."""
        return _ChainStepper(self, state)

    def fed(self, k: int, u: np.ndarray, before: np.ndarray | None) -> np.ndarray:
        """Return what the k-th rule is fed: inputs, or what the one before shows."""
        if before is None:
            return u
        return np.concatenate([before, u]) if self.inputs_to_all else before


@dataclass(frozen=True)
class Beside(Composed):
    """Rules side by side, each fed its own features.

    Parameters
    ----------
    rules : tuple of Rule
    n_features : int
    features : tuple of index arrays
        The inputs of each.
    """

    features: tuple[np.ndarray, ...] = ()

    @property
    def time_rows(self) -> tuple[int, ...]:
        """Those of all rules."""
        pairs = zip(self.rules, self.features, strict=True)
        return tuple(sorted({int(own[row]) for rule, own in pairs for row in rule.time_rows}))

    def stepper(self, state: np.ndarray) -> Stepper:
        """Return a batch that starts at `state`, that of the first rule on top."""
        return _BesideStepper(self, state)

    def fed(self, k: int, u: np.ndarray, before: np.ndarray | None) -> np.ndarray:
        """Return what the k-th rule is fed: its features."""
        return u[self.features[k]]


def beside(rules: Sequence[Any], n_features: int, features: Sequence[np.ndarray]) -> Rule:
    """Put rules side by side; leaky ones of one kind become one, with a block for each.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics import LeakyUpdate
    >>> from reservoir.dynamics.composed import beside
    >>> one = LeakyUpdate.of(np.zeros((1, 1)), np.ones((1, 1)), np.zeros(1), leak_rate=0.5)
    >>> both = beside([one, one], 2, [np.array([0]), np.array([1])])
    >>> both.matrix
    array([[0., 0., 1., 0., 0.],
           [0., 0., 0., 1., 0.]])
    """
    alike = all(type(rule) is LeakyUpdate and not rule.shows_inputs for rule in rules)
    if not alike or len({rule.activation for rule in rules}) > 1:
        return Beside(tuple(rules), n_features, tuple(features))
    W, W_in, bias, leak = [], [], [], []
    for rule, columns in zip(rules, features, strict=True):
        n = rule.n_units
        dense = rule.matrix if isinstance(rule.matrix, np.ndarray) else None
        W.append(rule.matrix[:, :n])
        rest = rule.matrix[:, n:].toarray() if dense is None else dense[:, n:]
        weights = np.zeros((n, n_features))
        weights[:, columns] = rest[:, :-1]
        W_in.append(weights)
        bias.append(rest[:, -1])
        leak.append(np.broadcast_to(np.ravel(rule.leak_rate), n))
    leaks = np.concatenate(leak)
    whole = LeakyUpdate.of(
        sp.csr_array(sp.block_diag(W)), np.vstack(W_in), np.concatenate(bias),
        leak_rate=leaks if np.ptp(leaks) else leaks[0],
        dtype=np.result_type(*(rule.dtype for rule in rules)),
    )  # fmt: skip
    return replace(whole, activation=rules[0].activation)


class _ComposedStepper(Stepper):
    """A batch of every rule; `_feed` writes the input of the k-th."""

    def __init__(self, rule: Composed, state: np.ndarray) -> None:
        self._rule, n_columns = rule, state.shape[1]
        shares = zip(rule.rules, rule.parts("n_state"), strict=True)
        self._inner = [each.stepper(state[rows]) for each, rows in shares]
        self._noise, self._shown = rule.parts("n_noise"), rule.shown
        self.input = np.zeros((rule.n_features, n_columns), dtype=rule.dtype)
        self._seen = np.empty((rule.n_seen, n_columns), dtype=rule.dtype)

    def _feed(self, k: int) -> None:
        raise NotImplementedError

    @property
    def state(self) -> np.ndarray:  # type: ignore[override]
        """The states of all."""
        return np.vstack([stepper.state for stepper in self._inner])

    @property
    def seen(self) -> np.ndarray:  # type: ignore[override]
        """What all show."""
        for k, (stepper, rows) in enumerate(zip(self._inner, self._shown, strict=True)):
            self._feed(k)
            if rows is not None:
                self._seen[rows] = stepper.seen
        return self._seen

    def step(self, noise: np.ndarray | None = None) -> None:
        """Advance all in turn."""
        for k, (stepper, rows) in enumerate(zip(self._inner, self._noise, strict=True)):
            self._feed(k)
            stepper.step(None if noise is None else noise[rows])

    def walk(
        self,
        inputs: np.ndarray,
        out: np.ndarray | None,
        noise: np.ndarray | None = None,
        shift: np.ndarray | float = 0.0,
    ) -> None:
        """Advance rule by rule, each by the whole block: a block costs a call of each."""
        before: np.ndarray | None = None
        for k, stepper in enumerate(self._inner):
            rows, of_noise = self._shown[k], None if noise is None else noise[:, self._noise[k]]
            block = self._block(k, inputs, before)
            if k == len(self._inner) - 1:  # whose rows nothing else needs
                there = None if out is None or rows is None else out[rows]
                own = shift[rows] if isinstance(shift, np.ndarray) and rows is not None else shift
                stepper.walk(block, there, of_noise, own)
                break
            shape = (self._rule.rules[k].n_seen, len(inputs), inputs.shape[2])
            before = np.empty(shape, self._rule.dtype)
            stepper.walk(block, before, of_noise)
            if out is not None and rows is not None:
                put(before, out, rows, shift)
        self.input[...] = inputs[-1]

    def _block(self, k: int, inputs: np.ndarray, before: np.ndarray | None) -> np.ndarray:
        """Return the inputs (L, d_k, K) of the k-th rule, `before` what the last one showed."""
        raise NotImplementedError


class _ChainStepper(_ComposedStepper):
    """A batch on its way through rules one after the other."""

    _rule: Chain

    def _feed(self, k: int) -> None:
        at = self._inner[k].input
        if k == 0:
            at[...] = self.input
            return
        before = self._inner[k - 1].seen
        at[: len(before)] = before
        if self._rule.inputs_to_all:
            at[len(before) :] = self.input

    def _block(self, k: int, inputs: np.ndarray, before: np.ndarray | None) -> np.ndarray:
        if before is None:
            return inputs
        steps_first = before.transpose(1, 0, 2)
        if self._rule.inputs_to_all:
            return np.concatenate([steps_first, inputs], axis=1)
        return np.ascontiguousarray(steps_first)


class _BesideStepper(_ComposedStepper):
    """A batch on its way through rules side by side."""

    _rule: Beside

    def _feed(self, k: int) -> None:
        self._inner[k].input[...] = self.input[self._rule.features[k]]

    def _block(self, k: int, inputs: np.ndarray, before: np.ndarray | None) -> np.ndarray:
        return np.ascontiguousarray(inputs[:, self._rule.features[k]])
