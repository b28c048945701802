"""Reservoirs: fixed random dynamical systems as scikit-learn transformers, a kind a file.

`BaseReservoir` has the contract, and does all that is not the rule.
"""

from .base import BaseReservoir, prepared, rule_of, seeded, states_of
from .blocks import BlockReservoir
from .composed import BidirectionalReservoir
from .expanded import ExpandedReservoir
from .leaky import Reservoir

__all__ = [
    "BaseReservoir",
    "BidirectionalReservoir",
    "BlockReservoir",
    "ExpandedReservoir",
    "Reservoir",
    "prepared",
    "rule_of",
    "seeded",
    "states_of",
]
