"""
Online learning
===============

Where the rules change, a readout that learns on keeps up. Recursive least squares updates the
same closed form with every step, and forgets what is long ago.
"""

# %%
# A target that turns over halfway: y is the input of two steps ago, and then its negative.
import matplotlib.pyplot as plt
import numpy as np

from reservoir import ESNRegressor, RecursiveRidgeReadout, Reservoir

u = np.random.default_rng(0).uniform(-1, 1, (3000, 1))
y = np.roll(u[:, 0], 2) * np.where(np.arange(3000) < 2000, 1, -1)

figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for label, forgetting in (("forgets nothing", 1.0), ("forgetting .995", 0.995), (".98", 0.98)):
    readout = RecursiveRidgeReadout(forgetting=forgetting)
    esn = ESNRegressor(Reservoir(30, input_scaling=0.3, random_state=0), readout)
    esn.fit(u[:1000], y[:1000])
    found = esn.predict_then_update(u[1000:], y[1000:])
    error = np.abs(found - y[1000:])
    ax.semilogy(np.arange(1000, 3000), np.convolve(error, np.ones(50) / 50, "same"), label=label)
ax.axvline(2000, color="0.7", linewidth=1)
ax.set(xlabel="steps", ylabel="error, mean of 50 steps")
ax.legend()

# %%
# Each prediction is made before its target is seen. The more is forgotten the sooner a change is
# learned. Data with noise pay for it with a less certain readout.
