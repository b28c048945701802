"""The data forms of the library: one series, a panel, or a ragged list; in and out.

Time is the first axis of a series. Inside, every form is a list of ``(T_k, d)`` arrays with the
name of the form kept beside it, so that an answer can be given back in the form of the question.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_array
from sklearn.utils.validation import _check_feature_names, validate_data

from .checks import numbers_of
from .frames import Frame, check_frame, check_same_dates
from .missing import unmasked
from .shapes import check_is_array, check_rows, check_steps, check_width, holds_objects
from .timing import timed

FLOATS = [np.float64, np.float32]
#: Above this the squares of the data overflow.
TOO_LARGE = 1e150


@dataclass(frozen=True)
class Sequences:
    """Validated sequences: ``items`` is a list of (T_k, d) arrays, ``form`` how they came.

    ``form`` is "series" (one 2-D array), "panel" (3-D array) or "list" (ragged); ``names`` are
    those of the features, where they came in a frame, and ``index`` that of one series.
    """

    form: str
    items: list[np.ndarray]
    names: np.ndarray | None = None
    index: Any = None

    @property
    def lengths(self) -> np.ndarray:
        """The numbers of steps T_k, shape (K,)."""
        return np.array([len(item) for item in self.items], dtype=int)

    @property
    def dtype(self) -> np.dtype:
        """The common floating type of the items."""
        return np.result_type(*self.items)

    def share(self, part: slice | np.ndarray) -> Sequences:
        """Return some of the sequences."""
        numbers = np.arange(len(self.items))[part]
        return Sequences(self.form, [self.items[k] for k in numbers], self.names)

    def describe(self, estimator: Any) -> None:
        """Set ``n_features_in_`` and ``feature_names_in_`` of an estimator fitted on them."""
        estimator.n_features_in_ = self.items[0].shape[1]
        if self.names is not None:
            estimator.feature_names_in_ = self.names
        elif hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_

    def restore(self, items: Sequence[np.ndarray]) -> Any:
        """Give arrays with one row per step back in the form that the input had."""
        if self.form == "series":
            return items[0]
        return np.stack(items) if self.form == "panel" else Rows(items)

    def restore_outputs(self, items: Sequence[np.ndarray]) -> Any:
        """Give what was predicted for every step back in the form that the input had."""
        return PerStep(items) if self.form == "list" else self.restore(items)


def opening_of(sequences: Sequences, n_rows: int) -> list[np.ndarray]:
    """Return the first rows of a series, or the first sequences that hold as many."""
    if sequences.form == "series":
        return [sequences.items[0][:n_rows]]
    before = np.cumsum(sequences.lengths) - sequences.lengths
    return [item for item, n in zip(sequences.items, before, strict=True) if n < n_rows]


class _NoShape:
    """What stands for the shape of what has none: to use it is an error that says what to do."""

    def _refuse(self, *args: Any) -> Any:
        raise ValueError(
            "predictions for a list of sequences are a list and no array, which metrics and "
            "scikit-learn's scorers need. Score by the estimator's own score (scoring=None) or by "
            "reservoir.model_selection.make_sequence_scorer(metric)."
        )

    __len__ = __iter__ = __getitem__ = _refuse


class PerStep(list):
    """What was predicted for a list of sequences: a list, which no metric can take for an array."""

    shape = _NoShape()

    def __array__(self, *args: Any, **options: Any) -> Any:
        """Refuse: the error says how sequences are scored."""
        return len(self.shape)


class Rows(list):
    """What was made of a list of sequences: a list, which no union can take for an array."""

    def __array__(self, *args: Any, **options: Any) -> Any:
        """Refuse: the error says what to do."""
        raise ValueError(
            "what a list of sequences became is a list, an array each, and a union or a step that "
            "wants one array cannot take it: wrap the step, StepwiseTransformer(...), put "
            "reservoirs side by side in a BlockReservoir, or np.stack sequences of one length."
        )


def form_of(X: Any) -> str:
    """Tell the form of `X`: "series", "panel" or "list".

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.sequences import form_of
    >>> form_of(np.zeros((5, 2))), form_of(np.zeros((3, 5, 2))), form_of([np.zeros((5, 2))])
    ('series', 'panel', 'list')
    """
    many = isinstance(X, (list, tuple)) or (holds_objects(X) and X.ndim == 1)
    if many and len(X) and (_ndim(X[0]) == 2 or _is_named_series(X[0])):
        return "list"
    return "panel" if _ndim(X) == 3 else "series"


def _ndim(item: Any) -> int:
    """Number of dimensions, told by the first of each where lists are nested."""
    if hasattr(item, "shape"):
        return len(item.shape)
    return 1 + _ndim(item[0]) if isinstance(item, (list, tuple)) and len(item) else 0


def _is_named_series(item: Any) -> bool:
    """Whether this is one column of a pandas or polars frame."""
    return hasattr(item, "to_frame") and _ndim(item) == 1


def _as_frame(item: Any) -> Any:
    """Return a named series as a frame, and a polars frame with NaN for what is null."""
    item = item.to_frame() if _is_named_series(item) else item
    pl = sys.modules.get("polars")
    if pl is not None and isinstance(item, pl.DataFrame):
        return item.cast(pl.Float64).fill_null(float("nan"))
    return item


def check_sequences(
    estimator: Any, X: Any, *, reset: bool, min_steps: int = 1, regular: bool = False,
    ordered: bool = True, gaps: bool = False, before: Frame | None = None,
) -> Sequences:  # fmt: skip
    """Validate `X` in any of the three forms for `estimator`, as scikit-learn's `validate_data`.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` (and ``feature_names_in_``) where `reset`; else is checked against.
    X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) array-likes
    reset : bool
        Whether this is a fit.
    min_steps : int, default=1
        Least number of steps of every sequence.
    regular : bool, default=False
        Whether the dates of frames must be evenly spaced too.
    ordered : bool, default=True
        Whether the order of rows counts, so that the index of frames must be in order.
    gaps : bool, default=False
        Whether NaN, what was not seen, may stand in `X`.

    Returns
    -------
    sequences : Sequences

    Raises
    ------
    ValueError
        If `X` is empty, not finite, sparse, complex or too short, its width is another, or the
        dates of a frame are not in order.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from reservoir.sequences import check_sequences
    >>> check_sequences(BaseEstimator(), [np.ones((4, 2)), np.ones((3, 2))], reset=True).lengths
    array([4, 3])
    """
    check_is_array(X)
    X = unmasked(X)
    form = form_of(X)
    X = timed(estimator, X, reset=reset, before=before, regular=regular)
    for k, item in enumerate(X) if form == "list" else ():
        check_frame(item, regular=regular, ordered=ordered, gaps=gaps, name=f"X[{k}]")
    finite: Any = "allow-nan"  # NaN is told below, in words of this library
    if form == "series":
        check_frame(X, regular=regular, ordered=ordered, gaps=gaps)
        if not reset:
            check_width(X, getattr(estimator, "n_features_in_", 1))
        index, X = Frame.of(X).index, _as_frame(X)
        check_rows(X)
        check_steps(X, min_steps, "rows, each a step")
        series = validate_data(
            estimator, X, reset=reset, dtype=FLOATS, ensure_min_samples=min_steps,
            ensure_all_finite=finite,
        )  # fmt: skip
        _check_seen(series, gaps, "X")
        return Sequences(form, [series], getattr(estimator, "feature_names_in_", None), index)
    if form == "panel":
        panel = check_array(
            X, dtype=FLOATS, allow_nd=True, input_name="X", estimator=estimator,
            ensure_all_finite=finite,
        )  # fmt: skip
        items = list(panel)
        for k, item in enumerate(items):
            _check_seen(item, gaps, f"X[{k}]")
    else:
        named = {item.name for item in X if _is_named_series(item)}
        X = [_as_frame(item) for item in X]
        if len(named) > 1:  # names of series, and none of a feature
            X = [item.to_numpy() if hasattr(item, "to_numpy") else item for item in X]
        items = [_check_item(estimator, item, k, gaps) for k, item in enumerate(X)]
    _check_width(estimator, X, items, reset=reset)
    shortest = min(map(len, items))
    if shortest < min_steps:
        raise ValueError(
            f"X must hold sequences of at least {min_steps} steps; the shortest has {shortest}."
        )
    return Sequences(form, items, getattr(estimator, "feature_names_in_", None))


def _check_seen(item: np.ndarray, gaps: bool, name: str) -> None:
    """Raise where NaN stands in a sequence, and may not."""
    with np.errstate(over="ignore", invalid="ignore"):
        if gaps or not np.isnan(item.sum()):
            return
    lost = np.isnan(item)
    if lost.any():
        row, column = (int(at[0]) for at in np.nonzero(lost))
        raise ValueError(
            f"Input {name} contains NaN, {np.count_nonzero(lost)} of {lost.size} cells, the first "
            f"in row {row}, column {column}. Fill gaps before, as pandas' interpolate() does; "
            "ESNForecaster takes them as they are, and so does ESNClassifier."
        )


def _check_item(estimator: Any, item: Any, k: int, gaps: bool) -> np.ndarray:
    if type(item) is np.ndarray and item.ndim == 2 and item.dtype in FLOATS and item.size:
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(item.sum()):  # the many short sequences of a list need no more
                return item
    if sp.issparse(item):
        raise TypeError(f"X[{k}] must be a dense array; got a sparse {type(item).__name__}.")
    array = check_array(
        item, dtype=FLOATS, input_name=f"X[{k}]", estimator=estimator,
        ensure_all_finite="allow-nan",
    )  # fmt: skip
    _check_seen(array, gaps, f"X[{k}]")
    return array


def _check_width(estimator: Any, X: Any, items: list[np.ndarray], *, reset: bool) -> None:
    widths = {item.shape[1] for item in items}
    if len(widths) > 1:
        n_rows = {len(item) for item in items}
        hint = (
            f" They are all of {n_rows.pop()} rows: if these are channels, and columns steps, pass "
            "[np.transpose(x) for x in X]."
        ) if len(n_rows) == 1 else ""  # fmt: skip
        raise ValueError(
            f"X must hold sequences of the same number of features; got {sorted(widths)}.{hint}"
        )
    if widths == {0}:
        raise ValueError("X must have at least 1 feature; got 0 feature(s).")
    first = X[0]
    if hasattr(first, "columns") or reset:
        _check_feature_names(estimator, first, reset=reset)  # a fit without names forgets old ones
    for k, item in enumerate(X) if hasattr(first, "columns") else ():
        if hasattr(item, "columns") and list(item.columns) != list(first.columns):
            raise ValueError(
                f"X must hold frames of the same columns, in one order: X[0] has "
                f"{list(first.columns)}, X[{k}] has {list(item.columns)}."
            )
    if reset:
        estimator.n_features_in_ = widths.pop()
    elif widths != {estimator.n_features_in_}:
        raise ValueError(
            f"X has {widths.pop()} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input."
        )


@dataclass(frozen=True)
class Targets:
    """Validated targets: ``items`` holds (T_k, m) arrays, or (1, m) rows where ``per_sequence``.

    ``squeeze`` says that `y` came without its last axis, so predictions go without it too.
    """

    items: list[np.ndarray]
    per_sequence: bool
    squeeze: bool

    @property
    def n_outputs(self) -> int:
        """Number of output columns, m."""
        return self.items[0].shape[1]

    def described(self) -> Targets:
        """Return the same without rows: what outputs are to look like."""
        return Targets([self.items[0][:0].copy()], self.per_sequence, self.squeeze)


def check_targets(y: Any, sequences: Sequences) -> Targets:
    """Validate `y` against its sequences: one row per step, or one row per sequence.

    A series takes ``(T,)`` or ``(T, m)``. A panel takes ``(K, T, m)`` per step, ``(K,)`` or
    ``(K, m)`` per sequence. A list takes a list of ``(T_k,)`` or ``(T_k, m)`` per step, an array
    ``(K,)`` or ``(K, m)`` per sequence. NaN is allowed: such rows are not trained on.

    Raises
    ------
    ValueError
        If `y` is missing, has infinite values, its lengths do not match those of `X`, or it is an
        array (K, T), which could be meant either way.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.sequences import Sequences, check_targets
    >>> check_targets([0.0, 1.0], Sequences("series", [np.zeros((2, 1))])).items[0].shape
    (2, 1)
    """
    max_ndim = 3 if sequences.form == "panel" else 2
    if sequences.index is not None:
        check_same_dates(Frame.of(y).index, sequences.index, "y")
    check = partial(_check_target, max_ndim=max_ndim)
    arrays, per_sequence = arranged(y, sequences, check, panel_ndim=3)
    if not per_sequence:
        return _targets(arrays)
    (array,) = arrays
    if array.ndim == 2 and (sequences.lengths == array.shape[1]).all():
        K, T = array.shape
        raise ValueError(
            f"y of shape ({K}, {T}) beside {K} sequences of {T} steps is ambiguous: pass "
            f"({K}, {T}, 1) (for a list: a list of ({T}, 1) arrays) for one target per step."
        )
    squeeze = array.ndim == 1
    rows = array.reshape(len(array), -1)
    return Targets([rows[k : k + 1] for k in range(len(rows))], per_sequence=True, squeeze=squeeze)


def arranged(
    y: Any, sequences: Sequences, check: Callable[[Any, str], np.ndarray], *, panel_ndim: int
) -> tuple[list[np.ndarray], bool]:
    """Return what stands beside the steps of sequences, an array each, or one row per sequence.

    Parameters
    ----------
    y : array-like or list of array-likes
    sequences : Sequences
    check : callable ``(part, name) -> array``
        Validates a part of `y`; the name is for its errors.
    panel_ndim : int
        Dimensions of what is beside the steps of a panel.

    Returns
    -------
    arrays : list of ndarray
        One per sequence; or a single one, a row per sequence.
    per_sequence : bool
        Whether it is the latter.

    Raises
    ------
    ValueError
        If `y` is missing, or its lengths do not match those of the sequences.
    """
    if y is None:
        raise ValueError("This estimator requires y to be passed, but the target y is None.")
    if sequences.form == "series":
        arrays = [check(y, "y")]
    elif sequences.form == "panel" and np.ndim(y) == panel_ndim:
        arrays = list(check(y, "y"))
    elif sequences.form == "list" and _is_list_of_arrays(y):
        arrays = [check(row, f"y[{k}]") for k, row in enumerate(y)]
    else:
        rows = check(y, "y")
        _check_count(len(rows), sequences)
        return [rows], True
    _check_count(len(arrays), sequences)
    _check_lengths([len(array) for array in arrays], sequences)
    return arrays, False


def _targets(arrays: list[np.ndarray]) -> Targets:
    squeeze = arrays[0].ndim == 1
    items = [array.reshape(len(array), -1) for array in arrays]
    if len({item.shape[1] for item in items}) > 1:
        raise ValueError("y must have the same number of outputs for every sequence.")
    return Targets(items, per_sequence=False, squeeze=squeeze)


def _is_list_of_arrays(y: Any) -> bool:
    """Whether `y` holds one array of targets per sequence, rather than one row of one array."""
    if not isinstance(y, (list, tuple)) and not holds_objects(y):
        return False
    return len(y) > 0 and np.ndim(y[0]) > 0


def _check_target(y: Any, name: str, *, max_ndim: int) -> np.ndarray:
    array = numbers_of(y, name, ensure_2d=False, allow_nd=True, ensure_all_finite="allow-nan")
    if not 1 <= array.ndim <= max_ndim:
        raise ValueError(f"{name} must have 1 to {max_ndim} dimensions; got shape {array.shape}.")
    return array


def _check_count(count: int, sequences: Sequences) -> None:
    if count != len(sequences.items):
        raise ValueError(
            f"y must have one entry per sequence of X ({len(sequences.items)}); got {count}. "
            "Found input variables with inconsistent numbers of samples."
        )


def _check_lengths(lengths: list[int], sequences: Sequences) -> None:
    for k, (mine, wanted) in enumerate(zip(lengths, sequences.lengths, strict=True)):
        if mine != wanted:
            raise ValueError(
                f"y must have one row per step of X; sequence {k} has {wanted} steps, got {mine}. "
                "Found input variables with inconsistent numbers of samples."
                f"{_of_ids(sequences, mine)}"
            )


def _of_ids(sequences: Sequences, n: int) -> str:
    """Return what is to be said where a column of one series holds `n` values in turn, as ids."""
    x = sequences.items[0]
    runs = 1 + np.count_nonzero(np.diff(x, axis=0), axis=0)
    found = [k for k in np.flatnonzero(runs == n) if 1 < n == len(np.unique(x[:, k]))]
    if not found or sequences.form != "series":
        return ""
    name = int(found[0]) if sequences.names is None else sequences.names[found[0]]
    frame = "pandas.DataFrame(X)" if sequences.names is None else "X"
    return (
        f" Column {name!r} holds {n} values, as ids of sequences one below the other: "
        f"reservoir.interchange.from_long_frame({frame}, {name!r}, ...) parts them."
    )
