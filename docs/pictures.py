"""Draw the pictures that no benchmark draws: ``python docs/pictures.py``."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot as plt

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import lorenz63

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


def bifurcation() -> None:
    """Draw the maxima of Lorenz's z over rho, true ones and those of one network of three rho."""
    trained = (26.0, 30.0, 34.0)
    series = [lorenz63(4000, dt=0.02, rho=rho, random_state=0) for rho in trained]
    known = [np.full((4000, 1), rho) for rho in trained]
    reservoir = Reservoir(300, spectral_radius=0.1, input_scaling=0.2, bias_scaling=1.0)
    model = ESNForecaster(reservoir, RidgeReadout(1e-8), random_state=0).fit(series, exog=known)
    asked = np.linspace(10.0, 60.0, 101)
    n_steps = 4000
    runs = model.forecast(
        n_steps, [series[0][-200:]] * len(asked), context_exog=[known[0][-200:]] * len(asked),
        exog=[np.full((n_steps, 1), rho) for rho in asked], on_divergence="nan",
    )  # fmt: skip
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
    for ax, title in zip(axes, ("the equations", "a network of three trainings"), strict=True):
        ax.set(title=title, xlabel="rho")
        for rho in trained:
            ax.axvline(rho, color=GREY, lw=0.8, ls=":")
    for rho, run in zip(asked, runs, strict=True):
        truth = lorenz63(n_steps, dt=0.02, rho=rho, transient=0, random_state=1)
        for ax, x, color in zip(axes, (truth, run), (GREY, BLUE), strict=True):
            z = x[2500:, 2]
            inner = z[1:-1]
            tops = inner[(inner >= z[:-2]) & (inner >= z[2:])]
            ax.plot(np.full(len(tops), rho), tops, ".", ms=1.4, mew=0, color=color)
    axes[0].set(ylabel="maxima of z")
    figure.savefig(IMAGES / "bifurcation.png", dpi=130, facecolor="white")
    plt.close(figure)


if __name__ == "__main__":
    network()
    bifurcation()
