"""`Differences`: a series and its differences, as a reservoir that draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from ..dynamics import DifferencesUpdate
from ..sequences import Sequences
from .base import BaseReservoir


class Differences(BaseReservoir):
    r"""A series and its differences over some lags, each in units of its own spread.

    .. math:: \left[u_t,\; \frac{u_t - u_{t-k}}{s_t^{(k)}}, \dots\right], \qquad
        s_t^2 = \frac{\sum_{i \le t} (u_i - u_{i-k})^2 + n_0 s^2}{n_t + n_0}

    How a series moves tells classes apart whose values do not. Nothing is drawn, nothing of the
    future is used, and it streams: in front of a reservoir, in a pipeline, or as the first part of
    a `DeepReservoir`.

    Parameters
    ----------
    lags : sequence of int, default=(1, 2, 4, 8)
        k ≥ 1, in steps. Zero until there are as many steps before.
    prior : float or "sequence", default=10.0
        :math:`n_0`: the spread of the training data counts as much as so many steps of the series
        itself. Infinite: that of the training data alone, so that amplitudes are kept. "sequence":
        that of all of a sequence, so that amplitudes do not count, for sequences that are read as
        wholes, as by `transform` and `ESNClassifier`; step by step it is the training data's.

    Attributes
    ----------
    spread_ : ndarray of shape (n_lags, `n_features_in_`)
        Root mean squares of the differences of the training data.
    update_ : DifferencesUpdate
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Tan, Dempster, Bergmeir & Webb (2022), MultiRocket, Data Mining and Knowledge Discovery 36, for
    what first differences add.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import Differences
    >>> u = np.array([[0.0], [1.0], [3.0], [6.0]])
    >>> Differences((1,), prior=np.inf).fit_transform(u).round(2)
    array([[0.  , 0.  ],
           [1.  , 0.46],
           [3.  , 0.93],
           [6.  , 1.39]])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "lags": ["array-like"],
        "prior": [Interval(Real, 0, np.inf, closed="right"), StrOptions({"sequence"})],
    }

    def __init__(self, lags: Sequence[int] = (1, 2, 4, 8), *, prior: Any = 10.0) -> None:
        self.lags = lags
        self.prior = prior

    def make_rule(
        self, sequences: Sequences, streams: list[np.random.Generator]
    ) -> DifferencesUpdate:
        """Learn the spreads."""
        lags = self._lags()
        spread = np.ones((len(lags), self.n_features_in_))
        for k, lag in enumerate(lags):
            moved = [np.square(x[lag:] - x[:-lag], dtype=float) for x in sequences.items]
            n_rows = sum(map(len, moved))
            if n_rows:
                spread[k] = np.sqrt(sum(rows.sum(axis=0) for rows in moved) / n_rows)
        spread[~(spread > 0)] = 1.0
        self.spread_ = spread
        whole = isinstance(self.prior, str)
        return DifferencesUpdate(
            self.n_features_in_, lags, spread, np.inf if whole else float(self.prior),
            np.dtype(sequences.dtype), whole,
        )  # fmt: skip

    def _lags(self) -> tuple[int, ...]:
        lags = list(self.lags)
        if not lags or not all(isinstance(k, Integral) and int(k) >= 1 for k in lags):
            raise ValueError(f"lags must be integers ≥ 1; got {self.lags!r}.")
        return tuple(sorted({int(k) for k in lags}))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names: ``u0``, and ``u0-u0[-4]`` for the difference over four steps."""
        check_is_fitted(self)
        given = getattr(self, "feature_names_in_", None)
        if input_features is not None:
            given = np.asarray(input_features, dtype=object)
        names = [f"u{k}" for k in range(self.n_features_in_)] if given is None else list(given)
        found = [*names, *(f"{name}-{name}[-{lag}]" for lag in self._lags() for name in names)]
        return np.array(found, dtype=object)
