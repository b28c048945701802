"""See every check fail once: ``python -m tests.mutants [NAME …]``.

Each mutant is applied to a copy of the package, and its tests must fail; that they pass without one
is what the test command shows.
"""

import compileall
import contextlib
import gc
import importlib.util
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

from _pytest.config import get_config

from .. import conftest  # noqa: F401  # one BLAS thread, said before NumPy is there
from .mutant import Mutant
from .mutants import MUTANTS

ROOT = Path(__file__).parents[2]

#: Imported once; the processes that run the tests are forked from this one.
HEAVY = [
    "_hypothesis_pytestplugin",
    "matplotlib.pyplot",
    "narwhals.stable.v2",
    "numba",
    "pandas",
    "pdb",
    "polars",
    "pytest",
    "hypothesis.strategies",
    "scipy.integrate",
    "scipy.linalg",
    "scipy.optimize",
    "scipy.signal",
    "scipy.sparse.linalg",
    "scipy.stats",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "sklearn.preprocessing",
    "sklearn.utils.estimator_checks",
]
#: Files of tests that look at compiled kernels.
OF_KERNELS = ("compiled", "fuzz", "kinds")
OPTIONS = [
    "-o",
    "addopts=",  # no doctests: they are not asked
    "-x",
    "-q",
    "--tb=native",  # without reprs of estimators and their arrays, which take seconds
    "--assert=plain",
    "-p",
    "_hypothesis_pytestplugin",  # of all that are installed
    "-p",
    "no:cacheprovider",
    "-p",
    "no:unraisableexception",  # which collects garbage for .1 s, twice
    "--hypothesis-profile=mutants",
    "-m not slow",
]


def run(mutant: Mutant) -> tuple[int, str]:
    """Return pytest's exit status on a copy with the mutant, and its output."""
    import pytest

    with tempfile.TemporaryDirectory() as folder:
        for name in ("reservoir", "tests"):
            ignored = shutil.ignore_patterns(
                "*.nbi", "*.nbc"
            )  # compiled kernels are compiled again
            shutil.copytree(ROOT / name, Path(folder, name), ignore=ignored, copy_function=_link)
        shutil.copy(ROOT / "setup.cfg", folder)
        module = Path(folder, "reservoir", f"{mutant.module}.py")
        text = module.read_text()
        module.unlink()  # it is the package's own file
        module.write_text(text.replace(mutant.right, mutant.wrong))
        Path(importlib.util.cache_from_source(str(module))).unlink(missing_ok=True)
        _import_from(folder)
        file, colons, test = mutant.tests.partition("::")
        if file == "compiled" and "tangent" not in test:  # which is of many numbers
            importlib.import_module("numba").config.DISABLE_JIT = True  # kernels are Python, too
        elif file not in OF_KERNELS:
            os.environ["RESERVOIR_COMPILED"] = "0"  # kernels take seconds to compile
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.chdir(folder):
            status = pytest.main([*OPTIONS, f"tests/test_{file}.py{colons}{test}"])
        import reservoir

        if not Path(reservoir.__file__).is_relative_to(folder):
            return -1, f"{reservoir.__file__} was tested, not the copy"
        return int(status), output.getvalue()


def _link(source: str, target: str) -> str:
    """Link a file, which is quicker than to copy it, where both are on one disk."""
    try:
        os.link(source, target)
    except OSError:
        return str(shutil.copy2(source, target))
    return target


def _import_from(folder: str) -> None:
    """Forget the package and its tests; this process and its children find them in `folder`."""
    for name in list(sys.modules):
        if name.partition(".")[0] in ("reservoir", "tests"):
            del sys.modules[name]
    sys.path.insert(0, folder)
    os.environ["PYTHONPATH"] = folder


def stale(mutants: Sequence[Mutant]) -> list[str]:
    """Say which mutants have no line to change, or no tests: seen in a second, before any runs."""
    found = []
    for mutant in mutants:
        module = ROOT / "reservoir" / f"{mutant.module}.py"
        file, _, test = mutant.tests.partition("::")
        test = test.partition("[")[0]
        tests = ROOT / "tests" / f"test_{file}.py"
        if not module.exists() or mutant.right not in module.read_text():
            found.append(f"STALE: {mutant.name}: {mutant.module}.py lacks {mutant.right!r}")
        elif not tests.exists() or (test and f"def {test}(" not in tests.read_text()):
            found.append(f"STALE: {mutant.name}: there is no {mutant.tests}")
    return found


def main(names: Sequence[str]) -> int:
    """Run the mutants whose names hold one of the words, or all; return 0 if all are seen."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in HEAVY:
        importlib.import_module(name)
    get_config()  # imports pytest's own parts
    gc.freeze()  # what is there before the processes fork is not looked at by each of them
    mutants = [m for m in MUTANTS if not names or any(name in m.name for name in names)]
    if found := stale(mutants):
        print("\n".join(found))
        return 1
    for folder in ("reservoir", "tests"):  # once, and not by every process
        compileall.compile_dir(ROOT / folder, quiet=2)
    with get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        results = pool.map(run, mutants, chunksize=1)
    failed = 0
    for mutant, (status, output) in zip(mutants, results, strict=True):
        if status != 1:
            failed += 1
            print(f"NOT SEEN: {mutant.name}")
            print(output[-2000:])
    print(f"{len(mutants)} wrong formulas, {failed} surprises")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
