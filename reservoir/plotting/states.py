"""The states of a reservoir over time."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage

from ..canvas import Display, axes_of, heatmap
from ..diagnostics.driven import driven

#: Steps, evenly spread, that units are told alike by; units that are put in order by it.
COMPARED_STEPS, MOST_COMPARED = 2000, 2000


class StatesDisplay(Display):
    """States of reservoir units over time.

    Parameters
    ----------
    states : ndarray of shape (T, N)
    names : sequence of N str, optional

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np
    >>> from reservoir import Reservoir
    >>> from reservoir.plotting import StatesDisplay
    >>> u = np.sin(np.arange(100) / 5).reshape(-1, 1)
    >>> display = StatesDisplay.from_estimator(Reservoir(20, random_state=0), u)
    >>> len(display.ax_.lines)
    8
    """

    def __init__(self, states: np.ndarray) -> None:
        self.states = states

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, *, exog: Any = None, units: Any = 8, ax: Any = None
    ) -> StatesDisplay:
        """Run the reservoir that an estimator is or holds over a series, and draw its states.

        Parameters
        ----------
        estimator : reservoir, ESNRegressor, ESNForecaster, ESNClassifier, pipeline or search
        X : as in ``fit``, optional
            In the estimator's own units; of several series the first is drawn. 200 random inputs
            where None.
        exog : as in ``fit``, optional
        units, ax
            As for `plot`.

        Returns
        -------
        display : StatesDisplay
        """
        return cls(driven(estimator, X, exog=exog, n_steps=200).states()[0]).plot(ax, units=units)

    def plot(self, ax: Any = None, *, units: Any = 8) -> StatesDisplay:
        """Draw one line per unit.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        units : int or sequence of int, default=8
            How many, evenly spread, or which.

        Returns
        -------
        self : StatesDisplay
        """
        ax = axes_of(ax, figsize=(8, 3.5))
        n_units = self.states.shape[1]
        if isinstance(units, (int, np.integer)):
            units = np.linspace(0, n_units - 1, min(int(units), n_units)).astype(int)
        ax.plot(self.states[:, list(units)], linewidth=1.0)
        ax.set(xlabel="step", ylabel="state", xlim=(0, max(1, len(self.states) - 1)))
        ax.set_title(f"{len(units)} of {n_units} units")
        return self._drawn(ax)

    def plot_heatmap(
        self, ax: Any = None, *, center: bool = True, sort: str | None = "similarity"
    ) -> StatesDisplay:
        """Draw all units as a heat map, one row each.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        center : bool, default=True
            Whether each unit's mean is taken off: what its bias makes of it are stripes.
        sort : {"similarity", "time_scale", None}, default="similarity"
            Units that do the same stand together, or the fastest on top; None leaves them.

        Returns
        -------
        self : StatesDisplay
        """
        order, values = self.order(sort), np.asarray(self.states, dtype=float)
        if center:
            values = values - values.mean(axis=0)
        ax = axes_of(ax, figsize=(8, 3.5))
        heatmap(ax, values[:, order].T, "state, less its mean" if center else "state")
        told = {None: "unit", "similarity": "unit, by similarity", "time_scale": "unit, slow ↓"}
        ax.set(xlabel="step", ylabel=told[sort])
        return self._drawn(ax)

    def order(self, sort: str | None) -> np.ndarray:
        """Return the units in the order of a heat map, (N,)."""
        if sort not in ("similarity", "time_scale", None):
            raise ValueError(f"sort must be 'similarity', 'time_scale' or None; got {sort!r}.")
        n_steps, n_units = self.states.shape
        if sort is None or n_units < 3 or n_steps < 3:
            return np.arange(n_units)
        if sort == "time_scale":
            return np.argsort(time_scales(self.states), kind="stable")
        steps = np.linspace(0, n_steps - 1, min(n_steps, COMPARED_STEPS)).astype(int)
        rows = np.asarray(self.states[steps], dtype=float).T
        rows = rows - rows.mean(axis=1, keepdims=True)
        size = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = rows / np.where(size > 0, size, 1.0)
        if n_units > MOST_COMPARED:  # pairs of more would not be held
            return np.argsort(np.linalg.svd(rows, full_matrices=False)[0][:, 0], kind="stable")
        return leaves_list(linkage(rows, "average", optimal_ordering=n_units <= 500))


def time_scales(states: np.ndarray) -> np.ndarray:
    r"""Return how slowly each unit moves, in steps, (N,).

    .. math:: \sqrt{\operatorname{var}(x) / \langle (x_t - x_{t-1})^2 \rangle}

    Zero where a unit does not move.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.plotting.states import time_scales
    >>> t = np.arange(1000)
    >>> time_scales(np.stack([np.sin(t / 10), np.sin(t / 20)], axis=1)).round()
    array([10., 20.])
    """
    steps = np.square(np.diff(states, axis=0)).mean(axis=0)
    moved = steps > 0
    return np.sqrt(np.where(moved, states.var(axis=0) / np.where(moved, steps, 1.0), 0.0))
