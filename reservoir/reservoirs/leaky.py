"""`Reservoir`: the leaky echo state network's fixed random dynamical system."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from .. import topology as topologies
from ..activations import ACTIVATIONS
from ..dynamics import LeakyUpdate, TimedUpdate
from ..seeds import SEED
from ..sequences import Sequences
from ..timing import AUTO
from .base import BaseReservoir
from .features import step_row


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
    time_constant : float, tuple (low, high) or array-like of shape (n_units,), default=None
        Instead of a leak rate: tau, for a leak of 1 - exp(-dt / tau), with tuples and arrays as for
        `leak_rate`.
    dt : str, int or None, default="auto"
        The feature that holds the time since the row before, for irregular sampling: the name of a
        column, or its number. It is no input, and may not be scaled. "index" takes the index of a
        pandas frame, dates in median steps of the fit, numbers as they are; "auto" takes it where
        the rows of the fit are uneven and there is a `time_constant`, always in median steps.
        None: every step is 1.
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
    leak_rate_, time_constant_ : ndarray of shape (n_units,)
        As far as a reservoir has either.
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
        "time_constant": [Interval(Real, 0, None, closed="neither"), "array-like", None],
        "dt": [str, Integral, None],
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
        time_constant: Any = None,
        dt: str | int | None = "auto",
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
        self.time_constant = time_constant
        self.dt = dt
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

    @property
    def lives_in_time(self) -> bool:
        """Whether the time between rows means something to its units."""
        return self.time_constant is not None

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> LeakyUpdate:
        """Draw and scale the weights, each from a stream of its own."""
        if self.dt not in (None, AUTO) and self.time_constant is None:
            raise ValueError(f"dt={self.dt!r} needs a time_constant; got None.")
        row = step_row(self.dt, sequences)
        rates = self._rates(streams[4])
        update = self._weights(sequences, streams, row)
        if self.time_constant is None:
            self.leak_rate_ = leak_rate = rates
        elif row is None:
            self.leak_rate_ = leak_rate = -np.expm1(-1.0 / rates)
            self.time_constant_ = rates
        else:
            self.time_constant_ = rates
            tau = rates[:, None].astype(update.dtype)
            return TimedUpdate.on(update, time_constant=tau, step_row=row)
        leak = leak_rate[:, None] if np.ptp(leak_rate) else leak_rate[0]
        return replace(update, leak_rate=np.asarray(leak, dtype=update.dtype)[()])

    def _weights(
        self, sequences: Sequences, streams: list[np.random.Generator], step_row: int | None = None
    ) -> LeakyUpdate:
        """Draw the weights, and return the update of units without a leak."""
        W = self._recurrent(streams[0])
        if self.spectral_radius is not None:
            by = {"radius": topologies.scale_to_radius, "norm": topologies.scale_to_norm}
            W = by[self.scale_by](W, self.spectral_radius)
        W_in = self._input(self.n_features_in_, streams[1])
        if step_row is not None:
            W_in[:, step_row] = 0.0
        bias = self.bias_scaling * streams[2].uniform(-1.0, 1.0, size=self.n_units)
        self.W_, self.W_in_, self.bias_ = W, W_in, bias
        return LeakyUpdate.of(W, W_in, bias, activation=self.activation, dtype=sequences.dtype)

    def _rates(self, rng: np.random.Generator) -> np.ndarray:
        """Return each unit's leak rate, or time constant."""
        name, most = ("leak_rate", 1.0) if self.time_constant is None else ("time_constant", np.inf)
        given = getattr(self, name)
        if not (isinstance(given, tuple) and len(given) == 2):
            return positive(given, name, self.n_units, most)
        low, high = np.log(range_of(given, name, most))
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


def positive(given: Any, name: str, n_units: int, most: float = np.inf) -> np.ndarray:
    """Return a number, or one for each unit, above 0 and at most `most`, as n_units numbers."""
    values = _per(given, name, "unit", n_units)
    if not ((values > 0) & (values <= most)).all():
        allowed = "in (0, 1]" if most == 1.0 else "above 0"
        raise ValueError(f"{name} must be {allowed} for every unit; got {given}.")
    return values


def range_of(given: tuple[Any, Any], name: str, most: float = np.inf) -> np.ndarray:
    """Return a tuple (low, high) of numbers above 0 and at most `most`."""
    low, high = positive(given, name, 2, most)
    if low > high:
        raise ValueError(f"{name} must be a tuple (low, high) with low ≤ high; got {given}.")
    return np.array([low, high])


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
