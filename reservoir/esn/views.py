"""What the default classifier is made of."""

from __future__ import annotations

import numpy as np

from ..reservoirs import DeepReservoir, Differences, ParallelReservoirs, Reservoir

#: Differences that the default looks at, and what each of its groups of units is told: the series
#: (0) and its difference over a lag.
LAGS = (1, 2, 4, 8)
VIEWS = ((0,), *((0, lag) for lag in LAGS))
#: Of several channels, the share of units that are told one alone, how many each has at least, and
#: channels beyond which neighbouring ones stand together.
APART, LEAST_APART, MOST_APART = 2 / 3, 4, 15


def units(n_units: int, n_inputs: int) -> Reservoir:
    """Return what the default classifier is made of: units of all speeds, told little each."""
    return Reservoir(
        n_units, topology="dense", leak_rate=(0.1, 1.0), input_weights="gaussian",
        input_scaling=0.3 / np.sqrt(n_inputs),
    )  # fmt: skip


def of_views(n_units: int, d: int) -> DeepReservoir:
    """Return groups of units, each told the series and one of its differences.

    Of several channels a third of the units of a group are told all, and the others one each.
    """
    parts, features = [], []
    n_group = n_units // len(VIEWS)
    channels = np.array_split(np.arange(d), min(d, MOST_APART)) if d > 1 else []
    apart = max(LEAST_APART, round(APART * n_group / max(1, len(channels))))
    for view in VIEWS:
        columns = np.add.outer([d * [0, *LAGS].index(lag) for lag in view], np.arange(d))
        told = [(n_group if d == 1 else round((1 - APART) * n_group), np.arange(d))]
        for n, own in [*told, *((apart, channel) for channel in channels)]:
            parts.append(units(n, len(view) * len(own)))
            features.append(columns[:, own].ravel().tolist())
    return DeepReservoir([Differences(LAGS), ParallelReservoirs(parts, features=features)])
