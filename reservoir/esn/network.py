"""The engine under the estimators: a reservoir, a readout, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils import check_array
from sklearn.utils.parallel import Parallel, delayed

from ..dynamics import Rule, run, synchronisation_time
from ..progress import TELLS, progress
from ..readouts import BaseReadout, Learned, Lesson, RidgeReadout, as_readout, bare
from ..reservoirs import Reservoir, prepared, rule_of, seeded
from ..ridge import sum_of
from ..seeds import rng_of
from ..sequences import Sequences, Targets, opening_of
from .streaming import OutputSink, seen_of, statistics_of

#: Rows that ``washout="auto"`` is measured on, at most.
MEASURED_ROWS = 10_000


@dataclass(frozen=True)
class Network:
    """A drawn reservoir and what a readout has learned of it: a value, and no estimator.

    It takes `Sequences` and `Targets`, which an estimator has validated. `absorb` gives a new one.

    Attributes
    ----------
    reservoir_ : reservoir
    rule : Rule
        What the readout sees of it.
    learned : Learned
    n_jobs : int or None
    form : str or None
        Of the sequences that it was last trained on; None before, and after a merge.
    targets : Targets or None
        Of that training, without their rows: what a prediction looks like.
    ends : ndarray of shape (n_state, K) or None
        The states after the last step of each of these sequences.
    pending : tuple of ndarray or None
        What was seen, and its targets, that are not known yet: (n, n_seen) and (n, m).
    """

    reservoir_: Any
    rule: Rule
    learned: Learned
    n_jobs: int | None = None
    form: str | None = None
    targets: Targets | None = None
    ends: np.ndarray | None = None
    pending: tuple[np.ndarray, np.ndarray] | None = None

    @classmethod
    def drawn(
        cls,
        reservoir: Any,
        readout: Any,
        sequences: Sequences,
        *,
        passthrough: bool = False,
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> Network:
        """Return a network that has learned nothing: the reservoir drawn, the washout measured.

        Parameters
        ----------
        reservoir : reservoir or None
        readout : readout, regressor, classifier or None
        sequences : Sequences
        passthrough : bool, default=False
            Whether the readout sees the inputs beside the states.
        random_state : int, RandomState, Generator or None, default=None
            Seeds the parts that have none of their own.
        n_jobs : int or None, default=None

        Returns
        -------
        network : Network
        """
        rng = rng_of(random_state)
        reservoir = prepared(seeded(reservoir, Reservoir, rng), sequences)
        readout = as_readout(seeded(readout, RidgeReadout, rng))
        if isinstance(readout, BaseReadout):
            readout._validate_params()
        rule = rule_of(reservoir, sequences)
        rule = rule.with_inputs() if passthrough else rule
        auto = readout.washout == "auto"
        washout = measured_washout(rule, sequences) if auto else int(readout.washout)
        learned = Learned(readout, washout)
        return cls(reservoir, rule, learned, n_jobs)

    @property
    def readout(self) -> Any:
        """The readout, behind the contract."""
        return self.learned.readout

    @property
    def readout_(self) -> Any:
        """The readout as it was given, solved."""
        return bare(self.readout)

    @property
    def washout_(self) -> int:
        """The washout that is used."""
        return self.learned.washout

    @property
    def n_steps_seen_(self) -> int:
        """Steps that it was trained on, washout included."""
        return self.learned.n_steps

    @property
    def end_state_(self) -> np.ndarray:
        """The state after the last step of each training sequence, (K, n_state)."""
        if self.ends is None:
            raise AttributeError("merged statistics leave no end_state_.")
        return self.ends.T

    # learning

    def absorb(
        self, sequences: Sequences, targets: Targets, sample_weight: Any = None, *,
        partial: bool = False,
    ) -> Network:  # fmt: skip
        """Return the network that has learned these sequences too.

        Parameters
        ----------
        sequences : Sequences
            One series goes on from where the last one ended; all else starts from zero.
        targets : Targets
        sample_weight : None, array-like or list
        partial : bool, default=False
            Whether further ones may follow.

        Returns
        -------
        network : Network
        """
        if self.targets is not None and self.targets.per_sequence != targets.per_sequence:
            raise ValueError(
                "y must hold one target per step in all calls of partial_fit, or one per sequence "
                "in all of them."
            )
        proceeds = self.goes_on(sequences.form)
        lesson = self.learned.lesson(
            sequences, targets, sample_weight, self.rule.n_seen, proceeds=proceeds, partial=partial
        )
        found, ends = self.collect(sequences, lesson, self.start(sequences))
        learned = self.learned.after(lesson, lesson.joined(found))
        return replace(
            self, learned=learned, form=sequences.form, targets=targets.described(), ends=ends,
            pending=None,
        )  # fmt: skip

    def collect(
        self, sequences: Sequences, lesson: Lesson, initial: np.ndarray
    ) -> tuple[Any, np.ndarray]:
        """Return the statistics of sequences, and their end states (n_state, K)."""
        n_sequences = len(sequences.items)
        n_jobs = min(effective_n_jobs(self.n_jobs), n_sequences) if self.n_jobs else 1
        bounds = np.linspace(0, n_sequences, n_jobs + 1).astype(int).tolist()
        shares = [slice(a, b) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
        jobs = (
            delayed(statistics_of)(
                self.rule, sequences.share(share), lesson.share(share), initial[:, share],
                noise=self.noise(share.start),
            )
            for share in shares
        )  # fmt: skip
        shared = Parallel(n_jobs=n_jobs, return_as="generator")(jobs)
        tell = int(TELLS.get() and n_jobs > 1)  # what other processes do is told by what is done
        found = list(progress(shared, "shares of sequences", tell, n_jobs))
        return sum_of([part for part, _ in found]), np.hstack([end for _, end in found])

    def noise(self, first_sequence: int = 0) -> Any:
        """Return the noise of the steps to come, None without."""
        noise = self.reservoir_.training_noise() if self.rule.n_noise else None
        if noise is None:
            return None
        proceeds = self.form == "series"
        return replace(
            noise,
            first_sequence=first_sequence + (0 if proceeds else self.learned.n_sequences),
            first_step=self.learned.n_steps if proceeds else 0,
        )

    def resolved(self, params: dict[str, Any]) -> Network:
        """Return the network with its readout solved anew, by other parameters."""
        return replace(self, learned=self.learned.resolved(params, squeeze=self.shape.squeeze))

    def untaught(self, washout: int | None = None) -> Network:
        """Return the network as it was drawn, with its readout's parameters; or another washout."""
        learned = Learned(self.readout, self.washout_ if washout is None else washout)
        return replace(self, learned=learned, form=None, targets=None, ends=None, pending=None)

    def merged(self, total: Any, targets: Targets, washout: int) -> Network:
        """Return the network solved from statistics that were made elsewhere."""
        readout = self.readout.solved(total, squeeze=targets.squeeze)
        learned = replace(
            self.learned, readout=readout, statistics=readout.statistics_, washout=washout
        )
        return replace(self, learned=learned, form="list", targets=targets)

    def after_sequences(self, n_sequences: int) -> Network:
        """Return the network as it is after so many sequences, to which noise belongs."""
        return replace(self, learned=replace(self.learned, n_sequences=n_sequences))

    def alpha_path(self, alphas: Any) -> list[Network]:
        """Return the network once for every alpha, from one decomposition."""
        return [
            replace(self, learned=replace(self.learned, readout=readout))
            for readout in self.readout.path(alphas)
        ]

    # answering

    @property
    def shape(self) -> Targets:
        """What targets were like at the last training."""
        assert self.targets is not None
        return self.targets

    def goes_on(self, form: str, initial_state: Any = "last") -> bool:
        """Whether a series is the continuation of the one that this network was trained on."""
        carries = self.ends is not None and self.rule.n_state > 0
        return carries and self.form == form == "series" and is_name(initial_state, "last")

    def is_cold(self, form: str, initial_state: Any) -> bool:
        """Whether sequences start from zero, their past not known."""
        last = is_name(initial_state, "last") and not self.goes_on(form)
        return last or is_name(initial_state, "zero")

    def start(self, sequences: Sequences, initial_state: Any = "last") -> np.ndarray:
        """Return the states (n_state, K) that sequences start from.

        Parameters
        ----------
        sequences : Sequences
        initial_state : {"last", "zero"} or array-like of shape (N,) or (K, N), default="last"

        Raises
        ------
        ValueError
            If `initial_state` is none of these.
        """
        if self.goes_on(sequences.form, initial_state):
            assert self.ends is not None
            return self.ends
        zero = self.rule.initial_state(len(sequences.items))
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

    def seen(
        self, sequences: Sequences, initial: np.ndarray, *, per_sequence: bool = False
    ) -> list[np.ndarray]:
        """Return what the readout sees, (T_k, n_seen), or the last row of it."""
        if not per_sequence:
            return seen_of(self.rule, sequences, initial)[0]
        end = run(self.rule, sequences.items, initial)
        return list(self.rule.last_seen(end, sequences.items)[:, None])

    def seen_and_end(
        self, sequences: Sequences, initial: np.ndarray
    ) -> tuple[list[np.ndarray], np.ndarray]:
        """Return what the readout sees of every step, and the states after the last ones."""
        return seen_of(self.rule, sequences, initial)

    def outputs(
        self, sequences: Sequences, initial: np.ndarray, *, per_sequence: bool = False
    ) -> list[np.ndarray]:
        """Return the outputs (T_k, m) of every step, or (1, m) of the final state."""
        if per_sequence:
            last = np.concatenate(self.seen(sequences, initial, per_sequence=True))
            return list(self.readout.outputs(last.T).T[:, None])
        sink = OutputSink(self.readout, self.rule, self.shape.n_outputs, sequences.lengths)
        run(self.rule, sequences.items, initial, sink)
        return sink.arrays

    def stds(self, sequences: Sequences, initial: np.ndarray) -> list[np.ndarray]:
        """Return the standard deviations of the outputs of `predict`."""
        seen = self.seen(sequences, initial, per_sequence=self.shape.per_sequence)
        return [self.readout.std(x.T).T for x in seen]

    def ran(self, items: list[np.ndarray], initial: np.ndarray) -> np.ndarray:
        """Return the states (n_state, K) after sequences."""
        return run(self.rule, items, initial)


def is_name(value: Any, name: str) -> bool:
    """Whether a parameter that may be an array is this string."""
    return isinstance(value, str) and value == name


def check_cold(cold: Any) -> None:
    """Raise where ``cold`` is none of its choices."""
    if cold not in ("keep", "nan"):
        raise ValueError(f"cold must be 'keep' or 'nan'; got {cold!r}.")


def measured_washout(rule: Rule, sequences: Sequences) -> int:
    """Return the steps after which trajectories coincide, a tenth of the rows at most.

    The first `MEASURED_ROWS` rows tell it: those of later calls change nothing.
    """
    items = opening_of(sequences, MEASURED_ROWS)
    most = min(map(len, items)) // 10
    measured = synchronisation_time(rule, items, most)
    return most if measured is None else measured
