"""Further chaotic systems of the field, made by their equations as `lorenz63` is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..checks import COUNT, COUNT_OR_ZERO, POSITIVE, checked
from ..seeds import SEED, rng_of
from .generators import _trajectory

FLOW: dict[str, list[Any]] = {
    "n_steps": [COUNT], "dt": [POSITIVE], "transient": [COUNT_OR_ZERO], "random_state": SEED,
}  # fmt: skip


@checked(**FLOW)
def double_scroll(
    n_steps: int, *, dt: float = 0.25, transient: int = 1000, random_state: Any = None
) -> np.ndarray:
    r"""Double-scroll circuit: two capacitors, a coil and diodes.

    .. math:: \dot V_1 = V_1 / R_1 - g, \quad \dot V_2 = g - I, \quad \dot I = V_2 - R_4 I, \qquad
        g = \Delta V / R_2 + 2 I_r \sinh(\beta \Delta V), \quad \Delta V = V_1 - V_2

    :math:`R_1 = 1.2, R_2 = 3.44, R_4 = 0.193, \beta = 11.6, I_r = 2.25 \cdot 10^{-5}`; its
    Lyapunov time is 7.8.

    Parameters
    ----------
    n_steps : int
    dt : float, default=0.25
    transient : int, default=1000
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    x : ndarray of shape (n_steps, 3)
        V₁, V₂ and I.

    References
    ----------
    Gauthier, Bollt, Griffith & Barbosa (2021), Next generation reservoir computing, Nature
    Communications 12.

    Examples
    --------
    >>> from reservoir.datasets import double_scroll
    >>> double_scroll(100, random_state=0).shape
    (100, 3)
    """

    def flow(p: list[float]) -> list[float]:
        v1, v2, current = p
        over = v1 - v2
        through = over / 3.44 + 4.5e-5 * math.sinh(11.6 * over)
        return [v1 / 1.2 - through, through - current, v2 - 0.193 * current]

    start = [0.37926545, 0.058339, -0.08167691] + rng_of(random_state).uniform(-0.01, 0.01, 3)
    return _trajectory(flow, start, dt, n_steps, transient)


@checked(**FLOW)
def chen(
    n_steps: int, *, dt: float = 0.005, transient: int = 1000, random_state: Any = None
) -> np.ndarray:
    r"""Chen's system, a multi-scroll attractor, with :math:`a = 40, b = 3, c = 28`.

    .. math:: \dot x = a (y - x), \quad \dot y = (c - a) x - xz + cy, \quad \dot z = xy - bz

    Parameters
    ----------
    n_steps : int
    dt : float, default=0.005
    transient : int, default=1000
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    x : ndarray of shape (n_steps, 3)

    References
    ----------
    Chen & Ueta (1999), Yet another chaotic attractor, International Journal of Bifurcation and
    Chaos 9.

    Examples
    --------
    >>> from reservoir.datasets import chen
    >>> chen(100, random_state=0).shape
    (100, 3)
    """

    def flow(p: list[float]) -> list[float]:
        x, y, z = p
        return [40.0 * (y - x), -12.0 * x - x * z + 28.0 * y, x * y - 3.0 * z]

    start = [-0.1, 0.5, -0.6] + rng_of(random_state).uniform(-0.05, 0.05, 3)
    return _trajectory(flow, start, dt, n_steps, transient)


@checked(**FLOW)
def rabinovich_fabrikant(
    n_steps: int, *, dt: float = 0.05, transient: int = 1000, random_state: Any = None
) -> np.ndarray:
    r"""Rabinovich and Fabrikant's system, with :math:`\alpha = 1.1, \gamma = 0.87`.

    .. math:: \dot x = y (z - 1 + x^2) + \gamma x, \quad \dot y = x (3z + 1 - x^2) + \gamma y,
        \quad \dot z = -2 z (\alpha + xy)

    Parameters
    ----------
    n_steps : int
    dt : float, default=0.05
    transient : int, default=1000
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    x : ndarray of shape (n_steps, 3)

    References
    ----------
    Rabinovich & Fabrikant (1979), Stochastic self-modulation of waves in nonequilibrium media,
    Journal of Experimental and Theoretical Physics 77.

    Examples
    --------
    >>> from reservoir.datasets import rabinovich_fabrikant
    >>> rabinovich_fabrikant(100, random_state=0).shape
    (100, 3)
    """

    def flow(p: list[float]) -> list[float]:
        x, y, z = p
        return [
            y * (z - 1.0 + x * x) + 0.87 * x,
            x * (3.0 * z + 1.0 - x * x) + 0.87 * y,
            -2.0 * z * (1.1 + x * y),
        ]

    start = [-1.0, 0.0, 0.5] + rng_of(random_state).uniform(-0.02, 0.02, 3)
    return _trajectory(flow, start, dt, n_steps, transient)


@checked(**FLOW)
def chua(
    n_steps: int, *, dt: float = 0.05, transient: int = 1000, random_state: Any = None
) -> np.ndarray:
    r"""Chua's circuit, with :math:`\alpha = 15.6, \beta = 28, m_0 = -8/7, m_1 = -5/7`.

    .. math:: \dot x = \alpha (y - x - f(x)), \quad \dot y = x - y + z, \quad \dot z = -\beta y,
        \qquad f(x) = m_1 x + \tfrac 1 2 (m_0 - m_1) (|x + 1| - |x - 1|)

    Parameters
    ----------
    n_steps : int
    dt : float, default=0.05
    transient : int, default=1000
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    x : ndarray of shape (n_steps, 3)

    References
    ----------
    Matsumoto, Chua & Komuro (1985), The double scroll, IEEE Transactions on Circuits and Systems
    32.

    Examples
    --------
    >>> from reservoir.datasets import chua
    >>> chua(100, random_state=0).shape
    (100, 3)
    """

    def flow(p: list[float]) -> list[float]:
        x, y, z = p
        bend = -5.0 / 7.0 * x - 3.0 / 14.0 * (abs(x + 1.0) - abs(x - 1.0))
        return [15.6 * (y - x - bend), x - y + z, -28.0 * y]

    start = [0.7, 0.0, 0.0] + rng_of(random_state).uniform(-0.05, 0.05, 3)
    return _trajectory(flow, start, dt, n_steps, transient)


@checked(**FLOW)
def colpitts(
    n_steps: int, *, dt: float = 0.1, transient: int = 1000, random_state: Any = None
) -> np.ndarray:
    r"""Colpitts oscillator, with :math:`a = 30, b = 0.8, c = 20, d = 0.08, e = 10`.

    .. math:: \dot x = y - a F(z), \quad \dot y = c - x - b y - z, \quad \dot z = y - d z, \qquad
        F(z) = \max(e - 1 - z, 0)

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
    Kennedy (1994), Chaos in the Colpitts oscillator, IEEE Transactions on Circuits and Systems I
    41; Čenys, Tamaševičius, Baziliauskas, Krivickas & Lindberg (2003), Hyperchaos in coupled
    Colpitts oscillators, Chaos, Solitons & Fractals 17, for this form.

    Examples
    --------
    >>> from reservoir.datasets import colpitts
    >>> colpitts(100, random_state=0).shape
    (100, 3)
    """

    def flow(p: list[float]) -> list[float]:
        x, y, z = p
        return [y - 30.0 * max(9.0 - z, 0.0), 20.0 - x - 0.8 * y - z, y - 0.08 * z]

    start = [8.9, 0.65, 8.8] + rng_of(random_state).uniform(-0.1, 0.1, 3)
    return _trajectory(flow, start, dt, n_steps, transient)


@checked(**FLOW)
def hyper_lorenz(
    n_steps: int, *, dt: float = 0.01, transient: int = 1000, random_state: Any = None
) -> np.ndarray:
    r"""Hyperchaotic Lorenz system, with :math:`a = 10, b = 8/3, c = 28, r = -1`.

    .. math:: \dot x = a (y - x) + w, \quad \dot y = cx - y - xz, \quad \dot z = xy - bz,
        \quad \dot w = -yz + rw

    Two of its exponents are above zero: 0.3381, 0.1586, 0 and -15.1752.

    Parameters
    ----------
    n_steps : int
    dt : float, default=0.01
    transient : int, default=1000
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    x : ndarray of shape (n_steps, 4)

    References
    ----------
    Wang & Wang (2008), A hyperchaos generated from Lorenz system, Physica A 387.

    Examples
    --------
    >>> from reservoir.datasets import hyper_lorenz
    >>> hyper_lorenz(100, random_state=0).shape
    (100, 4)
    """

    def flow(p: list[float]) -> list[float]:
        x, y, z, w = p
        return [10.0 * (y - x) + w, 28.0 * x - y - x * z, x * y - 8.0 / 3.0 * z, -y * z - w]

    start = [1.0, 1.0, 20.0, 0.0] + rng_of(random_state).uniform(-0.5, 0.5, 4)
    return _trajectory(flow, start, dt, n_steps, transient)


@checked(**FLOW)
def double_pendulum(
    n_steps: int, *, dt: float = 0.05, transient: int = 0, random_state: Any = None
) -> np.ndarray:
    r"""Double pendulum without friction: two unit masses on rods of unit length.

    .. math:: 2 \ddot\theta_1 + \ddot\theta_2 \cos\Delta + \dot\theta_2^2 \sin\Delta
        + 2 g \sin\theta_1 = 0, \qquad
        \ddot\theta_2 + \ddot\theta_1 \cos\Delta - \dot\theta_1^2 \sin\Delta + g \sin\theta_2 = 0

    with :math:`\Delta = \theta_1 - \theta_2, g = 9.81`; it starts at rest, both rods nearly level.
    Its energy is conserved.

    Parameters
    ----------
    n_steps : int
    dt : float, default=0.05
    transient : int, default=0
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    x : ndarray of shape (n_steps, 4)
        Angles from the vertical and their rates, :math:`\theta_1, \theta_2, \dot\theta_1,
        \dot\theta_2`, in radians and per unit of time.

    References
    ----------
    Shinbrot, Grebogi, Wisdom & Yorke (1992), Chaos in a double pendulum, American Journal of
    Physics 60.

    Examples
    --------
    >>> from reservoir.datasets import double_pendulum
    >>> double_pendulum(100, random_state=0).shape
    (100, 4)
    """

    def flow(p: list[float]) -> list[float]:
        one, two, rate1, rate2 = p
        s, c = math.sin(one - two), math.cos(one - two)
        first = -rate2 * rate2 * s - 19.62 * math.sin(one)
        second = rate1 * rate1 * s - 9.81 * math.sin(two)
        below = 2.0 - c * c
        return [rate1, rate2, (first - c * second) / below, (2.0 * second - c * first) / below]

    level = math.pi / 2 + rng_of(random_state).uniform(-0.2, 0.2, 2)
    return _trajectory(flow, np.concatenate([level, [0.0, 0.0]]), dt, n_steps, transient)


@checked(n_steps=[COUNT], transient=[COUNT_OR_ZERO], random_state=SEED)
def ikeda(n_steps: int, *, transient: int = 1000, random_state: Any = None) -> np.ndarray:
    r"""Ikeda's map, light in a ring with a nonlinear medium, with :math:`u = 0.9`.

    .. math:: z_{t+1} = 1 + u \, z_t \, e^{i \phi_t}, \qquad
        \phi_t = 0.4 - \frac{6}{1 + |z_t|^2}

    Parameters
    ----------
    n_steps : int
    transient : int, default=1000
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    x : ndarray of shape (n_steps, 2)
        Real and imaginary part.

    References
    ----------
    Ikeda (1979), Multiple-valued stationary state and its instability of the transmitted light by
    a ring cavity system, Optics Communications 30.

    Examples
    --------
    >>> from reservoir.datasets import ikeda
    >>> ikeda(100, random_state=0).shape
    (100, 2)
    """
    z = complex(*rng_of(random_state).uniform(-0.5, 0.5, 2))
    points = []
    for _ in range(transient + n_steps):
        points.append((z.real, z.imag))
        phase = 0.4 - 6.0 / (1.0 + abs(z) ** 2)
        z = 1.0 + 0.9 * z * complex(math.cos(phase), math.sin(phase))
    return np.array(points[transient:])
