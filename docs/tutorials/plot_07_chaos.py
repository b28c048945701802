"""
Chaos: precision is horizon
===========================

Errors of a chaotic system grow e-fold in a Lyapunov time: each further digit of the first error
buys 2.3 of them. So the penalty of the readout, and by what it is solved, decide how far a forecast
reaches.
"""

# %%
import warnings

import numpy as np

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import LORENZ63_EXPONENT, lorenz63
from reservoir.metrics import valid_prediction_time

DT = 0.02
x = lorenz63(12_000, dt=DT, random_state=0)
past, unseen = x[:8000], x[8000:].reshape(2, 2000, 3)
reservoir = Reservoir(300, spectral_radius=0.1, bias_scaling=1.0, input_scaling=0.1, random_state=0)


def lyapunov_times(alpha, solver):
    """How long free runs from two unseen starts stay within 0.4 spreads of the truth."""
    model = ESNForecaster(reservoir, RidgeReadout(alpha, solver=solver)).fit(past)
    runs = model.forecast(1800, unseen[:, :200], on_divergence="nan")
    return valid_prediction_time(
        unseen[:, 200:], runs, scale=past.std(), dt=DT, lyapunov_exponent=LORENZ63_EXPONENT
    ).mean()


# %%
# Less penalty, by the Gram matrix and by its triangular factor
# -------------------------------------------------------------
# The Gram matrix squares the condition, and ends at twelve; the factor goes on.
alphas = 10.0 ** np.arange(-4, -27, -4)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the Gram matrix warns that it cannot tell so small alphas
    times = {
        solver: [lyapunov_times(alpha, solver) for alpha in alphas] for solver in ("gram", "qr")
    }
for solver, found in times.items():
    print(solver, np.round(found, 1))

# %%
from matplotlib import pyplot as plt

figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for solver, found in times.items():
    label = {"gram": "Gram matrix", "qr": "triangular factor"}[solver]
    ax.semilogx(alphas, found, "o-", label=label)
ax.set(xlabel="alpha", ylabel="valid time, in Lyapunov times")
ax.invert_xaxis()
ax.legend()

# %%
# Beyond: :doc:`/chaos` has what is done when nothing can be right any more.
