"""Recurrent matrices that follow a rule: lines, rings, cubes. Their weights are relative.

Unit i feeds unit i + 1 with weight 1; what a topology has besides has a weight beside that. ``W[i,
j]`` is the weight from unit j to unit i.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


def _diagonal(n_units: int, shift: int, weight: float = 1.0, *, closed: bool) -> sp.csr_array:
    """Weights from every unit to the one `shift` further on, around the end where closed."""
    source = np.arange(n_units)
    target = source + shift
    if closed:
        target %= n_units
    inside = (target >= 0) & (target < n_units)
    entries = np.full(inside.sum(), float(weight)), (target[inside], source[inside])
    return sp.csr_array(entries, shape=(n_units, n_units))


def ring(n_units: int, rng: np.random.Generator | None = None) -> sp.csr_array:
    """Build the ring: unit i feeds unit i + 1, the last one the first, all with weight 1.

    References
    ----------
    Rodan & Tiňo (2011), Minimum complexity echo state network, "simple cycle reservoir".

    Examples
    --------
    >>> from reservoir.topology import ring
    >>> ring(3).toarray()
    array([[0., 0., 1.],
           [1., 0., 0.],
           [0., 1., 0.]])
    """
    return _diagonal(n_units, 1, closed=True)


def delay_line(n_units: int, rng: np.random.Generator | None = None) -> sp.csr_array:
    """Build the delay line: unit i feeds unit i + 1, the last one none; all eigenvalues are zero.

    References
    ----------
    Rodan & Tiňo (2011), Minimum complexity echo state network, "delay line reservoir".

    Examples
    --------
    >>> from reservoir.topology import delay_line
    >>> delay_line(3).toarray()
    array([[0., 0., 0.],
           [1., 0., 0.],
           [0., 1., 0.]])
    """
    return _diagonal(n_units, 1, closed=False)


def delay_line_feedback(
    n_units: int, rng: np.random.Generator | None = None, *, feedback: float = 0.1
) -> sp.csr_array:
    """Build the delay line whose units feed the one before them too, with weight `feedback`.

    References
    ----------
    Rodan & Tiňo (2011), Minimum complexity echo state network, "delay line reservoir with feedback
    connections".

    Examples
    --------
    >>> from reservoir.topology import delay_line_feedback
    >>> delay_line_feedback(3, feedback=0.5).toarray()
    array([[0. , 0.5, 0. ],
           [1. , 0. , 0.5],
           [0. , 1. , 0. ]])
    """
    back = _diagonal(n_units, -1, feedback, closed=False)
    return sp.csr_array(delay_line(n_units) + back)


def cycle_jumps(
    n_units: int, rng: np.random.Generator | None = None, *, jump: int = 5, weight: float = 0.5
) -> sp.csr_array:
    """Build the ring in which every `jump`-th unit is joined to the next such one, both ways.

    References
    ----------
    Rodan & Tiňo (2012), Simple deterministically constructed cycle reservoirs with regular jumps,
    Neural Computation 24.

    Examples
    --------
    >>> from reservoir.topology import cycle_jumps
    >>> cycle_jumps(4, jump=2, weight=0.5).toarray()
    array([[0. , 0. , 0.5, 1. ],
           [1. , 0. , 0. , 0. ],
           [0.5, 1. , 0. , 0. ],
           [0. , 0. , 1. , 0. ]])
    """
    starts = np.arange(0, n_units - n_units % jump, jump)
    ends = (starts + jump) % n_units
    if len(starts) < 2:
        return ring(n_units)
    pairs = {tuple(sorted(pair)) for pair in zip(starts.tolist(), ends.tolist(), strict=True)}
    one, other = np.array(sorted(pairs)).T
    sides = np.concatenate([one, other]), np.concatenate([other, one])
    jumps = sp.csr_array((np.full(2 * len(one), float(weight)), sides), shape=(n_units, n_units))
    return sp.csr_array(ring(n_units) + jumps)


def double_cycle(
    n_units: int, rng: np.random.Generator | None = None, *, weight: float = 0.5
) -> sp.csr_array:
    """Build two rings, the second one the other way around with weight `weight`.

    References
    ----------
    Fu et al. (2023), A double-cycle echo state network topology for time series prediction, Chaos
    33.

    Examples
    --------
    >>> from reservoir.topology import double_cycle
    >>> double_cycle(4, weight=0.5).toarray()
    array([[0. , 0.5, 0. , 1. ],
           [1. , 0. , 0.5, 0. ],
           [0. , 1. , 0. , 0.5],
           [0.5, 0. , 1. , 0. ]])
    """
    return sp.csr_array(ring(n_units) + _diagonal(n_units, -1, weight, closed=True))


def self_loop_ring(
    n_units: int, rng: np.random.Generator | None = None, *, weight: float = 0.5
) -> sp.csr_array:
    """Build the ring whose units feed themselves too, with weight `weight`.

    References
    ----------
    Elsarraj, Al Qisi, Rodan, Obeid, Sharieh & Faris (2019), Demystifying echo state network with
    deterministic simple topologies, International Journal of Computational Science and
    Engineering 19.

    Examples
    --------
    >>> from reservoir.topology import self_loop_ring
    >>> self_loop_ring(3, weight=0.5).toarray()
    array([[0.5, 0. , 1. ],
           [1. , 0.5, 0. ],
           [0. , 1. , 0.5]])
    """
    return sp.csr_array(ring(n_units) + _diagonal(n_units, 0, weight, closed=True))


def forward_ring(
    n_units: int, rng: np.random.Generator | None = None, *, weight: float = 0.5
) -> sp.csr_array:
    """Build the ring whose units feed the one after the next too, with weight `weight`.

    References
    ----------
    Elsarraj et al. (2019), Demystifying echo state network with deterministic simple topologies,
    for forward connections.

    Examples
    --------
    >>> from reservoir.topology import forward_ring
    >>> forward_ring(4, weight=0.5).toarray()
    array([[0. , 0. , 0.5, 1. ],
           [1. , 0. , 0. , 0.5],
           [0.5, 1. , 0. , 0. ],
           [0. , 0.5, 1. , 0. ]])
    """
    return sp.csr_array(ring(n_units) + _diagonal(n_units, 2, weight, closed=True))


def hypercube(n_units: int, rng: np.random.Generator | None = None) -> sp.csr_array:
    """Build the hypercube: units whose numbers differ in one bit feed each other, with weight 1.

    Its eigenvalues are ``log2(N) - 2 k``.

    Raises
    ------
    ValueError
        If `n_units` is no power of two, at least two.

    References
    ----------
    Harary, Hayes & Wu (1988), A survey of the theory of hypercube graphs, Computers & Mathematics
    with Applications 15.

    Examples
    --------
    >>> from reservoir.topology import hypercube
    >>> hypercube(4).toarray()
    array([[0., 1., 1., 0.],
           [1., 0., 0., 1.],
           [1., 0., 0., 1.],
           [0., 1., 1., 0.]])
    """
    n_bits = n_units.bit_length() - 1
    if n_units < 2 or n_units != 2**n_bits:
        raise ValueError(
            f"n_units must be a power of two for a hypercube; got {n_units}. "
            f"{2**n_bits} and {2 ** (n_bits + 1)} are."
        )
    source = np.repeat(np.arange(n_units), n_bits)
    target = source ^ np.tile(1 << np.arange(n_bits), n_units)
    return sp.csr_array((np.ones(source.size), (target, source)), shape=(n_units, n_units))


def chaotic_map(
    n_rows: int, n_columns: int, chaos: str, *, parameter: float, amplitude: float = 0.3
) -> np.ndarray:
    """Fill columns by a chaotic map, each from another start; weights are in [-1, 1].

    Examples
    --------
    >>> from reservoir.topology.rings import chaotic_map
    >>> chaotic_map(3, 1, "logistic", parameter=3.7).round(3).ravel()
    array([-0.695, -0.045,  0.846])
    """
    values = np.empty((n_rows, n_columns))
    values[0] = amplitude * np.sin(np.arange(1, n_columns + 1) * np.pi / (5.9 * n_columns))
    for row in range(1, n_rows):
        before = values[row - 1]
        if chaos == "logistic":
            values[row] = parameter * before * (1.0 - before)
        else:
            values[row] = np.cos(parameter * np.arccos(np.clip(before, -1.0, 1.0)))
    return 2.0 * values - 1.0 if chaos == "logistic" else values


def chebyshev(
    n_units: int, rng: np.random.Generator | None = None, *, degree: float = 2.5
) -> np.ndarray:
    r"""Fill the matrix by the Chebyshev map :math:`w \to \cos(k \arccos w)`; nothing is drawn.

    References
    ----------
    Xie, Wang & Yu (2024), Time series prediction of ESN based on Chebyshev mapping and strongly
    connected topology, Neural Processing Letters 56.

    Examples
    --------
    >>> from reservoir.topology import chebyshev
    >>> bool(abs(chebyshev(20)).max() <= 1)
    True
    """
    return chaotic_map(n_units, n_units, "chebyshev", parameter=degree)


def logistic(
    n_units: int, rng: np.random.Generator | None = None, *, growth: float = 3.9
) -> np.ndarray:
    r"""Fill the matrix by the logistic map :math:`w \to r w (1 - w)`, moved to [-1, 1].

    References
    ----------
    Wang et al. (2022), Echo state network with logistic mapping and bias dropout for time series
    prediction, Neurocomputing 489.

    Examples
    --------
    >>> from reservoir.topology import logistic
    >>> bool(abs(logistic(20)).max() <= 1)
    True
    """
    return chaotic_map(n_units, n_units, "logistic", parameter=growth)
