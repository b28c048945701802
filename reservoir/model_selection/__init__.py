"""Choosing a forecaster's settings by what its users care about: free-running forecasts."""

from .candidates import ALPHA
from .scorers import (
    FAR_OFF,
    FREE_RUN,
    ForecastScorer,
    SequenceScorer,
    make_forecast_scorer,
    make_sequence_scorer,
    root_mean_square,
)
from .search import ForecastSearchCV
from .spaces import RollingOrigins, forecasting_search, forecasting_space, settings_of
from .voting import NETWORKS, median

__all__ = [
    "ALPHA",
    "FAR_OFF",
    "FREE_RUN",
    "NETWORKS",
    "RollingOrigins",
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
