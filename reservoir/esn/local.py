"""A field in space, forecast by one small network for all places."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..checks import check_count, tell_ignored
from ..dynamics import walk
from ..estimator import Estimator
from ..frames import Frame
from ..readouts import RidgeReadout, linear_maps
from ..reservoirs import Reservoir
from ..seeds import SEED
from ..sequences import Sequences, Targets, check_sequences
from .learning import hardened
from .network import Network
from .parts import DefaultParts
from .patches import Patches
from .run_in import RunIn, tell_short

#: Times that the spread of one place may be that of another.
UNLIKE = 20.0
#: Ranges by which a free run may leave the training data.
RANGES = 10.0


class LocalForecaster(DefaultParts, Estimator):
    r"""Forecasts a field on a line, ring or grid: patches of it, each by the same small network.

    .. math:: z^{(j)}_{t+1} = z^{(j)}_t + W_{out} [1; x^{(j)}_t; h^{(j)}_t], \qquad
        x^{(j)}_t = F(x^{(j)}_{t-1}, h^{(j)}_t)

    Patch j is told its own places and `overlap` ones on either side, its halo h. All patches share
    one reservoir and one readout, which so learns from all of them: the law is the same everywhere.
    In `forecast` they run freely side by side, as the columns of one batch, and exchange halos
    after every step.

    Parameters
    ----------
    reservoir : Reservoir, default=None
        Of a patch; ``Reservoir(1000, spectral_radius=0.1, input_scaling=0.05)`` where None.
    readout : RidgeReadout, default=None
        ``RidgeReadout(alpha=1e-6)`` where None.
    width : int or tuple of int, default=None
        Places of a patch, a divisor of their number; the largest up to 8 where None. On a grid
        along each axis, up to 2: a network of many inputs needs many units.
    overlap : int or tuple of int, default=None
        Places on either side that a patch is told of; as far as influence reaches in a step: 8
        where None, and 1 on a grid.
    boundary : {"ring", "line"}, default="ring"
        Whether the last place is the neighbour of the first, along each axis. On a line what is
        beyond an end is taken to be as the end.
    symmetry : {"even", "odd", None}, default=None
        Whether the mirrored field obeys the same law as it is, or with its sign turned, as that of
        Kuramoto and Sivashinsky does: then the mirrored patches are learned from too.
    grid : tuple of two ints, default=None
        Rows and columns of a field in the plane, whose features are its places row by row.
    input_noise : float, default=1e-3
        Standard deviation, in spreads of the field, of errors in its own forecasts that the readout
        is made to stand, as of `ESNForecaster`.
    random_state : int, RandomState, Generator or None, default=None

    Attributes
    ----------
    network_ : Network
        Of a patch.
    width_ : int or tuple of int
    patches_ : Patches
        Where they lie.
    mean_, scale_ : float
        Of the field, over all times and places.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Pathak, Hunt, Girvan, Lu & Ott (2018), Model-free prediction of large spatiotemporally chaotic
    systems from data, Physical Review Letters 120; Zimmermann & Parlitz (2018), Observing
    spatio-temporal dynamics of excitable media using reservoir computing, Chaos 28, for grids;
    Wikner et al. (2024), Neural Networks 170.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import LocalForecaster, Reservoir
    >>> t, place = np.arange(400)[:, None], 2 * np.pi * np.arange(16) / 16
    >>> field = np.sin(place - t / 8)  # a wave that goes round
    >>> model = LocalForecaster(Reservoir(60), width=4, overlap=2, random_state=0)
    >>> bool(abs(model.fit(field[:300]).forecast(100) - field[300:]).max() < 0.2)
    True
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "reservoir": [Reservoir, None],
        "readout": [RidgeReadout, None],
        "width": [Interval(Integral, 1, None, closed="left"), tuple, list, None],
        "overlap": [Interval(Integral, 0, None, closed="left"), tuple, list, None],
        "boundary": [StrOptions({"ring", "line"})],
        "symmetry": [StrOptions({"even", "odd"}), None],
        "input_noise": [Interval(Real, 0, None, closed="left")],
        "grid": [tuple, list, None],
        "random_state": SEED,
    }

    def __init__(
        self,
        reservoir: Any = None,
        readout: Any = None,
        *,
        width: Any = None,
        overlap: Any = None,
        boundary: str = "ring",
        symmetry: str | None = None,
        input_noise: float = 1e-3,
        grid: Any = None,
        random_state: Any = None,
    ) -> None:
        self.reservoir = reservoir
        self.readout = readout
        self.width = width
        self.overlap = overlap
        self.boundary = boundary
        self.symmetry = symmetry
        self.input_noise = input_noise
        self.grid = grid
        self.random_state = random_state

    def _defaults(self) -> dict[str, Any]:
        return {
            "reservoir": lambda: Reservoir(1000, spectral_radius=0.1, input_scaling=0.05),
            "readout": lambda: RidgeReadout(1e-6),
        }

    @all_or_nothing
    def fit(self, X: Any, y: Any = None) -> LocalForecaster:
        """Learn to give the next step of every patch.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
            A feature for each place, in the order in which they lie.
        y : ignored; a column of a frame with a warning

        Returns
        -------
        self : LocalForecaster

        Raises
        ------
        ValueError
            If a parameter is out of its range, `width` does not divide the number of places, or `X`
            is not finite or too short.
        """
        self._validate_params()
        tell_ignored(self, y)
        self._frame = Frame.of(X)
        sequences = check_sequences(self, X, reset=True, min_steps=3, regular=True)
        ring = self.boundary == "ring"
        self.patches_ = Patches.of(self._sizes(), self.width, self.overlap, ring)
        widths = self.patches_.widths
        self.width_ = widths if self.grid is not None else widths[0]
        rows = np.concatenate(sequences.items)
        self.mean_, self.scale_ = float(rows.mean()), float(rows.std()) or 1.0
        spreads = rows.std(axis=0)
        if spreads.max() > UNLIKE * spreads.min():
            warnings.warn(
                f"the places differ in spread from {spreads.min():.3g} to {spreads.max():.3g}: one "
                "law for all is for a field. ESNForecaster takes variables of unlike kinds.",
                stacklevel=3,
            )
        scaled = [self._scaled(item) for item in sequences.items]
        self._seen = RunIn.of(scaled, None)
        patches = [patch for item in scaled for patch in self._patches(item)]
        own, turned = self.patches_.own, -1.0 if self.symmetry == "odd" else 1.0
        if self.symmetry is not None:
            patches += [
                turned**n_axes * patch[:, order]
                for n_axes, order in self.patches_.mirrors
                for patch in patches
            ]
        inputs = Sequences("list", [patch[:-1] for patch in patches])
        steps = Targets([np.diff(patch[:, own], axis=0) for patch in patches], False, False)
        network = Network.drawn(
            self.part("reservoir"), self.part("readout"), inputs, passthrough=True,
            random_state=self.random_state,
        ).absorb(inputs, steps)  # fmt: skip
        if self.input_noise:
            n_told = inputs.items[0].shape[1]
            network = hardened(network, inputs.items, self.input_noise, own, n_told, True)
        self.network_ = network
        n_patches = len(self.patches_.told)
        last = slice((len(sequences.items) - 1) * n_patches, len(sequences.items) * n_patches)
        assert network.ends is not None
        self._state = network.ends[:, last]
        self._last = self._scaled(sequences.items[-1][-1])
        return self

    def forecast(self, n_steps: int, context: Any = None) -> Any:
        """Forecast what follows the training series, or others.

        Parameters
        ----------
        n_steps : int
        context : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays, optional
            Series that are continued, the last one of `fit` where None. Together they are one
            batch.

        Returns
        -------
        forecast : ndarray of shape (n_steps, d) or (K, n_steps, d), or list of (n_steps, d) arrays
            In the form of the context; NaN from where a loop diverges.
        """
        check_is_fitted(self)
        n_steps = check_count(n_steps, "n_steps")
        if context is None:
            found = self._run(self._state, self._last[:, None], n_steps)[:, :, 0]
            return self._frame.of_coming_rows(found)
        given = check_sequences(self, context, reset=False, min_steps=2, regular=True)
        z = [self._scaled(item) for item in given.items]
        led = [self._after_the_like(item) for item in z]
        patches = [patch[:-1] for item in led for patch in self._patches(item)]
        rule = self.network_.rule
        state = self.network_.ran(patches, rule.initial_state(len(patches)))
        last = np.stack([item[-1] for item in z], axis=1)
        runs = self._run(state, last, n_steps)
        answers = [np.ascontiguousarray(runs[:, :, k]) for k in range(runs.shape[2])]
        frame = Frame.of(context)
        return frame.of_coming_rows(given.restore(answers))

    def rolling_forecast(self, X: Any, n_steps: int, *, step: int | None = None) -> np.ndarray:
        """Forecast from rolling origins within a series, each from all rows before it.

        Parameters
        ----------
        X : array-like of shape (T, d)
            Any series; its first rows warm the patches up.
        n_steps : int
        step : int, optional
            Rows from origin to origin; `n_steps` where None.

        Returns
        -------
        forecasts : ndarray of shape (n_origins, n_steps, d)
            The first begins after the washout, at row ``network_.washout_ + 1``.
        """
        check_is_fitted(self)
        n_steps = check_count(n_steps, "n_steps")
        step = n_steps if step is None else check_count(step, "step")
        item = check_sequences(self, X, reset=False, regular=True).items[0]
        first = self.network_.washout_ + 1
        origins = range(first, len(item) - n_steps + 1, step)
        if not origins:
            raise ValueError(
                f"X must have at least {first + n_steps} rows, the washout among them; it has "
                f"{len(item)}."
            )
        contexts = [item[max(0, origin - 4 * first) : origin] for origin in origins]
        return np.stack(self.forecast(n_steps, contexts))

    def network_inputs(self, X: Any) -> list[np.ndarray]:
        """Return what the network is fed of fields, (T_k, width + 2 halos) a patch, scaled.

        Parameters
        ----------
        X : as for `fit`
        """
        sequences = check_sequences(self, X, reset=False, regular=True)
        return [patch for item in sequences.items for patch in self._patches(self._scaled(item))]

    def _after_the_like(self, rows: np.ndarray) -> np.ndarray:
        """Return a short context behind what led to the stretch of the training most like it."""
        washout = self.network_.washout_
        found = self._seen.before(rows, washout) if len(rows) < washout else None
        if len(rows) < washout and not (found is not None and found.is_same):
            tell_short(len(rows), washout, washout, stacklevel=4)
        return rows if found is None else np.vstack([found.rows, rows])

    def _scaled(self, item: np.ndarray) -> np.ndarray:
        return (item.astype(float) - self.mean_) / self.scale_

    def _run(self, state: np.ndarray, last: np.ndarray, n_steps: int) -> np.ndarray:
        """Run freely from fields (d, K) that follow states (n_state, K patches)."""
        d, n_runs = last.shape
        maps = linear_maps([self.network_.readout])
        assert maps is not None  # of a RidgeReadout
        coef, intercept = maps[0][0], maps[1][0][:, None]
        told, fields = self.patches_.told, np.full((n_steps + 1, d, n_runs), np.nan)
        mine, rise = told[:, self.patches_.own], np.empty((d, n_runs))
        fields[0] = last
        stepper = self.network_.rule.stepper(state)

        def feed(t: int, output: Any, at: np.ndarray) -> bool:
            field = fields[t]
            if not (np.abs(field) < RANGES).any():
                return False
            at[...] = field[told].transpose(1, 2, 0).reshape(told.shape[1], -1)
            return True

        def take(t: int, seen: np.ndarray) -> None:
            of_patches = coef @ seen + intercept  # (width, runs x patches), run by run
            rise[mine] = of_patches.reshape(len(coef), n_runs, -1).transpose(2, 0, 1)
            after = fields[t] + rise
            fields[t + 1] = np.where((np.abs(after) < RANGES).all(axis=0), after, np.nan)

        with np.errstate(over="ignore", invalid="ignore"):
            walk(stepper, n_steps, feed, take)
        return fields[1:] * self.scale_ + self.mean_

    def _sizes(self) -> tuple[int, ...]:
        """Return the places along each axis."""
        d = self.n_features_in_
        if self.grid is None:
            return (d,)
        sizes = tuple(self.grid)
        whole = len(sizes) == 2 and all(isinstance(s, Integral) and int(s) > 0 for s in sizes)
        if not whole or sizes[0] * sizes[1] != d:
            raise ValueError(
                f"grid must be (rows, columns) of the {d} places of X; got {self.grid!r}."
            )
        return (int(sizes[0]), int(sizes[1]))

    def _patches(self, z: np.ndarray) -> list[np.ndarray]:
        """Return what every patch is told of a field (T, d)."""
        return [np.ascontiguousarray(z[:, places]) for places in self.patches_.told]
