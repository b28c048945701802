"""The recurrent weights as pictures: a matrix, dots, a graph; and their eigenvalues."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee

from ..canvas import COLOURS, Display, axes_of, heatmap, ink
from ..diagnostics.driven import weights_of
from ..topology import eigenvalues

#: Units from which a matrix is drawn as dots, which are all there, and not as an image, which drops
#: rows; units up to which a graph is told apart.
DOTS_FROM, GRAPH_UP_TO = 200, 60


class ConnectivityDisplay(Display):
    """The recurrent weights as a picture: row i holds what unit i receives.

    Parameters
    ----------
    weights : ndarray or sparse matrix of shape (N, N)

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np
    >>> from reservoir import Reservoir
    >>> from reservoir.plotting import ConnectivityDisplay
    >>> reservoir = Reservoir(20, topology="ring").fit(np.ones((5, 1)))
    >>> ConnectivityDisplay.from_estimator(reservoir).ax_.get_xlabel()
    'from unit'
    """

    def __init__(self, weights: Any) -> None:
        self.weights = weights

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, sort: bool = False, ax: Any = None
    ) -> ConnectivityDisplay:
        """Draw the recurrent weights of the fitted reservoir that an estimator is or holds.

        Parameters
        ----------
        estimator : reservoir, ESNRegressor, ESNForecaster, ESNClassifier, pipeline or search
        sort, ax
            As for `plot`.

        Returns
        -------
        display : ConnectivityDisplay
        """
        return cls(weights_of(estimator)).plot(ax, sort=sort)

    def _dense(self) -> np.ndarray:
        return self.weights.toarray() if sp.issparse(self.weights) else np.asarray(self.weights)

    def order(self) -> np.ndarray:
        """Return the units, (N,), module by module: those that are connected stand together."""
        pattern = sp.csr_array(self.weights)
        n_parts, part = connected_components(pattern, connection="weak")
        within = np.argsort(reverse_cuthill_mckee(sp.csr_matrix(abs(pattern) + abs(pattern).T)))
        sizes = np.bincount(part, minlength=n_parts)
        return np.lexsort((within, part, -sizes[part]))

    def plot(self, ax: Any = None, *, sort: bool = False) -> ConnectivityDisplay:
        """Draw the matrix, red for positive and blue for negative weights.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        sort : bool, default=False
            Whether units that are connected are put next to each other, so that modules show.

        Returns
        -------
        self : ConnectivityDisplay
        """
        ax, n_units = axes_of(ax, figsize=(5, 4.2)), self.weights.shape[0]
        order = self.order() if sort else np.arange(n_units)
        if n_units <= DOTS_FROM:
            heatmap(ax, self._dense()[np.ix_(order, order)], "weight", aspect="equal")
        else:
            self._plot_dots(ax, order)
        told = ", modules together" if sort else ""
        ax.set(xlabel=f"from unit{told}", ylabel=f"to unit{told}")
        return self._drawn(ax)

    def _plot_dots(self, ax: Any, order: np.ndarray) -> None:
        """Draw one dot a weight, however many units there are."""
        found, place = sp.coo_array(self.weights), np.argsort(order)
        limit = float(np.abs(found.data).max(initial=0.0)) or 1.0
        size = max(0.2, min(4.0, 2e5 / max(1, found.nnz) / 10))
        dots = ax.scatter(
            place[found.col], place[found.row], c=found.data, s=size, marker="s", lw=0,
            cmap="RdBu_r", vmin=-limit, vmax=limit, rasterized=True,
        )  # fmt: skip
        n_units = self.weights.shape[0]
        ax.set(xlim=(-0.5, n_units - 0.5), ylim=(n_units - 0.5, -0.5), aspect="equal")
        ax.figure.colorbar(dots, ax=ax, label="weight")

    def plot_graph(self, ax: Any = None) -> ConnectivityDisplay:
        """Draw the units on a circle and an arrow for every weight.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self : ConnectivityDisplay

        Raises
        ------
        ValueError
            If there are more than 60 units, which would be a ball of wool.
        """
        n_units = self.weights.shape[0]
        if n_units > GRAPH_UP_TO:
            raise ValueError(
                f"a graph of {n_units} units shows nothing; up to {GRAPH_UP_TO} are drawn. "
                "plot() draws the matrix."
            )
        ax, found = axes_of(ax, figsize=(5, 5)), sp.coo_array(self.weights)
        angle = 2 * np.pi * np.arange(n_units) / n_units
        x, y = np.sin(angle), np.cos(angle)
        largest = float(np.abs(found.data).max(initial=0.0)) or 1.0
        for to, source, weight in zip(found.row, found.col, found.data, strict=True):
            strength = abs(weight) / largest
            arrow = {
                "arrowstyle": "-|>", "color": COLOURS[0] if weight > 0 else COLOURS[1],
                "alpha": 0.2 + 0.8 * strength, "lw": 0.4 + 1.2 * strength, "shrinkA": 4,
                "shrinkB": 4, "connectionstyle": "arc3,rad=0.12",
            }  # fmt: skip
            if to == source:  # a loop stands outside the circle
                ax.plot(1.07 * x[to], 1.07 * y[to], "o", mfc="none", color=arrow["color"], ms=8)
                continue
            ax.annotate("", (x[to], y[to]), (x[source], y[source]), arrowprops=arrow)
        ax.plot(x, y, "o", color=ink(), ms=4)
        ax.set(aspect="equal", xlim=(-1.2, 1.2), ylim=(-1.2, 1.2))
        ax.set_title(f"{n_units} units, {found.nnz} weights (red > 0, blue < 0)")
        ax.axis("off")
        return self._drawn(ax)

    def plot_eigenvalues(self, ax: Any = None) -> ConnectivityDisplay:
        """Draw the eigenvalues of the matrix in the complex plane, with the unit circle.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self : ConnectivityDisplay
        """
        display = SpectrumDisplay(eigenvalues(self._dense())).plot(ax)
        return self._drawn(display.ax_)


class SpectrumDisplay(Display):
    """Eigenvalues in the complex plane, with the unit circle.

    Parameters
    ----------
    eigenvalues : ndarray of shape (N,)

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np
    >>> from reservoir import Reservoir
    >>> from reservoir.plotting import SpectrumDisplay
    >>> reservoir = Reservoir(20, topology="ring").fit(np.ones((5, 1)))
    >>> SpectrumDisplay.from_estimator(reservoir).ax_.get_title()
    'spectral radius 0.9'
    """

    def __init__(self, eigenvalues: np.ndarray) -> None:
        self.eigenvalues = eigenvalues

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None) -> SpectrumDisplay:
        """Draw the eigenvalues of the recurrent weights of a fitted reservoir.

        Parameters
        ----------
        estimator : reservoir, ESNRegressor, ESNForecaster, ESNClassifier, pipeline or search
        ax : matplotlib Axes, optional

        Returns
        -------
        display : SpectrumDisplay
        """
        return cls(eigenvalues(weights_of(estimator))).plot(ax)

    def plot(self, ax: Any = None) -> SpectrumDisplay:
        """Draw them.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self : SpectrumDisplay
        """
        ax = axes_of(ax, figsize=(4.5, 4.5))
        circle = np.exp(2j * np.pi * np.linspace(0, 1, 200))
        ax.plot(circle.real, circle.imag, color=ink(), alpha=0.4, lw=1.0)
        ax.scatter(self.eigenvalues.real, self.eigenvalues.imag, s=12, color=COLOURS[1])
        ax.set(xlabel="real part", ylabel="imaginary part", aspect="equal")
        ax.set_title(f"spectral radius {np.abs(self.eigenvalues).max(initial=0.0):.3g}")
        return self._drawn(ax)
