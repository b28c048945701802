"""How well a reservoir tells inputs apart, and how little it minds what should not matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import svdvals

from ..canvas import COLOURS, ink
from ..checks import COUNT, POSITIVE, checked
from ..seeds import rng_of
from .driven import Driven, driven
from .results import Result

#: Steps of the random sequences.
STEPS = 200
#: Steps at the end that streams have in common, of which a reservoir should remember all else not.
COMMON = 20


@dataclass(frozen=True, repr=False)
class StateRank(Result):
    """The rank of end states of several inputs.

    Parameters
    ----------
    singular_values : ndarray of shape (min(K, n_seen),)
    tolerance : float
        What a singular value must exceed, as a share of the largest one.
    """

    told = ("rank",)

    singular_values: np.ndarray
    tolerance: float

    @property
    def rank(self) -> int:
        """How many singular values count."""
        return int((self.singular_values > self.tolerance * self.singular_values[0]).sum())

    def _draw(self, ax: Any) -> None:
        """Draw the singular values."""
        share = self.singular_values / self.singular_values[0]
        ax.plot(np.arange(1, 1 + len(share)), np.maximum(share, 1e-18), ".", color=COLOURS[1])
        ax.axhline(self.tolerance, color=ink(), alpha=0.4, lw=0.8, linestyle=":")
        ax.set(yscale="log", xlabel="direction", ylabel="singular value, of the largest")
        ax.set_title(f"rank {self.rank} of {len(share)}")


@checked(n_sequences=[COUNT, None], n_steps=[COUNT], tolerance=[POSITIVE])
def kernel_rank(
    estimator: Any,
    X: Any = None,
    *,
    n_sequences: int | None = None,
    n_steps: int = STEPS,
    tolerance: float = 1e-3,
    random_state: Any = 0,
) -> StateRank:
    """Kernel rank: how many different inputs a linear readout can tell apart.

    The rank of the end states of as many different inputs as there are units; it is best high.

    Parameters
    ----------
    estimator : reservoir, network, pipeline or search
        A reservoir need not be fitted.
    X : array-like of shape (K, T, d), or list of (T_k, d) arrays, optional
        Inputs that are to be told apart; independent numbers, uniform in -1 … 1, where None.
    n_sequences, n_steps : int, optional
        Of the inputs that are drawn: as many as is seen of a state, and 200 steps.
    tolerance : float, default=1e-3
        Directions of a smaller share of the largest are noise to a readout that is to stand some.
    random_state : int, RandomState, Generator or None, default=0

    Returns
    -------
    result : StateRank

    Raises
    ------
    ValueError
        If `X` is one series.

    References
    ----------
    Legenstein & Maass (2007), Edge of chaos and prediction of computational performance for neural
    circuit models, Neural Networks 20.

    Examples
    --------
    >>> from reservoir import Reservoir
    >>> from reservoir.diagnostics import kernel_rank
    >>> kernel_rank(Reservoir(20, input_scaling=2.0, random_state=0)).rank
    20
    """
    rng = rng_of(random_state)
    run = _run_of(estimator, X)
    if X is not None and len(run.items) < 2:
        raise ValueError(
            "X must be several sequences, a panel (K, T, d) or a list: one has one end state."
        )
    if X is None:
        shape = (n_sequences or run.rule.n_seen, n_steps, run.rule.n_features)
        run = Driven(run.reservoir, list(rng.uniform(-1.0, 1.0, shape)))
    return _rank_of(run, tolerance)


@checked(n_sequences=[COUNT, None], n_steps=[COUNT], n_common=[COUNT], tolerance=[POSITIVE])
def generalization_rank(
    estimator: Any,
    *,
    n_sequences: int | None = None,
    n_steps: int = STEPS,
    n_common: int = COMMON,
    tolerance: float = 1e-3,
    random_state: Any = 0,
) -> StateRank:
    """Generalization rank: how many inputs that should be one the reservoir tells apart.

    As `kernel_rank`, of inputs that differ in the past alone and agree in their last steps; it is
    best low. Of a good reservoir the kernel rank is well above it.

    Parameters
    ----------
    estimator, n_sequences, n_steps, tolerance, random_state
        As for `kernel_rank`.
    n_common : int, default=20
        Last steps that all inputs have in common.

    Returns
    -------
    result : StateRank

    References
    ----------
    Legenstein & Maass (2007); Büsing, Schrauwen & Legenstein (2010), Connectivity, dynamics, and
    memory in reservoir computing with binary and analog neurons, Neural Computation 22.

    Examples
    --------
    >>> from reservoir import Reservoir
    >>> from reservoir.diagnostics import generalization_rank
    >>> forgetful = Reservoir(30, spectral_radius=0.1, random_state=0)
    >>> generalization_rank(forgetful).rank
    1
    """
    rng = rng_of(random_state)
    run = _run_of(estimator, None)
    inputs = rng.uniform(-1.0, 1.0, (n_sequences or run.rule.n_seen, n_steps, run.rule.n_features))
    common = min(n_common, n_steps)
    inputs[:, n_steps - common :] = inputs[0, n_steps - common :]
    return _rank_of(Driven(run.reservoir, list(inputs)), tolerance)


def _run_of(estimator: Any, X: Any) -> Driven:
    return driven(estimator, X, n_steps=2)


def _rank_of(run: Driven, tolerance: float) -> StateRank:
    """Return the rank of the end states of all inputs."""
    end = run.run()
    return StateRank(svdvals(run.rule.last_seen(end, run.items).astype(float)), float(tolerance))
