"""The pictures of `benchmarks.reservoirs`."""

from pathlib import Path
from typing import Any

import numpy as np

from reservoir.topology import RECURRENT

#: Where a label may stand beside its point, in points, the nearest first.
AROUND = sorted(
    [(dx, dy) for dx in (5, 12, 25, 45, -5, -12, -25, -45) for dy in range(-80, 81, 5)],
    key=lambda d: abs(d[0]) + 1.5 * abs(d[1]) + (0 if d[0] > 0 else 2),
)


def pictures(folder: Path) -> None:
    """Every topology of 64 units, and its eigenvalues in the unit circle."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from reservoir.topology import eigenvalues, scale_to_norm, scale_to_radius

    n_columns = 5
    n_rows = -(-len(RECURRENT) // n_columns)
    figure = plt.figure(figsize=(10, 1.3 * n_rows), layout="constrained")
    grid = figure.add_gridspec(n_rows, 2 * n_columns)
    circle = np.exp(2j * np.pi * np.linspace(0, 1, 200))
    for k, (name, draw) in enumerate(RECURRENT.items()):
        W = draw(64, np.random.default_rng(0))
        W = (scale_to_norm if name == "delay_line" else scale_to_radius)(W, 1.0)
        values = eigenvalues(W)
        W = W.toarray() if hasattr(W, "toarray") else W
        row, column = divmod(k, n_columns)
        ax = figure.add_subplot(grid[row, 2 * column])
        size = np.quantile(abs(W[W != 0]), 0.95)
        ax.imshow(W, cmap="RdBu", vmin=-size, vmax=size, interpolation="nearest")
        ax.set_title(name, fontsize=7, loc="left")
        ax.set(xticks=[], yticks=[])
        ax = figure.add_subplot(grid[row, 2 * column + 1], aspect="equal")
        ax.plot(circle.real, circle.imag, color="0.8", lw=0.8)
        ax.plot(values.real, values.imag, ".", ms=2, color="C0")
        ax.set(xticks=[], yticks=[], xlim=(-1.15, 1.15), ylim=(-1.15, 1.15))
        for side in ax.spines.values():
            side.set_visible(False)
    figure.savefig(folder / "topologies.png", dpi=110)
    plt.close(figure)


def draw_table(rows: list[dict[str, Any]], path: Path) -> None:
    """Memory beside the error on NARMA-10, a point for every kind."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

    figure, ax = plt.subplots(figsize=(9, 7), dpi=120, layout="constrained")
    for row in rows:
        x, y = row["memory"]["median"], row["NARMA-10"]["median"]
        is_topology = row["kind"] in RECURRENT
        ax.plot(x, y, "o", ms=4, color="C0" if is_topology else "C1")
    ax.set(xlabel="memory, steps", ylabel="NARMA-10, NRMSE", xscale="log", yscale="log")
    ax.set(
        xticks=[1, 2, 5, 10, 20, 50, 100, 200], yticks=[0.2, 0.3, 0.4, 0.5, 0.6, 0.7], xlim=(1, 500)
    )
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    figure.canvas.draw()
    figure.set_layout_engine("none")  # labels move nothing
    taken = [Bbox.from_bounds(*(ax.transData.transform((r["memory"]["median"],
             r["NARMA-10"]["median"])) - 3), 6, 6) for r in rows]  # fmt: skip
    for row in sorted(rows, key=lambda row: -row["NARMA-10"]["median"]):
        at = row["memory"]["median"], row["NARMA-10"]["median"]
        for dx, dy in AROUND:  # the nearest place that is free, by a line where it is far
            text = ax.annotate(
                row["kind"], at, fontsize=6, xytext=(dx, dy), textcoords="offset points",
                color="0.2", ha="left" if dx > 0 else "right", va="center",
                arrowprops={"arrowstyle": "-", "lw": 0.3, "color": "0.6"},
            )  # fmt: skip
            text.update_positions(figure.canvas.get_renderer())
            box = Text.get_window_extent(text).expanded(1.02, 1.05)  # without its line
            if not any(box.overlaps(other) for other in taken):
                break
            text.remove()
        taken.append(box)
    figure.savefig(path)
    plt.close(figure)
