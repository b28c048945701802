"""Echo state networks: a reservoir and a readout, fitted in one stream."""

from .forecaster import ESNForecaster
from .regressor import ESNRegressor
from .streaming import TrainingStatistics

__all__ = ["ESNForecaster", "ESNRegressor", "TrainingStatistics"]
