"""`BlockReservoir`: units of several kinds side by side."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils._param_validation import Interval

from .. import topology as topologies
from ..dynamics import LeakyUpdate
from ..seeds import SEED
from ..sequences import Sequences
from .base import BaseReservoir

#: What every block has one of, and what it may be.
OF_BLOCKS = {
    "spectral_radius": (0.0, np.inf),
    "leak_rate": (np.nextafter(0.0, 1.0), 1.0),
    "input_scaling": (-np.inf, np.inf),
    "bias_scaling": (0.0, np.inf),
}


class BlockReservoir(BaseReservoir):
    r"""Leaky units of several kinds side by side: what one kind cannot follow another can.

    .. math:: x^{(k)}_t = (1 - a_k) x^{(k)}_{t-1}
        + a_k \tanh(W_k x^{(k)}_{t-1} + W_{in,k} u_t + b_k)

    Each block is a sparse random reservoir of its own; the readout sees all of them. By default a
    half remembers, nearly linear, and a half bends and is slow: weekly patterns, which slow units
    blur, and smooth curves, which fast units chase, are both followed. The default of
    `ESNForecaster`.

    Parameters
    ----------
    n_units : int, default=200
        Of all blocks together; they are of about one size.
    spectral_radius, leak_rate, input_scaling, bias_scaling : float or sequence of float
        As in `Reservoir`, one entry for each block, or a number for all of them; by default
        (0.9, 0.5), (1.0, 0.3), (0.1, 0.3) and (0.5, 1.0).
    connectivity : int, default=10
        Non-zero recurrent weights of every unit.
    noise : float, default=0.0
        Standard deviation of Gaussian noise inside the activation while an ESN is trained.
    random_state : int, RandomState, Generator or None, default=None

    Attributes
    ----------
    W_ : csr_array of shape (n_units, n_units)
        Block diagonal.
    W_in_ : ndarray of shape (n_units, n_features)
    bias_, leak_rate_ : ndarray of shape (n_units,)
    update_ : LeakyUpdate
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Jaeger, Lukoševičius, Popovici & Siewert (2007), Optimization and applications of echo state
    networks with leaky-integrator neurons, Neural Networks 20, for several paces; Xue, Yang &
    Haykin (2007), Decoupled echo state networks with lateral inhibition, for the blocks.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import BlockReservoir
    >>> reservoir = BlockReservoir(60, random_state=0).fit(np.zeros((5, 1)))
    >>> reservoir.leak_rate_[[0, 29, 30, 59]]
    array([1. , 1. , 0.3, 0.3])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "n_units": [Interval(Integral, 1, None, closed="left")],
        **{name: ["array-like", Real] for name in OF_BLOCKS},
        "connectivity": [Interval(Integral, 1, None, closed="left")],
        "noise": [Interval(Real, 0, None, closed="left")],
        "random_state": SEED,
    }

    def __init__(
        self,
        n_units: int = 200,
        *,
        spectral_radius: float | Sequence[float] = (0.9, 0.5),
        leak_rate: float | Sequence[float] = (1.0, 0.3),
        input_scaling: float | Sequence[float] = (0.1, 0.3),
        bias_scaling: float | Sequence[float] = (0.5, 1.0),
        connectivity: int = 10,
        noise: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.n_units = n_units
        self.spectral_radius = spectral_radius
        self.leak_rate = leak_rate
        self.input_scaling = input_scaling
        self.bias_scaling = bias_scaling
        self.connectivity = connectivity
        self.noise = noise
        self.random_state = random_state

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> LeakyUpdate:
        """Draw the blocks, each matrix from a stream of its own."""
        columns = {name: self._of_blocks(name) for name in OF_BLOCKS}
        sizes = self._sizes({name: values.size for name, values in columns.items() if values.ndim})
        columns = {name: np.broadcast_to(values, len(sizes)) for name, values in columns.items()}
        W = [
            topologies.scale_to_radius(self._recurrent(size, streams[0]), radius)
            for size, radius in zip(sizes, columns["spectral_radius"], strict=True)
        ]
        scaling, bias, leak = (
            np.repeat(columns[name], sizes)
            for name in ("input_scaling", "bias_scaling", "leak_rate")
        )
        self.W_ = sp.csr_array(sp.block_diag(W))
        inputs = topologies.INPUT["uniform"](sum(sizes), self.n_features_in_, streams[1])
        self.W_in_, self.leak_rate_ = scaling[:, None] * inputs, leak
        self.bias_ = bias * streams[2].uniform(-1.0, 1.0, size=len(bias))
        return LeakyUpdate.of(
            self.W_, self.W_in_, self.bias_, leak_rate=leak, dtype=sequences.dtype
        )

    def _recurrent(self, size: int, rng: np.random.Generator) -> Any:
        connectivity = min(int(self.connectivity), size)
        return topologies.RECURRENT["sparse"](size, rng, connectivity=connectivity)

    def _sizes(self, lengths: dict[str, int]) -> list[int]:
        """Return the units of every block."""
        n_blocks = max(lengths.values(), default=1)
        if min(lengths.values(), default=1) < n_blocks or self.n_units < n_blocks:
            raise ValueError(
                f"{', '.join(lengths)} must have one entry for each block, and n_units="
                f"{self.n_units} one unit; got {list(lengths.values())} entries. A number stands "
                "for all blocks."
            )
        return [len(part) for part in np.array_split(np.arange(self.n_units), n_blocks)]

    def _of_blocks(self, name: str) -> np.ndarray:
        low, high = OF_BLOCKS[name]
        values = np.asarray(getattr(self, name), dtype=float)
        if values.ndim > 1 or not (np.isfinite(values) & (values >= low) & (values <= high)).all():
            raise ValueError(
                f"{name} must be numbers in [{low:.3g}, {high:.3g}], one a block; got "
                f"{getattr(self, name)!r}."
            )
        return values
