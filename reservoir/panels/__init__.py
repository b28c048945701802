"""Many series, one readout."""

from .forecaster import PanelForecaster
from .forms import Panel
from .shipped import pretrained
from .statistics import PanelStatistics

__all__ = ["Panel", "PanelForecaster", "PanelStatistics", "pretrained"]
