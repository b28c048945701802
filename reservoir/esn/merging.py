"""What parts of the data give, to be added up elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..sequences import Sequences, Targets


@dataclass(frozen=True)
class TrainingStatistics:
    """What a network learns from: `ESNRegressor.statistics`; additive, and pickles.

    Parameters
    ----------
    ridge : Statistics
        Of what is seen and of the targets.
    n_features_in, washout : int
    squeeze, per_sequence : bool
        Whether y was 1-D; whether it had one row per sequence.
    dtype : str
        Floating type of the inputs.
    names : tuple of str or None
        Of the features, where they came in a frame.
    """

    ridge: Any
    n_features_in: int
    washout: int
    squeeze: bool
    per_sequence: bool
    dtype: str = "float64"
    names: tuple[str, ...] | None = None

    def __add__(self, other: TrainingStatistics) -> TrainingStatistics:
        if not isinstance(other, TrainingStatistics):
            return NotImplemented
        mine, theirs = (
            (s.n_features_in, s.squeeze, s.per_sequence, s.dtype, s.names) for s in (self, other)
        )
        if mine != theirs:
            raise ValueError(
                "statistics must be of data of one form to be added; (features, y is 1-D, one row "
                f"per sequence, dtype, names) are {mine} and {theirs}."
            )
        washout = max(self.washout, other.washout)
        return replace(self, ridge=self.ridge + other.ridge, washout=washout)

    def __radd__(self, other: Any) -> TrainingStatistics:
        if other == 0:  # the start of `sum`
            return self
        return NotImplemented

    def blank(self) -> Sequences:
        """Return inputs of the form of the data, for a reservoir to be drawn for."""
        names = None if self.names is None else np.array(self.names, dtype=object)
        rows = np.zeros((2, self.n_features_in), dtype=self.dtype)
        return Sequences("list", [rows], names)

    def targets(self) -> Targets:
        """Return what outputs are to look like."""
        return Targets([np.empty((0, self.ridge.n_targets))], self.per_sequence, self.squeeze)
