"""Any transformer of sequences to rows, a pipeline say, in the place of a representation."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from .base import Representation


class ForeignRepresentation(Representation):
    """Puts a transformer behind the contract of a representation: it does not stream.

    Parameters
    ----------
    part : transformer
        From a list of (T_k, N) arrays to rows (K, F).
    """

    def __init__(self, part: Any) -> None:
        self.part = part

    @property
    def sees_inputs(self) -> bool:  # type: ignore[override]
        """Whether the last step of a pipeline does."""
        return bool(getattr(self.last, "sees_inputs", False))

    @property
    def last(self) -> Any:
        """The last step of a pipeline, or the transformer."""
        return self.part.steps[-1][1] if isinstance(self.part, Pipeline) else self.part

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit, and return one row per sequence."""
        return self.part.fit_transform(X)

    def learn(self, sample: Any) -> ForeignRepresentation:
        """Fit on a sample of the states."""
        self.part.fit(sample)
        return self

    def plain(self, X: Any) -> np.ndarray:
        """Return the rows of states."""
        return self.part.transform(X)

    def transform_steps(self, X: Any) -> list[np.ndarray]:
        """Return the row of every beginning of every sequence, where the transformer can."""
        if not hasattr(self.part, "transform_steps"):
            raise TypeError(
                f"representation={self.part!r} has no transform_steps, which every_step=True needs."
            )
        return self.part.transform_steps(X)


def as_representation(part: Any) -> Representation:
    """Return a representation as it is, and any other transformer behind an adapter."""
    return part if isinstance(part, Representation) else ForeignRepresentation(part)
