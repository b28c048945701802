"""Recurrent matrices that are drawn, unscaled, from a random generator."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.sparse as sp

from .scaling import one_blas_thread, spectral_radius


def sparse(
    n_units: int, rng: np.random.Generator, *, connectivity: int | float = 10
) -> sp.csr_array:
    """Draw a sparse matrix with uniform weights in [-1, 1].

    Parameters
    ----------
    n_units : int
        Number of rows and columns, N.
    rng : numpy.random.Generator
        Source of the draw.
    connectivity : int or float, default=10
        An integer is the in-degree, the number of non-zeros of every row (at most N); a float in
        (0, 1] is the density, the probability of each entry to be non-zero.

    Returns
    -------
    W : scipy.sparse.csr_array of shape (n_units, n_units)

    References
    ----------
    Lukoševičius (2012), A practical guide to applying echo state networks, section 3.2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import sparse
    >>> sparse(50, np.random.default_rng(0), connectivity=3).nnz
    150
    """
    if isinstance(connectivity, (int, np.integer)):
        degrees = np.full(n_units, min(int(connectivity), n_units))
    else:
        degrees = rng.binomial(n_units, connectivity, size=n_units)
    columns = [np.sort(rng.choice(n_units, size=k, replace=False)) for k in degrees]
    indptr = np.concatenate([[0], np.cumsum(degrees)])
    indices = np.concatenate(columns).astype(np.int32)
    weights = rng.uniform(-1.0, 1.0, size=indices.size)
    return sp.csr_array((weights, indices, indptr.astype(np.int32)), shape=(n_units, n_units))


def dense(n_units: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a full matrix of independent standard normal weights, shape (n_units, n_units).

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import dense
    >>> dense(3, np.random.default_rng(0)).shape
    (3, 3)
    """
    return rng.standard_normal((n_units, n_units))


def dense_uniform(n_units: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a full matrix of independent uniform weights in [-1, 1], shape (n_units, n_units).

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import dense_uniform
    >>> bool(abs(dense_uniform(3, np.random.default_rng(0))).max() <= 1)
    True
    """
    return rng.uniform(-1.0, 1.0, size=(n_units, n_units))


@one_blas_thread
def orthogonal(n_units: int, rng: np.random.Generator) -> np.ndarray:
    """Draw an orthogonal matrix, uniform in Haar measure, shape (n_units, n_units).

    References
    ----------
    Mezzadri (2007), How to generate random matrices from the classical compact groups, section 5.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import orthogonal
    >>> W = orthogonal(4, np.random.default_rng(0))
    >>> bool(np.allclose(W @ W.T, np.eye(4)))
    True
    """
    q, r = np.linalg.qr(rng.standard_normal((n_units, n_units)))
    return q * np.where(np.diag(r) < 0, -1.0, 1.0)  # signs of r make the draw uniform


def permutation(n_units: int, rng: np.random.Generator, *, signed: bool = False) -> sp.csr_array:
    """Draw a permutation: every unit feeds one other and is fed by one; signs too, where `signed`.

    References
    ----------
    Boedecker, Obst, Mayer & Asada (2009), Studies on reservoir initialization and dynamics shaping
    in echo state networks, ESANN.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import permutation
    >>> W = permutation(5, np.random.default_rng(0))
    >>> bool((W @ W.T).toarray().trace() == 5)
    True
    """
    weights = rng.choice([-1.0, 1.0], size=n_units) if signed else np.ones(n_units)
    entries = weights, (np.arange(n_units), rng.permutation(n_units))
    return sp.csr_array(entries, shape=(n_units, n_units))


def erdos_renyi(
    n_units: int, rng: np.random.Generator, *, probability: float | None = None
) -> sp.csr_array:
    """Draw a directed random graph, each edge by itself, with uniform weights in [-1, 1].

    Parameters
    ----------
    n_units : int
    rng : numpy.random.Generator
    probability : float in (0, 1], optional
        Of an edge; ten edges a unit on average where not given.

    References
    ----------
    Gilbert (1959), Random graphs, Annals of Mathematical Statistics 30.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import erdos_renyi
    >>> 8 < erdos_renyi(500, np.random.default_rng(0)).nnz / 500 < 12
    True
    """
    density = min(1.0, 10 / n_units) if probability is None else float(probability)
    return sparse(n_units, rng, connectivity=density)


def block_diagonal(
    n_units: int, rng: np.random.Generator, *, n_blocks: int = 4, connectivity: int | float = 10
) -> sp.csr_array:
    """Draw modules that do not feed each other, each a `sparse` one of radius 1 before scaling.

    References
    ----------
    Xue, Yang & Haykin (2007), Decoupled echo state networks with lateral inhibition, Neural
    Networks 20, without the inhibition.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import block_diagonal
    >>> W = block_diagonal(20, np.random.default_rng(0), n_blocks=2, connectivity=3).toarray()
    >>> bool(W[:10, 10:].any() or W[10:, :10].any())
    False
    """
    if not 1 <= n_blocks <= n_units:
        raise ValueError(f"n_blocks must be from 1 to n_units={n_units}; got {n_blocks}.")
    sizes = [len(part) for part in np.array_split(np.arange(n_units), n_blocks)]
    blocks = [sparse(size, rng, connectivity=connectivity) for size in sizes]
    radii = [spectral_radius(block) for block in blocks]
    return sp.csr_array(
        sp.block_diag([b / r if r else b for b, r in zip(blocks, radii, strict=True)])
    )


def banded(n_units: int, rng: np.random.Generator, *, width: int = 5) -> sp.csr_array:
    """Draw uniform weights in [-1, 1] between units that are at most `width` apart.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import banded
    >>> banded(4, np.random.default_rng(0), width=1).nnz
    10
    """
    apart = np.arange(-min(width, n_units - 1), min(width, n_units - 1) + 1)
    weights = [rng.uniform(-1.0, 1.0, size=n_units - abs(k)) for k in apart]
    return sp.csr_array(sp.diags_array(weights, offsets=apart, shape=(n_units, n_units)))


def toeplitz(n_units: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a matrix with one standard normal weight along each diagonal.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import toeplitz
    >>> W = toeplitz(4, np.random.default_rng(0))
    >>> bool(W[0, 1] == W[2, 3])
    True
    """
    along = rng.standard_normal(2 * n_units - 1)
    return np.array(scipy.linalg.toeplitz(along[n_units - 1 :], along[n_units - 1 :: -1]))


def lower_triangular(n_units: int, rng: np.random.Generator) -> np.ndarray:
    """Draw uniform weights in [-1, 1] on and below the diagonal, which holds the eigenvalues.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import lower_triangular
    >>> bool(np.triu(lower_triangular(4, np.random.default_rng(0)), 1).any())
    False
    """
    return np.tril(rng.uniform(-1.0, 1.0, size=(n_units, n_units)))


def antisymmetric(n_units: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a standard normal matrix less its transpose: its eigenvalues are imaginary.

    References
    ----------
    Gallicchio (2024), Euler state networks: non-dissipative reservoir computing, Neurocomputing.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import antisymmetric
    >>> W = antisymmetric(4, np.random.default_rng(0))
    >>> bool((W == -W.T).all())
    True
    """
    W = rng.standard_normal((n_units, n_units))
    return W - W.T


def wigner(n_units: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a symmetric matrix of standard normal weights: its eigenvalues are real.

    References
    ----------
    Wigner (1955), Characteristic vectors of bordered matrices with infinite dimensions, Annals of
    Mathematics 62: eigenvalues fill a half circle.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import wigner
    >>> W = wigner(4, np.random.default_rng(0))
    >>> bool((W == W.T).all())
    True
    """
    W = np.tril(rng.standard_normal((n_units, n_units)))
    return W + np.tril(W, -1).T


@one_blas_thread
def low_rank(n_units: int, rng: np.random.Generator, *, rank: int = 10) -> np.ndarray:
    """Draw the product of two standard normal matrices, (N, rank) and (rank, N).

    References
    ----------
    Mastrogiuseppe & Ostojic (2018), Linking connectivity, dynamics, and computations in low-rank
    recurrent neural networks, Neuron 99.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import low_rank
    >>> int(np.linalg.matrix_rank(low_rank(30, np.random.default_rng(0), rank=3)))
    3
    """
    rank = min(rank, n_units)
    return rng.standard_normal((n_units, rank)) @ rng.standard_normal((rank, n_units))


def pseudo_svd(n_units: int, rng: np.random.Generator, *, density: float = 0.1) -> np.ndarray:
    """Draw singular values, the largest of them 1, and turn planes until `density` is reached.

    Parameters
    ----------
    n_units : int
    rng : numpy.random.Generator
    density : float in (0, 1], default=0.1
        Share of entries that are not zero, at least.

    References
    ----------
    Yang, Qiao, Ahmad, Nie & Wang (2018), Design of polynomial echo state networks for time series
    prediction, Neurocomputing 290.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import pseudo_svd
    >>> W = pseudo_svd(30, np.random.default_rng(0))
    >>> round(float(np.linalg.norm(W, 2)), 12)
    1.0
    """
    W = np.diag(rng.uniform(0.0, 1.0, size=n_units))
    W /= W.max()
    turned = 0
    while n_units > 1 and np.count_nonzero(W) < min(density, 1.0) * n_units**2:
        i, j = rng.choice(n_units, size=2, replace=False)
        c, s = np.cos(angle := rng.uniform(-np.pi, np.pi)), np.sin(angle)
        side = W if turned % 2 else W.T  # columns and rows in turn
        side[:, [i, j]] = side[:, [i, j]] @ np.array([[c, -s], [s, c]])
        turned += 1
    return W


def dale(
    n_units: int,
    rng: np.random.Generator,
    *,
    excitatory: float = 0.8,
    connectivity: int | float = 10,
) -> sp.csr_array:
    """Draw a `sparse` matrix in which a unit excites all that it feeds, or inhibits them all.

    The inhibitory ones are as much stronger as they are fewer, so that the two are in balance.

    Parameters
    ----------
    n_units : int
    rng : numpy.random.Generator
    excitatory : float, default=0.8
        Share of the units that excite.
    connectivity : int or float, default=10
        As for `sparse`.

    References
    ----------
    Dale (1935), Pharmacology and nerve endings; Rajan & Abbott (2006), Eigenvalue spectra of random
    matrices for neural networks, Physical Review Letters 97, for the balance.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import dale
    >>> signs = np.sign(dale(50, np.random.default_rng(0)).toarray())
    >>> bool((abs(signs.sum(axis=0)) == abs(signs).sum(axis=0)).all())
    True
    """
    if not 0.0 < excitatory < 1.0:
        raise ValueError(f"excitatory must be between 0 and 1; got {excitatory}.")
    W = sparse(n_units, rng, connectivity=connectivity)
    inhibits = np.arange(n_units) >= round(excitatory * n_units)
    strength = np.where(inhibits, -excitatory / (1.0 - excitatory), 1.0)
    W.data = np.abs(W.data) * strength[W.indices]
    return W


def small_world(
    n_units: int, rng: np.random.Generator, *, neighbours: int = 10, rewired: float = 0.1
) -> sp.csr_array:
    """Draw a ring of neighbours of which some are rewired, with uniform weights in [-1, 1].

    Parameters
    ----------
    n_units : int
    rng : numpy.random.Generator
    neighbours : int, default=10
        Units, half of them on each side, that feed a unit before anything is rewired.
    rewired : float, default=0.1
        Probability of an edge to come from a unit drawn anew.

    References
    ----------
    Watts & Strogatz (1998), Collective dynamics of "small-world" networks, Nature 393.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import small_world
    >>> small_world(50, np.random.default_rng(0), neighbours=4).nnz
    200
    """
    half = min(neighbours // 2, n_units // 2)
    apart = np.unique(np.arange(-half, half + 1) % n_units)[1:]  # not itself
    fed_by = (np.arange(n_units)[:, None] + apart) % n_units
    for unit in range(n_units):
        old = np.flatnonzero(rng.random(len(apart)) < rewired)
        others = np.setdiff1d(np.arange(n_units), [unit, *fed_by[unit]])
        old = old[: len(others)]
        fed_by[unit, old] = rng.choice(others, size=len(old), replace=False)
    return _weighted(np.repeat(np.arange(n_units), len(apart)), fed_by.ravel(), n_units, rng)


def scale_free(n_units: int, rng: np.random.Generator, *, edges: int = 5) -> sp.csr_array:
    """Draw a graph that grew by preferential attachment, both ways, uniform weights in [-1, 1].

    Parameters
    ----------
    n_units : int
    rng : numpy.random.Generator
    edges : int, default=5
        Of a new unit, to units drawn in proportion to the edges that they have.

    References
    ----------
    Barabási & Albert (1999), Emergence of scaling in random networks, Science 286.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import scale_free
    >>> W = scale_free(200, np.random.default_rng(0), edges=2)
    >>> bool(np.diff(W.indptr).max() > 5 * np.median(np.diff(W.indptr)))
    True
    """
    edges = min(edges, max(1, n_units - 1))
    ends = list(range(edges))  # every unit as often as it has edges
    new: list[int] = []
    old: list[int] = []
    for unit in range(edges, n_units):
        chosen: set[int] = set()
        while len(chosen) < edges:
            chosen.add(ends[rng.integers(len(ends))])
        new += [unit] * edges
        old += sorted(chosen)
        ends += [unit] * edges + sorted(chosen)
    return _weighted(np.array(new + old, dtype=int), np.array(old + new, dtype=int), n_units, rng)


def _weighted(
    target: np.ndarray, source: np.ndarray, n_units: int, rng: np.random.Generator
) -> sp.csr_array:
    """Uniform weights in [-1, 1] on edges."""
    weights = rng.uniform(-1.0, 1.0, size=len(target))
    return sp.csr_array((weights, (target, source)), shape=(n_units, n_units))
