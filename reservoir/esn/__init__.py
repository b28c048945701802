"""Echo state networks: a reservoir and a readout, fitted in one stream."""

from .classifier import ESNClassifier
from .forecaster import ESNForecaster
from .merging import TrainingStatistics
from .network import Network
from .regressor import ESNRegressor

__all__ = ["ESNClassifier", "ESNForecaster", "ESNRegressor", "Network", "TrainingStatistics"]
