"""Labels of steps and of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from ..sequences import Sequences, arranged


def accuracy(labels: Any, predicted: np.ndarray, sample_weight: Any) -> float:
    """Return the share of labels, of all steps together, that are met."""
    flat = flat_labels(labels)
    weight = None if sample_weight is None else flat_labels(sample_weight)
    return float(accuracy_score(flat, predicted, sample_weight=weight))


def flat_labels(part: Any) -> np.ndarray:
    """Return labels, or weights, of all steps one after the other."""
    return np.concatenate(part) if isinstance(part, list) else np.ravel(part)


def like_labels(flat: np.ndarray, labels: Any) -> Any:
    """Return what `_flat` made of labels in their form again."""
    if isinstance(labels, list):
        return np.split(flat, np.cumsum([len(row) for row in labels])[:-1])
    return flat.reshape(np.shape(labels))


def check_labels(y: Any, sequences: Sequences) -> Any:
    """Validate labels: (T,), (K,) or (K, T) arrays, or a list of (T_k,) arrays.

    Raises
    ------
    ValueError
        If `y` is missing, holds NaN, is of numbers that are no classes, or its lengths do not match
        those of the sequences.
    """
    if _is_one_hot(y, sequences):
        raise ValueError(
            f"y of shape {np.shape(y)} is one-hot, a column for each class: labels are one number "
            "or name a row, y.argmax(axis=1), or y.idxmax(axis=1) of a frame."
        )
    arrays, per_sequence = arranged(y, sequences, _check_label, panel_ndim=2)
    flat = np.concatenate(arrays)
    assert_all_finite(flat, input_name="y")
    check_classification_targets(flat)
    return arrays[0] if per_sequence else sequences.restore(arrays)


def _is_one_hot(y: Any, sequences: Sequences) -> bool:
    """Whether each row holds one 1 and else 0, where it cannot be labels of steps."""
    if len(getattr(y, "shape", ())) != 2:
        return False
    labels = np.asarray(y)
    n_columns = labels.shape[1]
    numbers = labels.dtype.kind in "biuf" and n_columns > 1
    if not numbers or (sequences.form != "series" and (sequences.lengths == n_columns).all()):
        return False
    return bool(np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all())


def _check_label(y: Any, name: str) -> np.ndarray:
    labels = np.asarray(y)
    return labels if labels.ndim == 2 and labels.shape[1] > 1 else column_or_1d(y, warn=True)


def is_per_sequence(labels: Any, sequences: Sequences) -> bool:
    """Whether checked labels are one for each sequence, and not for each step."""
    return sequences.form != "series" and isinstance(labels, np.ndarray) and labels.ndim == 1


def encode(labels: Any) -> tuple[np.ndarray, Any]:
    """Return the classes, and checked labels as their indices, in the form of the labels."""
    classes, codes = np.unique(flat_labels(labels), return_inverse=True)
    return classes, like_labels(codes, labels)


def one_hot(codes: Any, n_classes: int) -> Any:
    """Return 1 in the column of the class and -1 elsewhere, with one axis more."""
    signs = 2.0 * np.eye(n_classes) - 1.0
    return [signs[code] for code in codes] if isinstance(codes, list) else signs[codes]
