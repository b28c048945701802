"""One nonlinear node with a delayed feedback: its values along the delay are the units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from .rule import Rule, Stepper


@dataclass(frozen=True)
class SingleNodeUpdate(Rule):
    r"""A Mackey-Glass node and its delay line, for a batch of columns.

    .. math:: \dot x(s) = -x(s) + \eta \frac{a}{1 + |a|^p}, \qquad
        a = x(s - \tau) + W_{in} u_t + b

    A step is N units of time :math:`\theta`, through which the input is held; unit i is x at
    :math:`i \theta`, and the delay :math:`\tau = (N + k) \theta` is that of k units more.
    Between two units the drive is held too, so that the step is solved exactly:

    .. math:: x_{t, i} = e^{-\theta} x_{t, i - 1} + (1 - e^{-\theta}) \eta \frac{a_i}{1 + |a_i|^p},
        \qquad a_i = x_{t - 1, i - k} + \dots, \quad x_{t, 0} = x_{t - 1, N}

    Parameters
    ----------
    weights : ndarray of shape (N, d + 1)
        ``[W_in | b]``.
    separation : float
        :math:`\theta`, in units of the node's own time.
    gain, exponent : float
        :math:`\eta` and p.
    shift : int, default=0
        k, at most N.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics import SingleNodeUpdate
    >>> node = SingleNodeUpdate(np.array([[1.0, 0.0], [1.0, 0.0]]), separation=np.log(2), gain=1.0)
    >>> seen, _ = node.advance(node.initial_state(), np.ones((1, 1, 1)))
    >>> seen.ravel()  # half of the way to 1/2, and half of what is left
    array([0.25 , 0.375])
    """

    weights: np.ndarray
    separation: float = 0.2
    gain: float = 0.5
    exponent: float = 1.0
    shift: int = 0

    @property
    def n_features(self) -> int:  # type: ignore[override]
        """Number of inputs."""
        return self.weights.shape[1] - 1

    @property
    def n_state(self) -> int:  # type: ignore[override]
        """The units, and the last ones of the turn before."""
        return len(self.weights) + self.shift

    @property
    def n_seen(self) -> int:  # type: ignore[override]
        """The units."""
        return len(self.weights)

    @property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        """Floating type of the units."""
        return self.weights.dtype

    def stepper(self, state: np.ndarray) -> Stepper:
        """Return a batch that starts at `state`, (N + k, K)."""
        return _SingleNodeStepper(self, state)


class _SingleNodeStepper(Stepper):
    """A batch of nodes on its way."""

    def __init__(self, update: SingleNodeUpdate, state: np.ndarray) -> None:
        self._update = update
        self.state = state.astype(update.dtype)
        self.seen = self.state[: update.n_seen]
        self.input = np.zeros((update.n_features, state.shape[1]), dtype=update.dtype)
        kept = update.dtype.type(np.exp(-update.separation))
        self._taps = np.array([update.dtype.type(update.gain) * (1 - kept)]), np.array([1.0, -kept])
        self._kept = kept

    def step(self, noise: np.ndarray | None = None) -> None:
        """Advance by a turn of the delay, the input held."""
        update, x = self._update, self.seen
        n, k = update.n_seen, update.shift
        drive = update.weights[:, :-1] @ self.input + update.weights[:, -1:]
        drive[k:] += x[: n - k]
        drive[:k] += self.state[n:]
        drive /= 1 + np.abs(drive) ** update.exponent
        numerator, denominator = self._taps
        turn, _ = lfilter(numerator, denominator, drive, axis=0, zi=self._kept * x[-1:])
        self.state[n:] = x[n - k :]
        x[...] = turn
