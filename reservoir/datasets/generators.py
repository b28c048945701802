"""Standard signals of the field, made by their equations."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from ..checks import COUNT, COUNT_OR_ZERO, POSITIVE, checked
from ..seeds import SEED, rng_of

#: Largest Lyapunov exponent of `lorenz63`, per time unit (Sprott 2003, Chaos and time-series
#: analysis).
LORENZ63_EXPONENT = 0.9056


@checked(n_steps=[COUNT], tau=[POSITIVE], transient=[COUNT_OR_ZERO], random_state=SEED)
def mackey_glass(
    n_steps: int, *, tau: float = 17.0, transient: int = 1000, random_state: Any = None
) -> np.ndarray:
    r"""Mackey-Glass equation, the standard signal of the field.

    .. math:: \dot x(t) = \frac{0.2\,x(t - \tau)}{1 + x(t - \tau)^{10}} - 0.1\,x(t)

    Euler steps of 0.1, every tenth one kept, as in Jaeger (2001), GMD report 148, where also
    ``tanh(x - 1)`` is taken of it.

    Parameters
    ----------
    n_steps : int
        Number of steps T, each of one time unit.
    tau : float, default=17.0
        Delay; chaotic from 16.8 on.
    transient : int, default=1000
        Steps left out before the first.
    random_state : int, RandomState, Generator or None, default=None
        Draws the history before the transient, around 1.2.

    Returns
    -------
    x : ndarray of shape (n_steps, 1)

    References
    ----------
    Mackey & Glass (1977), Oscillation and chaos in physiological control systems, Science 197.

    Examples
    --------
    >>> from reservoir.datasets import mackey_glass
    >>> x = mackey_glass(3000, random_state=0)
    >>> bool(0.2 < x.min() < 0.5), bool(1.2 < x.max() < 1.4)
    (True, True)
    """
    delay = round(10 * tau)
    x = (1.2 + rng_of(random_state).uniform(-0.1, 0.1, delay + 1)).tolist()
    for _ in range(10 * (transient + n_steps)):
        late = x[-1 - delay]
        x.append(x[-1] + 0.1 * (0.2 * late / (1.0 + late**10) - 0.1 * x[-1]))
    return np.array(x[-10 * n_steps :: 10]).reshape(-1, 1)


@checked(
    n_steps=[COUNT], dt=[POSITIVE], rho=[POSITIVE], transient=[COUNT_OR_ZERO], random_state=SEED
)
def lorenz63(
    n_steps: int,
    *,
    dt: float = 0.02,
    rho: float = 28.0,
    transient: int = 1000,
    random_state: Any = None,
) -> np.ndarray:
    r"""Lorenz's system of 1963, with :math:`\sigma = 10, \beta = 8/3`.

    .. math:: \dot x = \sigma (y - x), \quad \dot y = x (\rho - z) - y, \quad \dot z = xy - \beta z

    By the classical Runge-Kutta method in ten fixed sub-steps a step: the noise of an adaptive
    solver, amplified e-fold per Lyapunov time, would itself limit how far one can forecast.

    Parameters
    ----------
    n_steps : int
        Number of steps T.
    dt : float, default=0.02
        Time from step to step.
    rho : float, default=28.0
        Chaotic from 24.74 on; below, trajectories come to rest sooner or later.
    transient : int, default=1000
        Steps left out before the first.
    random_state : int, RandomState, Generator or None, default=None
        Draws the initial point.

    Returns
    -------
    x : ndarray of shape (n_steps, 3)

    References
    ----------
    Lorenz (1963), Deterministic nonperiodic flow, Journal of the Atmospheric Sciences 20.

    Examples
    --------
    >>> from reservoir.datasets import lorenz63
    >>> lorenz63(500, random_state=0).shape
    (500, 3)
    """

    def flow(p: list[float]) -> list[float]:
        x, y, z = p
        return [10.0 * (y - x), x * (rho - z) - y, x * y - 8.0 / 3.0 * z]

    start = rng_of(random_state).uniform(-1.0, 1.0, 3) + [0.0, 0.0, 25.0]
    return _trajectory(flow, start, dt, n_steps, transient)


@checked(n_steps=[COUNT], dt=[POSITIVE], transient=[COUNT_OR_ZERO], random_state=SEED)
def rossler(
    n_steps: int, *, dt: float = 0.1, transient: int = 1000, random_state: Any = None
) -> np.ndarray:
    r"""Rössler's system, with :math:`a = b = 0.2, c = 5.7`.

    .. math:: \dot x = -y - z, \quad \dot y = x + a y, \quad \dot z = b + z (x - c)

    Integrated as `lorenz63`; its largest Lyapunov exponent is 0.0714 per time unit.

    Parameters
    ----------
    n_steps : int
    dt : float, default=0.1
    transient : int, default=1000
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    x : ndarray of shape (n_steps, 3)

    References
    ----------
    Rössler (1976), An equation for continuous chaos, Physics Letters A 57.

    Examples
    --------
    >>> from reservoir.datasets import rossler
    >>> rossler(500, random_state=0).shape
    (500, 3)
    """

    def flow(p: list[float]) -> list[float]:
        x, y, z = p
        return [-y - z, x + 0.2 * y, 0.2 + z * (x - 5.7)]

    start = rng_of(random_state).uniform(-1.0, 1.0, 3)
    return _trajectory(flow, start, dt, n_steps, transient)


@checked(
    n_steps=[COUNT],
    n_sites=[Interval(Integral, 4, None, closed="left")],
    forcing=[Real],
    dt=[POSITIVE],
    transient=[COUNT_OR_ZERO],
    random_state=SEED,
)
def lorenz96(
    n_steps: int,
    *,
    n_sites: int = 5,
    forcing: float = 8.0,
    dt: float = 0.01,
    transient: int = 1000,
    random_state: Any = None,
) -> np.ndarray:
    r"""Lorenz's system of 1996, a ring of sites.

    .. math:: \dot x_i = (x_{i+1} - x_{i-2})\, x_{i-1} - x_i + F

    Integrated as `lorenz63`.

    Parameters
    ----------
    n_steps : int
    n_sites : int, default=5
        Number of sites d, ≥ 4.
    forcing : float, default=8.0
        F; chaotic at 8.
    dt : float, default=0.01
    transient : int, default=1000
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    x : ndarray of shape (n_steps, n_sites)

    References
    ----------
    Lorenz (1996), Predictability: a problem partly solved, ECMWF seminar on predictability.

    Examples
    --------
    >>> from reservoir.datasets import lorenz96
    >>> lorenz96(200, n_sites=6, random_state=0).shape
    (200, 6)
    """

    def flow(x: list[float]) -> list[float]:
        return [(x[i + 1 - n_sites] - x[i - 2]) * x[i - 1] - x[i] + forcing for i in range(n_sites)]

    start = forcing + rng_of(random_state).uniform(-1.0, 1.0, n_sites)
    return _trajectory(flow, start, dt, n_steps, transient)


def _trajectory(
    flow: Callable[[list[float]], list[float]],
    start: np.ndarray,
    dt: float,
    n_steps: int,
    transient: int,
) -> np.ndarray:
    return _runge_kutta(flow, start.tolist(), dt, transient + n_steps, substeps=10)[transient:]


def _runge_kutta(
    flow: Callable[[list[float]], list[float]],
    point: list[float],
    dt: float,
    n_steps: int,
    substeps: int,
) -> np.ndarray:
    """Return n_steps points, dt apart; in plain floats, which are faster than small arrays."""
    h, points = dt / substeps, []
    for _ in range(n_steps):
        points.append(point)
        for _ in range(substeps):
            k1 = flow(point)
            k2 = flow([p + 0.5 * h * k for p, k in zip(point, k1)])
            k3 = flow([p + 0.5 * h * k for p, k in zip(point, k2)])
            k4 = flow([p + h * k for p, k in zip(point, k3)])
            point = [
                p + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
                for p, a, b, c, d in zip(point, k1, k2, k3, k4)
            ]
    return np.array(points)


@checked(n_steps=[COUNT], transient=[COUNT_OR_ZERO], random_state=SEED)
def henon(n_steps: int, *, transient: int = 1000, random_state: Any = None) -> np.ndarray:
    r"""Hénon's map, with :math:`a = 1.4, b = 0.3`.

    .. math:: x_{t+1} = 1 - a x_t^2 + y_t, \qquad y_{t+1} = b x_t

    Parameters
    ----------
    n_steps : int
    transient : int, default=1000
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    x : ndarray of shape (n_steps, 2)

    References
    ----------
    Hénon (1976), A two-dimensional mapping with a strange attractor, Communications in
    Mathematical Physics 50.

    Examples
    --------
    >>> from reservoir.datasets import henon
    >>> henon(100, random_state=0).shape
    (100, 2)
    """
    x, y = rng_of(random_state).uniform(-0.1, 0.1, 2).tolist()
    points = []
    for _ in range(transient + n_steps):
        points.append((x, y))
        x, y = 1.0 - 1.4 * x * x + y, 0.3 * x
    return np.array(points[transient:])


@checked(
    n_steps=[COUNT],
    r=[Interval(Real, 0, 4, closed="right")],
    transient=[COUNT_OR_ZERO],
    random_state=SEED,
)
def logistic(
    n_steps: int, *, r: float = 4.0, transient: int = 1000, random_state: Any = None
) -> np.ndarray:
    r"""Logistic map.

    .. math:: x_{t+1} = r x_t (1 - x_t)

    Parameters
    ----------
    n_steps : int
    r : float, default=4.0
        In (0, 4]; fully chaotic at 4.
    transient : int, default=1000
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    x : ndarray of shape (n_steps, 1)

    References
    ----------
    May (1976), Simple mathematical models with very complicated dynamics, Nature 261.

    Examples
    --------
    >>> from reservoir.datasets import logistic
    >>> x = logistic(100, random_state=0)
    >>> bool(0 < x.min() < x.max() < 1)
    True
    """
    x = float(rng_of(random_state).uniform(0.1, 0.9))
    points = []
    for _ in range(transient + n_steps):
        points.append(x)
        x = r * x * (1.0 - x)
    return np.array(points[transient:]).reshape(-1, 1)


#: Angular frequencies of `sines`, as in the tasks MSO-1 to MSO-8.
FREQUENCIES = (0.2, 0.311, 0.42, 0.51, 0.63, 0.74, 0.85, 0.97)


@checked(n_steps=[COUNT], n_sines=[Interval(Integral, 1, len(FREQUENCIES), closed="both")])
def sines(n_steps: int, *, n_sines: int = 8) -> np.ndarray:
    r"""Multiple superimposed oscillators, :math:`\sum_i \sin(a_i t)`; no draw.

    Parameters
    ----------
    n_steps : int
    n_sines : int, default=8
        How many, 1 to 8, of the frequencies 0.2, 0.311, 0.42, 0.51, 0.63, 0.74, 0.85, 0.97.

    Returns
    -------
    x : ndarray of shape (n_steps, 1)

    References
    ----------
    Jaeger & Haas (2004), Harnessing nonlinearity, Science 304, supporting material; Wierstra,
    Gomez & Schmidhuber (2005), Modeling systems with internal state using Evolino.

    Examples
    --------
    >>> from reservoir.datasets import sines
    >>> sines(3, n_sines=1).ravel().round(3)
    array([0.   , 0.199, 0.389])
    """
    t = np.arange(n_steps)[:, None]
    return np.sin(t * FREQUENCIES[:n_sines]).sum(axis=1, keepdims=True)


@checked(
    n_steps=[COUNT],
    length=[POSITIVE],
    n_points=[Interval(Integral, 4, None, closed="left")],
    dt=[POSITIVE],
    transient=[COUNT_OR_ZERO],
    random_state=SEED,
)
def kuramoto_sivashinsky(
    n_steps: int,
    *,
    length: float = 22.0,
    n_points: int = 64,
    dt: float = 0.25,
    transient: int = 1000,
    random_state: Any = None,
) -> np.ndarray:
    r"""Kuramoto-Sivashinsky equation on a ring, chaotic in space and time.

    .. math:: u_t = -u u_x - u_{xx} - u_{xxxx}

    Fourier modes in space; in time exponential Runge-Kutta of fourth order (ETDRK4), one step of
    `dt` each.

    Parameters
    ----------
    n_steps : int
    length : float, default=22.0
        Circumference.
    n_points : int, default=64
        Grid points, an even number.
    dt : float, default=0.25
    transient : int, default=1000
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    u : ndarray of shape (n_steps, n_points)

    References
    ----------
    Kassam & Trefethen (2005), Fourth-order time-stepping for stiff PDEs, SIAM Journal on Scientific
    Computing 26, whose contour integrals give the coefficients.

    Examples
    --------
    >>> from reservoir.datasets import kuramoto_sivashinsky
    >>> kuramoto_sivashinsky(100, random_state=0).shape
    (100, 64)
    """
    if n_points % 2:
        raise ValueError(f"n_points must be an even integer ≥ 4; got {n_points}.")
    k = 2 * np.pi / length * np.arange(n_points // 2 + 1)
    linear = k**2 - k**4
    roots = np.exp(1j * np.pi * (np.arange(1, 33) - 0.5) / 32)
    z = dt * linear[:, None] + roots  # around each eigenvalue: no cancellation near zero
    half = dt * ((np.exp(z / 2) - 1) / z).mean(axis=1).real
    f1 = dt * ((-4 - z + np.exp(z) * (4 - 3 * z + z**2)) / z**3).mean(axis=1).real
    f2 = dt * ((2 + z + np.exp(z) * (z - 2)) / z**3).mean(axis=1).real
    f3 = dt * ((-4 - 3 * z - z**2 + np.exp(z) * (4 - z)) / z**3).mean(axis=1).real
    decay, decay_half = np.exp(dt * linear), np.exp(dt * linear / 2)

    def nonlinear(v: np.ndarray) -> np.ndarray:
        return -0.5j * k * np.fft.rfft(np.fft.irfft(v, n_points) ** 2)

    v = np.fft.rfft(rng_of(random_state).uniform(-0.5, 0.5, n_points))
    v[0] = 0.0  # the mean is conserved
    states = np.empty((transient + n_steps, n_points))
    for state in states:
        state[...] = np.fft.irfft(v, n_points)
        n_v = nonlinear(v)
        a = decay_half * v + half * n_v
        n_a = nonlinear(a)
        b = decay_half * v + half * n_a
        n_b = nonlinear(b)
        c = decay_half * a + half * (2 * n_b - n_v)
        v = decay * v + f1 * n_v + 2 * f2 * (n_a + n_b) + f3 * nonlinear(c)
    return states[transient:]


@checked(n_steps=[COUNT], order=[COUNT], random_state=SEED)
def narma(
    n_steps: int, *, order: int = 10, random_state: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    r"""Nonlinear moving average of a given order, to be found from its input.

    .. math::

        y_{t+1} = 0.3\,y_t + 0.05\,y_t \sum_{i=0}^{n-1} y_{t-i} + 1.5\,u_{t-n+1} u_t + 0.1,
        \qquad u_t \sim U(0, 0.5)

    Above order 10, which would grow without bound, the hyperbolic tangent is taken of the right
    side; up to it, inputs for which it does are drawn again.

    Parameters
    ----------
    n_steps : int
        Number of steps T.
    order : int, default=10
        n ≥ 1.
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    u : ndarray of shape (n_steps, 1)
    y : ndarray of shape (n_steps,)
        ``y[t]`` depends on the inputs up to ``u[t - 1]``.

    References
    ----------
    Atiya & Parlos (2000), New results on recurrent network training, IEEE Transactions on Neural
    Networks 11.

    Examples
    --------
    >>> from reservoir.datasets import narma
    >>> u, y = narma(1000, random_state=0)
    >>> u.shape, y.shape, bool(y.max() < 1)
    ((1000, 1), (1000,), True)
    """
    rng = rng_of(random_state)
    while True:
        u = rng.uniform(0.0, 0.5, n_steps)
        y = np.zeros(n_steps)
        for t in range(order - 1, n_steps - 1):
            past = y[t - order + 1 : t + 1].sum()
            right = 0.3 * y[t] + 0.05 * y[t] * past + 1.5 * u[t - order + 1] * u[t] + 0.1
            y[t + 1] = np.tanh(right) if order > 10 else right
            if y[t + 1] > 10.0:
                break
        else:
            return u.reshape(-1, 1), y
