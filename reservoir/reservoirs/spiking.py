"""`SpikingReservoir`: leaky integrate-and-fire units, a liquid state machine."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from ..dynamics import SpikingUpdate
from ..sequences import Sequences
from .leaky import Reservoir

_KEPT = (
    "n_units", "spectral_radius", "input_scaling", "bias_scaling", "connectivity", "topology",
    "topology_options", "scale_by", "input_weights", "input_connectivity", "noise", "random_state",
)  # fmt: skip


class SpikingReservoir(Reservoir):
    r"""Leaky integrate-and-fire units that drive each other by spikes: a liquid state machine.

    .. math:: v_t = \lambda v_{t-1} (1 - s_{t-1}) + W s_{t-1} + W_{in} u_t + b, \qquad
        s_t = [v_t \ge 1], \qquad r_t = \gamma r_{t-1} + (1 - \gamma) s_t

    A unit fires where its potential reaches one, and falls to rest; the readout sees its filtered
    trace r. What is small is not seen at all: spikes tell sizes by their rate, so that a smooth
    series is followed coarsely. For what comes in events, and for the study of such networks.

    Parameters
    ----------
    n_units : int, default=100
    membrane : float, default=0.9
        lambda in [0, 1): what a potential keeps from step to step.
    trace : float, default=0.9
        gamma in [0, 1): what a trace keeps.
    spectral_radius, input_scaling, bias_scaling, connectivity, topology, topology_options
        As for `Reservoir`.
    scale_by, input_weights, input_connectivity, noise, random_state
        As for `Reservoir`.

    Attributes
    ----------
    W_ : csr_array or ndarray of shape (n_units, n_units)
    W_in_ : ndarray of shape (n_units, n_features)
    bias_ : ndarray of shape (n_units,)
    update_ : SpikingUpdate
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Maass, Natschläger & Markram (2002), Real-time computing without stable states: a new framework
    for neural computation based on perturbations, Neural Computation 14.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import SpikingReservoir
    >>> u = np.sin(np.arange(200) / 5).reshape(-1, 1)
    >>> traces = SpikingReservoir(50, random_state=0).fit_transform(u)
    >>> traces.shape, bool(0 <= traces.min() <= traces.max() <= 1)
    ((200, 50), True)
    """

    leak_rate: Any = 1.0
    time_constant: Any = None
    dt: Any = None
    activation = "identity"

    _parameter_constraints = {name: Reservoir._parameter_constraints[name] for name in _KEPT} | {
        "membrane": [Interval(Real, 0, 1, closed="left")],
        "trace": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        n_units: int = 100,
        *,
        membrane: float = 0.9,
        trace: float = 0.9,
        spectral_radius: float | None = 0.5,
        input_scaling: Any = 0.5,
        bias_scaling: float = 0.2,
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
        self.membrane = membrane
        self.trace = trace
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

    def make_rule(  # type: ignore[override]
        self, sequences: Sequences, streams: list[np.random.Generator]
    ) -> SpikingUpdate:
        """Draw the weights."""
        weights = self._weights(sequences, streams)
        return SpikingUpdate(weights, float(self.membrane), float(self.trace))
