"""Classifiers of sequences and of steps, against scikit-learn's own and plain loops."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from reservoir import (
    DeepReservoir,
    ESNClassifier,
    LastState,
    OutputModelSpace,
    Reservoir,
    ReservoirModelSpace,
    RidgeReadout,
    RidgeReadoutClassifier,
    RidgeReadoutCV,
    StateSummary,
    StepwiseTransformer,
)
from reservoir.sequences import Sequences

NAMES = np.array(["slow", "middle", "fast"])


def rows(n=60, n_features=5, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n)
    return rng.standard_normal((n, n_features)) + np.eye(n_classes, n_features)[y], y


def oscillations(n=30, seed=0, lengths=(40, 60)):
    """Sequences of three frequencies, any phase, with noise."""
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n)
    time = [np.arange(rng.integers(*lengths)) for _ in y]
    X = [
        np.sin((0.2 + 0.25 * k) * t + rng.uniform(0, 6))[:, None]
        for t, k in zip(time, y, strict=True)
    ]
    return [x + 0.2 * rng.standard_normal(x.shape) for x in X], NAMES[y]


def labelled_steps(n_steps=800, seed=0):
    """A series whose frequency switches; the label is the frequency."""
    rng = np.random.default_rng(seed)
    y = np.repeat(rng.integers(3, size=n_steps // 40), 40)
    x = np.sin(np.cumsum(0.2 + 0.4 * y))[:, None]
    return x + 0.05 * rng.standard_normal(x.shape), NAMES[y]


# -- the readout


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 3.0}])
def test_the_readout_is_a_ridge_classifier(n_classes, class_weight):
    x, y = rows(n_classes=n_classes)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(y))
    mine = RidgeReadoutClassifier(RidgeReadout(0.7), class_weight=class_weight).fit(x, y, weight)
    theirs = RidgeClassifier(0.7, class_weight=class_weight).fit(x, y, weight)
    np.testing.assert_allclose(mine.decision_function(x), theirs.decision_function(x), atol=1e-8)
    np.testing.assert_allclose(mine.coef_, np.atleast_2d(theirs.coef_), atol=1e-8)
    np.testing.assert_allclose(mine.intercept_, theirs.intercept_, atol=1e-8)
    np.testing.assert_array_equal(mine.predict(x), theirs.predict(x))
    assert mine.score(x, y) == theirs.score(x, y)


@pytest.mark.parametrize("n_features", [5, 90])
def test_alpha_and_temperature_are_those_of_leaving_one_out(n_features):
    """With fewer rows than features the decomposition is that of the rows."""
    x, y = rows(40, n_features)
    model = RidgeReadoutClassifier(RidgeReadoutCV([0.1, 1.0, 10.0, 100.0])).fit(x, y)
    signs, errors, decisions = 2 * np.eye(3)[y] - 1, {}, {}
    for alpha in (0.1, 1.0, 10.0, 100.0):
        left_out = [np.arange(len(y)) != k for k in range(len(y))]
        decisions[alpha] = np.array([
            RidgeReadout(alpha).fit(x[keep], signs[keep]).predict(x[~keep])[0] for keep in left_out
        ])  # fmt: skip
        errors[alpha] = np.square(signs - decisions[alpha]).mean()
    best = min(errors, key=errors.get)
    assert model.readout_.alpha_ == best
    assert -model.readout_.best_score_ == pytest.approx(errors[best])
    found = minimize_scalar(
        lambda beta: -log_softmax(beta * decisions[best], axis=1)[np.arange(len(y)), y].mean(),
        bounds=(0.1, 100), method="bounded",
    )  # fmt: skip
    assert model.inverse_temperature_ == pytest.approx(found.x, rel=1e-3)


@pytest.mark.parametrize("n_features", [5, 90])
def test_the_default_alpha_makes_the_left_out_labels_most_likely(n_features):
    x, y = rows(40, n_features)
    model = RidgeReadoutClassifier(alphas=[0.1, 1.0, 10.0, 100.0, 1000.0]).fit(x, y)
    losses = {}
    for alpha in (0.1, 1.0, 10.0, 100.0, 1000.0):
        left_out = [np.arange(len(y)) != k for k in range(len(y))]
        decisions = np.array([
            RidgeClassifier(alpha).fit(x[keep], y[keep]).decision_function(x[~keep])[0]
            for keep in left_out
        ])  # fmt: skip
        losses[alpha] = minimize_scalar(
            lambda beta, f=decisions: -log_softmax(beta * f, axis=1)[np.arange(len(y)), y].mean(),
            bounds=(0.1, 100), method="bounded",
        )  # fmt: skip
    best = min(losses, key=lambda alpha: losses[alpha].fun)
    assert model.alpha_ == best
    assert model.inverse_temperature_ == pytest.approx(losses[best].x, rel=1e-3)
    theirs = RidgeClassifier(best).fit(x, y)
    np.testing.assert_allclose(model.coef_, theirs.coef_, atol=1e-8)
    np.testing.assert_allclose(model.intercept_, theirs.intercept_, atol=1e-8)


def test_many_rows_are_judged_by_some(monkeypatch):
    x, y = rows(3000, 4)
    whole = RidgeReadoutClassifier().fit(x, y)
    monkeypatch.setattr("reservoir.readouts.classifier.MOST_JUDGED", 1000)
    some = RidgeReadoutClassifier().fit(x, y)
    assert some.inverse_temperature_ == pytest.approx(whole.inverse_temperature_, rel=0.1)
    np.testing.assert_allclose(some.predict_proba(x), whole.predict_proba(x), atol=0.03)
    with pytest.raises(ValueError, match="alphas must be one or more finite numbers > 0; got"):
        RidgeReadoutClassifier(alphas=[0.0]).fit(x, y)


def test_probabilities_are_better_than_those_of_raw_decisions():
    (x, y), (unseen, truth) = rows(150, 20), rows(1000, 20, seed=1)
    model = RidgeReadoutClassifier().fit(x, y)
    probabilities = model.predict_proba(unseen)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    mine = log_loss(truth, probabilities)
    raw = model.decision_function(unseen)
    for factor in (0.3, 3.0):
        scaled = np.exp(log_softmax(factor * model.inverse_temperature_ * raw, axis=1))
        assert mine < log_loss(truth, scaled)


# -- labels of sequences


@pytest.mark.parametrize(
    ("name", "step"), [("last", LastState()), ("summary", StateSummary(random_state=0))]
)
def test_a_classifier_is_its_pipeline(name, step):
    (X, y), (unseen, _) = oscillations(), oscillations(seed=1)
    reservoir = Reservoir(40, random_state=0)
    part = name if name == "last" else step
    mine = ESNClassifier(reservoir, part, RidgeReadoutClassifier(RidgeReadout(0.1))).fit(X, y)
    pipeline = make_pipeline(StepwiseTransformer(), reservoir, step, RidgeClassifier(0.1)).fit(X, y)
    np.testing.assert_allclose(
        mine.decision_function(unseen), pipeline.decision_function(unseen), atol=1e-8
    )
    np.testing.assert_array_equal(mine.predict(unseen), pipeline.predict(unseen))


def test_the_defaults_classify():
    (X, y), (unseen, truth) = oscillations(), oscillations(seed=1)
    model = ESNClassifier(random_state=0).fit(X, y)
    assert model.score(unseen, truth) > 0.95
    assert isinstance(model.reservoir_, DeepReservoir)  # the series and its differences
    assert list(model.classes_) == sorted(NAMES)
    np.testing.assert_array_equal(
        model.predict(unseen), ESNClassifier(random_state=0).fit(X, y).predict(unseen)
    )
    panel = np.stack([x[:40] for x in X])
    assert ESNClassifier(random_state=0).fit(panel, y).predict(panel).shape == (30,)


@pytest.mark.parametrize(
    "representation",
    [
        "mean",
        StateSummary(["std", "max"], n_segments=2),
        make_pipeline(StepwiseTransformer(PCA(5)), ReservoirModelSpace()),
        OutputModelSpace(alpha=0.1),
    ],
)
def test_representations(representation):
    (X, y), (unseen, truth) = oscillations(), oscillations(seed=1)
    model = ESNClassifier(Reservoir(30, leak_rate=0.5), representation, random_state=0)
    assert model.fit(X, y).score(unseen, truth) > 0.8


def test_the_output_model_space_sees_the_inputs():
    X, _ = oscillations()
    wide = [np.hstack([x, x[::-1]]) for x in X]
    model = ESNClassifier(
        Reservoir(10, random_state=0), OutputModelSpace(), scaler="passthrough"
    ).fit(wide, np.arange(len(X)) % 2)
    states = Reservoir(10, random_state=0).fit_transform(wide)
    by_hand = OutputModelSpace(2).fit_transform(
        [np.hstack(p) for p in zip(states, wide, strict=True)]
    )
    rows = model._rows().of(model._scaled(Sequences("list", wide)))
    np.testing.assert_allclose(rows, by_hand, atol=1e-10)


def test_batches_of_sequences(monkeypatch):
    """What is held at a time changes nothing but the sample that a summary is fitted on."""
    (X, y), (unseen, truth) = oscillations(60), oscillations(seed=1)
    whole = ESNClassifier(Reservoir(40), "last", random_state=0).fit(X, y)
    monkeypatch.setattr("reservoir.esn.rows.MOST_VALUES", 40 * 60 * 8)
    batched = ESNClassifier(Reservoir(40), "last", random_state=0).fit(X, y)
    np.testing.assert_allclose(
        batched.decision_function(unseen), whole.decision_function(unseen), atol=1e-8
    )
    for representation in (None, StateSummary(["mean", "std"]), make_pipeline(StateSummary())):
        model = ESNClassifier(Reservoir(40), representation, random_state=0)
        assert model.fit(X, y).score(unseen, truth) > 0.9


def test_what_streams_is_learned_as_what_is_held(tmp_path, monkeypatch):
    """From a sample of the steps; states that are kept for a search are held."""
    monkeypatch.setattr("reservoir.representations.summary.HELD", 5_000)
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((n, 2)).cumsum(axis=0) for n in rng.integers(60, 200, 90)]
    y = np.arange(90) % 3
    streamed = ESNClassifier(Reservoir(20), random_state=0).fit(X, y)
    held = ESNClassifier(Reservoir(20), random_state=0, memory=str(tmp_path)).fit(X, y)
    thresholds = [model.representation_.thresholds_ for model in (streamed, held)]
    np.testing.assert_allclose(*thresholds, atol=1e-12)
    decisions = [model.decision_function(X) for model in (streamed, held)]
    np.testing.assert_allclose(*decisions, atol=1e-8)


def test_other_classifiers_and_cross_validation():
    X, y = oscillations(60)
    for readout in (LogisticRegression(max_iter=1000), SVC()):
        model = ESNClassifier(Reservoir(50), readout=readout, random_state=0)
        assert cross_val_score(model, X, y, cv=KFold(3)).mean() > 0.9


def test_a_search_computes_the_states_of_a_reservoir_once(tmp_path):
    X, y = oscillations(40)
    model = ESNClassifier(Reservoir(30, random_state=0), random_state=0, memory=str(tmp_path))
    grid = {
        "representation": ["last", StateSummary(random_state=0)],
        "readout": [RidgeReadoutClassifier(RidgeReadout(a)) for a in (0.01, 1.0)],
        "reservoir__leak_rate": [1.0, 0.3],
    }
    search = GridSearchCV(model, grid, cv=KFold(2), n_jobs=2).fit(X, y)
    assert search.best_score_ > 0.9
    # two reservoirs, two training parts and two test parts; and the refit on the whole
    assert len(list(tmp_path.rglob("output.pkl"))) == 2 * 4 + 1
    plain = GridSearchCV(model.set_params(memory=None), grid, cv=KFold(2)).fit(X, y)
    assert plain.best_score_ == search.best_score_


def test_a_balanced_classifier_sees_the_rare_class():
    rng = np.random.default_rng(0)
    y = (np.arange(100) % 10 == 0).astype(int)
    X = [rng.standard_normal((20, 1)) + 0.4 * k for k in y]
    found = []
    for class_weight in (None, "balanced"):
        readout = RidgeReadoutClassifier(RidgeReadout(1.0), class_weight=class_weight)
        model = ESNClassifier(Reservoir(20), "mean", readout, random_state=0).fit(X, y)
        found.append(balanced_accuracy_score(y, model.predict(X)))
    assert found[1] > found[0] + 0.1


def test_what_is_unusual():
    X, y = oscillations(8)
    alone = ESNClassifier(random_state=0).fit(X, ["only"] * 8)
    assert set(alone.predict(X)) == {"only"}
    np.testing.assert_allclose(alone.predict_proba(X), 1.0)
    model = ESNClassifier(random_state=0).fit([x[:1] for x in X], y)  # of one step
    assert model.predict([X[0]]).shape == (1,)
    assert model.score(X, ["never seen"] * 8) == 0.0


def test_errors_say_what_is_allowed():
    X, y = oscillations(8)
    model = ESNClassifier(representation=LastState(washout=100))
    with pytest.raises(ValueError, match="at least 1 steps after washout=100; the shortest has"):
        model.fit(X, y)
    with pytest.raises(ValueError, match=r"y must have one entry per sequence of X \(8\); got"):
        ESNClassifier().fit(X, y[:5])
    with pytest.raises(ValueError, match="The 'representation' parameter of ESNClassifier must be"):
        ESNClassifier(representation="first").fit(X, y)
    with pytest.raises(
        ValueError, match=r"as at fit; got one series of shape .* Put it into a list"
    ):
        ESNClassifier(random_state=0).fit(X, y).predict(X[0])
    with pytest.raises(ValueError, match="the target y is None"):
        ESNClassifier().fit(X, None)
    with pytest.raises(ValueError, match="X is too large: its squares overflow. Scale the data."):
        ESNClassifier().fit([1e200 * x for x in X], y)
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        ESNClassifier().fit(X, np.arange(8) + 0.5)


# -- as a sequence goes on


def test_every_step_answers_what_its_beginning_would():
    (X, y), (unseen, _) = oscillations(), oscillations(seed=1)
    model = ESNClassifier(Reservoir(40), random_state=0).fit(X, y)
    labels = model.predict(unseen, every_step=True)
    decisions = model.decision_function(unseen, every_step=True)
    for x, label, decision in zip(unseen[:3], labels, decisions, strict=False):
        assert len(label) == len(x)
        for t in (0, 7, len(x) - 1):
            np.testing.assert_allclose(
                decision[t], model.decision_function([x[: t + 1]])[0], atol=1e-8
            )
    np.testing.assert_array_equal([label[-1] for label in labels], model.predict(unseen))
    piped = ESNClassifier(Reservoir(9), make_pipeline(StateSummary()), random_state=0).fit(X, y)
    with pytest.raises(TypeError, match="has no transform_steps, which every_step=True needs"):
        piped.predict(X, every_step=True)
    panel = np.stack([x[:40] for x in unseen])
    assert model.predict_proba(panel, every_step=True).shape == (30, 40, 3)


# -- labels of steps


def test_steps_are_classified_by_ridge_on_the_states():
    (x, y), (unseen, truth) = labelled_steps(), labelled_steps(seed=1)
    model = ESNClassifier(
        Reservoir(60, leak_rate=0.5, input_scaling=1.0, random_state=0),
        readout=RidgeReadoutClassifier(RidgeReadout(0.1, washout=30)),
        scaler="passthrough",
    ).fit(x, y)
    states = (
        Reservoir(60, leak_rate=0.5, input_scaling=1.0, random_state=0)
        .fit(x)
        .transform(np.vstack([x, unseen]))
    )
    theirs = RidgeClassifier(0.1).fit(states[30 : len(x)], y[30:])
    np.testing.assert_allclose(
        model.decision_function(unseen), theirs.decision_function(states[len(x) :]), atol=1e-7
    )  # the series goes on
    assert model.score(unseen, truth) == theirs.score(states[len(x) :], truth) > 0.8
    fresh = model.predict(unseen, initial_state="zero")
    assert (fresh[50:] == model.predict(unseen)[50:]).mean() > 0.99


def test_steps_of_panels_and_lists():
    pairs = [labelled_steps(400, seed) for seed in range(4)]
    panel, labels = (np.stack(part) for part in zip(*pairs, strict=True))
    model = ESNClassifier(Reservoir(60, leak_rate=0.5, input_scaling=1.0), random_state=0)
    of_panel = model.fit(panel, labels).predict(panel)
    assert of_panel.shape == labels.shape
    assert model.predict_proba(panel).shape == (*labels.shape, 3)
    of_list = model.fit(list(panel), list(labels)).predict(list(panel))
    np.testing.assert_array_equal(np.stack(of_list), of_panel)
    assert model.score(list(panel), list(labels)) > 0.8
    balanced = ESNClassifier(
        Reservoir(60, leak_rate=0.5, input_scaling=1.0),
        readout=RidgeReadoutClassifier(class_weight="balanced"),
        random_state=0,
    )
    for data in ((panel, labels), (list(panel), list(labels)), pairs[0]):
        assert balanced.fit(*data).score(*data) > 0.8


def test_weights_of_whole_sequences():
    """A sequence of weight zero has no say, in fit and in score; classes are weighed besides."""
    pairs = [labelled_steps(400, seed) for seed in range(4)]
    panel, labels = (np.stack(part) for part in zip(*pairs, strict=True))
    wrong = labels.copy()
    wrong[3] = np.roll(wrong[3], 200)
    weight = np.array([1.0, 2.0, 1.0, 0.0])
    for class_weight in (None, "balanced"):
        readout = RidgeReadoutClassifier(RidgeReadout(0.1), class_weight=class_weight)
        model = ESNClassifier(Reservoir(40, random_state=0), readout=readout, scaler="passthrough")
        fitted = model.fit(panel, labels, weight).decision_function(panel)
        if class_weight is None:  # the labels of the sequence still count as members of classes
            np.testing.assert_allclose(
                model.fit(panel, wrong, weight).decision_function(panel), fitted, atol=1e-8
            )
        of_list = model.fit(list(panel), list(labels), list(weight)).decision_function(panel)
        np.testing.assert_allclose(of_list, fitted, atol=1e-8)
    assert model.score(panel, wrong, weight) == pytest.approx(model.score(panel, labels, weight))
    assert model.score(panel, wrong) < model.score(panel, labels)


def test_a_washout_of_steps_leaves_every_sequence_in():
    X, y = oscillations()
    parts = [RidgeReadoutClassifier(RidgeReadout(0.1, washout=w)) for w in (0, 25)]
    found = [ESNClassifier(Reservoir(20), readout=p, random_state=0).fit(X, y) for p in parts]
    np.testing.assert_allclose(found[0].readout_.coef_, found[1].readout_.coef_)


def test_steps_by_another_classifier():
    (x, y), (unseen, truth) = labelled_steps(), labelled_steps(seed=1)
    model = ESNClassifier(
        Reservoir(60, leak_rate=0.5, input_scaling=1.0),
        readout=LogisticRegression(max_iter=2000),
        random_state=0,
    ).fit(x, y)
    assert model.score(unseen, truth) > 0.8
    assert model.predict_proba(unseen).shape == (800, 3)
    assert set(model.predict(unseen)) <= set(NAMES)


def test_alphas_beside_a_readout_are_told():
    x = np.random.default_rng(0).standard_normal((40, 3))
    with pytest.raises(ValueError, match="alphas are chosen from where readout=None"):
        RidgeReadoutClassifier(RidgeReadout(), alphas=[1.0, 2.0]).fit(x, x[:, 0] > 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_features_do_not_depend_on_the_batch(dtype):
    """Thresholds between states: one by one and in a batch the same states count."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(40, 1)).cumsum(axis=0).astype(dtype) for _ in range(40)]
    reservoir = None if dtype is np.float32 else Reservoir(60, random_state=0)
    model = ESNClassifier(reservoir, random_state=0).fit(X, np.arange(40) % 2)
    together = model.decision_function(X)
    alone = np.array([model.decision_function([x])[0] for x in X])
    np.testing.assert_allclose(alone, together, atol=1e-4 if dtype is np.float32 else 1e-11)


# weights, in every form


def weighted_steps():
    rng = np.random.default_rng(0)
    panel = rng.uniform(-1, 1, (6, 30, 2))
    return panel, (panel[:, :, 0] > 0.3).astype(int), np.arange(1.0, 7.0)


@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize("form", ["panel", "list", "series", "sequences"])
def test_every_form_of_weights_says_the_same(form, class_weight):
    X, y, of_each = weighted_steps()
    if form == "list":
        X, y = list(X), list(y)
    named, of_steps = pd.Series(of_each, index=list("abcdef")), np.repeat(of_each, 30)
    by_step = of_steps.reshape(6, 30)
    forms = [of_each, of_each.tolist(), named, by_step, [*by_step], pd.DataFrame(by_step)]
    if form == "series":
        X, y, forms = (
            X[0],
            y[0],
            [2.0, np.full(30, 2.0), [2.0] * 30, np.float32(2.0), np.array(2.0)],
        )
    if form == "sequences":
        y, forms = np.arange(6) % 2, [of_each, of_each.tolist()]
    readout = RidgeReadoutClassifier(class_weight=class_weight)
    model = ESNClassifier(Reservoir(20), readout=readout, random_state=0)
    fits = [clone(model).fit(X, y, sample_weight=weight) for weight in forms]
    for fitted, weight in zip(fits, forms, strict=True):
        np.testing.assert_allclose(
            flat(fitted.decision_function(X)), flat(fits[0].decision_function(X)), rtol=1e-9
        )
        score = fitted.score(X, y, sample_weight=weight)
        assert score == pytest.approx(fits[0].score(X, y, sample_weight=forms[0]), rel=1e-12)
    if form == "series":
        return
    alike, plain = (clone(model).fit(X, y, sample_weight=w) for w in (1.0, None))
    decisions = [flat(fitted.decision_function(X)) for fitted in (alike, plain, fits[0])]
    np.testing.assert_allclose(decisions[0], decisions[1], rtol=1e-6)
    assert form == "sequences" or not np.allclose(decisions[1], decisions[2], rtol=1e-4)


def flat(answer):
    return np.concatenate([np.ravel(part) for part in answer])


@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(5), r"sample_weight must have shape \(6,\); got \(5,\)"),
        ([np.ones(30)] * 5, "sample_weight must hold weights for each of the 6 sequences; got 5"),
        ([np.ones(29)] * 6, r"sample_weight must have shape \(30,\); got \(29,\)"),
        (-np.ones(6), "sample_weight must be ≥ 0; got -1.0"),
        (np.full(6, np.nan), "Input sample_weight contains NaN"),
    ],
)
def test_weights_that_do_not_match(weight, message, class_weight):
    X, y, _ = weighted_steps()
    readout = RidgeReadoutClassifier(class_weight=class_weight)
    model = ESNClassifier(Reservoir(20), readout=readout, random_state=0)
    with pytest.raises(ValueError, match=message):
        clone(model).fit(X, y, sample_weight=weight)
    with pytest.raises(ValueError, match=message):
        clone(model).fit(X, y).score(X, y, sample_weight=weight)
