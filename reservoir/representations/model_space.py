"""Sequences as models of how their states move, or of what they tell of the inputs."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from .base import Representation

#: Values of batched systems that are solved at a time.
BATCH = 2**24


class ReservoirModelSpace(Representation):
    r"""How the states of a sequence move: the ridge regression of each state on the one before.

    .. math:: h_{t+1} = W h_t + w, \qquad \text{row} = [\mathrm{vec}(W); w]

    All sequences are solved as one batch. It has N (N + 1) columns, so that the states are reduced
    first: ``make_pipeline(StepwiseTransformer(PCA(30)), ReservoirModelSpace())``.

    Parameters
    ----------
    alpha : float, default=1.0
        Penalty > 0 of every regression; w is not penalised.
    washout : int, default=0
        First steps of every sequence that are left out.

    Attributes
    ----------
    n_features_in_ : int

    References
    ----------
    Bianchi, Scardapane, Løkse & Jenssen (2020), Reservoir computing approaches for representation
    and classification of multivariate time series, IEEE TNNLS 32, equations 16 and 17.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ReservoirModelSpace
    >>> halved = 0.5 ** np.arange(9.0).reshape(1, -1, 1)
    >>> ReservoirModelSpace(alpha=1e-9).fit_transform(halved).round(3)
    array([[0.5, 0. ]])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **Representation._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="neither")],
    }
    _least = 2

    def __init__(self, *, alpha: float = 1.0, washout: int = 0) -> None:
        self.alpha = alpha
        self.washout = washout

    def _pairs(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what is regressed on, and what is regressed."""
        return x[:-1], x[1:]

    def _plain(self, states: list[np.ndarray]) -> np.ndarray:
        n = self._pairs(states[0][:2])[0].shape[1]
        size = max(1, BATCH // n**2)
        batches = (states[k : k + size] for k in range(0, len(states), size))
        return np.concatenate([self._models(batch) for batch in batches])

    def _models(self, states: list[np.ndarray]) -> np.ndarray:
        grams, crosses, means = [], [], []
        for x in states:
            h, target = self._pairs(np.asarray(x, dtype=float))
            h_mean, mean = h.mean(axis=0), target.mean(axis=0)
            h = h - h_mean
            grams.append(h.T @ h)
            crosses.append(h.T @ target)
            means.append((h_mean, mean))
        system = np.stack(grams)
        system += self.alpha * np.eye(system.shape[1])
        W = np.linalg.solve(system, np.stack(crosses)).transpose(0, 2, 1)
        h_means, target_means = (np.stack(part) for part in zip(*means, strict=True))
        shifts = target_means - np.einsum("kmn,kn->km", W, h_means)
        return np.hstack([W.reshape(len(W), -1), shifts])

    def _running(self, x: np.ndarray) -> np.ndarray:
        rows = self._plain([x[: t + 1] for t in range(1, len(x))])
        return np.vstack([rows[:1], rows])  # of one step alone there is no model


class OutputModelSpace(ReservoirModelSpace):
    r"""How the states of a sequence tell its next inputs: the ridge regression on them.

    .. math:: u_{t+1} = W h_t + w, \qquad \text{row} = [\mathrm{vec}(W); w]

    Parameters
    ----------
    n_outputs : int, default=1
        So many last columns of `X` are the inputs u, those before them the states h; an
        `ESNClassifier` puts them together by itself.
    alpha : float, default=1.0
        Penalty > 0 of every regression; w is not penalised.
    washout : int, default=0
        First steps of every sequence that are left out.

    Attributes
    ----------
    n_features_in_ : int

    References
    ----------
    Bianchi, Scardapane, Løkse & Jenssen (2020), IEEE TNNLS 32, equation 12.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import OutputModelSpace
    >>> u = 0.5 ** np.arange(9.0)
    >>> states_and_inputs = np.stack([2 * u, u], axis=1)[None]
    >>> OutputModelSpace(alpha=1e-9).fit_transform(states_and_inputs).round(3)
    array([[0.25, 0.  ]])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **ReservoirModelSpace._parameter_constraints,
        "n_outputs": [Interval(Integral, 1, None, closed="left")],
    }
    sees_inputs = True

    def __init__(self, n_outputs: int = 1, *, alpha: float = 1.0, washout: int = 0) -> None:
        super().__init__(alpha=alpha, washout=washout)
        self.n_outputs = n_outputs

    def _learn(self, states: list[np.ndarray]) -> None:
        if states[0].shape[1] <= self.n_outputs:
            raise ValueError(
                f"X must have states before its n_outputs={self.n_outputs} inputs; got "
                f"{states[0].shape[1]} columns."
            )

    def _pairs(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return x[:-1, : -self.n_outputs], x[1:, -self.n_outputs :]
