"""The residual update: a fixed linear map of the state, plus what the units make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .leaky import LeakyStepper, LeakyUpdate


@dataclass(frozen=True)
class ResidualUpdate(LeakyUpdate):
    r"""A linear branch beside the nonlinear one, for a batch of columns.

    .. math:: x_t = \alpha S x_{t-1} + \beta f(W x_{t-1} + W_{in} u_t + b + \nu_t)

    With S the identity and :math:`\alpha = 1 - \beta` it is the leaky update of leak rate
    :math:`\beta`.

    Parameters
    ----------
    matrix, n_units, n_features, leak_rate, activation, shows_inputs
        As for `LeakyUpdate`; the leak rate is not used.
    skip : csr_array or ndarray of shape (N, N), or None
        S; None is the identity.
    kept, gain : float
        :math:`\alpha` and :math:`\beta`.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics import LeakyUpdate, ResidualUpdate
    >>> leaky = LeakyUpdate.of(np.zeros((1, 1)), np.ones((1, 1)), np.zeros(1))
    >>> residual = ResidualUpdate.on(leaky, kept=0.5, gain=0.5)
    >>> states, end = residual.advance(np.zeros((1, 1)), np.full((2, 1, 1), 1.0))
    >>> states.ravel().round(3)
    array([0.381, 0.571])
    """

    skip: Any = None
    kept: float = 1.0
    gain: float = 1.0

    @classmethod
    def on(
        cls, update: LeakyUpdate, *, skip: Any = None, kept: float = 1.0, gain: float = 1.0
    ) -> ResidualUpdate:
        """Return the weights of a leaky update with a linear branch of its own."""
        skip = None if skip is None else skip.astype(update.dtype)
        return cls(
            update.matrix, update.n_units, update.n_features, 1.0, update.activation,
            update.shows_inputs, skip, kept, gain,
        )  # fmt: skip

    def extremes(self) -> np.ndarray:
        """Return the starts; states reach as far as what is kept adds up to."""
        largest = self.gain / (1.0 - self.kept) if self.kept < 1.0 else 1.0
        return super().extremes() * self.dtype.type(max(1.0, min(largest, 1e3)))

    def with_inputs(self) -> ResidualUpdate:
        """Return the rule that shows its inputs too."""
        return replace(self, shows_inputs=True)

    def stepper(self, state: np.ndarray) -> ResidualStepper:
        """Return a batch that starts at `state`, shape (N, K)."""
        return ResidualStepper(self, state)

    def _pushed(
        self, x: np.ndarray, u: np.ndarray, drive: np.ndarray, slope: np.ndarray
    ) -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
        def push(dx: np.ndarray, ddrive: np.ndarray, du: np.ndarray) -> np.ndarray:
            linear = dx if self.skip is None else self.skip @ dx
            return self.kept * linear + self.gain * (slope * ddrive)

        return push


class ResidualStepper(LeakyStepper):
    """A batch of residual units on its way."""

    update: ResidualUpdate

    def step(self, noise: np.ndarray | None = None) -> None:
        """Advance the state by the input that stands in ``input``; noise (N, K) is optional."""
        x, p, update = self.state, self._product, self.update
        self._multiply()
        if noise is not None:
            p += noise
        update.activation(p, out=p)
        p *= update.gain
        linear = x if update.skip is None else update.skip @ x
        np.multiply(linear, update.kept, out=x)
        x += p
