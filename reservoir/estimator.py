"""The base of every estimator of this library."""

from __future__ import annotations

import sys
from typing import Any

from sklearn.base import BaseEstimator

from .saving import Versioned

#: Where the documentation is published.
DOCS = "https://reservoir-learn.readthedocs.io/en/stable/"
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

    _doc_link_module = "reservoir"

    @property
    def _doc_link_template(self) -> str:
        return DOCS + "api/{name}.html"

    def _doc_link_url_param_generator(self) -> dict[str, str]:
        kind = type(self)
        public = kind.__name__ in sys.modules["reservoir"].__all__
        folder = "reservoir" if public else ".".join(kind.__module__.split(".")[:2])
        return {"name": f"{folder}.{kind.__name__}"}

    @classmethod
    def _get_param_names(cls) -> list[str]:
        if cls not in NAMES:
            NAMES[cls] = super()._get_param_names()
        return NAMES[cls]
