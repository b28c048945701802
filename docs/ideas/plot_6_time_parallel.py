"""
States in parallel over time
============================

A recurrent network is said to be slow, as every step needs the one before. A reservoir that
forgets can be cut: a stretch that starts from zero early enough comes to the very states of the
whole run.
"""

# %%
# Run a long input at once, and its end again from zero: the distance falls to nothing.
import matplotlib.pyplot as plt
import numpy as np

from reservoir import Reservoir

u = np.random.default_rng(0).uniform(-1, 1, (3000, 1))

figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for radius in (0.5, 0.9, 1.1):
    reservoir = Reservoir(100, spectral_radius=radius, random_state=0).fit(u)
    whole = reservoir.transform(u)
    end = reservoir.transform(u[2000:])
    distance = np.linalg.norm(end - whole[2000:], axis=1)
    ax.semilogy(distance[:400] + 1e-17, label=f"radius {radius}")
    print(
        f"radius {radius}: equal to 1e-12 after {np.flatnonzero(distance > 1e-12).max() + 1} steps"
    )
ax.set(xlabel="steps after the cut", ylabel="distance from the whole run")
ax.legend()

# %%
# So a long series is run in many pieces side by side, each with enough steps before it, as
# columns of one matrix product. Whether the pieces have forgotten their starts is checked on the
# data at hand; where they have not, the series is run step by step. So the answers are those of
# the plain loop, to rounding.
