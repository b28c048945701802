"""Real series that ship with the package."""

from __future__ import annotations

from importlib import resources

import numpy as np
from sklearn.utils import Bunch


def _load(name: str, docs: str | None) -> tuple[np.ndarray, Bunch]:
    """Return the first column of a CSV file of the package as text, and the rest as a bunch."""
    path = resources.files("reservoir.data") / f"{name}.csv"
    text = np.genfromtxt(str(path), delimiter=",", dtype=str, skip_header=1)
    values = np.array([float(value) if value else np.nan for value in text[:, 1]])
    bunch = Bunch(data=values.reshape(-1, 1), feature_names=[name], filename=str(path), DESCR=docs)
    return text[:, 0], bunch


def _as_frame(bunch: Bunch, freq: str) -> Bunch:
    """Return the bunch with its data as a pandas frame, the dates its index."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            'as_frame=True needs pandas: pip install "reservoir-learn[cli]"'
        ) from error
    index = pd.DatetimeIndex(bunch.dates.astype("datetime64[s]"), name="date")
    frame = pd.DataFrame(bunch.data, index=index, columns=bunch.feature_names).asfreq(freq)
    return Bunch(**{**bunch, "data": frame})


def load_co2(*, as_frame: bool = False) -> Bunch:
    """Weekly carbon dioxide in the air over Mauna Loa, Hawaii, March 1958 to December 2001.

    2284 weeks, of which 59 are missing (NaN).

    Parameters
    ----------
    as_frame : bool, default=False
        Whether ``data`` is a pandas frame, its index the dates.

    Returns
    -------
    data : `~sklearn.utils.Bunch`
        ``data`` ndarray of shape (2284, 1), in parts per million by volume; ``dates`` ndarray of
        datetime64[D], Saturdays; ``feature_names``; ``filename`` of the CSV; ``DESCR``.

    References
    ----------
    Keeling & Whorf (2004), Atmospheric CO2 concentrations derived from flask air samples at sites
    in the SIO network, CDIAC, Oak Ridge National Laboratory; as in statsmodels, public domain.

    Examples
    --------
    >>> from reservoir.datasets import load_co2
    >>> co2 = load_co2()
    >>> co2.data.shape, str(co2.dates[0])
    ((2284, 1), '1958-03-29')
    """
    dates, bunch = _load("co2", load_co2.__doc__)
    bunch = Bunch(dates=dates.astype("datetime64[D]"), **bunch)
    return _as_frame(bunch, "W-SAT") if as_frame else bunch


def load_sunspots(*, as_frame: bool = False) -> Bunch:
    """Yearly mean number of sunspots, 1700 to 2008.

    Parameters
    ----------
    as_frame : bool, default=False
        Whether ``data`` is a pandas frame, its index the first days of the years.

    Returns
    -------
    data : `~sklearn.utils.Bunch`
        ``data`` ndarray of shape (309, 1); ``dates`` ndarray of datetime64[Y]; ``feature_names``;
        ``filename`` of the CSV; ``DESCR``.

    References
    ----------
    National Geophysical Data Center, yearly sunspot numbers; as in statsmodels, public domain.

    Examples
    --------
    >>> from reservoir.datasets import load_sunspots
    >>> sunspots = load_sunspots()
    >>> sunspots.data.shape, str(sunspots.dates[0])
    ((309, 1), '1700')
    """
    years, bunch = _load("sunspots", load_sunspots.__doc__)
    bunch = Bunch(dates=years.astype("datetime64[Y]"), **bunch)
    return _as_frame(bunch, "YS") if as_frame else bunch
