"""The spectral radius of a matrix, its norm, and scaling to either."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse as sp
import scipy.sparse.csgraph
from scipy.sparse.linalg import ArpackError, eigs, svds
from threadpoolctl import threadpool_limits

Matrix = Any  # numpy.ndarray | scipy.sparse.csr_array

#: Up to this many units the eigenvalues are computed densely: as fast, and never iterative.
DENSE_LIMIT = 300

#: The same seed must give the same bits, and the rounding of BLAS depends on its threads.
one_blas_thread = threadpool_limits.wrap(limits=1, user_api="blas")


@one_blas_thread
def spectral_radius(W: Matrix) -> float:
    """Largest absolute value of the eigenvalues of `W`.

    The eigenvalues are those of the strongly connected components of the graph of `W`, on its own
    each, so triangular and nilpotent matrices are exact. For a component: closed form for a cycle
    and for a multiple of an orthogonal matrix, a symmetric problem for a line with feedback, dense
    eigenvalues for up to `DENSE_LIMIT` units, ARPACK above, and dense ones again where ARPACK does
    not converge.

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
    if isinstance(W, np.ndarray) and len(W) and W.all():  # every unit feeds every other
        return _component_radius(W)
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
    of_kind = (_cycle_radius, _line_radius) if sp.issparse(W) else (_orthogonal_radius,)
    for closed in (radius_of(W) for radius_of in of_kind):
        if closed is not None:
            return closed
    return _arpack_radius(W) if W.shape[0] > DENSE_LIMIT else _dense_radius(W)


def _cycle_radius(W: Matrix) -> float | None:
    """Radius of one cycle, as many edges as units: the geometric mean of its weights; else None."""
    weights = np.abs(W.data[W.data != 0])
    if weights.size != W.shape[0]:
        return None
    return float(weights[0] if np.ptp(weights) == 0 else np.exp(np.log(weights).mean()))


def _line_radius(W: Matrix) -> float | None:
    """Radius of units in a line, each of which its neighbours feed alike in sign; else None.

    Such a matrix is similar to a symmetric one. As it stands rounding moves its eigenvalues to a
    circle: a delay line with feedback is far from normal.
    """
    values = _line_eigenvalues(W)
    return None if values is None else float(np.abs(values).max())


def _line_eigenvalues(W: Matrix) -> np.ndarray | None:
    rows, columns = W.nonzero()
    ahead, back = W.diagonal(-1), W.diagonal(1)
    if np.abs(rows - columns).max(initial=0) > 1 or (ahead * back < 0).any():
        return None
    return np.array(scipy.linalg.eigvalsh_tridiagonal(W.diagonal(), np.sqrt(ahead * back)))


@one_blas_thread
def eigenvalues(W: Matrix) -> np.ndarray:
    """Eigenvalues of `W`, as a dense matrix; of units in a line as exactly as `spectral_radius`.

    Parameters
    ----------
    W : ndarray or sparse matrix of shape (N, N)

    Returns
    -------
    values : ndarray of shape (N,), complex

    Examples
    --------
    >>> from reservoir.topology import delay_line_feedback, eigenvalues
    >>> round(float(abs(eigenvalues(delay_line_feedback(3, feedback=0.5))).max()), 6)
    1.0
    """
    _check_square(W)
    values = _line_eigenvalues(sp.csr_array(W))
    if values is not None:
        return values.astype(complex)
    W = W.toarray() if sp.issparse(W) else W
    return np.array(scipy.linalg.eigvals(W, check_finite=False))


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


@one_blas_thread
def spectral_norm(W: Matrix) -> float:
    """Largest singular value of `W`.

    Parameters
    ----------
    W : ndarray or sparse matrix of shape (N, N)

    Returns
    -------
    norm : float

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import spectral_norm
    >>> spectral_norm(np.array([[0.0, 2.0], [0.0, 0.0]]))
    2.0
    """
    _check_square(W)
    if sp.issparse(W) and W.shape[0] > DENSE_LIMIT:
        start = np.random.default_rng(0).standard_normal(W.shape[0])
        values = svds(W.astype(float), k=1, v0=start, return_singular_vectors=False)
        return float(values[0])
    W = W.toarray() if sp.issparse(W) else W
    return float(scipy.linalg.svdvals(W, check_finite=False).max())


#: Radii and norms of the matrices that were scaled last, by their digests: a search scales one draw
#: anew for every other parameter.
KNOWN: dict[tuple[str, bytes], float] = {}
MOST_KNOWN = 256


def _known(measure: Callable[[Matrix], float], W: Matrix) -> float:
    """Return the radius or norm of a matrix, computed once for it."""
    parts = [W]
    if sp.issparse(W):
        W = sp.csr_array(W)
        parts = [W.indptr, W.indices, W.data]
    arrays = [np.ascontiguousarray(part) for part in parts]
    digest = blake2b(repr([(array.shape, array.dtype.str) for array in arrays]).encode())
    for array in arrays:
        digest.update(array)
    key = measure.__name__, digest.digest()
    found = KNOWN.get(key)  # once, as another thread may forget it
    if found is None:
        found = KNOWN[key] = measure(W)
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
    return _scaled(W, spectral_radius, radius)


def scale_to_norm(W: Matrix, norm: float) -> Matrix:
    """Rescale `W` to the wanted spectral norm: below 1 the state forgets, whatever the input is.

    Parameters
    ----------
    W : ndarray or sparse matrix of shape (N, N)
    norm : float
        The largest singular value asked for, ≥ 0; 0 gives a zero matrix.

    Returns
    -------
    scaled : as `W`

    Raises
    ------
    ValueError
        If `W` is zero and a norm above 0 is asked.

    References
    ----------
    Jaeger (2001), The "echo state" approach, proposition 3a.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import delay_line, scale_to_norm, spectral_norm
    >>> spectral_norm(scale_to_norm(delay_line(5), 0.5))
    0.5
    """
    return _scaled(W, spectral_norm, norm)


def _scaled(W: Matrix, measure: Callable[[Matrix], float], wanted: float) -> Matrix:
    """Rescale a matrix so that what is measured is as wanted."""
    if wanted == 0.0:
        _check_square(W)
        return W * 0.0
    present = _known(measure, W)
    if present == 0.0:
        raise ValueError(
            "spectral_radius must be None or 0 for a matrix whose eigenvalues are all zero, as "
            f"those of a delay line are; got {wanted}. None leaves it as it is; a denser topology "
            "or a larger connectivity has other eigenvalues."
        )
    return W * (wanted / present)
