"""The kernels below everything: activations, and BLAS and LAPACK without Python's lock."""

import numpy as np
import pytest
import threadpoolctl

from reservoir import activations, lapack


@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0, 1e300])
def test_the_tangent_by_exp_is_the_tangent_to_rounding(scale):
    x = scale * np.random.default_rng(0).standard_normal((40, 50))
    out = np.empty_like(x)
    assert activations._tanh_by_exp(x, out) is out
    np.testing.assert_allclose(out, np.tanh(x), rtol=0, atol=2.3e-16)
    np.testing.assert_array_equal(activations._tanh_by_exp(x.copy(), out), out)


def test_the_tangent_keeps_what_is_not_a_number():
    x = np.array([np.nan, np.inf, -np.inf, 0.0])
    np.testing.assert_array_equal(activations._tanh_by_exp(x, x), [np.nan, 1.0, -1.0, 0.0])


@pytest.mark.parametrize("by_exp", [False, True])
def test_activations_write_in_place(by_exp, monkeypatch):
    monkeypatch.setattr(activations, "TANH_BY_EXP", by_exp)
    x = np.random.default_rng(0).standard_normal((30, 40))
    for name, wanted in {"tanh": np.tanh(x), "sigmoid": 1 / (1 + np.exp(-x))}.items():
        for dtype, digits in ((np.float64, 1e-15), (np.float32, 1e-6)):
            out = x.astype(dtype)
            assert activations.ACTIVATIONS[name](out, out=out) is out
            np.testing.assert_allclose(out, wanted, rtol=0, atol=digits)


def test_a_product_is_added_to_the_lower_triangle():
    rows = np.random.default_rng(0).standard_normal((7, 50))
    total = np.ones((7, 7), order="F")
    lapack.add_product(total, rows)
    np.testing.assert_allclose(np.tril(total), np.tril(1 + rows @ rows.T), rtol=1e-13)
    np.testing.assert_array_equal(np.triu(total, 1), np.triu(np.ones((7, 7)), 1))


@pytest.mark.parametrize("n", [1, 40, 520])
def test_a_factor_is_stacked_on_rows(n):
    rng = np.random.default_rng(0)
    above, rows = np.triu(rng.standard_normal((n, n))), rng.standard_normal((30, n))
    factor = above.copy(order="F")
    lapack.stack_on(factor, rows.copy(order="F"))
    wanted = np.linalg.qr(np.vstack([above, rows]), mode="r")
    np.testing.assert_allclose(np.abs(factor), np.abs(np.triu(wanted)), atol=1e-12)


def test_what_fortran_would_take_on_trust_is_refused():
    good = np.zeros((3, 3), order="F")
    for total, rows in [
        (good, np.zeros((3, 8), order="F")),
        (good, np.zeros((2, 8))),
        (good.astype(np.float32), np.zeros((3, 8))),
    ]:
        with pytest.raises(ValueError, match="order of float64"):
            lapack.add_product(total, rows)


def blas():
    return {i["num_threads"] for i in threadpoolctl.threadpool_info() if i["user_api"] == "blas"}


def test_blas_threads_are_held_and_restored():
    with threadpoolctl.threadpool_limits(2, "blas"):
        with lapack.blas_threads(1):
            assert blas() == {1}
        assert blas() == {2}
    with threadpoolctl.threadpool_limits(1, "blas"), lapack.blas_threads(2):
        assert blas() == {1}  # never more than the caller allows


def test_small_systems_are_decomposed_by_one_thread():
    """Where another BLAS has just multiplied, its threads stand in the way."""
    seen, blas = [], threadpoolctl.ThreadpoolController().select(user_api="blas").info

    def look(matrix):
        seen.append(max(library["num_threads"] for library in blas()))

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        look(None)
        for n in (5, lapack.ALONE, lapack.ALONE + 1):
            lapack.alone_where_small(look)(np.zeros((n, 2000)))
        look(None)
    before = seen[0]
    assert before > 1
    assert seen == [before, 1, 1, before, before]
    x = np.random.default_rng(0).standard_normal((6, 4))
    np.testing.assert_allclose(lapack.svd(x)[1], np.linalg.svd(x)[1])
    np.testing.assert_allclose(lapack.eigh(x.T @ x)[0], np.linalg.eigvalsh(x.T @ x))
