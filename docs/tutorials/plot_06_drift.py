"""
Adapting to drift
=================

A law that changes while it is watched. A readout that was solved once goes wrong; one that is
solved anew at every step, by recursive least squares, follows.
"""

# %%
import numpy as np

from reservoir import ESNRegressor, RecursiveRidgeReadout, Reservoir, RidgeReadout

rng = np.random.default_rng(0)
T = 3000
u = rng.uniform(-1, 1, (T, 1))
gain = np.where(np.arange(T) < 1500, 1.0, 1.0 - 1.6 * (np.arange(T) - 1500) / 1500)
y = gain * np.convolve(u[:, 0], [0.0, 0.6, 0.3, 0.2])[:T]

# %%
# Frozen, and following
# ---------------------
# ``forgetting=0.99`` weighs what was a hundred steps ago by 1 / e. ``predict_then_update`` answers
# a row before it learns from it, so that the errors are honest.
reservoir = Reservoir(60, random_state=0)
frozen = ESNRegressor(reservoir, RidgeReadout(1e-3, washout=50)).fit(u[:1000], y[:1000])
follows = ESNRegressor(reservoir, RecursiveRidgeReadout(1e-3, forgetting=0.99, washout=50))
follows.fit(u[:1000], y[:1000])
answers = {
    "frozen": frozen.predict(u[1000:]),
    "following": follows.predict_then_update(u[1000:], y[1000:]),
}
for name, answer in answers.items():
    error = np.abs(np.ravel(answer) - y[1000:])
    before, after = error[:500].mean(), error[-500:].mean()
    print(f"{name:>10}: off by {before:.3f} before the drift, {after:.3f} at its end")

# %%
from matplotlib import pyplot as plt

figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
for name, answer in answers.items():
    error = np.abs(np.ravel(answer) - y[1000:])
    ax.plot(np.arange(1000, T - 99), np.convolve(error, np.ones(100) / 100, "valid"), label=name)
ax.axvline(1500, color="0.5", ls=":")
ax.set(xlabel="step", ylabel="error, mean of 100 steps")
ax.legend()
