"""Differences of the inputs over some lags, each by its own spread so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .rule import Rule, Stepper, put

#: Spreads of so many roundings of the greatest value are none.
ROUNDINGS = 64
#: Sequences of one length whose differences are taken together.
AT_ONCE = 256


@dataclass(frozen=True)
class DifferencesUpdate(Rule):
    r"""The inputs, and their differences over lags in units of their spread.

    .. math:: \frac{u_t - u_{t-k}}{s_t}, \qquad
        s_t^2 = \frac{\sum_{i \le t} (u_i - u_{i-k})^2 + n_0 s^2}{n_t + n_0}

    Zero until there are k steps before. With n_0 infinite the spread is s, and what is seen depends
    on the last steps alone. Where `whole`, it is what the state says, as `starts` have it: that of
    all of a sequence; s in the zero state.

    Parameters
    ----------
    n_features : int
    lags : tuple of int
        Rising, from 1 on.
    spread : ndarray of shape (V, d)
        s, of each lag and feature.
    prior : float
        :math:`n_0`, how many steps it counts as.
    dtype_ : dtype
    whole : bool, default=False

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics.views import DifferencesUpdate
    >>> rule = DifferencesUpdate(1, (1, 2), np.ones((2, 1)), np.inf)
    >>> u = np.array([1.0, 4.0, 9.0, 16.0]).reshape(4, 1, 1)
    >>> rule.advance(rule.initial_state(), u)[0][:, :, 0]
    array([[ 1.,  4.,  9., 16.],
           [ 0.,  3.,  5.,  7.],
           [ 0.,  0.,  8., 12.]])
    """

    n_features: int
    lags: tuple[int, ...]
    spread: np.ndarray
    prior: float
    dtype_: np.dtype = np.dtype(float)
    whole: bool = False

    @property
    def looks_ahead(self) -> bool:
        """Whether the spread is that of all of a sequence."""
        return self.whole

    @property
    def learns(self) -> bool:
        """Whether the spread is also that of the steps so far."""
        return bool(np.isfinite(self.prior)) and not self.whole

    @property
    def forgets(self) -> bool:  # type: ignore[override]
        """Sums over all steps are not forgotten, and no more is a spread that is carried along."""
        return not (self.learns or self.whole)

    @property
    def n_past(self) -> int:
        """Inputs that are remembered, the present one among them."""
        return 1 + self.lags[-1]

    @property
    def n_state(self) -> int:  # type: ignore[override]
        """Inputs, newest first; how many there were; sums, or means, of squares of every lag."""
        own = len(self.lags) * self.n_features if self.learns or self.whole else 0
        return self.n_past * self.n_features + 1 + own

    @property
    def n_seen(self) -> int:  # type: ignore[override]
        """The inputs, and the differences of every lag."""
        return self.n_features * (1 + len(self.lags))

    @property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        """Floating type of the inputs."""
        return self.dtype_

    def extremes(self) -> np.ndarray:
        """Return the starts: all inputs 0, 1 or -1, and as many of them as are remembered."""
        found = super().extremes()
        found[:, self.n_past * self.n_features] = self.n_past
        return found

    def starts(self, items: Sequence[np.ndarray]) -> np.ndarray:
        """Return starts that hold the mean squares of the differences, where `whole`."""
        found = self.initial_state(len(items))
        lengths = np.array([len(x) for x in items])
        for length in np.unique(lengths) if self.whole else ():
            alike = np.flatnonzero(lengths == length)
            for k in range(0, len(alike), AT_ONCE):
                columns = alike[k : k + AT_ONCE]
                squares = self._mean_squares(np.stack([items[k] for k in columns]))
                found[-len(self.lags) * self.n_features :, columns] = squares.T
        return found

    def _mean_squares(self, x: np.ndarray) -> np.ndarray:
        """Return those of the differences of sequences (K, T, d), (K, V d), 0 where rounding."""
        level = np.abs(x).max(axis=1) * (ROUNDINGS * np.finfo(self.dtype).eps)
        least, means = np.square(level, dtype=float), []
        for lag in self.lags:
            moved = x[:, lag:] - x[:, :-lag]
            square = np.square(moved, dtype=float).sum(axis=1) / max(1, moved.shape[1])
            means.append(np.where(square > least, square, 0.0))
        return np.concatenate(means, axis=1)

    def stepper(self, state: np.ndarray) -> Stepper:
        """Return a batch that starts at `state`, (n_state, K)."""
        return _DifferencesStepper(self, state)


class _DifferencesStepper(Stepper):
    """A batch of series whose differences are looked at."""

    def __init__(self, update: DifferencesUpdate, state: np.ndarray) -> None:
        d, n_columns, n = update.n_features, state.shape[1], update.n_past * update.n_features
        self._update = update
        self._past = state[:n].reshape(update.n_past, d, n_columns).astype(update.dtype)
        self._count = np.rint(state[n].astype(float))
        sums = state[n + 1 :] if update.learns or update.whole else np.zeros((0, n_columns))
        self._sums = sums.reshape(-1, d, n_columns).astype(update.dtype)
        self.input = np.zeros((d, n_columns), dtype=update.dtype)

    @property
    def state(self) -> np.ndarray:  # type: ignore[override]
        """Inputs, their number, and sums."""
        n_columns = self.input.shape[1]
        rows = [self._past.reshape(-1, n_columns), self._count[None], self._sums]
        parts = [np.asarray(row, dtype=self._update.dtype).reshape(-1, n_columns) for row in rows]
        return np.concatenate(parts)

    @property
    def seen(self) -> np.ndarray:  # type: ignore[override]
        """The inputs, and the differences."""
        parts = [self._past[0]]
        for k, lag in enumerate(self._update.lags):
            moved = np.where(self._count > lag, self._past[0] - self._past[lag], 0.0)
            sums = self._sums[k] if len(self._sums) else None
            parts.append(self._scaled(k, moved, sums, self._count))
        return np.concatenate(parts)

    def _scaled(
        self, k: int, moved: np.ndarray, sums: np.ndarray | None, count: np.ndarray
    ) -> np.ndarray:
        """Return differences of the k-th lag, (..., d, K), in units of their spread."""
        update = self._update
        own = update.spread[k][:, None].astype(update.dtype)
        if sums is None:
            return np.asarray(moved / own, dtype=update.dtype)
        if update.whole:
            return np.asarray(
                moved / np.where(sums > 0, np.sqrt(np.maximum(sums, 0)), own), dtype=update.dtype
            )
        n_taken = np.maximum(count - update.lags[k], 0.0)[..., None, :]
        square = (sums + update.prior * own**2) / (n_taken + update.prior)
        return np.asarray(moved / np.sqrt(square), dtype=update.dtype)

    def step(self, noise: np.ndarray | None = None) -> None:
        """Take the input in."""
        self._past[1:] = self._past[:-1]
        self._past[0] = self.input
        self._count = self._counted(1)[0]
        for k, lag in enumerate(self._update.lags if self._update.learns else ()):
            moved = np.where(self._count > lag, self._past[0] - self._past[lag], 0.0)
            self._sums[k] += np.square(moved)

    def _counted(self, n_steps: int) -> np.ndarray:
        """Return how many inputs there were after each of the coming steps, (L, K)."""
        counts = self._count + np.arange(1, n_steps + 1)[:, None]
        # what is forgotten need not be counted, so that trajectories meet
        return counts if self._update.learns else np.minimum(counts, self._update.n_past)

    def walk(
        self,
        inputs: np.ndarray,
        out: np.ndarray | None,
        noise: np.ndarray | None = None,
        shift: np.ndarray | float = 0.0,
    ) -> None:
        """Take a block of inputs (L, d, K) in at once."""
        update, (n_steps, d, _) = self._update, inputs.shape
        n_past = len(self._past)
        whole = np.concatenate([self._past[::-1], inputs])
        counts = self._counted(n_steps)
        if out is not None:
            put(inputs.transpose(1, 0, 2), out, slice(0, d), shift)
        for k, lag in enumerate(update.lags):
            before = whole[n_past - lag : n_past - lag + n_steps]
            moved = np.where(counts[:, None] > lag, inputs - before, 0.0)
            sums = self._sums[k] if update.whole else None
            if update.learns:
                sums = self._sums[k] + np.cumsum(np.square(moved), axis=0)
                self._sums[k] = sums[-1]
            if out is not None:
                rows = self._scaled(k, moved, sums, counts).transpose(1, 0, 2)
                put(rows, out, slice((k + 1) * d, (k + 2) * d), shift)
        self._past[...] = whole[: -n_past - 1 : -1]
        self._count = counts[-1]
        self.input[...] = inputs[-1]
