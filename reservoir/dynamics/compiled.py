"""The leaky tanh step compiled, by numba: blocks of known inputs, and free runs.

Imported by `paths` alone, where the work ahead pays for it. One kernel serves dense and sparse,
float64 and float32, one column and many: a block costs one call from Python, and holds no lock.
States differ from those of `LeakyStepper` by rounding.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property
from typing import Any

import numba
import numpy as np
import scipy.sparse as sp
from numba.extending import overload

from .leaky import LeakyStepper, LeakyUpdate

#: Columns up to which a column's sum over weights, rather than a row over columns, is vectorised.
FEW_COLUMNS = 4
#: Units that all hear each other and no others from which their product is better left to BLAS.
LEAST_BLOCK = 8
#: The bit of the sign.
SIGN = np.int64(-(2**63))
#: exp(-2|x|) is held above exp(this): beyond it the tangent is one.
SMALLEST = -44.0
LOG2_E = 1.4426950408889634
#: The logarithm of two, in two parts of which the first has trailing zeros.
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
#: 1.5 * 2 ** 52: a double that takes this on is rounded to a whole number, in its lowest bits.
ROUNDER = 6755399441055744.0
#: The same in single precision.
SIGN_32, SMALLEST_32, LOG2_E_32 = np.int32(-(2**31)), np.float32(-20.0), np.float32(LOG2_E)
LN2_HIGH_32, LN2_LOW_32 = np.float32(0.693145751953125), np.float32(1.42860677e-06)
ROUNDER_32 = np.float32(12582912.0)


def exact(function: Any) -> Any:
    """Compile a function whose every operation is rounded as it is written."""
    return numba.njit(nogil=True, cache=True, error_model="numpy")(function)


def loose(function: Any) -> Any:
    """Compile a sum that may be taken in any order, with multiplications fused in."""
    order = {"contract", "reassoc"}
    return numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=order)(function)


@exact
def tanh(x: Any) -> Any:
    r"""Return the tangent within 3 units of the last place, as what a compiler can vectorise.

    .. math:: \tanh |x| = \frac{-e}{e + 2}, \quad
        e = \mathrm{expm1}(-2|x|) = 2^k (e^r - 1) + 2^k - 1

    with -2|x| = k ln 2 + r, and the Taylor series of degree 13 for r within ± ln 2 / 2.
    """
    bits = np.float64(x).view(np.int64)
    y: Any = 2.0 * np.int64(bits | SIGN).view(np.float64)
    y = SMALLEST if y < SMALLEST else y
    rounded = y * LOG2_E + ROUNDER
    k = rounded - ROUNDER
    r = (y - k * LN2_HIGH) - k * LN2_LOW
    series = 1.0 / 6227020800.0
    series = series * r + 1.0 / 479001600.0
    series = series * r + 1.0 / 39916800.0
    series = series * r + 1.0 / 3628800.0
    series = series * r + 1.0 / 362880.0
    series = series * r + 1.0 / 40320.0
    series = series * r + 1.0 / 5040.0
    series = series * r + 1.0 / 720.0
    series = series * r + 1.0 / 120.0
    series = series * r + 1.0 / 24.0
    series = series * r + 1.0 / 6.0
    series = series * r + 0.5
    # k stands in the lowest bits; 2 ** k is made of it as an exponent
    power = np.int64((np.float64(rounded).view(np.int64) + 1023) << 52).view(np.float64)
    e = power * (r + (r * r) * series) + (power - 1.0)
    size = np.float64(-e / (e + 2.0)).view(np.int64)
    return np.int64(size | (bits & SIGN)).view(np.float64)


@exact
def tanh32(x: Any) -> Any:
    """Return the tangent of a float32 within 3 units of the last place, by the same formula."""
    one = np.float32(1.0)
    bits = np.float32(x).view(np.int32)
    y: Any = np.float32(2.0) * np.int32(bits | SIGN_32).view(np.float32)
    y = SMALLEST_32 if y < SMALLEST_32 else y
    rounded = y * LOG2_E_32 + ROUNDER_32
    k = rounded - ROUNDER_32
    r = (y - k * LN2_HIGH_32) - k * LN2_LOW_32
    series = np.float32(1.0 / 5040.0)
    series = series * r + np.float32(1.0 / 720.0)
    series = series * r + np.float32(1.0 / 120.0)
    series = series * r + np.float32(1.0 / 24.0)
    series = series * r + np.float32(1.0 / 6.0)
    series = series * r + np.float32(0.5)
    power = np.int32((np.float32(rounded).view(np.int32) + np.int32(127)) << np.int32(23)).view(
        np.float32
    )
    e = power * (r + (r * r) * series) + (power - one)
    size = np.float32(-e / (e + np.float32(2.0))).view(np.int32)
    return np.int32(size | (bits & SIGN_32)).view(np.float32)


def bend(x: Any) -> Any:
    """Return the tangent in the type of its argument; compiled code finds the right one."""
    return np.tanh(x)


@overload(bend, strict=False)
def _bend(x: Any) -> Any:
    """Choose by the type, while it is compiled."""
    if x == numba.types.float32:
        return lambda x: tanh32(x)
    return lambda x: tanh(x)


@loose
def _sum(indices: Any, data: Any, first: Any, last: Any, z: Any, stride: Any) -> Any:
    """Return a row of weights times a column of operands, `stride` apart."""
    total = data.dtype.type(0)
    for m in range(first, last):
        total += data[m] * z[indices[m] * stride]
    return total


@loose
def _row(indices: Any, data: Any, first: Any, last: Any, z: Any, out: Any) -> None:
    """Add a row of weights times all columns, eight weights at a time."""
    m, eight = first, np.uint32(8)
    while m + eight <= last:
        j, w = indices[m : m + eight], data[m : m + eight]
        w0, w1, w2, w3, w4, w5, w6, w7 = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
        z0, z1, z2, z3, z4 = z[j[0]], z[j[1]], z[j[2]], z[j[3]], z[j[4]]
        z5, z6, z7 = z[j[5]], z[j[6]], z[j[7]]
        for k in range(len(out)):
            four = w0 * z0[k] + w1 * z1[k] + w2 * z2[k] + w3 * z3[k]
            out[k] += four + (w4 * z4[k] + w5 * z5[k] + w6 * z6[k] + w7 * z7[k])
        m += eight
    while m < last:
        w0, z0 = data[m], z[indices[m]]
        for k in range(len(out)):
            out[k] += w0 * z0[k]
        m += np.uint32(1)


@exact
def _step(matrix: Any, leak: Any, z: Any, p: Any) -> None:
    """Advance the units, the first rows of the operand `z`; `p` (N, K) is room for the product."""
    indptr, indices, data, blocks, weights = matrix
    n_units, n_columns = p.shape
    flat, states = p.ravel(), z.ravel()
    if n_columns == 1:
        for i in range(n_units):
            flat[i] = _sum(indices, data, indptr[i], indptr[i + 1], states, np.uint32(1))
    elif n_columns <= FEW_COLUMNS:
        for i in range(n_units):
            for k in range(n_columns):
                p[i, k] = _sum(indices, data, indptr[i], indptr[i + 1], states[k:], n_columns)
    else:
        flat[:] = 0
        at = 0
        for first, last in blocks:
            size = last - first
            block = weights[at : at + size * size].reshape(size, size)
            np.dot(block, z[first:last], p[first:last])
            at += size * size
        for i in range(n_units):
            _row(indices, data, indptr[i], indptr[i + 1], z, p[i])
    if len(leak) == 1:
        for i in range(len(flat)):
            states[i] += leak[0] * (bend(flat[i]) - states[i])
    else:
        for i in range(n_units):
            for k in range(n_columns):
                z[i, k] += leak[i] * (bend(p[i, k]) - z[i, k])


@exact
def _walk(matrix: Any, leak: Any, z: Any, p: Any, inputs: Any, out: Any, shift: Any) -> None:
    """Advance by a block of inputs (L, d, K), and write what is seen less the shift (n_seen,)."""
    n_units, n_columns = p.shape
    n_steps, n_features, _ = inputs.shape
    n_seen = len(out)
    for t in range(n_steps):
        for j in range(n_features):
            for k in range(n_columns):
                z[n_units + j, k] = inputs[t, j, k]
        _step(matrix, leak, z, p)
        if out.strides[0] < out.strides[2]:
            for k in range(n_columns):
                for i in range(n_seen):
                    out[i, t, k] = z[i, k] - shift[i]
        else:
            for i in range(n_seen):
                for k in range(n_columns):
                    out[i, t, k] = z[i, k] - shift[i]


@loose
def _read(coef: Any, seen: Any, stride: Any) -> Any:
    """Return one output of a column of what is seen, `stride` apart."""
    total = 0.0
    for i in range(len(coef)):
        total += coef[i] * seen[i * stride]
    return total


@exact
def _run_freely(
    matrix: Any,
    leak: Any,
    z: Any,
    p: Any,
    coef: Any,
    intercept: Any,
    exog: Any,
    increments: Any,
    low: Any,
    high: Any,
    outputs: Any,
) -> None:
    """Run the closed loop from ``outputs[0]``, (d, K), writing what follows it."""
    n_units, n_columns = p.shape
    n_readouts, n_outputs, n_seen = coef.shape
    share = n_columns // n_readouts
    flat, first_exog = z.ravel(), n_units + n_outputs
    for t in range(len(outputs) - 1):
        alive = False
        for j in range(n_outputs):
            for k in range(n_columns):
                z[n_units + j, k] = outputs[t, j, k]
                alive |= np.isfinite(outputs[t, j, k])
        if not alive:
            break
        for j in range(exog.shape[1]):
            for k in range(n_columns):
                z[first_exog + j, k] = exog[t, j, k]
        _step(matrix, leak, z, p)
        for k in range(n_columns):
            for j in range(n_outputs):
                if n_columns == 1:
                    y = _read(coef[0, j], flat[:n_seen], 1)
                else:
                    y = _read(coef[k // share, j], flat[k:], n_columns)
                y += intercept[k // share, j]
                if increments:
                    y += z[n_units + j, k]
                y = low[j] if y < low[j] else y
                outputs[t + 1, j, k] = high[j] if y > high[j] else y


class CompiledUpdate(LeakyUpdate):
    """A `LeakyUpdate` by tanh whose batches advance by the kernels above."""

    is_compiled = True

    @classmethod
    def like(cls, update: LeakyUpdate) -> CompiledUpdate:
        """Return the same update, compiled."""
        return cls(**{field.name: getattr(update, field.name) for field in fields(update)})

    @cached_property
    def rows(self) -> tuple[np.ndarray, ...]:
        """The matrix as rows of weights; unsigned, so that no index is looked at for its sign."""
        return self._taken_apart([])

    @cached_property
    def blocks(self) -> tuple[np.ndarray, ...]:
        """Blocks of units that all hear each other, and the rows of all other weights."""
        return self._taken_apart(blocks_of(sp.csr_array(self.matrix), self.n_units))

    def _taken_apart(self, blocks: list[tuple[int, int]]) -> tuple[np.ndarray, ...]:
        """Return rows without the weights of blocks, and blocks ``(first, last)`` with these."""
        rows, weights = sp.csr_array(self.matrix, copy=True), [np.empty(0, self.dtype)]
        for first, last in blocks:
            weights.append(rows[first:last, first:last].toarray().ravel())
            held = slice(rows.indptr[first], rows.indptr[last])
            inside = (rows.indices[held] >= first) & (rows.indices[held] < last)
            rows.data[held][inside] = 0.0
        rows.eliminate_zeros()
        spans = np.array(blocks, dtype=np.int64).reshape(-1, 2)
        indptr, indices = rows.indptr.astype(np.uint32), rows.indices.astype(np.uint32)
        return indptr, indices, rows.data, spans, np.concatenate(weights)

    @cached_property
    def leaks(self) -> np.ndarray:
        """The leak rate of all units, (1,), or of each, (N,)."""
        return np.ravel(self.leak_rate).astype(self.dtype)

    def stepper(self, state: np.ndarray) -> CompiledStepper:
        """Return a batch that starts at `state`, shape (N, K)."""
        return CompiledStepper(self, state)


def blocks_of(matrix: sp.csr_array, n_units: int) -> list[tuple[int, int]]:
    """Return the first and last + 1 of units that stand together and hear exactly each other."""
    matrix.sort_indices()
    recurrent, found, first = matrix[:, :n_units], [], 0
    counts = np.diff(recurrent.indptr)
    while first < n_units:
        size, start = int(counts[first]), recurrent.indptr[first]
        own = np.arange(first, first + size)
        alike = size >= LEAST_BLOCK and (counts[first : first + size] == size).all()
        heard = recurrent.indices[start : start + size**2]
        if alike and np.array_equal(heard, np.tile(own, size)):
            found.append((first, first + size))
            first += size
        else:
            first += 1
    return found


class CompiledStepper(LeakyStepper):
    """A batch of which a block, and a free run, is one call."""

    update: CompiledUpdate

    @property
    def _matrix(self) -> tuple[np.ndarray, ...]:
        few = self._product.shape[1] <= FEW_COLUMNS
        return self.update.rows if few else self.update.blocks

    def walk(
        self,
        inputs: np.ndarray,
        out: np.ndarray | None,
        noise: np.ndarray | None = None,
        shift: np.ndarray | float = 0.0,
    ) -> None:
        """Advance by a block of inputs (L, d, K); noise goes the plain way."""
        if noise is not None:
            super().walk(inputs, out, noise, shift)
            return
        if out is None:
            out = np.empty((0, len(inputs), inputs.shape[2]), dtype=inputs.dtype)
        shift = np.array(np.broadcast_to(np.ravel(shift), len(out)), dtype=out.dtype)
        _walk(self._matrix, self.update.leaks, self.operand, self._product, inputs, out, shift)

    def run_freely(
        self,
        outputs: np.ndarray,
        coef: np.ndarray,
        intercept: np.ndarray,
        exog: np.ndarray | None,
        increments: bool,
        clip: tuple[np.ndarray, np.ndarray] | None,
    ) -> bool:
        """Run the closed loop of linear readouts."""
        n_steps, n_outputs, n_columns = outputs.shape
        exog = np.empty((n_steps, 0, n_columns)) if exog is None else exog
        low, high = (-np.inf, np.inf) if clip is None else clip
        low, high = (np.array(np.broadcast_to(x, n_outputs), dtype=float) for x in (low, high))
        _run_freely(
            self._matrix, self.update.leaks, self.operand, self._product, coef, intercept,
            exog, increments, low, high, outputs,
        )  # fmt: skip
        return True
