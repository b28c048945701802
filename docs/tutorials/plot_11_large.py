"""
More data than memory holds
===========================

What a fit keeps is a matrix of sums, not the states. So chunks may come one after the other, and
parts of the data may be summed up on other machines.
"""

# %%
# From a disk
# -----------
# A memory map is read block by block.
import tempfile
from pathlib import Path

import numpy as np

from reservoir import ESNRegressor, Reservoir, RidgeReadout

rng = np.random.default_rng(0)
path = Path(tempfile.mkdtemp()) / "inputs.npy"
whole = np.lib.format.open_memmap(path, mode="w+", dtype=float, shape=(40_000, 1))
whole[:] = rng.uniform(-1, 1, whole.shape)
u = np.load(path, mmap_mode="r")
y = np.convolve(u[:, 0], [0.0, 0.5, 0.3])[:40_000]
model = ESNRegressor(Reservoir(100, random_state=0), RidgeReadout(1e-6, washout=100))
print("R²", round(model.fit(u[:30_000], y[:30_000]).score(u[30_000:], y[30_000:]), 4))

# %%
# Chunk by chunk
# --------------
# ``partial_fit`` goes on where the last call ended, and all calls together equal one fit.
chunked = ESNRegressor(Reservoir(100, random_state=0), RidgeReadout(1e-6, washout=100))
for start in range(0, 30_000, 5000):
    chunked.partial_fit(u[start : start + 5000], y[start : start + 5000])
difference = np.abs(chunked.predict(u[30_000:30_100]) - model.predict(u[30_000:30_100])).max()
print("differs by", f"{difference:.0e}")

# %%
from matplotlib import pyplot as plt

figure, ax = plt.subplots(figsize=(7, 2.4), layout="constrained")
ax.plot(y[30_000:30_080], color="0.6", lw=4, label="truth")
ax.plot(chunked.predict(u[30_000:30_080]), label="learned chunk by chunk")
ax.set(xlabel="row after the last chunk")
ax.legend()

# %%
# In parts, on other machines
# ---------------------------
# Each part is a sum; sums are added. ``n_jobs`` shares sequences out over processes, by joblib, and
# so by Dask where ``joblib.parallel_config("dask")`` is set.
parts = [(u[a : a + 10_000], y[a : a + 10_000]) for a in (0, 10_000, 20_000)]
fresh = ESNRegressor(Reservoir(100, random_state=0), RidgeReadout(1e-6, washout=100))
total = fresh.statistics([part for part, _ in parts], [target for _, target in parts])
print("R²", round(fresh.fit_statistics(total).score(u[30_000:], y[30_000:]), 4))
