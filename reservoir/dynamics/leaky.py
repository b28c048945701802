"""The leaky update of an echo state network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..activations import in_place
from .rule import Rule, Stepper
from .tangent import Linearised, slope

try:  # the compiled kernels write into an array that stands; `A @ z` would make a new one
    from scipy.sparse._sparsetools import csr_matvec, csr_matvecs
except ImportError:  # pragma: no cover - private to SciPy, so they may move
    csr_matvec = csr_matvecs = None

#: Below this many units a dense product is no slower than a sparse one; well above, BLAS starts
#: threads for products that are too small for them.
DENSE_BELOW = 64
#: Share of entries that are not zero from which a dense product of a batch is the faster one.
DENSE_FROM = 0.25


@dataclass(frozen=True)
class LeakyUpdate(Rule):
    r"""The leaky update of an echo state network, for a batch of columns.

    .. math:: x_t = (1 - a) x_{t-1} + a f(W x_{t-1} + W_{in} u_t + b + \nu_t)

    Lukoševičius (2012), equations 2 and 3; the noise :math:`\nu` as in Jaeger (2001), section 3.

    Parameters
    ----------
    matrix : csr_array or ndarray of shape (N, N + d + 1)
        ``[W | W_in | b]``: input and bias are further columns, so that a step is one product.
    n_units, n_features : int
        N and d.
    leak_rate : float or ndarray of shape (N, 1)
    activation : callable ``(x, out=...)``
    shows_inputs : bool, default=False
        Whether the inputs are seen beside the units; they stand below them in memory.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics import LeakyUpdate
    >>> update = LeakyUpdate.of(np.zeros((1, 1)), np.ones((1, 1)), np.zeros(1), leak_rate=0.5)
    >>> states, end = update.advance(np.zeros((1, 1)), np.full((2, 1, 1), 1.0))
    >>> states.ravel().round(3)
    array([0.381, 0.571])
    """

    matrix: Any
    n_units: int
    n_features: int
    leak_rate: Any
    activation: Callable[..., Any]
    shows_inputs: bool = False

    @classmethod
    def of(
        cls,
        W: Any,
        W_in: np.ndarray,
        bias: np.ndarray,
        *,
        leak_rate: float | np.ndarray = 1.0,
        activation: str | Callable[..., Any] = "tanh",
        dtype: Any = np.float64,
    ) -> LeakyUpdate:
        """Join the recurrent, input and bias weights into one matrix of the wanted dtype."""
        drive = np.hstack([W_in, bias[:, None]])
        if sp.issparse(W) and W.shape[0] >= DENSE_BELOW and W.nnz < DENSE_FROM * W.shape[0] ** 2:
            matrix = sp.csr_array(sp.hstack([W, sp.csr_array(drive)])).astype(dtype)
        else:
            W = W.toarray() if sp.issparse(W) else W
            matrix = np.ascontiguousarray(np.hstack([W, drive]), dtype=dtype)
        leak = np.asarray(leak_rate, dtype=dtype)
        leak = leak[()] if leak.ndim == 0 else leak.reshape(-1, 1)
        return cls(matrix, W.shape[0], W_in.shape[1], leak, in_place(activation))

    @property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        """Floating type of the states."""
        return self.matrix.dtype

    @property
    def n_state(self) -> int:  # type: ignore[override]
        """The units are the state."""
        return self.n_units

    @property
    def n_noise(self) -> int:  # type: ignore[override]
        """Every unit gets its noise."""
        return self.n_units

    @property
    def n_seen(self) -> int:  # type: ignore[override]
        """The units, and the inputs where they are shown."""
        return self.n_units + self.shows_inputs * self.n_features

    def with_inputs(self) -> LeakyUpdate:
        """Return the rule that shows its inputs too: a longer view of the same memory."""
        return replace(self, shows_inputs=True)

    def stepper(self, state: np.ndarray) -> LeakyStepper:
        """Return a batch that starts at `state`, shape (N, K)."""
        return LeakyStepper(self, state)

    def recurrent(self, x: np.ndarray) -> np.ndarray:
        """Return W x of columns x, (N, K)."""
        return np.asarray(self.matrix[:, : self.n_units] @ x)

    def driven(self, dx: np.ndarray, du: np.ndarray) -> np.ndarray:
        """Return what changes of state and input, (N, k) and (d, k), change of the drive."""
        return np.asarray(self.matrix[:, :-1] @ np.concatenate([dx, du]))

    def linearised(self, state: np.ndarray, u: np.ndarray) -> Linearised:
        """Return the step from a state (N,) by an input (d,), and its derivative."""
        stepper = self.stepper(state[:, None])
        stepper.input[:, 0] = u
        drive = stepper.drive().copy()
        push = self._pushed(state[:, None], u, drive, slope(self.activation, drive))
        stepper.step()

        def shown(dx: np.ndarray, du: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            after = push(dx, self.driven(dx, du), du)
            return after, np.concatenate([after, du]) if self.shows_inputs else after

        return Linearised(stepper.state[:, 0].copy(), stepper.seen[:, 0].copy(), shown)

    def _pushed(
        self, x: np.ndarray, u: np.ndarray, drive: np.ndarray, slope: np.ndarray
    ) -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
        """Return the derivative of the next state by ``(dx, ddrive, du)``, at a drive."""
        leak = self.leak_rate
        return lambda dx, ddrive, du: (1.0 - leak) * dx + leak * (slope * ddrive)


class LeakyStepper(Stepper):
    """A batch of leaky units on its way.

    ``operand`` is ``z = [x; u; 1]``, shape (N + d + 1, K): ``state``, ``input`` and ``seen`` are
    views of it.
    """

    def __init__(self, update: LeakyUpdate, state: np.ndarray) -> None:
        n_units, n_columns = update.n_units, state.shape[1]
        self.update = update
        self.operand = np.ones((n_units + update.n_features + 1, n_columns), dtype=update.dtype)
        self.state = self.operand[:n_units]
        self.input = self.operand[n_units:-1]
        self.seen = self.operand[: update.n_seen]
        self.state[...] = state
        self._product = np.empty((n_units, n_columns), dtype=update.dtype)
        self._multiply = self._multiplier()
        self._no_leak = np.ndim(update.leak_rate) == 0 and update.leak_rate == 1.0

    def _multiplier(self) -> Callable[[], Any]:
        """Return the function that writes ``matrix @ operand`` into the product buffer."""
        A, z, p = self.update.matrix, self.operand, self._product
        if not sp.issparse(A):
            return lambda: np.matmul(A, z, out=p)
        if csr_matvecs is None:  # pragma: no cover

            def product() -> None:
                p[...] = A @ z

            return product
        flat_z, flat_p = z.ravel(), p.ravel()  # views: both are contiguous
        arrays = (A.indptr, A.indices, A.data, flat_z, flat_p)
        one = z.shape[1] == 1  # which has a kernel of its own, twice as fast
        product = partial(
            csr_matvec if one else csr_matvecs, *A.shape, *() if one else z.shape[1:], *arrays
        )

        def kernel() -> None:
            p.fill(0.0)
            product()

        return kernel

    def drive(self) -> np.ndarray:
        """Return what the units are driven by, (N, K), of state and input; valid until the next."""
        self._multiply()
        return self._product

    def step(self, noise: np.ndarray | None = None) -> None:
        """Advance the state by the input that stands in ``input``; noise (N, K) is optional."""
        x, p, leak = self.state, self._product, self.update.leak_rate
        self._multiply()
        if noise is not None:
            p += noise
        if self._no_leak:
            self.update.activation(p, out=x)
            return
        self.update.activation(p, out=p)
        p -= x
        p *= leak
        x += p
