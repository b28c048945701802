"""Echo state networks: a reservoir and a readout, fitted in one stream."""

from .classifier import ESNClassifier
from .forecaster import ESNForecaster
from .regressor import ESNRegressor
from .streaming import TrainingStatistics

__all__ = ["ESNClassifier", "ESNForecaster", "ESNRegressor", "TrainingStatistics"]
