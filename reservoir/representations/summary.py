"""Sequences as summaries of their states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import Interval

from ..dynamics import n_threads
from ..seeds import SEED, rng_of
from .base import Representation, running_mean, steps
from .streaming import ADDITIVE, SummarySink, count_above

#: States closer than so many roundings are one.
EQUAL_STATES = 64
#: Steps that thresholds are drawn from where there are more, at most; how many fewer they may be.
SAMPLE, MARGIN = 5_000, 20
#: Sequences that a sample is of, where so many are enough for twice as many steps; and steps up to
#: which states are held, and not computed once for the sample and once more for the sums.
SAMPLED_SEQUENCES, HELD = 32, 20_000
GOLDEN = (np.sqrt(5) - 1) / 2


class StateSummary(Representation):
    r"""What a sequence's states are like: means, changes, and how often they are high.

    The columns are standardised on the training sequences, and each of the statistics has the same
    weight, :math:`1 / \sqrt{\text{its columns}}`.

    Parameters
    ----------
    statistics : sequence of str, default=("mean", "mean_abs_change", "proportion")
        Of "mean", "std", "min", "max", "last" (the state after the last step), "mean_abs_change"
        (from step to step) and "proportion", the share of steps above each threshold.
    n_thresholds : int, default=8
        Thresholds of every unit for "proportion": quantiles of its training states at levels that
        are drawn uniformly.
    n_segments : int, default=1
        Parts of about equal length that every sequence is cut into; each has its own statistics.
    standardize : bool, default=True
        Whether columns are standardised and statistics weighted.
    washout : int, default=0
        First steps of every sequence that are left out.
    random_state : int, RandomState, Generator or None, default=None
        Draws the levels.

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_thresholds, N)
    scaler_ : StandardScaler
        Where `standardize`.
    n_features_in_ : int

    References
    ----------
    Dempster, Petitjean & Webb (2020), ROCKET, Data Mining and Knowledge Discovery 34, for the
    proportions; their quantiles as in MiniRocket (2021).

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import StateSummary
    >>> states = np.random.default_rng(0).standard_normal((5, 30, 2))
    >>> StateSummary(("mean", "max"), standardize=False).fit_transform(states).shape
    (5, 4)
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **Representation._parameter_constraints,
        "statistics": ["array-like"],
        "n_thresholds": [Interval(Integral, 1, None, closed="left")],
        "n_segments": [Interval(Integral, 1, None, closed="left")],
        "standardize": ["boolean"],
        "random_state": SEED,
    }

    def __init__(
        self,
        statistics: Sequence[str] = ("mean", "mean_abs_change", "proportion"),
        *,
        n_thresholds: int = 8,
        n_segments: int = 1,
        standardize: bool = True,
        washout: int = 0,
        random_state: Any = None,
    ) -> None:
        self.statistics = statistics
        self.n_thresholds = n_thresholds
        self.n_segments = n_segments
        self.standardize = standardize
        self.washout = washout
        self.random_state = random_state

    def _learn(self, states: list[np.ndarray]) -> None:
        names = list(self.statistics)
        if not names or not set(names) <= set(STATISTICS):
            raise ValueError(
                f"statistics must be one or more of {sorted(STATISTICS)}; got {self.statistics!r}."
            )
        sample = np.concatenate(states)
        picked = _picked(np.array([len(x) for x in states]))
        sample = sample if picked is None else sample[np.concatenate(picked)]
        self.thresholds_ = _thresholds(sample, self.n_thresholds, rng_of(self.random_state))
        self._greatest = np.abs(sample).max(axis=0)

    def learn_rows(self, rows: np.ndarray) -> np.ndarray:
        """Learn the scales of all training rows, and return them scaled."""
        if self.standardize:
            self.scaler_ = StandardScaler().fit(rows)
            rounding = _room(self._greatest)
            rooms = [
                np.tile(0.0 * rounding if name == "proportion" else rounding, n)
                for name, n in zip(self.statistics, self._columns_of_units(), strict=True)
            ]
            # what is the same in all sequences but for rounding tells nothing
            scale = self.scaler_.scale_
            self.scaler_.scale_ = np.where(scale > np.concatenate(rooms), scale, 1.0)
        return self.finish(rows)

    def streams(self) -> bool:
        """Whether the statistics are sums over steps, so that states need not be held."""
        return self.n_segments == 1 and self.washout == 0 and ADDITIVE.issuperset(self.statistics)

    def sink(self, lengths: np.ndarray, dtype: Any) -> SummarySink | None:
        """Return what sums up the states of a run, where the statistics are sums over steps."""
        if not self.streams():
            return None
        return SummarySink(self.statistics, self.thresholds_, lengths, dtype)

    def sampled(self, lengths: np.ndarray) -> list[np.ndarray] | None:
        """Return the steps that thresholds are drawn from, where these are not all."""
        return _picked(lengths) if self.streams() and lengths.sum() > HELD else None

    def _plain(self, states: list[np.ndarray]) -> np.ndarray:
        """Return the statistics of every sequence, of one name after the other."""
        n_lanes = n_threads() if sum(x.size for x in states) > 2**20 else 1
        shares = [states[k::n_lanes] for k in range(min(n_lanes, len(states)))]
        with ThreadPoolExecutor(n_lanes) as pool:  # NumPy lets go of the lock
            found = list(pool.map(self._share, shares))
        rows = np.empty((len(states), found[0].shape[1]))
        for k, part in enumerate(found):
            rows[k :: len(found)] = part
        return rows

    def _share(self, states: list[np.ndarray]) -> np.ndarray:
        columns: list[list[np.ndarray]] = [[] for _ in self.statistics]
        for x in states:
            parts = _segments(x, self.n_segments)
            for name, column in zip(self.statistics, columns, strict=True):
                statistic = STATISTICS[name]
                column.append(np.concatenate([statistic(p, self.thresholds_) for p in parts]))
        return np.hstack([np.stack(column) for column in columns])

    def finish(self, rows: np.ndarray) -> np.ndarray:
        """Return rows scaled, where asked, by the training rows."""
        if not self.standardize:
            return rows
        sizes = np.array(self._columns_of_units()) * self.n_features_in_
        return self.scaler_.transform(rows) / np.sqrt(np.repeat(sizes, sizes))

    def _columns_of_units(self) -> list[int]:
        """Return how many columns a unit has of each of the statistics."""
        each = [len(self.thresholds_) if s == "proportion" else 1 for s in self.statistics]
        return [n * self.n_segments for n in each]

    def _running(self, x: np.ndarray) -> np.ndarray:
        if self.n_segments > 1:
            return super()._running(x)
        return self.finish(np.hstack([RUNNING[s](x, self.thresholds_) for s in self.statistics]))


def _mean_abs_change(x: np.ndarray) -> np.ndarray:
    if len(x) < 2:
        return np.zeros(x.shape[1])
    change = np.diff(x, axis=0)
    return np.abs(change, out=change).mean(axis=0, dtype=float)


def _proportion(x: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return the share of steps above each threshold, (n_thresholds * N,)."""
    return np.concatenate([count_above(x, threshold) for threshold in thresholds]) / len(x)


def _running_std(x: np.ndarray) -> np.ndarray:
    shifted = x - x[0]  # so that little is lost in the difference of the squares
    return np.sqrt(np.maximum(running_mean(shifted**2) - running_mean(shifted) ** 2, 0.0))


def _running_change(x: np.ndarray) -> np.ndarray:
    changes = np.abs(np.diff(x, axis=0)).cumsum(axis=0)
    return np.vstack([np.zeros((1, x.shape[1])), changes / steps(changes)])


def _running_proportion(x: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    return running_mean((x[:, None] > thresholds).reshape(len(x), -1))


Statistic = Callable[[np.ndarray, np.ndarray], np.ndarray]
#: Of the states (T, N) of a sequence and the thresholds (n, N): one value a unit, or n.
STATISTICS: dict[str, Statistic] = {
    "mean": lambda x, thresholds: x.mean(axis=0, dtype=float),
    "std": lambda x, thresholds: x.std(axis=0, dtype=float),
    "min": lambda x, thresholds: x.min(axis=0),
    "max": lambda x, thresholds: x.max(axis=0),
    "last": lambda x, thresholds: x[-1],
    "mean_abs_change": lambda x, thresholds: _mean_abs_change(x),
    "proportion": _proportion,
}
#: The same of every beginning of the sequence.
RUNNING: dict[str, Statistic] = {
    "mean": lambda x, thresholds: running_mean(x),
    "std": lambda x, thresholds: _running_std(x),
    "min": lambda x, thresholds: np.minimum.accumulate(x),
    "max": lambda x, thresholds: np.maximum.accumulate(x),
    "last": lambda x, thresholds: x,
    "mean_abs_change": lambda x, thresholds: _running_change(x),
    "proportion": _running_proportion,
}


def _segments(x: np.ndarray, n_segments: int) -> list[np.ndarray]:
    """Cut a sequence into parts of about equal length, of one step at least."""
    borders = np.linspace(0, len(x), n_segments + 1).astype(int)
    starts = np.minimum(borders[:-1], len(x) - 1)
    return [x[a : max(b, a + 1)] for a, b in zip(starts, borders[1:], strict=True)]


def _room(greatest: np.ndarray) -> np.ndarray:
    """Return the differences that are rounding, of states as great as these."""
    return EQUAL_STATES * np.finfo(greatest.dtype).eps * greatest


def _picked(lengths: np.ndarray) -> list[np.ndarray] | None:
    """Return which steps of sequences make a sample; None where there are few.

    They are every so many by the golden ratio, in step with no period that there may be, and so are
    the sequences that they are of.
    """
    if int(lengths.sum()) <= SAMPLE:
        return None
    order = np.argsort(np.arange(len(lengths)) * GOLDEN % 1)
    enough = int(np.searchsorted(np.cumsum(lengths[order]), 2 * SAMPLE)) + 1
    of = np.sort(order[: max(enough, SAMPLED_SEQUENCES)])
    n_steps = int(lengths[of].sum())
    picked = np.arange(n_steps) * GOLDEN % 1 < (SAMPLE - MARGIN) / n_steps
    found = [np.zeros(n, dtype=bool) for n in lengths]
    for k, part in zip(of, np.split(picked, np.cumsum(lengths[of])[:-1]), strict=True):
        found[k] = part
    return found


def _thresholds(states: np.ndarray, n_thresholds: int, rng: np.random.RandomState) -> np.ndarray:
    """Return quantiles of states (T, N) at random levels of every unit, (n_thresholds, N).

    They lie between neighbouring states: one that was a state would count or not by its rounding.
    """
    sample = np.sort(np.ascontiguousarray(states.T), axis=1)
    levels = rng.random_sample((n_thresholds, len(sample)))
    at = (levels * sample.shape[1]).astype(int)
    state = np.take_along_axis(sample, at.T, axis=1).T.astype(float)
    above = np.empty_like(state)
    for k, unit in enumerate(sample):
        room = _room(np.maximum(np.abs(unit).max(), sample.dtype.type(1.0)))
        later = np.searchsorted(unit, state[:, k] + room, side="right")  # the next other state
        above[:, k] = np.append(unit, unit[-1] + 2 * room)[later]
    return (state + above) / 2
