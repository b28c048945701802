"""See every check fail once: ``python -m tests.mutants``.

Each mutant is applied to a copy of the package, and its tests must fail; that they pass without one
is what the test command shows.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .mutants import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]


def run(mutant: Mutant) -> tuple[int, str]:
    """Return pytest's exit status on a copy with the mutant, and its output."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("reservoir", "tests"):
            skip = shutil.ignore_patterns("__pycache__", "mutants")
            shutil.copytree(ROOT / name, Path(folder, name), ignore=skip)
        shutil.copy(ROOT / "setup.cfg", folder)
        module = Path(folder, "reservoir", f"{mutant.module}.py")
        text = module.read_text()
        if text.count(mutant.right) < 1:
            return -1, f"{mutant.module}.py does not hold {mutant.right!r}"
        module.write_text(text.replace(mutant.right, mutant.wrong))
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-n0",
            "-p",
            "no:cacheprovider",
            "--hypothesis-profile=mutants",
            "-m not slow",
        ]
        file, colons, test = mutant.tests.partition("::")
        done = subprocess.run(
            [*command, f"tests/test_{file}.py{colons}{test}"],
            cwd=folder, capture_output=True, text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        return done.returncode, done.stdout


def main() -> int:
    """Run all mutants; return 0 where every one is seen."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(run, MUTANTS))
    failed = 0
    for mutant, (status, output) in zip(MUTANTS, results, strict=True):
        if status != 1:
            failed += 1
            print(f"NOT SEEN: {mutant.name}")
            print(output[-2000:])
    print(f"{len(MUTANTS)} wrong formulas, {failed} surprises")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
