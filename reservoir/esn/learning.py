"""How a forecaster learns: the next step, alpha by free runs, and to stand its own errors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from numbers import Integral
from typing import Any, cast

import numpy as np
from scipy.linalg import LinAlgWarning
from sklearn.base import clone

from ..differences import unseen_steps
from ..readouts import FREE_RUN
from ..ridge.spectrum import Spectrum
from ..seeds import rng_of
from ..sequences import Sequences, Targets
from ..series import are_trending, seasons_of, seasons_of_index, seasons_shown
from .choosing import ALPHAS, DEAR, chosen, errors_of_path, guards, plan, too_short
from .exogenous import Exogenous, inputs_of
from .gaps import Filled, filled_by
from .levels import Levels, check_lags
from .network import Network, is_name
from .run_in import RunIn
from .two_sided import one_step

#: Input steps below which free runs have too little to choose alpha by.
LEAST_ROWS = 24
#: What alpha usually is of rows that are too few for free runs, and by which factor, in logarithms,
#: it may well be another.
USUAL_ALPHA, USUAL_SPREAD = 10.0, 3.0
#: How much better free runs are, in logarithms, that overrule what the whole series says: without
#: differences, as a clean chaotic system's lobes look like a trend; by another alpha than the
#: evidence's, as a few free runs of a noisy series say little.
FAR_BETTER = np.log(2.0)
#: How much better, in logarithms, free runs must be for differences over a season that no dates
#: tell: days "have" one of 360, and a year's difference doubles the noise.
CLEARLY_BETTER = np.log(1.25)
#: Steps whose derivatives stand for all, and directions of noise that stand for all features.
SAMPLED_STEPS, SAMPLED_DIRECTIONS = 300, 64
#: Steps whose errors a readout is made to stand: it must not lean on the past instead.
STEPS_BACK = 4


@dataclass(frozen=True)
class Trial:
    """What free runs within a training series say of each of `ALPHAS`, and the network's draw."""

    errors: np.ndarray
    readout: Any
    seed: int


def led_by(alpha: float, errors: np.ndarray) -> np.ndarray:
    """Return the errors of `ALPHAS` with `alpha`'s as the least, unless another is far better."""
    k = int(np.abs(np.log(ALPHAS) - np.log(max(alpha, ALPHAS[0]))).argmin())
    if errors[k] >= errors.min() + FAR_BETTER:
        return errors
    led = errors.copy()
    led[k] = np.nextafter(errors.min(), -np.inf)
    return led


def errors_of_few_rows(spectrum: Spectrum) -> np.ndarray:
    """Return how unlikely few rows make each of `ALPHAS`, given what is usual."""
    unusual = np.square(np.log(ALPHAS / USUAL_ALPHA) / USUAL_SPREAD)
    return (spectrum.negative_log_evidence(ALPHAS) + unusual[:, None]).mean(axis=1)


class LearningMixin:
    """How a forecaster learns from series that were checked."""

    network_: Network
    _seen: RunIn
    levels_: Levels
    exogenous_: Exogenous
    passthrough: bool
    input_noise: float
    random_state: Any
    part: Any
    _informed: Any
    _frame: Any
    _input_names: Any
    differences: Any
    model: Any

    def _filled(self, sequences: Sequences, outside: Any, start: Filled | None = None) -> Filled:
        """Return the training series with their gaps filled, by networks of one-step alphas."""
        seasons = seasons_of(sequences.items, self._frame.index) if start is None else None
        return filled_by(one_step(self), sequences, outside, start, seasons)

    def _settled(
        self, sequences: Sequences, whole: list[np.ndarray], outside: Any
    ) -> tuple[tuple[int, ...], Trial | None]:
        """Return the lags, and what free runs say of the alphas where they choose.

        Differences that are not given are those over a step where a series has a trend, unless
        free runs without are far better, as those of clean chaotic series are; and those over a
        season where it has one, and free runs are better for it: clearly, where no dates tell it.
        """
        lags = check_lags(self.differences)
        readout, seed = self.part("readout"), self.random_state
        if not is_name(getattr(readout, "alpha", None), FREE_RUN):
            return lags, None
        unknown = self.differences is None and self.model is None
        if too_short(sequences.items, LEAST_ROWS + 1 + sum(lags)):
            return (1,) if unknown and are_trending(whole) else lags, None
        if not isinstance(seed, Integral):  # one reservoir for the trials and for the fit
            seed = rng_of(seed).randint(np.iinfo(np.int32).max)
        readout = clone(readout).set_params(alpha=ALPHAS[len(ALPHAS) // 2])

        def tried(lags: tuple[int, ...]) -> np.ndarray:
            trial = clone(cast(Any, self)).set_params(
                readout=readout, random_state=seed, differences=lags
            )
            with warnings.catch_warnings():  # alphas that a Gram matrix cannot tell are as one
                warnings.simplefilter("ignore", LinAlgWarning)
                return errors_of_path(trial, sequences, whole, outside)

        errors = tried(lags)
        if unknown:
            trending = are_trending(whole)
            seasons = seasons_shown(whole, self._frame.index, trending)
            named = seasons_of_index(self._frame.index, max(map(len, whole)))
            handicaps = {1: FAR_BETTER} if trending else {}
            handicaps |= {m: 0.0 if m in named else -CLEARLY_BETTER for m in seasons}
            for lag, handicap in handicaps.items():
                if not too_short(sequences.items, LEAST_ROWS + lag):
                    of_changes = tried((lag,))
                    if of_changes.min() < errors.min() + handicap:
                        lags, errors = (lag,), of_changes
        return lags, Trial(errors, readout, seed)

    def _train(
        self, sequences: Sequences, levels: Sequence[np.ndarray], outside: Any,
        trial: Trial | None,
    ) -> None:  # fmt: skip
        """Draw the network and solve it, by an alpha that its free runs chose where asked."""
        beside = self.exogenous_.scaled(outside)
        inputs, targets = self._pairs(sequences, sequences.items, levels, beside)
        self._seen = RunIn.of([self.levels_.scaled(level) for level in levels], beside)
        reservoir, readout, seed = self._informed(levels), self.part("readout"), self.random_state
        few = trial is None and is_name(getattr(readout, "alpha", None), FREE_RUN)
        if trial is not None:
            readout, seed = trial.readout, trial.seed
        elif few:
            readout = clone(readout).set_params(alpha="evidence")
        network = Network.drawn(
            reservoir, readout, inputs, passthrough=self.passthrough, random_state=seed
        )
        network = self._hardened(network.absorb(inputs, targets), inputs)
        self.network_ = network
        if few or trial is not None:
            _, n_steps = plan(min(map(len, sequences.items)))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LinAlgWarning)
                of_alpha = cache(lambda alpha: network.resolved({"alpha": alpha}))
                if trial is None:
                    statistics = network.learned.statistics
                    errors = errors_of_few_rows(statistics.spectrum(readout.fit_intercept))
                else:
                    evident = np.max(network.resolved({"alpha": "evidence"}).readout_.alpha_)
                    errors = led_by(evident, trial.errors)
                dear = np.inf if few else DEAR  # few rows leave their range by chance
                alpha = chosen(errors, guards(self, beside, n_steps, of_alpha), dear)
                self.network_ = of_alpha(alpha)

    def _pairs(
        self, sequences: Sequences, raw: Sequence[np.ndarray], levels: Sequence[np.ndarray],
        outside: Any,
    ) -> tuple[Sequences, Targets]:  # fmt: skip
        """Return the network's inputs and targets, in the form of the data; NaN if not seen."""
        scaled = [self.levels_.scaled(level) for level in levels]
        targets = [z[1:] - z[:-1] if self.passthrough else z[1:].copy() for z in scaled]
        for item, target in zip(raw, targets, strict=True):
            target[unseen_steps(item, self.levels_.lags)[1:]] = np.nan
        names = sequences.names
        if self.exogenous_.time_columns:
            names = self._input_names(sequences, self.exogenous_.names)
        inputs = inputs_of(sequences.form, scaled, outside, names)
        return inputs, Targets(targets, per_sequence=False, squeeze=False)

    def _hardened(self, network: Network, inputs: Sequences) -> Network:
        if self.input_noise == 0.0:
            return network
        own = np.arange(network.shape.n_outputs)
        return hardened(network, inputs.items, self.input_noise, own, len(own), self.passthrough)


def hardened(
    network: Network, items: Sequence[np.ndarray], noise: float, own: np.ndarray, n_noisy: int,
    increments: bool,
) -> Network:  # fmt: skip
    """Return a network with its readout made to stand noise on its inputs.

    Where the input is wrong by a small e, what is seen is wrong by J e, and the output is to be as
    it was: of increments, less e. The mean of that square over all e is a penalty.

    Parameters
    ----------
    network : Network
        Trained.
    items : sequence of (T_k, d) arrays
        Its inputs.
    noise : float
        Standard deviation of the errors.
    own : ndarray of shape (m,)
        The inputs that the outputs are the next values of.
    n_noisy : int
        Inputs that are forecasts, the first ones: those beyond are known.
    increments : bool
        Whether outputs are the steps to them.
    """
    statistics = network.learned.statistics
    if not hasattr(statistics, "penalised"):
        raise ValueError(
            f"input_noise={noise!r} needs a readout that is solved from one Gram matrix or "
            f"factor, such as RidgeReadout; got {network.readout_!r}."
        )
    derivatives = derivatives_by_input(network, items, n_noisy)
    n_steps = sum(max(0, len(item) - network.washout_) for item in items)
    size = noise * np.sqrt(n_steps / len(derivatives))
    x = size * np.concatenate([seen.T for seen, _ in derivatives])
    e = size * np.concatenate([moved[own].T for _, moved in derivatives])
    y = -e if increments else np.zeros_like(e)
    learned = replace(network.learned, statistics=statistics.penalised(x, y))
    return replace(network, learned=learned).resolved({})


def derivatives_by_input(
    network: Network, items: Sequence[np.ndarray], d: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return how what is seen moves with the first `d` inputs of this step and of those before.

    At steps that are spread over the sequences, with errors of `STEPS_BACK` steps, each of its own.

    Returns
    -------
    pairs : list of tuples of ndarray of shape (n_seen, k) and (d, k)
        The move, and the error of the input of the step itself, none for those of steps before. The
        outer products of a step's errors have the identity as their mean.
    """
    rule, washout = network.rule, network.washout_
    counts = [max(0, len(item) - washout) for item in items]
    every = np.linspace(0, sum(counts) - 1, min(SAMPLED_STEPS, sum(counts))).astype(int)
    ends = np.cumsum(counts)
    which = np.searchsorted(ends, every, side="right")
    at = every - (ends - counts)[which] + washout
    first = np.maximum(at - STEPS_BACK + 1, 0)
    warmup = max(100, 4 * washout)  # from zero, as good as the whole series
    before = [items[k][max(0, t - warmup) : t] for k, t in zip(which, first, strict=True)]
    starts = rule.initial_state(len(every))
    known = [j for j, rows in enumerate(before) if len(rows)]
    if known:
        starts[:, known] = network.ran([before[j] for j in known], starts[:, known])
    rng, found = np.random.default_rng(0), []
    for j, (k, begin, end) in enumerate(zip(which, first, at, strict=True)):
        state = starts[:, j].astype(float)
        moved = np.zeros((rule.n_state, 0))
        for t in range(begin, end + 1):  # what earlier errors have come to, and those of this step
            errors = _errors(d, rng)
            du = np.zeros((rule.n_features, moved.shape[1] + errors.shape[1]))
            du[:d, moved.shape[1] :] = errors
            dx = np.hstack([moved, np.zeros((rule.n_state, errors.shape[1]))])
            step = rule.linearised(state, items[k][t].astype(float))
            moved, seen = step.push(dx, du)
            state = step.state
        found.append((seen, du[:d]))
    return found


def _errors(d: int, rng: np.random.Generator) -> np.ndarray:
    """Return directions (d, k) that stand for errors of d inputs, each of size one."""
    if d <= SAMPLED_DIRECTIONS:
        return np.eye(d)
    turned = np.linalg.qr(rng.standard_normal((d, SAMPLED_DIRECTIONS)))[0]
    return np.asarray(turned * np.sqrt(d / SAMPLED_DIRECTIONS))
