"""Memory, a reservoir at a glance, and fields in space and time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..canvas import COLOURS, Display, axes_of, heatmap, pyplot
from ..diagnostics import MemoryCapacity, memory_capacity
from ..diagnostics.driven import driven, weights_of
from ..topology import eigenvalues
from .connectivity import SpectrumDisplay
from .states import StatesDisplay


class MemoryDisplay(Display):
    """The memory capacity of a reservoir by delay.

    Parameters
    ----------
    memory : MemoryCapacity

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> from reservoir import Reservoir
    >>> from reservoir.plotting import MemoryDisplay
    >>> ring = Reservoir(20, topology="ring", input_scaling=0.01)
    >>> MemoryDisplay.from_estimator(ring).ax_.get_xlabel()
    'steps back'
    """

    def __init__(self, memory: MemoryCapacity) -> None:
        self.memory = memory

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, *, ax: Any = None, **options: Any
    ) -> MemoryDisplay:
        """Measure the memory of the reservoir that an estimator is or holds, and draw it.

        Parameters
        ----------
        estimator, X, **options
            As for `~reservoir.diagnostics.memory_capacity`.
        ax : matplotlib Axes, optional

        Returns
        -------
        display : MemoryDisplay
        """
        return cls(memory_capacity(estimator, X, **options)).plot(ax)

    def plot(self, ax: Any = None) -> MemoryDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self : MemoryDisplay
        """
        return self._drawn(self.memory.plot(ax))


class ReservoirDisplay(Display):
    """A reservoir at a glance: its input, its states, its spectrum and its memory.

    Parameters
    ----------
    inputs : ndarray of shape (T, d)
        What the reservoir is fed.
    states : ndarray of shape (T, N)
    spectrum : ndarray of shape (n,) or None
        Eigenvalues, where the reservoir has a matrix.
    memory : MemoryCapacity

    Attributes
    ----------
    ax_ : ndarray of 4 matplotlib Axes
        Input, states, spectrum, memory.
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np
    >>> from reservoir import Reservoir
    >>> from reservoir.plotting import ReservoirDisplay
    >>> u = np.sin(np.arange(200) / 5)[:, None]
    >>> display = ReservoirDisplay.from_estimator(Reservoir(30, random_state=0), u)
    >>> [ax.get_xlabel() for ax in display.ax_]
    ['step', 'step', 'real part', 'steps back']
    """

    def __init__(
        self, inputs: np.ndarray, states: np.ndarray, spectrum: Any, memory: MemoryCapacity
    ) -> None:
        self.inputs, self.states = inputs, states
        self.spectrum, self.memory = spectrum, memory

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, *, exog: Any = None, n_steps: int = 300
    ) -> ReservoirDisplay:
        """Run the reservoir that an estimator is or holds, measure it, and draw.

        Parameters
        ----------
        estimator : reservoir, ESNRegressor, ESNForecaster, ESNClassifier, pipeline or search
        X : as in ``fit``, optional
            In the estimator's own units; random inputs where None.
        exog : as in ``fit``, optional
        n_steps : int, default=300
            The last ones of `X`, that are drawn.

        Returns
        -------
        display : ReservoirDisplay
        """
        run = driven(estimator, X, exog=exog, n_steps=n_steps)
        states, inputs = run.states()[0], run.items[0]
        try:
            spectrum = eigenvalues(weights_of(run.reservoir))
        except TypeError:  # of no matrix
            spectrum = None
        memory = memory_capacity(run.reservoir)
        return cls(inputs[-n_steps:], states[-n_steps:], spectrum, memory).plot()

    def plot(self) -> ReservoirDisplay:
        """Draw it, on a figure of its own.

        Returns
        -------
        self : ReservoirDisplay
        """
        figure = pyplot().figure(figsize=(10, 6.5), layout="constrained")
        grid = figure.add_gridspec(3, 4, height_ratios=[0.7, 1.2, 1.4])
        first = figure.add_subplot(grid[0, :])
        second = figure.add_subplot(grid[1, :], sharex=first)
        third, fourth = figure.add_subplot(grid[2, :2]), figure.add_subplot(grid[2, 2:])
        for k, column in enumerate(self.inputs.T[: len(COLOURS)]):
            first.plot(column, color=COLOURS[k], lw=1.2)
        first.set(xlabel="step", ylabel="input", title="what it is fed")
        StatesDisplay(self.states).plot_heatmap(second)
        second.set_title("states, each unit's mean taken off")
        if self.spectrum is None:
            third.set_axis_off()
            third.set_title("no matrix of weights")
        else:
            SpectrumDisplay(self.spectrum).plot(third)
        self.memory.plot(fourth)
        return self._drawn(np.array([first, second, third, fourth]))


class SpaceTimeDisplay(Display):
    """A field over space and time; of a forecast, the truth and the error beside it.

    Parameters
    ----------
    fields : dict of str to ndarray of shape (T, d)
        Drawn one below the other; the error, where there is a truth, last.
    dt : float, default=1.0
        Duration of a step.
    dx : float, default=1.0
        Distance of neighbouring places.

    Attributes
    ----------
    ax_ : ndarray of matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np
    >>> from reservoir.plotting import SpaceTimeDisplay
    >>> field = np.random.default_rng(0).normal(size=(100, 16))
    >>> display = SpaceTimeDisplay.from_predictions(field, field + 0.1)
    >>> [ax.get_title() for ax in display.ax_]
    ['what came', 'forecast', 'error']
    """

    def __init__(self, fields: dict[str, np.ndarray], *, dt: float = 1.0, dx: float = 1.0) -> None:
        self.fields, self.dt, self.dx = fields, dt, dx

    @classmethod
    def from_predictions(
        cls, y_true: Any, y_pred: Any = None, *, dt: float = 1.0, dx: float = 1.0
    ) -> SpaceTimeDisplay:
        """Draw a field, and a forecast of it.

        Parameters
        ----------
        y_true : array-like of shape (T, d)
        y_pred : array-like of shape (T, d), optional
        dt, dx : float, default=1.0
            Of a step in time and in space.

        Returns
        -------
        display : SpaceTimeDisplay
        """
        truth = np.asarray(y_true, dtype=float)
        fields = {"what came": truth}
        if y_pred is not None:
            forecast = np.asarray(y_pred, dtype=float)
            if forecast.shape != truth.shape:
                raise ValueError(
                    f"y_true and y_pred must have one shape; got {truth.shape} and "
                    f"{forecast.shape}."
                )
            fields |= {"forecast": forecast, "error": forecast - truth}
        return cls(fields, dt=dt, dx=dx).plot()

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, *, dt: float = 1.0, dx: float = 1.0, **options: Any
    ) -> SpaceTimeDisplay:
        """Forecast from the end of the training, and draw it beside what came.

        Parameters
        ----------
        estimator : forecaster
            Fitted on one series, of a field.
        X : array-like of shape (T, d)
            What came.
        dt, dx
            As for `from_predictions`.
        **options
            Of ``forecast``.

        Returns
        -------
        display : SpaceTimeDisplay
        """
        return cls.from_predictions(X, estimator.forecast(len(X), **options), dt=dt, dx=dx)

    def plot(self) -> SpaceTimeDisplay:
        """Draw it, on a figure of its own.

        Returns
        -------
        self : SpaceTimeDisplay
        """
        size = (8, 0.6 + 1.7 * len(self.fields))
        axes = axes_of(None, nrows=len(self.fields), sharex=True, squeeze=False, figsize=size)
        for (name, field), ax in zip(self.fields.items(), axes[:, 0], strict=True):
            n_steps, n_places = field.shape
            extent = (0, n_steps * self.dt, 0, n_places * self.dx)
            heatmap(ax, field.T, "value", extent=extent, origin="lower")
            ax.set(title=name, ylabel="place")
        axes[-1, 0].set_xlabel("step" if self.dt == 1.0 else "time")
        return self._drawn(axes[:, 0])
