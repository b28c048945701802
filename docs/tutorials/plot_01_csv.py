"""
A first forecast, from a CSV
============================

A file as a spreadsheet writes it: a decimal comma, dates with the day first, a gap, and a total at
the end. It is read, forecast, and the forecast is looked at.
"""

# %%
# The file
# --------
# Five years of sales by the month. Yours lies on a disk; this one is made here.
import tempfile
from pathlib import Path

import numpy as np

rng = np.random.default_rng(1)
months = np.arange(60)
sales = 1200 + 8 * months + 250 * np.sin(2 * np.pi * months / 12) + 40 * rng.normal(size=60)
rows = [
    f"01.{k % 12 + 1:02}.{2019 + k // 12};{x:.1f} €".replace(".", ",").replace(",", ".", 2)
    for k, x in enumerate(sales)
]
rows[30] = rows[30].split(";")[0] + ";"  # not known
path = Path(tempfile.mkdtemp()) / "sales.csv"
path.write_text("Monat;Umsatz\n" + "\n".join(rows) + "\nSumme;99999\n", encoding="utf-8")
print(path.read_text(encoding="utf-8")[:80])

# %%
# Read it
# -------
# Separator, decimal comma, order of day and month, units: all is told from the file, and the notes
# say what was done.
from reservoir.reading import read_series, read_table

print(*read_table(path).notes, sep="\n")
series = read_series(path)
print(series.head(3))

# %%
# Forecast
# --------
# A search chooses the settings and lets simple rules vote; the dates say that a season is 12 rows.
from reservoir.model_selection import forecasting_search

past, coming = series[:-12], series[-12:]
search = forecasting_search(horizon=12, random_state=0).fit(past)
forecast = search.forecast(12)
print(forecast.head(3))
print("off by", round(float(abs(forecast - coming).mean()), 1))

# %%
# Who voted, and what each was worth on the last rows of the past:
print({name: round(weight, 2) for name, weight in search.weights_.items()})

# %%
# See it
# ------
from reservoir.plotting import ForecastDisplay

display = ForecastDisplay.from_estimator(search, coming)
display.figure_

# %%
# The same by one command: ``python -m reservoir forecast sales.csv --horizon 12 --plot sales.png``.
