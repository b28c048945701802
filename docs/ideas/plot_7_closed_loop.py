"""
The closed loop, and its stability
==================================

A forecaster learns the next step and then feeds on its own answers. Its errors come back as
inputs, and whether they grow is a question of its own: a good next step alone does not make a
good free run.
"""

# %%
# Forecast Lorenz' system freely with three penalties.
import matplotlib.pyplot as plt
import numpy as np

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import lorenz63

x = lorenz63(6000, random_state=0)
train, coming = x[:5000], x[5000:5600]

figure, axes = plt.subplots(3, 1, figsize=(7, 5), sharex=True, layout="constrained")
for ax, alpha in zip(axes, (1e-10, 1e-4, 1e2), strict=True):
    model = ESNForecaster(Reservoir(300, random_state=0), RidgeReadout(alpha=alpha)).fit(train)
    free = model.forecast(600, on_divergence="nan")
    step = np.sqrt(np.mean((model.predict(coming) - coming)[100:] ** 2) / train.var())
    ax.plot(coming[:, 0], color="0.6", label="truth")
    ax.plot(free[:, 0], label="free run")
    ax.set_title(f"alpha {alpha:g}: next step off by {step:.0e} deviations", fontsize="medium")
axes[0].legend(loc="upper right", fontsize="small")
axes[-1].set_xlabel("steps")

# %%
# In chaos every digit is horizon: errors grow tenfold in about 2.5 units of time, so that a
# readout of smaller error stays with the truth longer, until it leaves in the end. With noisy
# data the smallest alpha is no longer the best: it learns the noise, and the loop may run away.
# ``RidgeReadout(alpha="free_run")``, the forecaster's default, looks at free runs within the
# training series, and keeps to an alpha whose loop stays where the data are.
