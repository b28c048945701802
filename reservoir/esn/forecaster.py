"""Echo state networks that forecast: they learn the next step and then run freely."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import check_array
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..frames import Frame
from ..readouts import RidgeReadout, weighted_r2
from ..reservoirs import Reservoir
from ..sequences import (
    TOO_LARGE,
    Sequences,
    Targets,
    carried,
    check_count,
    check_sequences,
    difference,
    form_of,
    undifference,
)
from .bands import Calibration, calibrate
from .closed_loop import closed_loop
from .network import Network
from .regressor import PARTS

#: The default of a free run (``benchmarks.defaults``).
RESERVOIR: dict[str, Any] = {
    "spectral_radius": 0.5,
    "leak_rate": 0.3,
    "input_scaling": 0.3,
    "bias_scaling": 1.0,
}


class ESNForecaster(BaseEstimator):
    r"""Echo state network that forecasts series: it learns the next step, then runs freely.

    Every feature is transformed and differenced, if asked, and scaled by its training part. The
    network is trained to give the next step of the result, :math:`z_{t+1}`; in `forecast` its
    outputs are its next inputs. What goes in and comes out is in the data's own units.

    .. math:: z_{t+1} = z_t + W_{out} [1; x_t; z_t] \quad\text{with passthrough, else}\quad
        z_{t+1} = W_{out} [1; x_t]

    Parameters
    ----------
    reservoir : Reservoir, default=None
        Anything that obeys the reservoir protocol; where None, one that does well in free runs:
        ``Reservoir(spectral_radius=0.5, leak_rate=0.3, input_scaling=0.3, bias_scaling=1.0)``.
    readout : RidgeReadout, default=None
        Anything that obeys the readout protocol; ``RidgeReadout(alpha="evidence")`` where None,
        which serves clean and noisy, long and short series.
    scaler : transformer or "passthrough", default=None
        `~sklearn.preprocessing.StandardScaler` where None; anything with ``transform`` and
        ``inverse_transform``; "passthrough" leaves the data as they are.
    transformer : transformer, default=None
        Applied to the levels, before the differences: what makes the spread of a series even, such
        as ``FunctionTransformer(np.log, np.exp)`` where seasons grow with the level, or
        `~sklearn.preprocessing.PowerTransformer`. Forecasts come back through its
        ``inverse_transform``.
    differences : sequence of int, default=()
        Lags over which the series is differenced in turn: ``(1,)`` removes a trend, ``(52,)`` the
        season of weekly data, ``(1, 52)`` both.
    passthrough : bool, default=True
        Whether the readout sees the input beside the states. What is solved for is then the
        increment to the next step: the same model, better conditioned, and ridge regression
        shrinks it towards no change.
    random_state : int, RandomState instance or None, default=None
        Seeds the parts that have no ``random_state`` of their own.

    Attributes
    ----------
    regressor_ : Network
        The network on the differenced and scaled series; it holds ``reservoir_`` and ``readout_``.
    scaler_ : transformer
    transformer_ : transformer or None
    history_ : list of K ndarray of shape (1 + sum(differences), `n_features_in_`)
        The last rows of each training series.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Jaeger & Haas (2004), Harnessing nonlinearity, Science 304; Box & Jenkins (1970), Time series
    analysis, for the differences.

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
        "scaler": [
            HasMethods(["fit", "transform", "inverse_transform"]),
            StrOptions({"passthrough"}),
            None,
        ],
        "transformer": [HasMethods(["fit", "transform", "inverse_transform"]), None],
        "differences": ["array-like"],
    }

    def __init__(
        self,
        reservoir: Any = None,
        readout: Any = None,
        *,
        scaler: Any = None,
        transformer: Any = None,
        differences: Sequence[int] = (),
        passthrough: bool = True,
        random_state: Any = None,
    ) -> None:
        self.reservoir = reservoir
        self.readout = readout
        self.scaler = scaler
        self.transformer = transformer
        self.differences = differences
        self.passthrough = passthrough
        self.random_state = random_state

    @property
    def regressor_(self) -> Network:
        """The network on the differenced and scaled series."""
        return self.network_

    @all_or_nothing
    def fit(self, X: Any, y: Any = None, *, exog: Any = None) -> ESNForecaster:
        """Learn to give the next step of `X`.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        y : ignored
        exog : as `X`, with any number of columns, optional
            What else is known of every step, before it comes: a calendar, a plan, the weather
            forecast. Row t helps to forecast row t of `X`.

        Returns
        -------
        self : ESNForecaster

        Raises
        ------
        ValueError
            If a parameter is out of its range, or `X` is not finite or too short, or `exog` does
            not match it.
        """
        self._validate_params()
        self._lags = check_lags(self.differences)
        sequences = check_sequences(self, X, reset=True, min_steps=sum(self._lags) + 3)
        outside = self._check_exog(exog, sequences, reset=True)
        self.transformer_ = self._fit_transformer(sequences)
        levels = [self._level(item) for item in sequences.items]
        self.scaler_ = self._fit_scaler(levels)
        inputs, targets = self._pairs(sequences, levels, outside)
        network = Network.drawn(
            Reservoir(**RESERVOIR) if self.reservoir is None else self.reservoir,
            RidgeReadout(alpha="evidence") if self.readout is None else self.readout, inputs,
            passthrough=self.passthrough, random_state=self.random_state,
        )  # fmt: skip
        self.network_ = network.absorb(inputs, targets)
        self._calibrations: dict[int, Calibration] = {}
        series = sequences.form == "series"
        self._training = (sequences.items[0], outside and outside[0]) if series else None
        return self._remember(X, sequences.items)

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
        proceeds = self.network_.goes_on(form_of(X))
        least = 1 if proceeds else sum(self._lags) + 3
        sequences = check_sequences(self, X, reset=False, min_steps=least)
        outside = self._check_exog(exog, sequences, reset=False)
        wholes = self._wholes(sequences, proceeds=proceeds)
        levels = [self._level(whole) for whole in wholes]
        pairs = self._pairs(sequences, levels, outside)
        self.network_ = self.network_.absorb(*pairs, partial=True)
        self._calibrations, self._training = {}, None
        return self._remember(X, wholes)

    def _pairs(
        self, sequences: Sequences, levels: Sequence[np.ndarray], outside: Any
    ) -> tuple[Sequences, Targets]:
        """Return the network's inputs and targets, in the form of the data."""
        scaled = [self._scale(level) for level in levels]
        inputs = self._inputs(sequences.form, scaled, outside)
        targets = [z[1:] - z[:-1] if self.passthrough else z[1:] for z in scaled]
        if outside is None:
            inputs = Sequences(inputs.form, inputs.items, sequences.names)
        return inputs, Targets(targets, per_sequence=False, squeeze=False)

    def _remember(self, X: Any, wholes: Sequence[np.ndarray]) -> ESNForecaster:
        """Keep what a forecast goes on from."""
        reach = sum(self._lags) + 1
        self.history_ = [np.array(x[len(x) - reach :], dtype=float) for x in wholes]
        self._frame = Frame.of(X)
        return self

    def _fit_transformer(self, sequences: Sequences) -> Any:
        if self.transformer is None:
            return None
        with np.errstate(all="ignore"):
            return clone(self.transformer).fit(np.concatenate(sequences.items).astype(float))

    def _level(self, x: np.ndarray) -> np.ndarray:
        """Return the transformed series, or the series itself."""
        level = self._transformed(np.asarray(x, dtype=float))
        if self.transformer_ is not None and not np.isfinite(level).all():
            raise ValueError(
                f"transformer={self.transformer!r} must give finite numbers; of X it makes NaN or "
                "infinity. A logarithm needs data above zero."
            )
        return level

    def _transformed(self, x: np.ndarray) -> np.ndarray:
        if self.transformer_ is None:
            return x
        with np.errstate(all="ignore"):
            return np.asarray(self.transformer_.transform(x))

    def _unlevel(self, level: np.ndarray) -> np.ndarray:
        if self.transformer_ is None:
            return level
        with np.errstate(all="ignore"):
            return np.asarray(self.transformer_.inverse_transform(level))

    def _fit_scaler(self, levels: list[np.ndarray]) -> Any:
        together = np.concatenate([difference(level, self._lags) for level in levels])
        if not np.abs(together).max() < TOO_LARGE:
            raise ValueError("X is too large: its squares overflow. Scale the data.")
        if isinstance(self.scaler, str):
            return FunctionTransformer().fit(together)
        return (StandardScaler() if self.scaler is None else clone(self.scaler)).fit(together)

    def _scale(self, level: np.ndarray) -> np.ndarray:
        """Return the differenced and scaled series, (T - sum(lags), d)."""
        scaled = np.asarray(self.scaler_.transform(difference(level, self._lags)), dtype=float)
        if not np.isfinite(scaled).all():
            raise ValueError(
                f"scaler={self.scaler!r} must give finite numbers; of X it makes NaN or infinity."
            )
        return scaled

    def _unscale(self, z: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            return self.scaler_.inverse_transform(z)

    def _check_exog(self, exog: Any, sequences: Sequences, *, reset: bool) -> Any:
        """Return the exogenous rows of every step, or None."""
        items = None if exog is None else _exog_items(exog, sequences)
        n_exog = 0 if items is None else items[0].shape[1]
        if reset:
            self._n_exog = n_exog
        elif n_exog != self._n_exog:
            raise ValueError(
                f"exog must have {self._n_exog or 'no'} columns, as at fit; got {n_exog or 'none'}."
            )
        return items

    def _inputs(self, form: str, scaled: Sequence[np.ndarray], outside: Any) -> Sequences:
        """Return the network's inputs: every step but the last, with the exog of the step after."""
        items = [z[:-1] for z in scaled]
        if outside is not None:
            items = [np.hstack([z, e[len(e) - len(z) :]]) for z, e in zip(items, outside)]
        return Sequences(form, items)

    def resolved(self, **params: Any) -> ESNForecaster:
        """Return the forecaster with its readout solved anew: `ESNRegressor.resolved`.

        Parameters
        ----------
        **params
            Of the readout, such as ``alpha``.

        Returns
        -------
        forecaster : ESNForecaster
            It shares reservoir and statistics with this one, which stays as it is.
        """
        check_is_fitted(self)
        return self._with(self.network_.resolved(params), params)

    def alpha_path(self, alphas: Iterable[Any]) -> list[ESNForecaster]:
        """Return the forecaster once for every alpha of the readout: `ESNRegressor.alpha_path`.

        Parameters
        ----------
        alphas : iterable of float or array-like of shape (d,)

        Returns
        -------
        forecasters : list of ESNForecaster
        """
        check_is_fitted(self)
        alphas = list(alphas)
        networks = self.network_.alpha_path(alphas)
        return [self._with(n, {"alpha": a}) for n, a in zip(networks, alphas, strict=True)]

    def _with(self, network: Network, params: dict[str, Any]) -> ESNForecaster:
        """Return a copy with another network of the same training."""
        other = copy.copy(self)
        other.network_, other._calibrations = network, {}
        readout = RidgeReadout(alpha="evidence") if self.readout is None else clone(self.readout)
        other.readout = readout.set_params(**params)
        return other

    def predict(self, X: Any, *, exog: Any = None, initial_state: Any = "last") -> Any:
        """Return the forecast of every row of `X` from the rows before it, in the form of `X`.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        exog : as `X`, optional
            As at fit.
        initial_state : {"last", "zero"} or array-like of shape (N,) or (K, N), default="last"
            "last": after a fit on one series, `X` is its continuation, as in a test fold of
            `~sklearn.model_selection.TimeSeriesSplit`; all else starts afresh, from zero.

        Returns
        -------
        y : as `X`
            Where a series starts afresh, its first ``1 + sum(differences)`` rows are NaN.

        Raises
        ------
        ValueError
            If `X` is not finite, of another width, or too short to be differenced.
        """
        check_is_fitted(self)
        proceeds = self.network_.goes_on(form_of(X), initial_state)
        least = 1 if proceeds else sum(self._lags) + 2
        sequences = check_sequences(self, X, reset=False, min_steps=least)
        outside = self._check_exog(exog, sequences, reset=False)
        levels = [self._level(whole) for whole in self._wholes(sequences, proceeds=proceeds)]
        scaled = [self._scale(level) for level in levels]
        inputs = self._inputs(sequences.form, scaled, outside)
        steps = self.network_.outputs(inputs, self.network_.start(inputs, initial_state))
        predicted = []
        for level, z, step in zip(levels, scaled, steps, strict=True):
            z = z[:-1] + step if self.passthrough else step
            predicted.append(self._unlevel(self._unscale(z) + carried(level, self._lags)[:-1]))
        filled = [_pad(p, len(item)) for p, item in zip(predicted, sequences.items)]
        return Frame.of(X).of_rows(sequences.restore(filled))

    def _wholes(self, sequences: Sequences, *, proceeds: bool) -> list[np.ndarray]:
        """Return the series with the rows that precede it, where it is a continuation."""
        if not proceeds:
            return sequences.items
        return [np.vstack([self.history_[0], sequences.items[0]])]

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
            What precedes the forecast; the network runs through it from the zero state. The
            training series where None. A batch of contexts runs at once.
        exog : array-like of shape (n_steps, e) or (K, n_steps, e), optional
            Of the coming steps, where `fit` was given some.
        context_exog : as `context`, optional
            Of the steps of `context`.
        quantiles : sequence of float, optional
            Probabilities in (0, 1), such as (0.05, 0.95) for a band that holds nine in ten steps.
            Split conformal, for each horizon by itself: networks fitted on the first half of the
            training series, and on more and more of the second, forecast the rest from rolling
            origins; their errors are what the band is made of. `fit` keeps the series for that.
        on_divergence : {"raise", "nan"}, default="raise"
            What to do where the loop grows beyond the floating-point numbers: raise an error, or
            answer NaN from that step on.

        Returns
        -------
        forecast : (n_steps, d) or (K, n_steps, d) array, or list of (n_steps, d) arrays
            In the form of the context. After a pandas frame or series whose index has a frequency,
            one that carries it on.
        bands : list, one entry per quantile, each as `forecast`
            Where `quantiles` are given.

        Raises
        ------
        ValueError
            If `n_steps` < 1, `context` is not finite, of another width, or too short to be
            differenced, `exog` does not match, or the loop diverges. If `quantiles` are not in
            (0, 1), or the fit was not on one series, in one piece, that is long enough.

        Warns
        -----
        UserWarning
            Where fewer than twenty forecasts fit into the last half of the training series: a band
            is then as wide as the largest error, and uncertain.

        References
        ----------
        Vovk, Gammerman & Shafer (2005), Algorithmic learning in a random world, section 4.2, for
        the split; Stankevičiūtė, Alaa & van der Schaar (2021), Conformal time-series forecasting.
        """
        check_is_fitted(self)
        n_steps = check_count(n_steps, "n_steps")
        probabilities = _check_quantiles(quantiles)
        if on_divergence not in ("raise", "nan"):
            raise ValueError(f"on_divergence must be 'raise' or 'nan'; got {on_divergence!r}.")
        network = self.network_
        if context is None:
            form, frame = str(network.form), self._frame
            levels = [self._level(rows) for rows in self.history_]
            state = network.end_state_.T
        else:
            least = sum(self._lags) + 1
            sequences = check_sequences(self, context, reset=False, min_steps=least)
            outside = self._check_exog(context_exog, sequences, reset=False)
            form, frame = sequences.form, Frame.of(context)
            levels = [self._level(item) for item in sequences.items]
            inputs = self._inputs(form, [self._scale(level) for level in levels], outside)
            state = network.ran(inputs.items, network.start(inputs, "zero"))
        calibration = None if probabilities is None else self._calibrated(n_steps)
        coming = self._coming_exog(exog, n_steps, len(levels), form)
        forecasts = self._free_run(state, levels, n_steps, coming)
        lasted = min(map(_finite_steps, forecasts))
        if lasted < n_steps and on_divergence == "raise":
            raise ValueError(
                f"the closed loop diverged at step {lasted + 1} of {n_steps}. Raise the readout's "
                "alpha, lower spectral_radius, or pass on_divergence='nan'."
            )
        batch = Sequences(form, forecasts)
        forecast = frame.of_coming_rows(batch.restore(forecasts))
        if calibration is None or probabilities is None:
            return forecast
        bands = []
        for margin in map(calibration.margin, probabilities):
            parts = [
                _of_finite(self._unlevel, part) for part in self._in_levels(forecasts) + margin
            ]
            bands.append(frame.of_coming_rows(batch.restore(parts)))
        return forecast, bands

    def _in_levels(self, forecasts: Sequence[np.ndarray]) -> np.ndarray:
        """Return forecasts as transformed levels (K, n_steps, d), NaN where they diverged."""
        return np.stack([_of_finite(self._transformed, forecast) for forecast in forecasts])

    def _calibrated(self, n_steps: int) -> Calibration:
        """Return what forecasts of what was not trained on say."""
        if n_steps not in self._calibrations:
            if self._training is None:
                raise ValueError(
                    "quantiles need a fit on one series, by fit and not by partial_fit."
                )
            self._calibrations[n_steps] = calibrate(self, *self._training, n_steps)
        return self._calibrations[n_steps]

    def _rolling_errors(self, X: np.ndarray, n_steps: int, step: int, exog: Any) -> np.ndarray:
        """Return errors (n_origins, n_steps, d) of rolling forecasts, in transformed units."""
        forecasts = self.rolling_forecast(X, n_steps, step=step, exog=exog)
        level = self._level(X)
        truth = [level[k * step : k * step + n_steps] for k in range(len(forecasts))]
        return np.stack(truth) - self._in_levels(list(forecasts))

    def _coming_exog(self, exog: Any, n_steps: int, n_series: int, form: str) -> Any:
        """Return the exogenous rows of the coming steps, (n_steps, e, K), or None."""
        blank = np.zeros((n_series, n_steps, 1))
        batch = Sequences(form, list(blank))
        items = self._check_exog(exog, batch, reset=False)
        return None if items is None else np.stack(items, axis=2)

    def _free_run(
        self,
        state: np.ndarray,
        levels: Sequence[np.ndarray],
        n_steps: int,
        exog: Any,
        readouts: Sequence[Any] | None = None,
    ) -> list[np.ndarray]:
        """Return a forecast (n_steps, d) after each history, NaN from where it is not finite.

        By each of the readouts in turn, where there are other ones than its own.
        """
        reach = sum(self._lags) + 1
        last = np.stack([self._scale(x[len(x) - reach :])[0] for x in levels], axis=1)
        readouts = [self.network_.readout] if readouts is None else readouts
        copies = (1, len(readouts))
        outputs = closed_loop(
            self.network_.rule.stepper(np.tile(state, copies)), np.tile(last, copies), readouts,
            n_steps,
            exog=None if exog is None else np.tile(exog, (1, *copies)),
            increments=self.passthrough,
        )  # fmt: skip
        forecasts = []
        for k, level in enumerate([*levels] * len(readouts)):
            with np.errstate(over="ignore", invalid="ignore"):
                steps = self._unscale(outputs[:, :, k])
                forecast = self._unlevel(undifference(steps, level, self._lags))
            forecast[_finite_steps(forecast) :] = np.nan
            forecasts.append(forecast)
        return forecasts

    def rolling_forecast(
        self, X: Any, n_steps: int, *, step: int | None = None, exog: Any = None
    ) -> np.ndarray:
        """Forecast from rolling origins within `X`, without refitting; one closed-loop batch.

        Parameters
        ----------
        X : array-like of shape (T, d)
            The continuation of the one series of `fit`.
        n_steps : int
            Length of each forecast.
        step : int, optional
            Rows from origin to origin; `n_steps` where not given.
        exog : array-like of shape (T, e), optional

        Returns
        -------
        forecasts : ndarray of shape (n_origins, n_steps, d)
            The first is of ``X[:n_steps]``, from the end of the training series; the one from
            origin o has seen the rows of `X` before o. NaN from where a loop diverges.

        Raises
        ------
        ValueError
            If `n_steps` or `step` < 1, `X` has fewer than `n_steps` rows, or the fit was not on one
            series.
        """
        return self.rolling_path([self], X, n_steps, step=step, exog=exog)[0]

    def rolling_path(
        self, path: Sequence[ESNForecaster], X: Any, n_steps: int, *, step: int | None = None,
        exog: Any = None,
    ) -> np.ndarray:  # fmt: skip
        """Return `rolling_forecast` of every forecaster of an `alpha_path`, as one batch.

        Parameters
        ----------
        path : list of A ESNForecaster
            They differ from this one in their readouts alone.
        X, n_steps, step, exog
            As for `rolling_forecast`.

        Returns
        -------
        forecasts : ndarray of shape (A, n_origins, n_steps, d)
        """
        check_is_fitted(self)
        n_steps = check_count(n_steps, "n_steps")
        step = n_steps if step is None else check_count(step, "step")
        sequences = check_sequences(self, X, reset=False, min_steps=n_steps)
        if not self.network_.goes_on(sequences.form):
            raise ValueError("rolling_forecast needs one series, after a fit on one series.")
        outside = self._check_exog(exog, sequences, reset=False)
        origins = range(0, len(sequences.items[0]) - n_steps + 1, step)
        whole = self._level(self._wholes(sequences, proceeds=True)[0])
        inputs = self._inputs("series", [self._scale(whole)], outside).items[0]
        state = self.network_.end_state_.T
        states: list[np.ndarray] = []
        for origin in origins:
            if states:
                state = self.network_.ran([inputs[origin - step : origin]], state)
            states.append(state[:, 0])
        reach = len(self.history_[0])
        coming = None
        if outside is not None:
            coming = np.stack([outside[0][o : o + n_steps] for o in origins], axis=2)
        levels = [whole[: reach + origin] for origin in origins]
        readouts = [forecaster.network_.readout for forecaster in path]
        forecasts = self._free_run(np.stack(states, axis=1), levels, n_steps, coming, readouts)
        return np.reshape(forecasts, (len(path), len(origins), n_steps, -1))

    def score(self, X: Any, y: Any = None, *, exog: Any = None) -> float:
        """Return R² of the one-step forecasts of `predict`.

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
        proceeds = self.network_.goes_on(form_of(X))
        first = 0 if proceeds else self.network_.washout_ + sum(self._lags) + 1
        predicted = _as_arrays(self.predict(X, exog=exog), form_of(X))
        truths = check_sequences(self, X, reset=False).items
        if max(map(len, truths)) <= first:
            raise ValueError(
                f"X must have more than {first} steps to be scored, the washout among them; "
                f"got {max(map(len, truths))}."
            )
        targets = [truth[first:] for truth in truths]
        weights = [np.ones(len(target)) for target in targets]
        return weighted_r2(targets, [p[first:] for p in predicted], weights)


def _check_quantiles(quantiles: Any) -> np.ndarray | None:
    if quantiles is None:
        return None
    array = np.asarray(quantiles, dtype=float)
    if array.ndim != 1 or not array.size or not ((array > 0) & (array < 1)).all():
        raise ValueError(f"quantiles must be one or more numbers in (0, 1); got {quantiles!r}.")
    return array


def _exog_items(exog: Any, sequences: Sequences) -> list[np.ndarray]:
    """Return validated exogenous rows (T_k, e), one array per sequence."""
    parts = [exog] if sequences.form == "series" else list(exog)
    items = [check_array(part, dtype=float, input_name="exog") for part in parts]
    lengths, wanted = [len(item) for item in items], sequences.lengths.tolist()
    if lengths != wanted:
        raise ValueError(f"exog must have one row per step of X, {wanted}; got {lengths}.")
    widths = {item.shape[1] for item in items}
    if len(widths) > 1:
        raise ValueError(f"exog must be of one width; got {sorted(widths)}.")
    return items


def check_lags(differences: Any) -> tuple[int, ...]:
    """Return the lags as integers, or raise a `ValueError`."""
    lags = tuple(differences)
    if not all(isinstance(lag, (int, np.integer)) and lag >= 1 for lag in lags):
        raise ValueError(f"differences must be a sequence of integers ≥ 1; got {differences!r}.")
    return tuple(int(lag) for lag in lags)


def _as_arrays(predicted: Any, form: str) -> list[np.ndarray]:
    """Return predictions in any form as a list of (T_k, d) arrays."""
    items = [predicted] if form == "series" else predicted
    return [np.asarray(item).reshape(len(item), -1) for item in items]


def _pad(rows: np.ndarray, n_rows: int) -> np.ndarray:
    """Put NaN before the rows, up to `n_rows`."""
    return np.pad(rows, ((n_rows - len(rows), 0), (0, 0)), constant_values=np.nan)


def _finite_steps(forecast: np.ndarray) -> int:
    """Return the number of steps before the first one that is not finite."""
    return int(np.append(~np.isfinite(forecast).all(axis=1), True).argmax())


def _of_finite(function: Callable[[np.ndarray], np.ndarray], forecast: np.ndarray) -> np.ndarray:
    """Apply a function to the steps before the first one that is not finite; the rest is NaN."""
    kept, result = _finite_steps(forecast), np.full(forecast.shape, np.nan)
    if kept:
        result[:kept] = function(forecast[:kept])
    return result
