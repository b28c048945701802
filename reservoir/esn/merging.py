"""What parts of the data give, to be added up elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone

from ..atomic import all_or_nothing
from ..checks import check_count
from ..frames import Frame
from ..sequences import Sequences, Targets, check_sequences, check_targets


@dataclass(frozen=True)
class TrainingStatistics:
    """What a network learns from: `ESNRegressor.statistics`; additive, and pickles.

    Parameters
    ----------
    ridge : Statistics
        Of what is seen and of the targets.
    n_features_in, washout : int
    squeeze, per_sequence : bool
        Whether y was 1-D; whether it had one row per sequence.
    dtype : str
        Floating type of the inputs.
    names : tuple of str or None
        Of the features, where they came in a frame.
    """

    ridge: Any
    n_features_in: int
    washout: int
    squeeze: bool
    per_sequence: bool
    dtype: str = "float64"
    names: tuple[str, ...] | None = None

    def __add__(self, other: TrainingStatistics) -> TrainingStatistics:
        if not isinstance(other, TrainingStatistics):
            return NotImplemented
        mine, theirs = (
            (s.n_features_in, s.squeeze, s.per_sequence, s.dtype, s.names) for s in (self, other)
        )
        if mine != theirs:
            raise ValueError(
                "statistics must be of data of one form to be added; (features, y is 1-D, one row "
                f"per sequence, dtype, names) are {mine} and {theirs}."
            )
        washout = max(self.washout, other.washout)
        return replace(self, ridge=self.ridge + other.ridge, washout=washout)

    def __radd__(self, other: Any) -> TrainingStatistics:
        if other == 0:  # the start of `sum`
            return self
        return NotImplemented

    def blank(self) -> Sequences:
        """Return inputs of the form of the data, for a reservoir to be drawn for."""
        names = None if self.names is None else np.array(self.names, dtype=object)
        rows = np.zeros((2, self.n_features_in), dtype=self.dtype)
        return Sequences("list", [rows], names)

    def targets(self) -> Targets:
        """Return what outputs are to look like."""
        return Targets([np.empty((0, self.ridge.n_targets))], self.per_sequence, self.squeeze)


class MergingMixin:
    """What is learned elsewhere, and put together: `ESNRegressor.statistics`, `fit_statistics`."""

    _drawn: Any
    _validate_params: Any
    random_state: Any
    network_: Any
    _frame: Frame
    _target: Frame
    _opening: Any

    def statistics(
        self, X: Any, y: Any, sample_weight: Any = None, *, first_sequence: int = 0
    ) -> TrainingStatistics:
        """Return what `fit` would learn from, to be added to that of other data.

        The estimator stays as it is, so that this runs anywhere; the answer is of the size of
        N x N numbers, whatever the length of the data.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`. Every part starts from the zero state and has a washout of its own, and
            parts have to be of one size or ``solver`` named, so that all get the same statistics.
        first_sequence : int, default=0
            How many sequences are in the parts before this one: with state noise, each gets its
            own, as in one fit on all of them.

        Returns
        -------
        statistics : TrainingStatistics
            ``a + b`` is that of both; `fit_statistics` takes it.

        Raises
        ------
        ValueError
            If the reservoir would be drawn anew in every part, because neither ``random_state`` nor
            the reservoir's own is an integer.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.base import clone
        >>> from reservoir import ESNRegressor
        >>> u = [np.random.default_rng(k).uniform(-1, 1, (200, 1)) for k in range(4)]
        >>> y = [np.roll(x, 1, axis=0) for x in u]
        >>> esn = ESNRegressor(random_state=0)
        >>> total = esn.statistics(u[:2], y[:2]) + esn.statistics(u[2:], y[2:])
        >>> merged, whole = clone(esn).fit_statistics(total), clone(esn).fit(u, y)
        >>> bool(np.allclose(merged.predict(u[0]), whole.predict(u[0])))
        True
        """
        self._validate_params()
        part = clone(self)
        fixed = isinstance(part.random_state, Integral) or isinstance(
            getattr(part.reservoir, "random_state", None), Integral
        )
        if not fixed:
            raise ValueError(
                "random_state must be an integer, so that every part draws the same reservoir; "
                f"got {self.random_state!r}."
            )
        first = check_count(first_sequence, "first_sequence", least=0)
        sequences = check_sequences(part, X, reset=True)
        targets = check_targets(y, sequences)
        network = part._drawn(sequences).after_sequences(first)
        if not network.readout.sums:
            raise TypeError(f"readout={network.readout_!r} has no statistics; RidgeReadout has.")
        lesson = network.learned.lesson(
            sequences, targets, sample_weight, network.rule.n_seen, least=0
        )
        found, _ = network.collect(sequences, lesson, network.start(sequences))
        return TrainingStatistics(
            found, part.n_features_in_, network.washout_, targets.squeeze, targets.per_sequence,
            str(sequences.dtype), None if sequences.names is None else tuple(sequences.names),
        )  # fmt: skip

    @all_or_nothing
    def fit_statistics(self, total: TrainingStatistics) -> Any:
        """Solve the readout from merged statistics, in the place of `fit`.

        Parameters
        ----------
        total : TrainingStatistics
            A sum of what `statistics` gave, of an estimator of the same parameters.

        Returns
        -------
        self : ESNRegressor
            It predicts from the zero state: there is no last one.

        Raises
        ------
        ValueError
            If no step was seen, or the statistics are of a reservoir of another size.
        """
        self._validate_params()
        blank = total.blank()
        blank.describe(self)
        network = self._drawn(blank)
        if total.ridge.n_features != network.rule.n_seen:
            raise ValueError(
                f"the statistics are of {total.ridge.n_features} features; this network has "
                f"{network.rule.n_seen}."
            )
        self.network_ = network.merged(total.ridge, total.targets(), total.washout)
        self._frame = self._target = Frame()
        self._opening = None
        return self
