"""The base of every estimator of this library."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator

from .saving import Versioned

#: Of every class that was asked for them.
NAMES: dict[Any, list[str]] = {}


class Estimator(Versioned, BaseEstimator):
    """scikit-learn's base, whose parameter names are looked up once and not at every `clone`.

    Examples
    --------
    >>> from reservoir import RidgeReadout
    >>> sorted(RidgeReadout().get_params())
    ['alpha', 'fit_intercept', 'forgetting', 'solver', 'washout']
    """

    @classmethod
    def _get_param_names(cls) -> list[str]:
        if cls not in NAMES:
            NAMES[cls] = super()._get_param_names()
        return NAMES[cls]
