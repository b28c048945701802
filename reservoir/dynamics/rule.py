"""The contract of a rule: what a reservoir does at every step, and what of it is seen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .tangent import Linearised, by_differences

#: ``(t, output, input)`` -> whether there is a further step; it writes the input of step t.
Feed = Callable[[int, Any, np.ndarray], bool]


class Rule(ABC):
    """A fitted update: how a state goes on from step to step, and what of it the readout sees.

    The contract, for whoever adds a kind of reservoir:

    1. ``n_features`` d, ``n_state``, ``n_seen`` and ``n_noise`` are the numbers of inputs, of what
       is carried from step to step, of what the readout sees, and of what noise is added to (the
       last may be 0); ``dtype`` is the floating type of all. ``time_rows`` are those of
       the input that hold time steps: above zero, and never scaled.
    2. ``stepper(state)`` gives a `Stepper` that starts at `state`, (n_state, K).
    3. What is seen is a function of (state after the step, input) alone. What needs memory, a delay
       line say, lengthens the state.
    4. ``forgets`` says whether trajectories from different starts may meet; where they never do, a
       series is not cut. ``extremes()`` gives the starts, (E, n_state), that they are measured
       from; a state with other bounds than -1 and 1 has its own.
    5. ``initial_state(K)`` is the state before the first step, ``last_seen`` what is seen at the
       end of sequences; ``with_inputs()`` gives the rule that shows its inputs too, below the
       rest. ``starts(items)`` are the states before sequences that are known as wholes, and
       ``looks_ahead`` says whether they depend on these.
    6. ``is_compiled`` says whether a block of steps is one call that holds no lock of Python.
    7. ``linearised(state, input)`` gives a step and its derivative; where a rule has none of its
       own, by central differences.
    """

    n_features: int
    n_state: int
    n_seen: int
    n_noise: int = 0
    dtype: np.dtype = np.dtype(float)
    forgets: bool = True
    is_compiled: bool = False

    @abstractmethod
    def stepper(self, state: np.ndarray) -> Stepper:
        """Return a batch that starts at `state`, (n_state, K)."""

    @property
    def time_rows(self) -> tuple[int, ...]:
        """Rows of the input that hold time steps: no scaler may touch them."""
        return ()

    def initial_state(self, n_columns: int = 1) -> np.ndarray:
        """Return the state (n_state, K) before the first step: zero."""
        return np.zeros((self.n_state, n_columns), dtype=self.dtype)

    def starts(self, items: Sequence[np.ndarray]) -> np.ndarray:
        """Return the states (n_state, K) before the first steps of sequences known as wholes."""
        return self.initial_state(len(items))

    @property
    def looks_ahead(self) -> bool:
        """Whether `starts` are of what comes: other ones for the beginning of a sequence."""
        return False

    def extremes(self) -> np.ndarray:
        """Return the starts (E, n_state) that synchronisation is measured from."""
        return np.stack([np.full(self.n_state, x, dtype=self.dtype) for x in (0.0, 1.0, -1.0)])

    def with_inputs(self) -> Rule:
        """Return the rule that shows its inputs too, below what it shows."""
        return Shown(self, (SEEN, INPUT))

    def last_seen(self, end: np.ndarray, items: Sequence[np.ndarray]) -> np.ndarray:
        """Return what is seen, (K, n_seen), at the end of sequences that end in these states."""
        stepper = self.stepper(end)
        stepper.input[...] = np.stack([item[-1] for item in items], axis=1)
        return np.array(stepper.seen.T)

    def linearised(self, state: np.ndarray, u: np.ndarray) -> Linearised:
        """Return the step from a state (n_state,) by an input (d,), and its derivative."""
        n_state = self.n_state
        wide = np.concatenate([state, u])

        def step(columns: np.ndarray) -> np.ndarray:
            stepper = self.stepper(columns[:n_state])
            stepper.input[...] = columns[n_state:]
            stepper.step()
            return np.concatenate([stepper.state, stepper.seen])

        pushed = by_differences(step, wide)
        after = step(wide[:, None])[:, 0]

        def push(dx: np.ndarray, du: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            changes = pushed(np.concatenate([dx, du]))
            return changes[:n_state], changes[n_state:]

        return Linearised(after[:n_state], after[n_state:], push)

    def advance(
        self, state: np.ndarray, block: np.ndarray, noise: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what is seen (n_seen, L, K) of inputs (L, d, K), and the end state."""
        stepper = self.stepper(state)
        out = np.empty((self.n_seen, len(block), state.shape[1]), dtype=self.dtype)
        stepper.walk(block, out, noise)
        return out, stepper.state


class Stepper(ABC):
    """A batch on its way, with every buffer of a step made once.

    Write ``input``, (d, K), call `step`, and read ``seen``, (n_seen, K), which is valid until the
    next input is written, and ``state``, (n_state, K), which may be made when it is asked for.
    """

    input: np.ndarray
    seen: np.ndarray
    state: np.ndarray

    @abstractmethod
    def step(self, noise: np.ndarray | None = None) -> None:
        """Advance by the input that stands in ``input``; noise (n_noise, K) is optional."""

    def walk(
        self,
        inputs: np.ndarray,
        out: np.ndarray | None,
        noise: np.ndarray | None = None,
        shift: np.ndarray | float = 0.0,
    ) -> None:
        """Advance by a block of inputs (L, d, K) with noise (L, n_noise, K).

        Writes what is seen, less the `shift` (n_seen, 1), into `out` (n_seen, L, K). A compiled
        step, or a map of whole blocks, overrides this.
        """

        def feed(t: int, output: Any, at: np.ndarray) -> bool:
            at[...] = inputs[t]
            return True

        if out is None:
            take: Callable[[int, np.ndarray], Any] = _nothing
        elif isinstance(shift, np.ndarray):

            def take(t: int, seen: np.ndarray) -> None:
                np.subtract(seen, shift, out=out[:, t])
        else:

            def take(t: int, seen: np.ndarray) -> None:
                out[:, t] = seen

        walk(self, len(inputs), feed, take, noise)

    def run_freely(
        self,
        outputs: np.ndarray,
        coef: np.ndarray,
        intercept: np.ndarray,
        exog: np.ndarray | None,
        increments: bool,
        clip: tuple[np.ndarray, np.ndarray] | None,
    ) -> bool:
        """Run the closed loop of A linear readouts in one call, where a stepper can; else False.

        `coef`, (A, d, n_seen), and `intercept`, (A, d), are of K / A columns in turn. It goes on
        from ``outputs[0]``, (d, K), and writes what follows; the rest is as for `closed_loop`.
        """
        return False


def walk(
    stepper: Stepper,
    n_steps: int,
    feed: Feed,
    take: Callable[[int, np.ndarray], Any],
    noise: np.ndarray | None = None,
) -> None:
    """Advance a batch step by step: the loop of training, of prediction and of free runs.

    Parameters
    ----------
    stepper : Stepper
    n_steps : int
    feed : callable ``(t, output, input) -> bool``
        Writes the input of step t, (d, K), given the output of the step before (None at the first);
        False ends the walk. Known rows, exogenous ones, gaps that are run through, a knowledge
        model, bounds: each is a feed.
    take : callable ``(t, seen) -> output``
        Gets what is seen after step t, and gives the output.
    noise : ndarray of shape (n_steps, n_noise, K), optional
    """
    output = None
    for t in range(n_steps):
        if not feed(t, output, stepper.input):
            return
        if noise is None:
            stepper.step()
        else:
            stepper.step(noise[t])
        output = take(t, stepper.seen)


def put(rows: np.ndarray, out: np.ndarray, part: slice, shift: np.ndarray | float) -> None:
    """Write rows (r, L, K) of what is seen, less their shift, into their `part` of a block."""
    off = shift[part, None] if isinstance(shift, np.ndarray) else shift
    np.subtract(rows, off, out=out[part], casting="same_kind")


def _nothing(t: int, seen: np.ndarray) -> None:
    """Take nothing: the end state is all that is asked for."""


#: ``(seen, input)``, (n_seen, K) and (d, K), to rows (r, K): a map of what the readout sees.
Map = Callable[[np.ndarray, np.ndarray], np.ndarray]


def SEEN(seen: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return what the rule shows itself."""
    return seen


def INPUT(seen: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the inputs."""
    return u


@dataclass(frozen=True)
class Around(Rule):
    """A rule around another one, as which it is in all that is not said otherwise.

    Parameters
    ----------
    rule : Rule
    """

    rule: Any

    @property
    def n_noise(self) -> int:  # type: ignore[override]
        """As the rule's."""
        return self.rule.n_noise

    @property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        """As the rule's."""
        return self.rule.dtype

    @property
    def forgets(self) -> bool:  # type: ignore[override]
        """As the rule."""
        return self.rule.forgets

    @property
    def time_rows(self) -> tuple[int, ...]:
        """As the rule's."""
        return self.rule.time_rows


@dataclass(frozen=True)
class Shown(Around):
    """A rule of which more is seen: maps of its units and inputs, and its earlier states.

    Parameters
    ----------
    rule : Rule
    maps : tuple of callables ``(seen, input) -> rows``
        Of columns, (n_seen, K) and (d, K), to (r, K); stacked in turn.
    delays : tuple of int
        Steps ≥ 1 back at which the rule's state is seen too, below the maps.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics import LeakyUpdate, Shown
    >>> rule = LeakyUpdate.of(np.zeros((1, 1)), np.ones((1, 1)), np.zeros(1), activation="identity")
    >>> shown = Shown(rule, (lambda x, u: x, lambda x, u: x**2), delays=(1,))
    >>> seen, _ = shown.advance(shown.initial_state(), np.array([[[2.0]], [[3.0]]]))
    >>> seen[:, :, 0]
    array([[2., 3.],
           [4., 9.],
           [0., 2.]])
    """

    maps: tuple[Map, ...]
    delays: tuple[int, ...] = ()

    @property
    def n_features(self) -> int:  # type: ignore[override]
        """Number of inputs."""
        return self.rule.n_features

    @property
    def n_state(self) -> int:  # type: ignore[override]
        """The rule's state, and as many states of the past as the longest delay is long."""
        return self.rule.n_state * (1 + self.memory)

    @property
    def memory(self) -> int:
        """Steps that the longest delay goes back."""
        return max(self.delays, default=0)

    @cached_property
    def n_mapped(self) -> int:
        """Rows of all maps."""
        blank = np.zeros((self.rule.n_seen, 1)), np.zeros((self.rule.n_features, 1))
        return sum(len(each(*blank)) for each in self.maps)

    @property
    def n_seen(self) -> int:  # type: ignore[override]
        """Rows of all maps, and of the delayed states."""
        return self.n_mapped + len(self.delays) * self.rule.n_state

    def starts(self, items: Sequence[np.ndarray]) -> np.ndarray:
        """Return the rule's starts, in the past too."""
        return np.tile(self.rule.starts(items), (1 + self.memory, 1))

    @property
    def looks_ahead(self) -> bool:
        """Whether the rule does."""
        return bool(self.rule.looks_ahead)

    def initial_state(self, n_columns: int = 1) -> np.ndarray:
        """Return the rule's initial state, in the past too."""
        return np.tile(self.rule.initial_state(n_columns), (1 + self.memory, 1))

    def extremes(self) -> np.ndarray:
        """Return the rule's extremes, in the past too."""
        return np.tile(self.rule.extremes(), (1, 1 + self.memory))

    def stepper(self, state: np.ndarray) -> Stepper:
        """Return a batch that starts at `state`, the newest part first."""
        return _ShownStepper(self, state)

    def linearised(self, state: np.ndarray, u: np.ndarray) -> Linearised:
        """Return the step and its derivative; maps of one's own by central differences."""
        n, rule = self.rule.n_state, self.rule
        inner = rule.linearised(state[:n], u)
        pairs = np.concatenate([inner.seen, u])
        n_seen, past = len(inner.seen), state[: n * self.memory]
        pushes = [
            None if each is SEEN or each is INPUT
            else by_differences(lambda x, each=each: each(x[:n_seen], x[n_seen:]), pairs)  # type: ignore[misc]
            for each in self.maps
        ]  # fmt: skip
        delayed = [slice((k - 1) * n, k * n) for k in self.delays]

        def push(dx: np.ndarray, du: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            dstate, dseen = inner.push(dx[:n], du)
            before = dx[: n * self.memory]
            rows = [
                each(dseen, du) if pushed is None else pushed(np.concatenate([dseen, du]))
                for each, pushed in zip(self.maps, pushes, strict=True)
            ]
            rows += [before[part] for part in delayed]
            return np.concatenate([dstate, before]), np.concatenate(rows)

        columns = inner.seen[:, None], u[:, None]
        seen = [each(*columns)[:, 0] for each in self.maps] + [past[part] for part in delayed]
        return Linearised(np.concatenate([inner.state, past]), np.concatenate(seen), push)


class _ShownStepper(Stepper):
    """A batch of which more is seen."""

    def __init__(self, shown: Shown, state: np.ndarray) -> None:
        n_state, n_columns = shown.rule.n_state, state.shape[1]
        self._shown, self._inner = shown, shown.rule.stepper(state[:n_state])
        self.input = self._inner.input
        past = state[n_state:].reshape(shown.memory, n_state, n_columns)
        self._past = past.astype(shown.dtype)  # (steps back, n_state, K)
        self._seen = np.empty((shown.n_seen, n_columns), dtype=shown.dtype)

    @property
    def state(self) -> np.ndarray:  # type: ignore[override]
        """The inner state, and those before it."""
        return np.concatenate([self._inner.state, *self._past])

    @property
    def seen(self) -> np.ndarray:  # type: ignore[override]
        """The maps, and the delayed states."""
        start = 0
        for each in self._shown.maps:
            rows = each(self._inner.seen, self.input)
            self._seen[start : start + len(rows)] = rows
            start += len(rows)
        for delay in self._shown.delays:
            rows = self._past[delay - 1]
            self._seen[start : start + len(rows)] = rows
            start += len(rows)
        return self._seen

    def walk(
        self,
        inputs: np.ndarray,
        out: np.ndarray | None,
        noise: np.ndarray | None = None,
        shift: np.ndarray | float = 0.0,
    ) -> None:
        """Advance by a block: where nothing of the past is seen, maps are of all its steps."""
        if out is None or len(self._past):
            super().walk(inputs, out, noise, shift)
            return
        n_steps, d, n_columns = inputs.shape
        n_seen, start = self._shown.rule.n_seen, 0
        seen = np.empty((n_seen, n_steps, n_columns), dtype=self._shown.rule.dtype)
        self._inner.walk(inputs, seen, noise)
        columns = np.ascontiguousarray(inputs.transpose(1, 0, 2)).reshape(d, -1)
        for each in self._shown.maps:
            rows = each(seen.reshape(n_seen, -1), columns).reshape(-1, n_steps, n_columns)
            part = slice(start, start + len(rows))
            put(rows, out, part, shift)
            start += len(rows)
        self.input[...] = inputs[-1]

    def step(self, noise: np.ndarray | None = None) -> None:
        """Advance the inner batch, and remember the state before."""
        if len(self._past):
            self._past[1:] = self._past[:-1]
            self._past[0] = self._inner.state
        self._inner.step(noise)


@dataclass(frozen=True)
class Whole(Rule):
    """What stands for a rule where there is none: a transformer of whole sequences to rows.

    Parameters
    ----------
    transformer : transformer
        Fitted; maps a list of (T_k, d) arrays to one of (T_k, n_seen) arrays.
    n_features, n_rows : int
        d, and the columns that it gives.
    dtype_ : dtype
    shows_inputs : bool, default=False
    """

    transformer: Any
    n_features: int
    n_rows: int
    dtype_: Any
    shows_inputs: bool = False
    forgets = False  # nothing that could be measured step by step

    @property
    def n_state(self) -> int:  # type: ignore[override]
        """There is none: every sequence starts afresh."""
        return 0

    @property
    def n_seen(self) -> int:  # type: ignore[override]
        """The columns of the rows, and the inputs where they are shown."""
        return self.n_rows + self.shows_inputs * self.n_features

    @property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        """Floating type of the rows."""
        return np.dtype(self.dtype_)

    def with_inputs(self) -> Whole:
        """Return the same with the inputs beside the rows."""
        return replace(self, shows_inputs=True)

    def stepper(self, state: np.ndarray) -> Stepper:
        """Refuse: rows of whole sequences do not come step by step."""
        raise TypeError(
            f"reservoir={self.transformer!r} reads whole sequences and has no step, so that it "
            "cannot run freely. Reservoir can."
        )

    def last_seen(self, end: np.ndarray, items: Sequence[np.ndarray]) -> np.ndarray:
        """Return the last row of every sequence."""
        return np.stack([rows[-1] for rows in self.rows(items)])

    def rows(self, items: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the rows (T_k, n_seen) of sequences."""
        rows = [np.asarray(x) for x in self.transformer.transform(list(items))]
        if self.shows_inputs:
            rows = [np.hstack(pair) for pair in zip(rows, items, strict=True)]
        return rows
