"""Any regressor or classifier of scikit-learn as a readout: its statistics are the rows."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import clone

from ..ridge import Statistics
from .base import ASKED, BaseReadout


class Rows(Statistics):
    """The rows themselves, for what cannot be solved from sums; their labels say their order.

    Parameters
    ----------
    n_features, n_targets : int
    method : {"fit", "partial_fit"}
        How they are learned.
    """

    def __init__(self, n_features: int, n_targets: int, method: str = "fit") -> None:
        self.n_features, self.n_targets, self.method = n_features, n_targets, method
        self.shift = None
        self._parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    @property
    def weight(self) -> float:
        """Total weight of the rows."""
        return float(sum(weight.sum() for _, weight, _ in self._parts))

    def empty(self) -> Self:
        """Return no rows, to be filled."""
        return type(self)(self.n_features, self.n_targets, self.method)

    def copy(self) -> Self:
        """Return the same rows, to be filled further."""
        other = copy.copy(self)
        other._parts = list(self._parts)
        return other

    def arrays(self) -> list[np.ndarray]:
        """Return nothing: no array is filled in place."""
        return []

    def take_rows(  # type: ignore[override]
        self, rows: np.ndarray, weight: np.ndarray | None, labels: np.ndarray
    ) -> None:
        """Keep the columns of ``[1; x; y]``; `labels` (T,) is the place of each."""
        weight = np.ones(rows.shape[1]) if weight is None else np.array(weight)
        self._parts.append((np.array(rows[1:]), weight, labels))

    def merge(self, other: Any) -> None:
        """Keep the rows of others too."""
        self._parts = [*self._parts, *other._parts]

    def fade(self, factor: float) -> None:
        """Multiply the weights of all rows by a factor."""
        self._parts = [(rows, weight * factor, labels) for rows, weight, labels in self._parts]

    def ordered(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return features (T, N), targets (T, m) and weights (T,), in order."""
        rows, weight, labels = (np.concatenate(part, axis=-1) for part in zip(*self._parts))
        order = np.argsort(labels, kind="stable")
        x, y = np.split(rows[:, order].T, [self.n_features], axis=1)
        return np.ascontiguousarray(x), np.ascontiguousarray(y), weight[order]


class ForeignReadout(BaseReadout):
    """Puts a regressor or classifier of scikit-learn behind the contract of a readout.

    Parameters
    ----------
    estimator : estimator
        With ``fit`` and ``predict``; with ``partial_fit`` it learns chunk by chunk.
    """

    sums = False

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    @property
    def washout(self) -> int | str:  # type: ignore[override]
        """The estimator's own, where it has one."""
        return getattr(self.estimator, "washout", "auto")

    def begin(
        self,
        n_features: int,
        n_outputs: int,
        weights: Sequence[np.ndarray],
        chunk: int | None = None,
    ) -> tuple[Rows, list[np.ndarray]]:
        """Return no rows yet, and the place of every row."""
        method = "fit" if chunk is None else "partial_fit"
        if not hasattr(self.estimator, method):
            raise TypeError(f"readout={self.estimator!r} has no {method}.")
        ends = np.cumsum([len(weight) for weight in weights])
        return Rows(n_features, n_outputs, method), np.split(np.arange(ends[-1]), ends[:-1])

    def solved(self, statistics: Rows, *, squeeze: bool) -> Self:
        """Return a readout that has learned the rows; they are not kept."""
        if not statistics.weight:
            raise TypeError(
                f"readout={self.estimator!r} keeps no statistics that it could be solved from "
                "anew; RidgeReadout does."
            )
        x, y, weight = statistics.ordered()
        partial = statistics.method == "partial_fit"
        learner = copy.deepcopy(self.estimator) if partial else clone(self.estimator)
        more = {} if (weight == 1).all() else {"sample_weight": weight}
        getattr(learner, statistics.method)(x, y[:, 0] if y.shape[1] == 1 else y, **more)
        return self.fitted(statistics.empty(), squeeze, estimator=learner)

    def outputs(self, seen: np.ndarray) -> np.ndarray:
        """Return the predictions (n_outputs, n) of columns (n_features, n)."""
        found = self.estimator.predict(np.ascontiguousarray(seen.T))
        return np.reshape(found, (seen.shape[1], -1)).T

    def std(self, seen: np.ndarray) -> np.ndarray:
        """Refuse: what an estimator knows of its errors differs from one to the next."""
        raise TypeError(
            f"return_std needs a RidgeReadout or RidgeReadoutCV; got {self.estimator!r}."
        )

    def path(self, alphas: Iterable[Any]) -> list[Self]:
        """Refuse: the rows are not kept."""
        raise TypeError(f"alpha_path needs a RidgeReadout; got readout={self.estimator!r}.")

    def with_params(self, **params: Any) -> Self:
        """Return a copy with other parameters of the estimator."""
        return type(self)(clone(self.estimator).set_params(**params))

    def __repr__(self) -> str:
        return repr(self.estimator)


def as_readout(part: Any) -> Any:
    """Return what obeys the contract of a readout as it is, and all else behind an adapter.

    Raises
    ------
    TypeError
        If something obeys half of it; the error names what is missing.
    """
    if getattr(type(part), "finish", BaseReadout.finish) is not BaseReadout.finish:
        raise TypeError(
            f"readout={part!r} has a finish, which nothing calls any more: a readout has "
            "solved(statistics, squeeze=...), which gives a new one. See "
            "reservoir.readouts.BaseReadout."
        )
    if not (hasattr(part, "solved") or hasattr(part, "outputs")):
        return ForeignReadout(part)
    lacking = [name for name in ASKED if not hasattr(part, name)]
    if lacking:
        raise TypeError(
            f"readout={part!r} lacks {', '.join(lacking)}: a readout of one's own is a "
            "reservoir.readouts.BaseReadout."
        )
    return part


def bare(readout: Any) -> Any:
    """Return the estimator behind an adapter, or the readout itself."""
    return readout.estimator if isinstance(readout, ForeignReadout) else readout
