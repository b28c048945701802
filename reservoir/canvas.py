"""What every picture shares: axes, colours, heat maps. matplotlib is imported by who draws."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Dashes, so that truth and forecast are told apart without colours.
DASHED = (0, (4, 2))
#: Told apart by colour-blind readers, on light and on dark grounds (after Okabe & Ito, 2008).
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def pyplot() -> Any:
    """Return matplotlib's pyplot, or raise an `ImportError` that names the extra."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            'drawing needs matplotlib: pip install "reservoir-learn[plot]"'
        ) from error
    return plt


def axes_of(ax: Any, **figure: Any) -> Any:
    """Return `ax`, or the axes of a new figure."""
    return pyplot().subplots(layout="constrained", **figure)[1] if ax is None else ax


def ink() -> Any:
    """Return the colour of text, which is seen on a light ground and on a dark one."""
    return pyplot().rcParams["text.color"]


def heatmap(
    ax: Any, values: np.ndarray, label: str, *, aspect: str = "auto", **options: Any
) -> None:
    """Draw a matrix in red and blue about a white zero; few large values do not dim the rest."""
    sizes = np.abs(values[np.isfinite(values)])
    limit = float(np.quantile(sizes, 0.998)) if sizes.size else 0.0
    limit = limit or float(sizes.max(initial=0.0)) or 1.0
    options = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit, **options}
    image = ax.imshow(values, aspect=aspect, interpolation="nearest", **options)
    ax.figure.colorbar(image, ax=ax, label=label)


def legend(ax: Any) -> None:
    """Name what is drawn, above it, where two things are."""
    n_names = len(ax.get_legend_handles_labels()[1])
    if n_names > 1:
        place = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "ncols": min(n_names, 6)}
        ax.legend(frameon=False, borderaxespad=0.2, **place)


class Display:
    """A picture: `ax_` is what was drawn on, `figure_` what that belongs to.

    Attributes
    ----------
    ax_ : matplotlib Axes, or array of them
    figure_ : matplotlib Figure
    """

    ax_: Any
    figure_: Any

    def _drawn(self, ax: Any) -> Any:
        self.ax_ = ax
        self.figure_ = np.ravel(ax)[0].figure
        return self
