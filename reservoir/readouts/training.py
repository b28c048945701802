"""What training a readout takes, whether its states are at hand or stream by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import r2_score

from ..ridge import as_rows
from ..sequences import Sequences, Targets
from ..weights import check_weights


def gather(
    statistics: Any,
    rows: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
    weights: Sequence[np.ndarray],
    labels: Sequence[np.ndarray] | None,
) -> None:
    """Add the rows of weight above zero to statistics, in place."""
    for k, (x, y, weight) in enumerate(zip(rows, targets, weights, strict=True)):
        used = weight > 0
        more = () if labels is None else (labels[k][used],)
        statistics.take_rows(as_rows(x[used], y[used]), weight[used], *more)


def check_outputs(n_outputs: int, statistics: Any) -> None:
    """Raise a `ValueError` where statistics are of another number of outputs."""
    if n_outputs != statistics.n_targets:
        raise ValueError(f"y must have {statistics.n_targets} outputs, as at fit; got {n_outputs}.")


def steps_of(weights: Sequence[np.ndarray], targets: Targets) -> int:
    """Steps that the data move on: those of the longest sequence, or the sequences themselves."""
    return len(weights) if targets.per_sequence else max(map(len, weights))


def last_rows(items: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the last row of each array, as (1, N)."""
    return [item[-1:] for item in items]


def used_rows(
    states: Sequence[np.ndarray], targets: Sequence[np.ndarray], weights: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows of weight above zero, together."""
    used = [weight > 0 for weight in weights]
    x, y, weight = (
        np.concatenate([item[keep] for item, keep in zip(part, used, strict=True)])
        for part in (states, targets, weights)
    )
    return x, y, weight


def training_weights(
    sample_weight: Any,
    sequences: Sequences,
    targets: Targets,
    washout: int,
    *,
    least: int = 2,
    forgetting: float = 1.0,
) -> list[np.ndarray]:
    """Return the weights of `check_weights`, with the washout of per-step targets at zero.

    With `forgetting`, every step counts less than the one after it; so does every sequence where
    targets are one per sequence.

    Raises
    ------
    ValueError
        If fewer than `least` rows have a weight above zero.
    """
    weights = check_weights(sample_weight, sequences, targets)
    if not targets.per_sequence:
        for weight in weights:
            weight[:washout] = 0.0
    if forgetting < 1:
        ages = [len(weight) - 1 - np.arange(len(weight)) for weight in weights]
        if targets.per_sequence:
            ages = list(len(weights) - 1 - np.arange(len(weights)))
        weights = [w * forgetting**age for w, age in zip(weights, ages, strict=True)]
    left = sum(int(np.count_nonzero(weight)) for weight in weights)
    if left < least:
        raise ValueError(
            f"y must hold at least {least} samples after washout={washout}; got {left} "
            f"sample{'' if left == 1 else 's'}. Rows of weight zero or with NaN do not count."
        )
    return weights


def weighted_r2(
    targets: Sequence[np.ndarray], predicted: Sequence[np.ndarray], weights: Sequence[np.ndarray]
) -> float:
    """Return R² over all sequences, averaged over outputs; rows of weight zero are left out."""
    weight = np.concatenate(list(weights))
    used = weight > 0
    return float(
        r2_score(
            np.concatenate(list(targets))[used],
            np.concatenate(list(predicted))[used],
            sample_weight=weight[used],
        )
    )
