"""Small versions of the figures in the docs."""

from benchmarks import co2, lorenz, memory_capacity


def test_lorenz():
    """Ten reservoirs, 40 starts each: mean 11.6 Lyapunov times."""
    assert lorenz.main(["--seeds", "1", "--starts", "20"]).mean() >= 11


def test_memory_capacity():
    """Ten reservoirs: mean 97.8, least 97.2; no reservoir can have more than 100."""
    found = memory_capacity.main(["--seeds", "2"])
    assert (found >= 97).all()
    assert (found <= 100.5).all()  # estimated on 1000 steps


def test_co2():
    """Three seeds: 0.827 of the better simple forecast; one seed alone scatters about it."""
    assert co2.main(["--seeds", "1"]) < 0.9
