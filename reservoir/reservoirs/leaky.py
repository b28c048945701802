"""`Reservoir`: the leaky echo state network's fixed random dynamical system."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from .. import topology as topologies
from ..activations import ACTIVATIONS
from ..dynamics import LeakyUpdate
from ..seeds import SEED
from ..sequences import Sequences
from .base import BaseReservoir


class Reservoir(BaseReservoir):
    r"""Fixed random recurrent network of leaky units: inputs in, states out.

    .. math:: x_t = (1 - a) x_{t-1} + a f(W x_{t-1} + W_{in} u_t + b)

    Parameters
    ----------
    n_units : int, default=100
        Number of units, N.
    spectral_radius : float or None, default=0.9
        Largest absolute eigenvalue of ``W_`` (singular value: `scale_by`). None leaves the drawn or
        given matrix as it is.
    leak_rate : float, tuple (low, high) or array-like of shape (n_units,), default=1.0
        a in (0, 1]: 1 has no leak. One number for all units; a tuple of two, between which each
        unit's own is drawn log-uniformly; or an array, one per unit.
    input_scaling : float or array-like of shape (n_features,), default=0.1
        Factor of the input weights, one for all features or one each; meant for inputs of about
        unit spread.
    bias_scaling : float, default=0.5
        Biases are uniform in [-bias_scaling, bias_scaling]. Without one the states are an odd
        function of the inputs, and what is even in them cannot be learned.
    connectivity : int or float, default=10
        The in-degree (int) or the density (float in (0, 1]) of topologies that take it, "sparse"
        among them.
    topology : str, callable, matrix or graph, default="sparse"
        The recurrent weights before scaling: a name in `reservoir.topology.RECURRENT` ("sparse",
        "dense", "orthogonal", "ring", "small_world", …), a callable ``(n_units, rng)`` with a
        `numpy.random.Generator`, an array or sparse matrix of shape (n_units, n_units), or a graph
        of networkx with as many nodes.
    topology_options : dict, default=None
        What the topology takes by keyword, as ``{"jump": 7}`` for "cycle_jumps".
    scale_by : {"radius", "norm"}, default="radius"
        What `spectral_radius` sets: the largest absolute eigenvalue, or the largest singular value,
        below 1 of which the state forgets whatever the input is.
    input_weights : str, callable or matrix, default="uniform"
        The input weights before scaling: a name in `reservoir.topology.INPUT` ("uniform",
        "gaussian", "bernoulli", "block", "pi", …) or a callable ``(n_units, n_features, rng)``.
    input_connectivity : float, default=1.0
        Probability of each input weight to be non-zero.
    activation : {"tanh", "identity", "relu", "sigmoid"} or callable, default="tanh"
        f; a callable maps an array to an array of the same shape.
    noise : float, default=0.0
        Standard deviation of Gaussian noise inside the activation while an ESN is trained.
    random_state : int, RandomState, Generator or None, default=None

    Attributes
    ----------
    W_ : csr_array or ndarray of shape (n_units, n_units)
    W_in_ : ndarray of shape (n_units, n_features)
    bias_ : ndarray of shape (n_units,)
    leak_rate_ : ndarray of shape (n_units,)
    update_ : LeakyUpdate
        The three joined, as the states are computed with it.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Jaeger (2001), The "echo state" approach to analysing and training recurrent neural networks;
    Lukoševičius (2012), A practical guide to applying echo state networks, equations 2 and 3.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import Reservoir
    >>> u = np.sin(np.arange(200) / 5).reshape(-1, 1)
    >>> Reservoir(n_units=50, random_state=0).fit_transform(u).shape
    (200, 50)
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "n_units": [Interval(Integral, 1, None, closed="left")],
        "spectral_radius": [Interval(Real, 0, None, closed="left"), None],
        "leak_rate": [Interval(Real, 0, 1, closed="right"), "array-like"],
        "input_scaling": [Interval(Real, None, None, closed="neither"), "array-like"],
        "bias_scaling": [Interval(Real, 0, None, closed="left")],
        "connectivity": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="right"),
        ],
        "topology": [
            StrOptions(set(topologies.RECURRENT)), callable, "array-like", "sparse matrix",
            HasMethods(["number_of_nodes", "adjacency"]),
        ],
        "topology_options": [dict, None],
        "scale_by": [StrOptions({"radius", "norm"})],
        "input_weights": [StrOptions(set(topologies.INPUT)), callable, "array-like"],
        "input_connectivity": [Interval(Real, 0, 1, closed="right")],
        "activation": [StrOptions(set(ACTIVATIONS)), callable],
        "noise": [Interval(Real, 0, None, closed="left")],
        "random_state": SEED,
    }  # fmt: skip

    def __init__(
        self,
        n_units: int = 100,
        *,
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
        activation: Any = "tanh",
        noise: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.n_units = n_units
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
        self.activation = activation
        self.noise = noise
        self.random_state = random_state

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> LeakyUpdate:
        """Draw and scale the weights, each from a stream of its own."""
        leak_rate = self._leak(streams[4])
        W = self._recurrent(streams[0])
        if self.spectral_radius is not None:
            by = {"radius": topologies.scale_to_radius, "norm": topologies.scale_to_norm}
            W = by[self.scale_by](W, self.spectral_radius)
        W_in = self._input(self.n_features_in_, streams[1])
        bias = self.bias_scaling * streams[2].uniform(-1.0, 1.0, size=self.n_units)
        self.W_, self.W_in_, self.bias_, self.leak_rate_ = W, W_in, bias, leak_rate
        return LeakyUpdate.of(
            W, W_in, bias, leak_rate=leak_rate if np.ptp(leak_rate) else leak_rate[0],
            activation=self.activation, dtype=sequences.dtype,
        )  # fmt: skip

    def _leak(self, rng: np.random.Generator) -> np.ndarray:
        a, is_range = self.leak_rate, isinstance(self.leak_rate, tuple) and len(self.leak_rate) == 2
        leak = _per(a, "leak_rate", "unit", 2 if is_range else self.n_units)
        if not ((leak > 0) & (leak <= 1)).all():
            raise ValueError(f"leak_rate must be in (0, 1] for every unit; got {a}.")
        if not is_range:
            return leak
        if leak[0] > leak[1]:
            raise ValueError(f"leak_rate must be a tuple (low, high) with low ≤ high; got {a}.")
        low, high = np.log(leak)
        return np.exp(rng.uniform(low, high, size=self.n_units))

    def _recurrent(self, rng: np.random.Generator) -> Any:
        N, kind = self.n_units, self.topology
        options = dict(self.topology_options or {})
        if isinstance(kind, str):
            kind = topologies.RECURRENT[kind]
            takes = topologies.options_of(kind)
            if unknown := sorted(set(options) - set(takes)):
                raise ValueError(
                    f"topology_options of topology={self.topology!r} must be among "
                    f"{takes}; got {unknown}."
                )
            if "connectivity" in takes:
                options.setdefault("connectivity", self.connectivity)
            return kind(N, rng, **options)
        if callable(kind):
            kind = kind(N, rng, **options)
        elif options:
            raise ValueError("topology_options must be None where topology is a matrix or graph.")
        kind = topologies.from_graph(kind) if topologies.is_graph(kind) else kind
        return _real_matrix(kind, "topology", (N, N))

    def _input(self, n_features: int, rng: np.random.Generator) -> np.ndarray:
        shape, kind = (self.n_units, n_features), self.input_weights
        if isinstance(kind, str):
            kind = topologies.INPUT[kind]
        weights = _real_matrix(
            kind(*shape, rng) if callable(kind) else kind, "input_weights", shape
        )
        thinned = topologies.thin(weights, self.input_connectivity, rng)
        return thinned * _per(self.input_scaling, "input_scaling", "feature", n_features)


def _per(value: Any, name: str, what: str, n: int) -> np.ndarray:
    """Return `value` as n numbers; one number stands for all."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be real numbers; got {value!r}.") from error
    if array.ndim > 1 or array.size not in (1, n):
        raise ValueError(f"{name} must be one number or one per {what} ({n}); got {array.size}.")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; got {value}.")
    return np.broadcast_to(array, (n,))


def _real_matrix(matrix: Any, name: str, shape: tuple[int, int]) -> Any:
    """Return a given matrix as floats, in CSR where it is sparse, or raise a `ValueError`."""
    try:
        if np.iscomplexobj(matrix):
            raise TypeError("complex")
        matrix = sp.csr_array(matrix) if sp.issparse(matrix) else np.asarray(matrix)
        matrix = matrix.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must give a matrix of real numbers; {error}.") from error
    if matrix.shape != shape:
        raise ValueError(f"{name} must give a matrix of shape {shape}; got {matrix.shape}.")
    if not np.isfinite(matrix.data if sp.issparse(matrix) else matrix).all():
        raise ValueError(f"{name} must give a finite matrix; got NaN or infinity in it.")
    return matrix
