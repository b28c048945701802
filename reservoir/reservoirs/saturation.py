"""Whether inputs leave a reservoir room to answer them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..dynamics import DelayUpdate, SpikingUpdate, Whole
from ..sequences import Sequences

#: Steps of a stretch that saturation is told from, how many stretches, and the state from which a
#: unit is saturated; and a state, and a share of those beyond it, that are too great for inputs
#: which are as far from zero as this.
SATURATION_STEPS, STRETCHES, SATURATED = 100, 8, 0.98
GREAT, MANY, FAR_FROM_ZERO = 0.9, 0.03, 3.0


def tell_saturation(rule: Any, sequences: Sequences, stacklevel: int) -> None:
    """Warn where inputs drive units to their bounds, where they tell little apart.

    That is most of them, or some where the inputs are far from zero.
    """
    within = rule
    while hasattr(within, "rule"):
        within = within.rule
    if isinstance(within, (DelayUpdate, SpikingUpdate, Whole)) or not rule.n_state:
        return  # there are no units that could be saturated
    if np.abs(rule.extremes()).max() != 1.0:
        return
    first = sequences.items[0]
    n_steps = min(SATURATION_STEPS, len(first))
    starts = np.unique(np.linspace(0, len(first) - n_steps, STRETCHES).astype(int))
    item = np.stack([first[k : k + n_steps] for k in starts], axis=2)  # (L, d, stretches)
    with np.errstate(over="ignore", invalid="ignore"):
        seen = rule.advance(rule.initial_state(len(starts)), item)[0]
        states = np.abs(seen[:, n_steps // 2 :])
        size = np.sqrt(np.square(item, dtype=float).mean(axis=(0, 2)))
    saturated = (states > SATURATED).mean() >= 0.5 and size.max() > 1.0
    great = (states > GREAT).mean() >= MANY and size.max() > FAR_FROM_ZERO
    if not (states <= 1.0).all() or not (saturated or great):
        return
    with np.errstate(over="ignore", invalid="ignore"):
        column = int(np.abs(item).mean(axis=(0, 2)).argmax())
        mean, std = item[:, column].mean(), item[:, column].std()
    share = (states > (SATURATED if saturated else GREAT)).mean()
    warnings.warn(
        f"the inputs drive {share:.0%} of the reservoir's states {'into' if saturated else 'near'} "
        f"saturation, where they tell little apart: column {column} of X is about {mean:.3g} ± "
        f"{std:.3g}. Scale it before, make_pipeline(StandardScaler(), ...), or lower "
        "input_scaling.",
        stacklevel=stacklevel,
    )
