"""What all results have in common: one line tells them, and they draw themselves."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar

import numpy as np

from ..canvas import axes_of


class Result:
    """A small result: shown on one line, arrays by their shapes, and drawn by `plot`."""

    #: Properties that are told first.
    told: ClassVar[tuple[str, ...]] = ()

    def plot(self, ax: Any = None) -> Any:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        ax : matplotlib Axes
        """
        ax = axes_of(ax, figsize=(6, 3.5))
        self._draw(ax)
        return ax

    def _draw(self, ax: Any) -> None:
        """Draw it on axes."""
        raise NotImplementedError

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
