"""What a reservoir remembers, and what it computes, of its past inputs."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import cholesky, eigh, solve_triangular, svd
from scipy.stats import chi2

from ..canvas import COLOURS, ink
from ..checks import COUNT, COUNT_OR_ZERO, checked
from ..dynamics import Buffer, Sink, Stretch, synchronisation_time
from .driven import N_STEPS, Driven, driven
from .products import Product, Products, products_of
from .results import Result

#: Chance that a capacity which is none is counted.
CHANCE = 1e-4
#: Products of one degree that are looked at, at most, where delays are not said.
MOST_PRODUCTS = 2000
#: Delays that are looked at, as many times the units.
LONGEST = 5
#: Rows a unit that the states' directions are drawn from, before anything is counted.
PILOT_ROWS = 4
#: Steps that a reservoir is let forget its start, where it cannot be measured.
WASHOUT = 1000
#: A share of a target's variance that counts as none.
NOTHING = 1e-12


@dataclass(frozen=True, repr=False)
class MemoryCapacity(Result):
    """How much of the inputs 1, 2, … steps back a linear readout can give back.

    Parameters
    ----------
    capacities : ndarray of shape (n_delays, d)
        In 0 … 1, by delay, from one step back on, and feature.
    threshold : float
        What a capacity must exceed to be more than chance: the others are zero.
    rank : int
        Independent directions of the states, which all capacities together cannot exceed.
    n_rows : int
        Steps that were counted.
    """

    told = ("total",)

    capacities: np.ndarray
    threshold: float
    rank: int
    n_rows: int

    @property
    def total(self) -> float:
        """The memory capacity: the sum over all delays and features."""
        return float(self.capacities.sum())

    @property
    def delays(self) -> np.ndarray:
        """Steps back, 1 … n_delays."""
        return np.arange(1, 1 + len(self.capacities))

    def _draw(self, ax: Any) -> None:
        """Draw the capacity by delay."""
        for k, column in enumerate(self.capacities.T):
            ax.plot(self.delays, column, color=COLOURS[k % len(COLOURS)])
        ax.axhline(self.threshold, color=ink(), alpha=0.4, lw=0.8, linestyle=":")
        held = np.flatnonzero(self.capacities.any(axis=1))
        last = min(len(self.capacities), int(1.4 * held[-1]) + 10 if len(held) else 10)
        ax.set(xlabel="steps back", ylabel="capacity", ylim=(0, 1.03), xlim=(1, max(2, last)))
        ax.set_title(f"memory capacity {self.total:.1f} of at most {self.rank}")


@dataclass(frozen=True, repr=False)
class ProcessingCapacity(Result):
    """How much of products of past inputs a linear readout can give back.

    Parameters
    ----------
    capacities : ndarray of shape (n,)
        In 0 … 1, of those products that exceed chance.
    products : list of n tuples of (degree, delay, feature)
        What each is a product of: Legendre polynomials of inputs that many steps back.
    n_tried : int
        Products that were looked at.
    threshold, rank, n_rows
        As of `MemoryCapacity`.
    """

    told = ("total", "by_degree")

    capacities: np.ndarray
    products: list[Product]
    n_tried: int
    threshold: float
    rank: int
    n_rows: int

    @property
    def total(self) -> float:
        """The sum, at most the rank; the rank where nothing that is computed was left out."""
        return float(self.capacities.sum())

    @property
    def by_degree(self) -> np.ndarray:
        """The sum of each total degree, from 1 on."""
        degrees = [sum(factor[0] for factor in product) for product in self.products]
        return np.bincount(degrees, self.capacities, minlength=2)[1:]

    def _draw(self, ax: Any) -> None:
        """Draw the capacity by degree."""
        degrees = np.arange(1, 1 + len(self.by_degree))
        ax.bar(degrees, self.by_degree, color=COLOURS[1])
        ax.axhline(self.rank, color=ink(), alpha=0.4, lw=0.8, linestyle=":")
        ax.set(xlabel="degree", ylabel="capacity", xticks=degrees)
        ax.set_title(f"{self.total:.1f} of at most {self.rank}")


@checked(n_delays=[COUNT, None], washout=[COUNT_OR_ZERO, None], n_steps=[COUNT, None])
def memory_capacity(
    estimator: Any,
    X: Any = None,
    *,
    n_delays: int | None = None,
    washout: int | None = None,
    n_steps: int | None = None,
    random_state: Any = 0,
) -> MemoryCapacity:
    r"""Linear memory capacity of a reservoir: the inputs of how many steps back it holds.

    .. math:: MC = \sum_{k \ge 1} C_k, \qquad
        C_k = 1 - \min_w \langle (w^T x_t - u_{t-k})^2 \rangle / \operatorname{var}(u)

    One pass over the states, whatever the number of delays. Capacities that chance would give are
    left out, and delays are made uncorrelated in the sample, in turn, so that the sum never exceeds
    the rank of the states.

    Parameters
    ----------
    estimator : reservoir, network, pipeline or search
        A reservoir need not be fitted.
    X : array-like of shape (T, d), optional
        Independent draws: what can be told from the inputs between is no memory. Uniform in -1 … 1
        where None.
    n_delays : int, optional
        The longest delay; five times the units, and at most a tenth of the steps, where None.
    washout : int, optional
        Steps that are not counted; those that the reservoir takes to forget its start, where None.
    n_steps : int, optional
        Steps of the input that is drawn: 10,000, or twenty for each unit, where None.
    random_state : int, RandomState, Generator or None, default=0

    Returns
    -------
    result : MemoryCapacity

    Raises
    ------
    ValueError
        If there are not enough steps.

    References
    ----------
    Jaeger (2001), Short term memory in echo state networks, GMD report 152; Dambre, Verstraeten,
    Schrauwen & Massar (2012), Information processing capacity of dynamical systems, Scientific
    Reports 2, for the threshold.

    Examples
    --------
    >>> from reservoir import Reservoir
    >>> from reservoir.diagnostics import memory_capacity
    >>> ring = Reservoir(20, topology="ring", spectral_radius=0.8, activation="identity")
    >>> result = memory_capacity(ring.set_params(random_state=0))
    >>> round(result.total, 3), result.rank
    (18.997, 20)
    """
    run = _run_of(estimator, X, n_steps, random_state)
    n_delays = _longest(run) if n_delays is None else int(n_delays)
    d = run.rule.n_features
    inputs = [(delay, feature) for delay in range(1, 1 + n_delays) for feature in range(d)]
    factors: list[Product] = [((1, *each),) for each in inputs]
    found = _capacities(run, factors, washout)
    capacities = np.zeros(len(factors))
    capacities[found.kept] = found.capacities
    return MemoryCapacity(
        capacities.reshape(n_delays, d), found.threshold, found.rank, found.n_rows
    )


@checked(degree=[COUNT], washout=[COUNT_OR_ZERO, None], n_steps=[COUNT, None])
def information_processing_capacity(
    estimator: Any,
    X: Any = None,
    *,
    degree: int = 3,
    n_delays: Any = None,
    washout: int | None = None,
    n_steps: int | None = None,
    random_state: Any = 0,
) -> ProcessingCapacity:
    r"""Capacity of a reservoir for all products of Legendre polynomials of past inputs.

    .. math:: y_t = \prod_j P_{n_j}(u_{t - k_j}), \qquad 1 \le \sum_j n_j \le \text{degree}

    Degree 1 is memory, from the input of the step itself on; all of them together are at most the
    number of independent states, and reach it where the reservoir forgets. One pass over the
    states, whatever the number of products.

    Parameters
    ----------
    estimator : reservoir, network, pipeline or search
        A reservoir need not be fitted.
    X : array-like of shape (T, d), optional
        Independent draws, uniform in -1 … 1, as the reservoir is to get them; drawn where None.
    degree : int, default=3
        The largest total degree.
    n_delays : int or sequence of `degree` ints, optional
        Steps that products reach back, of all degrees or of each. Where None, as many as five
        times the units, and as give no more than 2000 products of a degree.
    washout, n_steps, random_state
        As for `memory_capacity`.

    Returns
    -------
    result : ProcessingCapacity

    Raises
    ------
    ValueError
        If there are not enough steps, or `X` is beyond -1 … 1.

    References
    ----------
    Dambre, Verstraeten, Schrauwen & Massar (2012), Information processing capacity of dynamical
    systems, Scientific Reports 2.

    Examples
    --------
    >>> from reservoir import Reservoir
    >>> from reservoir.diagnostics import information_processing_capacity
    >>> linear = Reservoir(10, topology="ring", spectral_radius=0.8, activation="identity")
    >>> information_processing_capacity(linear, degree=2).by_degree.round(2)
    array([10.])
    """
    run = _run_of(estimator, X, n_steps, random_state)
    if max(np.abs(item).max() for item in run.items) > 1.0:
        raise ValueError("X must be within -1 and 1, where the polynomials are orthogonal.")
    d = run.rule.n_features
    reach = _reach(degree, n_delays, _longest(run), d)
    factors = [
        product for total, delays in enumerate(reach, start=1)
        for product in products_of(total, delays, d)
    ]  # fmt: skip
    found = _capacities(run, factors, washout)
    kept = [factors[k] for k in found.kept]
    return ProcessingCapacity(
        found.capacities, kept, len(factors), found.threshold, found.rank, found.n_rows
    )


def _n_products(degree: int, n_inputs: int) -> int:
    """Return how many products of one degree there are: monomials of that degree."""
    return math.comb(n_inputs + degree - 1, degree)


def _reach(degree: int, n_delays: Any, longest: int, d: int) -> list[int]:
    """Return the longest delay of every degree."""
    if n_delays is None:
        found = []
        for total in range(1, 1 + degree):
            delays = 0
            while delays < longest and _n_products(total, (2 + delays) * d) <= MOST_PRODUCTS:
                delays += 1
            found.append(delays)
        return found
    given = [int(each) for each in np.broadcast_to(n_delays, degree)]
    if min(given) < 0:
        raise ValueError(f"n_delays must be integers ≥ 0; got {n_delays!r}.")
    return given


def _longest(run: Driven) -> int:
    """Return how many steps back is looked, where it is not said."""
    n_steps = sum(map(len, run.items))
    return max(1, min(LONGEST * run.rule.n_state, n_steps // 10, MOST_PRODUCTS))


def _run_of(estimator: Any, X: Any, n_steps: int | None, random_state: Any) -> Driven:
    """Return the driven reservoir; the drawn input is as long as its units want."""
    if X is not None or n_steps is not None:
        return driven(estimator, X, n_steps=n_steps or N_STEPS, random_state=random_state)
    short = driven(estimator, n_steps=2, random_state=random_state)
    wanted = max(N_STEPS, 20 * short.rule.n_seen)
    return driven(short.reservoir, n_steps=wanted, random_state=random_state)


@dataclass(frozen=True)
class _Found:
    """Capacities above chance, and of which targets."""

    kept: np.ndarray
    capacities: np.ndarray
    threshold: float
    rank: int
    n_rows: int


def _capacities(run: Driven, factors: list[Product], washout: int | None) -> _Found:
    """Return the capacities for products, by one pass over the states."""
    rule, items = run.rule, run.items
    if washout is None:
        measured = synchronisation_time(rule, items, max(map(len, items)) // 4)
        washout = WASHOUT if measured is None else measured
    targets = Products(items, factors)
    first = washout + targets.reach
    n_rows = sum(max(0, len(item) - first) for item in items)
    if n_rows < 2 * rule.n_seen:
        raise ValueError(
            f"X must have at least {2 * rule.n_seen} steps, two for each of what is seen, beyond "
            f"the washout of {washout} and the longest delay, {targets.reach}; it has {n_rows}."
        )
    mean, directions = _whitening(run, first)
    sink = _MomentsSink(mean, directions, targets, first)
    run.run(sink)
    rank, scores, variances = sink.solved()
    share = np.square(scores).sum(axis=0) / np.where(variances > 0, variances, np.inf)
    threshold = float(chi2.isf(CHANCE, rank) / n_rows)
    kept = np.flatnonzero(share > threshold)
    # what was kept is made uncorrelated in the sample, in turn: so all together are within the rank
    covariance = targets.covariance(kept, first)
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale) + NOTHING * np.eye(len(kept))
    lower = cholesky(correlation, lower=True) if len(kept) else correlation
    apart = solve_triangular(lower, (scores[:, kept] / scale).T, lower=True) if len(kept) else None
    capacities = np.zeros(0) if apart is None else np.square(apart).sum(axis=1)
    new = capacities > NOTHING  # and not told by those before
    return _Found(kept[new], capacities[new], threshold, rank, n_rows)


def _whitening(run: Driven, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean (N, 1) of first states and the directions (r, N) that make them white.

    Of states that are made white the Gram matrix loses no digits.
    """
    n_rows = first + max(PILOT_ROWS * run.rule.n_seen, 200)
    longest = max(run.items, key=len)
    pilot = Driven(run.reservoir, [longest[:n_rows]]).states()[0]
    states = pilot[min(first, len(pilot) // 2) :].astype(float)
    mean = states.mean(axis=0)
    _, sizes, rows = svd(states - mean, full_matrices=False)
    least = sizes[0] * max(states.shape) * np.finfo(pilot.dtype).eps
    kept = sizes > least
    directions = rows[kept] * (np.sqrt(len(states)) / sizes[kept])[:, None]
    return mean[:, None], directions


class _MomentsSink(Sink):
    """Sums of white states, of targets, and of their products."""

    def __init__(
        self, mean: np.ndarray, directions: np.ndarray, targets: Products, first: int
    ) -> None:
        self._mean, self._directions = mean, directions
        self._targets, self._first = targets, first
        self._buffer = Buffer(float)
        self.restart()

    def restart(self) -> None:
        """Forget what was taken."""
        r, m = len(self._directions), len(self._targets._rows)
        self.n_rows, self._gram, self._cross = 0, np.zeros((r, r)), np.zeros((r, m))
        self._states, self._sums, self._squares = np.zeros(r), np.zeros(m), np.zeros(m)

    def fork(self) -> _MomentsSink:
        """Return a sink with sums of its own."""
        other = copy.copy(self)
        other._buffer = Buffer(float)
        other.restart()
        return other

    def join(self, other: Any) -> None:
        """Add the sums of a fork."""
        for name in ("n_rows", "_gram", "_cross", "_states", "_sums", "_squares"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the array (n_seen, L, K) for the next block."""
        return self._buffer.shaped(self._directions.shape[1], n_steps, n_columns)

    def take(self, stretch: Stretch) -> None:
        """Add a block, but for the steps that are not counted."""
        _, n_steps, _ = stretch.seen.shape
        steps = np.arange(n_steps)[:, None] + np.array(stretch.starts)
        counted = (steps >= self._first).ravel()
        if not counted.any():
            return
        flat = (steps + self._targets.offsets[stretch.sequences]).ravel()[counted]
        seen = stretch.seen.reshape(len(stretch.seen), -1)[:, counted]
        white = self._directions @ (seen - self._mean)
        targets = self._targets.at(flat)
        self.n_rows += len(flat)
        self._gram += white @ white.T
        self._cross += white @ targets.T
        self._states += white.sum(axis=1)
        self._sums += targets.sum(axis=1)
        self._squares += np.square(targets).sum(axis=1)

    def solved(self) -> tuple[int, np.ndarray, np.ndarray]:
        """Return the rank, scores (r, m) of targets on orthonormal states, and their variances."""
        n = self.n_rows
        state, target = self._states / n, self._sums / n
        covariance = self._gram / n - np.outer(state, state)
        cross = self._cross / n - np.outer(state, target)
        values, vectors = eigh(covariance)
        kept = values > values[-1] * len(values) * np.finfo(float).eps
        scores = (vectors[:, kept] / np.sqrt(values[kept])).T @ cross
        return int(kept.sum()), scores, self._squares / n - np.square(target)
