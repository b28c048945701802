"""Forecasters that come trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

import numpy as np

from ..ridge import RidgeStatistics
from ..seasonality import as_seasons
from .forecaster import PanelForecaster
from .statistics import PanelStatistics

#: What comes trained, and the rows of its season.
SHIPPED = {"yearly": 1, "quarterly": 4, "monthly": 12, "weekly": 52, "daily": 7, "hourly": 24}


def pretrained(kind: str, *, season: int | Sequence[int] | None = None) -> PanelForecaster:
    """Return a `PanelForecaster` that has learned from thousands of series already.

    ``forecast(n_steps, context)`` forecasts series that it never saw, from three rows on;
    ``partial_fit(series, weight=10)`` draws it towards one's own.

    Parameters
    ----------
    kind : {"yearly", "quarterly", "monthly", "weekly", "daily", "hourly"}
        Of the series. The first three learned from the M3 competition's series of that kind, the
        others from its monthly and other ones, and all from generated ones beside: the card in the
        documentation says what of.
    season : int or sequence of int, optional
        Rows of a season, that of the kind where not given; ``(24, 168)`` for hours of a week.

    Returns
    -------
    forecaster : PanelForecaster

    References
    ----------
    Makridakis & Hibon (2000), The M3-Competition: results, conclusions and implications,
    International Journal of Forecasting 16.

    Examples
    --------
    >>> import reservoir
    >>> model = reservoir.pretrained("monthly")
    >>> model.forecast(6, [112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118]).shape
    (6,)
    """
    if kind not in SHIPPED:
        raise ValueError(f"kind must be one of {', '.join(SHIPPED)}; got {kind!r}.")
    with files("reservoir.data").joinpath("pretrained.npz").open("rb") as file:
        saved = np.load(file)
        parts = {name: saved[f"{kind}_{name}"] for name in SAVED}
    season = SHIPPED[kind] if season is None else season
    model = PanelForecaster(season, len(parts["coef"]))
    seasons = tuple(rows for rows in as_seasons(season) if rows > 1)
    model.fit_statistics(replace(restored(parts, model.alpha), seasons=seasons))
    model._errors = parts["errors"].astype(float), int(parts["n_series"])
    return model


#: Arrays of each forecaster that are saved.
SAVED = ("coef", "intercept", "gram", "mean", "weight", "n_series", "errors")


def packed(model: PanelForecaster) -> dict[str, np.ndarray]:
    """Return the arrays from which a fitted forecaster is restored.

    The Gram matrices of all horizons are nearly one, that of the middle one: it says how firm the
    coefficients are, and is kept in single precision. The coefficients themselves are kept whole.
    """
    blocks = model.statistics_.blocks[model.horizon_ // 2 :]
    total = sum(blocks[1:], blocks[0])
    gram, _, _, mean = total.centred()
    p = model.statistics_.n_features
    errors, n_series = model._errors
    return {
        "coef": model.coef_,
        "intercept": model.intercept_,
        "gram": gram[np.tril_indices(p)].astype(np.float32),
        "mean": mean[:p],
        "weight": np.array(total.weight),
        "n_series": np.array(n_series),
        "errors": errors.astype(np.float32),
    }


def restored(parts: dict[str, Any], alpha: float) -> PanelStatistics:
    """Return statistics whose solution is what was saved: (G + alpha) w is what x says of y."""
    coef, intercept, mean = parts["coef"], parts["intercept"], parts["mean"]
    h, p = coef.shape
    gram = np.zeros((p, p))
    gram[np.tril_indices(p)] = parts["gram"]
    gram += np.tril(gram, -1).T
    block = RidgeStatistics(p, h)
    block.shift = np.concatenate([mean, intercept + coef @ mean])
    block.matrix[0, 0] = parts["weight"]
    block.matrix[1 : 1 + p, 1 : 1 + p] = gram
    block.matrix[1 + p :, 1 : 1 + p] = coef @ gram + alpha * coef
    empty = [RidgeStatistics(p, h) for _ in range(h - 1)]
    return PanelStatistics((*empty, block.frozen()), float(parts["n_series"]))
