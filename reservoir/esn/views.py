"""What the default classifier is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..reservoirs import DeepReservoir, Differences, ParallelReservoirs, Reservoir

#: Differences that the default looks at.
LAGS = (1, 2, 4, 8)
#: Of several channels, the share of units that are told one alone, how many each has at least, and
#: channels beyond which neighbouring ones stand together.
APART, LEAST_APART, MOST_APART = 2 / 3, 4, 15


def units(n_units: int, n_inputs: int) -> Reservoir:
    """Return what the default classifier is made of: units of all speeds, told little each."""
    return Reservoir(
        n_units, topology="dense", leak_rate=(0.1, 1.0), input_weights="gaussian",
        input_scaling=0.3 / np.sqrt(n_inputs),
    )  # fmt: skip


def of_views(n_units: int, d: int, priors: Sequence[Any] = (np.inf,)) -> DeepReservoir:
    """Return groups of units, one told the series, and each other one of its differences as well.

    Of several channels a third of the units of a group are told all, and the others one each.
    `priors` are those of `Differences`: whose spread they are divided by.
    """
    parts, features = [], []
    views = [(0,), *((0, k) for k in range(1, 1 + len(priors) * len(LAGS)))]
    n_group = n_units // len(views)
    channels = np.array_split(np.arange(d), min(d, MOST_APART)) if d > 1 else []
    apart = max(LEAST_APART, round(APART * n_group / max(1, len(channels))))
    # of each prior the series comes first, and then its differences
    first = [0, *(d * (k + (k - 1) // len(LAGS)) for k in range(1, len(views)))]
    for view in views:
        columns = np.add.outer([first[k] for k in view], np.arange(d))
        told = [(n_group if d == 1 else round((1 - APART) * n_group), np.arange(d))]
        for n, own in [*told, *((apart, channel) for channel in channels)]:
            parts.append(units(n, len(view) * len(own)))
            features.append(columns[:, own].ravel().tolist())
    moved = [Differences(LAGS, prior=prior) for prior in priors]
    side_by_side = ParallelReservoirs(parts, features=features)
    before = moved[0] if len(moved) == 1 else ParallelReservoirs(moved)
    return DeepReservoir([before, side_by_side], states="last")
