"""
Irregular time
==============

Samples that come when they come. A unit that leaks by the time that has passed, or that is driven
by it, reads them as they are; nothing is resampled.
"""

# %%
import numpy as np

from reservoir import ESNRegressor, LiquidReservoir, Reservoir, RidgeReadout
from reservoir.datasets import lorenz63

rng = np.random.default_rng(0)
steps = np.exp(rng.uniform(np.log(0.01), np.log(0.05), 3000))
fine = lorenz63(int(steps.sum() / 0.001) + 2, dt=0.001, random_state=0)
x = fine[(np.cumsum(steps) / 0.001).astype(int)]
u, z = x[:, :1] / 8, x[:, 2]  # z is to be told from x alone
with_step = np.column_stack([u, steps])
train, test = slice(0, 2400), slice(2400, 3000)

# %%
# Three ways to hear of the step
# ------------------------------
# As one more input; as the exact leak, 1 - exp(-step / time constant); and by liquid units, whose
# time constants move with the input.
options = {"spectral_radius": 0.9, "input_scaling": 0.5, "bias_scaling": 0.5, "random_state": 0}
kinds = {
    "ignored": (Reservoir(200, leak_rate=0.3, **options), u),
    "as an input": (Reservoir(200, leak_rate=0.3, **options), with_step),
    "exact leak": (Reservoir(200, time_constant=(0.01, 0.5), dt=1, **options), with_step),
    "liquid": (LiquidReservoir(200, time_constant=(0.01, 0.5), dt=1, random_state=0), with_step),
}
errors = {}
for name, (reservoir, inputs) in kinds.items():
    model = ESNRegressor(reservoir, RidgeReadout(1e-8, washout=200)).fit(inputs[train], z[train])
    error = np.sqrt(np.mean((np.ravel(model.predict(inputs[test])) - z[test]) ** 2)) / z.std()
    print(f"{name:>12}: NRMSE {error:.4f}")
    errors[name] = error

# %%
from matplotlib import pyplot as plt

figure, ax = plt.subplots(figsize=(6, 2.4), layout="constrained")
ax.barh(list(errors), list(errors.values()), color="#0072B2")
ax.invert_yaxis()
ax.set(xlabel="NRMSE of z, from x alone")
