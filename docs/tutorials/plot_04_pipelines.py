"""
Pipelines, stacking, and what a cold start costs
================================================

A `Reservoir` is a transformer: inputs in, states out. Any regressor of scikit-learn can read the
states. What a pipeline cannot do is to remember where the training ended; `ESNRegressor` does.
"""

# %%
from sklearn.ensemble import StackingRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reservoir import ESNRegressor, Reservoir, RidgeReadout
from reservoir.datasets import narma

u, y = narma(3000, random_state=0)
train, test = slice(0, 2000), slice(2000, 3000)

# %%
# In a pipeline
# -------------
# Each call of ``transform`` starts from the zero state: the first rows of the test part are those
# of a cold start.
reservoir = Reservoir(200, input_scaling=0.1, bias_scaling=0.5, random_state=0)
pipeline = make_pipeline(StandardScaler(), reservoir, RidgeReadout(1e-8, washout=100))
pipeline.fit(u[train], y[train])
few = slice(2000, 2050)
print(f"pipeline: R² {pipeline.score(u[test], y[test]):.3f} of 1000 rows, ", end="")
print(f"{r2_score(y[few], pipeline.predict(u[few])):.3f} of the first 50")

# %%
# As one estimator
# ----------------
# The state is carried on from the end of the training, so that no row is lost.
esn = make_pipeline(StandardScaler(), ESNRegressor(reservoir, RidgeReadout(1e-8, washout=100)))
esn.fit(u[train], y[train])
print(f"one estimator: R² {esn.score(u[test], y[test]):.3f} of 1000 rows, ", end="")
print(f"{r2_score(y[few], esn.predict(u[few])):.3f} of the first 50")

# %%
from matplotlib import pyplot as plt

figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ax.plot(y[few], color="0.6", lw=4, label="truth")
ax.plot(pipeline.predict(u[few]), label="pipeline, from the zero state")
ax.plot(esn.predict(u[few]), label="one estimator, going on")
ax.set(xlabel="row of the test part", ylim=(-1, 1.5))
ax.legend(loc="lower right")

# %%
# Other readouts, and stacks
# --------------------------
# Whatever fits rows reads states. In a stack the washout is cut off beforehand.
states = reservoir.fit_transform(StandardScaler().fit(u[train]).transform(u))
stack = StackingRegressor(
    [("ridge", Ridge(1e-8)), ("neighbours", KNeighborsRegressor())], final_estimator=Ridge(), cv=3
)
stack.fit(states[100:2000], y[100:2000])
print(f"stack: R² {stack.score(states[test], y[test]):.3f} of 1000 rows")
