"""What representations have in common, and the two plain ones: the last state and the mean."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..estimator import Estimator
from ..sequences import check_sequences


class Representation(TransformerMixin, Estimator):
    """A sequence's states as one row: a transformer of sequences of states.

    The contract, for whoever adds a kind:

    1. ``_plain(states)`` gives the rows (K, F) of arrays (T_k, N) without their washout, and
       ``_learn(states)`` what has to be known of training states first; a sample of them may do.
    2. ``learn_rows(rows)`` learns from all training rows, scales for instance, and
       ``finish(rows)`` applies it; both give the rows, which stay as they are by default.
    3. ``sink(lengths, dtype)`` gives a `reservoir.dynamics.Sink` whose ``rows()`` are, after a run,
       what ``_plain`` would give, so that no states are held; or None, by default. Then
       ``sampled(lengths)`` says which steps are enough for ``learn``.
    4. ``sees_inputs`` says whether the inputs stand beside the states, as the last columns.

    ``fit``, ``transform`` and ``transform_steps`` are made of these.
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "washout": [Interval(Integral, 0, None, closed="left")]
    }
    #: Steps that a sequence must have beyond the washout.
    _least = 1
    washout: int
    #: Whether the inputs stand beside the states.
    sees_inputs = False

    @all_or_nothing
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what the representation needs of the training states.

        Parameters
        ----------
        X : array-like of shape (K, T, N), or list of (T_k, N) arrays
            States.
        y : ignored

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError
            If a parameter is out of its range, `X` is not finite, or a sequence is not longer than
            the washout.
        """
        self.fit_transform(X)
        return self

    @all_or_nothing
    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit, and return one row per sequence; the rows are computed once.

        Parameters
        ----------
        X : array-like of shape (K, T, N), or list of (T_k, N) arrays
        y : ignored

        Returns
        -------
        rows : ndarray of shape (K, F)
        """
        return self.learn_rows(self._plain(self._learned(X)))

    @all_or_nothing
    def learn(self, sample: Any) -> Self:
        """Learn what has to be known of the states from a sample of them; `learn_rows` follows.

        Parameters
        ----------
        sample : array-like of shape (K, T, N), or list of (T_k, N) arrays

        Returns
        -------
        self : estimator
        """
        self._learned(sample)
        return self

    def _learned(self, X: Any) -> list[np.ndarray]:
        """Learn from states, and return them without their washout."""
        self._validate_params()
        states = self._checked(X, reset=True)
        self._learn(states)
        return states

    def _learn(self, states: list[np.ndarray]) -> None:
        """Learn from states without their washout: nothing is needed here."""

    def learn_rows(self, rows: np.ndarray) -> np.ndarray:
        """Learn from all training rows, and return them finished: nothing is needed here."""
        return rows

    def finish(self, rows: np.ndarray) -> np.ndarray:
        """Return rows as `transform` gives them."""
        return rows

    def sink(self, lengths: np.ndarray, dtype: Any) -> Any:
        """Return what sums up the states of a run, or None where they have to be held.

        Parameters
        ----------
        lengths : ndarray of shape (K,)
            Steps of every sequence.
        dtype : dtype
            Of the states.

        Returns
        -------
        sink : Sink or None
            Its ``rows()`` are those of `plain`.
        """
        return None

    def sampled(self, lengths: np.ndarray) -> list[np.ndarray] | None:
        """Return which steps of sequences are enough to learn from where few are; else None.

        Parameters
        ----------
        lengths : ndarray of shape (K,)

        Returns
        -------
        picked : list of K boolean arrays (T_k,), or None
            None where all are needed, or few there are.
        """
        return None

    @property
    def last(self) -> Any:
        """The representation itself, where others stand before it."""
        return self

    def plain(self, X: Any) -> np.ndarray:
        """Return the rows (K, F) of states, as `transform` takes them, not yet finished."""
        return self._plain(self._checked(X, reset=False))

    def transform(self, X: Any) -> np.ndarray:
        """Return one row per sequence.

        Parameters
        ----------
        X : array-like of shape (K, T, N), or list of (T_k, N) arrays

        Returns
        -------
        rows : ndarray of shape (K, F)
        """
        check_is_fitted(self, "n_features_in_")
        return self._rows(self._checked(X, reset=False))

    def transform_steps(self, X: Any) -> list[np.ndarray]:
        """Return the row of every beginning of every sequence.

        Parameters
        ----------
        X : array-like of shape (K, T, N), or list of (T_k, N) arrays

        Returns
        -------
        rows : list of (T_k - washout, F) arrays
        """
        check_is_fitted(self, "n_features_in_")
        return [self._running(x) for x in self._checked(X, reset=False)]

    def _running(self, x: np.ndarray) -> np.ndarray:
        return self._rows([x[: t + 1] for t in range(len(x))])

    def _rows(self, states: list[np.ndarray]) -> np.ndarray:
        return self.finish(self._plain(states))

    def _plain(self, states: list[np.ndarray]) -> np.ndarray:
        raise NotImplementedError

    def _checked(self, X: Any, *, reset: bool) -> list[np.ndarray]:
        """Return the states of every sequence, without the washout."""
        sequences = check_sequences(self, X, reset=reset)
        if sequences.form == "series":
            raise ValueError(
                "X must be a panel (K, T, N) or a list of (T_k, N) arrays; got one series of shape "
                f"{sequences.items[0].shape}. Put it into a list."
            )
        shortest = int(sequences.lengths.min())
        if shortest < self.washout + self._least:
            raise ValueError(
                f"X must hold sequences of at least {self._least} steps after washout="
                f"{self.washout}; the shortest has {shortest}."
            )
        return [item[self.washout :] for item in sequences.items]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_in_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = False, True
        return tags


class LastState(Representation):
    """The last state of every sequence: the classic network's answer.

    Parameters
    ----------
    washout : int, default=0
        First steps that every sequence must have beyond the one that is taken.

    Attributes
    ----------
    n_features_in_ : int

    References
    ----------
    Jaeger (2001), The "echo state" approach to analysing and training recurrent neural networks.

    Examples
    --------
    >>> from reservoir import LastState
    >>> LastState().fit_transform([[[1.0], [2.0]], [[3.0]]]).ravel()
    array([2., 3.])
    """

    def __init__(self, *, washout: int = 0) -> None:
        self.washout = washout

    def _plain(self, states: list[np.ndarray]) -> np.ndarray:
        return np.stack([x[-1] for x in states])

    def _running(self, x: np.ndarray) -> np.ndarray:
        return x


class MeanState(Representation):
    """The mean state of every sequence.

    Parameters
    ----------
    washout : int, default=0
        First steps of every sequence that are left out.

    Attributes
    ----------
    n_features_in_ : int

    Examples
    --------
    >>> from reservoir import MeanState
    >>> MeanState().fit_transform([[[1.0], [2.0]], [[3.0]]]).ravel()
    array([1.5, 3. ])
    """

    def __init__(self, *, washout: int = 0) -> None:
        self.washout = washout

    def _plain(self, states: list[np.ndarray]) -> np.ndarray:
        return np.stack([x.mean(axis=0, dtype=float) for x in states])

    def _running(self, x: np.ndarray) -> np.ndarray:
        return running_mean(x)


def steps(x: np.ndarray) -> np.ndarray:
    """Return the number of every step, (T, 1), from one on."""
    return np.arange(1.0, len(x) + 1)[:, None]


def running_mean(x: np.ndarray) -> np.ndarray:
    """Return the mean of every beginning, as `x`."""
    return x.cumsum(axis=0, dtype=float) / steps(x)
