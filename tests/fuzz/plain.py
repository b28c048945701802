"""Echo state networks as the papers write them, in plain NumPy: no block, no sum, no shortcut."""

import numpy as np

ACTIVATIONS = {
    "tanh": np.tanh,
    "identity": lambda x: x,
    "relu": lambda x: np.maximum(x, 0.0),
    "sigmoid": lambda x: 1.0 / (1.0 + np.exp(-x)),
}


def step(reservoir, x, u):
    """Lukoševičius (2012), equations 2 and 3."""
    W = reservoir.W_.toarray() if hasattr(reservoir.W_, "toarray") else reservoir.W_
    leak, f = reservoir.leak_rate_, ACTIVATIONS[reservoir.activation]
    return (1 - leak) * x + leak * f(W @ x + reservoir.W_in_ @ u + reservoir.bias_)


def states(reservoir, u, x=None):
    """All states (T, N) of one series."""
    x = np.zeros(len(reservoir.bias_)) if x is None else x
    found = []
    for row in u:
        x = step(reservoir, x, row)
        found.append(x)
    return np.array(found).reshape(-1, len(x))


def ridge(rows, targets, alpha, weight=None, fit_intercept=True):
    """Coefficients (N, m) and intercept by least squares on rows with the penalty below them."""
    weight = np.ones(len(rows)) if weight is None else weight
    mean_x, mean_y = np.zeros(rows.shape[1]), np.zeros(targets.shape[1])
    if fit_intercept:
        mean_x, mean_y = (np.average(part, axis=0, weights=weight) for part in (rows, targets))
    root = np.sqrt(weight)[:, None]
    penalty = np.sqrt(alpha) * np.eye(rows.shape[1])
    above = np.vstack([root * (rows - mean_x), penalty])
    below = np.vstack([root * (targets - mean_y), np.zeros((len(penalty), targets.shape[1]))])
    coef = np.linalg.lstsq(above, below, rcond=None)[0]
    return coef, mean_y - mean_x @ coef


def difference(x, lags):
    for lag in lags:
        x = x[lag:] - x[:-lag]
    return x


def undifference(x, coming, lags):
    """Levels of coming differences, after the series x."""
    if not lags:
        return coming
    inner = undifference(difference(x, lags[:1]), coming, lags[1:])
    levels = list(x)
    for row in inner:
        levels.append(row + levels[-lags[0]])
    return np.array(levels[len(x) :])
