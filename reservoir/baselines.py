"""Simple forecasts, which a model has to beat."""

from __future__ import annotations

import numpy as np


def simple_forecasts(train: np.ndarray, season: int, steps: int) -> dict[str, np.ndarray]:
    """Return the forecasts that a model has to beat.

    Parameters
    ----------
    train : ndarray of shape (T, d)
    season : int
        Rows of a season, 1 for none.
    steps : int

    Returns
    -------
    forecasts : dict of str to ndarray of shape (steps, d)
        "naive", and "seasonal naive" and "seasonal naive with drift" where there is a season,
        "naive with drift" where there is none.

    References
    ----------
    Hyndman & Athanasopoulos (2021), Forecasting: principles and practice, section 5.2.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.baselines import simple_forecasts
    >>> found = simple_forecasts(np.array([[1.0], [5.0], [3.0], [7.0]]), season=2, steps=3)
    >>> {name: forecast.ravel().tolist() for name, forecast in found.items()}["seasonal naive"]
    [3.0, 7.0, 3.0]
    """
    phase, round_ = np.arange(steps) % season, np.arange(steps) // season + 1
    last_season = train[len(train) - season :][phase]
    drift = (train[season:] - train[:-season]).mean() * round_.reshape(-1, 1)
    naive = {"naive": np.repeat(train[-1:], steps, axis=0)}
    if season == 1:
        return naive | {"naive with drift": last_season + drift}
    return naive | {
        "seasonal naive": last_season,
        "seasonal naive with drift": last_season + drift,
    }
