"""`NVAR`: next-generation reservoir computing, polynomials of a delay line."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from ..dynamics import DelayUpdate, Monomials, Rule, Shown
from ..dynamics.rule import SEEN
from ..sequences import Sequences
from .base import BaseReservoir


class NVAR(BaseReservoir):
    r"""Nonlinear vector autoregression: monomials of the inputs of the last steps.

    .. math:: x_t = [\ell_t;\; \ell_t \lceil\otimes\rceil \ell_t;\; \dots], \qquad
        \ell_t = [u_t; u_{t-s}; \dots; u_{t-(k-1)s}]

    Nothing is drawn. With a ridge readout this is next-generation reservoir computing: few
    features, little data, and very good where the system is a polynomial of what is seen. It has no
    more memory than its delays, and features grow as a power of them.

    Parameters
    ----------
    delays : int, default=2
        k ≥ 1, the inputs that are seen, the present one among them.
    order : int or sequence of int, default=2
        Monomials up to this degree; or those of just these degrees, ``(1, 3)`` say.
    stride : int, default=1
        s, the steps from one to the next.

    Attributes
    ----------
    update_ : Shown or DelayUpdate
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Gauthier, Bollt, Griffith & Barbosa (2021), Next generation reservoir computing, Nature
    Communications 12, equations 4 to 7.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import NVAR
    >>> u = np.arange(1.0, 5.0).reshape(-1, 1)
    >>> NVAR(delays=2).fit_transform(u)[2:]
    array([[ 3.,  2.,  9.,  6.,  4.],
           [ 4.,  3., 16., 12.,  9.]])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "delays": [Interval(Integral, 1, None, closed="left")],
        "order": [Interval(Integral, 1, None, closed="left"), list, tuple],
        "stride": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, delays: int = 2, *, order: int | Sequence[int] = 2, stride: int = 1) -> None:
        self.delays = delays
        self.order = order
        self.stride = stride

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> Rule:
        """Lay the delay line, and multiply."""
        degrees = self._degrees()
        lags = tuple(int(self.stride) * k for k in range(self.delays))
        line = DelayUpdate(self.n_features_in_, lags, sequences.dtype)
        if degrees == [1]:
            return line
        if 1 not in degrees:
            return Shown(line, (Monomials(line.n_seen, degrees),))
        return Shown(line, (SEEN, Monomials(line.n_seen, degrees[1:])))

    def _degrees(self) -> list[int]:
        order: Any = self.order
        if isinstance(order, Integral):
            return list(range(1, int(order) + 1))
        degrees = list(order)
        if not degrees or not all(isinstance(k, Integral) and int(k) >= 1 for k in degrees):
            raise ValueError(f"order must be degrees ≥ 1; got {self.order!r}.")
        return sorted({int(k) for k in degrees})

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the monomials' names: ``u0 u0[-1]`` is the input times that of the step before."""
        check_is_fitted(self)
        given = getattr(self, "feature_names_in_", None)
        if input_features is not None:
            given = np.asarray(input_features, dtype=object)
        names = [f"u{k}" for k in range(self.n_features_in_)] if given is None else list(given)
        lags = [int(self.stride) * k for k in range(self.delays)]
        linear = [name + (f"[-{lag}]" if lag else "") for lag in lags for name in names]
        products = Monomials(len(linear), self._degrees()).names
        return np.array([" ".join(linear[k] for k in each) for each in products], dtype=object)
