"""Updates over a time step that each row has of its own: an exact leak, liquid time constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from .leaky import LeakyStepper, LeakyUpdate
from .tangent import Linearised, slope


@dataclass(frozen=True)
class TimedUpdate(LeakyUpdate):
    r"""Leaky units whose leak is that of the time since the row before.

    .. math:: x_t = e^{-\Delta_t / \tau} x_{t-1}
        + (1 - e^{-\Delta_t / \tau}) f(W x_{t-1} + W_{in} u_t + b + \nu_t)

    What :math:`\tau \dot{x} = -x + f(\cdot)` comes to where f is held over the step.

    Parameters
    ----------
    matrix, n_units, n_features, leak_rate, activation, shows_inputs
        As for `LeakyUpdate`; the leak rate is not used.
    time_constant : ndarray of shape (N, 1)
        In the units of the steps.
    step_row : int or None
        The row of the inputs that holds the steps, whose weights are zero; None: each is 1.
    """

    time_constant: Any = 1.0
    step_row: int | None = None

    @classmethod
    def on(cls, update: LeakyUpdate, **own: Any) -> Any:
        """Return the weights of a leaky update with an update of this kind."""
        kept = {field.name: getattr(update, field.name) for field in fields(LeakyUpdate)}
        return cls(**kept, **own)

    @property
    def time_rows(self) -> tuple[int, ...]:
        """The row of the steps."""
        return () if self.step_row is None else (self.step_row,)

    def with_inputs(self) -> Any:
        """Return the rule that shows its inputs too."""
        return replace(self, shows_inputs=True)

    def stepper(self, state: np.ndarray) -> TimedStepper:
        """Return a batch that starts at `state`, shape (N, K)."""
        return TimedStepper(self, state)

    def _duration(self, u: np.ndarray) -> float:
        """Return the time step of an input (d,)."""
        return 1.0 if self.step_row is None else float(u[self.step_row])

    def _stretched(self, du: np.ndarray) -> Any:
        """Return the small change of the time step, (1, k) or none, of changes of the input."""
        return 0.0 if self.step_row is None else du[[self.step_row]]

    def _pushed(
        self, x: np.ndarray, u: np.ndarray, drive: np.ndarray, slope: np.ndarray
    ) -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
        kept = np.exp(-self._duration(u) / self.time_constant)
        drawn = self.activation(drive.copy(), out=np.empty_like(drive))
        by_time = kept / self.time_constant * (drawn - x)

        def push(dx: np.ndarray, ddrive: np.ndarray, du: np.ndarray) -> np.ndarray:
            return kept * dx + (1.0 - kept) * (slope * ddrive) + by_time * self._stretched(du)

        return push


class TimedStepper(LeakyStepper):
    """A batch of leaky units, each column with its own time step."""

    update: TimedUpdate

    @property
    def time_step(self) -> Any:
        """The time since the step before, of each column."""
        return 1.0 if self.update.step_row is None else self.input[self.update.step_row]

    def step(self, noise: np.ndarray | None = None) -> None:
        """Advance the state by the input that stands in ``input``; noise (N, K) is optional."""
        x, p, update = self.state, self._product, self.update
        self._multiply()
        if noise is not None:
            p += noise
        update.activation(p, out=p)
        p -= x
        p *= -np.expm1(-self.time_step / update.time_constant)
        x += p


@dataclass(frozen=True)
class LiquidUpdate(TimedUpdate):
    r"""Liquid time-constant units, by the fused semi-implicit step.

    .. math:: \dot{x} = -(1 / \tau + f) x + f A, \qquad
        f = \frac{\kappa}{\tau} f(W x + W_{in} u + b), \qquad
        x \leftarrow \frac{x + \delta f A}{1 + \delta (1 / \tau + f)}

    The input does not only drive a unit, it sets how fast the unit follows: its time constant is
    :math:`\tau / (1 + \tau f)`. Hasani, Lechner, Amini, Rus & Grosu (2021), Liquid time-constant
    networks, equations 1 to 3, with f in units of the time constant; :math:`\delta` is the time
    step in `n_substeps` parts.

    Parameters
    ----------
    matrix, n_units, n_features, leak_rate, activation, shows_inputs, time_constant, step_row
        As for `TimedUpdate`; f must not be negative.
    target : ndarray of shape (N, 1)
        A, what a unit is drawn to.
    gain : float
        :math:`\kappa`.
    n_substeps : int
    """

    target: Any = 1.0
    gain: float = 1.0
    n_substeps: int = 1

    def stepper(self, state: np.ndarray) -> LiquidStepper:
        """Return a batch that starts at `state`, shape (N, K)."""
        return LiquidStepper(self, state)

    def linearised(self, state: np.ndarray, u: np.ndarray) -> Linearised:
        """Return the step from a state (N,) by an input (d,), and its derivative."""
        share = self._duration(u) / self.n_substeps / self.time_constant
        stepper = self.stepper(state[:, None])
        stepper.input[:, 0] = u
        parts = []
        for _ in range(self.n_substeps):
            drive = stepper.drive().copy()
            drawn = self.activation(drive.copy(), out=np.empty_like(drive))
            pull = share * self.gain * drawn
            below = 1.0 + share + pull
            stepper.state[...] = (stepper.state + pull * self.target) / below
            parts.append((stepper.state.copy(), slope(self.activation, drive), drawn, below))

        def push(dx: np.ndarray, du: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            dshare = self._stretched(du) / (self.n_substeps * self.time_constant)
            for after, rises, drawn, below in parts:
                ddrive = self.driven(dx, du)
                dpull = self.gain * (share * rises * ddrive + drawn * dshare)
                dx = (dx + dpull * self.target - after * (dshare + dpull)) / below
            return dx, np.concatenate([dx, du]) if self.shows_inputs else dx

        return Linearised(stepper.state[:, 0].copy(), stepper.seen[:, 0].copy(), push)


class LiquidStepper(TimedStepper):
    """A batch of liquid units."""

    update: LiquidUpdate

    def step(self, noise: np.ndarray | None = None) -> None:
        """Advance the state by the input that stands in ``input``; noise (N, K) is optional."""
        x, p, update = self.state, self._product, self.update
        delta = self.time_step / update.n_substeps
        for _ in range(update.n_substeps):
            self._multiply()
            if noise is not None:
                p += noise
            update.activation(p, out=p)
            share = delta / update.time_constant
            p *= share * update.gain  # delta f
            x += p * update.target
            p += 1.0 + share
            x /= p
