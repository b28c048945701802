"""Whether a reservoir forgets where it started, how fast, and what its weights say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import pdist, squareform

from ..canvas import COLOURS, ink
from ..checks import COUNT, POSITIVE, checked
from ..dynamics import LeakyUpdate, ResidualUpdate, StatesSink
from ..dynamics.timed import TimedUpdate
from ..seeds import rng_of
from ..topology import eigenvalues
from .driven import Driven, driven, reservoir_of, weights_of
from .results import Result

#: Steps of the random input.
STEPS = 2000
#: Multiples of the machine epsilon, relative to the largest state, within which states are one.
SAME = 256


@dataclass(frozen=True, repr=False)
class Synchronisation(Result):
    """How trajectories from different starts come together under one input.

    Parameters
    ----------
    distances : ndarray of shape (T,)
        The largest distance between any two, in units of the largest state.
    tolerance : float
        What counts as none.
    """

    told = ("forgetting_time", "contraction_rate")

    distances: np.ndarray
    tolerance: float

    @property
    def forgetting_time(self) -> int | None:
        """Steps after which they stay together to rounding; None where they do not."""
        apart = np.flatnonzero(~(self.distances <= self.tolerance))
        if not len(apart):
            return 0
        return None if apart[-1] == len(self.distances) - 1 else int(apart[-1]) + 1

    @property
    def contraction_rate(self) -> float:
        """Logarithm of the factor by which the distance shrinks in a step, in the mean.

        Until they are together; above zero where they move apart.
        """
        last = self.forgetting_time
        n_steps = len(self.distances) if last is None else max(last, 2)
        line = np.log(np.maximum(self.distances[:n_steps], np.finfo(float).tiny))
        return float(np.polyfit(np.arange(len(line)), line, 1)[0]) if len(line) > 1 else 0.0

    def _draw(self, ax: Any) -> None:
        """Draw the distance over time."""
        ax.semilogy(np.maximum(self.distances, 1e-18), color=COLOURS[1])
        ax.axhline(self.tolerance, color=ink(), alpha=0.4, lw=0.8, linestyle=":")
        ax.set(xlabel="step", ylabel="largest distance")
        time = self.forgetting_time
        ax.set_title("does not forget" if time is None else f"has forgotten after {time} steps")


@dataclass(frozen=True, repr=False)
class EchoStateIndex(Result):
    """How many ways a reservoir may answer one input.

    Parameters
    ----------
    index : int
        Number of different end states; 1 is the echo state property.
    members : ndarray of shape (index,)
        Starts that came to each, the most first.
    end_states : ndarray of shape (n_starts, n_state)
    """

    index: int
    members: np.ndarray
    end_states: np.ndarray

    def _draw(self, ax: Any) -> None:
        """Draw the share of starts that came to each end state."""
        ax.bar(np.arange(1, 1 + self.index), self.members / self.members.sum(), color=COLOURS[1])
        ax.set(xlabel="end state", ylabel="share of starts", title=f"index {self.index}")


@checked(n_starts=[COUNT], n_steps=[COUNT])
def synchronisation(
    estimator: Any,
    X: Any = None,
    *,
    exog: Any = None,
    n_starts: int = 8,
    n_steps: int = STEPS,
    random_state: Any = 0,
) -> Synchronisation:
    """How fast a reservoir forgets where it started, under a given input.

    Trajectories from the rule's extreme states, and from states drawn between them, follow the same
    input. `forgetting_time` of the result is what ``washout="auto"`` measures, here at the start of
    the series alone.

    Parameters
    ----------
    estimator : reservoir, network, pipeline or search
        A reservoir need not be fitted.
    X : as in ``fit``, optional
        Of several series the first; random numbers, uniform in -1 … 1, where None.
    exog : as in ``fit``, optional
    n_starts : int, default=8
        States that are drawn, beside the extreme ones.
    n_steps : int, default=2000
        Of the series that are looked at, at most.
    random_state : int, RandomState, Generator or None, default=0

    Returns
    -------
    result : Synchronisation

    References
    ----------
    Jaeger (2001), The "echo state" approach, GMD report 148.

    Examples
    --------
    >>> from reservoir import Reservoir
    >>> from reservoir.diagnostics import synchronisation
    >>> half = Reservoir(9, topology="ring", spectral_radius=0.5, activation="identity")
    >>> result = synchronisation(half)
    >>> round(result.contraction_rate, 3), result.forgetting_time
    (-0.693, 44)
    """
    run = driven(estimator, X, exog=exog, n_steps=n_steps, random_state=random_state)
    rule, item = run.rule, run.items[0][:n_steps]
    starts = _starts(rule, n_starts, random_state)
    together = Driven(run.reservoir, [item] * len(starts))
    seen = _carried(together, starts)
    scale = max(1.0, float(np.abs(seen).max()))
    distances = np.ptp(seen, axis=0).max(axis=1) / scale
    return Synchronisation(distances, SAME * float(np.finfo(rule.dtype).eps))


def _carried(run: Driven, starts: np.ndarray) -> np.ndarray:
    """Return all that is seen, (K, T, n_seen), from given starts (K, n_state)."""
    rule = run.rule
    sink = StatesSink(map(len, run.items), rule.n_seen, rule.dtype)
    run.run(sink, starts.T)
    return np.stack(sink.arrays)


def _starts(rule: Any, n_starts: int, random_state: Any) -> np.ndarray:
    """Return the extreme states and some between them, (K, n_state)."""
    extremes = rule.extremes().astype(float)
    low, high = extremes.min(axis=0), extremes.max(axis=0)
    drawn = rng_of(random_state).uniform(low, high, (n_starts, rule.n_state))
    return np.concatenate([extremes, drawn]).astype(rule.dtype)


@checked(n_starts=[COUNT], n_steps=[COUNT], tolerance=[POSITIVE])
def echo_state_index(
    estimator: Any,
    X: Any = None,
    *,
    exog: Any = None,
    n_starts: int = 30,
    n_steps: int = STEPS,
    tolerance: float = 1e-3,
    random_state: Any = 0,
) -> EchoStateIndex:
    """Echo state index: how many different responses a reservoir has to one input.

    1 is the echo state property under this input; a reservoir that has it for loud inputs may have
    two or more responses to quiet ones.

    Parameters
    ----------
    estimator, X, exog, random_state
        As for `synchronisation`.
    n_starts : int, default=30
        States that are drawn, beside the extreme ones.
    n_steps : int, default=2000
        Of the series that are run through, at most: what comes together later counts as different.
    tolerance : float, default=1e-3
        End states that are nearer are one, in units of the largest distance that states may have.

    Returns
    -------
    result : EchoStateIndex

    References
    ----------
    Ceni, Ashwin, Livi & Postlethwaite (2020), The echo index and multistability in input-driven
    recurrent neural networks, Physica D 412.

    Examples
    --------
    A unit that holds its sign has two answers to silence, and one to a loud input.

    >>> import numpy as np
    >>> from reservoir import Reservoir
    >>> from reservoir.diagnostics import echo_state_index
    >>> switch = Reservoir(1, topology=[[2.0]], spectral_radius=None, bias_scaling=0.0)
    >>> quiet, loud = np.zeros((100, 1)), np.full((100, 1), 9.0)
    >>> switch = switch.set_params(input_scaling=9.0, random_state=1)
    >>> echo_state_index(switch, quiet).index >= 2, echo_state_index(switch, loud).index
    (True, 1)
    """
    run = driven(estimator, X, exog=exog, n_steps=n_steps, random_state=random_state)
    starts = _starts(run.rule, n_starts, random_state)
    together = Driven(run.reservoir, [run.items[0][:n_steps]] * len(starts))
    end = together.run(start=starts.T).T.astype(float)
    reach = np.abs(starts).max() * np.sqrt(run.rule.n_state)
    near = squareform(pdist(end)) <= tolerance * max(reach, 1e-300)
    index, member = connected_components(sp.csr_array(near), directed=False)
    return EchoStateIndex(int(index), np.sort(np.bincount(member))[::-1], end)


def effective_spectral_radius(estimator: Any) -> float:
    r"""Spectral radius of the whole linear map of a step, leak and linear branches included.

    .. math:: \rho\left((1 - a) I + a W\right)

    Slopes are taken as one, as at rest without bias. Below one is no proof of the echo state
    property, nor above one of its absence; `lyapunov_exponents` tell it under an input.

    Parameters
    ----------
    estimator : reservoir, network, pipeline or search
        Fitted, of leaky or residual units.

    Returns
    -------
    radius : float

    References
    ----------
    Jaeger, Lukoševičius, Popovici & Siewert (2007), Optimization and applications of echo state
    networks with leaky-integrator neurons, Neural Networks 20.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import Reservoir
    >>> from reservoir.diagnostics import effective_spectral_radius
    >>> reservoir = Reservoir(20, topology="ring", spectral_radius=0.5, leak_rate=0.2)
    >>> round(effective_spectral_radius(reservoir.fit(np.ones((3, 1)))), 9)
    0.9
    """
    return float(np.abs(eigenvalues(linear_map(estimator))).max())


def linear_map(estimator: Any) -> np.ndarray:
    """Return the linear map of a step, (N, N), with slopes of one: ``(1 - a) I + a W``.

    Parameters
    ----------
    estimator : reservoir, network, pipeline or search
        Fitted, of leaky or residual units.
    """
    rule = reservoir_of(estimator).update_
    if (
        not isinstance(rule, LeakyUpdate)
        or type(rule) is not TimedUpdate
        and isinstance(rule, TimedUpdate)
    ):
        raise TypeError(
            f"{type(reservoir_of(estimator)).__name__} is no map of leaky or residual units; "
            "lyapunov_exponents tell how fast it forgets."
        )
    n_units = rule.n_units
    W = rule.recurrent(np.eye(n_units))
    if isinstance(rule, ResidualUpdate):
        skip: Any = np.eye(n_units) if rule.skip is None else rule.skip
        skip = skip.toarray() if sp.issparse(skip) else np.asarray(skip)
        return np.asarray(rule.kept * skip + rule.gain * W)
    leak: Any = rule.leak_rate
    if isinstance(rule, TimedUpdate):
        leak = -np.expm1(-1.0 / rule.time_constant)
    return np.diag(np.broadcast_to(np.ravel(1.0 - leak), n_units)) + leak * W


def non_normality(estimator: Any) -> float:
    r"""Departure of the recurrent weights from normality, by Henrici, as a share of their norm.

    .. math:: \sqrt{\|W\|_F^2 - \sum_i |\lambda_i|^2} \; / \; \|W\|_F

    0 where the eigenvectors are orthogonal (rings, orthogonal, symmetric matrices), 1 where all
    eigenvalues are zero (delay lines): such reservoirs hold inputs in hidden lines, of which the
    spectrum shows nothing.

    Parameters
    ----------
    estimator : reservoir, network, pipeline or search
        Fitted.

    Returns
    -------
    departure : float

    References
    ----------
    Trefethen & Embree (2005), Spectra and pseudospectra, chapter 48; Ganguli, Huh & Sompolinsky
    (2008), Memory traces in dynamical systems, PNAS 105.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import Reservoir
    >>> from reservoir.diagnostics import non_normality
    >>> ring = Reservoir(20, topology="ring").fit(np.ones((3, 1)))
    >>> line = Reservoir(20, topology="delay_line", spectral_radius=None).fit(np.ones((3, 1)))
    >>> round(non_normality(ring), 6), round(non_normality(line), 6)
    (0.0, 1.0)
    """
    W = weights_of(estimator)
    values = eigenvalues(W)
    whole = float(sp.linalg.norm(W) if sp.issparse(W) else np.linalg.norm(W)) ** 2
    if whole == 0.0:
        return 0.0
    return float(np.sqrt(max(0.0, 1.0 - float(np.square(np.abs(values)).sum()) / whole)))


@dataclass(frozen=True, repr=False)
class Consistency(Result):
    """How alike replicas of a reservoir answer one input.

    Parameters
    ----------
    by_direction : ndarray of shape (n,)
        Correlation of replicas in every principal direction of the states, in 0 … 1.
    variances : ndarray of shape (n,)
        Of the states in these directions.
    """

    told = ("consistency", "capacity")

    by_direction: np.ndarray
    variances: np.ndarray

    @property
    def consistency(self) -> float:
        """The mean over directions, each by its variance: 1 where replicas do the same."""
        return float(np.average(self.by_direction, weights=self.variances))

    @property
    def capacity(self) -> float:
        """The sum over directions: of how many a readout can make use."""
        return float(self.by_direction.sum())

    def _draw(self, ax: Any) -> None:
        """Draw the consistency of every direction."""
        ax.plot(np.arange(1, 1 + len(self.by_direction)), self.by_direction, color=COLOURS[1])
        ax.set(xlabel="principal direction", ylabel="consistency", ylim=(-0.03, 1.03))
        ax.set_title(f"consistency {self.consistency:.3f}, capacity {self.capacity:.1f}")


@checked(noise=[float, int], n_steps=[COUNT], washout=[int])
def consistency(
    estimator: Any,
    X: Any = None,
    *,
    exog: Any = None,
    noise: float = 0.0,
    n_steps: int = STEPS,
    washout: int = 200,
    random_state: Any = 0,
) -> Consistency:
    """Consistency of replicas: how much of the states is an answer to the input alone.

    Two copies of one reservoir, from different starts and, if asked, with noise of their own on the
    input, are driven by the same series; where they agree, the input is what they speak of.

    Parameters
    ----------
    estimator, X, exog, random_state
        As for `synchronisation`.
    noise : float, default=0.0
        Standard deviation of what is added to the inputs of each, as the reservoir gets them.
    n_steps : int, default=2000
        Of the series that are looked at, at most.
    washout : int, default=200
        Steps that are not counted.

    Returns
    -------
    result : Consistency

    References
    ----------
    Lymburn, Khor, Stemler, Corrêa, Small & Jüngling (2019), Consistency in echo-state networks,
    Chaos 29; Jüngling, Lymburn & Small (2022), Consistency hierarchy of reservoir computers, IEEE
    Transactions on Neural Networks and Learning Systems 33.

    Examples
    --------
    >>> from reservoir import Reservoir
    >>> from reservoir.diagnostics import consistency
    >>> calm = Reservoir(50, spectral_radius=0.5, random_state=0)
    >>> wild = Reservoir(50, spectral_radius=3.0, input_scaling=0.1, bias_scaling=0.0)
    >>> chaotic = wild.set_params(random_state=2)
    >>> round(consistency(calm).consistency, 3), consistency(chaotic).consistency < 0.2
    (1.0, True)
    """
    if noise < 0 or washout < 0:
        raise ValueError(f"noise and washout must be ≥ 0; got {noise} and {washout}.")
    run = driven(estimator, X, exog=exog, n_steps=n_steps, random_state=random_state)
    rng, item = rng_of(random_state), run.items[0][:n_steps]
    if len(item) < washout + 10:
        raise ValueError(f"X must have at least {washout + 10} steps; it has {len(item)}.")
    starts = _starts(run.rule, 2, random_state)[-2:]
    replicas = [item + noise * rng.standard_normal(item.shape) for _ in range(2)]
    seen = _carried(Driven(run.reservoir, replicas), starts)[:, washout:].astype(float)
    seen -= seen.mean(axis=1, keepdims=True)
    both = np.concatenate(seen)
    _, sizes, directions = np.linalg.svd(both, full_matrices=False)
    kept = sizes > sizes[0] * 1e-12
    first, second = (rows @ directions[kept].T for rows in seen)
    spread = np.sqrt(np.square(first).sum(axis=0) * np.square(second).sum(axis=0))
    together = (first * second).sum(axis=0) / np.where(spread > 0, spread, 1.0)
    return Consistency(np.clip(together, 0.0, 1.0), np.square(sizes[kept]) / len(both))
