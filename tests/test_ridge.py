"""Ridge statistics against scikit-learn's Ridge, and their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import LinAlgWarning
from sklearn.linear_model import Ridge

from reservoir.ridge import (
    Blocks,
    RecursiveFactor,
    RidgeFactor,
    RidgeStatistics,
    Spectrum,
    as_rows,
)

BOTH = pytest.mark.parametrize("form", [RidgeStatistics, RidgeFactor])


def problem(seed, n_rows=200, n_features=8, n_targets=3, mean=0.0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n_rows, n_features)) + mean
    y = x @ rng.standard_normal((n_features, n_targets)) + rng.standard_normal((n_rows, n_targets))
    return x, y + 7.0, rng.uniform(0.1, 2.0, n_rows)


def of(x, y, weight=None, form=RidgeStatistics):
    return form(x.shape[1], y.shape[1]).updated(x, y, weight)


@pytest.mark.parametrize("n_rows", [1, 5, 30])
@pytest.mark.parametrize("fit_intercept", [False, True])
@BOTH
def test_leverages_of_new_rows_by_the_dense_formula(form, fit_intercept, n_rows):
    """Of fewer rows than features too, where new rows lie in directions that were never seen."""
    x, y, weight = problem(1, n_rows=n_rows, n_features=12)
    new = problem(2, n_rows=9, n_features=12)[0]
    spectrum = of(x, y, weight, form).spectrum(fit_intercept)
    assert len(spectrum.values) <= 12
    mean = np.average(x, axis=0, weights=weight) if fit_intercept else np.zeros(12)
    gram = (weight[:, None] * (x - mean)).T @ (x - mean)
    for k, alpha in enumerate(alphas := np.array([0.1, 10.0])):
        inverse = np.linalg.inv(gram + alpha * np.eye(12))
        wanted = np.einsum("ti,ij,tj->t", new - mean, inverse, new - mean)
        np.testing.assert_allclose(spectrum.leverages(new, alphas)[:, k], wanted, rtol=1e-8)


@pytest.mark.parametrize("least", [1e-13, 1e-3])
def test_rows_that_are_few_by_their_products(least):
    """As by the singular values themselves, down to the least alpha."""
    x, y, weight = problem(3, n_rows=40, n_features=90)
    x[20:] = x[:20] + 1e-6 * x[20:]
    few = Spectrum.of_rows(x, y, weight, least=least)
    coef, intercept = few.solution(np.full(3, least))
    wanted = Ridge(least, solver="svd").fit(x, y, sample_weight=weight)
    np.testing.assert_allclose(coef, wanted.coef_, atol=1e-3 * np.abs(coef).max())
    np.testing.assert_allclose(intercept, wanted.intercept_, atol=1e-3 * np.abs(coef).max())


@pytest.mark.parametrize("least", [1e-13, 1e-3])
def test_training_rows_are_rotated_once(least):
    """What is left out of each of them, by the rows themselves and by fits without one."""
    x, y, weight = problem(3, n_rows=12, n_features=40)
    few, alphas, ones = (
        Spectrum.of_rows(x, y, weight, least=least),
        np.array([1e-3, 2.0]),
        np.ones(12),
    )
    found = few.left_out(None, y, ones, alphas)
    np.testing.assert_allclose(found, few.left_out(x, y, ones, alphas), atol=1e-7)
    plain = Spectrum.of_rows(x, y, ones, least=least).left_out(None, y, ones, alphas)
    for k in range(12):
        rest = np.arange(12) != k
        for errors, alpha in zip(plain, alphas, strict=True):
            ridge = Ridge(alpha, solver="svd").fit(x[rest], y[rest])
            np.testing.assert_allclose(errors[k], y[k] - ridge.predict(x[[k]])[0], rtol=1e-6)


@pytest.mark.parametrize("mean", [0.0, 1e4])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("alpha", [1e-3, 10.0])
@BOTH
def test_equals_ridge(form, mean, weighted, fit_intercept, alpha):
    mean = mean if fit_intercept else 0.0  # without one, a large mean is ill-conditioned itself
    x, y, weight = problem(0, mean=mean)
    weight = weight if weighted else None
    coef, intercept = of(x, y, weight, form).solve(alpha, fit_intercept=fit_intercept)
    ridge = Ridge(alpha, fit_intercept=fit_intercept, solver="svd").fit(x, y, sample_weight=weight)
    np.testing.assert_allclose(coef, ridge.coef_, rtol=1e-8)
    np.testing.assert_allclose(intercept, ridge.intercept_, rtol=1e-8)


@BOTH
def test_one_alpha_per_target_equals_ridge(form):
    x, y, _ = problem(1)
    coef, intercept = of(x, y, form=form).solve([0.1, 1.0, 50.0])
    ridge = Ridge(np.array([0.1, 1.0, 50.0]), solver="svd").fit(x, y)
    np.testing.assert_allclose(coef, ridge.coef_, rtol=1e-8)
    np.testing.assert_allclose(intercept, ridge.intercept_, rtol=1e-8)


@settings(max_examples=30, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 200), max_size=5),
    seed=st.integers(0, 99),
    order=st.permutations(range(6)),
)
@BOTH
def test_blocks_and_merges_equal_the_whole(form, cuts, seed, order):
    x, y, weight = problem(seed, mean=3.0)
    bounds = [0, *sorted(cuts), 200]
    parts = [slice(a, b) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
    streamed, merged = form(8, 3), form(8, 3)
    for part in [parts[k] for k in order if k < len(parts)]:
        streamed = streamed.updated(x[part], y[part], weight[part])
        merged = merged + of(x[part], y[part], weight[part], form)
    whole = of(x, y, weight, form).solve(0.5)
    for statistics in (streamed, merged):
        for mine, wanted in zip(statistics.solve(0.5), whole, strict=True):
            np.testing.assert_allclose(mine, wanted, rtol=1e-9, atol=1e-11)


@BOTH
def test_a_singular_system_warns_and_gives_the_minimum_norm_solution(form):
    x, y, _ = problem(2, n_rows=5)
    with pytest.warns(LinAlgWarning, match="singular to working precision: its minimum-norm"):
        coef, _ = of(x, y, form=form).solve(0.0)
    xc, yc = x - x.mean(axis=0), y - y.mean(axis=0)
    np.testing.assert_allclose(coef, (np.linalg.pinv(xc) @ yc).T, rtol=1e-8)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (RidgeStatistics, r"least alpha that a Gram matrix can tell, \d.*e-1"),
        (RidgeFactor, r"least alpha that a triangular factor can tell, \d.*e-(29|30)"),
    ],
)
def test_an_alpha_below_the_precision_is_raised_to_it(form, told):
    x, y, _ = problem(3)
    x[:, 7] = x[:, 6] if form is RidgeFactor else x[:, 6] * (1 + 1e-12)
    with pytest.warns(LinAlgWarning, match=told):
        coef, _ = of(x, y, form=form).solve(1e-40)
    xc, yc = x - x.mean(axis=0), y - y.mean(axis=0)
    wanted = xc @ np.linalg.lstsq(xc, yc, rcond=1e-8)[0]
    np.testing.assert_allclose(xc @ coef.T, wanted, rtol=0, atol=1e-8)
    assert np.abs(coef).max() < 10  # dividing by 1e-40 would give 1e20 and more


def ill_conditioned(condition, n_rows=400, n_features=20):
    """Rows whose singular values fall evenly down to 1 / condition, and exact targets."""
    rng = np.random.default_rng(0)
    left = np.linalg.qr(rng.standard_normal((n_rows, n_features)))[0]
    right = np.linalg.qr(rng.standard_normal((n_features, n_features)))[0]
    x = left * np.geomspace(1.0, 1.0 / condition, n_features) @ right
    true = rng.standard_normal((n_features, 1))
    return x, x @ true, true


def test_the_factor_solves_where_the_gram_matrix_cannot():
    x, y, true = ill_conditioned(1e12)
    wanted = true[:, 0]
    blocks = RidgeFactor(20, 1)
    for part in np.array_split(np.arange(400), 7):
        blocks = blocks.updated(x[part], y[part])
    coef, _ = blocks.solve(0.0, fit_intercept=False)
    scale = np.abs(wanted).max()
    assert np.abs(coef[0] - wanted).max() < 1e-3 * scale  # condition x eps = 2e-4
    with pytest.warns(LinAlgWarning, match="singular to working precision"):
        gram, _ = of(x, y).solve(0.0, fit_intercept=False)
    assert np.abs(gram[0] - wanted).max() > 0.1 * scale


def test_the_factor_tells_an_alpha_that_the_gram_matrix_cannot():
    x, y, _ = ill_conditioned(1e10)
    alpha = 1e-19
    values = np.linalg.svd(x, compute_uv=False)
    assert values[-1] ** 2 < alpha < values[-2] ** 2
    ridge = Ridge(alpha, fit_intercept=False, solver="svd").fit(x, y)
    coef, _ = of(x, y, form=RidgeFactor).solve(alpha, fit_intercept=False)
    np.testing.assert_allclose(coef, np.atleast_2d(ridge.coef_), rtol=1e-4, atol=1e-5)


def test_merging_needs_equal_shapes_and_forms():
    with pytest.raises(ValueError, match="same numbers of features and targets"):
        RidgeStatistics(2, 1) + RidgeStatistics(3, 1)
    with pytest.raises(TypeError, match="one form to be added; got RidgeStatistics and RidgeF"):
        RidgeStatistics(2, 1) + RidgeFactor(2, 1)


@pytest.mark.parametrize(
    ("x", "y", "weight", "message"),
    [
        (np.ones((4, 1)), np.ones((4, 1)), None, r"shapes \(4, 2\) and \(4, 1\); got \(4, 1\) and"),
        (np.ones((4, 2)), np.ones((3, 1)), None, r"shapes \(4, 2\) and \(4, 1\); got .* \(3, 1\)"),
        (np.full((4, 2), np.nan), np.ones((4, 1)), None, "Input x contains NaN"),
        (np.ones((4, 2)), np.full((4, 1), np.inf), None, "Input y contains infinity"),
        (np.ones((4, 2)), np.ones((4, 1)), np.ones(3), r"weight must be \(4,\) numbers ≥ 0"),
        (np.ones((4, 2)), np.ones((4, 1)), -np.ones(4), r"weight must be \(4,\) numbers ≥ 0"),
    ],
)
def test_bad_blocks(x, y, weight, message):
    with pytest.raises(ValueError, match=message):
        RidgeStatistics(2, 1).updated(x, y, weight)


def test_bad_alphas():
    statistics = RidgeStatistics(2, 1).updated(np.eye(3, 2), np.ones((3, 1)))
    with pytest.raises(ValueError, match="alpha must be finite and ≥ 0; got -1"):
        statistics.solve(-1)
    with pytest.raises(ValueError, match=r"one number or one per output \(1\); got shape \(2,\)"):
        statistics.solve([1.0, 2.0])


@BOTH
def test_features_that_never_move_get_no_weight(form):
    x, y = np.full((20, 3), 5.0), np.arange(20.0)[:, None]
    with pytest.warns(LinAlgWarning, match="its minimum-norm solution is taken"):
        coef, intercept = of(x, y, form=form).solve(0.0)
    np.testing.assert_array_equal(coef, np.zeros((1, 3)))
    assert intercept == pytest.approx(y.mean())
    np.testing.assert_array_equal(of(x, y, form=form).solve(1.0)[0], np.zeros((1, 3)))


@BOTH
def test_nothing_to_train_on(form):
    with pytest.raises(ValueError, match="at least one row to train on"):
        form(2, 1).solve(1.0)


def test_what_is_too_large_to_square():
    x, y, _ = problem(0)
    with pytest.raises(ValueError, match="x and y are too large: their squares overflow"):
        of(1e200 * x, y).solve(1.0)
    coef, _ = of(1e200 * x, y, form=RidgeFactor).solve(1.0)
    np.testing.assert_allclose(1e200 * coef, of(x, y).solve(0.0)[0], rtol=1e-8)


# values


FORMS = {
    "gram": lambda: RidgeStatistics(8, 3),
    "factor": lambda: RidgeFactor(8, 3),
    "recursive": lambda: RecursiveFactor(RidgeFactor(8, 3), 0.1),
}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_statistics_are_values(form):
    x, y, weight = problem(0)
    first = FORMS[form]().updated(x[:100], y[:100], weight[:100])
    before = [array.copy() for array in first.arrays()]
    more = (RidgeStatistics if form == "gram" else RidgeFactor)(8, 3).updated(x[100:], y[100:])
    for new in (first.updated(x[100:], y[100:]), first + more, first.forgotten(0.5), first.copy()):
        assert new is not first
    own = first.copy()
    own.take_rows(as_rows(x[100:], y[100:]))
    own.fade(0.5)
    assert own.weight == pytest.approx(0.5 * (weight[:100].sum() + 100))
    for mine, wanted in zip(first.arrays(), before, strict=True):
        np.testing.assert_array_equal(mine, wanted)
        assert not mine.flags.writeable
    assert first.empty().weight == 0
    with pytest.raises(TypeError, match=r"write s = s.updated\(x, y\), and not"):
        first.update(x, y)
    with pytest.raises(TypeError, match=r"write s = s.forgotten\(f\), and not"):
        first.forget(0.5)
    with pytest.raises(ValueError, match=r"read-only: copy\(\) them"):
        first.take_rows(as_rows(x, y))
    with pytest.raises(ValueError, match=r"read-only: copy\(\) them"):
        first.fade(0.5)
    with pytest.raises(ValueError, match=r"factor must be in \[0, 1\]; got 2"):
        first.forgotten(2)


def test_the_penalty_is_in_a_recursive_factor_once():
    """Nothing of a plain factor's interface that would add it again."""
    x, y, _ = problem(0)
    recursive = RecursiveFactor(of(x, y, form=RidgeFactor), 5.0)
    ridge = Ridge(5.0, solver="svd").fit(x, y)
    np.testing.assert_allclose(recursive.solve()[0], ridge.coef_, rtol=1e-9)
    for name in ("solver", "path", "spectrum", "squared_errors"):
        assert not hasattr(recursive, name)
    merged = RecursiveFactor(of(x[:50], y[:50], form=RidgeFactor), 5.0).forgotten(0.1)
    merged += of(x[50:], y[50:], form=RidgeFactor)
    weight = np.where(np.arange(200) < 50, 0.1, 1.0)
    assert merged.penalty.min() > 0.3 * 5.0
    xc, yc = (a - np.average(a, axis=0, weights=weight) for a in (x, y))
    system = (xc * weight[:, None]).T @ xc + np.diag(merged.penalty)
    wanted = np.linalg.solve(system, (xc * weight[:, None]).T @ yc).T
    np.testing.assert_allclose(merged.solve()[0], wanted, rtol=1e-9)


def test_blocks_are_values():
    x, y, weight = problem(0)
    blocks = Blocks([RidgeStatistics(8, 3) for _ in range(2)], [([0], [1]), ([1], [0])])
    blocks.take_rows(as_rows(x, y), weight.copy(), np.arange(200) % 2)
    blocks.frozen()
    before = [array.copy() for array in blocks.arrays()]
    twice = blocks + blocks.forgotten(0.5)
    assert twice.weight == pytest.approx(1.5 * weight.sum())
    np.testing.assert_allclose(twice.together().solve(1.5)[0], blocks.together().solve(1.0)[0])
    for mine, wanted in zip(blocks.arrays(), before, strict=True):
        np.testing.assert_array_equal(mine, wanted)
    with pytest.raises(TypeError, match="steps of Blocks have labels"):
        blocks.updated(x, y)
