"""BLAS and LAPACK in place, from threads: SciPy's routines, called without holding Python's lock.

SciPy's own wrappers hold the lock, so that two threads would take turns. It publishes the addresses
of the routines, in ``scipy.linalg.cython_blas`` and ``cython_lapack``, for callers like this one.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache, wraps
from typing import Any

import numpy as np
import scipy.linalg
from scipy.linalg import cython_blas, cython_lapack
from threadpoolctl import ThreadpoolController

#: Rows of a matrix up to which one thread decomposes it.
ALONE = 700


def _routine(module: Any, name: str) -> Callable[..., Any]:
    """Return a routine of SciPy that takes addresses, as Fortran's do."""
    capsule = module.__pyx_capi__[name]
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    signature = name_of(capsule)
    assert signature is not None
    arguments = [ctypes.c_void_p] * signature.count(b"*")
    # a function made by CFUNCTYPE releases the lock while it runs
    return ctypes.CFUNCTYPE(None, *arguments)(pointer_of(capsule, signature))


_dsyrk = _routine(cython_blas, "dsyrk")
_dtpqrt = _routine(cython_lapack, "dtpqrt")
_dtrtrs = _routine(cython_lapack, "dtrtrs")


def _integers(*values: int) -> list[Any]:
    return [ctypes.byref(ctypes.c_int(value)) for value in values]


def add_product(total: np.ndarray, rows: np.ndarray) -> None:
    """Add ``rows @ rows.T`` to the lower triangle of `total`, (n, n) in Fortran order, in place.

    `rows` (n, T) is in C order, or a range of the columns of such an array.
    """
    n, n_steps = rows.shape
    _check(total, "F", (n, n))
    stride = rows.strides[0] // 8
    if rows.dtype != np.float64 or (rows.strides[1] != 8 and n_steps > 1) or stride < n_steps:
        raise ValueError(f"an array in C order of float64, shape {rows.shape}, is needed.")
    sizes = _integers(n, n_steps, max(1, stride), n)
    one = ctypes.byref(ctypes.c_double(1.0))
    # Fortran sees the transpose of `rows`: C = AᵀA + C
    _dsyrk(
        b"L", b"T", sizes[0], sizes[1], one, rows.ctypes.data, sizes[2], one,
        total.ctypes.data, sizes[3],
    )  # fmt: skip


def stack_on(factor: np.ndarray, rows: np.ndarray) -> None:
    """Factorise ``[factor; rows]`` in place: `factor`, upper triangular, becomes its R.

    `factor` (n, n) and `rows` (T, n) are in Fortran order; `rows` is overwritten.
    """
    n_steps, n = rows.shape
    _check(factor, "F", (n, n))
    _check(rows, "F", (n_steps, n))
    panel = min(n, 32 if n < 500 else 64)  # columns of a panel in the blocked factorisation
    triangles, work = np.empty(panel * n), np.empty(panel * n)
    m, columns, zero, nb, ldb = _integers(n_steps, n, 0, panel, max(1, n_steps))
    info = ctypes.c_int(0)
    _dtpqrt(
        m, columns, zero, nb, factor.ctypes.data, columns, rows.ctypes.data, ldb,
        triangles.ctypes.data, nb, work.ctypes.data, ctypes.byref(info),
    )  # fmt: skip
    assert info.value == 0


def solve_triangle(factor: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve ``R x = right``, where R is the upper left (n, n) triangle of `factor`; no copy of it.

    Raises
    ------
    numpy.linalg.LinAlgError
        If there is a zero on the diagonal.
    """
    n, size = len(right), len(factor)
    _check(factor, "F", (size, size))
    solution = np.array(right, dtype=float, order="F")
    sizes = _integers(n, solution.shape[1], size, n)
    info = ctypes.c_int(0)
    _dtrtrs(
        b"U", b"N", b"N", sizes[0], sizes[1], factor.ctypes.data, sizes[2], solution.ctypes.data,
        sizes[3], ctypes.byref(info),
    )  # fmt: skip
    if info.value:
        raise np.linalg.LinAlgError(f"the factor is singular: zero at {info.value - 1}.")
    return solution


def _check(array: np.ndarray, order: str, shape: tuple[int, ...]) -> None:
    """Hold what Fortran takes on trust."""
    contiguous = array.flags.c_contiguous if order == "C" else array.flags.f_contiguous
    if not (contiguous and array.dtype == np.float64 and array.shape == shape):
        raise ValueError(f"an array in {order} order of float64, shape {shape}, is needed.")


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


def blas_threads(limit: int) -> AbstractContextManager[Any]:
    """Hold BLAS to at most `limit` threads a call, within a ``with`` of the main thread."""
    allowed = [library.num_threads for library in _controller().lib_controllers]
    return _controller().limit(limits=min([limit, *allowed]), user_api="blas")


def alone(n: int) -> AbstractContextManager[Any]:
    """Hold BLAS to one thread where a system of n rows is small.

    NumPy's BLAS and SciPy's are two libraries, each with threads of its own, which spin for a while
    after a product: they cost the next, small call of the other up to a hundred times its time.
    """
    is_main = threading.current_thread() is threading.main_thread()
    return blas_threads(1) if is_main and n <= ALONE else nullcontext()


def alone_where_small(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of a matrix that holds BLAS to one thread where that is small."""

    @wraps(function)
    def held(matrix: np.ndarray, *args: Any, **options: Any) -> Any:
        with alone(min(matrix.shape)):
            return function(matrix, *args, **options)

    return held


eigh = alone_where_small(scipy.linalg.eigh)
svd = alone_where_small(scipy.linalg.svd)
