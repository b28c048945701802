"""Weight matrices: their structure, and their radius against numpy's dense eigenvalues."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from reservoir import Reservoir, topology
from reservoir.topology import scale_to_radius, scaling, spectral_radius


def draw(name, n_units, seed=0):
    return topology.RECURRENT[name](n_units, np.random.default_rng(seed))


def dense_radius(W):
    return np.abs(np.linalg.eigvals(W.toarray() if sp.issparse(W) else W)).max()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", ["sparse", "dense"])
def test_radius_of_500_units_equals_dense_eigenvalues(name, seed):
    W = draw(name, 500, seed)
    assert spectral_radius(W) == pytest.approx(dense_radius(W), rel=1e-8)


@pytest.mark.parametrize("n_units", [1, 2, 30, 120, 301, 600])
@pytest.mark.parametrize("name", ["dense", "dense_uniform", "orthogonal", "ring", "sparse"])
def test_scaling_hits_the_radius(name, n_units):
    W = scale_to_radius(draw(name, n_units), 0.7)
    assert dense_radius(W) == pytest.approx(0.7, rel=1e-8)


@settings(max_examples=50, deadline=None)
@given(n_units=st.integers(1, 40), seed=st.integers(0, 999), density=st.floats(0.02, 1.0))
def test_radius_of_any_sparse_matrix(n_units, seed, density):
    W = topology.sparse(n_units, np.random.default_rng(seed), connectivity=density)
    radius = spectral_radius(W)
    # the trace of W^k grows as radius^k: the norms of powers bracket it, also where W is defective
    power = np.linalg.matrix_power(W.toarray() / (radius or 1.0), 1024)
    assert np.abs(power).max() ** (1 / 1024) < 1.3 if radius else not power.any()
    assert radius <= dense_radius(W) * (1 + 1e-8)


@pytest.mark.parametrize(
    "W",
    [
        sp.block_diag([topology.ring(200), 0.5 * topology.ring(200)], format="csr"),
        sp.csr_array(np.diag(np.linspace(-2, 1, 400))),
        np.outer(np.arange(400.0), np.ones(400)),
        np.kron(np.eye(4), np.ones((100, 100))),
        np.triu(np.ones((400, 400))),
        topology.sparse(400, np.random.default_rng(1), connectivity=0.003),
    ],
    ids=["two cycles", "diagonal", "rank one", "blocks", "defective", "very sparse"],
)
def test_radius_where_arpack_has_a_hard_time(W):
    # a defective eigenvalue is only known to eps**(1/N): the diagonal tells it exactly
    wanted = 1.0 if not sp.issparse(W) and W[1, 0] == 0 else dense_radius(W)
    assert spectral_radius(W) == pytest.approx(wanted, rel=1e-8)


def test_cycle_with_unequal_weights():
    W = topology.ring(9)
    W.data[:] = np.linspace(-1, 2, 9) + 0.1
    assert spectral_radius(W) == pytest.approx(dense_radius(W), rel=1e-12)


def test_nilpotent_and_zero_matrices():
    for W in (np.triu(np.ones((50, 50)), 1), np.zeros((5, 5)), sp.csr_array((5, 5))):
        assert spectral_radius(W) == 0.0
        with pytest.raises(ValueError, match="spectral_radius must be None or 0 for a matrix"):
            scale_to_radius(W, 0.9)
        assert spectral_radius(scale_to_radius(W, 0.0)) == 0.0


def test_sparse_has_a_fixed_in_degree_or_a_density():
    rng = np.random.default_rng(0)
    W = topology.sparse(80, rng, connectivity=7)
    np.testing.assert_array_equal(np.diff(W.indptr), 7)
    assert np.abs(W.data).max() <= 1
    W = topology.sparse(300, rng, connectivity=0.1)
    assert W.nnz == pytest.approx(0.1 * 300**2, rel=0.05)


def test_orthogonal_and_ring():
    Q = draw("orthogonal", 60)
    np.testing.assert_allclose(Q @ Q.T, np.eye(60), atol=1e-13)
    x = np.arange(5.0)
    np.testing.assert_array_equal(topology.ring(5) @ x, np.roll(x, 1))


def test_square_and_finite():
    with pytest.raises(ValueError, match=r"W must be a square matrix; got shape \(2, 3\)"):
        spectral_radius(np.ones((2, 3)))
    with pytest.raises(ValueError, match="W must be finite; got NaN"):
        spectral_radius(np.array([[np.nan]]))


def bits(n_threads):
    code = (
        "import hashlib, numpy as np\n"
        "from reservoir import Reservoir\n"
        "h = hashlib.sha256()\n"
        "for kind in ('sparse', 'dense', 'orthogonal', 'ring'):\n"
        "    r = Reservoir(600, topology=kind, random_state=3).fit(np.ones((5, 2)))\n"
        "    W = r.W_.data if hasattr(r.W_, 'indptr') else np.ascontiguousarray(r.W_)\n"
        "    h.update(W.tobytes() + r.W_in_.tobytes() + r.bias_.tobytes())\n"
        "print(h.hexdigest())\n"
    )
    env = {"OPENBLAS_NUM_THREADS": n_threads, "OMP_NUM_THREADS": n_threads, "PATH": ""}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)


@pytest.mark.slow
def test_the_same_bits_on_any_number_of_blas_threads():
    one, two = bits("1").stdout, bits("2").stdout
    assert len(one.strip()) == hashlib.sha256().digest_size * 2
    assert one == two


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sparse", "dense"])
def test_radius_of_1200_units_equals_dense_eigenvalues(name):
    W = draw(name, 1200)
    assert spectral_radius(W) == pytest.approx(dense_radius(W), rel=1e-8)


def test_a_radius_is_computed_once_for_a_matrix(monkeypatch):

    asked = []
    original = topology.spectral_radius
    monkeypatch.setattr(scaling, "spectral_radius", lambda W: asked.append(1) or original(W))
    monkeypatch.setattr(scaling, "KNOWN", {})
    monkeypatch.setattr(scaling, "MOST_KNOWN", 4)
    rng = np.random.default_rng(0)
    matrices = [rng.standard_normal((30, 30)) for _ in range(3)]
    for W in matrices[1:]:
        W[:-1] = matrices[0][:-1]  # alike but for the last row
    matrices += [sp.csr_array(W * (abs(W) > 1)) for W in matrices]
    for W in [*matrices, *matrices]:
        for radius in (0.5, 0.9):
            scaled = topology.scale_to_radius(W, radius)
            dense = scaled.toarray() if sp.issparse(scaled) else scaled
            assert abs(np.linalg.eigvals(dense)).max() == pytest.approx(radius, rel=1e-10)
    assert len(asked) == 12  # six matrices of which four are remembered, and two rounds
    asked.clear()
    for factor in (0.1, 0.3):
        Reservoir(40, input_scaling=factor, random_state=0).fit(np.zeros((5, 1)))
    assert len(asked) == 1
