"""Statistics block by block: cross-validation without a second pass over the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from .base import Statistics
from .statistics import RidgeFactor, RidgeStatistics, renewed

Splits = Sequence[tuple[Sequence[int], Sequence[int]]]


@dataclass(frozen=True)
class Folds:
    """How rows are shared out for cross-validation.

    Parameters
    ----------
    labels : list of ndarray of shape (n_rows_k,)
        The block of every row of every sequence.
    splits : sequence of (labels of the training blocks, labels of the test blocks)
    """

    labels: list[np.ndarray]
    splits: Splits

    @property
    def n_blocks(self) -> int:
        """Number of blocks, those that are in no fold among them."""
        in_folds = (max(part, default=0) for split in self.splits for part in split)
        of_rows = (int(label.max(initial=0)) for label in self.labels)
        return 1 + max(*in_folds, *of_rows)


class Blocks(Statistics):
    """The statistics of several blocks of steps, about one shift.

    A fold trains on the blocks before it and after it: prefixes and suffixes of the blocks are
    merged once, and each training part is the sum of two of them.

    Parameters
    ----------
    parts : sequence of RidgeStatistics or RidgeFactor
        Empty, of one form and size.
    splits : sequence of (labels of the training blocks, labels of the test blocks)

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.ridge import Blocks, RidgeStatistics
    >>> rng = np.random.default_rng(0)
    >>> blocks = Blocks([RidgeStatistics(3, 1) for _ in range(4)], [([0, 2, 3], [1])])
    >>> x = rng.standard_normal((40, 3))
    >>> rows = np.vstack([np.ones(40), x.T, x[:, 0] + rng.standard_normal(40)])
    >>> blocks.take_rows(rows, None, np.arange(40) // 10)
    >>> errors, variances = blocks.fold_errors(np.array([1e-3, 1e6]))
    >>> errors.shape, bool(errors[0, 0, 0] < errors[0, 1, 0])
    ((1, 2, 1), True)
    """

    follows = True

    def __init__(self, parts: Sequence[RidgeStatistics | RidgeFactor], splits: Splits) -> None:
        self.parts: list[Any] = list(parts)
        self.splits = splits
        self.n_features, self.n_targets = self.parts[0].n_features, self.parts[0].n_targets

    @property
    def weight(self) -> float:
        """Total weight of the steps seen."""
        return sum(part.weight for part in self.parts)

    @property
    def shift(self) -> np.ndarray | None:  # type: ignore[override]
        """What is taken off features and targets, (N + m,); None until the first update."""
        return self.parts[0].shift

    def empty(self) -> Self:
        """Return empty blocks, to be filled."""
        return type(self)([part.empty() for part in self.parts], self.splits)

    def copy(self) -> Self:
        """Return the same blocks, to be filled further."""
        return type(self)([part.copy() for part in self.parts], self.splits)

    def arrays(self) -> list[np.ndarray]:
        """Return the arrays that are filled in place."""
        return [array for part in self.parts for array in part.arrays()]

    def take_rows(  # type: ignore[override]
        self, rows: np.ndarray, weight: np.ndarray | None, labels: np.ndarray
    ) -> None:
        """Add steps in place; `labels` (T,) says of which block each is."""
        if not rows.shape[1]:
            return
        if self.shift is None:
            shift = rows[1:].mean(axis=1)
            for part in self.parts:
                part.shift = shift
        rows[1:] -= self.shift[:, None]  # type: ignore[index]
        self.take_shifted_rows(rows, weight, labels)

    def take_shifted_rows(
        self, rows: np.ndarray, weight: np.ndarray | None, labels: np.ndarray
    ) -> None:
        """As `take_rows`, of columns that the shift was taken off already."""
        order = np.argsort(labels, kind="stable")
        present, first = np.unique(labels[order], return_index=True)
        rows = rows.take(order, axis=1)  # once, so that every block stands together
        weight = None if weight is None else weight[order]
        for label, start, stop in zip(present, first, [*first[1:], len(order)], strict=True):
            part = None if weight is None else weight[start:stop]
            self.parts[label].take_shifted_rows(rows[:, start:stop], part)

    def fade(self, factor: float) -> None:
        """Multiply the weights of all steps seen by a factor in [0, 1], in place."""
        for part in self.parts:
            part.fade(factor)

    def renewed(self, factor: float, newer: Any) -> Any:
        """Return what is left of these after forgetting, and newer ones, about the newer shift."""
        return renewed(self, factor, newer)

    def merge(self, other: Any) -> None:
        """Add the blocks of other data, one by one, in place."""
        if len(self.parts) != len(other.parts):
            raise ValueError(
                f"blocks must be as many to be added; got {len(self.parts)} and {len(other.parts)}."
            )
        for part, further in zip(self.parts, other.parts, strict=True):
            part.merge(further)

    def updated(self, x: Any, y: Any, weight: Any = None) -> Self:
        """Refuse: steps have labels here."""
        raise TypeError("steps of Blocks have labels: copy() them, and take_rows(rows, w, labels).")

    def together(self) -> Any:
        """Return the statistics of all blocks as one."""
        return sum_of(self.parts)

    def filled(self) -> list[tuple[list[int], list[int]]]:
        """Return the folds without blocks that hold no steps, and without empty folds."""
        full = {k for k, part in enumerate(self.parts) if part.weight > 0}
        kept = [([k for k in a if k in full], [k for k in b if k in full]) for a, b in self.splits]
        return [split for split in kept if all(split)]

    def fold_errors(
        self,
        alphas: np.ndarray,
        *,
        fit_intercept: bool = True,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return mean squared errors on blocks that the solutions were not trained on.

        Parameters
        ----------
        alphas : ndarray of shape (A,)
        fit_intercept : bool, default=True

        Returns
        -------
        errors : ndarray of shape (n_splits, A, m)
        variances : ndarray of shape (n_splits, m)
            Of the targets in the test blocks.
        """
        merged = _Runs(self.parts)
        errors, variances = [], []
        for train, test in self.filled():
            coef, intercept = merged.total(train).path(alphas, fit_intercept=fit_intercept)
            held_out = merged.total(test)
            errors.append(held_out.squared_errors(coef, intercept) / held_out.weight)
            mean = held_out.mean[self.n_features :]
            constant = held_out.squared_errors(np.zeros_like(coef[0]), mean)
            variances.append(constant / held_out.weight)
        return np.stack(errors), np.stack(variances)


def sum_of(parts: Sequence[Any]) -> Any:
    """Return the sum of statistics, which stay as they are."""
    total = parts[0].copy()
    for part in parts[1:]:
        total.merge(part)
    return total.frozen()


class _Runs:
    """Sums over prefixes and suffixes of a list of statistics, made once."""

    def __init__(self, parts: list[Any]) -> None:
        self._parts = parts
        self._prefixes = {1: parts[0]}  # of the first n parts
        self._suffixes = {len(parts) - 1: parts[-1]}  # from part n on

    def _prefix(self, stop: int) -> Any:
        if stop not in self._prefixes:
            self._prefixes[stop] = self._prefix(stop - 1) + self._parts[stop - 1]
        return self._prefixes[stop]

    def _suffix(self, start: int) -> Any:
        if start not in self._suffixes:
            self._suffixes[start] = self._suffix(start + 1) + self._parts[start]
        return self._suffixes[start]

    def total(self, labels: Sequence[int]) -> Any:
        """Return the sum of some parts, by a prefix and a suffix where they are such."""
        chosen, n_parts = sorted(labels), len(self._parts)
        if len(chosen) == 1:
            return self._parts[chosen[0]]
        start = next((k for k, label in enumerate(chosen) if k != label), len(chosen))
        stop = n_parts - (len(chosen) - start)
        if chosen[start:] != list(range(stop, n_parts)):
            return sum_of([self._parts[label] for label in chosen])
        if start == 0:
            return self._suffix(stop)
        return self._prefix(start) + self._suffix(stop) if stop < n_parts else self._prefix(start)
