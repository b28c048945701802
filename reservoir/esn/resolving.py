"""The same training, solved anew."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, Self

from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from .network import Network


class ResolvingMixin:
    """Estimators around a network: its readout solved anew without running the reservoir again."""

    network_: Network
    readout: Any
    part: Any

    def resolved(self, **params: Any) -> Self:
        """Return the network with its readout solved anew, without running the reservoir again.

        Parameters
        ----------
        **params
            Of the readout, such as ``alpha``.

        Returns
        -------
        esn : as this estimator
            It shares reservoir and statistics with this one, which stays as it is.

        Examples
        --------
        >>> import numpy as np
        >>> from reservoir import ESNRegressor
        >>> u = np.random.default_rng(0).uniform(-1, 1, (300, 1))
        >>> esn = ESNRegressor(random_state=0).fit(u, np.roll(u, 1, axis=0))
        >>> [len(esn.resolved(alpha=a).predict(u)) for a in (1e-8, 1e-4)]
        [300, 300]
        """
        check_is_fitted(self)
        return self._with(self.network_.resolved(params), params)

    def alpha_path(self, alphas: Iterable[Any]) -> list[Self]:
        """Return the network once for every alpha of the readout, from one decomposition.

        Parameters
        ----------
        alphas : iterable of float or array-like of shape (m,)

        Returns
        -------
        esns : list of estimators
            What `resolved` gives for each, at little more than the price of one.
        """
        check_is_fitted(self)
        alphas = list(alphas)
        networks = self.network_.alpha_path(alphas)
        return [self._with(n, {"alpha": a}) for n, a in zip(networks, alphas, strict=True)]

    def _with(self, network: Network, params: dict[str, Any]) -> Self:
        """Return a copy with another network of the same training, and its readout's parameters."""
        other = copy.copy(self)
        other.readout, other.network_ = clone(self.part("readout")).set_params(**params), network
        other._derived()
        return other

    def _derived(self) -> None:
        """Forget what belongs to the network that this was derived from: nothing here."""
