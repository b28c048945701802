"""Echo state networks: a reservoir and a readout, fitted in one stream."""

from .classifier import ESNClassifier
from .closed_loop import DivergenceWarning, divergence_is_known
from .exogenous import check_exog
from .forecaster import ESNForecaster
from .local import LocalForecaster
from .merging import TrainingStatistics
from .network import Network
from .regressor import ESNRegressor
from .smoother import ESNSmoother
from .stream import Stream

__all__ = [
    "DivergenceWarning",
    "ESNClassifier",
    "ESNForecaster",
    "ESNRegressor",
    "ESNSmoother",
    "LocalForecaster",
    "Network",
    "Stream",
    "TrainingStatistics",
    "check_exog",
    "divergence_is_known",
]
