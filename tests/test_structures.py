"""Topologies and input matrices: each one's own property, and that all of them run."""

import numpy as np
import pytest
import scipy.sparse as sp

from reservoir import ESNForecaster, Reservoir, RidgeReadout, topology
from reservoir.datasets import mackey_glass

from .test_dynamics import loop, signal

NILPOTENT = {"delay_line"}
N = 64


def draw(name, n_units=N, seed=0, **options):
    W = topology.RECURRENT[name](n_units, np.random.default_rng(seed), **options)
    return W.toarray() if sp.issparse(W) else W


@pytest.mark.parametrize("name", sorted(topology.RECURRENT))
def test_every_topology_runs_and_is_scaled(name):
    radius = None if name in NILPOTENT else 0.8
    reservoir = Reservoir(N, topology=name, spectral_radius=radius, random_state=0)
    u = signal(30)
    states = reservoir.fit(u).transform(u)
    np.testing.assert_allclose(states, loop(reservoir, u), atol=1e-12)
    W = reservoir.W_.toarray() if sp.issparse(reservoir.W_) else reservoir.W_
    assert np.isfinite(W).all()
    if name != "delay_line_feedback":  # far from normal: NumPy's eigenvalues are off by a tenth
        assert abs(np.linalg.eigvals(W)).max() == pytest.approx(radius or 0.0, abs=1e-8)
    np.testing.assert_array_equal(draw(name), draw(name))
    if name in NILPOTENT:
        with pytest.raises(ValueError, match="spectral_radius must be None or 0"):
            Reservoir(N, topology=name).fit(u)
    scaled = Reservoir(N, topology=name, spectral_radius=0.8, scale_by="norm", random_state=0)
    W = scaled.fit(u).W_
    assert np.linalg.norm(W.toarray() if sp.issparse(W) else W, 2) == pytest.approx(0.8)


@pytest.mark.parametrize("name", sorted(topology.RECURRENT))
@pytest.mark.parametrize("n_units", [1, 2, 3, 5, 16])
def test_every_topology_takes_few_units(name, n_units):
    if name == "hypercube" and n_units in (1, 3, 5):
        with pytest.raises(ValueError, match=f"power of two for a hypercube; got {n_units}"):
            draw(name, n_units)
        return
    if name == "block_diagonal" and n_units < 4:
        with pytest.raises(ValueError, match=f"n_blocks must be from 1 to n_units={n_units}"):
            draw(name, n_units)
        return
    assert draw(name, n_units).shape == (n_units, n_units)


def test_lines_and_rings_by_their_equations():
    i, j = np.indices((12, 12))
    ahead, around = (i == j + 1), (i - j) % 12
    np.testing.assert_array_equal(draw("delay_line", 12), ahead)
    np.testing.assert_array_equal(
        draw("delay_line_feedback", 12, feedback=0.3), ahead + 0.3 * (j == i + 1)
    )
    np.testing.assert_array_equal(draw("ring", 12), around == 1)
    np.testing.assert_array_equal(
        draw("double_cycle", 12, weight=0.2), (around == 1) + 0.2 * (around == 11)
    )
    np.testing.assert_array_equal(
        draw("self_loop_ring", 12, weight=0.2), (around == 1) + 0.2 * (i == j)
    )
    np.testing.assert_array_equal(
        draw("forward_ring", 12, weight=0.2), (around == 1) + 0.2 * (around == 2)
    )
    jumps = (i % 3 == 0) & (j % 3 == 0) & ((around == 3) | (around == 9))
    np.testing.assert_array_equal(
        draw("cycle_jumps", 12, jump=3, weight=0.7), (around == 1) + 0.7 * jumps
    )
    # 14 is no multiple of 3: four jumps, the last of which ends at unit 12 (Rodan & Tino, 2012)
    W = draw("cycle_jumps", 14, jump=3) - draw("ring", 14)
    assert sorted(map(tuple, np.argwhere(np.tril(W)))) == [(3, 0), (6, 3), (9, 6), (12, 9)]
    np.testing.assert_array_equal(W, W.T)


@pytest.mark.parametrize("n_units", [2, 50, 400])
def test_a_line_with_feedback_has_its_own_eigenvalues(n_units):
    """Of a tridiagonal Toeplitz matrix: twice the root of the product, times a cosine."""
    W = topology.delay_line_feedback(n_units, feedback=0.1)
    wanted = 2 * np.sqrt(0.1) * np.cos(np.pi / (n_units + 1))
    assert topology.spectral_radius(W) == pytest.approx(wanted, rel=1e-12)
    assert topology.spectral_radius(-W) == pytest.approx(wanted, rel=1e-12)
    assert abs(topology.eigenvalues(W.toarray())).max() == pytest.approx(wanted, rel=1e-12)
    opposed = topology.delay_line_feedback(n_units, feedback=-0.1)  # imaginary ones
    if n_units == 2:
        assert topology.spectral_radius(opposed) == pytest.approx(np.sqrt(0.1))


def test_spectra():
    """Of a hypercube log2(N) - 2k, binomially often; imaginary, real, on the diagonal."""
    values = np.sort(np.linalg.eigvalsh(draw("hypercube", 16)))
    np.testing.assert_allclose(values, np.repeat([-4, -2, 0, 2, 4], [1, 4, 6, 4, 1]), atol=1e-12)
    assert abs(np.linalg.eigvals(draw("antisymmetric")).real).max() < 1e-12
    W = draw("wigner", 400)
    values = np.linalg.eigvalsh(W) / np.sqrt(400)
    assert abs(values).max() == pytest.approx(2, abs=0.1)  # the half circle
    assert (abs(values) < 1).mean() == pytest.approx(0.609, abs=0.03)
    W = draw("lower_triangular")
    assert topology.spectral_radius(W) == pytest.approx(abs(np.diag(W)).max())


def test_counts_and_signs():
    assert np.linalg.matrix_rank(draw("low_rank", rank=4)) == 4
    W = draw("permutation", signed=True)
    np.testing.assert_array_equal(abs(W).sum(axis=0), 1)
    np.testing.assert_array_equal(abs(W).sum(axis=1), 1)
    assert {-1.0, 1.0} < set(W.ravel())
    W = draw("pseudo_svd", density=0.2)
    assert 0.2 <= (W != 0).mean() < 0.35
    assert np.linalg.norm(W, 2) == pytest.approx(1)
    W = draw("dale", 100, excitatory=0.7)
    signs = np.sign(W)
    assert (signs.max(axis=0) - signs.min(axis=0)).max() == 1  # one sign a column, and zeros
    assert (signs.sum(axis=0) > 0).sum() == 70
    assert abs(W.sum() / abs(W).sum()) < 0.1
    i, j = np.nonzero(draw("banded", width=3))
    assert abs(i - j).max() == 3
    W = draw("toeplitz", 6)
    assert all(np.ptp(np.diag(W, k)) == 0 for k in range(-5, 6))
    assert len(np.unique(W)) == 11
    W = draw("block_diagonal", 40, n_blocks=4, connectivity=3)
    mask = np.kron(np.eye(4), np.ones((10, 10))) == 0
    assert not W[mask].any()
    radii = [abs(np.linalg.eigvals(W[k : k + 10, k : k + 10])).max() for k in range(0, 40, 10)]
    np.testing.assert_allclose(radii, 1)
    assert (draw("erdos_renyi", 200, probability=0.3) != 0).mean() == pytest.approx(0.3, abs=0.02)
    assert abs(np.log(abs(draw("chebyshev", 30, degree=3.1)) + 1)).max() <= np.log(2)
    assert np.diff(np.unique(draw("logistic", 30))).size > 800  # no cycle


def test_small_worlds_are_between_rings_and_random_graphs():
    """Watts & Strogatz (1998), figure 2: a few long edges, and short paths in clustered graphs."""

    def path_and_clustering(rewired):
        W = draw("small_world", 200, neighbours=10, rewired=rewired) != 0
        np.testing.assert_array_equal(W.sum(axis=1), 10)
        assert not np.diag(W).any()
        apart = sp.csgraph.shortest_path(sp.csr_array(W.astype(float)), unweighted=True)
        A = (W | W.T).astype(float)
        degree = A.sum(axis=1)
        triangles = np.diag(A @ A @ A) / (degree * (degree - 1))
        return apart[np.isfinite(apart)].mean(), triangles.mean()

    (far, lattice), (near, small), (_, random) = map(path_and_clustering, (0.0, 0.1, 1.0))
    assert near < 0.5 * far
    assert small > 0.6 * lattice
    assert random < 0.25 * lattice


def test_scale_free_graphs_have_hubs():
    """Degrees fall off as a power of three (Barabasi & Albert, 1999): the tail sums to a square."""
    degree = np.sort((draw("scale_free", 2000, edges=3) != 0).sum(axis=1))
    assert degree.min() == 3 or degree[5] == 3
    assert degree.sum() == 2 * 3 * (2000 - 3)
    share = (degree[:, None] >= np.array([12, 48])).mean(axis=0)
    assert np.log(share[0] / share[1]) / np.log(4) == pytest.approx(2, abs=0.4)


@pytest.mark.parametrize("name", sorted(topology.INPUT))
def test_every_input_matrix_runs(name):
    u = signal(10, n_features=3)
    reservoir = Reservoir(50, input_weights=name, input_scaling=[1.0, 2.0, 0.0], random_state=0)
    W_in = reservoir.fit(u).W_in_
    assert W_in.shape == (50, 3)
    assert not W_in[:, 2].any()
    assert abs(W_in[:, 0]).max() <= 1 or name == "gaussian"
    np.testing.assert_allclose(reservoir.transform(u), loop(reservoir, u), atol=1e-13)


def test_input_matrices_by_their_properties():
    rng = np.random.default_rng(0)
    blocks = topology.block_input(7, 3, rng) != 0
    np.testing.assert_array_equal(blocks.sum(axis=1), 1)
    np.testing.assert_array_equal(blocks.sum(axis=0), [3, 2, 2])
    digits = [int(x) for x in "14159265358979323846264338327950288419716939937510"]
    signs = np.where(np.array(digits) >= 5, 1, -1)
    np.testing.assert_array_equal(topology.pi_input(25, 2), signs.reshape(2, 25).T)
    assert topology.pi_input(1000, 3).shape == (1000, 3)
    balanced = topology.hadamard_input(64, 5, rng)
    np.testing.assert_array_equal(balanced.sum(axis=0), 0)
    np.testing.assert_array_equal(balanced.T @ balanced, 64 * np.eye(5))
    assert topology.hadamard_input(1, 3, rng).shape == (1, 3)
    informed = topology.informed_input(61, 6, rng) != 0
    np.testing.assert_array_equal(informed.sum(axis=1), 1)
    assert informed[:, :3].sum() == 31
    assert informed.any(axis=0).all()
    assert topology.informed_input(5, 1, rng).all()


def test_options_of_a_topology():
    x = np.zeros((4, 1))
    W = Reservoir(20, topology="cycle_jumps", topology_options={"jump": 4}).fit(x).W_
    assert W.nnz == 20 + 2 * 5
    W = Reservoir(40, topology="dale", connectivity=3).fit(x).W_
    assert W.nnz == 120
    W = Reservoir(40, topology="sparse", topology_options={"connectivity": 2}).fit(x).W_
    assert W.nnz == 80
    with pytest.raises(ValueError, match=r"topology='ring' must be among \[\]; got \['jump'\]"):
        Reservoir(20, topology="ring", topology_options={"jump": 4}).fit(x)
    with pytest.raises(ValueError, match="topology_options must be None where topology is a"):
        Reservoir(2, topology=np.eye(2), topology_options={"jump": 4}).fit(x)

    def ours(n_units, rng, *, weight):
        return weight * np.eye(n_units)

    W = Reservoir(
        3, topology=ours, topology_options={"weight": 0.3}, spectral_radius=None
    ).fit(x).W_  # fmt: skip
    np.testing.assert_array_equal(W, 0.3 * np.eye(3))
    with pytest.raises(ValueError, match="'scale_by' parameter of Reservoir must be"):
        Reservoir(20, scale_by="trace").fit(x)


def test_graphs_of_networkx():
    nx = pytest.importorskip("networkx")
    graph = nx.DiGraph()
    graph.add_nodes_from(range(4))
    graph.add_edge(0, 1, weight=0.5)
    graph.add_edge(1, 2)
    graph.add_edge(2, 0, weight=-2.0)
    reservoir = Reservoir(4, topology=graph, spectral_radius=None).fit(np.zeros((3, 1)))
    wanted = np.zeros((4, 4))
    wanted[1, 0], wanted[2, 1], wanted[0, 2] = 0.5, 1.0, -2.0
    np.testing.assert_array_equal(reservoir.W_.toarray(), wanted)
    small = nx.connected_watts_strogatz_graph(60, 6, 0.2, seed=0)
    model = ESNForecaster(Reservoir(60, topology=small, random_state=0), RidgeReadout(1e-6))
    series = mackey_glass(500, random_state=0)
    assert np.isfinite(model.fit(series).forecast(10)).all()
    with pytest.raises(ValueError, match=r"topology must give a matrix of shape \(50, 50\)"):
        Reservoir(50, topology=small).fit(series)
