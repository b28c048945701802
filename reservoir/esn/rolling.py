"""Free runs: after series, from rolling origins, and the form that they are answered in."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..checks import check_count
from ..frames import Frame, check_frame, check_goes_on, check_same_frequency, stacked
from ..progress import telling
from ..sequences import Sequences, check_sequences, form_of
from .closed_loop import DivergenceWarning
from .exogenous import Exogenous, inputs_of
from .free_run import free_run, rolling_runs
from .levels import Levels, finite_steps
from .network import Network
from .run_in import LEAD, rows_before


class Run:
    """Forecasts, and the form that they are answered in."""

    def __init__(self, batch: Sequences, frame: Frame) -> None:
        self.batch, self.frame = batch, frame
        self.forecasts = batch.items

    def answer(self, items: Sequence[np.ndarray], quantiles: Any = None) -> Any:
        """Return one array (n_steps, d) a series, or (n_steps, d, Q), in the form asked for."""
        return self.frame.of_coming_rows(self.batch.restore(items), quantiles)


class Start(NamedTuple):
    """Where free runs start.

    Attributes
    ----------
    form : str
    frame : Frame
    state : ndarray of shape (n_state, K)
        Before the last known step of each series.
    levels : list of K arrays
    coming : ndarray of shape (n_steps, e, K), or None
        What the network sees of the coming exogenous rows.
    """

    form: str
    frame: Frame
    state: np.ndarray
    levels: list[np.ndarray]
    coming: np.ndarray | None


def tell_divergence(levels: Levels, step: int, n_steps: int, on_divergence: str) -> None:
    """Raise, or warn, where a loop diverged."""
    told = (
        f"the closed loop diverged at step {step} of {n_steps}: it left the training data"
        f"{', differenced,' if levels.lags else ''} by {levels.ranges:g} ranges."
    )
    if on_divergence == "raise":
        raise ValueError(
            f"{told} Raise the readout's alpha, lower spectral_radius, or pass "
            "on_divergence='nan' or 'clip'."
        )
    warnings.warn(told, DivergenceWarning, stacklevel=5)


class RollingMixin:
    """A forecaster's free runs: after series, after contexts, and from rolling origins."""

    network_: Network
    levels_: Levels
    exogenous_: Exogenous
    history_: list[np.ndarray]
    passthrough: bool
    verbose: int
    _checked: Any
    _tell_context: Any
    _column: Any
    training_series: Any
    _training: Any
    _frame: Frame

    def _run(
        self, n_steps: Any, context: Any, exog: Any, context_exog: Any, on_divergence: str
    ) -> Run:
        """Run freely, and return the forecast after each series."""
        check_is_fitted(self)
        n_steps = check_count(n_steps, "n_steps")
        if on_divergence not in ("raise", "nan", "clip"):
            raise ValueError(
                f"on_divergence must be 'raise', 'nan' or 'clip'; got {on_divergence!r}."
            )
        start = self._start(n_steps, context, exog, context_exog)
        with telling(self.verbose):
            forecasts = self._from(start, n_steps)
        lasted = min(map(finite_steps, forecasts))
        if lasted < n_steps:
            tell_divergence(self.levels_, lasted + 1, n_steps, on_divergence)
        if lasted < n_steps and on_divergence == "clip":
            forecasts = self._from(start, n_steps, clip=True)
        return Run(Sequences(start.form, forecasts), start.frame)

    def _start(
        self, n_steps: int, context: Any, exog: Any, context_exog: Any, *, tell: bool = True
    ) -> Start:
        """Return where free runs start: after the training series, or after each context."""
        network = self.network_
        if context is None:
            form, frame = str(network.form), self._frame
            ends: list[np.ndarray] | None = self.exogenous_.ends
            levels = [self.levels_.level(rows) for rows in self.history_]
            state = network.end_state_.T
        else:
            context, context_exog = self.with_rows_before(context, context_exog)
            frame = Frame.of(context)
            taken = self._checked(
                context, context_exog, least=1, initial_state="zero", name="context", led=True
            )
            form, levels = taken.sequences.form, taken.levels
            ends = self.exogenous_.last(taken.outside)
            scaled = [self.levels_.scaled(level) for level in levels]
            if tell:
                self._tell_context(scaled, taken.unlike)
            inputs = inputs_of(form, scaled, taken.beside)
            state = network.ran(inputs.items, taken.starts)
        rows = Sequences(form, list(np.zeros((len(levels), n_steps, 1))))
        items = self.exogenous_.checked(exog, rows, frame.coming_index(n_steps))
        beside = self.exogenous_.scaled(items, ends)
        coming = None if beside is None else np.stack(beside, axis=2)
        return Start(form, frame, state, levels, coming)

    def with_rows_before(self, context: Any, exog: Any = None) -> tuple[Any, Any]:
        """Return a short context behind the rows of the training that its dates go on from.

        Parameters
        ----------
        context : as for ``forecast``
        exog : as `context`, optional
            Its exogenous rows.

        Returns
        -------
        context, exog : as they came
            Where the context is long enough for the network to forget its start, is no frame of
            pandas, or goes on from no row of the training.
        """
        needed = self.network_.washout_ + sum(self.levels_.lags)
        whole = n_before = None
        index = Frame.of(context).index  # of one series alone
        if self._training is not None and index is not None and len(index) < needed:
            n_before = rows_before(index, self._frame.index)
        if n_before:
            check_frame(context, gaps=True, name="context")
            check_same_frequency(context, self._frame, "context")
            before = slice(max(0, n_before - max(needed, LEAD)), n_before)
            whole = stacked(self.training_series()[before], context)
        if whole is None or exog is None:
            return context if whole is None else whole, exog
        column = self._column(context)
        sequences = check_sequences(self, column, reset=False, regular=True, gaps=True)
        (own,) = self.exogenous_.checked(exog, sequences, index)
        return whole, np.vstack([self._training[1][before], own])

    def _from(self, start: Start, n_steps: int, **options: Any) -> list[np.ndarray]:
        return free_run(
            self.network_, self.levels_, start.state, start.levels, n_steps, exog=start.coming,
            increments=self.passthrough, **options,
        )  # fmt: skip

    def forecast_after(
        self, known: np.ndarray, n_steps: int, context: Any = None, *, exog: Any = None,
        context_exog: Any = None, on_divergence: str = "raise",
    ) -> Any:  # fmt: skip
        """Return `forecast` where the first of the coming steps are known: they are run through.

        Parameters
        ----------
        known : ndarray of shape (m, d)
            The first m steps, m < `n_steps`, after one series.
        n_steps, context, exog, context_exog, on_divergence
            As for `ESNForecaster.forecast`.

        Returns
        -------
        forecast : (n_steps, d) array
            As of `forecast`; its first m steps are those that are known.

        Raises
        ------
        ValueError
            If it goes on after several series, or as `ESNForecaster.forecast`.
        """
        check_is_fitted(self)
        start, m = self._start(n_steps, context, exog, context_exog), len(known)
        reach, levels = self.levels_.reach, self.levels_
        if len(start.levels) != 1:
            raise ValueError("forecast_after goes on after one series.")
        before = np.vstack([start.levels[0], levels.level(np.asarray(known, dtype=float))])
        beside = None if start.coming is None else [start.coming[:m, :, 0]]
        steps = levels.scaled(before[len(before) - m - reach :])
        inputs = inputs_of("series", [steps], beside).items[0]
        state = self.network_.ran([inputs[:m]], start.state)
        coming = None if start.coming is None else start.coming[m:]
        later = start._replace(state=state, levels=[before], coming=coming)
        run = self._from(later, n_steps - m)[0]
        lasted = finite_steps(run)
        if lasted < n_steps - m:
            tell_divergence(levels, m + lasted + 1, n_steps, on_divergence)
        if lasted < n_steps - m and on_divergence == "clip":
            run = self._from(later, n_steps - m, clip=True)[0]
        whole = np.vstack([np.asarray(known, dtype=float), run])
        return Run(Sequences(start.form, [whole]), start.frame).answer([whole])

    def forecast_path(
        self, path: Sequence[Any], n_steps: int, context: Any, *, exog: Any = None,
        context_exog: Any = None,
    ) -> list[list[np.ndarray]]:  # fmt: skip
        """Return the forecasts of every forecaster of an `alpha_path` after contexts, as one batch.

        Parameters
        ----------
        path : list of A ESNForecaster
            They differ from this one in their readouts alone.
        n_steps, context, exog, context_exog
            As for `ESNForecaster.forecast`.

        Returns
        -------
        forecasts : list of A lists of K arrays (n_steps, d)
            NaN from where a loop diverges.
        """
        check_is_fitted(self)
        n_steps = check_count(n_steps, "n_steps")
        start = self._start(n_steps, context, exog, context_exog, tell=False)
        found = self._from(start, n_steps, readouts=[each.network_.readout for each in path])
        n_series = len(start.levels)
        return [found[k : k + n_series] for k in range(0, len(found), n_series)]

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
            origin o has seen the rows of `X` before o. NaN from where a loop diverges, which a
            warning tells.

        Raises
        ------
        ValueError
            If `n_steps` or `step` < 1, `X` has fewer than `n_steps` rows, or the fit was not on one
            series.
        """
        forecasts = self.rolling_path([self], X, n_steps, step=step, exog=exog)[0]
        lost = np.isnan(forecasts).any(axis=(1, 2))
        if lost.any():
            first = int(lost.argmax())
            at = int(np.isnan(forecasts[first]).any(axis=1).argmax()) + 1
            warnings.warn(
                f"{np.count_nonzero(lost)} of {len(lost)} free runs diverged, the first from origin"
                f" {first} at step {at} of {n_steps}: they left the training data by "
                f"{self.levels_.ranges:g} ranges, and are NaN from there on.",
                DivergenceWarning, stacklevel=2,
            )  # fmt: skip
        return forecasts

    def rolling_path(
        self, path: Sequence[Any], X: Any, n_steps: int, *, step: int | None = None,
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
        network = self.network_
        if not network.goes_on(form_of(X)):
            raise ValueError("rolling_forecast needs one series, after a fit on one series.")
        check_goes_on(X, self._frame)
        taken = self._checked(X, exog, least=n_steps, going_on=n_steps)
        forecasts = rolling_runs(
            network, self.levels_, taken.levels[0], n_steps, step,
            exog=None if taken.beside is None else taken.beside[0],
            increments=self.passthrough, readouts=[each.network_.readout for each in path],
        )  # fmt: skip
        return np.reshape(forecasts, (len(path), -1, *np.shape(forecasts)[1:]))
