"""Standard signals of the field, and real series that ship with the package."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

import numpy as np
from sklearn.utils import Bunch, check_random_state

#: Largest Lyapunov exponent of `lorenz63`, per time unit (Sprott 2003, Chaos and time-series
#: analysis).
LORENZ63_EXPONENT = 0.9056


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
    random_state : int, RandomState instance or None, default=None
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
    x = (1.2 + check_random_state(random_state).uniform(-0.1, 0.1, delay + 1)).tolist()
    for _ in range(10 * (transient + n_steps)):
        late = x[-1 - delay]
        x.append(x[-1] + 0.1 * (0.2 * late / (1.0 + late**10) - 0.1 * x[-1]))
    return np.array(x[-10 * n_steps :: 10]).reshape(-1, 1)


def lorenz63(
    n_steps: int, *, dt: float = 0.02, transient: int = 1000, random_state: Any = None
) -> np.ndarray:
    r"""Lorenz's system of 1963, with :math:`\sigma = 10, \rho = 28, \beta = 8/3`.

    .. math:: \dot x = \sigma (y - x), \quad \dot y = x (\rho - z) - y, \quad \dot z = xy - \beta z

    By the classical Runge-Kutta method in ten fixed sub-steps a step: the noise of an adaptive
    solver, amplified e-fold per Lyapunov time, would itself limit how far one can forecast.

    Parameters
    ----------
    n_steps : int
        Number of steps T.
    dt : float, default=0.02
        Time from step to step.
    transient : int, default=1000
        Steps left out before the first.
    random_state : int, RandomState instance or None, default=None
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
        return [10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z]

    start = check_random_state(random_state).uniform(-1.0, 1.0, 3) + [0.0, 0.0, 25.0]
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


def narma10(n_steps: int, *, random_state: Any = None) -> tuple[np.ndarray, np.ndarray]:
    r"""NARMA-10: the output of a nonlinear moving average of order ten, to be found from its input.

    .. math::

        y_{t+1} = 0.3\,y_t + 0.05\,y_t \sum_{i=0}^{9} y_{t-i} + 1.5\,u_{t-9} u_t + 0.1,
        \qquad u_t \sim U(0, 0.5)

    Inputs for which it grows without bound are drawn again.

    Parameters
    ----------
    n_steps : int
        Number of steps T.
    random_state : int, RandomState instance or None, default=None

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
    >>> from reservoir.datasets import narma10
    >>> u, y = narma10(1000, random_state=0)
    >>> u.shape, y.shape, bool(y.max() < 1)
    ((1000, 1), (1000,), True)
    """
    rng = check_random_state(random_state)
    while True:
        u = rng.uniform(0.0, 0.5, n_steps)
        y = np.zeros(n_steps)
        for t in range(min(9, n_steps - 1), n_steps - 1):
            y[t + 1] = (
                0.3 * y[t] + 0.05 * y[t] * y[t - 9 : t + 1].sum() + 1.5 * u[t - 9] * u[t] + 0.1
            )
            if y[t + 1] > 10.0:
                break
        else:
            return u.reshape(-1, 1), y


def load_co2() -> Bunch:
    """Weekly carbon dioxide in the air over Mauna Loa, Hawaii, March 1958 to December 2001.

    2284 weeks, of which 59 are missing (NaN).

    Returns
    -------
    data : `~sklearn.utils.Bunch`
        ``data`` ndarray of shape (2284, 1), in parts per million by volume; ``dates`` ndarray of
        datetime64[D], Saturdays; ``feature_names``; ``filename`` of the CSV; ``DESCR``.

    References
    ----------
    Keeling & Whorf (2004), Atmospheric CO2 concentrations derived from flask air samples at sites
    in the SIO network, CDIAC, Oak Ridge National Laboratory; as in statsmodels, public domain.

    Examples
    --------
    >>> from reservoir.datasets import load_co2
    >>> co2 = load_co2()
    >>> co2.data.shape, str(co2.dates[0])
    ((2284, 1), '1958-03-29')
    """
    path = resources.files("reservoir.data") / "co2.csv"
    text = np.genfromtxt(str(path), delimiter=",", dtype=str, skip_header=1)
    values = np.array([float(value) if value else np.nan for value in text[:, 1]])
    return Bunch(
        data=values.reshape(-1, 1),
        dates=text[:, 0].astype("datetime64[D]"),
        feature_names=["co2"],
        filename=str(path),
        DESCR=load_co2.__doc__,
    )
