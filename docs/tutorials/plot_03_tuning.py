"""
Choosing settings: a grid, the search, Optuna
=============================================

A forecaster is a scikit-learn estimator, so that anything that tunes one tunes it. What must not be
forgotten: rows are in time, and a free run is judged by free runs.
"""

# %%
import numpy as np
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import load_sunspots
from reservoir.model_selection import forecasting_search, make_forecast_scorer

spots = load_sunspots().data
past, coming = spots[:-22], spots[-22:]


def error(forecast):
    return round(float(np.sqrt(np.mean((forecast - coming) ** 2))), 1)


# %%
# GridSearchCV
# ------------
# Folds that follow each other in time, and a scorer that lets the network run freely over each of
# them.
model = ESNForecaster(Reservoir(100), RidgeReadout(), random_state=0)
grid = {
    "reservoir__spectral_radius": [0.5, 0.9],
    "reservoir__leak_rate": [0.3, 1.0],
    "readout__alpha": [1e-4, 1e-2, 1.0, 100.0],
}
cv = TimeSeriesSplit(4, test_size=22)
by_grid = GridSearchCV(model, grid, cv=cv, scoring=make_forecast_scorer()).fit(past)
for name, value in by_grid.best_params_.items():
    print(name, value)
print("off by", error(by_grid.best_estimator_.forecast(22)))

# %%
# The search
# ----------
# It has a grid of its own, runs each reservoir once for all alphas, and answers with the weighted
# median of its best candidates and of simple rules.
search = forecasting_search(horizon=22, season=11, random_state=0).fit(past)
for name, value in search.best_params_.items():
    print(name, value)
print("off by", error(search.forecast(22)))

# %%
# Optuna
# ------
# Where settings are many and a fit is dear. The objective is the same score.
import optuna
from sklearn.model_selection import cross_val_score

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial):
    candidate = model.set_params(
        reservoir__spectral_radius=trial.suggest_float("radius", 0.1, 1.0),
        reservoir__leak_rate=trial.suggest_float("leak", 0.1, 1.0),
        readout__alpha=trial.suggest_float("alpha", 1e-6, 1e3, log=True),
    )
    return cross_val_score(candidate, past, cv=cv, scoring=make_forecast_scorer()).mean()


study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
study.optimize(objective, n_trials=25)
print({name: round(value, 4) for name, value in study.best_params.items()})
chosen = model.set_params(
    reservoir__spectral_radius=study.best_params["radius"],
    reservoir__leak_rate=study.best_params["leak"], readout__alpha=study.best_params["alpha"],
).fit(past)  # fmt: skip
print(error(chosen.forecast(22)))

# %%
# What was tried
# --------------
from reservoir.plotting import SearchDisplay

display = SearchDisplay.from_estimator(
    by_grid, params=["readout__alpha", "reservoir__spectral_radius"]
)
display.figure_
