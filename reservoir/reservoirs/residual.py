"""Reservoirs with a linear branch: residual, at the edge of stability, Euler's."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from .. import topology as topologies
from ..dynamics import ResidualUpdate
from ..sequences import Sequences
from .leaky import Reservoir

#: Name of a linear branch -> what draws it; None is the identity.
SKIPS: dict[str, Any] = {
    "orthogonal": topologies.orthogonal,
    "ring": topologies.ring,
    "identity": None,
}


_CONSTRAINTS = {
    name: kinds
    for name, kinds in Reservoir._parameter_constraints.items()
    if name not in ("leak_rate", "time_constant", "dt")
}


class ResidualReservoir(Reservoir):
    r"""Units beside a linear branch that carries their state on.

    .. math:: x_t = \alpha S x_{t-1} + \beta f(W x_{t-1} + W_{in} u_t + b)

    An orthogonal S turns the state without losing any of it, so that with :math:`\alpha` near one
    the past is remembered long, while :math:`\beta` bends what is new. :math:`\alpha = 1 - \beta`
    with an orthogonal S is the edge of stability network, with S the identity the leaky one.

    Parameters
    ----------
    n_units : int, default=100
    kept : float, default=0.9
        :math:`\alpha` in [0, 1]; at 1 the state may never fade.
    gain : float or None, default=None
        :math:`\beta` > 0; ``1 - kept`` where None.
    skip : {"orthogonal", "ring", "identity"}, default="orthogonal"
        S: a random orthogonal matrix, a ring, or the identity.
    spectral_radius, input_scaling, bias_scaling, connectivity, topology, topology_options
        As for `Reservoir`.
    scale_by, input_weights, input_connectivity, activation, noise, random_state
        As for `Reservoir`.

    Attributes
    ----------
    W_, skip_ : csr_array or ndarray of shape (n_units, n_units)
        `skip_` is None for the identity.
    W_in_ : ndarray of shape (n_units, n_features)
    bias_ : ndarray of shape (n_units,)
    update_ : ResidualUpdate
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Ceni & Gallicchio (2024), Residual echo state networks: residual recurrent neural networks with
    stable dynamics and fast learning, Neurocomputing 597; Ceni & Gallicchio (2025), Edge of
    stability echo state network, IEEE Transactions on Neural Networks and Learning Systems.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ResidualReservoir
    >>> u = np.sin(np.arange(200) / 5).reshape(-1, 1)
    >>> ResidualReservoir(50, kept=0.95, random_state=0).fit_transform(u).shape
    (200, 50)
    """

    _parameter_constraints = _CONSTRAINTS | {
        "kept": [Interval(Real, 0, 1, closed="both")],
        "gain": [Interval(Real, 0, None, closed="neither"), None],
        "skip": [StrOptions(set(SKIPS))],
    }

    def __init__(
        self,
        n_units: int = 100,
        *,
        kept: float = 0.9,
        gain: float | None = None,
        skip: str = "orthogonal",
        spectral_radius: float | None = 0.9,
        input_scaling: Any = 0.1,
        bias_scaling: float = 0.5,
        connectivity: int | float = 10,
        topology: Any = "sparse",
        topology_options: dict[str, Any] | None = None,
        scale_by: str = "radius",
        input_weights: Any = "uniform",
        input_connectivity: float = 1.0,
        activation: Any = "tanh",
        noise: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.n_units = n_units
        self.kept = kept
        self.gain = gain
        self.skip = skip
        self.spectral_radius = spectral_radius
        self.input_scaling = input_scaling
        self.bias_scaling = bias_scaling
        self.connectivity = connectivity
        self.topology = topology
        self.topology_options = topology_options
        self.scale_by = scale_by
        self.input_weights = input_weights
        self.input_connectivity = input_connectivity
        self.activation = activation
        self.noise = noise
        self.random_state = random_state

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> ResidualUpdate:
        """Draw the weights and the linear branch."""
        gain = 1.0 - self.kept if self.gain is None else self.gain
        if gain <= 0:
            raise ValueError("gain must be given, above 0, where kept is 1; got None.")
        draw = SKIPS[self.skip]
        update = self._weights(sequences, streams)
        self.skip_ = None if draw is None else draw(self.n_units, streams[4])
        return ResidualUpdate.on(update, skip=self.skip_, kept=self.kept, gain=gain)


class EulerReservoir(Reservoir):
    r"""Euler steps of a system that neither loses nor wins: an antisymmetric recurrence.

    .. math:: x_t = x_{t-1} + \epsilon f((W - W^T - \gamma I) x_{t-1} + W_{in} u_t + b)

    The eigenvalues of an antisymmetric matrix are imaginary, so that the state turns and fades only
    by the diffusion :math:`\gamma`: made for long sequences of which the whole is asked for.

    Parameters
    ----------
    n_units : int, default=100
    step_size : float, default=0.01
        :math:`\epsilon` > 0.
    diffusion : float, default=0.01
        :math:`\gamma` ≥ 0.
    recurrent_scaling : float, default=1.0
        W is uniform between minus this and this, before its transpose is taken off.
    input_scaling, bias_scaling, input_weights, input_connectivity, activation, noise
        As for `Reservoir`.
    random_state : int, RandomState, Generator or None, default=None

    Attributes
    ----------
    W_ : ndarray of shape (n_units, n_units)
        Less the diffusion.
    W_in_ : ndarray of shape (n_units, n_features)
    bias_ : ndarray of shape (n_units,)
    update_ : ResidualUpdate
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Gallicchio (2024), Euler state networks: non-dissipative reservoir computing, Neurocomputing
    579, equation 6.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import EulerReservoir
    >>> u = np.sin(np.arange(200) / 5).reshape(-1, 1)
    >>> EulerReservoir(50, random_state=0).fit_transform(u).shape
    (200, 50)
    """

    topology: Any = "dense_uniform"
    topology_options: Any = None
    connectivity: Any = 10
    scale_by = "radius"
    spectral_radius: Any = None

    _parameter_constraints = {
        "step_size": [Interval(Real, 0, None, closed="neither")],
        "diffusion": [Interval(Real, 0, None, closed="left")],
        "recurrent_scaling": [Interval(Real, 0, None, closed="left")],
    } | {
        name: _CONSTRAINTS[name]
        for name in (
            "n_units", "input_scaling", "bias_scaling", "input_weights", "input_connectivity",
            "activation", "noise", "random_state",
        )
    }  # fmt: skip

    def __init__(
        self,
        n_units: int = 100,
        *,
        step_size: float = 0.01,
        diffusion: float = 0.01,
        recurrent_scaling: float = 1.0,
        input_scaling: Any = 1.0,
        bias_scaling: float = 1.0,
        input_weights: Any = "uniform",
        input_connectivity: float = 1.0,
        activation: Any = "tanh",
        noise: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.n_units = n_units
        self.step_size = step_size
        self.diffusion = diffusion
        self.recurrent_scaling = recurrent_scaling
        self.input_scaling = input_scaling
        self.bias_scaling = bias_scaling
        self.input_weights = input_weights
        self.input_connectivity = input_connectivity
        self.activation = activation
        self.noise = noise
        self.random_state = random_state

    def _recurrent(self, rng: np.random.Generator) -> Any:
        W = self.recurrent_scaling * super()._recurrent(rng)
        return W - W.T - self.diffusion * np.eye(self.n_units)

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> ResidualUpdate:
        """Draw the weights."""
        return ResidualUpdate.on(self._weights(sequences, streams), gain=self.step_size)
