"""Dynamics: the rule of a reservoir, and batches of sequences that run through one.

Inside, states are *units first*: ``(N, K)`` for one step of ``K`` columns, ``(N, L, K)`` for a
block of ``L`` steps. A *track* is one column: a whole sequence, or a chunk of a long one.
`Rule` has the contract of what a reservoir's `update_` is; `run` drives sequences through one,
exactly, and hands what is seen to a `Sink`.
"""

from .batch import StateNoise, n_threads
from .composed import Beside, Chain, beside
from .delays import DelayUpdate, Monomials
from .driver import run
from .informed import Informed
from .leaky import LeakyUpdate
from .parallel import synchronisation_time
from .paths import fastest
from .residual import ResidualUpdate
from .rule import Rule, Shown, Stepper, Whole, walk
from .single_node import SingleNodeUpdate
from .sinks import Buffer, PickedSink, Sink, StatesSink, Stretch
from .spiking import SpikingUpdate
from .structured import StructuredUpdate
from .timed import LiquidUpdate, TimedUpdate
from .views import DifferencesUpdate

__all__ = [
    "Stretch",
    "Beside",
    "Buffer",
    "Chain",
    "DelayUpdate",
    "DifferencesUpdate",
    "Informed",
    "LeakyUpdate",
    "LiquidUpdate",
    "Monomials",
    "PickedSink",
    "ResidualUpdate",
    "Rule",
    "Shown",
    "Sink",
    "SingleNodeUpdate",
    "StructuredUpdate",
    "SpikingUpdate",
    "StateNoise",
    "StatesSink",
    "Stepper",
    "TimedUpdate",
    "Whole",
    "beside",
    "fastest",
    "n_threads",
    "run",
    "synchronisation_time",
    "walk",
]
