"""What is known of a step before it comes: rows beside a series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import check_array

from ..sequences import Sequences


def check_exog(
    exog: Any, sequences: Sequences, n_exog: int | None = None
) -> list[np.ndarray] | None:
    """Return validated exogenous rows (T_k, e), one array per sequence; None where there are none.

    Parameters
    ----------
    exog : None or in the form of the sequences
    sequences : Sequences
    n_exog : int, optional
        Columns at fit, 0 for none; not checked where not given.

    Raises
    ------
    ValueError
        If `exog` has not one row per step, or other columns than at fit.
    """
    items = None if exog is None else _items(exog, sequences)
    width = 0 if items is None else items[0].shape[1]
    if n_exog is not None and width != n_exog:
        raise ValueError(
            f"exog must have {n_exog or 'no'} columns, as at fit; got {width or 'none'}."
        )
    return items


def _items(exog: Any, sequences: Sequences) -> list[np.ndarray]:
    parts = [exog] if sequences.form == "series" else list(exog)
    items = [check_array(part, dtype=float, input_name="exog") for part in parts]
    lengths, wanted = [len(item) for item in items], sequences.lengths.tolist()
    if lengths != wanted:
        raise ValueError(f"exog must have one row per step of X, {wanted}; got {lengths}.")
    widths = {item.shape[1] for item in items}
    if len(widths) > 1:
        raise ValueError(f"exog must be of one width; got {sorted(widths)}.")
    return items


def coming_exog(exog: Any, form: str, n_series: int, n_steps: int, n_exog: int) -> Any:
    """Return the exogenous rows of the coming steps, (n_steps, e, K), or None."""
    batch = Sequences(form, list(np.zeros((n_series, n_steps, 1))))
    items = check_exog(exog, batch, n_exog)
    return None if items is None else np.stack(items, axis=2)


def inputs_of(
    form: str, scaled: Sequence[np.ndarray], exog: list[np.ndarray] | None,
    names: np.ndarray | None = None,
) -> Sequences:  # fmt: skip
    """Return a network's inputs: every step but the last, with the exog of the step after."""
    items = [z[:-1] for z in scaled]
    if exog is None:
        return Sequences(form, items, names)
    pairs = zip(items, exog, strict=True)
    return Sequences(form, [np.hstack([z, e[len(e) - len(z) :]]) for z, e in pairs])
