"""Echo state networks that forecast: they learn the next step and then run freely."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..checks import check_count, tell_ignored
from ..estimator import Estimator
from ..frames import Frame, as_column, check_goes_on
from ..layouts import tell_layout
from ..outliers import as_seen, ends_of
from ..readouts import FREE_RUN, RidgeReadout, weighted_r2
from ..reservoirs import BlockReservoir
from ..sequences import Sequences, check_sequences, form_of
from .bands import BandsMixin, Calibration
from .exogenous import Exogenous, check_exog, names_of
from .gaps import Filled, check_gaps, parted
from .intake import IntakeMixin
from .knowledge import KnowledgeMixin
from .learning import LearningMixin
from .levels import Levels, as_arrays, check_bounds, check_lags, pad
from .network import Network, check_cold
from .parts import DefaultParts
from .regressor import PARTS
from .resolving import ResolvingMixin
from .rolling import RollingMixin
from .two_sided import passes_of, smoothed_by

#: Input steps below which free runs have too little to choose alpha by.
LEAST_ROWS = 24
#: What a scaler or transformer can do.
BOTH_WAYS = ["fit", "transform", "inverse_transform"]


class ESNForecaster(
    LearningMixin, IntakeMixin, KnowledgeMixin, DefaultParts, ResolvingMixin, BandsMixin,
    RollingMixin, Estimator,
):  # fmt: skip
    r"""Echo state network that forecasts series: it learns the next step, then runs freely.

    Every feature is transformed and differenced, if asked, and scaled by its training part. The
    network is trained to give the next step of the result, :math:`z_{t+1}`; in `forecast` its
    outputs are its next inputs. What goes in and comes out is in the data's own units.

    .. math:: z_{t+1} = z_t + W_{out} [1; x_t; z_t] \quad\text{with passthrough, else}\quad
        z_{t+1} = W_{out} [1; x_t]

    Parameters
    ----------
    reservoir : Reservoir, default=None
        Anything that obeys the reservoir protocol; ``BlockReservoir()`` where None, of which a half
        remembers and a half bends.
    readout : RidgeReadout, default=None
        Anything that obeys the readout protocol; ``RidgeReadout(alpha="free_run")`` where None:
        that of the evidence, unless another's free runs, from rolling origins in the last part of
        the training series, are twice as good; and one whose free runs stay near the series from
        its end on. That costs about two fits more, or four where differences are tried. Of rows too
        few for free runs, the most likely one, given that it usually is about ten.
    scaler : transformer or "passthrough", default=None
        `~sklearn.preprocessing.StandardScaler` where None; anything with ``transform`` and
        ``inverse_transform``; "passthrough" leaves the data as they are.
    transformer : transformer, default=None
        Applied to the levels, before the differences: what makes the spread of a series even, such
        as ``FunctionTransformer(np.log, np.exp)`` where seasons grow with the level, or
        `~sklearn.preprocessing.PowerTransformer`. Forecasts come back through its
        ``inverse_transform``.
    differences : sequence of int, default=None
        Lags over which the series is differenced in turn: ``(1,)`` removes a trend, ``(52,)`` the
        season of weekly data, ``(1, 52)`` both. None is ``()``, but where alpha is left open too
        and a feature has a trend by the test of Kwiatkowski, Phillips, Schmidt & Shin (1992), at
        1 %: ``(1,)``, unless its free runs are twice as far off; and where a feature has a season
        of m rows, by its dates or its autocorrelation: ``(m,)``, if its free runs are better. Of
        24 rows or fewer, the test alone decides. ``levels_.lags`` tells.
    passthrough : bool, default=True
        Whether the readout sees the input beside the states. What is solved for is then the
        increment to the next step: better conditioned, and ridge shrinks it towards no change.
    bounds : tuple (low, high), default=None
        What no forecast goes beyond, in the data's units: ``(0, None)`` for sales, loads, sunshine.
    max_gap : int, default=None
        NaN is what was not seen: what lies between its neighbours, on a line or as in other
        seasons, or, where the network knows rows better than that, its own forecast, which it does
        not train on. A gap of more rows than this is an error; none is where None.
    outliers : {"missing", "keep"}, default="missing"
        What is done, with a warning, with a few values that lie further from all others than twice
        the range of these, as slips and -999 do: taken as not seen, or as they are.
    breaks : {"join", "keep"}, default="join"
        What is done, with a warning, where the level changes at once and for good, by three times
        any other change, as with other units: without exogenous rows, which may be why, those
        before are multiplied, or raised, to stand where those after it do; or they stay.
    model : callable, default=None
        What is known of the system: of rows (n, d) the rows that follow them, in the data's units.
        Its guess goes into reservoir and readout, which learn what it lacks: a hybrid forecast.
    input_noise : float, default=0.0
        Standard deviation, in units of what the network sees, of errors in its own forecasts that
        the readout is made to stand: what keeps the loops of many features on the attractor. No
        noise is drawn; what that of the last four steps would come to is a penalty on the readout,
        by exact derivatives. 1e-3 is a place to start from.
    verbose : int, default=0
        Whether long fits and free runs tell how many steps they have taken.
    random_state : int, RandomState, Generator or None, default=None
        Seeds the parts that have no ``random_state`` of their own.

    Attributes
    ----------
    regressor_ : Network
        The network on the differenced and scaled series; it holds ``reservoir_`` and ``readout_``.
    levels_ : Levels
        How the data become what the network sees, and back: ``scaler_`` and ``transformer_``.
    scaler_ : transformer
    transformer_ : transformer or None
    exogenous_ : Exogenous
        How exogenous rows become what the network sees.
    history_ : list of K ndarray of shape (1 + sum(differences), `n_features_in_`)
        The last rows of each training series.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Jaeger & Haas (2004), Harnessing nonlinearity, Science 304; Box & Jenkins (1970), Time series
    analysis, for the differences; Wikner, Harvey, Girvan, Hunt, Pomerance, Antonsen & Ott (2024),
    Stabilizing machine learning prediction of dynamics, Neural Networks 170, for `input_noise`.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ESNForecaster, Reservoir
    >>> x = np.sin(np.arange(520) * 0.2).reshape(-1, 1)
    >>> model = ESNForecaster(random_state=0).fit(x[:500])
    >>> bool(abs(model.forecast(20) - x[500:]).max() < 0.01)
    True
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **PARTS,
        "scaler": [HasMethods(BOTH_WAYS), StrOptions({"passthrough"}), None],
        "transformer": [HasMethods(BOTH_WAYS), None],
        "differences": ["array-like", None],
        "bounds": [tuple, list, None],
        "max_gap": [Interval(Integral, 0, None, closed="left"), None],
        "outliers": [StrOptions({"missing", "keep"})],
        "breaks": [StrOptions({"join", "keep"})],
        "model": [callable, None],
        "input_noise": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        reservoir: Any = None,
        readout: Any = None,
        *,
        scaler: Any = None,
        transformer: Any = None,
        differences: Sequence[int] | None = None,
        passthrough: bool = True,
        bounds: tuple[float | None, float | None] | None = None,
        max_gap: int | None = None,
        outliers: str = "missing",
        breaks: str = "join",
        model: Callable[[np.ndarray], np.ndarray] | None = None,
        input_noise: float = 0.0,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.reservoir = reservoir
        self.readout = readout
        self.scaler = scaler
        self.transformer = transformer
        self.differences = differences
        self.passthrough = passthrough
        self.bounds = bounds
        self.max_gap = max_gap
        self.outliers = outliers
        self.breaks = breaks
        self.model = model
        self.input_noise = input_noise
        self.verbose = verbose
        self.random_state = random_state

    @property
    def regressor_(self) -> Network:
        """The network on the differenced and scaled series."""
        return self.network_

    @property
    def scaler_(self) -> Any:
        """The scaler, fitted."""
        return self.levels_.scaler

    @property
    def transformer_(self) -> Any:
        """The transformer, fitted, or None."""
        return self.levels_.transformer

    @all_or_nothing
    def fit(self, X: Any, y: Any = None, *, exog: Any = None) -> ESNForecaster:
        """Learn to give the next step of `X`.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
            NaN is what was not seen.
        y : ignored; a column of a frame with a warning
        exog : as `X`, with any number of columns, optional
            What else is known of every step, before it comes: a calendar, a plan, the weather
            forecast. Row t helps to forecast row t of `X`. It is differenced over the same lags as
            the series, and scaled; dates of frames must match. A column that is constant in each
            of several series is a parameter of theirs, such as a place's height: not differenced,
            and shown at a fifth, so that values between and beyond those seen can be asked for.

        Returns
        -------
        self : ESNForecaster

        Raises
        ------
        ValueError
            If a parameter is out of its range, or `X` is not finite or too short, or `exog` does
            not match it.
        """
        tell_ignored(self, y)
        return self.fit_from(X, exog)

    def fit_from(self, X: Any, exog: Any = None, start: Filled | None = None) -> ESNForecaster:
        """Fit; where `X` has gaps, `start` may be what another forecaster's `through_gaps` gave."""
        sequences, outside = self._taken_in(X, exog)
        (known, known_exog), (open_end, coming_exog) = parted(sequences, outside, self._least)
        filled = self._filled(known, known_exog, start) if check_gaps(known, None) else None
        self.fit_checked(known, known_exog, names_of(exog), filled)
        self._walk_on(open_end, coming_exog)
        if sequences.form == "series":  # copies, but of what lies on a disk
            both = sequences.items[0], None if outside is None else outside[0]
            own = [x if x is None or isinstance(x, np.memmap) else x.copy() for x in both]
            self._training = own[0], own[1]
        return self

    def through_gaps(self, X: Any, exog: Any = None) -> Filled | None:
        """Return series with the gaps within them as a fit would fill them, None without any."""
        model = clone(self)
        sequences, outside = model._taken_in(X, exog)
        known, beside = parted(sequences, outside, model._least)[0]
        return model._filled(known, beside) if check_gaps(known, None) else None

    @property
    def _least(self) -> int:
        """Rows that a series has at least."""
        return sum(check_lags(self.differences)) + 3

    def _taken_in(self, X: Any, exog: Any) -> tuple[Sequences, list[np.ndarray] | None]:
        """Return the series of a fit, and their exogenous rows, checked."""
        self._validate_params()
        self._frame = Frame.of(X)
        sequences = check_sequences(
            self, as_column(X), reset=True, min_steps=self._least, regular=True, gaps=True
        )
        tell_layout(sequences, "forecaster", stacklevel=6)
        told, within = exog is not None, check_bounds(self.bounds)
        sequences = as_seen(sequences, X, self.outliers, 5, "X", told, None, self.breaks, within)
        check_gaps(sequences, self.max_gap, self._frame.index)
        return sequences, check_exog(exog, sequences, self._frame.index)

    def fit_checked(
        self, sequences: Sequences, outside: Any, exog_names: Any = None,
        filled: Filled | None = None,
    ) -> ESNForecaster:  # fmt: skip
        """Fit on series, and exogenous rows or None, that were validated.

        Where some rows were not seen, `filled` are the series whose gaps are filled.
        """
        items = sequences.items
        whole = items if filled is None else filled.items
        learned = replace(sequences, items=whole) if filled and filled.believed else sequences
        tried = learned if filled and filled.needed else sequences
        lags, trial = self._settled(tried, whole, outside)
        self.levels_, levels = Levels.fitted(
            whole, lags=lags, transformer=self.transformer, scaler=self.scaler,
            bounds=check_bounds(self.bounds, items),
            unseen=None if learned.items is whole else items,
        )  # fmt: skip
        self._calibrations: dict[int, Calibration] = {}
        self._training = None
        steps = self._time_columns(sequences, outside, exog_names)
        self.exogenous_ = Exogenous.fitted(
            outside, lags=lags, scaler=self.scaler, names=exog_names, time_columns=steps
        )
        self._remember(whole, learned.items)
        self._usual = ends_of(items)
        self._train(learned, levels, outside, trial)
        return self

    @all_or_nothing
    def partial_fit(self, X: Any, y: Any = None, *, exog: Any = None) -> ESNForecaster:
        """Learn from further steps.

        A series goes on from call to call, and all calls together equal one `fit` on the whole, but
        for the scaler and the transformer, which are of the first call alone. The sequences of a
        panel or list are further ones.

        Parameters
        ----------
        X, exog
            As for `fit`.
        y : ignored

        Returns
        -------
        self : ESNForecaster
        """
        if not hasattr(self, "network_"):
            return self.fit(X, exog=exog)
        check_goes_on(X, self._frame)
        taken = self._checked(X, exog, least=3)
        pairs = self._pairs(taken.sequences, taken.raw, taken.levels, taken.beside)
        self.exogenous_ = self.exogenous_.going_on(taken.outside)
        self.network_ = self._hardened(self.network_.absorb(*pairs, partial=True), pairs[0])
        self._calibrations, self._training = {}, None
        self._remember(taken.wholes, taken.raw)
        self._usual = ends_of([self._usual, *taken.raw])
        self._frame = Frame.of(X)
        return self

    def _defaults(self) -> dict[str, Any]:
        return {"reservoir": BlockReservoir, "readout": partial(RidgeReadout, FREE_RUN)}

    def _remember(self, wholes: Sequence[np.ndarray], raw: Sequence[np.ndarray]) -> None:
        """Keep what a forecast goes on from, gaps filled, and as it was seen."""
        reach = self.levels_.reach
        self.history_, self._raw_history = (
            [np.array(x[len(x) - reach :], dtype=float) for x in items] for items in (wholes, raw)
        )

    def _derived(self) -> None:
        """Forget the bands of the network that this was derived from."""
        self._calibrations = {}

    def predict(
        self, X: Any, *, exog: Any = None, initial_state: Any = "last", cold: str = "nan"
    ) -> Any:
        """Return the forecast of every row of `X` from the rows before it, in the form of `X`.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        exog : as `X`, optional
            As at fit.
        initial_state : {"last", "zero"} or array-like of shape (N,) or (K, N), default="last"
            "last": after a fit on one series, `X` is its continuation, as in a test fold of
            `~sklearn.model_selection.TimeSeriesSplit`; all else starts afresh, from zero.
        cold : {"nan", "keep"}, default="nan"
            What stands in the rows of a fresh start whose past the network does not know yet, the
            washout: NaN, or what it says all the same, and may be far off.

        Returns
        -------
        y : as `X`
            Where a series starts afresh, its first ``1 + sum(differences)`` rows are NaN, and the
            washout after them.

        Raises
        ------
        ValueError
            If `X` is not finite, of another width, or too short to be differenced.
        """
        check_is_fitted(self)
        check_cold(cold)
        initial_state = self._placed(X, initial_state)
        taken = self._checked(X, exog, least=2, initial_state=initial_state)
        sequences = taken.sequences
        foreseen = self.foreseen(sequences.form, taken.levels, taken.beside, initial_state)
        predicted = [pad(x, len(item)) for x, item in zip(foreseen, sequences.items, strict=True)]
        if cold == "nan" and self.network_.is_cold(sequences.form, initial_state):
            for rows in predicted:
                rows[: self.levels_.reach + self.network_.washout_] = np.nan
        return Frame.of(X).of_rows(sequences.restore(predicted))

    def forecast(
        self,
        n_steps: int,
        context: Any = None,
        *,
        exog: Any = None,
        context_exog: Any = None,
        quantiles: Any = None,
        on_divergence: str = "raise",
    ) -> Any:
        """Forecast the coming steps: a closed loop, each output the next input.

        Parameters
        ----------
        n_steps : int
            How many, ≥ 1.
        context : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays, optional
            What precedes the forecast, the training series where None; a batch of contexts runs at
            once. The network runs through it from the zero state. A context that is shorter than
            the washout follows the rows of the training that its dates go on from; without dates,
            what came before the stretch of the training that is most like it, with a warning.
        exog : array-like of shape (n_steps, e) or (K, n_steps, e), optional
            Of the coming steps, where `fit` was given some.
        context_exog : as `context`, optional
            Of the steps of `context`.
        quantiles : sequence of float, optional
            Deprecated: `forecast_quantiles` gives bands.
        on_divergence : {"raise", "nan", "clip"}, default="raise"
            What to do where the loop leaves the training data, differenced where asked, by ten
            times their range: raise an error, or warn and answer NaN from that step on, or hold the
            loop within that.

        Returns
        -------
        forecast : (n_steps, d) or (K, n_steps, d) array, or list of (n_steps, d) arrays
            In the form of the context. After a pandas frame or series whose index has a frequency,
            one that carries it on.

        Raises
        ------
        ValueError
            If `n_steps` < 1, `context` is not finite, of another width, or too short to be
            differenced, `exog` does not match, or the loop diverges.
        """
        run = self._run(n_steps, context, exog, context_exog, on_divergence)
        if quantiles is None:
            return run.answer(run.forecasts)
        warnings.warn(
            "forecast(..., quantiles=...) goes in the next release: forecast_quantiles(...) gives "
            "the bands, forecast(...) the forecast.",
            FutureWarning, stacklevel=2,
        )  # fmt: skip
        return run.answer(run.forecasts), [run.answer(b) for b in self._bands(run, quantiles)]

    def smooth(self, X: Any = None, *, exog: Any = None, n_passes: int = 2) -> Any:
        """Return series without their noise, and their gaps filled, from both sides of every row.

        By two networks of these settings that are trained on `X` anew, one forward and one
        backward: `ESNSmoother`, which also tells how much noise there is, and smooths others.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays, optional
            The training series where None.
        exog : as `X`, optional
        n_passes : int, default=2

        Returns
        -------
        smoothed : as `X`
            NaN where neither side knows enough.
        """
        check_is_fitted(self)
        X = self.training_series() if X is None else X
        if X is None:
            raise ValueError("smooth needs X: the training series is kept of a fit on one alone.")
        frame = Frame.of(X)
        sequences = check_sequences(self, self._column(X), reset=False, regular=True, gaps=True)
        sequences = as_seen(sequences, X, self.outliers, stacklevel=2)
        outside = self.exogenous_.checked(exog, sequences, frame.index)
        n_passes = check_count(n_passes, "n_passes")
        passes = passes_of(self, sequences.items, outside, n_passes)
        return frame.of_rows(sequences.restore(smoothed_by(passes, sequences.items, outside)))

    def score(self, X: Any, y: Any = None, *, exog: Any = None) -> float:
        """Return R² of one-step forecasts, which says nothing of how far the loop can be trusted.

        `~reservoir.model_selection.make_forecast_scorer` scores free runs.

        Parameters
        ----------
        X, exog : as for `predict`
        y : ignored

        Returns
        -------
        score : float
            Over every row that has a forecast, but the washout of the series that start afresh.
        """
        check_is_fitted(self)
        proceeds = self.network_.goes_on(form_of(X), self._placed(X, "last"))
        first = 0 if proceeds else self.network_.washout_ + self.levels_.reach
        predicted = as_arrays(self.predict(X, exog=exog), form_of(X))
        sequences = check_sequences(self, self._column(X), reset=False, gaps=True)
        truths = as_seen(sequences, X, self.outliers, stacklevel=2).items
        if max(map(len, truths)) <= first:
            raise ValueError(
                f"X must have more than {first} steps to be scored, the washout among them; "
                f"got {max(map(len, truths))}."
            )
        targets = [truth[first:] for truth in truths]
        weights = [(~np.isnan(target).any(axis=1)).astype(float) for target in targets]
        return weighted_r2(targets, [p[first:] for p in predicted], weights)
