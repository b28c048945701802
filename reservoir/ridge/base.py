"""Statistics as values: the contract of what is added up over steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from sklearn.utils import check_array


class Statistics(ABC):
    """Sums over steps that a readout is solved from.

    The contract, for whoever adds a form of its own:

    1. They are values. ``a + b``, ``forgotten(factor)`` and ``updated(x, y, weight)`` give new
       ones, and leave what they are called on as it is; the arrays of a result are read-only.
    2. ``n_features`` N and ``n_targets`` m are the widths, ``weight`` the total weight of the steps
       seen, ``shift`` (N + m,) what is taken off every step, None before the first.
    3. ``empty()`` gives one of the same form that has seen nothing. Who began it, or made a
       ``copy()``, may fill it in place, by ``take_rows``, ``merge`` and ``fade``, until it is
       handed on, ``frozen()``.
    4. ``together()`` gives the statistics of all steps as one, where they are held in parts.
    """

    n_features: int
    n_targets: int
    shift: np.ndarray | None

    @property
    def size(self) -> int:
        """Number of columns of [1, x, y]."""
        return 1 + self.n_features + self.n_targets

    @property
    @abstractmethod
    def weight(self) -> float:
        """Total weight of the steps seen."""

    #: Whether they are measured from where the newest data are, once earlier ones are forgotten.
    follows = False

    @abstractmethod
    def empty(self) -> Self:
        """Return statistics of this form that have seen nothing, to be filled."""

    @abstractmethod
    def copy(self) -> Self:
        """Return the same statistics, to be filled further."""

    @abstractmethod
    def arrays(self) -> list[np.ndarray]:
        """Return the arrays that are filled in place."""

    @abstractmethod
    def take_rows(self, rows: np.ndarray, weight: np.ndarray | None = None) -> None:
        """Add the steps in the columns of ``[1; x; y]``, (1 + N + m, T), in place.

        `rows` is overwritten, its first row need not be filled in. Columns of weight zero must be
        finite.
        """

    def renewed(self, factor: float, newer: Any) -> Any:
        """Return what is left of these after forgetting, and newer ones."""
        return self.forgotten(factor) + newer

    @abstractmethod
    def merge(self, other: Any) -> None:
        """Add other statistics, in place."""

    @abstractmethod
    def fade(self, factor: float) -> None:
        """Multiply the weights of all steps seen by a factor in [0, 1], in place."""

    def together(self) -> Any:
        """Return the statistics of all steps as one: these are."""
        return self

    def frozen(self) -> Self:
        """Hand them on: from now on they stay as they are."""
        for array in self.arrays():
            array.flags.writeable = False
        return self

    def __add__(self, other: Any) -> Self:
        total = self.copy()
        total.merge(other)
        return total.frozen()

    def forgotten(self, factor: float) -> Self:
        """Return statistics in which all steps seen count less, by a factor in [0, 1]."""
        faded = self.copy()
        faded.fade(factor)
        return faded.frozen()

    def updated(self, x: Any, y: Any, weight: Any = None) -> Self:
        """Return statistics of these steps too.

        Parameters
        ----------
        x : array-like of shape (T, N)
        y : array-like of shape (T, m)
        weight : array-like of shape (T,), optional
            Weights ≥ 0, one where not given.

        Returns
        -------
        statistics : as this one

        Raises
        ------
        ValueError
            If the shapes do not fit, a number is not finite, or a weight is below zero.
        """
        x = check_array(x, input_name="x", ensure_min_samples=0)
        y = check_array(y, input_name="y", ensure_min_samples=0)
        wanted = (len(x), self.n_features), (len(x), self.n_targets)
        if (x.shape, y.shape) != wanted:
            raise ValueError(
                f"x and y must have shapes {wanted[0]} and {wanted[1]}; "
                f"got {x.shape} and {y.shape}."
            )
        if weight is not None:
            weight = check_array(weight, ensure_2d=False, input_name="weight", ensure_min_samples=0)
            if weight.shape != (len(x),) or (weight < 0).any():
                raise ValueError(f"weight must be ({len(x)},) numbers ≥ 0; got {weight!r}.")
        more = self.copy()
        more.take_rows(as_rows(x, y), weight)
        return more.frozen()

    def update(self, *args: Any, **options: Any) -> None:
        """Refuse what would change them: `updated` gives new ones."""
        raise TypeError("statistics are values: write s = s.updated(x, y), and not s.update(x, y).")

    def forget(self, *args: Any, **options: Any) -> None:
        """Refuse what would change them: `forgotten` gives new ones."""
        raise TypeError("statistics are values: write s = s.forgotten(f), and not s.forget(f).")

    def _check_own(self) -> None:
        """Raise where they were handed on, so that others rely on them."""
        if not all(array.flags.writeable for array in self.arrays()):
            raise ValueError("these statistics were handed on and are read-only: copy() them.")


def check_factor(factor: float) -> float:
    """Return a factor of forgetting, or raise a `ValueError`."""
    if not 0 <= factor <= 1:
        raise ValueError(f"factor must be in [0, 1]; got {factor}.")
    return factor


def as_rows(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return ``[1; x; y]``, (1 + N + m, T), of features (T, N) and targets (T, m)."""
    rows = np.empty((1 + x.shape[1] + y.shape[1], len(x)))
    rows[0] = 1.0
    rows[1 : 1 + x.shape[1]] = x.T
    rows[1 + x.shape[1] :] = y.T
    return rows
