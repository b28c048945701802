"""Forecasters of this library in sktime's manner: ``pip install "reservoir-learn[sktime]"``."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone

try:
    from sktime.forecasting.base import BaseForecaster
except ImportError as error:
    raise ImportError(
        'reservoir.neighbours needs sktime: pip install "reservoir-learn[sktime]"'
    ) from error

import pandas as pd

from .esn import ESNForecaster


class SktimeForecaster(BaseForecaster):
    """Any forecaster with ``fit(X)`` and ``forecast(n_steps)`` as a forecaster of sktime.

    Parameters
    ----------
    forecaster : forecaster, default=None
        ``ESNForecaster(random_state=0)`` where None; a search, or one of `reservoir.baselines`, as
        well. One that takes ``exog=`` is handed sktime's ``X``.

    Attributes
    ----------
    forecaster_ : forecaster
        Fitted.

    Examples
    --------
    >>> import pandas as pd
    >>> from reservoir.baselines import Theta
    >>> from reservoir.neighbours import SktimeForecaster
    >>> y = pd.Series(range(20), pd.period_range("2000-01", periods=20, freq="M"), dtype=float)
    >>> SktimeForecaster(Theta()).fit(y).predict(fh=[1, 3]).index.astype(str).tolist()
    ['2001-09', '2001-11']
    """

    _tags = {
        "authors": ["reservoir-learn"],
        "maintainers": ["reservoir-learn"],
        "y_inner_mtype": "pd.DataFrame",
        "X_inner_mtype": "pd.DataFrame",
        "capability:multivariate": True,
        "capability:exogenous": True,
        "capability:insample": False,
        "capability:missing_values": True,
        "capability:non_contiguous_X": False,
        "capability:categorical_in_X": False,
        "requires-fh-in-fit": False,
    }  # fmt: skip

    def __init__(self, forecaster: Any = None) -> None:
        self.forecaster = forecaster
        super().__init__()
        if forecaster is not None and not isinstance(forecaster, ESNForecaster):
            self.set_tags(**{"capability:exogenous": hasattr(forecaster, "param_grid")})

    def _fit(self, y: Any, X: Any = None, fh: Any = None) -> SktimeForecaster:
        given = ESNForecaster(random_state=0) if self.forecaster is None else self.forecaster
        known = {} if X is None else {"exog": X.to_numpy(dtype=float)}
        self.forecaster_ = clone(given).fit(y.to_numpy(dtype=float), **known)
        self._columns = y.columns
        return self

    def _predict(self, fh: Any, X: Any = None) -> Any:
        steps = np.asarray(fh.to_relative(self.cutoff).to_numpy(), dtype=int)
        n_steps = int(steps.max())
        known = {} if X is None else {"exog": X.to_numpy(dtype=float)[:n_steps]}
        rows = np.asarray(self.forecaster_.forecast(n_steps, **known))[steps - 1]
        index = fh.to_absolute(self.cutoff).to_pandas()
        return pd.DataFrame(rows, index=index, columns=self._columns)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return parameters for sktime's own suite."""
        from .baselines import Theta, Trained
        from .readouts import RidgeReadout
        from .reservoirs import Reservoir

        small = ESNForecaster(Reservoir(20), RidgeReadout(0.01), random_state=0)
        return [{"forecaster": small}, {"forecaster": Theta(4)}, {"forecaster": Trained(4)}]
