"""Whether a network that was trained on all of a series still runs with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from ..frames import as_column
from ..layouts import layout_is_known
from .candidates import known

#: Free runs from within a training, the rows that one has to have, and the share that may leave.
WITHIN, LEAST_ROWS, MOST_LOST = 12, 500, 0.25


@layout_is_known()
def lost_within(path: Sequence[Any], X: Any, exog: Any, n_steps: int) -> np.ndarray:
    """Return the share (A,) of free runs from within a training series that diverge.

    Folds see the loops of other trainings: without a penalty to speak of, that of all rows may
    leave at once where theirs did not.

    Parameters
    ----------
    path : sequence of A forecasters
        Fitted on `X`; they differ in their readouts alone.
    X : array-like of shape (T, d)
        NaN is what was not seen.
    exog : array-like of shape (T, e), or None
    n_steps : int

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ESNForecaster
    >>> from reservoir.model_selection.holding import lost_within
    >>> x = np.sin(0.2 * np.arange(600))[:, None]
    >>> lost_within([ESNForecaster(random_state=0).fit(x)], x, None, 50)
    array([0.])
    """
    rows = np.asarray(as_column(X), dtype=float).reshape(len(X), -1)
    led = path[0].network_.washout_ + path[0].levels_.reach + 1
    wanted = np.linspace(led, max(led, len(rows) - n_steps), WITHIN, dtype=int)
    spans = [(at - led, at, at + n_steps) for at in np.unique(wanted)]
    spans = [each for each in spans if np.isfinite(rows[each[0] : each[2]]).all()]
    if not spans or spans[-1][2] > len(rows):
        return np.zeros(len(path))
    contexts = [_safe_indexing(X, np.arange(first, at)) for first, at, _ in spans]
    before = after = None
    if exog is not None:
        before = [_safe_indexing(exog, np.arange(first, at)) for first, at, _ in spans]
        after = [_safe_indexing(exog, np.arange(at, last)) for _, at, last in spans]
    beside = {"context_exog": before} if exog is not None else {}
    runs = path[0].forecast_path(path, n_steps, contexts, **known(after), **beside)
    return np.array([np.mean([not np.isfinite(run).all() for run in each]) for each in runs])
