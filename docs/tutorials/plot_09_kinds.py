"""
Kinds of reservoirs
===================

Structures, compositions and rules have one interface: what fits one fits all, and a grid searches
them.
"""

# %%
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from reservoir import (
    NVAR,
    DeepReservoir,
    ESNRegressor,
    Reservoir,
    ResidualReservoir,
    RidgeReadout,
    SingleNodeReservoir,
)  # fmt: skip
from reservoir.datasets import narma

u, y = narma(1800, random_state=0)
u = (u - 0.25) / 0.145

# %%
# Structures
# ----------
names = ["sparse", "ring", "delay_line_feedback", "orthogonal", "small_world"]
grid = {"reservoir__topology": names}
model = ESNRegressor(
    Reservoir(100, spectral_radius=0.95, input_scaling=0.05, bias_scaling=0.5, random_state=0),
    RidgeReadout(1e-8, washout=100),
)
search = GridSearchCV(model, grid, cv=TimeSeriesSplit(3)).fit(u, y)
for name, score in zip(names, search.cv_results_["mean_test_score"]):
    print(f"{name:>20}: R² {score:.3f}")

# %%
# Rules and compositions
# ----------------------
kinds = {
    "leaky": Reservoir(100, spectral_radius=0.95, input_scaling=0.05, bias_scaling=0.5),
    "residual": ResidualReservoir(100, kept=0.95, input_scaling=0.05, bias_scaling=0.5),
    "deep": DeepReservoir([Reservoir(50), Reservoir(50)], inputs_to_all=True),
    "single node": SingleNodeReservoir(100),
    "NVAR": NVAR(12),
}
model.set_params(random_state=0)
search = GridSearchCV(model, {"reservoir": list(kinds.values())}, cv=TimeSeriesSplit(3))
search.fit(u, y)
for name, score in zip(kinds, search.cv_results_["mean_test_score"]):
    print(f"{name:>20}: R² {score:.3f}")

# %%
# How they are wired
# ------------------
from matplotlib import pyplot as plt

from reservoir.plotting import ConnectivityDisplay

figure, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
for ax, name in zip(axes, ("sparse", "ring", "small_world")):
    ConnectivityDisplay.from_estimator(Reservoir(40, topology=name, random_state=0).fit(u), ax=ax)
    ax.set_title(name)
