"""Echo state networks that classify: sequences as wholes, or step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..estimator import Estimator
from ..frames import Frame
from ..layouts import tell_layout
from ..missing import FILLINGS, filled, mean_of, without_padding
from ..outliers import usual_ends, without_codes
from ..readouts import (
    RidgeReadoutClassifier,
    accuracy,
    check_labels,
    encode,
    is_per_sequence,
    label_weights,
    one_hot,
)
from ..representations import StateSummary, StepwiseTransformer
from ..reservoirs import Reservoir, prepared, seeded, time_columns
from ..seeds import SEED, rng_of
from ..sequences import TOO_LARGE, Sequences, Targets, check_sequences
from ..timing import tell_left_out
from .network import Network
from .parts import DefaultParts
from .place import placed, unknown_rows
from .rows import REPRESENTATIONS, Rows, check_several, representation_of, with_times
from .views import of_views, units

#: The log loss of labels left out below which no other reservoir is tried.
CERTAIN = 1e-4
#: Sequences by which reservoirs are compared: the better one is then fitted on all.
MOST_COMPARED = 800


class ESNClassifier(DefaultParts, ClassifierMixin, Estimator):
    """Echo state network for classification, of whole sequences or of every step.

    A label for each sequence of a panel or list is learned from a representation of its states; a
    label for each step from the states themselves, in a stream. The defaults need no tuning.

    Parameters
    ----------
    reservoir : Reservoir, default=None
        Any transformer of sequences to states; for labels of steps, anything that obeys the
        reservoir protocol. Where None, for d features, ``Reservoir(300, topology="dense",
        leak_rate=(0.1, 1.0), input_weights="gaussian", input_scaling=0.3 / sqrt(d))``. For labels
        of sequences such units stand in groups that are told the `Differences` of the series too,
        in single precision: in units of the spread of each sequence, or of the training data, or
        both, and of several features some are told one alone, or none, as makes the labels
        likeliest, each left out in turn; more than 800 sequences are compared by so many of them.
    representation : {"last", "mean", "summary"} or transformer, default=None
        From the states of sequences to rows, for labels of sequences: `LastState` is the classic
        network, `StateSummary` is taken where None.
    readout : classifier, default=None
        ``RidgeReadoutClassifier()`` where None; any classifier of scikit-learn may stand here.
    scaler : transformer or "passthrough", default=None
        Of the inputs, step by step: `~sklearn.preprocessing.StandardScaler` where None.
    missing : {"last", "mean", "interpolate", "error"}, default="last"
        What stands where NaN says that nothing was seen: the last value, the mean of the training
        data, or a straight line to the next value, which a label of every step then knows before it
        comes; the mean before the first one. Rows of NaN at the end of a sequence that has one
        label are no part of it. "error" refuses them.
    outliers : {"missing", "keep"}, default="missing"
        Codes for what is missing, such as -999 or 1e20, that lie beyond all other values of the
        training sequences by more than their range, are not seen, and a warning tells of them;
        "keep", and ``missing="error"``, take them as they are.
    memory : str or object with the joblib.Memory interface, default=None
        Where to keep states, so that a search computes those of an unchanged reservoir once.
    verbose : int, default=0
        Whether long fits tell how many steps they have taken.
    random_state : int, RandomState, Generator or None, default=None
        Seeds the parts that have no ``random_state`` of their own.

    Attributes
    ----------
    reservoir_, representation_, readout_ : estimator
        `representation_` only after a fit on one label per sequence.
    scaler_ : StepwiseTransformer
    classes_ : ndarray of shape (n_classes,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Jaeger, Lukoševičius, Popovici & Siewert (2007), Optimization and applications of echo state
    networks with leaky-integrator neurons, Neural Networks 20; Bianchi, Scardapane, Løkse & Jenssen
    (2020), IEEE TNNLS 32; Dempster, Schmidt & Webb (2021), MiniRocket.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ESNClassifier
    >>> rng = np.random.default_rng(0)
    >>> slow = [np.sin(0.2 * np.arange(n) + n)[:, None] for n in rng.integers(40, 60, 20)]
    >>> fast = [np.sin(0.5 * np.arange(n) + n)[:, None] for n in rng.integers(40, 60, 20)]
    >>> model = ESNClassifier(random_state=0).fit(slow + fast, ["slow"] * 20 + ["fast"] * 20)
    >>> model.predict([np.sin(0.45 * np.arange(50))[:, None]]).tolist()
    ['fast']
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "reservoir": [HasMethods(["fit", "transform"]), None],
        "representation": [
            StrOptions(set(REPRESENTATIONS)), HasMethods(["fit", "transform"]), None,
        ],
        "readout": [HasMethods(["fit", "predict"]), None],
        "scaler": [HasMethods(["fit", "transform"]), StrOptions({"passthrough"}), None],
        "missing": [StrOptions({*FILLINGS, "error"})],
        "outliers": [StrOptions({"missing", "keep"})],
        "memory": [str, HasMethods(["cache"]), None],
        "verbose": ["verbose"],
        "random_state": SEED,
    }  # fmt: skip

    def __init__(
        self,
        reservoir: Any = None,
        representation: Any = None,
        readout: Any = None,
        *,
        scaler: Any = None,
        missing: str = "last",
        outliers: str = "missing",
        memory: Any = None,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.reservoir = reservoir
        self.representation = representation
        self.readout = readout
        self.scaler = scaler
        self.missing = missing
        self.outliers = outliers
        self.memory = memory
        self.verbose = verbose
        self.random_state = random_state

    representation_: Any

    @property
    def regressor_(self) -> Network:
        """The network that gives a column a class, after a fit on labels of steps."""
        return self.network_

    @all_or_nothing
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ESNClassifier:
        """Draw the reservoir, drive it with `X`, and learn the labels.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        y : array-like of shape (K,), (T,) or (K, T), or list of (T_k,) arrays
            A label for each sequence of a panel or list, or one for each step.
        sample_weight : array-like of shape (T,) or (K,), or list of (T_k,) arrays, optional

        Returns
        -------
        self : ESNClassifier

        Raises
        ------
        ValueError
            If a parameter is out of its range, `X` is infinite, lengths do not match, or a
            sequence is not longer than the representation's washout.
        """
        self._validate_params()
        sequences = check_sequences(self, X, reset=True, gaps=self.missing != "error")
        self._usual = usual_ends(sequences.items)
        sequences = self._seen(sequences)
        labels = check_labels(y, sequences)
        tell_layout(sequences, "classifier")
        self._mean = mean_of(sequences.items)
        self._per_sequence = is_per_sequence(labels, sequences)
        sequences = self._filled(sequences)
        self.classes_, codes = encode(labels)
        self.scaler_ = self._fit_scaler(sequences)
        seed = rng_of(self.random_state).randint(np.iinfo(np.int32).max)
        if not self._per_sequence:
            tell_left_out(self, X, y, stacklevel=4)
            self._frame = Frame.of(X)
            rng = np.random.RandomState(seed)
            self.reservoir_ = seeded(self.reservoir, self._default_reservoir, rng)
            self.readout_ = seeded(self.readout, RidgeReadoutClassifier, rng)
            self._time_columns = time_columns(self.reservoir_, sequences)
            return self._fit_steps(self._scaled(sequences), codes, sample_weight)
        candidates = self._candidates()
        self._time_columns = time_columns(candidates[0], sequences)
        scaled = self._scaled(sequences)
        weight = None if sample_weight is None else label_weights(sample_weight, labels)[0]
        at = np.arange(len(codes))
        if len(candidates) > 1 and len(codes) > MOST_COMPARED:
            at = np.argsort(codes, kind="stable")  # of each class its share
            at = at[np.linspace(0, len(at) - 1, MOST_COMPARED).astype(int)]
        some = scaled.share(at), labels[at], None if weight is None else weight[at]
        found: list[tuple[Any, ...]] = []
        for reservoir in candidates:
            self._fit_rows(reservoir, *some, seed)
            found.append((self.reservoir_, self.representation_, self.readout_))
            if getattr(self.readout_, "left_out_loss_", np.inf) < CERTAIN:
                break  # no other can do better
        losses = [getattr(readout, "left_out_loss_", np.inf) for _, _, readout in found]
        best = int(np.argmin(losses))
        self.reservoir_, self.representation_, self.readout_ = found[best]
        if len(at) < len(codes):
            self._fit_rows(candidates[best], scaled, labels, weight, seed)
        return self

    def _fit_rows(
        self, reservoir: Any, scaled: Sequences, labels: Any, weight: np.ndarray | None, seed: int
    ) -> None:
        """Draw a reservoir, and learn labels of sequences from a row for each."""
        rng = np.random.RandomState(seed)
        self.reservoir_ = seeded(reservoir, None, rng)
        self.readout_ = seeded(self.readout, RidgeReadoutClassifier, rng)
        prepared(self.reservoir_, scaled)
        name = "summary" if self.representation is None else self.representation
        self.representation_ = representation_of(name, self.n_features_in_, rng)
        rows = self._rows().fit(scaled)
        if "readout__washout" in self.readout_.get_params():
            self.readout_.set_params(readout__washout=0)  # rows are sequences here, and no steps
        more = {} if weight is None else {"sample_weight": weight}
        self.readout_.fit(rows, labels, **more)

    def _defaults(self) -> dict[str, Any]:
        return {
            "reservoir": self._default_reservoir,
            "readout": RidgeReadoutClassifier,
            "representation": StateSummary,
        }

    def _default_reservoir(self) -> Reservoir:
        return units(300, getattr(self, "n_features_in_", 1))

    def _candidates(self) -> list[Any]:
        """Return the reservoirs that labels of sequences may be told from: most often one."""
        if self.reservoir is not None:
            return [self.reservoir]
        d = self.n_features_in_
        looks = [of_views(300, d, ["sequence"])]
        if self.readout is None:  # whose left-out loss tells what is the better
            looks += [of_views(300, d, [np.inf]), of_views(300, d, ["sequence", np.inf])]
            looks += [self._default_reservoir()] if d > 1 else []
        return looks

    def _fit_scaler(self, sequences: Sequences) -> StepwiseTransformer:
        plain = isinstance(self.scaler, str)
        if not plain and max(float(np.abs(x).max()) for x in sequences.items) > TOO_LARGE:
            raise ValueError("X is too large: its squares overflow. Scale the data.")
        scaler = StepwiseTransformer(FunctionTransformer() if plain else self.scaler)
        return scaler.prepare(sequences)

    def _sequences(self, X: Any) -> Sequences:
        """Return validated sequences after a fit, with NaN where nothing was seen."""
        return self._seen(check_sequences(self, X, reset=False, gaps=self.missing != "error"))

    def _seen(self, sequences: Sequences) -> Sequences:
        """Return sequences with NaN for codes that lie beyond what is usual, and warn."""
        if self.outliers == "keep" or self.missing == "error":
            return sequences
        return without_codes(sequences, self._usual, stacklevel=5)

    def _filled(self, sequences: Sequences, *, every_step: bool = False) -> Sequences:
        """Return sequences without NaN; without the padding of those that have one label."""
        items = sequences.items
        if not any(np.isnan(item.sum()) for item in items):
            return sequences
        if self._per_sequence and not every_step:
            blank = [k for k, item in enumerate(items) if np.isnan(item).all()]
            if blank:
                raise ValueError(f"Input X[{blank[0]}] contains NaN alone: nothing of it was seen.")
            items = [without_padding(item) for item in items]
        return replace(sequences, items=filled(items, self.missing, self._mean))

    def network_inputs(self, X: Any) -> list[np.ndarray]:
        """Return what the reservoir is fed of sequences, (T_k, d) each: filled and scaled.

        Parameters
        ----------
        X : as for `predict`
        """
        return self._scaled(self._filled(self._sequences(X))).items

    def _scaled(self, sequences: Sequences) -> Sequences:
        items = self.scaler_.transformed(sequences).items
        items = with_times(items, sequences, self._time_columns)
        if self._per_sequence and self.reservoir is None:
            items = [item.astype(np.float32) for item in items]
        same = items[0].shape[1] == sequences.items[0].shape[1]
        return Sequences(sequences.form, items, sequences.names if same else None)

    def _rows(self) -> Rows:
        """What makes a row of every sequence."""
        return Rows(self.reservoir_, self.representation_, self.memory)

    def _fit_steps(self, scaled: Sequences, codes: Any, sample_weight: Any) -> ESNClassifier:
        """Learn labels of steps: by regression on one column a class, or by another classifier."""
        classifier, each = self.readout_, [codes] if scaled.form == "series" else list(codes)
        if not isinstance(classifier, RidgeReadoutClassifier):
            targets = [code[:, None].astype(float) for code in each]
            self._train(scaled, classifier, targets, sample_weight)
            self.readout_ = self.network_.readout_
        else:
            classifier._validate_params()
            classifier.classes_ = self.classes_
            weights = classifier.weights(codes, sample_weight)
            self._train(scaled, classifier.regression(), one_hot(each, len(self.classes_)), weights)
            classifier.adopt(self.network_.readout_, self.classes_)
            outputs = self.network_.outputs(scaled, self.network_.start(scaled, "zero"))
            washout = self.network_.washout_
            decisions = np.concatenate([output[washout:] for output in outputs])
            classifier.calibrate(decisions, np.concatenate([code[washout:] for code in each]))
        self.reservoir_ = self.network_.reservoir_
        return self

    def _train(self, scaled: Sequences, readout: Any, targets: Any, weights: Any) -> None:
        """Train a network on targets of every step."""
        network = Network.drawn(self.reservoir_, readout, scaled)
        columns = Targets(targets, per_sequence=False, squeeze=False)
        self.network_ = network.absorb(scaled, columns, weights)

    def predict(self, X: Any, *, every_step: bool = False, initial_state: Any = "last") -> Any:
        """Return the label of every sequence, or of every step after a fit on labels of steps.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        every_step : bool, default=False
            Whether to answer after every step what the label of the sequence is by what has come so
            far; the washout of the representation has no answer. Where differences are in units of
            a sequence's own spread, each beginning is run through anew.
        initial_state : {"last", "zero"} or array-like, default="last"
            For labels of steps, as in `ESNRegressor.predict`.

        Returns
        -------
        labels : ndarray of shape (K,), or a label for every step in the form of `X`

        Raises
        ------
        ValueError
            If `X` is not finite, or of another width.
        TypeError
            If `every_step` and the representation has no ``transform_steps``.
        """
        return self._answer("predict", X, every_step, initial_state)

    def predict_proba(
        self, X: Any, *, every_step: bool = False, initial_state: Any = "last"
    ) -> Any:
        """Return the probabilities of the classes, as `predict`, with one axis more.

        Parameters
        ----------
        X, every_step, initial_state
            As for `predict`.

        Returns
        -------
        probabilities : ndarray of shape (K, n_classes), or rows for every step in the form of `X`
        """
        return self._answer("predict_proba", X, every_step, initial_state)

    def decision_function(
        self, X: Any, *, every_step: bool = False, initial_state: Any = "last"
    ) -> Any:
        """Return the readout's decisions, as `predict`.

        Parameters
        ----------
        X, every_step, initial_state
            As for `predict`.

        Returns
        -------
        decisions : ndarray of shape (K, n_classes), or rows for every step in the form of `X`; of
            two classes one number, above zero for the second
        """
        return self._answer("decision_function", X, every_step, initial_state)

    def _answer(self, method: str, X: Any, every_step: bool, initial_state: Any) -> Any:
        check_is_fitted(self)
        sequences = self._scaled(self._filled(self._sequences(X), every_step=every_step))
        if not self._per_sequence:
            return self._answer_steps(method, sequences, placed(X, self._frame, initial_state))
        check_several(sequences)
        answer = getattr(self.readout_, method)
        if not every_step:
            return answer(self._rows().of(sequences))
        return sequences.restore_outputs([answer(row) for row in self._rows().by_step(sequences)])

    def _answer_steps(self, method: str, sequences: Sequences, initial_state: Any) -> Any:
        network, readout = self.network_, self.readout_
        initial = network.start(sequences, initial_state)
        if isinstance(readout, RidgeReadoutClassifier):
            outputs = network.outputs(sequences, initial)
            return sequences.restore_outputs([readout.answer(method, o) for o in outputs])
        states = network.seen(sequences, initial)
        answers = [getattr(readout, method)(item) for item in states]
        if method == "predict":
            answers = [self.classes_[answer.astype(int)] for answer in answers]
        return sequences.restore_outputs(answers)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy; of steps, without the washout of freshly started sequences.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.

        Returns
        -------
        score : float
        """
        check_is_fitted(self)
        sequences = check_sequences(self, X, reset=False, gaps=self.missing != "error")
        labels = check_labels(y, sequences)
        washout = 0
        if not self._per_sequence:
            place = placed(X, self._frame, "last")
            washout = unknown_rows(X, self._frame, self.network_, place)
        return accuracy(labels, self.predict(X), sample_weight, washout=washout)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_per_sequence")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing != "error"
        return tags
