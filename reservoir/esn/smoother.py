"""A transformer that takes the noise off series, and fills their gaps, from both sides."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..checks import COUNT
from ..estimator import Estimator
from ..frames import Frame, as_column
from ..outliers import as_seen
from ..sequences import check_sequences
from .exogenous import check_exog
from .forecaster import ESNForecaster
from .gaps import check_gaps
from .parts import DefaultParts
from .two_sided import passes_of, smoothed_by


class ESNSmoother(DefaultParts, TransformerMixin, Estimator):
    r"""Takes the noise off series, and fills their gaps, by what is before and after each row.

    One network tells every row from the rows before it, another, that runs backward, from those
    after it. Their errors at a row have nothing in common but its noise, so that their covariance
    estimates it; a row becomes the mean of itself and of what both tell of it, weighed by the
    inverses of their errors. Further passes train on what the one before has made of the rows.

    .. math:: R = \operatorname{cov}(e_f, e_b), \quad P = \operatorname{cov}(e) - R, \quad
        \hat x = (R^{-1} + P_f^{-1} + P_b^{-1})^{-1}
        (R^{-1} y + P_f^{-1} y_f + P_b^{-1} y_b)

    What neither side can tell counts as noise, also what was really there: a shock that comes
    out of nothing. Rows that were not seen are told by both sides alone, each weighed by its error
    after as many steps into the gap.

    Parameters
    ----------
    forecaster : ESNForecaster, default=None
        Both networks, before they are trained; ``ESNForecaster()`` where None. An alpha that free
        runs would choose is one of the evidence here.
    n_passes : int, default=2
        At most: one where there is no noise, less than a thousandth of the spread.
    random_state : int, RandomState, Generator or None, default=None
        Draws the reservoirs, where the forecaster says nothing of it.

    Attributes
    ----------
    noise_ : ndarray of shape (d,)
        Standard deviation of the noise, in units of the data.
    noise_covariance_ : ndarray of shape (d, d)
    passes_ : list of TwoSided
    n_features_in_ : int

    References
    ----------
    Fraser & Potter (1969), The optimum linear smoother as a combination of two optimum linear
    filters, IEEE Transactions on Automatic Control 14.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ESNSmoother
    >>> clean = np.sin(np.arange(600) * 0.2).reshape(-1, 1)
    >>> noisy = clean + 0.2 * np.random.default_rng(0).standard_normal(clean.shape)
    >>> smoother = ESNSmoother(random_state=0).fit(noisy)
    >>> bool(abs(smoother.noise_[0] - 0.2) < 0.03)
    True
    >>> bool(np.std(smoother.transform(noisy) - clean) < 0.08)
    True
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "forecaster": [HasMethods(["fit", "predict", "forecast"]), None],
        "n_passes": [COUNT],
        "random_state": ["random_state"],
    }

    def __init__(
        self, forecaster: Any = None, *, n_passes: int = 2, random_state: Any = None
    ) -> None:
        self.forecaster = forecaster
        self.n_passes = n_passes
        self.random_state = random_state

    def _defaults(self) -> dict[str, Any]:
        return {"forecaster": partial(ESNForecaster, random_state=self.random_state)}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    @all_or_nothing
    def fit(self, X: Any, y: Any = None, *, exog: Any = None) -> ESNSmoother:
        """Train both networks, and estimate the noise.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
            NaN is what was not seen.
        y : ignored
        exog : as `X`, with any number of columns, optional
            As `ESNForecaster.fit` takes it.

        Returns
        -------
        self : ESNSmoother

        Raises
        ------
        ValueError
            If a parameter is out of its range, or `X` is too short for both sides.
        """
        self._validate_params()
        model = self.part("forecaster")
        sequences = check_sequences(self, as_column(X), reset=True, regular=True, gaps=True)
        sequences = as_seen(sequences, X, model.outliers, stacklevel=3)
        check_gaps(sequences, model.max_gap, Frame.of(X).index)
        outside = check_exog(exog, sequences, Frame.of(X).index)
        self.passes_ = passes_of(model, sequences.items, outside, self.n_passes)
        self.noise_covariance_ = self.passes_[0].noise
        self.noise_ = np.sqrt(np.diag(self.noise_covariance_))
        return self

    def transform(self, X: Any, *, exog: Any = None) -> Any:
        """Return the rows without their noise, and those that were not seen.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        exog : as `X`, optional
            As at fit.

        Returns
        -------
        smoothed : as `X`
            NaN where neither side knows enough: series that are shorter than both washouts.
            Within one of them, at the ends, the other side and the row tell alone.

        Raises
        ------
        ValueError
            If `X` is of another width, not finite, or `exog` does not match it.
        """
        check_is_fitted(self)
        frame, X = Frame.of(X), as_column(X) if self.n_features_in_ == 1 else X
        sequences = check_sequences(self, X, reset=False, regular=True, gaps=True)
        sequences = as_seen(sequences, X, self.part("forecaster").outliers, stacklevel=3)
        exogenous = self.passes_[0].sides[0].forecaster.exogenous_
        outside = exogenous.checked(exog, sequences, frame.index)
        found = smoothed_by(self.passes_, sequences.items, outside)
        return frame.of_rows(sequences.restore(found))

    def fit_transform(self, X: Any, y: Any = None, *, exog: Any = None) -> Any:
        """Fit, and return the same rows without their noise."""
        return self.fit(X, exog=exog).transform(X, exog=exog)
