"""
Spectral radius, and what it does not say
=========================================

The spectral radius is the size of the largest eigenvalue of the recurrent weights. It says how
fast a small disturbance of the resting state grows or fades. It says nothing of how loud the
input is.
"""

# %%
# What tells is the largest Lyapunov exponent of the driven reservoir: the mean growth of a
# disturbance in a step, as a logarithm. Below zero it fades, and the echo state property holds.
import matplotlib.pyplot as plt
import numpy as np

from reservoir import Reservoir
from reservoir.diagnostics import lyapunov_exponents

u = np.random.default_rng(0).uniform(-1, 1, (400, 1))
radii = [0.3, 0.6, 0.9, 1.2, 1.6, 2.0, 2.5]

figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for loudness in (0.05, 0.5, 2.0):
    exponents = []
    for radius in radii:
        reservoir = Reservoir(
            60, spectral_radius=radius, input_scaling=loudness, bias_scaling=0, random_state=0
        )
        exponents.append(lyapunov_exponents(reservoir, u, n_exponents=1).exponents[0])
    ax.plot(radii, exponents, "o-", label=f"input scaling {loudness}")
ax.plot(radii, np.log(radii), "k:", label="logarithm of the radius")
ax.axhline(0, color="0.7", linewidth=1)
ax.set(xlabel="spectral radius", ylabel="largest exponent, a step")
ax.legend()

# %%
# Below one, a soft input leaves the units near rest, and the exponent is the radius's logarithm.
# A loud input drives them into saturation, where they pass little on: the same matrix then
# forgets well above a radius of one.
