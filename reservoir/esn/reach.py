"""How far the targets of the training reach, and what is predicted far beyond them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..sequences import Targets

#: Ranges of the targets beyond them from which a prediction is told.
FAR = 1.0


@dataclass(frozen=True)
class Reach:
    """The least and the greatest target of every output, (m,) each.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.esn.reach import Reach
    >>> from reservoir.sequences import Targets
    >>> Reach.of(Targets([np.array([[1.0], [np.nan], [3.0]])], False, True)).high
    array([3.])
    """

    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, targets: Targets, before: Reach | None = None) -> Reach:
        """Return the reach of targets, and of those before; NaN is no target."""
        items = [*targets.items, *([] if before is None else [np.stack([before.low, before.high])])]
        low = [np.fmin.reduce(item, axis=0) for item in items if len(item)]  # no copy of them
        high = [np.fmax.reduce(item, axis=0) for item in items if len(item)]
        return cls(np.fmin.reduce(low), np.fmax.reduce(high))

    def tell(self, outputs: Sequence[np.ndarray], unknown: int, stacklevel: int) -> None:
        """Warn of outputs (T_k, m) that are far beyond all targets, the first rows left out."""
        span = self.high - self.low
        margin = np.where(span > 0, FAR * span, np.inf)  # a constant says nothing of scales
        for output in outputs:
            rows = output[unknown:]
            far = np.maximum(self.low - margin - rows, rows - self.high - margin)
            if not far.size or not (far > 0).any():
                continue
            row, column = np.unravel_index(np.nanargmax(far), far.shape)
            which = "" if len(margin) == 1 else f" of output {column}"
            warnings.warn(
                f"predictions{which} are far beyond all targets of the training, which are "
                f"{self.low[column]:.4g} to {self.high[column]:.4g}: {rows[row, column]:.4g} in "
                f"row {row + unknown}. Inputs there are unlike those of the training. Scale them, "
                "make_pipeline(StandardScaler(), ...); show them to the readout, passthrough=True; "
                "or raise its alpha.",
                stacklevel=stacklevel,
            )
            return
