"""
Calendars, known inputs and bands
=================================

A pandas frame in, a pandas frame out: the index goes on. What is known beforehand, a calendar or a
plan, is handed over beside the series, and bands say how sure an answer is.
"""

# %%
# A daily series with holidays
# ----------------------------
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
days = pd.date_range("2022-01-01", periods=1100, freq="D")
holiday = pd.Series((rng.random(1100) < 0.04).astype(float), index=days, name="holiday")
week = np.array([0, 1, 2, 3, 5, -4, -6.0])[days.day_of_week]
load = pd.Series(50 + week - 8 * holiday + rng.normal(0, 0.7, 1100), index=days, name="load")
load.iloc[200:206] = np.nan  # a gap: the network runs through it
past, coming = slice(0, 1079), slice(1079, 1100)

# %%
# With and without the calendar
# -----------------------------
# Row t of ``exog`` helps to forecast row t of the series; of the coming rows it has to be known.
from reservoir import ESNForecaster

alone = ESNForecaster(differences=(7,), random_state=0).fit(load[past])
told = ESNForecaster(differences=(7,), random_state=0).fit(load[past], exog=holiday[past])
for name, answer in (
    ("alone", alone.forecast(21)),
    ("with holidays", told.forecast(21, exog=holiday[coming])),
):
    print(f"{name:>14}: off by {abs(answer - load[coming]).mean():.2f}")

# %%
# Bands
# -----
# Quantiles by split conformal calibration: of what the network was off by so many steps ahead.
bands = told.forecast_quantiles(21, (0.05, 0.95), exog=holiday[coming])
print(bands.head(3))
inside = ((load[coming] >= bands.iloc[:, 0]) & (load[coming] <= bands.iloc[:, 1])).mean()
print(f"{inside:.0%} of the coming days are inside")

# %%
from reservoir.plotting import ForecastDisplay

display = ForecastDisplay.from_estimator(
    told, load[coming], exog=holiday[coming], interval=0.9, history=load[past][-60:]
)
display.figure_
