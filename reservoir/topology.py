"""Recurrent and input matrices: pure functions of a shape, parameters and a random generator.

Every function of `RECURRENT` draws an unscaled ``(n_units, n_units)`` matrix, every function of
`INPUT` an unscaled ``(n_units, n_features)`` one. Scaling is a separate step, so that the same
generator with another scale gives the same draw, rescaled.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse as sp
import scipy.sparse.csgraph
from scipy.sparse.linalg import ArpackError, eigs
from threadpoolctl import threadpool_limits

Matrix = Any  # numpy.ndarray | scipy.sparse.csr_array

#: Up to this many units the eigenvalues are computed densely: as fast, and never iterative.
DENSE_LIMIT = 300

#: The same seed must give the same bits, and the rounding of BLAS depends on its threads.
one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")


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
    rows = np.arange(n_units)
    return sp.csr_array((np.ones(n_units), (rows, (rows - 1) % n_units)), shape=(n_units, n_units))


#: Name of a topology -> function ``(n_units, rng)``; `sparse` also takes ``connectivity``.
RECURRENT: dict[str, Callable[..., Matrix]] = {
    "sparse": sparse,
    "dense": dense,
    "dense_uniform": dense_uniform,
    "orthogonal": orthogonal,
    "ring": ring,
}


def uniform_input(n_units: int, n_features: int, rng: np.random.Generator) -> np.ndarray:
    """Draw input weights uniform in [-1, 1], shape (n_units, n_features).

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import uniform_input
    >>> uniform_input(3, 2, np.random.default_rng(0)).shape
    (3, 2)
    """
    return rng.uniform(-1.0, 1.0, size=(n_units, n_features))


def gaussian_input(n_units: int, n_features: int, rng: np.random.Generator) -> np.ndarray:
    """Draw standard normal input weights, shape (n_units, n_features).

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import gaussian_input
    >>> gaussian_input(3, 2, np.random.default_rng(0)).shape
    (3, 2)
    """
    return rng.standard_normal((n_units, n_features))


def bernoulli_input(n_units: int, n_features: int, rng: np.random.Generator) -> np.ndarray:
    """Draw input weights of -1 or 1 with equal probability, shape (n_units, n_features).

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import bernoulli_input
    >>> sorted(set(bernoulli_input(9, 2, np.random.default_rng(0)).ravel().tolist()))
    [-1.0, 1.0]
    """
    return rng.choice([-1.0, 1.0], size=(n_units, n_features))


#: Name of an input matrix -> function ``(n_units, n_features, rng)``.
INPUT: dict[str, Callable[..., np.ndarray]] = {
    "uniform": uniform_input,
    "gaussian": gaussian_input,
    "bernoulli": bernoulli_input,
}


def thin(weights: np.ndarray, connectivity: float, rng: np.random.Generator) -> np.ndarray:
    """Keep each entry with probability `connectivity` and set the others to zero.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import thin
    >>> kept = thin(np.ones((1000, 1)), 0.1, np.random.default_rng(0))
    >>> bool(60 < kept.sum() < 140)
    True
    """
    if connectivity >= 1.0:
        return weights
    return np.where(rng.random(weights.shape) < connectivity, weights, 0.0)


@one_blas_thread
def spectral_radius(W: Matrix) -> float:
    """Largest absolute value of the eigenvalues of `W`.

    The eigenvalues are those of the strongly connected components of the graph of `W`, on its own
    each, so triangular and nilpotent matrices are exact. For a component: closed form for a cycle
    and for a multiple of an orthogonal matrix, dense eigenvalues for up to `DENSE_LIMIT` units,
    ARPACK above, and dense ones again where ARPACK does not converge.

    Parameters
    ----------
    W : ndarray or sparse matrix of shape (N, N)

    Returns
    -------
    radius : float

    Raises
    ------
    ValueError
        If `W` is not square or holds NaN or infinity.

    Examples
    --------
    >>> from reservoir.topology import ring, spectral_radius
    >>> spectral_radius(0.5 * ring(7))
    0.5
    """
    _check_square(W)
    graph = sp.csr_array(W)
    graph.eliminate_zeros()
    n_components, labels = sp.csgraph.connected_components(graph, connection="strong")
    sizes = np.bincount(labels)
    radius = float(np.abs(graph.diagonal()[sizes[labels] == 1]).max(initial=0.0))
    for label in np.flatnonzero(sizes > 1):
        units = np.flatnonzero(labels == label)
        block = (graph if sp.issparse(W) else W)[units][:, units] if n_components > 1 else W
        radius = max(radius, _component_radius(block))
    return radius


def _check_square(W: Matrix) -> None:
    if W.ndim != 2 or W.shape[0] != W.shape[1]:
        raise ValueError(f"W must be a square matrix; got shape {W.shape}.")
    if not np.isfinite(W.data if sp.issparse(W) else W).all():
        raise ValueError("W must be finite; got NaN or infinity in it.")


def _component_radius(W: Matrix) -> float:
    """Radius of a matrix whose graph is strongly connected."""
    closed = _cycle_radius(W) if sp.issparse(W) else _orthogonal_radius(W)
    if closed is not None:
        return closed
    return _arpack_radius(W) if W.shape[0] > DENSE_LIMIT else _dense_radius(W)


def _cycle_radius(W: Matrix) -> float | None:
    """Radius of one cycle, as many edges as units: the geometric mean of its weights; else None."""
    weights = np.abs(W.data[W.data != 0])
    if weights.size != W.shape[0]:
        return None
    return float(weights[0] if np.ptp(weights) == 0 else np.exp(np.log(weights).mean()))


def _orthogonal_radius(W: np.ndarray) -> float | None:
    """Radius of a multiple of an orthogonal matrix: the norm of its rows; else None."""
    scale = np.linalg.norm(W[0])
    unit = W / scale if scale else W
    if not np.allclose(unit @ unit.T, np.eye(len(W)), rtol=0, atol=1e-12):
        return None
    return float(scale)


def _dense_radius(W: Matrix) -> float:
    W = W.toarray() if sp.issparse(W) else W
    return float(np.abs(scipy.linalg.eigvals(W, check_finite=False)).max())


def _arpack_radius(W: Matrix) -> float:
    # several Ritz pairs: the largest eigenvalues of a random matrix lie close together on a circle
    start = np.random.default_rng(0).standard_normal(W.shape[0])
    try:
        values = eigs(
            W.astype(float), k=6, ncv=80, which="LM", v0=start, maxiter=400,
            return_eigenvectors=False,
        )  # fmt: skip
    except (ArpackError, RuntimeError):
        return _dense_radius(W)
    return float(np.abs(values).max())


#: Radii of the matrices that were scaled last, by their digests: a search scales one draw anew for
#: every other parameter.
KNOWN: dict[bytes, float] = {}
MOST_KNOWN = 256


def _known_radius(W: Matrix) -> float:
    """Return the spectral radius, computed once for a matrix."""
    parts = [W]
    if sp.issparse(W):
        W = sp.csr_array(W)
        parts = [W.indptr, W.indices, W.data]
    arrays = [np.ascontiguousarray(part) for part in parts]
    digest = blake2b(repr([(array.shape, array.dtype.str) for array in arrays]).encode())
    for array in arrays:
        digest.update(array)
    key = digest.digest()
    found = KNOWN.get(key)  # once, as another thread may forget it
    if found is None:
        found = KNOWN[key] = spectral_radius(W)
        for oldest in list(KNOWN)[:-MOST_KNOWN]:
            KNOWN.pop(oldest, None)
    return found


def scale_to_radius(W: Matrix, radius: float) -> Matrix:
    """Rescale `W` to the wanted spectral radius.

    Parameters
    ----------
    W : ndarray or sparse matrix of shape (N, N)
    radius : float
        The spectral radius asked for, ≥ 0; 0 gives a zero matrix.

    Returns
    -------
    scaled : as `W`

    Raises
    ------
    ValueError
        If `W` has no eigenvalue but zero (it is zero or nilpotent) and a radius above 0 is asked.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import scale_to_radius, sparse, spectral_radius
    >>> W = scale_to_radius(sparse(100, np.random.default_rng(0)), 0.9)
    >>> round(spectral_radius(W), 12)
    0.9
    """
    if radius == 0.0:
        _check_square(W)
        return W * 0.0
    present = _known_radius(W)
    if present == 0.0:
        raise ValueError(
            f"spectral_radius must be 0 for a matrix whose eigenvalues are all zero; got {radius}. "
            "Use a denser topology or a larger connectivity."
        )
    return W * (radius / present)
