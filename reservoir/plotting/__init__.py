"""Pictures, as displays in scikit-learn's manner: `from_estimator` computes, `plot` draws.

matplotlib is imported only when one draws: ``pip install "reservoir-learn[plot]"``.
"""

from .connectivity import ConnectivityDisplay, SpectrumDisplay
from .forecast import ForecastDisplay
from .states import StatesDisplay

__all__ = ["ConnectivityDisplay", "ForecastDisplay", "SpectrumDisplay", "StatesDisplay"]
