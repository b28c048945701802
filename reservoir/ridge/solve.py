"""Solutions of one ridge system, and of a whole path of penalties, in working precision."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import scipy.linalg
from scipy.linalg import LinAlgWarning

from ..lapack import alone, alone_where_small, eigh, svd

EPS = np.finfo(float).eps


def svd_of_factor(R: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the decomposition of those rows of R that are more than rounding, and which they are.

    Of fewer rows seen than features, most are not: without them the work is of the rows' number.
    """
    size = np.abs(R).max(axis=1)
    kept = size > EPS * size.max()
    kept[0] = True
    return *svd(R[kept], full_matrices=False, check_finite=False), kept


def eigenpairs(gram: np.ndarray, n_rows: float) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues (r,), rising, and vectors (N, r) of the Gram matrix of about `n_rows`.

    Of far fewer rows than features only the r that are more than rounding, from a Cholesky factor
    with pivots (Higham 1990): in the time of N r², where all N take that of N³.
    """
    n = len(gram)
    if n_rows < n / 4:
        factor, pivots, rank, _ = scipy.linalg.lapack.dpstrf(gram, lower=1)
        if 0 < rank < n / 2:
            rows = np.empty((n, rank))
            rows[pivots - 1] = np.tril(factor[:, :rank])
            vectors, values, _ = svd(rows, full_matrices=False, check_finite=False)
            return np.square(values[::-1]), vectors[:, ::-1]
    values, vectors = eigh(gram, check_finite=False)
    return values, vectors


def solve_svd(
    values: np.ndarray, right: np.ndarray, rotated: np.ndarray, alpha: float
) -> np.ndarray:
    """Solve the ridge regression of ``U diag(values) right`` on ``y``, given ``rotated = Uᵀ y``.

    As `_solve_by_eigenvalues`, with singular values, which rounding leaves uncertain by eps times
    the largest, where eigenvalues are their squares.

    Warns
    -----
    scipy.linalg.LinAlgWarning
        Where the system is singular to working precision.
    """
    n_features, precision, root = right.shape[1], EPS * values[0], np.sqrt(alpha)
    last = values[-1] if len(values) == n_features else 0.0  # those that are left out are zero
    least = 0.0
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        if alpha == 0.0 and last <= n_features * precision:
            least = n_features * precision
            _warn_singular(n_features, "its minimum-norm solution is taken")
        elif max(root, last) < precision:
            least = root = precision  # what lies below is noise, and not multiplied by data as in S
            _warn_raised(n_features, "triangular factor", root * root)
        gains = 1.0 / (values + root * (root / values))  # the usual quotient, without squares
    gains[values <= least] = 0.0
    return right.T @ (gains[:, None] * rotated)


def solve_gram(
    gram: np.ndarray,
    cross: np.ndarray,
    alpha: float,
    decomposed: Callable[[], tuple[np.ndarray, np.ndarray]] | None = None,
) -> np.ndarray:
    """Solve ``(gram + alpha I) w = cross`` by Cholesky, by eigenvalues where that is singular.

    `decomposed` gives the eigenvalues and vectors, made once for many alphas.

    Warns
    -----
    scipy.linalg.LinAlgWarning
        Where the system is singular to working precision.
    """
    system = gram.copy(order="F")
    system[np.diag_indices_from(system)] += alpha
    norm = np.abs(system).sum(axis=0).max(initial=0.0)
    with alone(len(system)):
        factor, info = scipy.linalg.lapack.dpotrf(system, lower=1, overwrite_a=1)
        if info == 0:
            rcond, _ = scipy.linalg.lapack.dpocon(factor, norm, uplo="L")
            if rcond > EPS:
                return scipy.linalg.cho_solve((factor, True), cross, check_finite=False)
    values, vectors = eigh(gram) if decomposed is None else decomposed()
    return _solve_by_eigenvalues(values, vectors, cross, alpha)


def _solve_by_eigenvalues(
    values: np.ndarray, vectors: np.ndarray, cross: np.ndarray, alpha: float
) -> np.ndarray:
    """Solve with the digits that the Gram matrix has: of alpha and eigenvalues, none below them.

    Rounding leaves the eigenvalues uncertain by about eps times the largest. At alpha 0 those
    below are left out (minimum norm); an alpha below is raised to it, because what leaving out
    would lose still helps to forecast.
    """
    values = np.maximum(values, 0.0)
    precision = EPS * values[-1]
    if alpha == 0.0:
        kept = values > len(vectors) * precision
        values, vectors = values[kept], vectors[:, kept]
        _warn_singular(len(vectors), "its minimum-norm solution is taken")
    elif alpha < precision:
        alpha = precision
        _warn_raised(len(vectors), "Gram matrix", alpha)
    return vectors @ ((vectors.T @ cross) / (values + alpha)[:, None])


def _warn_raised(n_features: int, form: str, alpha: float) -> None:
    _warn_singular(
        n_features, f"it is solved at the least alpha that a {form} can tell, {alpha:.1e}"
    )


def _warn_singular(n_features: int, taken: str) -> None:
    warnings.warn(
        f"The ridge system of {n_features} features is singular to working precision: {taken}. "
        "Raise alpha to choose for yourself.",
        LinAlgWarning,
        stacklevel=6,
    )


@alone_where_small
def tridiagonal_path(gram: np.ndarray, cross: np.ndarray, alphas: np.ndarray) -> np.ndarray | None:
    """Solve ``(gram + alpha I) w = cross`` for many alphas: (A, N, m), or None where it cannot.

    One reduction to a tridiagonal matrix, a third of the work of an eigendecomposition, then O(N)
    for each alpha: Golub & Van Loan, Matrix Computations, section 8.3.
    """
    n, m = cross.shape
    lapack, norm = scipy.linalg.lapack, np.abs(gram).sum(axis=0).max()
    if n < 3 or not alphas.min() > 4 * EPS * norm:  # the eigenvalues are uncertain by as much
        return None
    work = int(lapack.dsytrd_lwork(n, lower=1)[0])
    reduced, diagonal, beside, reflectors, _ = lapack.dsytrd(gram.T, lower=1, lwork=work)
    below = np.asfortranarray(reduced[1:, :-1])  # the reflectors act on all rows but the first

    def rotate(x: np.ndarray, transposed: str) -> np.ndarray:
        x = np.array(x, order="F")
        work = 64 * x.shape[1] + 64
        x[1:] = lapack.dormqr("L", transposed, below, reflectors, x[1:], work)[0]
        return x

    rotated = rotate(cross, "T")
    path = np.empty((n, len(alphas), m))
    for k, alpha in enumerate(alphas):
        _, _, path[:, k], info = lapack.dptsv(diagonal + alpha, beside, rotated)
        if info:
            return None
    return rotate(path.reshape(n, -1), "N").reshape(n, len(alphas), m).transpose(1, 0, 2)
