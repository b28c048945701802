"""What a reservoir remembers, whether it is stable, and whether a forecast keeps the climate.

Each is one function of an estimator and data, and gives a small result with numbers and a
``plot()``.
"""

from .capacity import (
    MemoryCapacity,
    ProcessingCapacity,
    information_processing_capacity,
    memory_capacity,
)
from .driven import reservoir_of, weights_of
from .lyapunov import LyapunovExponents, lyapunov_exponents
from .ranks import StateRank, generalization_rank, kernel_rank
from .stability import (
    Consistency,
    EchoStateIndex,
    Synchronisation,
    consistency,
    echo_state_index,
    effective_spectral_radius,
    non_normality,
    synchronisation,
)

__all__ = [
    "Consistency",
    "EchoStateIndex",
    "LyapunovExponents",
    "MemoryCapacity",
    "ProcessingCapacity",
    "StateRank",
    "Synchronisation",
    "consistency",
    "echo_state_index",
    "effective_spectral_radius",
    "generalization_rank",
    "information_processing_capacity",
    "kernel_rank",
    "lyapunov_exponents",
    "memory_capacity",
    "non_normality",
    "reservoir_of",
    "synchronisation",
    "weights_of",
]
