"""
Closed form, and what follows from it
=====================================

Only the readout is learned, by ridge regression: the one best answer, found without iterations.
All it needs are two sums over the steps, of products of the states with themselves and with the
target.
"""

# %%
# Sums add up. Two machines that saw half of the sequences each find what one finds that saw all.
import matplotlib.pyplot as plt
import numpy as np

from reservoir import ESNRegressor, Reservoir, RidgeReadout
from reservoir.datasets import narma

u, y = narma(3000, random_state=0)
sequences, targets = u[:2000].reshape(4, 500, 1), y[:2000].reshape(4, 500, -1)
esn = ESNRegressor(Reservoir(100, input_scaling=0.1, random_state=0), RidgeReadout(alpha=1e-6))
whole = esn.fit(sequences, targets).readout_.coef_.copy()
parts = [esn.statistics(sequences[k : k + 2], targets[k : k + 2]) for k in (0, 2)]
merged = esn.fit_statistics(sum(parts)).readout_.coef_
print(
    f"largest difference: {np.abs(merged - whole).max() / np.abs(whole).max():.0e} of the largest"
)

# %%
# The same sums are solved for any alpha, so that a whole path costs hardly more than one fit.
alphas = np.logspace(-10, 3, 27)
errors = []
for alpha in alphas:
    model = esn.resolved(alpha=alpha)
    found = model.predict(u[2000:], initial_state="zero")[100:]
    errors.append(np.sqrt(np.mean((np.ravel(found) - np.ravel(y[2100:])) ** 2)) / y.std())

figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
ax.loglog(alphas, errors, "o-")
ax.set(xlabel="alpha", ylabel="error on unseen steps, in deviations")
