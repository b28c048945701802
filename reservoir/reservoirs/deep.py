"""`DeepReservoir` and `ParallelReservoirs`: reservoirs made of reservoirs, to any depth."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils._param_validation import StrOptions

from ..dynamics import Chain, Rule, StateNoise, beside
from ..seeds import SEED, rng_of
from ..sequences import Sequences, opening_of
from .base import BaseReservoir, prepared, rule_of, seeded, states_of
from .features import feature_numbers
from .leaky import Reservoir

#: Rows of the first layer's states that deeper layers are drawn for: no more are ever held.
OPENING_ROWS = 1000


class _OfReservoirs(BaseReservoir):
    """What has a list of reservoirs: named as in a pipeline, so that grids reach into each."""

    reservoirs: Any
    random_state: Any

    _parameter_constraints: dict[str, list[Any]] = {
        "reservoirs": [list, tuple],
        "random_state": SEED,
    }

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; those of the k-th reservoir are ``reservoirs__k__name``."""
        params = super().get_params(deep=False)
        if deep and isinstance(self.reservoirs, (list, tuple)):
            for k, each in enumerate(self.reservoirs):
                params[f"reservoirs__{k}"] = each
                if hasattr(each, "get_params"):
                    inner = each.get_params().items()
                    params |= {f"reservoirs__{k}__{name}": value for name, value in inner}
        return params

    def set_params(self, **params: Any) -> Any:
        """Set parameters, ``reservoirs__0__leak_rate`` of the first reservoir, say."""
        own = {name: value for name, value in params.items() if "__" not in name}
        super().set_params(**own)
        for name, value in params.items():
            if name in own:
                continue
            head, _, rest = name.partition("__")
            number, _, inner = rest.partition("__")
            inside = (
                head == "reservoirs" and number.isdigit() and int(number) < len(self.reservoirs)
            )
            if not inside:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self!r}. Valid parameters are: "
                    f"{sorted(self.get_params())}."
                )
            if inner:
                self.reservoirs[int(number)].set_params(**{inner: value})
            else:
                kept = list(self.reservoirs)
                kept[int(number)] = value
                self.reservoirs = type(self.reservoirs)(kept)
        return self

    def _draw(self, k: int, sequences: Sequences, rng: np.random.RandomState) -> tuple[Any, Any]:
        """Return the k-th reservoir, fitted, and its rule."""
        fitted = prepared(seeded(self.reservoirs[k], Reservoir, rng), sequences)
        return fitted, rule_of(fitted, sequences)

    def _check(self) -> None:
        if not self.reservoirs or not all(isinstance(r, BaseReservoir) for r in self.reservoirs):
            raise ValueError(
                "reservoirs must be one reservoir or more, as [Reservoir(100), Reservoir(50)]; "
                f"got {self.reservoirs!r}."
            )
        if len({id(each) for each in self.reservoirs}) < len(self.reservoirs):
            raise ValueError(
                "reservoirs must be different objects, of which each has its parameters; the same "
                "one is there twice."
            )

    def training_noise(self) -> StateNoise | None:
        """Return the noise of all reservoirs within, None where none has any."""
        parts = [(each.update_.n_noise, each.training_noise()) for each in self.reservoirs_]
        if all(noise is None for _, noise in parts):
            return None
        scale = np.concatenate([np.full(n, noise.scale if noise else 0.0) for n, noise in parts])
        return StateNoise(scale, self._noise_seed, len(scale))


class DeepReservoir(_OfReservoirs):
    r"""Reservoirs one after the other, each fed the states of the one before, of the same step.

    .. math:: x^{(k)}_t = F_k(x^{(k)}_{t-1}, x^{(k-1)}_t), \qquad x^{(0)}_t = u_t

    The readout sees the states of all, or of the last. A deeper layer remembers longer, and the
    slower one with it; its input are some hundred states of size one, so that its ``input_scaling``
    is smaller. Layers below the first are drawn for the states of a thousand rows, of which alone a
    `PlasticReservoir` there learns.

    Parameters
    ----------
    reservoirs : list of reservoirs
        Of any kind, compositions too. In a grid, ``reservoirs__0__leak_rate`` is the first one's.
    inputs_to_all : bool, default=False
        Whether every layer is fed the inputs too, below the states of the one before.
    states : {"all", "last"}, default="all"
        Whose states the readout sees: those of all, or of the last one alone.
    random_state : int, RandomState, Generator or None, default=None
        Seeds the reservoirs that have no ``random_state`` of their own.

    Attributes
    ----------
    reservoirs_ : list of reservoirs
        As they were drawn.
    update_ : Chain
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Gallicchio, Micheli & Pedrelli (2017), Deep reservoir computing: a critical experimental
    analysis, Neurocomputing 268, equations 2 and 3.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import DeepReservoir, Reservoir
    >>> u = np.sin(np.arange(200) / 5).reshape(-1, 1)
    >>> deep = DeepReservoir([Reservoir(50), Reservoir(30, input_scaling=0.05)], random_state=0)
    >>> deep.fit_transform(u).shape
    (200, 80)
    """

    _parameter_constraints = _OfReservoirs._parameter_constraints | {
        "inputs_to_all": ["boolean"],
        "states": [StrOptions({"all", "last"})],
    }

    def __init__(
        self, reservoirs: Any, *, inputs_to_all: bool = False, states: str = "all",
        random_state: Any = None,
    ) -> None:  # fmt: skip
        self.reservoirs = reservoirs
        self.inputs_to_all = inputs_to_all
        self.states = states
        self.random_state = random_state

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> Chain:
        """Draw the reservoirs in turn, each for what the one before shows."""
        self._check()
        rng = rng_of(int(streams[0].integers(2**31)))
        fitted: list[Any] = []
        rules: list[Rule] = []
        layer, opening = sequences, opening_of(sequences, OPENING_ROWS)
        for k in range(len(self.reservoirs)):
            if k > 0:
                items = states_of(fitted[-1], opening if k == 1 else layer.items)
                if self.inputs_to_all:
                    items = [np.hstack(pair) for pair in zip(items, opening, strict=True)]
                layer = Sequences(sequences.form, items)
            one, rule = self._draw(k, layer, rng)
            fitted.append(one)
            rules.append(rule)
        self.reservoirs_ = fitted
        return Chain(
            tuple(rules), self.n_features_in_, bool(self.inputs_to_all), self.states == "last"
        )


class ParallelReservoirs(_OfReservoirs):
    r"""Reservoirs side by side, each fed all features or its own; the readout sees all states.

    Leaky reservoirs of one activation become one reservoir with a block for each, so that many cost
    no more than one.

    Parameters
    ----------
    reservoirs : list of reservoirs
        Of any kind, compositions too. In a grid, ``reservoirs__0__leak_rate`` is the first one's.
    features : list, default=None
        For each reservoir the features that it is fed: a list of their numbers, or of their names
        where it is fitted on a frame; None feeds it all.
    random_state : int, RandomState, Generator or None, default=None
        Seeds the reservoirs that have no ``random_state`` of their own.

    Attributes
    ----------
    reservoirs_ : list of reservoirs
        As they were drawn.
    update_ : LeakyUpdate or Beside
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Pathak, Hunt, Girvan, Lu & Ott (2018), Model-free prediction of large spatiotemporally chaotic
    systems from data, Physical Review Letters 120, for a reservoir for each group of features.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ParallelReservoirs, Reservoir
    >>> u = np.random.default_rng(0).uniform(-1, 1, (100, 2))
    >>> pair = ParallelReservoirs([Reservoir(50), Reservoir(30)], features=[[0], [0, 1]])
    >>> pair.fit_transform(u).shape
    (100, 80)
    """

    _parameter_constraints = _OfReservoirs._parameter_constraints | {
        "features": [list, tuple, None]
    }

    def __init__(self, reservoirs: Any, *, features: Any = None, random_state: Any = None) -> None:
        self.reservoirs = reservoirs
        self.features = features
        self.random_state = random_state

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> Rule:
        """Draw the reservoirs, each for its features."""
        self._check()
        columns = self._columns(sequences)
        rng = rng_of(int(streams[0].integers(2**31)))
        fitted, rules = [], []
        for k, own in enumerate(columns):
            names = None if sequences.names is None else sequences.names[own]
            share = Sequences(sequences.form, [item[:, own] for item in sequences.items], names)
            one, rule = self._draw(k, share, rng)
            fitted.append(one)
            rules.append(rule)
        self.reservoirs_ = fitted
        return beside(rules, self.n_features_in_, columns)

    def _columns(self, sequences: Sequences) -> list[np.ndarray]:
        """Return the numbers of each reservoir's features."""
        n_features = self.n_features_in_
        wanted = [None] * len(self.reservoirs) if self.features is None else list(self.features)
        if len(wanted) != len(self.reservoirs):
            raise ValueError(
                f"features must have one entry for each of the {len(self.reservoirs)} reservoirs; "
                f"got {len(wanted)}."
            )
        return [
            np.arange(n_features) if own is None else feature_numbers(own, sequences)
            for own in wanted
        ]
