"""
Echo state property
===================

A reservoir *echoes* its input: after a while its state depends on what it was told, and no longer
on where it started. Then equal inputs have equal answers.
"""

# %%
# Let one reservoir hear fifty steps of this or of that, and then the same input. Where the
# distance of the two states falls to rounding, what was before is forgotten.
import matplotlib.pyplot as plt
import numpy as np

from reservoir import Reservoir

rng = np.random.default_rng(0)
this, that = rng.uniform(-1, 1, (2, 50, 1))
u = rng.uniform(-1, 1, (300, 1))

figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for radius, quiet in ((0.5, False), (0.9, False), (1.3, False), (1.3, True)):
    told = 0.0 * u if quiet else u
    reservoir = Reservoir(
        100, spectral_radius=radius, input_scaling=2.0, bias_scaling=0, random_state=0
    ).fit(u)
    here = reservoir.transform(np.concatenate([this, told]))[50:]
    there = reservoir.transform(np.concatenate([that, told]))[50:]
    label = f"radius {radius}{', no input' if quiet else ''}"
    ax.semilogy(np.linalg.norm(here - there, axis=1) + 1e-17, label=label)
ax.set(xlabel="steps", ylabel="distance of the two states")
ax.legend()

# %%
# Smaller radii forget sooner. A radius of 1.3 forgets under this loud input, and not without one,
# where the two never meet: the property belongs to a reservoir *and* its input.
#
# `~reservoir.diagnostics.echo_state_index` counts the answers that a reservoir has to an input;
# one is what you want. Jaeger (2001), The "echo state" approach to analysing and training
# recurrent neural networks.
