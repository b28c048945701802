"""`ExpandedReservoir`: more of a reservoir is seen than its units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils._param_validation import HasMethods

from ..dynamics import Shown
from ..dynamics.rule import INPUT, SEEN, Map
from ..seeds import SEED, rng_of
from ..sequences import Sequences
from .base import BaseReservoir, prepared, rule_of, seeded
from .leaky import Reservoir


def _squares(seen: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the square of every unit."""
    return np.square(seen)


def _input_squares(seen: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the square of every input."""
    return np.square(u)


def _alternate(seen: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the units, every second one squared: Lu et al. (2017), equation 7."""
    rows = seen.copy()
    rows[1::2] **= 2
    return rows


def _products(seen: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the product of every unit with the one before it."""
    return seen[1:] * seen[:-1]


@dataclass(frozen=True)
class PowersOf:
    """What is seen times the powers of one feature: a map for `ExpandedReservoir`.

    Of the time to the next sample, say: the readout then is a polynomial of it for every unit.

    Parameters
    ----------
    feature : int, default=-1
        Its number among the inputs.
    degree : int, default=2

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.reservoirs import PowersOf
    >>> PowersOf(degree=2)(np.array([[3.0]]), np.array([[0.5]])).ravel()
    array([3.  , 1.5 , 0.75])
    """

    feature: int = -1
    degree: int = 2

    def __call__(self, seen: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Return the rows (N (1 + degree), K)."""
        return np.concatenate([seen * u[self.feature] ** k for k in range(self.degree + 1)])


#: Name -> map of what is shown and of the inputs, (N, K) and (d, K), to rows (r, K).
MAPS: dict[str, Map] = {
    "state": SEEN,
    "input": INPUT,
    "square": _squares,
    "alternate": _alternate,
    "product": _products,
    "input_square": _input_squares,
}


class ExpandedReservoir(BaseReservoir):
    """Shows squares, products, inputs and earlier states of a reservoir beside its units.

    The readout then is a polynomial of what the reservoir holds, and stays a closed form. It
    streams, is cut into chunks and runs freely as the reservoir within does.

    Parameters
    ----------
    reservoir : reservoir, default=None
        ``Reservoir()`` where None.
    maps : sequence of str or callable, default=("state", "square")
        What is seen of every step, stacked in turn: "state", "input", "square" of the units,
        "alternate" (units, every second one squared), "product" of neighbouring units,
        "input_square"; a callable maps (units (N, K), inputs (d, K)) to rows (r, K).
    delays : sequence of int, default=()
        Steps ≥ 1 back at which the state is seen too.
    random_state : int, RandomState, Generator or None, default=None
        Seeds a reservoir that has no ``random_state`` of its own.

    Attributes
    ----------
    reservoir_ : reservoir
    update_ : Shown
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Pathak, Hunt, Girvan, Lu & Ott (2018), Model-free prediction of large spatiotemporally chaotic
    systems from data, Physical Review Letters 120, for the squares; Marquez, Suarez-Vargas &
    Shastri (2019), Takens-inspired neuromorphic processor, Physical Review Research 1, for earlier
    states.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ExpandedReservoir, Reservoir
    >>> u = np.sin(np.arange(200) / 5).reshape(-1, 1)
    >>> ExpandedReservoir(Reservoir(50), maps=("state", "square", "input")).fit_transform(u).shape
    (200, 101)
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "reservoir": [HasMethods(["fit", "transform", "initial_state"]), None],
        "maps": [list, tuple],
        "delays": [list, tuple],
        "random_state": SEED,
    }

    def __init__(
        self,
        reservoir: Any = None,
        *,
        maps: Sequence[Any] = ("state", "square"),
        delays: Sequence[int] = (),
        random_state: Any = None,
    ) -> None:
        self.reservoir = reservoir
        self.maps = maps
        self.delays = delays
        self.random_state = random_state

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> Shown:
        """Draw the reservoir within, and show more of it."""
        unknown = [m for m in self.maps if not callable(m) and m not in MAPS]
        if unknown or not self.maps:
            raise ValueError(
                f"maps must be one or more of {sorted(MAPS)} or callables; got {self.maps!r}."
            )
        if not all(isinstance(k, Integral) and k >= 1 for k in self.delays):
            raise ValueError(f"delays must be integers ≥ 1; got {self.delays!r}.")
        rng = rng_of(int(streams[0].integers(2**31)))
        inner = prepared(seeded(self.reservoir, Reservoir, rng), sequences)
        maps = tuple(MAPS[m] if isinstance(m, str) else m for m in self.maps)
        rule = Shown(rule_of(inner, sequences), maps, tuple(int(k) for k in self.delays))
        self.reservoir_ = inner
        return rule

    def training_noise(self) -> Any:
        """Return the noise of the reservoir within."""
        return self.reservoir_.training_noise()
