"""A network on its way: rows come one by one, and the state is carried on."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..atomic import all_or_nothing
from ..frames import Frame
from ..sequences import check_sequences
from .network import Network


class Stream:
    """Answers the rows of a series as they come: `ESNRegressor.stream`.

    All calls together equal one ``predict`` of all rows, to rounding; the estimator stays as it is.

    Parameters
    ----------
    estimator : ESNRegressor
        Fitted, with one target per step.
    state : ndarray of shape (n_state, 1)
        Of the network, before the first row.

    Attributes
    ----------
    state_ : ndarray of shape (n_state, 1)
        After the last row that was answered.
    n_steps_seen_ : int
        Rows that were answered.
    """

    def __init__(self, estimator: Any, state: np.ndarray) -> None:
        self._estimator, self._network = estimator, estimator.network_
        self.state_, self.n_steps_seen_ = state, 0
        self._frame: Frame = estimator._frame  # of the last rows, from which time goes on

    @all_or_nothing
    def predict(self, X: Any) -> Any:
        """Return the outputs of further rows.

        Parameters
        ----------
        X : array-like of shape (T, d)

        Returns
        -------
        y : ndarray of shape (T,) or (T, m)
            A series or frame where `X` is one, and the target of `fit` was.
        """
        network: Network = self._network
        sequences = check_sequences(self._estimator, X, reset=False, before=self._frame)
        if sequences.form != "series":
            raise ValueError("a stream takes the rows of one series, of shape (T, d).")
        seen, self.state_ = network.seen_and_end(sequences, self.state_)
        self.n_steps_seen_ += len(seen[0])
        self._frame = Frame.of(X)
        outputs = network.readout.outputs(seen[0].T)
        answer = outputs[0] if network.shape.squeeze else np.ascontiguousarray(outputs.T)
        return Frame.of(X).of_outputs(answer, self._estimator._target)
