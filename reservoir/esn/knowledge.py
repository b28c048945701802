"""What a forecaster knows beside its series: time steps in its exog, a model of the next step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..reservoirs import InformedReservoir, time_columns
from ..sequences import Sequences
from .levels import Levels


@dataclass(frozen=True)
class Guess:
    """A model of the next row, in the data's units, as one of what a network sees.

    Parameters
    ----------
    model : callable
        Of rows (n, d) to the rows (n, d) that follow them.
    levels : Levels
    """

    model: Callable[[np.ndarray], np.ndarray]
    levels: Levels

    def __call__(self, seen: np.ndarray) -> np.ndarray:
        """Return what the network would see of the next rows; NaN where the model fails."""
        rows = self.levels.rows_of(seen)
        guess = np.asarray(self.model(rows), dtype=float)
        if guess.shape != rows.shape:
            raise ValueError(
                f"model must give rows of shape {rows.shape}, those after the ones it is given; "
                f"got {guess.shape}."
            )
        return self.levels.seen_of(guess)


class KnowledgeMixin:
    """What the reservoir of a forecaster is told."""

    model: Any
    reservoir: Any
    levels_: Levels
    part: Callable[[str], Any]

    def _informed(self, levels: Sequence[np.ndarray]) -> Any:
        """Return the reservoir, with the model of such levels beside it where there is one."""
        reservoir = self.part("reservoir")
        if self.model is None:
            return reservoir
        if self.levels_.lags:
            raise ValueError(
                f"model gives rows, and no changes of them: differences must be () with a model; "
                f"got {list(self.levels_.lags)}."
            )
        guess = Guess(self.model, self.levels_)
        return InformedReservoir(guess, reservoir, n_given=levels[0].shape[1])

    def _time_columns(self, sequences: Sequences, outside: Any, exog_names: Any) -> list[int]:
        """Return the exogenous columns that the reservoir reads as time steps."""
        if outside is None:
            return []
        items = [np.hstack(pair) for pair in zip(sequences.items, outside, strict=True)]
        whole = Sequences(sequences.form, items, self._input_names(sequences, exog_names))
        columns, d = time_columns(self.part("reservoir"), whole), sequences.items[0].shape[1]
        if any(column < d for column in columns):
            raise ValueError(
                "dt must be a column of exog, beside the series: a step is known before it comes."
            )
        return [column - d for column in columns]

    def _input_names(self, sequences: Sequences, exog_names: Any) -> Any:
        """Return the names of the series' features and of the exogenous columns, if they have."""
        if exog_names is None:
            return None
        d = sequences.items[0].shape[1]
        own = [f"x{k}" for k in range(d)] if sequences.names is None else list(sequences.names)
        return np.array([*own, *map(str, exog_names)], dtype=object)
