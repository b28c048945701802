"""What a fitted forecaster is handed: checked, placed by its dates, its gaps run through."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..frames import Frame, as_column, check_same_frequency
from ..outliers import as_seen
from ..sequences import Sequences, check_sequences, form_of
from .exogenous import Exogenous, inputs_of
from .gaps import check_gaps, from_first_seen, run_through
from .levels import Levels
from .network import Network, is_name
from .run_in import RunIn, tell_short

#: Ranges of the training beyond which a context is told to be of another kind.
FAR = 1.0


class Intake(NamedTuple):
    """Series that a forecaster was handed.

    Attributes
    ----------
    sequences : Sequences
        As they came; NaN is what was not seen.
    raw, wholes : list of K arrays
        With the rows that precede them where they go on from the training series; and with gaps
        filled.
    levels : list of K arrays
        Of these.
    outside : list of K arrays (T_k, e), or None
        Exogenous rows.
    beside : list of K arrays, or None
        What the network sees of them.
    starts : ndarray of shape (n_state, K)
        The states that they start from.
    unlike : list of int
        Steps of those that start from the state of what they are only like.
    """

    sequences: Sequences
    raw: list[np.ndarray]
    wholes: list[np.ndarray]
    levels: list[np.ndarray]
    outside: Any
    beside: list[np.ndarray] | None
    starts: np.ndarray
    unlike: list[int]


class IntakeMixin:
    """How a forecaster takes series after `fit`."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.allow_nan = True
        return tags

    network_: Network
    levels_: Levels
    exogenous_: Exogenous
    history_: list[np.ndarray]
    _raw_history: list[np.ndarray]
    passthrough: bool
    max_gap: int | None
    outliers: str
    n_features_in_: int
    _frame: Frame = Frame()
    _training: Any
    _usual: Any = None  # the least and greatest values of the training
    _remember: Any
    _seen: RunIn

    def _checked(
        self, X: Any, exog: Any, *, least: int, initial_state: Any = "last", name: str = "X",
        going_on: int = 1, led: bool = False,
    ) -> Intake:  # fmt: skip
        """Return series, and their exogenous rows, validated, with their gaps run through.

        Where `X` starts afresh, it has `least` rows beyond those of the differences; where it is a
        continuation, those of `going_on`. Where `led`, what is short starts as `_led` says.
        """
        X = self._column(X)
        proceeds = self.network_.goes_on(form_of(X), initial_state)
        least = going_on if proceeds else least + self.levels_.reach - 1
        lags = () if proceeds else self.levels_.lags
        sequences = check_sequences(
            self, X, reset=False, min_steps=1 if lags else least, regular=True, gaps=True
        )
        if sequences.lengths.min() < least:
            raise ValueError(
                f"{name} has {sequences.lengths.min()} rows, where this forecaster needs {least}: "
                f"it looks at differences over {' and '.join(map(str, lags))} rows "
                "(levels_.lags). Hand over more rows, or fit it with differences=()."
            )
        check_same_frequency(X, self._frame, name)
        sequences = as_seen(sequences, X, self.outliers, 5, name, exog is not None, self._usual)
        index = Frame.of(X).index
        outside = self.exogenous_.checked(exog, sequences, index)
        if led:
            sequences, outside = from_first_seen(sequences, outside, least)
        beside = self.exogenous_.scaled(outside, self.exogenous_.ends if proceeds else None)
        raw: list[np.ndarray] = sequences.items
        wholes = raw
        if proceeds:
            raw, wholes = (
                [np.vstack([before, raw[0]])] for before in (self._raw_history[0], self.history_[0])
            )
        starts, unlike = self.network_.start(sequences, initial_state), list[int]()
        if led:
            starts, unlike = self._led(raw, beside)
        if check_gaps(sequences, self.max_gap, index, proceeds=proceeds):
            wholes = self.run_through(wholes, starts, beside)
        levels = [self.levels_.level(whole) for whole in wholes]
        return Intake(sequences, raw, wholes, levels, outside, beside, starts, unlike)

    def run_through(
        self, items: Sequence[np.ndarray], states: np.ndarray, beside: Any, *, ranges: float = 1.0
    ) -> list[np.ndarray]:
        """Return series whose gaps the network has forecast, from the states (n_state, K)."""
        return [
            run_through(
                self.network_, self.levels_, item, states[:, k : k + 1],
                exog=None if beside is None else beside[k], increments=self.passthrough,
                ranges=ranges,
            )
            for k, item in enumerate(items)
        ]  # fmt: skip

    def foreseen(
        self, form: str, levels: Sequence[np.ndarray], beside: Any, initial_state: Any
    ) -> list[np.ndarray]:
        """Return rows of series of these levels, each as those before it foretell it."""
        scaled = [self.levels_.scaled(level) for level in levels]
        inputs = inputs_of(form, scaled, beside)
        steps = self.network_.outputs(inputs, self.network_.start(inputs, initial_state))
        found = []
        for level, z, step in zip(levels, scaled, steps, strict=True):
            z = z[:-1] + step if self.passthrough else step
            found.append(self.levels_.following(z, level))
        return found

    def _walk_on(self, rows: list[np.ndarray], outside: Any) -> None:
        """Forecast what was not seen after the end of each training series, and go on from there.

        Parameters
        ----------
        rows : list of K arrays (n_k, d)
            NaN is what was not seen.
        outside : list of K arrays (n_k, e), or None
        """
        if not any(map(len, rows)):
            return
        beside = self.exogenous_.scaled(outside, self.exogenous_.ends)
        raw, whole = (
            [np.vstack(pair) for pair in zip(before, rows, strict=True)]
            for before in (self._raw_history, self.history_)
        )
        ends = self.network_.end_state_.T
        whole = self.run_through(whole, ends, beside)
        scaled = [self.levels_.scaled(self.levels_.level(x)) for x in whole]
        inputs = inputs_of("list", scaled, beside).items
        moved = [k for k, x in enumerate(rows) if len(x)]
        ends = ends.copy()
        ends[:, moved] = self.network_.ran([inputs[k] for k in moved], ends[:, moved])
        self.network_ = replace(self.network_, ends=ends)
        self.exogenous_ = self.exogenous_.going_on(outside)
        self._remember(whole, raw)

    def network_inputs(self, X: Any, *, exog: Any = None) -> list[np.ndarray]:
        """Return what the network is fed of series, (T_k - 1 - sum(differences), d + e) each.

        Transformed, differenced and scaled, exogenous rows beside; all steps but the last.

        Parameters
        ----------
        X, exog : as for ``fit``
        """
        taken = self._checked(X, exog, least=1, initial_state="zero")
        scaled = [self.levels_.scaled(level) for level in taken.levels]
        return inputs_of(taken.sequences.form, scaled, taken.beside).items

    def loop_start(self, n_steps: int, exog: Any = None) -> tuple[Any, Any, Any]:
        """Return where the free run of the training series starts; of several, that of the first.

        Returns
        -------
        state : ndarray of shape (n_state,)
            Before the last known step.
        last : ndarray of shape (d,)
            That step, as the network sees it.
        beside : ndarray of shape (n_steps, e) or None
            What the network sees of the coming exogenous rows.
        """
        last = self.levels_.scaled(self.levels_.level(self.history_[0]))[0]
        rows = Sequences("series", [np.zeros((n_steps, 1))])
        items = self.exogenous_.checked(exog, rows, self._frame.coming_index(n_steps))
        beside = self.exogenous_.scaled(items, self.exogenous_.ends)
        state = self.network_.end_state_[0]
        return state.astype(float), last, None if beside is None else beside[0]

    def training_series(self) -> Any:
        """Return the series of the last fit in the form that it had; None where it is not kept.

        It is kept where `fit` got one, as bands are drawn from it, and `partial_fit` did not go on.
        """
        return None if self._training is None else self._frame.of_rows(self._training[0])

    def _column(self, X: Any) -> Any:
        """Return one array of numbers as a series, where there is but one feature."""
        return as_column(X) if self.n_features_in_ == 1 else X

    def _placed(self, X: Any, initial_state: Any) -> Any:
        """Return where `X` starts, told by its dates, or because it is the training series."""
        if not is_name(initial_state, "last"):
            return initial_state
        if self._training is not None and hasattr(X, "shape"):
            mine, known = np.asarray(as_column(X)), self._training[0]
            mine = mine.reshape(len(mine), -1) if hasattr(X, "to_frame") else mine
            if np.array_equal(mine, known, equal_nan=mine.dtype.kind in "fiu"):
                return "zero"
        return "last" if Frame.of(X).goes_on(self._frame) else "zero"

    def _led(
        self, raw: Sequence[np.ndarray], beside: list[np.ndarray] | None
    ) -> tuple[np.ndarray, list[int]]:
        """Return the states (n_state, K) that contexts start from, and the lengths of short ones.

        A context that is shorter than the washout would hold its start to its end, and the zero
        state is none that the network was ever in: it starts where the training was when what is
        most like the context began. Lengths are of those that are not of the training itself.
        """
        network, short, leads, at = self.network_, [], [], []
        states = network.rule.initial_state(len(raw))
        for k, x in enumerate(raw):
            if len(x) >= network.washout_ + sum(self.levels_.lags):
                continue
            rows = self.levels_.seen_in_part(x)
            found = self._seen.before(rows, network.washout_)
            if found is None or not found.is_same:
                short.append(len(rows))
            if found is not None:
                outside = None
                if beside is not None and found.beside is not None:
                    first = len(beside[k]) - len(rows)
                    outside = [np.vstack([found.beside, beside[k][first : first + 1]])]
                lead = np.vstack([found.rows, rows[:1]])  # an input has the exog of the step after
                leads.append(inputs_of("series", [lead], outside).items[0])
                at.append(k)
        if at:
            states[:, at] = network.ran(leads, states[:, at])
        return states, short

    def _tell_context(self, scaled: Sequence[np.ndarray], short: Sequence[int]) -> None:
        """Warn where contexts are too short to forget their start, or beyond all that was seen."""
        lags, washout = sum(self.levels_.lags), self.network_.washout_
        if short:
            tell_short(min(short) + lags, washout + lags, washout, stacklevel=7)
        low, high = self.levels_.limits()  # the range of the training, and `ranges` on either side
        room = (high - low) / (2 * self.levels_.ranges + 1)
        beyond = max(
            float((np.maximum(z - high, low - z) / room).max()) + self.levels_.ranges
            for z in scaled
        )
        if beyond > FAR:
            changes = ", differenced," if lags else ""
            warnings.warn(
                f"the context{changes} lies beyond what the network was trained on, by "
                f"{beyond:.2g} times its whole range: what is made of that is no forecast. "
                "differences=(1,), or a transformer, learn changes in place of levels; "
                "PanelForecaster takes series of other levels as they are.",
                stacklevel=6,
            )
