"""The derivative of a step: what small changes of state and input come to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..activations import ACTIVATIONS

#: ``(dstate, dinput)``, (n_state, k) and (d, k), to ``(dstate, dseen)`` after the step.
Push = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
#: ``(dx)`` of (n, k) to what a function makes of it, (m, k).
Derivative = Callable[[np.ndarray], np.ndarray]
#: Relative size of the changes that a derivative is drawn from where none is known.
SMALL = float(np.finfo(float).eps) ** (1 / 3)


class Linearised(NamedTuple):
    """A step of one column, and its derivative there.

    Parameters
    ----------
    state, seen : ndarray of shape (n_state,) and (n_seen,)
        After the step.
    push : callable
        Of small changes before the step to those after it; exact to rounding unless said otherwise.
    """

    state: np.ndarray
    seen: np.ndarray
    push: Push


def by_differences(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> Derivative:
    """Return the derivative of a function of columns, (n, K) to (m, K), at x, (n,).

    By central differences along the directions asked for: right to some ten digits, and exact, but
    for rounding, for polynomials of two degrees.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics.tangent import by_differences
    >>> push = by_differences(np.square, np.array([3.0]))
    >>> push(np.array([[1.0, 10.0]])).round(6)
    array([[ 6., 60.]])
    """
    size = SMALL * max(1.0, float(np.abs(x).max(initial=0.0)))

    def push(dx: np.ndarray) -> np.ndarray:
        length = np.linalg.norm(dx, axis=0)
        length[length == 0] = 1.0
        step = size * dx / length
        both = function(np.hstack([x[:, None] + step, x[:, None] - step]))
        above, below = np.hsplit(np.asarray(both, dtype=float), 2)
        return (above - below) * (length / (2 * size))

    return push


def slope(activation: Callable[..., Any], drive: np.ndarray) -> np.ndarray:
    """Return the derivative of an activation at every entry of a drive, (N, 1).

    Of tanh, the logistic function, relu and the identity it is exact; of a callable of one's own by
    central differences.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.activations import in_place
    >>> from reservoir.dynamics.tangent import slope
    >>> slope(in_place("tanh"), np.array([[0.0]]))
    array([[1.]])
    """
    if activation is ACTIVATIONS["identity"]:
        return np.ones_like(drive)
    if activation is ACTIVATIONS["relu"]:
        return (drive > 0).astype(drive.dtype)
    value = activation(drive.copy(), out=np.empty_like(drive))
    if activation in (ACTIVATIONS["tanh"], np.tanh):
        return 1.0 - np.square(value)
    if activation is ACTIVATIONS["sigmoid"]:
        return value * (1.0 - value)
    step = SMALL * np.maximum(1.0, np.abs(drive))
    above, below = (activation(x, out=np.empty_like(x)) for x in (drive + step, drive - step))
    return (above - below) / (2 * step)
