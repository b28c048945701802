"""The delay line: what is seen are inputs of earlier steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from .rule import Rule, Stepper, put
from .tangent import Linearised


@dataclass(frozen=True)
class DelayUpdate(Rule):
    """The inputs at some lags, newest first; zeros before the first.

    Parameters
    ----------
    n_features : int
    lags : tuple of int
        Rising, from 0 on.
    dtype_ : dtype

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics.delays import DelayUpdate
    >>> line = DelayUpdate(1, (0, 2))
    >>> seen, _ = line.advance(line.initial_state(), np.arange(1.0, 5.0).reshape(4, 1, 1))
    >>> seen[:, :, 0]
    array([[1., 2., 3., 4.],
           [0., 0., 1., 2.]])
    """

    n_features: int
    lags: tuple[int, ...]
    dtype_: np.dtype = np.dtype(float)

    @property
    def n_state(self) -> int:  # type: ignore[override]
        """All inputs since the longest lag."""
        return self.n_features * (1 + self.lags[-1])

    @property
    def n_seen(self) -> int:  # type: ignore[override]
        """The inputs at the lags."""
        return self.n_features * len(self.lags)

    @property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        """Floating type of the inputs."""
        return self.dtype_

    def stepper(self, state: np.ndarray) -> DelayStepper:
        """Return a batch that starts at `state`, (n_state, K), the newest input on top."""
        return DelayStepper(self, state)

    def linearised(self, state: np.ndarray, u: np.ndarray) -> Linearised:
        """Return the step from a state (n_state,) by an input (d,), and its derivative."""
        d = self.n_features

        def shifted(past: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            after = np.concatenate([new, past[:-d]])
            return after, np.concatenate([after[lag * d : (lag + 1) * d] for lag in self.lags])

        return Linearised(*shifted(state, u), shifted)  # it is linear


class DelayStepper(Stepper):
    """A batch of delay lines on its way."""

    def __init__(self, update: DelayUpdate, state: np.ndarray) -> None:
        d, n_columns = update.n_features, state.shape[1]
        self._update = update
        self._past = state.reshape(-1, d, n_columns).astype(update.dtype)  # (steps back, d, K)
        self.input = np.zeros((d, n_columns), dtype=update.dtype)

    @property
    def state(self) -> np.ndarray:  # type: ignore[override]
        """The inputs so far, the newest on top."""
        return self._past.reshape(self._update.n_state, -1)

    @property
    def seen(self) -> np.ndarray:  # type: ignore[override]
        """The inputs at the lags."""
        return self._past[list(self._update.lags)].reshape(self._update.n_seen, -1)

    def step(self, noise: np.ndarray | None = None) -> None:
        """Take the input in."""
        self._past[1:] = self._past[:-1]
        self._past[0] = self.input

    def walk(
        self,
        inputs: np.ndarray,
        out: np.ndarray | None,
        noise: np.ndarray | None = None,
        shift: np.ndarray | float = 0.0,
    ) -> None:
        """Take a block of inputs (L, d, K) in at once."""
        n_past, (n_steps, d, _) = len(self._past), inputs.shape
        whole = np.concatenate([self._past[::-1], inputs])
        if out is not None:
            for k, lag in enumerate(self._update.lags):
                rows = whole[n_past - lag : n_past - lag + n_steps].transpose(1, 0, 2)
                put(rows, out, slice(k * d, (k + 1) * d), shift)
        self._past[...] = whole[: -n_past - 1 : -1]
        self.input[...] = inputs[-1]


class Monomials:
    """Products of rows: a map of what is seen, (n_seen, K), to all monomials of some degrees.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics.delays import Monomials
    >>> Monomials(2, (1, 2))(np.array([[2.0], [3.0]]), np.empty((0, 1))).ravel()
    array([2., 3., 4., 6., 9.])
    """

    def __init__(self, n_rows: int, degrees: Sequence[int]) -> None:
        self.factors = [
            np.array(list(combinations_with_replacement(range(n_rows), degree)))
            for degree in degrees
        ]

    @property
    def names(self) -> list[tuple[int, ...]]:
        """The rows that each monomial is the product of."""
        return [tuple(row) for factors in self.factors for row in factors.tolist()]

    def __call__(self, seen: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Return the monomials, degree by degree."""
        # factor by factor: no array of all factors of all monomials
        parts = []
        for factors in self.factors:
            product = seen[factors[:, 0]]
            for column in factors.T[1:]:
                product = product * seen[column]
            parts.append(product)
        return np.concatenate(parts)
