"""pandas and polars in and out, without importing them: index and names are carried on."""

from __future__ import annotations

import datetime
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from .index import (
    as_dates,
    as_python_dates,
    code_of,
    continued,
    frequency_of,
    has_dates,
    is_whole,
    near_frequency,
    parted_dates,
    step_of,
    tell_uneven,
    with_gaps,
)
from .missing import unmasked
from .saving import index_of, plain_index

NO_NUMBERS = (str, bytes, dict, datetime.date, datetime.timedelta)
DATE_TEXT = re.compile(r"\s*\d{1,4}([-/]\d{1,2}\b|[.]\d{1,2}[.]\d{1,4}\b)")


@dataclass(frozen=True)
class Frame:
    """What a pandas or polars frame or series has beside its numbers; nothing where it is none.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from reservoir.frames import Frame
    >>> dates = pd.period_range("2000-01", periods=3, freq="M")
    >>> frame = Frame.of(pd.DataFrame({"x": [1.0, 2.0, 3.0]}, index=dates))
    >>> frame.of_coming_rows(np.array([[4.0]]))
               x
    2000-04  4.0
    """

    index: Any = None
    columns: Any = None
    name: Any = None
    flat: bool = False  # one array of numbers, one series
    polars: bool = False  # which has no index
    parts: tuple[Frame, ...] = ()  # of a list of frames or series
    python: str = ""  # "date" or "datetime", where the index held Python's own

    def __getstate__(self) -> dict[str, Any]:
        """Return what is saved: numbers and text, which outlive a version of pandas."""
        plain = {"index": plain_index(self.index), "columns": plain_index(self.columns)}
        return {**vars(self), **plain}

    def __setstate__(self, state: dict[str, Any]) -> None:
        found = {"index": index_of(state["index"]), "columns": index_of(state["columns"])}
        vars(self).update({**state, **found})

    @classmethod
    def of(cls, X: Any) -> Frame:
        """Return the frame of `X`."""
        if isinstance(X, (list, tuple)) and len(X) and _is_framed(X[0]):
            return cls(parts=tuple(cls.of(item) for item in X))
        pd = sys.modules.get("pandas")
        if pd is not None and isinstance(X, pd.DataFrame):
            return cls._indexed(X.index, columns=X.columns)
        if pd is not None and isinstance(X, pd.Series):
            return cls._indexed(X.index, name=X.name)
        pl = sys.modules.get("polars")
        if pl is not None and isinstance(X, pl.DataFrame):
            return cls(columns=tuple(X.columns), polars=True)
        if pl is not None and isinstance(X, pl.Series):
            return cls(name=X.name, polars=True)
        return cls(flat=is_flat(X))

    @classmethod
    def _indexed(cls, index: Any, **named: Any) -> Frame:
        dates = as_dates(index)
        python = ""
        if dates is not index:
            python = "datetime" if hasattr(index[0], "hour") else "date"
        return cls(dates, **named, python=python)

    def of_rows(self, values: Any) -> Any:
        """Give numbers of the same rows the index and the names."""
        if self.parts:
            return [part.of_rows(item) for part, item in zip(self.parts, values, strict=True)]
        if self.index is None and not self.polars:
            return self._bare(values)
        return self._with(values, self.index)

    def of_outputs(self, values: np.ndarray, target: Frame) -> Any:
        """Give outputs (T,) or (T, m) of the same rows the index, and the names of a target.

        The numbers alone where the target was an array: who fits on arrays, as scikit-learn's own
        meta-estimators do, reckons on with arrays.
        """
        no_frame = self.index is None and not self.polars
        if no_frame or (target.index is None and not target.polars):
            return values
        several = values.ndim > 1
        columns = target.columns if several or target.columns is None else None
        name = target.name if target.columns is None else target.columns[0]
        if several and columns is None:
            columns = tuple(f"y{k}" for k in range(values.shape[1]))
        named = replace(self, columns=columns if several else None, name=name)
        return named._with(values.reshape(len(values), -1), self.index)

    def of_coming_rows(self, values: Any, quantiles: Any = None) -> Any:
        """Give numbers of the rows to come the continued index and the names.

        The numbers alone where the index cannot be continued: dates without a frequency, text.
        With `quantiles`, values are (n, d, Q), and each quantile is a column.
        """
        if self.parts:
            pairs = zip(self.parts, values, strict=True)
            return [part.of_coming_rows(item, quantiles) for part, item in pairs]
        if self.index is None and not self.polars:
            return self._bare(values)
        index = None if self.polars else continued(self.index, len(values))
        if index is None and not self.polars:
            return values
        return self._with(values, index, quantiles)

    def coming_index(self, n_steps: int) -> Any:
        """Return the index of the rows to come, None where there is none."""
        return None if self.index is None else continued(self.index, n_steps)

    def _bare(self, values: Any) -> Any:
        return values[:, 0] if self.flat else values

    def goes_on(self, before: Frame, *, at_once: bool = True) -> bool:
        """Whether these rows follow others, as far as the index tells; where it does not, they do.

        Rows are left out between them only where `at_once` is False. Numbers tell of rows that are
        left out, but may begin anew.
        """
        if not (has_dates(self.index) and has_dates(before.index)):
            step = step_of(before.index)
            skips = step > 0 and is_whole(self.index) and self.index[0] > before.index[-1] + step
            return not (at_once and skips)
        coming = continued(before.index, 1) if at_once else None
        return bool(
            self.index[0] > before.index[-1] if coming is None else self.index[0] == coming[0]
        )

    def _with(self, values: np.ndarray, index: Any, quantiles: Any = None) -> Any:
        if self.polars:
            return self._as_polars(values, quantiles)
        pd = sys.modules["pandas"]
        index = as_python_dates(index, self.python) if self.python else index
        if quantiles is not None:
            columns = pd.Index(quantiles, name="quantile")
            if self.columns is not None:
                pairs = [self.columns, quantiles]
                columns = pd.MultiIndex.from_product(pairs, names=[None, "quantile"])
            return pd.DataFrame(values.reshape(len(values), -1), index=index, columns=columns)
        if self.columns is None:
            return pd.Series(values[:, 0], index=index, name=self.name)
        return pd.DataFrame(values, index=index, columns=self.columns)

    def _as_polars(self, values: np.ndarray, quantiles: Any) -> Any:
        pl = sys.modules["polars"]
        names = None if self.columns is None else [str(name) for name in self.columns]
        if quantiles is not None:  # names are text, and none may occur twice
            names = [f"{a}_{q}" for a in names or [self.name or "q"] for q in quantiles]
            values = values.reshape(len(values), -1)
        if names is None:
            return pl.Series(self.name, np.ascontiguousarray(values[:, 0]))
        return pl.DataFrame(np.ascontiguousarray(values), schema=names)


def _is_framed(item: Any) -> bool:
    """Whether this is a frame or a named series of pandas or polars."""
    return hasattr(item, "columns") or hasattr(item, "to_frame")


def is_flat(X: Any) -> bool:
    """Whether this is one array or list of numbers: one series of one feature."""
    if isinstance(X, Sequence) and not isinstance(X, str):  # lists, ranges, deques
        return len(X) > 0 and all(
            np.ndim(x) == 0 and not isinstance(x, NO_NUMBERS) for x in islice(X, 3)
        )
    if not (isinstance(X, np.ndarray) and X.ndim == 1):
        return False
    return X.dtype.kind in "biuf" or (X.dtype.kind == "O" and is_flat(X[:3].tolist()))


def as_column(X: Any) -> Any:
    """Return one array or list of numbers as a column, and all else as it is."""
    X = unmasked(X)
    return np.asarray(X, dtype=float).reshape(-1, 1) if is_flat(X) else X


def check_frame(
    X: Any, *, regular: bool = False, ordered: bool = True, gaps: bool = False, name: str = "X"
) -> None:
    """Raise where a pandas frame or series does not hold rows in the order of time.

    Parameters
    ----------
    X : object
        Anything but a pandas frame or series passes.
    regular : bool, default=False
        Whether dates must be evenly spaced too, as a forecast that goes on from them needs.
    ordered : bool, default=True
        Whether the order of rows counts; where it does not, the index means nothing.
    gaps : bool, default=False
        Whether cells may be empty.
    name : str, default="X"

    Raises
    ------
    ValueError
        If a column holds dates or has no number in a row; or, where the order counts, if the index
        has several levels or dates as text, or its dates or numbers are not in order, or dates
        occur twice or have gaps.
        The error names the date, and what mends it.
    """
    pl = sys.modules.get("polars")
    if pl is not None and isinstance(X, (pl.DataFrame, pl.Series)):
        _check_polars(pl, X, gaps, name)
    pd = sys.modules.get("pandas")
    if pd is None or not isinstance(X, (pd.DataFrame, pd.Series)):
        return
    if isinstance(X, pd.DataFrame) and not X.columns.is_unique:
        twice = X.columns[X.columns.duplicated()][0]
        raise ValueError(
            f"{name} has two columns of one name, {twice!r}: rename one, or keep the first, "
            f"{name}.loc[:, ~{name}.columns.duplicated()]."
        )
    if not X.size:
        raise ValueError(f"Found array with 0 sample(s) or 0 feature(s): {name} is empty.")
    for column, values in pd.DataFrame(X).items():
        if values.dtype.kind in "MO" and has_dates(as_dates(pd.Index(values[:1]))):
            if values.duplicated().any():
                raise ValueError(
                    f"{name} has a column of dates, {column!r}, which repeat, as those of several "
                    "series one below the other do: PanelForecaster takes them all where columns "
                    f"are named unique_id, ds and y, {name}.rename(columns={{...: 'unique_id', "
                    f"{column!r}: 'ds', ...: 'y'}}); of one alone, make the dates the index."
                )
            raise ValueError(
                f"{name} has a column of dates, {column!r}: make it the index, "
                f"{name}.set_index({column!r})."
            )
        if _is_date_text(values):
            raise ValueError(
                f"{name} has a column of dates as text, {column!r}: make them dates, and the "
                f"index, {name}.set_index(pandas.to_datetime({name}.pop({column!r})))."
            )
        text = next((v for v in _words(values) if isinstance(v, str)), None)
        if text is not None:
            numbers = f"pandas.to_numeric({name}[{column!r}])"
            if not any(sign.isdigit() for sign in text):  # a name, and no number that was misread
                numbers = f"a column for each value, pandas.get_dummies({name}, dtype=float)"
            words = values.astype(str)
            in_turn = 1 < words.nunique() == (words != words.shift()).sum() <= len(words) / 2
            raise ValueError(
                f"{name} has a column of text, {column!r}, which holds {text!r}: leave it out, "
                f"{name}.drop(columns={column!r}), or make numbers of it, {numbers}."
                + f" Where it tells sequences apart, reservoir.interchange.from_long_frame({name}, "
                f"{column!r}, ...) parts them." * bool(in_turn)
            )
        if pd.api.types.is_timedelta64_dtype(values.dtype):
            raise ValueError(
                f"{name} has a column of durations, {column!r}: make numbers of it, "
                f"{name}[{column!r}].dt.total_seconds()."
            )
        if values.dtype.kind == "f" and (infinite := values.isin([np.inf, -np.inf])).any():
            row = int(infinite.argmax())
            raise ValueError(
                f"{name} contains infinity: column {column!r} has {values.iloc[row]} in row {row}, "
                f"of {X.index[row]}, as a division by zero makes it. "
                f"{name}.replace([numpy.inf, -numpy.inf], numpy.nan) makes gaps of such cells."
            )
        if not gaps and values.isna().any():
            row = int(values.isna().argmax())
            raise ValueError(
                f"{name} contains NaN: column {column!r} has no number in row {row}, of "
                f"{X.index[row]}. {name}.interpolate() fills gaps, {name}.dropna() drops rows."
            )
    if ordered:
        check_order(X.index, name, regular)


def _check_polars(pl: Any, X: Any, gaps: bool, name: str) -> None:
    """Raise where a polars frame holds dates, which it can keep in no index, or empty cells."""
    for column in X.to_frame() if isinstance(X, pl.Series) else X:
        if column.dtype.is_temporal():
            raise ValueError(
                f"{name} has a column of dates, {column.name!r}: polars has no index, so leave it "
                f"out, {name}.sort({column.name!r}).drop({column.name!r}), and put it back beside "
                "the answer."
            )
        if not column.dtype.is_numeric() and column.dtype != pl.Boolean:
            raise ValueError(
                f"{name} has a column of {column.dtype}, {column.name!r}, and no numbers: cast it, "
                f"or leave it out, {name}.drop({column.name!r})."
            )
        lost = column.is_null() | (column.is_nan() if column.dtype.is_float() else False)
        if not gaps and lost.any():
            raise ValueError(
                f"{name} contains NaN: column {column.name!r} has no number in row "
                f"{lost.arg_max()}. {name}.interpolate() fills gaps, drop_nulls() drops rows."
            )


def check_order(index: Any, name: str, regular: bool = False) -> None:
    """Raise where the index of pandas rows says that they are not in the order of time."""
    pd, given, index = sys.modules["pandas"], index, as_dates(index)
    if isinstance(index, pd.MultiIndex):
        if parted := parted_dates(index, name):
            first = " and ".join(map(str, index[0]))
            raise ValueError(
                f"{name} has a MultiIndex of parts of dates, as {first}: "
                f"make one date of them, {name}.index = {parted}."
            )
        raise ValueError(
            f"{name} has a MultiIndex, of which nothing says what is time: hand over a list of "
            f"frames, [part.droplevel(0) for _, part in {name}.groupby(level=0)], or one of them."
        )
    if _is_date_text(index):
        raise ValueError(
            f"the index of {name} holds dates as text, {index[0]!r}: make them dates, "
            f"{name}.index = pandas.to_datetime({name}.index), with dayfirst=True where the day "
            "stands before the month."
        )
    if has_dates(index):
        _check_dates(index, name, regular, index is given)
    elif pd.api.types.is_numeric_dtype(index.dtype) and not index.is_monotonic_increasing:
        late = int(np.flatnonzero(~(index[1:] >= index[:-1]))[0])  # NaN is in no order
        anew = index[late + 1] == index[0]
        hint = " reservoir.interchange.from_long_frame parts sequences below each other."
        raise ValueError(
            f"the index of {name} must be in the order of time; {index[late + 1]} follows "
            f"{index[late]}. {name}.sort_index() puts it in order; where the rows are in order "
            f"as they are, {name}.reset_index(drop=True).{hint if anew else ''}"
        )
    elif regular:
        tell_uneven(index, name)


def tell_uneven_once(X: Any, name: str) -> None:
    """Warn as `check_frame` does of numbers left out, for all that is done with data in silence."""
    frame = Frame.of(X)
    named = [(f"{name}[{k}]", part) for k, part in enumerate(frame.parts)] or [(name, frame)]
    for each, part in named:
        if part.index is not None and not has_dates(part.index):
            tell_uneven(part.index, each)


def _words(values: Any) -> Any:
    """Return values that may be text: to look at each of many numbers is slow."""
    return () if values.dtype.kind in "biufcM" else values


def _is_date_text(values: Any) -> bool:
    """Whether a pandas index or column is of text that looks like dates."""
    first = next(iter(_words(values)), None)
    return isinstance(first, str) and DATE_TEXT.match(first) is not None


def _check_dates(index: Any, name: str, regular: bool, of_pandas: bool = True) -> None:
    if index.isna().any():
        raise ValueError(f"the index of {name} has no date in row {int(index.isna().argmax())}.")
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise ValueError(
            f"the dates of {name} must be unique; {twice} occurs twice. Aggregate the rows of one "
            f"date, or drop them: {name}[~{name}.index.duplicated()]."
        )
    if not index.is_monotonic_increasing:
        late = int(np.flatnonzero(index[1:] < index[:-1])[0])
        raise ValueError(
            f"the dates of {name} must be in order; {index[late + 1]} follows {index[late]}. "
            f"{name}.sort_index() puts them in order."
        )
    pd = sys.modules["pandas"]
    rows = name if of_pandas else f"{name}.set_axis(pandas.to_datetime({name}.index))"
    if regular and isinstance(index, pd.PeriodIndex):
        missing = pd.period_range(index[0], index[-1]).difference(index)
        if len(missing):
            whole = f"pandas.period_range({name}.index[0], {name}.index[-1])"
            _tell_missing(index, missing, "periods", name, f"{name}.reindex({whole})")
    if regular and len(index) > 2 and frequency_of(index) is None:
        frequency, missing = with_gaps(index)
        if frequency is not None:
            code = code_of(frequency)
            of_which = f"dates of frequency {code}"
            _tell_missing(index, missing, of_which, name, f"{rows}.asfreq({code})")
        steps = np.diff(index)
        values, counts = np.unique(steps, return_counts=True)
        odd = int(np.flatnonzero(steps != values[counts.argmax()])[0])
        raise ValueError(
            f"the dates of {name} must be evenly spaced; {index[odd + 1]} follows {index[odd]}, "
            f"and no frequency of pandas fits them all. {rows}.resample({near_frequency(steps)!r})"
            ".mean() makes even rows of them; ESNForecaster fills those that stay empty, or "
            ".interpolate()."
        )


def _tell_missing(index: Any, missing: Any, of_which: str, name: str, remedy: str) -> None:
    """Raise for an index between whose dates others are missing."""
    after = int(index.searchsorted(missing[0]))
    raise ValueError(
        f"the dates of {name} must be evenly spaced; {index[after]} follows {index[after - 1]}, "
        f"where {len(missing)} {of_which} are missing. {remedy} makes rows of what is "
        "missing; ESNForecaster fills them, or .interpolate()."
    )


def stacked(before: Any, rows: Any) -> Any:
    """Return frames or series of pandas one below the other, None where kinds or columns differ."""
    pd = sys.modules["pandas"]
    if isinstance(before, pd.Series) and isinstance(rows, pd.Series):
        return pd.concat([before.rename(rows.name), rows])
    if isinstance(before, pd.DataFrame) and isinstance(rows, pd.DataFrame):
        return pd.concat([before, rows]) if before.columns.equals(rows.columns) else None
    return None


def check_goes_on(X: Any, before: Frame, *, at_once: bool = True) -> None:
    """Raise where dates tell that rows do not follow others."""
    if before.index is not None and not Frame.of(X).goes_on(before, at_once=at_once):
        raise ValueError(
            f"X must go on from the training series, which ends at {before.index[-1]}; it begins "
            f"at {X.index[0]}."
        )


def check_same_dates(mine: Any, wanted: Any, name: str) -> None:
    """Raise where rows have other dates than those that they stand beside, by their indices."""
    if mine is None or type(mine) is not type(wanted) or not has_dates(mine):
        return
    if len(mine) != len(wanted):
        raise ValueError(
            f"{name} must have the dates of the rows that it stands beside, {wanted[0]} to "
            f"{wanted[-1]}; got {mine[0]} to {mine[-1]}. {name}.loc[...] picks them."
        )
    other = np.flatnonzero(np.asarray(mine != wanted))  # `equals` tells nanoseconds from seconds
    if not len(other):
        return
    k = int(other[0])
    raise ValueError(
        f"{name} must have the dates of the rows that it stands beside; row {k} is of {mine[k]}, "
        f"and stands beside {wanted[k]}. {name}.loc[...] picks them."
    )


def check_same_frequency(X: Any, before: Frame, name: str = "X") -> None:
    """Raise where the dates of a frame, or of each of a list, are not of others' frequency."""
    for item in X if isinstance(X, (list, tuple)) else [X]:
        index = Frame.of(item).index
        if not has_dates(index) or type(index) is not type(before.index) or len(index) < 2:
            continue
        wanted = frequency_of(before.index)
        if wanted is not None and getattr(index, "freq", None) == wanted:
            continue
        # a few rows are of many frequencies: what counts is whether that of fit makes them
        if isinstance(index, sys.modules["pandas"].PeriodIndex):
            same = index.freq == wanted
        else:
            made = None if wanted is None else continued(index[:1], len(index) - 1, wanted)
            same = made is None or bool(np.asarray(index[1:] == made).all())
        if same:
            continue
        raise ValueError(
            f"the dates of {name} must have the frequency of fit, {code_of(wanted)}; {index[1]} "
            f"follows {index[0]}. Resample it, {name}.resample({code_of(wanted)}), or fit on "
            "rows of its own frequency."
        )
