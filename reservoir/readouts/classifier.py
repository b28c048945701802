"""Classification by ridge regression on one column per class."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.base import ClassifierMixin, clone
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..estimator import Estimator
from ..ridge import RidgeStatistics, Spectrum
from ..sequences import check_sequences, check_targets
from .cross_validated import RidgeReadoutCV
from .labels import (
    accuracy,
    check_labels,
    encode,
    flat_labels,
    is_per_sequence,
    label_weights,
    one_hot,
)
from .training import last_rows, training_weights, used_rows

#: Penalties that a classifier chooses from where it is given no readout, and rows at most by
#: which it does.
ALPHAS, MOST_JUDGED = tuple(np.logspace(-6, 3, 19).tolist()), 20_000


class RidgeReadoutClassifier(ClassifierMixin, Estimator):
    r"""Classifier by ridge regression: a column for each class, 1 where it is right, else -1.

    The class of the highest output is the answer. At one alpha this is scikit-learn's
    `~sklearn.linear_model.RidgeClassifier`, on panels and ragged lists too, with probabilities.

    Parameters
    ----------
    readout : RidgeReadout or RidgeReadoutCV, default=None
        The regression. Where None, alpha is the one of `alphas` by which the training labels are
        most likely, each told by the solution without it: exact leave-one-out. In an
        `ESNClassifier` whose states stream by, it is chosen by generalised cross-validation.
    alphas : array-like of shape (n_alphas,), default=numpy.logspace(-6, 3, 19)
        Penalties > 0 that are chosen from where `readout` is None.
    class_weight : dict, "balanced" or None, default=None
        As in scikit-learn: "balanced" gives each class the same weight.

    Attributes
    ----------
    alpha_ : float
    classes_ : ndarray of shape (n_classes,)
    left_out_loss_ : float
        Log loss of the training labels, each told by the solution without it, at `alpha_`; where
        `readout` is None.
    inverse_temperature_ : float
        What decisions are multiplied by before they become probabilities.
    coef_ : ndarray of shape (n_classes, N), or (1, N) of the second of two
    intercept_ : ndarray of shape (n_classes,) or (1,)
    readout_ : RidgeReadout or RidgeReadoutCV
        Where `readout` is given.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

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
        "readout": [HasMethods(["fit", "begin", "solved"]), None],
        "alphas": ["array-like"],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self, readout: Any = None, *, alphas: Any = ALPHAS, class_weight: Any = None
    ) -> None:
        self.readout = readout
        self.alphas = alphas
        self.class_weight = class_weight

    @all_or_nothing
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
        self._check_alphas()
        # a readout that counts the order of rows checks it in its own fit
        sequences = check_sequences(self, X, reset=True, ordered=False)
        self.classes_, codes = encode(check_labels(y, sequences))
        targets = one_hot(codes, len(self.classes_))
        weights = self.weights(codes, sample_weight)
        if self.readout is not None:
            self.readout_ = clone(self.readout).fit(X, targets, weights)
        checked = check_targets(targets, sequences)
        rows = last_rows(sequences.items) if checked.per_sequence else sequences.items
        washout = getattr(self.readout, "washout", 0)
        used = training_weights(
            weights, sequences, checked, 0 if washout == "auto" else washout,
            forgetting=getattr(self.readout, "forgetting", 1.0),
        )  # fmt: skip
        at_hand = used_rows(rows, checked.items, used)
        if self.readout is None:
            self._choose(*at_hand)
        else:
            self.adopt(self.readout_, self.classes_)
            left_out = self.readout_.left_out(*at_hand)
            self.calibrate(left_out, at_hand[1].argmax(axis=1), at_hand[2])
        return self

    def _check_alphas(self) -> None:
        alphas = np.asarray(self.alphas, dtype=float)
        if alphas.ndim != 1 or not alphas.size or not (np.isfinite(alphas) & (alphas > 0)).all():
            raise ValueError(f"alphas must be one or more finite numbers > 0; got {self.alphas}.")
        if self.readout is not None and tuple(alphas) != ALPHAS:
            raise ValueError(
                "alphas are chosen from where readout=None; a readout has its own: "
                f"RidgeReadoutCV(alphas). Got readout={self.readout!r} and alphas={self.alphas}."
            )

    def regression(self) -> Any:
        """Return a regression, not yet fitted, for states that stream by.

        Returns
        -------
        readout : RidgeReadout or RidgeReadoutCV
        """
        self._check_alphas()
        return RidgeReadoutCV(self.alphas) if self.readout is None else clone(self.readout)

    def weights(self, codes: Any, sample_weight: Any) -> Any:
        """Return the weights of steps or sequences, those of the classes among them.

        Parameters
        ----------
        codes : ndarray of shape (T,), (K,) or (K, T), or list of (T_k,) arrays
            Indices of the classes.
        sample_weight : None, float, array-like of shape (T,) or (K,), or list of (T_k,) arrays

        Returns
        -------
        weights : ndarray of shape (T,) or (K,), or list of (T_k,) arrays
        """
        given = label_weights(sample_weight, codes)
        if self.class_weight is not None:
            names = self.classes_[flat_labels(codes)]
            of_class = compute_sample_weight(self.class_weight, names)
            ends = np.cumsum([len(weight) for weight in given])[:-1]
            given = [a * b for a, b in zip(given, np.split(of_class, ends), strict=True)]
        return given[0] if isinstance(codes, np.ndarray) and codes.ndim == 1 else given

    def adopt(self, readout: Any, classes: np.ndarray) -> Self:
        """Take a regression that was fitted elsewhere on a column for each class.

        Parameters
        ----------
        readout : RidgeReadout or RidgeReadoutCV
        classes : ndarray of shape (n_classes,)

        Returns
        -------
        self : RidgeReadoutClassifier
        """
        self.readout_, self.classes_ = readout, classes
        self._solution = readout
        if hasattr(readout, "alpha_"):
            self.alpha_ = readout.alpha_
        self.n_features_in_, self.inverse_temperature_ = readout.n_features_in_, 1.0
        return self

    def _choose(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> None:
        """Solve with the alpha whose left-out decisions make the labels most likely."""
        alphas = np.asarray(self.alphas, dtype=float)
        if len(x) < x.shape[1]:
            spectrum = Spectrum.of_rows(x, y, weight, least=alphas.min())
        else:
            spectrum = RidgeStatistics(x.shape[1], y.shape[1]).updated(x, y, weight).spectrum()
        judged = slice(None, None, step := -(-len(x) // MOST_JUDGED))
        rows = None if step == 1 and spectrum.trained is not None else x[judged]
        y, weight = y[judged], weight[judged]
        codes = y.argmax(axis=1)
        decisions = y - spectrum.left_out(rows, y, np.ones_like(weight), alphas)
        losses = [self.calibrate(each, codes, weight) for each in decisions]
        best = int(np.argmin(losses))
        self.left_out_loss_ = losses[best]
        self.alpha_ = float(alphas[best])
        self._solution = _Solution(*spectrum.solution(alphas[best]))
        self.calibrate(decisions[best], codes, weight)

    def calibrate(
        self, decisions: np.ndarray, codes: np.ndarray, weight: np.ndarray | None = None
    ) -> float:
        """Set the inverse temperature that makes classes most likely, and return the log loss.

        Parameters
        ----------
        decisions : ndarray of shape (T, n_classes)
        codes : ndarray of shape (T,)
            Indices of the right classes.
        weight : ndarray of shape (T,), optional

        Returns
        -------
        loss : float
        """
        shares = np.ones(len(codes)) if weight is None else weight
        finite = np.isfinite(decisions).all(axis=1)  # a row that alone decides has no left-out one
        decisions, codes, shares = decisions[finite], codes[finite], shares[finite]
        self.inverse_temperature_ = 1.0
        if not len(codes) or len(self.classes_) == 1:
            return np.inf

        right = np.arange(len(codes)), codes
        below = decisions - decisions.max(axis=1, keepdims=True)  # no exponential overflows

        def unlikely(log_beta: float) -> float:
            z = np.exp(log_beta) * below
            return float(shares @ (np.log(np.exp(z).sum(axis=1)) - z[right]) / shares.sum())

        found = minimize_scalar(unlikely, bounds=(np.log(0.1), np.log(100.0)), method="bounded")
        self.inverse_temperature_ = float(np.exp(found.x))
        return float(found.fun)

    @property
    def coef_(self) -> np.ndarray:
        """Coefficients, (n_classes, N), or (1, N) of the second of two."""
        coef = self._solution.coef_
        return coef[-1:] if len(self.classes_) == 2 else coef

    @property
    def intercept_(self) -> np.ndarray:
        """Intercepts, (n_classes,), or (1,) of the second of two."""
        intercept = self._solution.intercept_
        return intercept[-1:] if len(self.classes_) == 2 else intercept

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
        sequences = check_sequences(self, X, reset=False, ordered=False)
        outputs = (self._solution.outputs(x.T).T for x in sequences.items)
        return sequences.restore_outputs([self.answer(method, output) for output in outputs])

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy, over all steps, or over sequences where `y` has a label for each."""
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False, ordered=False)
        labels = check_labels(y, sequences)
        rows = sequences.items
        if is_per_sequence(labels, sequences):
            rows = last_rows(rows)
        outputs = (self._solution.outputs(x.T).T for x in rows)
        predicted = np.concatenate([self.answer("predict", output) for output in outputs])
        return accuracy(labels, predicted, sample_weight)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_solution")


class _Solution(NamedTuple):
    """Coefficients that were found without a readout."""

    coef_: np.ndarray
    intercept_: np.ndarray

    def outputs(self, seen: np.ndarray) -> np.ndarray:
        """Return the outputs (m, n) of columns (N, n)."""
        return self.coef_ @ seen + self.intercept_[:, None]
