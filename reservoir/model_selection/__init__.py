"""Choosing a forecaster's settings by what its users care about: free-running forecasts."""

from .scorers import (
    FAR_OFF,
    FREE_RUN,
    ForecastScorer,
    SequenceScorer,
    make_forecast_scorer,
    make_sequence_scorer,
    root_mean_square,
)
from .search import ALPHA, ForecastSearchCV, median
from .spaces import forecasting_search, forecasting_space, settings_of

__all__ = [
    "ALPHA",
    "FAR_OFF",
    "FREE_RUN",
    "ForecastScorer",
    "ForecastSearchCV",
    "SequenceScorer",
    "forecasting_search",
    "forecasting_space",
    "make_forecast_scorer",
    "make_sequence_scorer",
    "median",
    "root_mean_square",
    "settings_of",
]
