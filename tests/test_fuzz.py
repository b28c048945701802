"""A few seconds of every fuzzer, each time other cases: ``python -m tests.fuzz`` for more."""

import os

import pytest

from reservoir.dynamics.paths import VARIABLE

from .fuzz.__main__ import fuzz, main
from .fuzz.fuzzers import FUZZERS, Case

pytestmark = pytest.mark.slow

#: Another one for every commit that is tested, the same one for all tests of it.
SEED = int(os.environ.get("FUZZ_SEED", "0"))


@pytest.mark.parametrize("compiled", "01")
@pytest.mark.parametrize("name", FUZZERS)
def test_random_configurations_equal_plain_numpy(name, compiled, monkeypatch):
    monkeypatch.setenv(VARIABLE, compiled)
    _, failures = fuzz(name, seconds=0.8, seed=SEED)
    assert not failures, "\n".join(failures)


def test_a_failure_prints_the_lines_that_reproduce_it(monkeypatch, capsys):
    def spoilt(names):
        raise AssertionError(f"x is {names['x']}")

    monkeypatch.setitem(FUZZERS, "readouts", lambda rng: Case(["x = np.arange(2)"], spoilt))
    assert main(["readouts", "--seconds", "1"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "readouts: 5 cases, 5 failed" in lines
    assert "--- readouts, seed 0, case 0: AssertionError: x is [0 1]" in lines
    start = lines.index("import numpy as np")
    names = {}
    exec("\n".join(lines[start : start + 3]), names)
    assert names["x"].tolist() == [0, 1]
    with pytest.raises(SystemExit):
        main(["nobody"])
