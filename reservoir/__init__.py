"""Reservoir computing with a closed-form readout, in scikit-learn's manner."""

from .esn import ESNClassifier, ESNForecaster, ESNRegressor
from .readouts import RecursiveRidgeReadout, RidgeReadout, RidgeReadoutClassifier, RidgeReadoutCV
from .representations import (
    LastState,
    MeanState,
    OutputModelSpace,
    ReservoirModelSpace,
    StateSummary,
    StepwiseTransformer,
)
from .reservoirs import BidirectionalReservoir, BlockReservoir, ExpandedReservoir, Reservoir
from .ridge import RidgeFactor, RidgeStatistics

__version__ = "0.1.0"
__all__ = [
    "BidirectionalReservoir",
    "BlockReservoir",
    "ESNClassifier",
    "ESNForecaster",
    "ESNRegressor",
    "ExpandedReservoir",
    "LastState",
    "MeanState",
    "OutputModelSpace",
    "Reservoir",
    "ReservoirModelSpace",
    "RecursiveRidgeReadout",
    "RidgeReadout",
    "RidgeReadoutCV",
    "RidgeReadoutClassifier",
    "RidgeFactor",
    "RidgeStatistics",
    "StateSummary",
    "StepwiseTransformer",
    "__version__",
]
