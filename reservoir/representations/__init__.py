"""From the states of a sequence to one row: what a classifier of whole sequences sees.

All are transformers from a panel (K, T, N) or a list of (T_k, N) arrays to an array (K, F).
``transform_steps`` gives the row of every beginning of a sequence: what is known after each step.
"""

from .base import LastState, MeanState, Representation
from .foreign import ForeignRepresentation, as_representation
from .model_space import OutputModelSpace, ReservoirModelSpace
from .stepwise import StepwiseTransformer
from .summary import StateSummary

__all__ = [
    "ForeignRepresentation",
    "LastState",
    "MeanState",
    "OutputModelSpace",
    "Representation",
    "ReservoirModelSpace",
    "StateSummary",
    "StepwiseTransformer",
    "as_representation",
]
