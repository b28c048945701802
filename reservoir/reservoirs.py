"""`Reservoir`: a fixed random dynamical system as a scikit-learn transformer.

The reservoir protocol, all that an echo state network asks of a reservoir:

1. It is a scikit-learn transformer: ``fit(X)`` draws what is random, ``transform(X)`` gives states.
2. ``initial_state(K)`` is the state (N, K) of a batch before its first step.
3. ``update_``, after fit, has ``n_units`` N, ``n_features`` d, ``dtype`` and ``stepper(state)``:
   a batch on its way, with ``input`` (d, K) to write to and ``state`` (N, K) to read, whose
   ``step()`` advances one step. `reservoir.dynamics.LeakyUpdate` is one.
4. ``training_noise()`` is a `reservoir.dynamics.StateNoise`, or None; with it, ``step(noise)``
   gets (N, K).
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    clone,
)
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from . import topology as topologies
from .activations import ACTIVATIONS
from .dynamics import LeakyUpdate, StateNoise, StatesSink, run
from .sequences import check_sequences


class Reservoir(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""Fixed random recurrent network of leaky units: inputs in, states out.

    .. math:: x_t = (1 - a) x_{t-1} + a f(W x_{t-1} + W_{in} u_t + b)

    Parameters
    ----------
    n_units : int, default=100
        Number of units, N.
    spectral_radius : float or None, default=0.9
        Largest absolute eigenvalue of ``W_``. None leaves the drawn or given matrix as it is.
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
        For ``topology="sparse"``: the in-degree (int) or the density (float in (0, 1]).
    topology : str, callable or matrix of shape (n_units, n_units), default="sparse"
        The recurrent weights before scaling: a name in `reservoir.topology.RECURRENT` ("sparse",
        "dense", "orthogonal", "ring", …), a callable ``(n_units, rng)`` with a
        `numpy.random.Generator`, or the array or sparse matrix itself.
    input_weights : {"uniform", "gaussian", "bernoulli"}, callable or matrix, default="uniform"
        The input weights before scaling; a callable is called as ``(n_units, n_features, rng)``.
    input_connectivity : float, default=1.0
        Probability of each input weight to be non-zero.
    activation : {"tanh", "identity", "relu", "sigmoid"} or callable, default="tanh"
        f; a callable maps an array to an array of the same shape.
    noise : float, default=0.0
        Standard deviation of Gaussian noise inside the activation while an ESN is trained.
    random_state : int, RandomState instance or None, default=None

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
        ],
        "input_weights": [StrOptions(set(topologies.INPUT)), callable, "array-like"],
        "input_connectivity": [Interval(Real, 0, 1, closed="right")],
        "activation": [StrOptions(set(ACTIVATIONS)), callable],
        "noise": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
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
        self.input_weights = input_weights
        self.input_connectivity = input_connectivity
        self.activation = activation
        self.noise = noise
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Reservoir:
        """Draw the weights for the width and floating type of `X`; nothing is learned.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        y : ignored

        Returns
        -------
        self : Reservoir

        Raises
        ------
        ValueError
            If a parameter is out of its range, or `X` is empty or not finite.
        """
        self._validate_params()
        sequences = check_sequences(self, X, reset=True)
        self._draw(self.n_features_in_, sequences.dtype)
        return self

    def _draw(self, n_features: int, dtype: Any) -> None:
        """Draw and scale the weights, each from a child stream of its own."""
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(5)]
        self._noise_seed = int(streams[3].integers(2**32))
        self.leak_rate_ = self._leak(streams[4])
        W = self._recurrent(streams[0])
        self.W_ = W if self.spectral_radius is None else topologies.scale_to_radius(
            W, self.spectral_radius
        )  # fmt: skip
        self.W_in_ = self._input(n_features, streams[1])
        self.bias_ = self.bias_scaling * streams[2].uniform(-1.0, 1.0, size=self.n_units)
        self.update_ = LeakyUpdate.of(
            self.W_, self.W_in_, self.bias_,
            leak_rate=self.leak_rate_ if np.ptp(self.leak_rate_) else self.leak_rate_[0],
            activation=self.activation, dtype=dtype,
        )  # fmt: skip
        self._n_features_out = self.n_units

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
        if isinstance(kind, str):
            options = {"connectivity": self.connectivity} if kind == "sparse" else {}
            return topologies.RECURRENT[kind](N, rng, **options)
        return _real_matrix(kind(N, rng) if callable(kind) else kind, "topology", (N, N))

    def _input(self, n_features: int, rng: np.random.Generator) -> np.ndarray:
        shape, kind = (self.n_units, n_features), self.input_weights
        if isinstance(kind, str):
            kind = topologies.INPUT[kind]
        weights = _real_matrix(
            kind(*shape, rng) if callable(kind) else kind, "input_weights", shape
        )
        thinned = topologies.thin(weights, self.input_connectivity, rng)
        return thinned * _per(self.input_scaling, "input_scaling", "feature", n_features)

    def transform(self, X: Any) -> Any:
        """Return the states, each sequence from the zero state, in the form of `X`.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays

        Returns
        -------
        states : ndarray of shape (T, N) or (K, T, N), or list of (T_k, N) arrays
        """
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        states = StatesSink(sequences.lengths, self.n_units, self.update_.dtype)
        run(self.update_, sequences.items, self.initial_state(len(sequences.items)), states)
        return sequences.restore(states.arrays)

    def initial_state(self, n_sequences: int = 1) -> np.ndarray:
        """Return the zero state of a batch, shape (N, K)."""
        check_is_fitted(self)
        return np.zeros((self.update_.n_units, n_sequences), dtype=self.update_.dtype)

    def advance(self, state: np.ndarray, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the states (N, L, K) of a block of inputs (L, d, K), and the end state (N, K)."""
        check_is_fitted(self)
        return self.update_.advance(state, block)

    def training_noise(self) -> StateNoise | None:
        """Return the noise that training adds to the states, None without."""
        if self.noise == 0.0:
            return None
        return StateNoise(self.noise, self._noise_seed, self.update_.n_units)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class BidirectionalReservoir(TransformerMixin, BaseEstimator):
    """Runs a reservoir through every sequence, and through its reverse, and puts both together.

    For sequences that are at hand as wholes: it does not stream, so an `ESNRegressor` cannot hold
    it; pipelines and, for labels of sequences, an `ESNClassifier` can.

    Parameters
    ----------
    reservoir : Reservoir, default=None
        ``Reservoir()`` where None; one reservoir runs both ways.
    aligned : bool, default=False
        Whether a row holds both states of its step, as labels of steps want it. Else row t holds
        the states after t + 1 steps from either end: the last row has seen all both ways.
    random_state : int, RandomState instance or None, default=None
        Seeds a reservoir that has no ``random_state`` of its own.

    Attributes
    ----------
    reservoir_ : Reservoir
    n_units : int
        Of both ways together, 2 N.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Bianchi, Scardapane, Løkse & Jenssen (2018), Bidirectional deep-readout echo state networks,
    ESANN.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import BidirectionalReservoir, Reservoir
    >>> panel = np.random.default_rng(0).standard_normal((3, 20, 2))
    >>> BidirectionalReservoir(Reservoir(50)).fit_transform(panel).shape
    (3, 20, 100)
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "reservoir": [HasMethods(["fit", "transform"]), None],
        "aligned": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self, reservoir: Any = None, *, aligned: bool = False, random_state: Any = None
    ) -> None:
        self.reservoir = reservoir
        self.aligned = aligned
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> BidirectionalReservoir:
        """Draw the reservoir.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        y : ignored

        Returns
        -------
        self : BidirectionalReservoir
        """
        self._validate_params()
        check_sequences(self, X, reset=True)
        rng = check_random_state(self.random_state)
        self.reservoir_ = seeded(self.reservoir, Reservoir, rng).fit(X)
        return self

    def transform(self, X: Any) -> Any:
        """Return the states of both ways, in the form of `X`.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays

        Returns
        -------
        states : ndarray of shape (T, 2 N) or (K, T, 2 N), or list of (T_k, 2 N) arrays
        """
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        forward = self.reservoir_.transform(sequences.items)
        backward = self.reservoir_.transform([item[::-1] for item in sequences.items])
        if self.aligned:
            backward = [states[::-1] for states in backward]
        both = zip(forward, backward, strict=True)
        return sequences.restore([np.hstack(pair) for pair in both])

    @property
    def n_units(self) -> int:
        """Number of columns of the states."""
        check_is_fitted(self)
        return 2 * self.reservoir_.n_units

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the states."""
        check_is_fitted(self)
        return np.array([f"bidirectionalreservoir{k}" for k in range(self.n_units)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def seeded(part: Any, default: Callable[[], Any], rng: np.random.RandomState) -> Any:
    """Return a clone of `part`, or the default, whose unset random states are drawn from `rng`."""
    part = default() if part is None else clone(part)
    unset = {
        name: int(rng.randint(np.iinfo(np.int32).max))
        for name, value in sorted(part.get_params().items())
        if (name == "random_state" or name.endswith("__random_state")) and value is None
    }
    return part.set_params(**unset)


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
