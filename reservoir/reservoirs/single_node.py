"""`SingleNodeReservoir`: one nonlinear node with a delayed feedback."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from ..checks import COUNT, COUNT_OR_ZERO
from ..dynamics import SingleNodeUpdate
from ..sequences import Sequences
from .base import BaseReservoir


class SingleNodeReservoir(BaseReservoir):
    r"""One nonlinear node with a delayed feedback, whose values along the delay are the units.

    .. math:: \dot x(s) = -x(s) + \eta \frac{a}{1 + |a|^p}, \qquad
        a = x(s - \tau) + W_{in} u_t + b

    What hardware can build: a laser or a circuit, a delay line, and an input that is held for N
    units of time theta, under a mask of random signs. Each unit reads the one before it, by the
    node's own inertia, and what was `shift` units before it one step ago; nothing else is
    connected. It costs N a step. With no shift each unit hears of itself alone, and little is
    remembered; with one the units are a ring.

    Parameters
    ----------
    n_units : int, default=100
        N, virtual nodes along the delay.
    separation : float, default=0.8
        theta > 0, from unit to unit, in units of the node's time: small, and neighbours are much
        alike; large, and they know nothing of each other.
    gain : float, default=0.9
        eta, of the feedback.
    exponent : float, default=4.0
        p ≥ 1: how sharply what is large is held.
    shift : int, default=1
        k in 0 … `n_units`: by so many units the delay, :math:`\tau = (N + k) \theta`, is longer
        than a step; 0 as Appeltant et al. have it, 1 as Paquot et al.
    input_scaling : float, default=0.02
        Size of the mask, whose signs are random.
    bias_scaling : float, default=1.0
        Largest shift of a unit's drive.
    random_state : int, RandomState, Generator or None, default=None

    Attributes
    ----------
    W_in_ : ndarray of shape (n_units, n_features)
        The mask.
    bias_ : ndarray of shape (n_units,)
    update_ : SingleNodeUpdate
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Appeltant, Soriano, Van der Sande, Danckaert, Massar, Dambre, Schrauwen, Mirasso & Fischer
    (2011), Information processing using a single dynamical node as complex system, Nature
    Communications 2; Paquot, Duport, Smerieri, Dambre, Schrauwen, Haelterman & Massar (2012),
    Optoelectronic reservoir computing, Scientific Reports 2, for the shift.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import SingleNodeReservoir
    >>> u = np.sin(np.arange(200) / 5).reshape(-1, 1)
    >>> SingleNodeReservoir(50, random_state=0).fit_transform(u).shape
    (200, 50)
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "n_units": [COUNT],
        "separation": [Interval(Real, 0, None, closed="neither")],
        "gain": [Interval(Real, 0, None, closed="left")],
        "exponent": [Interval(Real, 1, None, closed="left")],
        "shift": [COUNT_OR_ZERO],
        "input_scaling": [Interval(Real, None, None, closed="neither")],
        "bias_scaling": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_units: int = 100,
        *,
        separation: float = 0.8,
        gain: float = 0.9,
        exponent: float = 4.0,
        shift: int = 1,
        input_scaling: float = 0.02,
        bias_scaling: float = 1.0,
        random_state: Any = None,
    ) -> None:
        self.n_units = n_units
        self.separation = separation
        self.gain = gain
        self.exponent = exponent
        self.shift = shift
        self.input_scaling = input_scaling
        self.bias_scaling = bias_scaling
        self.random_state = random_state

    def make_rule(
        self, sequences: Sequences, streams: list[np.random.Generator]
    ) -> SingleNodeUpdate:
        """Draw the mask and the shifts."""
        if self.shift > self.n_units:
            raise ValueError(
                f"shift must be at most n_units={self.n_units}, a whole turn; got {self.shift}."
            )
        d = sequences.items[0].shape[1]
        mask = self.input_scaling * streams[1].choice([-1.0, 1.0], size=(self.n_units, d))
        bias = self.bias_scaling * streams[2].uniform(-1.0, 1.0, size=self.n_units)
        weights = np.column_stack([mask, bias]).astype(sequences.dtype)
        self.W_in_, self.bias_ = weights[:, :-1], weights[:, -1]
        return SingleNodeUpdate(
            weights, float(self.separation), float(self.gain), float(self.exponent), self.shift
        )
