"""Reservoirs that are made of others."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..estimator import Estimator
from ..seeds import SEED, rng_of
from ..sequences import check_sequences
from .base import seeded
from .leaky import Reservoir


class BidirectionalReservoir(TransformerMixin, Estimator):
    """Runs a reservoir through every sequence, and through its reverse, and puts both together.

    For sequences that are at hand as wholes. It has no step: it stands in pipelines, an
    `ESNClassifier` and an `ESNRegressor`, but cannot run freely.

    Parameters
    ----------
    reservoir : Reservoir, default=None
        ``Reservoir()`` where None; one reservoir runs both ways.
    aligned : bool, default=False
        Whether a row holds both states of its step, as labels of steps want it. Else row t holds
        the states after t + 1 steps from either end: the last row has seen all both ways.
    random_state : int, RandomState, Generator or None, default=None
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
        "random_state": SEED,
    }

    def __init__(
        self, reservoir: Any = None, *, aligned: bool = False, random_state: Any = None
    ) -> None:
        self.reservoir = reservoir
        self.aligned = aligned
        self.random_state = random_state

    @all_or_nothing
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
        rng = rng_of(self.random_state)
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
