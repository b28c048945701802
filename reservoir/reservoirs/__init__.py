"""Reservoirs: fixed random dynamical systems as scikit-learn transformers, a kind a file.

`BaseReservoir` has the contract, and does all that is not the rule.
"""

from .base import BaseReservoir, prepared, rule_of, seeded, states_of, time_columns
from .blocks import BlockReservoir
from .composed import BidirectionalReservoir
from .deep import DeepReservoir, ParallelReservoirs
from .expanded import ExpandedReservoir, PowersOf
from .informed import InformedReservoir
from .leaky import Reservoir
from .liquid import LiquidReservoir
from .nvar import NVAR
from .plastic import PlasticReservoir
from .residual import EulerReservoir, ResidualReservoir
from .saturation import tell_saturation
from .single_node import SingleNodeReservoir
from .spiking import SpikingReservoir
from .structured import StructuredReservoir
from .views import Differences

__all__ = [
    "NVAR",
    "BaseReservoir",
    "BidirectionalReservoir",
    "BlockReservoir",
    "DeepReservoir",
    "Differences",
    "EulerReservoir",
    "ExpandedReservoir",
    "InformedReservoir",
    "LiquidReservoir",
    "ParallelReservoirs",
    "PlasticReservoir",
    "PowersOf",
    "Reservoir",
    "ResidualReservoir",
    "SingleNodeReservoir",
    "StructuredReservoir",
    "SpikingReservoir",
    "prepared",
    "rule_of",
    "seeded",
    "states_of",
    "tell_saturation",
    "time_columns",
]
