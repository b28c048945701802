"""What all results have in common: one line tells them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar

import numpy as np


class Result:
    """A small result: its numbers, and arrays by their shapes, on one line."""

    #: Properties that are told first.
    told: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        names = [*self.told, *(each.name for each in fields(self))]  # type: ignore[arg-type]
        parts = ", ".join(f"{name}={_short(getattr(self, name))}" for name in names)
        return f"{type(self).__name__}({parts})"


def _short(value: Any) -> str:
    """Return a number as it is, few of them in brackets, and of more their shape."""
    if isinstance(value, np.ndarray):
        few = value.ndim == 1 and len(value) <= 6
        numbers = ", ".join(f"{x:.4g}" for x in value) if few else f"array of shape {value.shape}"
        return f"[{numbers}]" if few else f"<{numbers}>"
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    return f"<{len(value)}>" if isinstance(value, (list, dict)) else repr(value)
