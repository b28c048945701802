"""Many series, one readout."""

from .forecaster import PanelForecaster
from .forms import Panel
from .shipped import SHIPPED, pretrained
from .statistics import PanelStatistics

__all__ = ["SHIPPED", "Panel", "PanelForecaster", "PanelStatistics", "pretrained"]
