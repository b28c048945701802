"""
Reading a reservoir
===================

What do the units do, how long do they remember, and are they stable? Look first, then measure.
"""

# %%
# At a glance
# -----------
import numpy as np

from reservoir import Reservoir
from reservoir.plotting import ReservoirDisplay

u = np.random.default_rng(0).uniform(-1, 1, (2000, 1))
reservoir = Reservoir(100, spectral_radius=0.9, random_state=0)
display = ReservoirDisplay.from_estimator(reservoir, u)
display.figure_

# %%
# Memory
# ------
# How much of the input of so many steps ago the states hold; all of it together is never more than
# the number of units.
from reservoir.diagnostics import memory_capacity

for radius in (0.5, 0.9, 0.99):
    found = memory_capacity(Reservoir(100, spectral_radius=radius, random_state=0), u)
    print(f"spectral radius {radius}: memory {found.total:.1f} of 100")
line = Reservoir(
    100, topology="orthogonal", activation="identity", spectral_radius=0.99, random_state=0
)
print(f"linear and orthogonal: memory {memory_capacity(line, u).total:.1f} of 100")

# %%
# Stability
# ---------
# The spectral radius alone does not say whether two starts meet; the input decides too.
from reservoir.diagnostics import lyapunov_exponents, synchronisation

for radius in (0.9, 1.5, 3.0):
    reservoir = Reservoir(100, spectral_radius=radius, random_state=0)
    largest = lyapunov_exponents(reservoir, u[:600], n_exponents=1).exponents[0]
    steps = synchronisation(reservoir, u[:600]).forgetting_time
    forgets = f"within {steps} steps" if steps else "not within these 600 steps"
    print(f"spectral radius {radius}: exponent {largest:+.2f} a step; forgets {forgets}")
