"""Classification by ridge regression on one column per class."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.metrics import accuracy_score
from sklearn.utils import assert_all_finite
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from ..sequences import Sequences, check_sequences, check_targets
from .linear import RidgeReadoutCV, spectrum_of, used_rows
from .training import last_rows, training_weights

#: Penalties that a classifier chooses from where it is given no readout.
ALPHAS = np.logspace(-6, 3, 19)


class RidgeReadoutClassifier(ClassifierMixin, BaseEstimator):
    r"""Classifier by ridge regression: a column for each class, 1 where it is right, else -1.

    The class of the highest output is the answer. At one alpha this is scikit-learn's
    `~sklearn.linear_model.RidgeClassifier`, on panels and ragged lists too, with probabilities.

    Parameters
    ----------
    readout : RidgeReadout or RidgeReadoutCV, default=None
        The regression; ``RidgeReadoutCV(numpy.logspace(-6, 3, 19))`` where None, which chooses
        alpha by exact leave-one-out.
    class_weight : dict, "balanced" or None, default=None
        As in scikit-learn: "balanced" gives each class the same weight.

    Attributes
    ----------
    readout_ : RidgeReadout or RidgeReadoutCV
    classes_ : ndarray of shape (n_classes,)
    inverse_temperature_ : float
        What decisions are multiplied by before they become probabilities.
    coef_, intercept_, n_features_in_, feature_names_in_
        As in `RidgeReadout`, a row for each class, or one where there are two.

    Notes
    -----
    Probabilities are :math:`\mathrm{softmax}(\beta f(x))` of the decisions f; of all
    :math:`\beta`, the one that makes the training labels most likely where each is decided by the
    solution without it (in closed form): temperature scaling, Guo et al. (2017), On calibration of
    modern neural networks.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import RidgeReadoutClassifier
    >>> x = np.random.default_rng(0).standard_normal((200, 2))
    >>> kind = np.where(x[:, 0] > 0, "right", "left")
    >>> model = RidgeReadoutClassifier().fit(x, kind)
    >>> model.predict([[2.0, 0.0], [-2.0, 0.0]]).tolist()
    ['right', 'left']
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "readout": [HasMethods(["fit", "begin", "finish"]), None],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(self, readout: Any = None, *, class_weight: Any = None) -> None:
        self.readout = readout
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn the classes of rows, steps or sequences.

        Parameters
        ----------
        X : array-like of shape (T, N) or (K, T, N), or list of (T_k, N) arrays
        y : array-like of shape (T,), (K,) or (K, T), or list of (T_k,) arrays
            Labels of steps, or of the sequences of a panel or list, which are learned from the last
            state of each.
        sample_weight : array-like of shape (T,) or (K,), or list of (T_k,) arrays, optional

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError
            If a parameter is out of its range, `X` is not finite, or lengths do not match.
        """
        self._validate_params()
        sequences = check_sequences(self, X, reset=True)
        self.classes_, codes = encode(y, sequences)
        targets = one_hot(codes, len(self.classes_))
        weights = self.weights(codes, sample_weight)
        self.readout_ = self.begin().fit(X, targets, weights)
        checked = check_targets(targets, sequences)
        rows = last_rows(sequences.items) if checked.per_sequence else sequences.items
        washout = 0 if self.readout_.washout == "auto" else self.readout_.washout
        used = training_weights(weights, sequences, checked, washout)
        self.calibrate(*self._left_out(*used_rows(rows, checked.items, used)))
        return self

    def begin(self) -> Any:
        """Return the regression, not yet fitted."""
        return RidgeReadoutCV(ALPHAS) if self.readout is None else clone(self.readout)

    def weights(self, codes: Any, sample_weight: Any) -> Any:
        """Return the weights of steps or sequences, those of the classes among them."""
        if self.class_weight is None:
            return sample_weight
        labels = self.classes_[np.concatenate(codes) if isinstance(codes, list) else codes.ravel()]
        of_class = compute_sample_weight(self.class_weight, labels)
        if isinstance(codes, list):
            ends = np.cumsum([len(code) for code in codes])[:-1]
            shares = np.split(of_class, ends)
            if sample_weight is None:
                return shares
            return [np.multiply(a, b) for a, b in zip(shares, sample_weight, strict=True)]
        of_class = of_class.reshape(codes.shape)
        if codes.ndim == 2:
            return list(of_class if sample_weight is None else of_class * np.asarray(sample_weight))
        return of_class if sample_weight is None else of_class * np.asarray(sample_weight)

    def adopt(self, readout: Any, classes: np.ndarray) -> Self:
        """Take a regression that was fitted elsewhere on a column for each class."""
        self.readout_, self.classes_ = readout, classes
        self.n_features_in_, self.inverse_temperature_ = readout.n_features_in_, 1.0
        return self

    def _left_out(
        self, x: np.ndarray, y: np.ndarray, weight: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return decisions of rows by the solution without each, their classes and weights."""
        readout = self.readout_
        spectrum = readout._spectrum or spectrum_of(
            readout.statistics_.together(), ([x], [y], [weight]), readout.fit_intercept
        )
        alphas = np.atleast_1d(readout.alpha_)
        # a weight of two is two rows, of which one is left out
        errors = spectrum.left_out(x, y, np.ones_like(weight), alphas, readout.fit_intercept)
        each = np.minimum(np.arange(y.shape[1]), len(alphas) - 1)  # one alpha, or one per class
        return y - errors[each, :, np.arange(y.shape[1])].T, y.argmax(axis=1), weight

    def calibrate(
        self, decisions: np.ndarray, codes: np.ndarray, weight: np.ndarray | None = None
    ) -> None:
        """Set the inverse temperature that makes classes most likely.

        Parameters
        ----------
        decisions : ndarray of shape (T, n_classes)
        codes : ndarray of shape (T,)
            Indices of the right classes.
        weight : ndarray of shape (T,), optional
        """
        shares = np.ones(len(codes)) if weight is None else weight

        def unlikely(log_beta: float) -> float:
            log = log_softmax(np.exp(log_beta) * decisions, axis=1)
            return float(-(shares @ log[np.arange(len(codes)), codes]) / shares.sum())

        finite = np.isfinite(decisions).all(axis=1)  # a row that alone decides has no left-out one
        decisions, codes, shares = decisions[finite], codes[finite], shares[finite]
        self.inverse_temperature_ = 1.0
        if len(codes) and len(self.classes_) > 1:
            found = minimize_scalar(unlikely, bounds=(np.log(0.1), np.log(100.0)), method="bounded")
            self.inverse_temperature_ = float(np.exp(found.x))

    @property
    def coef_(self) -> np.ndarray:
        """Coefficients, (n_classes, N), or (1, N) of the second of two."""
        return self.readout_.coef_[-1:] if len(self.classes_) == 2 else self.readout_.coef_

    @property
    def intercept_(self) -> np.ndarray:
        """Intercepts, (n_classes,), or (1,) of the second of two."""
        of_all = self.readout_.intercept_
        return of_all[-1:] if len(self.classes_) == 2 else of_all

    def decision_function(self, X: Any) -> Any:
        """Return the outputs of rows or steps, in the form of `X`.

        Parameters
        ----------
        X : array-like of shape (T, N) or (K, T, N), or list of (T_k, N) arrays

        Returns
        -------
        decisions : ndarray of shape (T, n_classes), (T,) of two classes, or as many per sequence
            Above zero, of two classes, for the second.
        """
        return self._each(X, "decision_function")

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of the classes, in the form of `X`.

        Parameters
        ----------
        X : array-like of shape (T, N) or (K, T, N), or list of (T_k, N) arrays

        Returns
        -------
        probabilities : ndarray of shape (T, n_classes), or as many per sequence
        """
        return self._each(X, "predict_proba")

    def predict(self, X: Any) -> Any:
        """Return the most likely class of every row or step, in the form of `X`.

        Parameters
        ----------
        X : array-like of shape (T, N) or (K, T, N), or list of (T_k, N) arrays

        Returns
        -------
        labels : ndarray of shape (T,), or as many per sequence
        """
        return self._each(X, "predict")

    def answer(self, method: str, outputs: np.ndarray) -> np.ndarray:
        """Return what a method makes of outputs (T, n_classes)."""
        if method == "predict":
            return self.classes_[outputs.argmax(axis=1)]
        if method == "predict_proba":
            return softmax(self.inverse_temperature_ * outputs, axis=1)
        return outputs[:, 1] if outputs.shape[1] == 2 else outputs

    def _each(self, X: Any, method: str) -> Any:
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        readout = self.readout_
        outputs = (x @ readout.coef_.T + readout.intercept_ for x in sequences.items)
        return sequences.restore_outputs([self.answer(method, output) for output in outputs])

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy, over all steps, or over sequences where `y` has a label for each."""
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False)
        labels = check_labels(y, sequences)
        rows = sequences.items
        if sequences.form != "series" and not isinstance(labels, list) and labels.ndim == 1:
            rows = last_rows(rows)
        predicted = np.concatenate([self.predict(x) for x in rows])
        return accuracy(labels, predicted, sample_weight)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "readout_")


def accuracy(labels: Any, predicted: np.ndarray, sample_weight: Any) -> float:
    """Return the share of labels, of all steps together, that are met."""
    flat = _flat(labels)
    weight = None if sample_weight is None else _flat(sample_weight)
    return float(accuracy_score(flat, predicted, sample_weight=weight))


def _flat(part: Any) -> np.ndarray:
    return np.concatenate(part) if isinstance(part, list) else np.ravel(part)


def check_labels(y: Any, sequences: Sequences) -> Any:
    """Validate labels: (T,), (K,) or (K, T) arrays, or a list of (T_k,) arrays.

    Raises
    ------
    ValueError
        If `y` is missing, holds NaN, is of numbers that are no classes, or its lengths do not match
        those of the sequences.
    """
    if y is None:
        raise ValueError("This estimator requires y to be passed, but the target y is None.")
    is_list = isinstance(y, (list, tuple)) and len(y) > 0 and np.ndim(y[0]) > 0
    if sequences.form == "list" and is_list:
        labels: Any = [_column(row) for row in y]
        lengths, wanted = [len(row) for row in labels], sequences.lengths.tolist()
    else:
        labels = np.asarray(y) if sequences.form == "panel" else _column(y)
        shape = (len(sequences.items), int(sequences.lengths[0]))
        if sequences.form == "series":
            lengths, wanted = [len(labels)], [shape[1]]
        elif labels.ndim == 2:
            lengths, wanted = list(labels.shape), list(shape)
        else:
            lengths, wanted = [len(labels)], [shape[0]]
    if lengths != wanted:
        raise ValueError(
            f"y must have a label for every step or every sequence of X, {wanted}; got {lengths}. "
            "Found input variables with inconsistent numbers of samples."
        )
    flat = _flat(labels)
    assert_all_finite(flat, input_name="y")
    check_classification_targets(flat)
    return labels


def _column(y: Any) -> np.ndarray:
    return column_or_1d(y, warn=True)


def encode(y: Any, sequences: Sequences) -> tuple[np.ndarray, Any]:
    """Return the classes, and labels as their indices, in the form of the labels."""
    labels = check_labels(y, sequences)
    classes, codes = np.unique(_flat(labels), return_inverse=True)
    if isinstance(labels, list):
        return classes, np.split(codes, np.cumsum([len(row) for row in labels])[:-1])
    return classes, codes.reshape(np.shape(labels))


def one_hot(codes: Any, n_classes: int) -> Any:
    """Return 1 in the column of the class and -1 elsewhere, with one axis more."""
    signs = 2.0 * np.eye(n_classes) - 1.0
    return [signs[code] for code in codes] if isinstance(codes, list) else signs[codes]
