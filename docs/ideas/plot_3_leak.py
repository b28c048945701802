"""
Leak rate and time scales
=========================

A unit with leak rate a keeps 1 - a of its state in every step. Its memory of one event fades by
half within log 2 / a steps or so: the leak rate sets the clock of a reservoir.
"""

# %%
# Give one pulse, and look at what is left of it.
import matplotlib.pyplot as plt
import numpy as np

from reservoir import Reservoir

pulse = np.zeros((200, 1))
pulse[0] = 1.0

figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for leak in (1.0, 0.3, 0.1, 0.03):
    reservoir = Reservoir(100, spectral_radius=0.3, leak_rate=leak, bias_scaling=0, random_state=0)
    size = np.linalg.norm(reservoir.fit_transform(pulse), axis=1)
    ax.semilogy(size / size[0], label=f"leak rate {leak}")
ax.set(xlabel="steps after the pulse", ylabel="what is left", ylim=(1e-4, 2))
ax.legend()

# %%
# Take a small rate where the signal is slow beside a step. Where it has several clocks, give
# units rates of their own: ``Reservoir(leak_rate=(0.01, 1.0))`` draws them log-uniformly.
