"""One number for each sequence: extrinsic regression, by the default and by parts."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.model_selection import GridSearchCV, cross_val_score

from reservoir import (
    ESNClassifier,
    ESNRegressor,
    LastState,
    MeanState,
    Reservoir,
    RidgeReadout,
    RidgeReadoutClassifier,
    RidgeReadoutCV,
)

pd = pytest.importorskip("pandas")

RNG = np.random.default_rng(0)
F, A = RNG.uniform(0.05, 0.5, 150), RNG.uniform(0.5, 2.0, 150)
WAVES = A[:, None] * np.sin(F[:, None] * np.arange(60) + RNG.uniform(0, 6.3, 150)[:, None])
WAVES = (WAVES + 0.1 * RNG.normal(size=WAVES.shape))[:, :, None]


@pytest.mark.parametrize(
    ("y", "least"),
    [(F, 0.97), (A, 0.97), (WAVES.max(axis=1)[:, 0], 0.9), (WAVES[:, -1, 0], 0.99),
     (np.square(WAVES).sum(axis=1)[:, 0], 0.98), (np.column_stack([F, A]), 0.97)],
)  # fmt: skip
def test_the_default_tells_what_sequences_are_like(y, least):
    """A frequency, a height, the greatest, the last value, the energy, and two at once."""
    model = ESNRegressor(random_state=0).fit(WAVES[:100], y[:100])
    assert model.score(WAVES[100:], y[100:]) > least
    assert model.predict(WAVES[100:]).shape == y[100:].shape


def test_the_default_is_its_parts_by_hand():
    y = np.square(WAVES).sum(axis=1)[:, 0]
    model = ESNRegressor(random_state=0).fit(WAVES[:100], y[:100])
    summary = model.rows_.rows.representation
    assert "mean" in summary.statistics
    scaled = (WAVES - WAVES[:100].mean()) / WAVES[:100].std()
    rows = summary.transform(model.reservoir_.transform(scaled.astype(np.float32)))
    ridge = Ridge(model.readout_.alpha_).fit(rows[:100], y[:100])
    best = RidgeCV(RidgeReadoutCV().alphas).fit(rows[:100], y[:100]).alpha_
    assert abs(np.log10(best / model.readout_.alpha_)) <= 2  # either may be the best by rounding
    np.testing.assert_allclose(
        model.predict(WAVES[100:]), ridge.predict(rows[100:]), rtol=1e-3, atol=1e-2
    )


def test_the_last_state_alone_where_it_tells_more():
    y = WAVES[:, -1, 0] - WAVES[:, -3, 0]
    model = ESNRegressor(random_state=0).fit(WAVES[:100], y[:100])
    assert list(model.rows_.rows.representation.statistics) == ["last"]
    spread = ESNRegressor(random_state=0).fit(WAVES[:100], F[:100])
    assert "proportion" in spread.rows_.rows.representation.statistics


@pytest.mark.parametrize("n_rows", [90, 250])
def test_few_rows_are_solved_from_themselves(n_rows):
    """As many features as rows and more: no Gram matrix is solved."""
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(n_rows, 200)), rng.normal(size=200)
    y = x @ w + rng.normal(size=n_rows)
    model = RidgeReadoutCV([0.1, 10.0, 1000.0], washout=0).fit(x, y)
    np.testing.assert_allclose(model.coef_, Ridge(model.alpha_).fit(x, y).coef_, rtol=1e-7)
    assert RidgeCV([0.1, 10.0, 1000.0]).fit(x, y).alpha_ == model.alpha_


def test_a_reservoir_of_ones_own_is_read_in_its_final_state_unless_told():
    reservoir, readout = Reservoir(40, random_state=0), RidgeReadout(1e-3)
    model = ESNRegressor(reservoir, readout).fit(WAVES, F)
    last = np.stack([states[-1] for states in Reservoir(40, random_state=0).fit_transform(WAVES)])
    np.testing.assert_allclose(
        model.predict(WAVES), Ridge(1e-3).fit(last, F).predict(last), rtol=1e-6
    )
    means = ESNRegressor(reservoir, LinearRegression(), representation="mean").fit(WAVES, F)
    scaled = (WAVES - WAVES.mean()) / WAVES.std()
    mean = Reservoir(40, random_state=0).fit_transform(scaled.astype(np.float32)).mean(axis=1)
    wanted = LinearRegression().fit(mean, F).predict(mean)
    np.testing.assert_allclose(means.predict(WAVES), wanted, atol=1e-3)
    own = ESNRegressor(reservoir, readout, representation=MeanState()).fit(WAVES, F)
    assert own.score(WAVES, F) > 0.5
    last = ESNRegressor(representation="last", random_state=0).fit(WAVES, F)
    assert last.readout_.coef_.shape == (100,)
    assert isinstance(
        ESNRegressor(reservoir, representation=LastState()).fit(WAVES, F).rows_.rows.representation,
        LastState,
    )


def test_weights_missing_targets_and_forms():
    y = F.copy()
    y[:20] = np.nan
    gone = ESNRegressor(random_state=0).fit(WAVES, y)
    assert gone.score(WAVES[20:], F[20:]) > 0.97
    weight = np.r_[np.zeros(20), np.ones(130)]
    assert gone.score(WAVES, F, weight) == pytest.approx(gone.score(WAVES[20:], F[20:]))
    assert gone.score(WAVES, y) == pytest.approx(gone.score(WAVES[20:], F[20:]))
    items = [x[: 40 + k % 20] for k, x in enumerate(WAVES)]
    ragged = ESNRegressor(random_state=0).fit(items[:100], F[:100])
    assert ragged.score(items[100:], F[100:]) > 0.95
    one = [ragged.predict([x])[0] for x in items[100:105]]
    np.testing.assert_allclose(one, ragged.predict(items[100:])[:5], rtol=1e-4)
    answer, std = ragged.predict(items[100:], return_std=True)
    assert answer.shape == std.shape == (50,)
    again = pickle.loads(pickle.dumps(ragged))
    np.testing.assert_array_equal(again.predict(items), ragged.predict(items))


def test_searches_and_folds():
    scores = cross_val_score(ESNRegressor(random_state=0), WAVES, A, cv=3)
    assert scores.min() > 0.9
    search = GridSearchCV(
        ESNRegressor(Reservoir(40, random_state=0), RidgeReadout(1e-3)),
        {"representation": ["last", "summary"], "reservoir__leak_rate": [0.3, 1.0]}, cv=2,
    )  # fmt: skip
    assert search.fit(WAVES, A).best_params_["representation"] == "summary"


def test_what_needs_a_readout_of_states_is_told():
    model = ESNRegressor(random_state=0).fit(WAVES, F)
    told = "reads from a row of all of its states.*representation='last'"
    for use in (
        lambda: model.partial_fit(WAVES, F), lambda: model.stream(), lambda: model.washout_,
        lambda: model.resolved(alpha=1.0), lambda: model.predict_then_update(WAVES[0], F[:60]),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=told):
            use()
    with pytest.raises(ValueError, match="got one series of shape .* Put it into a list"):
        model.predict(WAVES[0])
    with pytest.raises(ValueError, match="initial_state must be 'last' or 'zero' where whole"):
        model.predict(WAVES, initial_state=np.zeros(300))
    with pytest.raises(ValueError, match="sample_weight"):
        ESNRegressor().fit(WAVES, F, sample_weight=np.ones(7))
    with pytest.raises(ValueError, match="y must have one target for each sequence, as at fit"):
        model.score(WAVES, WAVES)
    with pytest.raises(ValueError, match="passthrough=True shows the final input.*'summary'"):
        ESNRegressor(passthrough=True, representation="summary").fit(WAVES, F)
    with pytest.raises(ValueError, match="'representation' parameter of ESNRegressor must be"):
        ESNRegressor(representation="first").fit(WAVES, F)
    steps = ESNRegressor(representation="summary", random_state=0).fit(WAVES, WAVES)  # of steps
    assert steps.predict(WAVES).shape == WAVES.shape
    again = model.fit(WAVES, WAVES)  # and no rows are left over
    assert again.rows_ is None
    assert again.predict(WAVES).shape == WAVES.shape
    parts = ESNRegressor(random_state=0).partial_fit(WAVES[:80], F[:80]).partial_fit(WAVES, F)
    assert parts.readout_.coef_.shape == (101,)  # the final state and input


def test_forms_that_others_have_are_told():
    ragged = [x[: 20 + k % 9, 0] for k, x in enumerate(WAVES)]
    array = np.empty(len(ragged), dtype=object)
    array[:] = ragged
    labels = np.array(["low", "high"])[(F > 0.3).astype(int)]
    for X in (ragged, array):
        with pytest.raises(ValueError, match=r"unequal lengths.*\[np.reshape\(x, \(-1, 1\)\)"):
            ESNClassifier().fit(X, labels)
    nested = pd.DataFrame(
        {"a": [pd.Series(x) for x in ragged], "b": [pd.Series(x) for x in ragged]}
    )
    with pytest.raises(ValueError, match="cells hold whole series, Series each: hand over a list"):
        ESNClassifier().fit(nested, labels)
    items = [np.column_stack(row) for row in nested.itertuples(index=False)]
    assert ESNClassifier(random_state=0).fit(items, labels).score(items, labels) > 0.9
    stacked = pd.concat([pd.DataFrame({"x": x}) for x in ragged])
    with pytest.raises(ValueError, match="0 follows 19.*from_long_frame parts sequences below"):
        ESNRegressor().fit(stacked, stacked)
    unknown = labels.astype(object)
    unknown[3] = None
    with pytest.raises(ValueError, match="y contains None, 1 of 150 labels, the first in row 3"):
        ESNClassifier().fit(WAVES, unknown)


@pytest.mark.parametrize("by", ["index", "auto", "dt"])
def test_steps_of_time_are_not_scaled(by):
    """Events at odd times: how fast they swing is told by their times alone."""
    rng = np.random.default_rng(0)
    items, y = [], rng.uniform(0.05, 0.5, 90)
    for f in y:
        at = np.cumsum(rng.exponential(1.0, 60) + 0.05)
        steps = np.diff(at, prepend=at[0] - 1)
        frame = pd.DataFrame({"x": np.sin(f * at + rng.uniform(0, 6.3))}, index=at)
        items.append(frame.assign(dt=steps).reset_index(drop=True) if by == "dt" else frame)
    reservoir = Reservoir(100, time_constant=(0.5, 20.0), random_state=0)
    reservoir.set_params(dt=by, input_scaling=1.0)
    model = ESNRegressor(reservoir, RidgeReadout(), representation="summary", random_state=0)
    model.fit(items[:60], y[:60])
    blind = ESNRegressor(Reservoir(100, input_scaling=1.0, random_state=0), RidgeReadout(),
                         representation="summary", random_state=0)  # fmt: skip
    values = [frame[["x"]].to_numpy() for frame in items]
    blind.fit(values[:60], y[:60])
    assert model.rows_.time_columns == [1]
    assert model.score(items[60:], y[60:]) > blind.score(values[60:], y[60:]) + 0.05


def test_many_sequences_are_compared_by_some_and_fitted_all(monkeypatch):
    """Of each class its share; the one that tells them best has then learned from all."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((120, 12, 1)).cumsum(axis=1)
    y = np.repeat(["few", "many"], [30, 90])
    X[:30] += 0.15 * np.arange(12)[:, None]
    tried = []
    fit = ESNClassifier._fit_rows

    def spied(self, reservoir, scaled, labels, weight, seed):
        fit(self, reservoir, scaled, labels, weight, seed)
        tried.append((reservoir, labels, weight, self.readout_.left_out_loss_))

    monkeypatch.setattr(ESNClassifier, "_fit_rows", spied)
    monkeypatch.setattr("reservoir.esn.classifier.MOST_COMPARED", 40)
    weight = np.where(y == "few", 3.0, 1.0)
    model = ESNClassifier(random_state=0).fit(X, y, sample_weight=weight)
    assert [len(labels) for _, labels, _, _ in tried] == [40, 40, 40, 120]
    for _, labels, given, _ in tried:
        np.testing.assert_array_equal(given == 3.0, labels == "few")
        assert np.mean(labels == "few") == 0.25
    best, *_ = min(tried[:3], key=lambda each: each[-1])
    wanted = ESNClassifier(best, readout=RidgeReadoutClassifier(), random_state=0)
    wanted.fit(X.astype(np.float32), y, sample_weight=weight)
    np.testing.assert_allclose(model.predict_proba(X), wanted.predict_proba(X), atol=1e-3)
