"""Reservoir computing with a closed-form readout, in scikit-learn's manner."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .esn import ESNClassifier, ESNForecaster, ESNRegressor, ESNSmoother, LocalForecaster
    from .panels import PanelForecaster, pretrained
    from .readouts import (
        RecursiveRidgeReadout,
        RidgeReadout,
        RidgeReadoutClassifier,
        RidgeReadoutCV,
    )
    from .representations import (
        LastState,
        MeanState,
        OutputModelSpace,
        ReservoirModelSpace,
        StateSummary,
        StepwiseTransformer,
    )
    from .reservoirs import (
        NVAR,
        BidirectionalReservoir,
        BlockReservoir,
        DeepReservoir,
        Differences,
        EulerReservoir,
        ExpandedReservoir,
        InformedReservoir,
        LiquidReservoir,
        ParallelReservoirs,
        PlasticReservoir,
        Reservoir,
        ResidualReservoir,
        SingleNodeReservoir,
        SpikingReservoir,
        StructuredReservoir,
    )
    from .ridge import RidgeFactor, RidgeStatistics

__version__ = "0.1.0"
__all__ = [
    "NVAR",
    "BidirectionalReservoir",
    "BlockReservoir",
    "DeepReservoir",
    "Differences",
    "ESNClassifier",
    "ESNForecaster",
    "ESNRegressor",
    "ESNSmoother",
    "EulerReservoir",
    "ExpandedReservoir",
    "InformedReservoir",
    "LastState",
    "LiquidReservoir",
    "LocalForecaster",
    "MeanState",
    "OutputModelSpace",
    "PanelForecaster",
    "ParallelReservoirs",
    "PlasticReservoir",
    "Reservoir",
    "ReservoirModelSpace",
    "ResidualReservoir",
    "RecursiveRidgeReadout",
    "RidgeReadout",
    "RidgeReadoutCV",
    "RidgeReadoutClassifier",
    "RidgeFactor",
    "RidgeStatistics",
    "SingleNodeReservoir",
    "StructuredReservoir",
    "SpikingReservoir",
    "StateSummary",
    "StepwiseTransformer",
    "__version__",
    "pretrained",
]


def _folder_of(name: str) -> str:
    """Return where a name is from: imported when it is asked for, so that help is quick."""
    if name in ("PanelForecaster", "pretrained"):
        return "panels"
    if name.startswith("ESN") or name == "LocalForecaster":
        return "esn"
    if name in ("RidgeFactor", "RidgeStatistics"):
        return "ridge"
    if "Readout" in name:
        return "readouts"
    kinds = ("Reservoir", "Reservoirs", "NVAR", "Differences")
    return "reservoirs" if name.endswith(kinds) else "representations"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'reservoir' has no attribute {name!r}")
    return getattr(import_module(f".{_folder_of(name)}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
