"""
How sure an answer is
=====================

One fit gives two kinds of bands: of a prediction, by a formula; of a forecast, whose errors feed
on themselves, by errors of forecasts that were made for rows that one knows.
"""

# %%
# A chaotic series with a little noise, the last sixty steps held out.
import matplotlib.pyplot as plt
import numpy as np

from reservoir import ESNForecaster
from reservoir.datasets import mackey_glass

x = mackey_glass(2700, random_state=0)
x = x + np.random.default_rng(0).normal(0, 0.02, x.shape)
past, coming = x[:-60], x[-60:]
model = ESNForecaster(random_state=0).fit(past)
forecast = model.forecast(60)
low, high = np.moveaxis(model.forecast_quantiles(60, (0.05, 0.95))[:, 0], -1, 0)

steps = np.arange(60)
figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
ax.plot(np.arange(-60, 0), past[-60:, 0], color="0.6")
ax.plot(steps, coming[:, 0], color="0.4", label="what came")
ax.plot(steps, forecast[:, 0], label="forecast")
ax.fill_between(steps, low, high, alpha=0.2, label="90 %")
ax.set(xlabel="steps", ylabel="x")
ax.legend(loc="upper left")
print(f"within the band: {np.mean((coming[:, 0] >= low) & (coming[:, 0] <= high)):.0%}")

# %%
# The formula, and how much the bands hold on other data: :doc:`/closed_form`.
