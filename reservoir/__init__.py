"""Reservoir computing with a closed-form readout, in scikit-learn's manner."""

from .esn import ESNRegressor
from .readouts import RidgeReadout
from .reservoirs import Reservoir
from .ridge import RidgeStatistics

__version__ = "0.1.0"
__all__ = ["ESNRegressor", "Reservoir", "RidgeReadout", "RidgeStatistics", "__version__"]
