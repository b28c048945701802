"""
Washout
=======

A reservoir starts from zero, a state that the series never had. The first states still carry it.
They are left out of training: this is the washout.
"""

# %%
# Train, and look at the first predictions of a series that starts afresh: they are far off until
# the start is forgotten. The grey part is the washout that was measured.
import matplotlib.pyplot as plt
import numpy as np

from reservoir import ESNRegressor, Reservoir, RidgeReadout
from reservoir.datasets import mackey_glass

x = mackey_glass(3000, random_state=0)
esn = ESNRegressor(Reservoir(100, leak_rate=0.5, random_state=0), RidgeReadout(alpha=1e-6))
esn.fit(x[:2500], x[1:2501])
found = esn.predict(x[2500:-1], initial_state="zero")

figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
ax.semilogy(np.abs(found - x[2501:]).ravel())
ax.axvspan(0, esn.washout_, color="0.9")
ax.set(xlabel="steps after a start from zero", ylabel="error of the prediction")
print(f"measured washout: {esn.washout_} steps")

# %%
# ``washout="auto"``, the default, is the number of steps after which runs from extreme states
# coincide, and at most a tenth of the shortest sequence. What *goes on* from the training needs
# none: ``predict`` starts from the state in which the training ended.
