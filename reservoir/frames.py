"""pandas in and out, without importing it: frames and series carry their index and names on."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Frame:
    """What a pandas frame or series has beside its numbers; nothing where it is none.

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

    @classmethod
    def of(cls, X: Any) -> Frame:
        """Return the frame of `X`."""
        pd = sys.modules.get("pandas")
        if pd is not None and isinstance(X, pd.DataFrame):
            return cls(X.index, columns=X.columns)
        if pd is not None and isinstance(X, pd.Series):
            return cls(X.index, name=X.name)
        return cls()

    def of_rows(self, values: Any) -> Any:
        """Give numbers of the same rows the index and the names."""
        return values if self.index is None else self._with(values, self.index)

    def of_coming_rows(self, values: Any, quantiles: Any = None) -> Any:
        """Give numbers of the rows to come the continued index and the names.

        The numbers alone where the index cannot be continued: dates without a frequency, text.
        With `quantiles`, values are (n, d, Q), and each quantile is a column.
        """
        if self.index is None:
            return values
        index = continued(self.index, len(values))
        return values if index is None else self._with(values, index, quantiles)

    def _with(self, values: np.ndarray, index: Any, quantiles: Any = None) -> Any:
        pd = sys.modules["pandas"]
        if quantiles is not None:
            columns = pd.Index(quantiles, name="quantile")
            if self.columns is not None:
                pairs = [self.columns, quantiles]
                columns = pd.MultiIndex.from_product(pairs, names=[None, "quantile"])
            return pd.DataFrame(values.reshape(len(values), -1), index=index, columns=columns)
        if self.columns is None:
            return pd.Series(values[:, 0], index=index, name=self.name)
        return pd.DataFrame(values, index=index, columns=self.columns)


def continued(index: Any, n_steps: int) -> Any:
    """Return the coming rows of a pandas index: dates or periods with a frequency, or a range.

    None for any other.
    """
    pd = sys.modules["pandas"]
    if isinstance(index, pd.RangeIndex):
        start = index.stop
        return pd.RangeIndex(start, start + n_steps * index.step, index.step, name=index.name)
    if isinstance(index, pd.PeriodIndex):
        return pd.period_range(index[-1] + 1, periods=n_steps, name=index.name)
    if isinstance(index, pd.DatetimeIndex):
        frequency = index.freq or inferred_frequency(index)
        if frequency is not None:
            later = pd.date_range(index[-1], periods=n_steps + 1, freq=frequency, name=index.name)
            return later[1:]
    return None


def inferred_frequency(index: Any) -> str | None:
    """Return the frequency that pandas infers of dates, or None."""
    if len(index) < 3:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 3 warns that pandas 4 will return another type
        found = sys.modules["pandas"].infer_freq(index)
    return None if found is None else str(getattr(found, "freqstr", found))
