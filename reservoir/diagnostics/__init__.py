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
from .climate import (
    Climate,
    climate,
    correlation_dimension,
    density_distance,
    largest_exponent,
    spectral_distance,
    state_space_divergence,
)
from .driven import reservoir_of, weights_of
from .lyapunov import LyapunovExponents, lyapunov_exponents
from .ranks import StateRank, generalization_rank, kernel_rank
from .residuals import ForecastResiduals, forecast_residuals
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
    "Climate",
    "Consistency",
    "EchoStateIndex",
    "ForecastResiduals",
    "LyapunovExponents",
    "MemoryCapacity",
    "ProcessingCapacity",
    "StateRank",
    "Synchronisation",
    "climate",
    "consistency",
    "correlation_dimension",
    "density_distance",
    "echo_state_index",
    "effective_spectral_radius",
    "forecast_residuals",
    "generalization_rank",
    "information_processing_capacity",
    "kernel_rank",
    "largest_exponent",
    "lyapunov_exponents",
    "memory_capacity",
    "non_normality",
    "reservoir_of",
    "spectral_distance",
    "state_space_divergence",
    "synchronisation",
    "weights_of",
]
