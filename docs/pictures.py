"""Draw the pictures that no benchmark draws: ``python docs/pictures.py``."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot as plt

IMAGES = Path(__file__).parent / "images"
ORANGE, BLUE, GREY = "#D55E00", "#0072B2", "#888888"


def network() -> None:
    """Draw inputs, a reservoir of random connections, and the readout."""
    rng = np.random.default_rng(3)
    figure, ax = plt.subplots(figsize=(8, 3.1))
    angle = np.sort(rng.uniform(0, 2 * np.pi, 16))
    radius = np.sqrt(rng.uniform(0.15, 1.0, 16))
    x, y = 4.2 + 1.25 * radius * np.cos(angle), 1.25 * radius * np.sin(angle)
    arrow = {"arrowstyle": "-|>", "lw": 0.9, "shrinkA": 5, "shrinkB": 5}
    for k in range(16):
        for other in rng.choice(16, 3, replace=False):
            if other != k:
                curve = {**arrow, "color": GREY, "alpha": 0.6, "connectionstyle": "arc3,rad=0.2"}
                ax.annotate("", (x[k], y[k]), (x[other], y[other]), arrowprops=curve)
    for k, height in enumerate((0.5, -0.5)):
        ax.plot(1.2, height, "o", color=ORANGE, ms=13)
        for unit in rng.choice(16, 5, replace=False):
            ax.annotate(
                "",
                (x[unit], y[unit]),
                (1.2, height),
                arrowprops={**arrow, "color": ORANGE, "alpha": 0.5},
            )
        t = np.linspace(0, 1, 60)
        ax.plot(-0.1 + t, height + 0.2 * np.sin(2 * np.pi * (2 + k) * t), color=ORANGE, lw=1.3)
    for unit in range(16):
        color = {**arrow, "color": BLUE, "alpha": 0.55}
        ax.annotate("", (7.2, 0), (x[unit], y[unit]), arrowprops=color)
    ax.plot(x, y, "o", color="black", ms=9, zorder=3)
    ax.plot(7.2, 0, "s", color=BLUE, ms=14, zorder=3)
    t = np.linspace(0, 1, 60)
    ax.plot(7.6 + t, 0.25 * np.sin(2 * np.pi * 1.5 * t), color=BLUE, lw=1.5)
    for place, text, color in (
        (0.55, "inputs", ORANGE), (4.2, "reservoir: fixed, random,\nremembers", "black"),
        (7.6, "readout: solved\nin closed form", BLUE),
    ):  # fmt: skip
        ax.text(place, -1.75, text, ha="center", va="center", color=color, fontsize=11)
    ax.set(xlim=(-0.3, 8.9), ylim=(-2.1, 1.45), aspect="equal")
    ax.axis("off")
    figure.savefig(IMAGES / "network.png", dpi=120, bbox_inches="tight", facecolor="white")
    plt.close(figure)


if __name__ == "__main__":
    network()
