"""How fast small differences grow or fade: Lyapunov exponents from exact derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.linalg import qr
from sklearn.utils.validation import check_is_fitted

from ..canvas import ink
from ..checks import COUNT, COUNT_OR_ZERO, POSITIVE, checked
from ..dynamics.tangent import Linearised
from ..esn import ESNForecaster
from ..progress import progress
from ..readouts import linear_maps
from .driven import driven
from .results import Result

#: Steps of a free run whose exponents are measured, where not said.
FREE_STEPS = 10_000
#: Steps before exponents are counted: directions turn to where they belong.
ALIGNED = 200

#: Small changes of a state, (n, k), to those one step later.
Turn = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, repr=False)
class LyapunovExponents(Result):
    """Exponents, per unit of time, and how they came about.

    Parameters
    ----------
    exponents : ndarray of shape (k,)
        Falling.
    growth : ndarray of shape (n, k)
        Logarithms of the factors between two orthogonalisations.
    dt : float
        Duration of a step.
    every : int
        Steps from one orthogonalisation to the next.
    """

    exponents: np.ndarray
    growth: np.ndarray
    dt: float = 1.0
    every: int = 1

    @property
    def running(self) -> np.ndarray:
        """The exponents as of every orthogonalisation so far, (n, k)."""
        n_taken = np.arange(1, len(self.growth) + 1)[:, None]
        return np.cumsum(self.growth, axis=0) / (n_taken * self.every * self.dt)

    @property
    def standard_error(self) -> np.ndarray:
        """Of each exponent, (k,), by the spread of ten parts of the run."""
        parts = np.array_split(self.growth / (self.every * self.dt), min(10, len(self.growth)))
        means = np.array([part.mean(axis=0) for part in parts])
        return np.asarray(means.std(axis=0, ddof=1) / np.sqrt(len(means)))

    @property
    def kaplan_yorke_dimension(self) -> float:
        """The Kaplan-Yorke dimension; NaN where the exponents are too few to tell."""
        sums = np.cumsum(self.exponents)
        if self.exponents[0] < 0:
            return 0.0
        below = np.flatnonzero(sums < 0)
        if not len(below):
            return float("nan")
        k = int(below[0])
        return k + float(sums[k - 1]) / abs(float(self.exponents[k]))

    def _draw(self, ax: Any) -> None:
        """Draw how the exponents settle."""
        time = np.arange(1, len(self.growth) + 1) * self.every * self.dt
        ax.plot(time, self.running, lw=1.2)
        ax.axhline(0.0, color=ink(), alpha=0.4, lw=0.8)
        unit = "step" if self.dt == 1.0 else "unit of time"
        ax.set(xlabel="time" if self.dt != 1.0 else "step", ylabel=f"exponent, per {unit}")
        ax.set_title(", ".join(f"{x:.3g}" for x in self.exponents[:6]))


@checked(
    n_exponents=[COUNT, None], n_steps=[COUNT, None], dt=[POSITIVE], every=[COUNT],
    aligned=[COUNT_OR_ZERO],
)  # fmt: skip
def lyapunov_exponents(
    estimator: Any,
    X: Any = None,
    *,
    exog: Any = None,
    n_exponents: int | None = None,
    n_steps: int | None = None,
    dt: float = 1.0,
    every: int = 1,
    aligned: int = ALIGNED,
    verbose: int = 0,
    random_state: Any = 0,
) -> LyapunovExponents:
    r"""Lyapunov exponents of a driven reservoir, or of the closed loop of a trained forecaster.

    .. math:: Q_t R_t = J_t Q_{t-1}, \qquad \lambda_i = \langle \log (R_t)_{ii} \rangle / \Delta t

    J is the derivative of a step, exact but for rounding. Driven, the exponents are conditional:
    all below zero is the echo state property, and the largest says how fast the reservoir forgets.
    The largest of a closed loop is that of the system it has learned, if it has.

    Parameters
    ----------
    estimator : reservoir, network, pipeline or search
        A forecaster without `X` runs freely from the end of its training; all else is driven.
    X : as in ``fit``, optional
        What drives the reservoir; random numbers where None, but for forecasters.
    exog : as in ``fit``, optional
        Beside `X`; or of the coming steps of a free run.
    n_exponents : int, optional
        How many; as many as features of a forecaster, three of a driven reservoir.
    n_steps : int, optional
        Of the free run, 10,000 where None, or of the random numbers.
    dt : float, default=1.0
        Duration of a step, in the unit of time that the exponents are wanted for.
    every : int, default=1
        Steps from one orthogonalisation to the next; more are quicker, and lose what fades fast.
    aligned : int, default=200
        Steps at the beginning that are not counted.
    verbose : int, default=0
        Whether to tell how far it has come.
    random_state : int, RandomState, Generator or None, default=0

    Returns
    -------
    result : LyapunovExponents

    Raises
    ------
    ValueError
        If there are not enough steps, or the free run diverges.
    TypeError
        If the units spike, or the readout of a free run is not linear.

    References
    ----------
    Benettin, Galgani, Giorgilli & Strelcyn (1980), Lyapunov characteristic exponents for smooth
    dynamical systems; Pathak et al. (2017), Using machine learning to replicate chaotic attractors
    and calculate Lyapunov exponents from data, Chaos 27.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import Reservoir
    >>> from reservoir.diagnostics import lyapunov_exponents
    >>> ring = Reservoir(20, topology="ring", spectral_radius=0.8, activation="identity")
    >>> lyapunov_exponents(ring, n_steps=500).exponents / np.log(0.8)
    array([1., 1., 1.])
    """
    free = X is None and hasattr(estimator, "forecast")
    if free:
        check_is_fitted(estimator)
        forecaster = getattr(estimator, "best_estimator_", estimator)
        if not hasattr(forecaster, "loop_start"):
            raise TypeError(
                f"exponents of a free run are those of an ESNForecaster; got "
                f"{type(forecaster).__name__}. Hand over X for those of its reservoir, driven."
            )
        steps: _Loop | _Driven = _Loop(forecaster, exog)
        n_steps = FREE_STEPS if n_steps is None else int(n_steps)
    else:
        n_drawn = {} if n_steps is None else {"n_steps": int(n_steps)}
        run = driven(estimator, X, exog=exog, random_state=random_state, **n_drawn)
        steps = _Driven(run.rule, run.items[0])
        n_steps = len(run.items[0]) if n_steps is None else min(int(n_steps), len(run.items[0]))
    least = aligned + max(every, 10)
    if n_steps < least:
        raise ValueError(f"n_steps must be at least {least}, {aligned} to align; got {n_steps}.")
    wanted = (steps.n_features if free else 3) if n_exponents is None else int(n_exponents)
    if wanted > steps.size:
        raise ValueError(f"n_exponents must not exceed the {steps.size} state variables.")
    start = np.random.default_rng(0).standard_normal((steps.size, wanted))
    return _measured(steps.turns(n_steps), start, n_steps, dt, every, aligned, verbose)


def _measured(
    turns: Iterator[Turn], start: np.ndarray, n_steps: int, dt: float, every: int, aligned: int,
    verbose: int,
) -> LyapunovExponents:  # fmt: skip
    """Turn directions step by step, and take the logarithms of how they grow."""
    directions, found = qr(start, mode="economic")[0], []
    tiny = np.finfo(float).tiny
    for t, turn in enumerate(progress(turns, "steps", verbose, total=n_steps), start=1):
        directions = turn(directions)
        counts = t - aligned
        if t <= aligned or counts % every == 0:
            directions, factors = qr(directions, mode="economic", check_finite=False)
            if counts > 0:
                found.append(np.log(np.maximum(np.abs(np.diag(factors)), tiny)))
    growth = np.array(found)
    exponents = growth.mean(axis=0) / (every * dt)
    order = np.argsort(-exponents)
    return LyapunovExponents(exponents[order], growth[:, order], dt, every)


class _Driven:
    """The steps of a reservoir that is driven by a series."""

    def __init__(self, rule: Any, item: np.ndarray) -> None:
        self._rule, self._item = rule, item
        self.size, self.n_features = rule.n_state, rule.n_features

    def turns(self, n_steps: int) -> Iterator[Turn]:
        """Yield the derivative of every step."""
        state = self._rule.initial_state()[:, 0]
        for u in self._item[:n_steps]:
            step = self._rule.linearised(state, u)
            state = step.state
            yield partial(self._turn, step)

    def _turn(self, step: Linearised, dx: np.ndarray) -> np.ndarray:
        return step.push(dx, np.zeros((self.n_features, dx.shape[1])))[0]


class _Loop:
    """The steps of a forecaster that runs freely: reservoir state and last output together."""

    def __init__(self, forecaster: ESNForecaster, exog: Any) -> None:
        network = forecaster.network_
        maps = linear_maps([network.readout])
        if maps is None:
            raise TypeError(
                f"the exponents of a closed loop need a linear readout; got {network.readout_!r}."
            )
        self._coef, self._intercept = maps[0][0], maps[1][0]
        self._forecaster, self._rule, self._exog = forecaster, network.rule, exog
        self.n_features = len(self._coef)
        self.size = self._rule.n_state + self.n_features

    def turns(self, n_steps: int) -> Iterator[Turn]:
        """Yield the derivative of every step."""
        inner, coef = self._forecaster, self._coef
        state, z, beside = inner.loop_start(n_steps, self._exog)
        low, high = inner.levels_.limits()
        for t in range(n_steps):
            u = z if beside is None else np.concatenate([z, beside[t]])
            step = self._rule.linearised(state, u)
            state = step.state
            z = coef @ step.seen + self._intercept + (z if inner.passthrough else 0.0)
            if not ((z >= low) & (z <= high)).all():
                raise ValueError(
                    f"the free run left the training data at step {t + 1} of {n_steps}: a loop "
                    "that diverges has no exponents. Raise the readout's alpha, or lower n_steps."
                )
            yield partial(self._turn, step, len(u) - len(z))

    def _turn(self, step: Linearised, n_beside: int, dx: np.ndarray) -> np.ndarray:
        d = self.n_features
        dz, known = dx[-d:], np.zeros((n_beside, dx.shape[1]))
        dstate, dseen = step.push(dx[:-d], np.concatenate([dz, known]))
        after = self._coef @ dseen
        return np.concatenate([dstate, after + dz if self._forecaster.passthrough else after])
