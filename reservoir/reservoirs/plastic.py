"""`PlasticReservoir`: units whose slopes and biases adapt to what they see, without targets."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils._param_validation import Interval, StrOptions

from ..activations import in_place
from ..dynamics import LeakyUpdate
from ..sequences import Sequences
from .leaky import Reservoir


class PlasticReservoir(Reservoir):
    r"""Leaky units that `fit` brings to a wanted distribution of outputs: intrinsic plasticity.

    .. math:: y = f(g \odot (W x_{t-1} + W_{in} u_t + b) + h), \qquad x_t = (1 - a) x_{t-1} + a y

    Slopes g and shifts h follow the gradient of the divergence from a Gaussian of mean `mu` and
    deviation `sigma` (tanh), or from an exponential of mean `mu` (sigmoid). What is learned is then
    fixed, and part of the weights: the rule is that of `Reservoir`.

    Parameters
    ----------
    n_units : int, default=100
    mu : float, default=0.0
        Mean of the outputs that is wanted; above 0 for the sigmoid.
    sigma : float, default=0.3
        Their deviation, of tanh alone.
    learning_rate : float, default=1e-3
    n_epochs : int, default=3
        Passes over the sequences; of `partial_fit` over those of the first call.
    activation : {"tanh", "sigmoid"}, default="tanh"
    spectral_radius, leak_rate, input_scaling, bias_scaling, connectivity, topology
        As for `Reservoir`; the slopes change the spectral radius.
    topology_options, scale_by, input_weights, input_connectivity, noise, random_state
        As for `Reservoir`.

    Attributes
    ----------
    slope_, shift_ : ndarray of shape (n_units,)
        g and h.
    W_, W_in_, bias_ : arrays
        As they were learned: slopes multiplied in, shifts added.
    leak_rate_ : ndarray of shape (n_units,)
    update_ : LeakyUpdate
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Schrauwen, Wardermann, Verstraeten, Steil & Stroobandt (2008), Improving reservoirs using
    intrinsic plasticity, Neurocomputing 71, equations for tanh; Triesch (2005), A gradient rule for
    the plasticity of a neuron's intrinsic excitability, for the sigmoid.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import PlasticReservoir
    >>> u = np.sin(np.arange(800) / 5).reshape(-1, 1)
    >>> plastic = PlasticReservoir(50, sigma=0.3, input_scaling=2.0, random_state=0)
    >>> bool(abs(np.median(plastic.fit_transform(u)[100:].std(axis=0)) - 0.3) < 0.05)
    True
    """

    time_constant: Any = None
    dt: Any = None

    _parameter_constraints = {
        name: kinds
        for name, kinds in Reservoir._parameter_constraints.items()
        if name not in ("time_constant", "dt")
    } | {
        "mu": [Interval(Real, -1, 1, closed="neither")],
        "sigma": [Interval(Real, 0, None, closed="neither")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "n_epochs": [Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions({"tanh", "sigmoid"})],
    }

    def __init__(
        self,
        n_units: int = 100,
        *,
        mu: float = 0.0,
        sigma: float = 0.3,
        learning_rate: float = 1e-3,
        n_epochs: int = 3,
        activation: str = "tanh",
        spectral_radius: float | None = 0.9,
        leak_rate: Any = 1.0,
        input_scaling: Any = 0.1,
        bias_scaling: float = 0.5,
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
        self.mu = mu
        self.sigma = sigma
        self.learning_rate = learning_rate
        self.n_epochs = n_epochs
        self.activation = activation
        self.spectral_radius = spectral_radius
        self.leak_rate = leak_rate
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

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> LeakyUpdate:
        """Draw the weights, and let slopes and shifts adapt."""
        if self.activation == "sigmoid" and self.mu <= 0:
            raise ValueError(f"mu must be above 0 for the sigmoid; got {self.mu}.")
        drawn = super().make_rule(sequences, streams)
        slope, shift = self._adapted(drawn, sequences.items)
        self.slope_, self.shift_ = slope, shift
        columns = sp.diags_array(slope) if sp.issparse(drawn.matrix) else np.diag(slope)
        matrix = columns @ drawn.matrix
        bias = matrix[:, [-1]]
        bias = (bias.toarray() if sp.issparse(bias) else bias).ravel() + shift
        inputs = matrix[:, drawn.n_units : -1]
        self.W_ = matrix[:, : drawn.n_units]
        self.W_in_, self.bias_ = inputs.toarray() if sp.issparse(inputs) else inputs, bias
        whole = LeakyUpdate.of(self.W_, self.W_in_, bias, dtype=sequences.dtype)
        return replace(whole, leak_rate=drawn.leak_rate, activation=drawn.activation)

    def _adapted(self, rule: LeakyUpdate, items: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return slopes and shifts after all epochs, each step by itself."""
        slope, shift = np.ones(rule.n_units), np.zeros(rule.n_units)
        bend, rate, leak = in_place(self.activation), self.learning_rate, np.ravel(rule.leak_rate)
        for _ in range(self.n_epochs):
            for item in items:
                x = np.zeros(rule.n_units)
                for u in item:
                    net = rule.matrix @ np.concatenate([x, u, [1.0]])
                    y = slope * net + shift
                    bend(y, out=y)
                    x = x + leak * (y - x)
                    step = rate * self._gradient(y)
                    shift += step
                    slope += rate / slope + step * net
        return slope, shift

    def _gradient(self, y: np.ndarray) -> np.ndarray:
        """Return what a shift wins by, per unit of the learning rate."""
        mu = self.mu
        if self.activation == "sigmoid":
            return 1.0 - (2.0 + 1.0 / mu) * y + y**2 / mu
        variance = self.sigma**2
        return mu / variance - y / variance * (2.0 * variance + 1.0 - y**2 + mu * y)
