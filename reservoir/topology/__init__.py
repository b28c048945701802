"""Recurrent and input matrices: pure functions of a shape, parameters and a random generator.

Every function of `RECURRENT` draws an unscaled ``(n_units, n_units)`` matrix, every function of
`INPUT` an unscaled ``(n_units, n_features)`` one. Scaling is a separate step, so that the same
generator with another scale gives the same draw, rescaled. The registries are the dispatch: what a
function takes by keyword are its options.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .graphs import from_graph, is_graph
from .inputs import (
    bernoulli_input,
    block_input,
    chebyshev_input,
    gaussian_input,
    hadamard_input,
    informed_input,
    logistic_input,
    pi_input,
    thin,
    uniform_input,
)
from .random import (
    antisymmetric,
    banded,
    block_diagonal,
    dale,
    dense,
    dense_uniform,
    erdos_renyi,
    low_rank,
    lower_triangular,
    orthogonal,
    permutation,
    pseudo_svd,
    scale_free,
    small_world,
    sparse,
    toeplitz,
    wigner,
)
from .rings import (
    chebyshev,
    cycle_jumps,
    delay_line,
    delay_line_feedback,
    double_cycle,
    forward_ring,
    hypercube,
    logistic,
    ring,
    self_loop_ring,
)
from .scaling import (
    Matrix,
    eigenvalues,
    scale_to_norm,
    scale_to_radius,
    spectral_norm,
    spectral_radius,
)

#: Functions ``(n_units, rng, *, options)`` by their names.
RECURRENT: dict[str, Callable[..., Matrix]] = {
    function.__name__: function
    for function in (
        sparse, dense, dense_uniform, orthogonal, ring, permutation, delay_line,
        delay_line_feedback, cycle_jumps, double_cycle, self_loop_ring, forward_ring, hypercube,
        erdos_renyi, small_world, scale_free, block_diagonal, banded, toeplitz, lower_triangular,
        antisymmetric, wigner, low_rank, pseudo_svd, dale, chebyshev, logistic,
    )
}  # fmt: skip

#: Functions ``(n_units, n_features, rng)`` by their names.
INPUT: dict[str, Callable[..., np.ndarray]] = {
    function.__name__.removesuffix("_input"): function
    for function in (
        uniform_input, gaussian_input, bernoulli_input, block_input, pi_input, chebyshev_input,
        logistic_input, hadamard_input, informed_input,
    )
}  # fmt: skip


def options_of(function: Callable[..., Any]) -> list[str]:
    """Return the names of the options that a function of a registry takes.

    Examples
    --------
    >>> from reservoir.topology import cycle_jumps, options_of
    >>> options_of(cycle_jumps)
    ['jump', 'weight']
    """
    kinds = inspect.signature(function).parameters
    return [name for name, each in kinds.items() if each.kind is inspect.Parameter.KEYWORD_ONLY]


__all__ = [
    "INPUT",
    "RECURRENT",
    "Matrix",
    "eigenvalues",
    "from_graph",
    "is_graph",
    "options_of",
    "scale_to_norm",
    "scale_to_radius",
    "spectral_norm",
    "spectral_radius",
    "thin",
    *RECURRENT,
    *(f"{name}_input" for name in INPUT),
]
