"""Pictures, as displays in scikit-learn's manner: `from_estimator` computes, `plot` draws.

matplotlib is imported only when one draws: ``pip install "reservoir-learn[plot]"``.
"""

from .choosing import AlphaPathDisplay, SearchDisplay
from .connectivity import ConnectivityDisplay, SpectrumDisplay
from .forecast import ForecastDisplay
from .overview import MemoryDisplay, ReservoirDisplay, SpaceTimeDisplay
from .states import StatesDisplay

__all__ = [
    "AlphaPathDisplay",
    "ConnectivityDisplay",
    "ForecastDisplay",
    "MemoryDisplay",
    "ReservoirDisplay",
    "SearchDisplay",
    "SpaceTimeDisplay",
    "SpectrumDisplay",
    "StatesDisplay",
]
