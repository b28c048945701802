"""Labels of steps and of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from ..sequences import Sequences, arranged
from ..weights import weights_of_rows


def accuracy(labels: Any, predicted: Any, sample_weight: Any, *, washout: int = 0) -> float:
    """Return the share of checked labels that are met, of all steps together.

    The first `washout` steps of every sequence are left out.
    """
    groups = labels if _of_several(labels) else [labels]
    answers = np.split(flat_labels(predicted), np.cumsum([len(group) for group in groups])[:-1])
    triples = zip(groups, answers, label_weights(sample_weight, labels), strict=True)
    late = [tuple(part[washout:] for part in triple) for triple in triples]
    truth, answer, weight = (np.concatenate(part) for part in zip(*late, strict=True))
    return float(accuracy_score(truth, answer, sample_weight=weight))


def label_weights(sample_weight: Any, labels: Any) -> list[np.ndarray]:
    """Return the weights of checked labels, an array for each that they hold, or one for all."""
    several = _of_several(labels)
    rows = [len(group) for group in labels] if several else [len(labels)]
    return weights_of_rows(sample_weight, rows, several=several)


def _of_several(labels: Any) -> bool:
    """Whether checked labels are those of the steps of several sequences."""
    return isinstance(labels, list) or np.ndim(labels) > 1


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
    blank = [k for k, label in enumerate(flat) if label is None] if flat.dtype == object else []
    if blank:
        raise ValueError(
            f"y contains None, {len(blank)} of {len(flat)} labels, the first in row {blank[0]}. "
            "Leave those rows out."
        )
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
