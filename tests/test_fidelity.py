"""The published tasks, in small: what `benchmarks.fidelity` prints, saves and must not look at."""

import copy
import json

import numpy as np
import pytest

from benchmarks.fidelity.__main__ import NAMES, main, tasks_of
from benchmarks.fidelity.report import write_docs
from benchmarks.fidelity.task import Parts, Task, best_of, lagged, measure

pytestmark = pytest.mark.slow


def quick_task(name: str) -> Task:
    try:
        task = tasks_of(name)[0]
        task.quick = True
        task.parts(0)
    except ModuleNotFoundError as error:
        pytest.skip(str(error))
    return task


def garbled(part, rng):
    """Return data of the same form that have nothing to do with it."""
    if isinstance(part, np.ndarray):
        return rng.standard_normal(part.shape).astype(part.dtype)
    if isinstance(part, dict):
        return {name: garbled(inner, rng) for name, inner in part.items()}
    if isinstance(part, (tuple, list)):
        return type(part)(garbled(inner, rng) for inner in part)
    return part


@pytest.mark.parametrize("name", NAMES)
def test_hyperparameters_do_not_depend_on_the_test_part(name, monkeypatch):
    task = quick_task(name)
    parts = task.parts(0)
    chosen = task.choose(copy.deepcopy(parts.train), 0)
    rng, original = np.random.default_rng(0), task.parts

    def without_test(seed):
        made = original(seed)
        return Parts(made.train, garbled(made.hidden, rng))

    monkeypatch.setattr(task, "parts", without_test)
    again = task.choose(task.parts(0).train, 0)
    for one in (again, chosen):
        one.pop("seconds", None)
    assert str(again) == str(chosen)
    with pytest.raises(RuntimeError, match="read before the hyperparameters are fixed"):
        _ = parts.test


def test_a_task_that_reads_its_test_part_to_choose_is_caught():
    class Cheat(Task):
        published = {"NMSE": None}

        def parts(self, seed):
            return Parts(np.zeros(3), np.ones(3))

        def choose(self, train, seed):
            return {"mean": self.parts(seed).test.mean()}

        def score(self, settings, train, test, seed):
            return {"NMSE": 0.0}

    with pytest.raises(RuntimeError, match="read before the hyperparameters are fixed"):
        measure(Cheat())


#: One small task a name, two reservoirs: metric, and the bounds between which it must be.
QUICK = {
    "narma": ("NMSE", 0.05, 0.17),  # 30 lags 0.157, persistence 0.773; not tuned here
    "laser": ("NMSE", 0.001, 0.03),
    "memory": ("memory capacity", 97.0, 100.0),
    "mso": ("NRMSE", 1e-16, 1e-6),
    "channel": ("symbol error rate", 0.02, 0.1),
    "mackey_glass": ("NRMSE84", 1e-6, 6e-4),
    "chaos": ("valid time", 3.0, 12.0),  # a hundred units of 800
    "search": ("valid time", 2.0, 30.0),  # 1200 rows, fifty units
    "noise": ("NRMSE", 1e-6, 0.05),
    "dysts": ("median sMAPE", 1.0, 150.0),  # three systems of 66
}


@pytest.mark.parametrize("name", NAMES)
def test_quick_run_saves_what_the_docs_are_made_of(name, tmp_path, monkeypatch):
    quick_task(name)
    (result,) = main([name, "--quick", "--jobs", "1", "--out", str(tmp_path)])[name]
    (saved,) = json.loads((tmp_path / f"{name}.json").read_text())
    metric, low, high = QUICK[name]
    assert metric == result.metric
    assert low < np.median(result.values[metric]) < high
    assert saved["values"] == result.values
    assert (tmp_path / f"{name}.png").stat().st_size > 5000
    monkeypatch.setattr("benchmarks.fidelity.report.DOCS", tmp_path)
    (tmp_path / "images").mkdir()
    write_docs(tmp_path, [name, "never measured"])
    page = (tmp_path / "benchmarks.md").read_text()
    assert "| the defaults |" in page
    assert (tmp_path / f"{name}.md").read_text() in page
    assert "never measured" not in page


def test_an_unknown_name_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["lorentz"])
    assert "no task lorentz; there are: narma" in capsys.readouterr().err


def test_candidates_that_diverge_never_win():
    errors = {1: np.nan, 2: 5.0, 3: np.inf}
    assert best_of([{"a": k} for k in errors], lambda s: errors[s["a"]]) == {"a": 2}


def test_lags_are_the_latest_first():
    x = np.arange(8.0).reshape(4, 2)
    np.testing.assert_array_equal(lagged(x, 2)[0], [2, 3, 0, 1])
    np.testing.assert_array_equal(lagged(x, 2)[:, :2], x[1:])
