"""`LiquidReservoir`: units whose time constants the input sets."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from ..dynamics import LiquidUpdate
from ..sequences import Sequences
from .features import step_row
from .leaky import Reservoir, positive, range_of

#: Time constants where none are given, in steps.
DEFAULT_RANGE = (1.0, 100.0)


class LiquidReservoir(Reservoir):
    r"""Fixed random liquid time-constant units: how fast a unit follows depends on what comes.

    .. math:: \dot{x} = -(1 / \tau + f) x + f A, \qquad
        f = \frac{\kappa}{\tau} \sigma(W x + W_{in} u + b)

    solved by the fused semi-implicit step over the time since the row before. What comes in does
    not only drive a unit, it makes it faster: its time constant is between :math:`\tau` and
    :math:`\tau / (1 + \kappa)`. Made for irregular sampling: a row may tell its time step, which is
    part of the dynamics then, and no further input.

    Parameters
    ----------
    n_units : int, default=100
    time_constant : float, tuple (low, high) or array-like of shape (n_units,), default=None
        tau, in the units of the steps; of a tuple they are spaced evenly in their logarithm. Where
        None, from 1 to 100 median steps.
    dt : str, int or None, default="auto"
        As for `Reservoir`: the feature that holds the time since the row before, "index", or
        "auto", the index of a pandas frame whose rows are uneven.
    gain : float, default=1.0
        kappa > 0.
    n_substeps : int, default=1
        Parts that a time step is solved in.
    spectral_radius : float or None, default=2.0
        As for `Reservoir`; the slope of the sigmoid is a quarter at most.
    input_scaling, bias_scaling, connectivity, topology, topology_options
        As for `Reservoir`.
    scale_by, input_weights, input_connectivity, noise, random_state
        As for `Reservoir`.

    Attributes
    ----------
    W_ : csr_array or ndarray of shape (n_units, n_units)
    W_in_ : ndarray of shape (n_units, n_features)
    bias_, time_constant_, target_ : ndarray of shape (n_units,)
        `target_` is A, uniform in [-1, 1].
    update_ : LiquidUpdate
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Hasani, Lechner, Amini, Rus & Grosu (2021), Liquid time-constant networks, AAAI, equations 1 to
    3; here nothing but the readout is trained.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import LiquidReservoir
    >>> rng = np.random.default_rng(0)
    >>> dt = rng.uniform(0.1, 1.0, 200)
    >>> u = np.column_stack([np.sin(dt.cumsum()), dt])
    >>> LiquidReservoir(50, dt=1, random_state=0).fit_transform(u).shape
    (200, 50)
    """

    leak_rate: Any = 1.0
    activation = "sigmoid"

    _parameter_constraints = {
        name: kinds
        for name, kinds in Reservoir._parameter_constraints.items()
        if name not in ("leak_rate", "activation")
    } | {
        "gain": [Interval(Real, 0, None, closed="neither")],
        "n_substeps": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        n_units: int = 100,
        *,
        time_constant: Any = None,
        dt: str | int | None = "auto",
        gain: float = 1.0,
        n_substeps: int = 1,
        spectral_radius: float | None = 2.0,
        input_scaling: Any = 1.0,
        bias_scaling: float = 1.0,
        connectivity: int | float = 10,
        topology: Any = "sparse",
        topology_options: dict[str, Any] | None = None,
        scale_by: str = "radius",
        input_weights: Any = "uniform",
        input_connectivity: float = 1.0,
        noise: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.n_units = n_units
        self.time_constant = time_constant
        self.dt = dt
        self.gain = gain
        self.n_substeps = n_substeps
        self.spectral_radius = spectral_radius
        self.input_scaling = input_scaling
        self.bias_scaling = bias_scaling
        self.connectivity = connectivity
        self.topology = topology
        self.topology_options = topology_options
        self.scale_by = scale_by
        self.input_weights = input_weights
        self.input_connectivity = input_connectivity
        self.noise = noise
        self.random_state = random_state

    @property
    def lives_in_time(self) -> bool:
        """Always, whether the constants are given or not."""
        return True

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> LiquidUpdate:
        """Draw the weights, and what each unit is drawn to."""
        row = step_row(self.dt, sequences)
        tau = self._time_constants(sequences, row)
        update = self._weights(sequences, streams, row)
        self.time_constant_ = tau
        self.target_ = streams[4].uniform(-1.0, 1.0, size=self.n_units)
        columns = {"time_constant": tau, "target": self.target_}
        return LiquidUpdate.on(
            update, step_row=row, gain=float(self.gain), n_substeps=int(self.n_substeps),
            **{name: x[:, None].astype(update.dtype) for name, x in columns.items()},
        )  # fmt: skip

    def _time_constants(self, sequences: Sequences, step_row: int | None) -> np.ndarray:
        """Return each unit's time constant; where a range is given they are spaced evenly."""
        given = self.time_constant
        if given is None:
            steps = [np.ones(1) if step_row is None else x[:, step_row] for x in sequences.items]
            given = tuple(np.median(np.concatenate(steps)) * np.array(DEFAULT_RANGE))
        if isinstance(given, tuple) and len(given) == 2:
            low, high = range_of(given, "time_constant")
            return np.geomspace(low, high, self.n_units)
        return positive(given, "time_constant", self.n_units)
