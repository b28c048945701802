"""Several readouts side by side, each for its share of the columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .linear import LinearReadout


def linear_maps(readouts: Sequence[Any]) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the coefficients (A, m, n_seen) and intercepts (A, m), where all are linear."""
    if not all(isinstance(readout, LinearReadout) for readout in readouts):
        return None
    coef = np.stack([np.atleast_2d(readout.coef_) for readout in readouts])
    return coef, np.stack([np.ravel(readout.intercept_) for readout in readouts])


def side_by_side(readouts: Sequence[Any]) -> Callable[[np.ndarray, np.ndarray], Any]:
    """Return the function that writes the outputs of A readouts, each of K / A columns in turn.

    Parameters
    ----------
    readouts : sequence of A readouts

    Returns
    -------
    apply : callable ``(seen, out)``
        Of what is seen, (n_seen, K), into `out`, (m, K). Linear readouts are one product.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import RidgeReadout
    >>> from reservoir.readouts import side_by_side
    >>> x = np.arange(4.0)[:, None]
    >>> once, twice = (RidgeReadout(0.0).fit(x, k * x) for k in (1, 2))
    >>> out = np.empty((1, 4))
    >>> side_by_side([once, twice])(np.array([[1.0, 2.0, 1.0, 2.0]]), out)
    >>> out.round(9)
    array([[1., 2., 2., 4.]])
    """
    maps = linear_maps(readouts)
    if maps is None:
        return _in_turn(readouts)
    coef, shift = maps[0], maps[1][:, :, None]
    if len(coef) == 1:
        return partial(_alone, coef[0], shift[0])

    def by_readout(rows: np.ndarray) -> np.ndarray:
        """View rows (r, K) as (A, r, K / A)."""
        return rows.reshape(len(rows), len(coef), -1).swapaxes(0, 1)

    def apply(seen: np.ndarray, out: np.ndarray) -> None:
        answer = by_readout(out)
        np.matmul(coef, by_readout(seen), out=answer)
        answer += shift

    return apply


def _alone(coef: np.ndarray, shift: np.ndarray, seen: np.ndarray, out: np.ndarray) -> None:
    """Apply one linear readout to all columns."""
    np.matmul(coef, seen, out=out)
    out += shift


def _in_turn(readouts: Sequence[Any]) -> Callable[[np.ndarray, np.ndarray], Any]:
    """Apply readouts of any kind, one after the other."""

    def apply(seen: np.ndarray, out: np.ndarray) -> None:
        share = seen.shape[1] // len(readouts)
        for k, readout in enumerate(readouts):
            columns = slice(k * share, (k + 1) * share)
            out[:, columns] = readout.outputs(seen[:, columns])

    return apply
