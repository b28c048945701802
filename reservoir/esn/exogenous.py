"""What is known of a step before it comes: rows beside a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.utils import check_array

from ..frames import Frame, check_frame, check_same_dates
from ..outliers import tell_codes
from ..sequences import Sequences
from .levels import Levels

#: What a parameter of several series is shown at, of the spread of other columns.
OF_PARAMETERS = 0.2


@dataclass(frozen=True)
class Exogenous:
    """How exogenous rows reach a network: differenced over the series' lags, and scaled.

    What a column adds to the level of a series, its difference adds to the series' difference. A
    column that is constant in each of several series is a parameter of theirs: it is not
    differenced, and shown at `OF_PARAMETERS` of the spread of the others, as a few values say
    little of how what they do bends.

    Attributes
    ----------
    levels : Levels or None
        Fitted; None where there are no exogenous rows.
    names : tuple or None
        Of the columns, where they came in a frame.
    time_columns : tuple of int
        Those that hold time steps: neither differenced nor scaled.
    parameters : tuple of (int, float, float)
        Columns that are constant in each series, their means and spreads.
    ends : list of K arrays (sum(lags), e)
        The last rows of each training series, from which differences go on.
    """

    levels: Levels | None = None
    names: tuple[Any, ...] | None = None
    time_columns: tuple[int, ...] = ()
    parameters: tuple[tuple[int, float, float], ...] = ()
    ends: list[np.ndarray] = field(default_factory=list)

    @classmethod
    def fitted(
        cls, items: list[np.ndarray] | None, *, lags: tuple[int, ...], scaler: Any,
        names: tuple[Any, ...] | None = None, time_columns: Sequence[int] = (),
    ) -> Exogenous:  # fmt: skip
        """Fit on the rows (T_k, e) of the training series, or on none."""
        if items is None:
            return cls()
        plain = scaler if isinstance(scaler, str) else None  # a scaler of the series is its own
        levels, _ = Levels.fitted(items, lags=lags, transformer=None, scaler=plain)
        steps = tuple(time_columns)
        parameters = () if plain else _parameters(items, steps)
        return cls(levels, names, steps, parameters).going_on(items)

    @property
    def n_columns(self) -> int:
        """Number of columns, e."""
        return 0 if self.levels is None else int(self.levels.scaler.n_features_in_)

    def going_on(self, items: list[np.ndarray] | None) -> Exogenous:
        """Return the same after further rows."""
        if self.levels is None or items is None:
            return self
        n = sum(self.levels.lags)
        before = self.ends if len(self.ends) == len(items) else [item[:0] for item in items]
        wholes = [np.vstack(pair) for pair in zip(before, items, strict=True)]
        return replace(self, ends=[x[len(x) - n :] for x in wholes])

    def scaled(
        self, items: list[np.ndarray] | None, before: Sequence[np.ndarray] | None = None
    ) -> list[np.ndarray] | None:
        """Return what a network sees of rows, (T_k, e) with the rows `before` them, else fewer."""
        if self.levels is None or items is None:
            return None
        if before is not None:
            items = [np.vstack(pair) for pair in zip(before, items, strict=True)]
        scaled = [self.levels.scaled(item) for item in items]
        for column in self.time_columns:
            for item, seen in zip(items, scaled, strict=True):
                seen[:, column] = item[len(item) - len(seen) :, column]
        for column, mean, spread in self.parameters:
            for item, seen in zip(items, scaled, strict=True):
                own = item[len(item) - len(seen) :, column]
                seen[:, column] = OF_PARAMETERS * (own - mean) / spread
        return scaled

    def last(self, items: list[np.ndarray] | None) -> list[np.ndarray] | None:
        """Return the last rows of series, from which differences go on."""
        if self.levels is None or items is None:
            return None
        return [item[len(item) - sum(self.levels.lags) :] for item in items]

    def checked(self, exog: Any, sequences: Sequences, index: Any = None) -> Any:
        """Return validated rows (T_k, e), one array per sequence; None where there are none.

        Raises
        ------
        ValueError
            If `exog` has not one row per step, other columns than at fit, or other dates than the
            rows that it stands beside, whose `index` is given.
        """
        items = check_exog(exog, sequences, index)
        width = 0 if items is None else items[0].shape[1]
        if width != self.n_columns:
            raise ValueError(
                f"exog must have {self.n_columns or 'no'} columns, as at fit; "
                f"got {width or 'none'}."
            )
        names = names_of(exog)
        if self.names is not None and names is not None and names != self.names:
            raise ValueError(
                f"exog must have the columns {list(self.names)}, in the order of fit; got "
                f"{list(names)}."
            )
        return items


def _parameters(
    items: list[np.ndarray], steps: tuple[int, ...]
) -> tuple[tuple[int, float, float], ...]:
    """Return the columns that are constant in each series and not in all, means and spreads."""
    found = []
    for column in range(items[0].shape[1]):
        values = [item[:, column] for item in items]
        each = np.array([value[0] for value in values])
        constant = all((value == value[0]).all() for value in values)
        if constant and column not in steps and each.std() > 0:
            found.append((column, float(each.mean()), float(each.std())))
    return tuple(found)


def names_of(exog: Any) -> tuple[Any, ...] | None:
    """Return the names of the columns of a pandas frame, or of the first of a list, or None."""
    first = exog[0] if isinstance(exog, (list, tuple)) and len(exog) else exog
    frame = Frame.of(first)
    if frame.columns is not None:
        return tuple(frame.columns)
    return None if frame.index is None else (frame.name,)


def check_exog(exog: Any, sequences: Sequences, index: Any = None) -> list[np.ndarray] | None:
    """Return validated exogenous rows (T_k, e), one array per sequence; None where there are none.

    Parameters
    ----------
    exog : None or in the form of the sequences
    sequences : Sequences
    index : pandas index, optional
        The dates of the one series.

    Raises
    ------
    ValueError
        If `exog` has not one row per step, or other dates.
    """
    if exog is None:
        return None
    parts = [exog] if sequences.form == "series" else list(exog)
    for part in parts:
        check_frame(part, name="exog")
    if sequences.form == "series":
        check_same_dates(Frame.of(exog).index, index, "exog")
    items = [_rows(part) for part in parts]
    lengths, wanted = [len(item) for item in items], sequences.lengths.tolist()
    if lengths != wanted:
        raise ValueError(f"exog must have one row per step of X, {wanted}; got {lengths}.")
    widths = {item.shape[1] for item in items}
    if len(widths) > 1:
        raise ValueError(f"exog must be of one width; got {sorted(widths)}.")
    tell_codes(items, "exog", stacklevel=6)
    return items


def _rows(part: Any) -> np.ndarray:
    """Return rows as an array; a pandas series, or an array of numbers, is one column."""
    column = np.reshape(part, (-1, 1)) if np.ndim(part) == 1 else part
    return check_array(column, dtype=float, input_name="exog")


def inputs_of(
    form: str, scaled: Sequence[np.ndarray], exog: list[np.ndarray] | None,
    names: np.ndarray | None = None,
) -> Sequences:  # fmt: skip
    """Return a network's inputs: every step but the last, with the exog of the step after."""
    items = [z[:-1] for z in scaled]
    if exog is None:
        return Sequences(form, items, names)
    pairs = zip(items, exog, strict=True)
    whole = [np.hstack([z, e[len(e) - len(z) :]]) for z, e in pairs]
    all_named = names is not None and len(names) == whole[0].shape[1]
    return Sequences(form, whole, names if all_named else None)
