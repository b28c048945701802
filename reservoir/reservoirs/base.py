"""The contract of a reservoir, and all of one that is not its rule."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    clone,
)
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..dynamics import LeakyUpdate, Rule, StateNoise, StatesSink, Whole, run
from ..estimator import Estimator
from ..layouts import tell_layout
from ..seeds import rng_of
from ..sequences import Sequences, check_sequences
from ..timing import tell_left_out, time_features
from .saturation import tell_saturation

#: Streams that a reservoir draws from: recurrence, input, bias, noise, and one for the rule's own.
N_STREAMS = 5
#: What a network asks of a fitted reservoir beside ``fit`` and ``transform``, and of its rule.
ASKED, ASKED_OF_RULE = (
    ("update_", "initial_state", "training_noise"),
    (
        "n_features", "n_state", "n_seen", "n_noise", "dtype", "forgets", "stepper", "extremes",
        "initial_state", "with_inputs", "last_seen", "is_compiled", "time_rows", "starts",
        "looks_ahead",
    ),
)  # fmt: skip


class BaseReservoir(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Estimator):
    """A fixed dynamical system as a transformer of scikit-learn: inputs in, states out.

    The contract, for whoever adds a kind:

    1. Its parameters are those of its constructor, and `_parameter_constraints` says what they may
       be; `random_state` and `noise` are honoured where they are among them.
    2. ``make_rule(sequences, streams)`` gives its `reservoir.dynamics.Rule`. It is the only one
       that sees the data; what it draws comes from the `streams`, the fourth of which is the
       noise's.
       What is worth keeping it sets, with a trailing underscore, when nothing can fail any more.

    All else is here. Networks ask for ``prepare(sequences)``, which checks the parameters and
    draws, for ``update_``, the rule, ``initial_state(K)`` and ``training_noise()``.

    Attributes
    ----------
    update_ : Rule
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
    """

    _parameter_constraints: dict[str, list[Any]] = {}
    random_state: Any = None
    noise: float = 0.0

    @abstractmethod
    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> Rule:
        """Return the rule for validated sequences.

        Parameters
        ----------
        sequences : Sequences
        streams : list of numpy.random.Generator
            Independent of each other.

        Returns
        -------
        rule : Rule
        """

    @all_or_nothing
    def fit(self, X: Any, y: Any = None) -> Self:
        """Draw the weights for the width and floating type of `X`; nothing is learned.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        y : ignored, but for its index: it tells whether rows are in order, where `X` is an array

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError
            If a parameter is out of its range, or `X` is empty or not finite.
        """
        self._validate_params()
        sequences = check_sequences(self, X, reset=True)
        tell_left_out(self, X, y if sequences.form == "series" else None, stacklevel=4)
        tell_layout(sequences, "reservoir")
        self.prepare(sequences)
        tell_saturation(self.update_, sequences, stacklevel=4)
        return self

    def prepare(self, sequences: Sequences) -> Self:
        """Check the parameters and draw, for sequences that were validated already.

        Parameters
        ----------
        sequences : Sequences

        Returns
        -------
        self : estimator
        """
        self._validate_params()
        sequences.describe(self)
        seed = rng_of(self.random_state).randint(np.iinfo(np.int32).max)
        streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(N_STREAMS)]
        self._noise_seed = int(streams[3].integers(2**32))
        self.update_: Rule = self.make_rule(sequences, streams)
        return self

    def transform(self, X: Any) -> Any:
        """Return the states, each sequence from the zero state, in the form of `X`.

        The first states of every call are those of a cold start, a test fold's too: a readout that
        follows in a pipeline answers them as if the past were known, and is far off. `ESNRegressor`
        carries the state on, and leaves the washout of a fresh start out of its score.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays

        Returns
        -------
        states : ndarray of shape (T, N) or (K, T, N), or list of (T_k, N) arrays
        """
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        return sequences.restore(states_of(self, sequences.items))

    def initial_state(self, n_sequences: int = 1) -> np.ndarray:
        """Return the state of a batch before its first step, shape (n_state, K)."""
        check_is_fitted(self)
        return self.update_.initial_state(n_sequences)

    def advance(self, state: np.ndarray, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the states (N, L, K) of a block of inputs (L, d, K), and the end state (N, K)."""
        check_is_fitted(self)
        return self.update_.advance(state, block)

    def training_noise(self) -> StateNoise | None:
        """Return the noise that training adds to the states, None without."""
        if self.noise == 0.0:
            return None
        return StateNoise(self.noise, self._noise_seed, self.update_.n_noise)

    @property
    def _n_features_out(self) -> int:
        return self.update_.n_seen

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def prepared(part: Any, sequences: Sequences) -> Any:
    """Fit a reservoir, or any transformer of sequences, on sequences that were validated."""
    if isinstance(part, BaseReservoir):
        return part.prepare(sequences)
    return part.fit(sequences.restore(sequences.items))


def rule_of(reservoir: Any, sequences: Sequences) -> Any:
    """Return the rule of a fitted reservoir, or what stands for one where it has none.

    Raises
    ------
    TypeError
        If something of the contract is missing; the error names it.
    """
    if not hasattr(reservoir, "update_"):
        first = sequences.items[0]
        if hasattr(reservoir, "get_feature_names_out"):
            width = len(reservoir.get_feature_names_out())
        else:
            width = np.shape(reservoir.transform([first])[0])[1]
        return Whole(reservoir, first.shape[1], width, sequences.dtype)
    lacking = [name for name in ASKED if not hasattr(reservoir, name)]
    rule = reservoir.update_
    lacking += [f"update_.{name}" for name in ASKED_OF_RULE if not hasattr(rule, name)]
    if lacking:
        raise TypeError(
            f"reservoir={reservoir!r} lacks {', '.join(lacking)}: a reservoir of one's own is a "
            "reservoir.reservoirs.BaseReservoir and its rule a reservoir.dynamics.Rule."
        )
    return rule


def time_columns(reservoir: Any, sequences: Sequences) -> list[int]:
    """Return the features that an unfitted reservoir, or one within it, reads as time steps."""
    if not time_features(reservoir):
        return []
    return sorted(rule_of(prepared(clone(reservoir), sequences), sequences).time_rows)


def states_of(reservoir: Any, items: list[np.ndarray]) -> list[np.ndarray]:
    """Return the states (T_k, N) of validated sequences, each from its start."""
    if not isinstance(reservoir, BaseReservoir):
        return list(reservoir.transform(items))
    rule = reservoir.update_
    sink = StatesSink(map(len, items), rule.n_seen, rule.dtype)
    run(rule, items, rule.starts(items), sink)
    # units are looked at by the run; products of them, or of inputs, may overflow as well
    if not isinstance(rule, LeakyUpdate) and not all(np.isfinite(x).all() for x in sink.arrays):
        raise ValueError("what is seen of the reservoir overflows: X is too large. Scale the data.")
    return sink.arrays


def seeded(part: Any, default: Callable[[], Any] | None, rng: np.random.RandomState) -> Any:
    """Return a clone of `part`, or the default, whose unset random states are drawn from `rng`.

    What is within a part that has a random state of its own is left to that.
    """
    part = default() if part is None and default is not None else clone(part)
    params = part.get_params()
    unset = {
        name: int(rng.randint(np.iinfo(np.int32).max))
        for name, value in sorted(params.items())
        if (name == "random_state" or name.endswith("__random_state"))
        and value is None
        and not _is_seeded_above(name, params)
    }
    return part.set_params(**unset)


def _is_seeded_above(name: str, params: dict[str, Any]) -> bool:
    """Whether a part around the one that a random state belongs to has its own."""
    above = name.split("__")[:-1]
    return any(
        params.get("__".join([*above[:k], "random_state"])) is not None for k in range(len(above))
    )
