"""Leaky units whose recurrence is a product of cosine transforms and signs, for huge reservoirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.fft import dct

from .leaky import LeakyStepper, LeakyUpdate


@dataclass(frozen=True)
class StructuredUpdate(LeakyUpdate):
    r"""The leaky update with a recurrence that is never written down, for a batch of columns.

    .. math:: W = \rho \, C D_L \cdots C D_1

    with diagonals D of signs and C the orthonormal cosine transform. W is orthogonal but for
    :math:`\rho`, its spectral radius and norm; a product costs O(N log N) and holds L N signs.

    Parameters
    ----------
    matrix : ndarray of shape (N, d + 1)
        ``[W_in | b]``.
    n_units, n_features, leak_rate, activation, shows_inputs
        As for `LeakyUpdate`.
    signs : ndarray of shape (L, N)
    radius : float

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics import StructuredUpdate
    >>> rule = StructuredUpdate(np.zeros((4, 2)), 4, 1, 1.0, np.tanh, signs=np.ones((1, 4)))
    >>> W = rule.recurrent(np.eye(4))
    >>> bool(np.allclose(W @ W.T, np.eye(4)))
    True
    """

    signs: Any = None
    radius: float = 1.0

    def recurrent(self, x: np.ndarray) -> np.ndarray:
        """Return W x of columns x, (N, K)."""
        for sign in self.signs:
            x = dct(sign[:, None] * x, axis=0, norm="ortho")
        return self.radius * x

    def driven(self, dx: np.ndarray, du: np.ndarray) -> np.ndarray:
        """Return what changes of state and input, (N, k) and (d, k), change of the drive."""
        return self.recurrent(dx) + self.matrix[:, :-1] @ du

    def stepper(self, state: np.ndarray) -> LeakyStepper:
        """Return a batch that starts at `state`, shape (N, K)."""
        return _StructuredStepper(self, state)


class _StructuredStepper(LeakyStepper):
    """A batch of units on its way."""

    update: StructuredUpdate

    def _multiplier(self) -> Callable[[], Any]:
        update, given, p = self.update, self.operand[self.update.n_units :], self._product

        def product() -> None:
            np.matmul(update.matrix, given, out=p)
            p[...] += update.recurrent(self.state)

        return product
