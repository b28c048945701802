"""`StructuredReservoir`: as many units as memory holds states of."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from ..activations import in_place
from ..checks import COUNT
from ..dynamics import StructuredUpdate
from ..sequences import Sequences
from .leaky import Reservoir


class StructuredReservoir(Reservoir):
    r"""Leaky units whose recurrence is a product of fast transforms and random signs.

    .. math:: x_t = (1 - a) x_{t-1} + a f(W x_{t-1} + W_{in} u_t + b), \qquad
        W = \rho \, C D_L \cdots C D_1

    with diagonals D of random signs and C the orthonormal cosine transform. W is dense, orthogonal
    but for its scale, and never written down: a step costs O(N log N), and a hundred thousand units
    are no more trouble than a thousand. The published form has Hadamard's transform, of powers of
    two; the cosine transform takes any number, and SciPy has it compiled.

    Each unit's state is a column that a readout sees: a ridge on all of 100,000 units holds their
    Gram matrix. Ask few sequences by their last states, or sample units.

    Parameters
    ----------
    n_units : int, default=1000
    leak_rate : float, tuple or array-like of shape (n_units,), default=1.0
        As for `Reservoir`.
    spectral_radius : float, default=0.9
        :math:`\rho` ≥ 0, the modulus of all eigenvalues and singular values.
    n_transforms : int, default=3
        L: of one, neighbours in frequency know of each other; of three, W is as good as random.
    input_scaling, bias_scaling, input_weights, input_connectivity, activation, noise
        As for `Reservoir`.
    random_state : int, RandomState, Generator or None, default=None

    Attributes
    ----------
    signs_ : ndarray of shape (n_transforms, n_units)
    W_in_ : ndarray of shape (n_units, n_features)
    bias_ : ndarray of shape (n_units,)
    leak_rate_ : ndarray of shape (n_units,)
    update_ : StructuredUpdate
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Dong, Ohana, Rafayelyan & Krzakala (2020), Reservoir computing meets recurrent kernels and
    structured transforms, NeurIPS 33, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import StructuredReservoir
    >>> u = np.sin(np.arange(50) / 5).reshape(-1, 1)
    >>> StructuredReservoir(20_000, random_state=0).fit_transform(u).shape
    (50, 20000)
    """

    update_: StructuredUpdate
    time_constant: Any = None
    dt: Any = None

    _parameter_constraints = {
        "spectral_radius": [Interval(Real, 0, None, closed="left")],
        "n_transforms": [COUNT],
    } | {
        name: Reservoir._parameter_constraints[name]
        for name in (
            "n_units", "leak_rate", "input_scaling", "bias_scaling", "input_weights",
            "input_connectivity", "activation", "noise", "random_state",
        )
    }  # fmt: skip

    def __init__(
        self,
        n_units: int = 1000,
        *,
        leak_rate: Any = 1.0,
        spectral_radius: float = 0.9,
        n_transforms: int = 3,
        input_scaling: Any = 0.1,
        bias_scaling: float = 0.5,
        input_weights: Any = "uniform",
        input_connectivity: float = 1.0,
        activation: Any = "tanh",
        noise: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.n_units = n_units
        self.leak_rate = leak_rate
        self.spectral_radius = spectral_radius
        self.n_transforms = n_transforms
        self.input_scaling = input_scaling
        self.bias_scaling = bias_scaling
        self.input_weights = input_weights
        self.input_connectivity = input_connectivity
        self.activation = activation
        self.noise = noise
        self.random_state = random_state

    @property
    def W_(self) -> np.ndarray:
        """The recurrent matrix (n_units, n_units), written down: N² numbers."""
        return self.update_.recurrent(np.eye(self.n_units))

    def _weights(
        self, sequences: Sequences, streams: list[np.random.Generator], step_row: int | None = None
    ) -> StructuredUpdate:
        """Draw the signs, the input weights and the shifts."""
        signs = streams[0].choice([-1.0, 1.0], size=(self.n_transforms, self.n_units))
        self.W_in_ = self._input(self.n_features_in_, streams[1])
        self.bias_ = self.bias_scaling * streams[2].uniform(-1.0, 1.0, size=self.n_units)
        drive = np.column_stack([self.W_in_, self.bias_]).astype(sequences.dtype)
        self.signs_ = signs.astype(sequences.dtype)
        return StructuredUpdate(
            drive, self.n_units, self.n_features_in_, drive.dtype.type(1.0),
            in_place(self.activation), signs=self.signs_,
            radius=drive.dtype.type(self.spectral_radius),
        )  # fmt: skip
