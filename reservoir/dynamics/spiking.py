"""Leaky integrate-and-fire units, of whose spikes filtered traces are seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .leaky import LeakyUpdate
from .rule import Rule, Stepper
from .tangent import Linearised


@dataclass(frozen=True)
class SpikingUpdate(Rule):
    r"""A liquid state machine's units, for a batch of columns.

    .. math:: v_t = \lambda v_{t-1} (1 - s_{t-1}) + W s_{t-1} + W_{in} u_t + b, \qquad
        s_t = [v_t \ge 1], \qquad r_t = \gamma r_{t-1} + (1 - \gamma) s_t

    Maass, Natschläger & Markram (2002), Real-time computing without stable states, Neural
    Computation 14, in steps of time; r is what the readout sees.

    Parameters
    ----------
    weights : LeakyUpdate
        Whose matrix is ``[W | W_in | b]``.
    membrane, trace : float
        :math:`\lambda` and :math:`\gamma`.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics import LeakyUpdate, SpikingUpdate
    >>> weights = LeakyUpdate.of(np.zeros((1, 1)), np.ones((1, 1)), np.zeros(1))
    >>> unit = SpikingUpdate(weights, membrane=1.0, trace=0.0)
    >>> traces, _ = unit.advance(unit.initial_state(), np.full((6, 1, 1), 0.5))
    >>> traces.ravel()
    array([0., 1., 0., 1., 0., 1.])
    """

    weights: LeakyUpdate
    membrane: float = 0.9
    trace: float = 0.9

    @property
    def n_features(self) -> int:  # type: ignore[override]
        """Number of inputs."""
        return self.weights.n_features

    @property
    def n_state(self) -> int:  # type: ignore[override]
        """Traces, spikes and potentials."""
        return 3 * self.weights.n_units

    @property
    def n_seen(self) -> int:  # type: ignore[override]
        """The traces."""
        return self.weights.n_units

    @property
    def n_noise(self) -> int:  # type: ignore[override]
        """Every potential gets its noise."""
        return self.weights.n_units

    @property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        """Floating type of the traces."""
        return self.weights.dtype

    def extremes(self) -> np.ndarray:
        """Return the starts: silence, and all units just before or after their spikes."""
        zero, one = np.zeros(self.n_seen), np.ones(self.n_seen)
        rows = [(zero, zero, zero), (one, one, one), (one, zero, -one)]
        return np.array([np.concatenate(row) for row in rows], dtype=self.dtype)

    def stepper(self, state: np.ndarray) -> Stepper:
        """Return a batch that starts at `state`, (3 N, K)."""
        return _SpikingStepper(self, state)

    def linearised(self, state: np.ndarray, u: np.ndarray) -> Linearised:
        """Refuse: a spike is or is not."""
        raise TypeError(
            "spiking units have no derivative: a spike is or is not. Echo state units have one."
        )


class _SpikingStepper(Stepper):
    """A batch of spiking units: the product is that of their last spikes and the input."""

    def __init__(self, update: SpikingUpdate, state: np.ndarray) -> None:
        self._update = update
        trace, spikes, potential = np.split(state.astype(update.dtype), 3)
        self._product = update.weights.stepper(spikes)
        self.input, self._spikes = self._product.input, self._product.state
        self.seen, self._potential = trace.copy(), potential.copy()

    @property
    def state(self) -> np.ndarray:  # type: ignore[override]
        """Traces, spikes and potentials."""
        return np.concatenate([self.seen, self._spikes, self._potential])

    def step(self, noise: np.ndarray | None = None) -> None:
        """Advance by the input that stands in ``input``; noise (N, K) is optional."""
        v, s, update = self._potential, self._spikes, self._update
        drive = self._product.drive()
        v *= update.membrane * (1.0 - s)
        v += drive
        if noise is not None:
            v += noise
        np.greater_equal(v, 1.0, out=s, casting="unsafe")
        self.seen *= update.trace
        self.seen += (1.0 - update.trace) * s
