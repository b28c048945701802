"""Free runs in the data's own units: after series, and from rolling origins within one."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..frames import Frame, check_goes_on, check_same_frequency
from ..sequences import Sequences, check_count, check_sequences
from .closed_loop import DivergenceWarning, closed_loop
from .exogenous import Exogenous, inputs_of
from .levels import Levels
from .network import Network


def free_run(
    network: Network,
    levels: Levels,
    state: np.ndarray,
    before: Sequence[np.ndarray],
    n_steps: int,
    *,
    exog: Any = None,
    increments: bool = False,
    readouts: Sequence[Any] | None = None,
    clip: bool = False,
) -> list[np.ndarray]:
    """Forecast what follows series, as one batch.

    Parameters
    ----------
    network : Network
        Trained to give the next step of what it sees, or the increment to it.
    levels : Levels
    state : ndarray of shape (n_state, K)
        Of the network, before the last step of each series.
    before : sequence of K arrays (>= reach, d)
        The levels of each series.
    n_steps : int
    exog : ndarray of shape (n_steps, e, K), optional
        Of the coming steps.
    increments : bool, default=False
    readouts : sequence of A readouts, optional
        Each forecasts all series; the network's own where not given.
    clip : bool, default=False
        Whether the loop is held within the limits of the levels.

    Returns
    -------
    forecasts : list of A K arrays (n_steps, d)
        NaN from where one has diverged.
    """
    readouts = [network.readout] if readouts is None else readouts
    outputs = free_steps(
        network, levels, state, before, n_steps, exog=exog, increments=increments,
        readouts=readouts, clip=clip,
    )  # fmt: skip
    return levels.continued(outputs, [*before] * len(readouts))


def free_steps(
    network: Network,
    levels: Levels,
    state: np.ndarray,
    before: Sequence[np.ndarray],
    n_steps: int,
    *,
    readouts: Sequence[Any],
    exog: Any = None,
    increments: bool = False,
    clip: bool = False,
) -> np.ndarray:
    """Return what a `free_run` shows the network, (n_steps, d, A K), differenced and scaled."""
    last = [levels.scaled(level[len(level) - levels.reach :])[0] for level in before]
    copies = (1, len(readouts))
    return closed_loop(
        network.rule.stepper(np.tile(state, copies)),
        np.tile(np.stack(last, axis=1), copies),
        readouts,
        n_steps,
        exog=None if exog is None else np.tile(exog, (1, *copies)),
        increments=increments,
        clip=levels.limits() if clip else None,
    )


def rolling_runs(
    network: Network,
    levels: Levels,
    whole: np.ndarray,
    n_steps: int,
    step: int,
    *,
    exog: np.ndarray | None = None,
    increments: bool = False,
    readouts: Sequence[Any] | None = None,
) -> list[np.ndarray]:
    """Forecast from rolling origins within the continuation of a training series.

    Parameters
    ----------
    network, levels, n_steps, increments, readouts
        As for `free_run`.
    whole : ndarray of shape (reach + T, d)
        The levels of the continuation, and of the rows before it that its first step takes.
    step : int
        Rows from origin to origin.
    exog : ndarray of shape (T, e), optional

    Returns
    -------
    forecasts : list of A n_origins arrays (n_steps, d)
    """
    origins = range(0, len(whole) - levels.reach - n_steps + 1, step)
    beside = None if exog is None else [exog]
    inputs = inputs_of("series", [levels.scaled(whole)], beside).items[0]
    states = [network.end_state_.T]
    for origin in origins[1:]:
        states.append(network.ran([inputs[origin - step : origin]], states[-1]))
    coming = None
    if exog is not None:
        coming = np.stack([exog[o : o + n_steps] for o in origins], axis=2)
    before = [whole[: levels.reach + origin] for origin in origins]
    return free_run(
        network, levels, np.hstack(states), before, n_steps, exog=coming, increments=increments,
        readouts=readouts,
    )  # fmt: skip


class Run:
    """Forecasts, and the form that they are answered in."""

    def __init__(self, batch: Sequences, frame: Frame) -> None:
        self.batch, self.frame = batch, frame
        self.forecasts = batch.items

    def answer(self, items: Sequence[np.ndarray], quantiles: Any = None) -> Any:
        """Return one array (n_steps, d) a series, or (n_steps, d, Q), in the form asked for."""
        return self.frame.of_coming_rows(self.batch.restore(items), quantiles)


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
    """A forecaster's forecasts from rolling origins: `ESNForecaster.rolling_forecast`."""

    network_: Network
    levels_: Levels
    passthrough: bool
    exogenous_: Exogenous
    _wholes: Any
    _column: Any
    _frame: Frame

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
        sequences = check_sequences(
            self, self._column(X), reset=False, min_steps=n_steps, regular=True
        )
        network = self.network_
        if not network.goes_on(sequences.form):
            raise ValueError("rolling_forecast needs one series, after a fit on one series.")
        check_goes_on(X, self._frame)
        check_same_frequency(X, self._frame)
        outside = self.exogenous_.checked(exog, sequences, Frame.of(X).index)
        beside = self.exogenous_.scaled(outside, self.exogenous_.ends)
        whole = self.levels_.level(self._wholes(sequences)[0])
        forecasts = rolling_runs(
            network, self.levels_, whole, n_steps, step,
            exog=None if beside is None else beside[0],
            increments=self.passthrough, readouts=[each.network_.readout for each in path],
        )  # fmt: skip
        return np.reshape(forecasts, (len(path), -1, *np.shape(forecasts)[1:]))
