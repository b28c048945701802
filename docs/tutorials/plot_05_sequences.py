"""
Classifying sequences
=====================

`ESNClassifier` takes a panel, or a list of sequences of unlike length, and needs no tuning. It
reads the series and its differences at several lags, and sums up what the units do.
"""

# %%
# Three kinds of motion
# ---------------------
# Of unlike length, and with a phase of their own.
import numpy as np

rng = np.random.default_rng(0)


def motion(kind):
    t = np.arange(rng.integers(80, 150)) + rng.uniform(0, 100)
    wave = {
        "sine": np.sin(0.3 * t), "square": np.sign(np.sin(0.3 * t)),
        "triangle": 2 / np.pi * np.arcsin(np.sin(0.3 * t)),
    }[kind]  # fmt: skip
    return (wave + 0.4 * rng.normal(size=len(t)))[:, None]


kinds = np.resize(["sine", "square", "triangle"], 240)
X = [motion(kind) for kind in kinds]

# %%
# Fit and score
# -------------
from reservoir import ESNClassifier

model = ESNClassifier(random_state=0).fit(X[:120], kinds[:120])
print("accuracy", model.score(X[120:], kinds[120:]))
print(model.predict(X[120:124]), kinds[120:124])
print(model.predict_proba(X[120:122]).round(2))

# %%
# Which are mixed up
# ------------------
from matplotlib import pyplot as plt
from sklearn.metrics import ConfusionMatrixDisplay

figure, ax = plt.subplots(figsize=(4.5, 4))
ConfusionMatrixDisplay.from_predictions(
    kinds[120:], model.predict(X[120:]), ax=ax, colorbar=False, cmap="Blues"
)

# %%
# A label for every step
# ----------------------
# Targets of as many rows as the sequence: here, which of two speeds a wave has.
speed = np.repeat(rng.permutation(np.resize([0.2, 0.35], 40)), 50)
x = np.sin(np.cumsum(speed))[:, None] + 0.1 * rng.normal(size=(2000, 1))
steps = ESNClassifier(random_state=0).fit(x[:1500], speed[:1500] > 0.3)
print("steps", round(steps.score(x[1500:], speed[1500:] > 0.3), 2))
