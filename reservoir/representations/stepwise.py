"""Transformers of scikit-learn, applied to the steps of sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..estimator import Estimator
from ..sequences import Sequences, check_sequences


class StepwiseTransformer(TransformerMixin, Estimator):
    """Applies a transformer of scikit-learn to the steps of sequences, stacked.

    So that scalers, decompositions and the like work on panels and ragged lists.

    Parameters
    ----------
    transformer : transformer, default=None
        `~sklearn.preprocessing.StandardScaler` where None.

    Attributes
    ----------
    transformer_ : transformer
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.decomposition import PCA
    >>> from reservoir import StepwiseTransformer
    >>> panel = np.random.default_rng(0).standard_normal((5, 30, 4))
    >>> StepwiseTransformer(PCA(2)).fit_transform(panel).shape
    (5, 30, 2)
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "transformer": [HasMethods(["fit", "transform"]), None]
    }

    def __init__(self, transformer: Any = None) -> None:
        self.transformer = transformer

    @all_or_nothing
    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the transformer on all steps.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        y : ignored

        Returns
        -------
        self : estimator
        """
        self._validate_params()
        return self.prepare(check_sequences(self, X, reset=True))

    @all_or_nothing
    def prepare(self, sequences: Sequences) -> Self:
        """Fit the transformer on all steps of sequences that were validated."""
        sequences.describe(self)
        part = StandardScaler() if self.transformer is None else clone(self.transformer)
        self.transformer_ = part.fit(np.concatenate(sequences.items))
        return self

    def transform(self, X: Any) -> Any:
        """Return the transformed steps, in the form of `X`."""
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        return sequences.restore(self.transformed(sequences).items)

    def transformed(self, sequences: Sequences) -> Sequences:
        """Return the transformed steps of sequences that were validated."""
        return Sequences(sequences.form, self._apply(self.transformer_.transform, sequences))

    def inverse_transform(self, X: Any) -> Any:
        """Return what `transform` makes `X` of, in the form of `X`."""
        check_is_fitted(self)
        sequences = check_sequences(BaseEstimator(), X, reset=True)
        return sequences.restore(self._apply(self.transformer_.inverse_transform, sequences))

    def _apply(
        self, function: Callable[[np.ndarray], np.ndarray], sequences: Sequences
    ) -> list[np.ndarray]:
        ends = np.cumsum(sequences.lengths)[:-1]
        return np.split(function(np.concatenate(sequences.items)), ends)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns that the transformer gives."""
        check_is_fitted(self)
        if input_features is None:
            input_features = getattr(self, "feature_names_in_", None)
        return self.transformer_.get_feature_names_out(input_features)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
