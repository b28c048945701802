"""What is saved of an estimator: plain numbers and text, and the version that wrote them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from . import __version__

VERSION = "_reservoir_version"

#: What files hold of this library, by module.
OURS = {
    "activations": ["InPlace", "_identity", "_relu", "_sigmoid", "_tanh"],
    "baselines": ["DampedTrend", "SeasonalNaive", "Theta", "Trained"],
    "dynamics.composed": ["Beside", "Chain"],
    "dynamics.delays": ["DelayUpdate", "Monomials"],
    "dynamics.informed": ["Informed"],
    "dynamics.leaky": ["LeakyUpdate"],
    "dynamics.residual": ["ResidualUpdate"],
    "dynamics.single_node": ["SingleNodeUpdate"],
    "dynamics.structured": ["StructuredUpdate"],
    "dynamics.spiking": ["SpikingUpdate"],
    "dynamics.timed": ["LiquidUpdate", "TimedUpdate"],
    "dynamics.views": ["DifferencesUpdate"],
    "dynamics.rule": ["INPUT", "SEEN", "Shown", "Whole"],
    "esn.classifier": ["ESNClassifier"],
    "esn.exogenous": ["Exogenous"],
    "esn.forecaster": ["ESNForecaster"],
    "esn.knowledge": ["Guess"],
    "esn.levels": ["Levels"],
    "esn.local": ["LocalForecaster"],
    "esn.network": ["Network"],
    "esn.opening": ["Call", "Opening"],
    "esn.patches": ["Patches"],
    "esn.reach": ["Reach"],
    "esn.regressor": ["ESNRegressor"],
    "esn.rows": ["Rows", "RowsModel"],
    "esn.run_in": ["RunIn"],
    "esn.smoother": ["ESNSmoother"],
    "esn.two_sided": ["Side", "TwoSided"],
    "frames": ["Frame"],
    "model_selection.scorers": ["ForecastScorer", "root_mean_square"],
    "model_selection.search": ["ForecastSearchCV"],
    "model_selection.spaces": ["MembersByData", "RollingOrigins", "SpaceByData"],
    "panels.beside": ["Item"],
    "panels.forecaster": ["PanelForecaster"],
    "panels.forms": [
        "Panel",
        "_as_columns",
        "_as_list",
        "_as_long",
        "_as_mapping",
        "_as_panel",
        "_as_polars",
    ],
    "panels.statistics": ["PanelStatistics"],
    "readouts.base": ["Learned"],
    "readouts.classifier": ["RidgeReadoutClassifier", "_Solution"],
    "readouts.cross_validated": ["RidgeReadoutCV"],
    "readouts.foreign": ["ForeignReadout", "Rows"],
    "readouts.linear": ["RidgeReadout"],
    "readouts.recursive": ["RecursiveRidgeReadout"],
    "representations.base": ["LastState", "MeanState"],
    "representations.foreign": ["ForeignRepresentation"],
    "representations.model_space": ["OutputModelSpace", "ReservoirModelSpace"],
    "representations.stepwise": ["StepwiseTransformer"],
    "representations.summary": ["StateSummary"],
    "reservoirs.blocks": ["BlockReservoir"],
    "reservoirs.composed": ["BidirectionalReservoir"],
    "reservoirs.expanded": [
        "ExpandedReservoir",
        "PowersOf",
        "_alternate",
        "_input_squares",
        "_products",
        "_squares",
    ],
    "reservoirs.deep": ["DeepReservoir", "ParallelReservoirs"],
    "reservoirs.informed": ["InformedReservoir"],
    "reservoirs.leaky": ["Reservoir"],
    "reservoirs.liquid": ["LiquidReservoir"],
    "reservoirs.nvar": ["NVAR"],
    "reservoirs.views": ["Differences"],
    "reservoirs.plastic": ["PlasticReservoir"],
    "reservoirs.residual": ["EulerReservoir", "ResidualReservoir"],
    "reservoirs.single_node": ["SingleNodeReservoir"],
    "reservoirs.structured": ["StructuredReservoir"],
    "reservoirs.spiking": ["SpikingReservoir"],
    "ridge.folds": ["Blocks"],
    "ridge.recursive": ["RecursiveFactor"],
    "ridge.statistics": ["RidgeFactor", "RidgeStatistics"],
    "sequences": ["Sequences", "Targets"],
}
#: What a file of skops may hold: ``skops.io.load(path, trusted=TRUSTED)``.
TRUSTED = [
    "functools.partial",
    "numpy.dtype",
    "scipy.sparse._csr.csr_array",
    *(f"reservoir.{module}.{name}" for module, names in OURS.items() for name in names),
]


class Versioned:
    """Saves the version of the library with an estimator, and tells where another one reads it.

    Examples
    --------
    >>> import pickle
    >>> from reservoir import Reservoir
    >>> Reservoir(50).__getstate__()["_reservoir_version"]
    '0.1.0'
    """

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), VERSION: __version__}  # type: ignore[dict-item]

    def __setstate__(self, state: dict[str, Any]) -> None:
        attributes = dict(state)
        written = attributes.pop(VERSION, "an unknown version")
        if written != __version__:
            warnings.warn(
                f"this {type(self).__name__} was saved by reservoir-learn {written}, and is read "
                f"by {__version__}: it may not work, or answer otherwise. Read it by the version "
                "that saved it, or fit it anew.",
                stacklevel=2,
            )
        super().__setstate__(attributes)  # type: ignore[misc]


def plain_index(index: Any) -> Any:
    """Return an index of pandas as plain numbers and text; anything else as it is."""
    if index is None or isinstance(index, tuple):
        return index
    kind, name = type(index).__name__, index.name
    if kind == "RangeIndex":
        return {"kind": kind, "range": [index.start, index.stop, index.step], "name": name}
    if kind in ("DatetimeIndex", "TimedeltaIndex", "PeriodIndex"):
        zone = getattr(index, "tz", None)
        return {
            "kind": kind, "values": np.array(index.asi8), "name": name,
            "freq": index.freqstr if kind == "PeriodIndex" else _plain_offset(index.freq),
            "unit": getattr(index, "unit", None),
            "zone": None if zone is None else getattr(zone, "key", None) or str(zone),
        }  # fmt: skip
    if kind == "MultiIndex":
        return {"kind": kind, "values": [list(label) for label in index], "name": [*index.names]}
    numbers = index.dtype.kind in "biuf"
    values = np.array(index) if numbers else index.tolist()
    return {"kind": kind, "values": values, "name": name}


def _plain_offset(offset: Any) -> Any:
    """Return a frequency as its text, or, as that of a calendar leaves out days, what makes it."""
    if offset is None:
        return None
    import pandas as pd

    try:
        if pd.tseries.frequencies.to_offset(offset.freqstr) == offset:
            return offset.freqstr
    except ValueError:  # has no text
        pass
    options = {name: value for name, value in offset.kwds.items() if name != "calendar"}
    for name in ("start", "end"):  # of hours
        if name in options:
            options[name] = [time.isoformat("minutes") for time in options[name]]
    if "holidays" in options:
        options["holidays"] = [str(day) for day in options["holidays"]]
    if "offset" in options:
        options["offset"] = options["offset"].total_seconds()
    return {"kind": type(offset).__name__, "n": offset.n, "normalize": offset.normalize, **options}


def _offset_of(plain: Any) -> Any:
    """Return the frequency that `_plain_offset` was handed, or its text."""
    if not isinstance(plain, dict):
        return plain
    import pandas as pd

    options = dict(plain)
    if "offset" in options:
        options["offset"] = pd.Timedelta(seconds=options["offset"]).to_pytimedelta()
    return getattr(pd.offsets, options.pop("kind"))(**options)


def index_of(plain: Any) -> Any:
    """Return the index of pandas that `plain_index` was handed.

    Examples
    --------
    >>> import pandas as pd
    >>> from reservoir.saving import index_of, plain_index
    >>> days = pd.date_range("2020-01-01", periods=3, name="day", tz="Europe/Paris")
    >>> index_of(plain_index(days)).identical(days)
    True
    """
    if not isinstance(plain, dict):
        return plain
    import pandas as pd

    kind, name = plain["kind"], plain["name"]
    if kind == "RangeIndex":
        return pd.RangeIndex(*plain["range"], name=name)
    values: Any = plain["values"]
    if kind == "PeriodIndex":
        return pd.PeriodIndex.from_ordinals(values, freq=plain["freq"], name=name)
    if kind == "TimedeltaIndex":
        spans = values.view(f"m8[{plain['unit']}]")
        return pd.TimedeltaIndex(spans, freq=_offset_of(plain["freq"]), name=name)
    if kind == "DatetimeIndex":
        index = pd.DatetimeIndex(values.view(f"M8[{plain['unit']}]"), name=name)
        if plain["zone"] is not None:
            index = index.tz_localize("UTC").tz_convert(plain["zone"])
        index.freq = _offset_of(plain["freq"])
        return index
    if kind == "MultiIndex":
        return pd.MultiIndex.from_tuples([tuple(label) for label in values], names=name)
    return pd.Index(values, name=name)
