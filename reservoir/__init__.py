"""Reservoir computing with a closed-form readout, in scikit-learn's manner."""

from .esn import ESNForecaster, ESNRegressor
from .readouts import RecursiveRidgeReadout, RidgeReadout, RidgeReadoutCV
from .reservoirs import Reservoir
from .ridge import RidgeFactor, RidgeStatistics

__version__ = "0.1.0"
__all__ = [
    "ESNForecaster",
    "ESNRegressor",
    "Reservoir",
    "RecursiveRidgeReadout",
    "RidgeReadout",
    "RidgeReadoutCV",
    "RidgeFactor",
    "RidgeStatistics",
    "__version__",
]
