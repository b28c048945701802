"""Two revisions over random configurations.  ``python -m benchmarks.revisions REVISION``.

States, coefficients, predictions and forecasts of this work tree and of a revision of its history,
each in a process of its own with one thread; says how many answers are bit for bit the same and
which differ most, relative to the largest value of each. For changes that move code and must not
move a figure.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]


def reservoir_of(rng: np.random.Generator) -> Any:
    """Draw a reservoir of any kind."""
    from reservoir import Reservoir

    return Reservoir(
        int(rng.choice([1, 8, 30, 70, 120])), spectral_radius=float(rng.uniform(0.1, 1.2)),
        leak_rate=[1.0, 0.3, (0.1, 1.0)][rng.integers(3)],
        input_scaling=float(rng.choice([0.1, 0.5])), bias_scaling=float(rng.choice([0.0, 0.5])),
        topology=str(rng.choice(["sparse", "dense", "ring", "orthogonal"])),
        noise=float(rng.choice([0.0, 0.0, 0.01])), random_state=int(rng.integers(1000)),
    )  # fmt: skip


def readout_of(rng: np.random.Generator) -> Any:
    """Draw a readout of any kind."""
    from sklearn.linear_model import LinearRegression

    from reservoir import RecursiveRidgeReadout, RidgeReadout, RidgeReadoutCV

    alpha = float(10.0 ** rng.integers(-8, 0))
    washout = [5, "auto"][rng.integers(2)]
    forgetting = float(rng.choice([1.0, 0.999]))
    return [
        RidgeReadout(alpha, washout=washout, forgetting=forgetting),
        RidgeReadout(alpha, washout=washout, solver="qr", fit_intercept=bool(rng.integers(2))),
        RidgeReadout("evidence", washout=washout),
        RidgeReadoutCV(cv=[None, "gcv", 3][rng.integers(3)], washout=washout, gap=2),
        RecursiveRidgeReadout(alpha, washout=washout, forgetting=forgetting),
        LinearRegression(),
    ][rng.choice(6, p=[0.3, 0.2, 0.15, 0.15, 0.15, 0.05])]


def noisy_sines(rng: np.random.Generator, n: int, d: int, spread: float = 0.1) -> np.ndarray:
    """Draw one series (n, d)."""
    waves = np.sin(rng.uniform(0.1, 0.5, d) * np.arange(n)[:, None])
    return waves + spread * rng.standard_normal((n, d))


def data_of(rng: np.random.Generator) -> tuple[Any, Any]:
    """Draw inputs and targets in any form."""
    form, d = rng.integers(3), int(rng.integers(1, 4))
    n_steps = int(rng.choice([60, 300, 3000])) if form == 0 else 50
    lengths = [n_steps] if form == 0 else [n_steps + int(form == 2) * 7 * k for k in range(5)]
    dtype = np.float32 if rng.random() < 0.1 else float
    u = [noisy_sines(rng, n, d) for n in lengths]
    y = [np.roll(x[:, :1], 2, axis=0) * x + 0.5 for x in u]
    if form == 0:
        return u[0].astype(dtype), y[0] if rng.integers(2) else y[0][:, 0]
    if rng.integers(2):
        y_last = np.stack([item[-1] for item in y])
        return (np.stack(u) if form == 1 else u), y_last
    return (np.stack(u), np.stack(y)) if form == 1 else (u, y)


def regression(rng: np.random.Generator) -> Iterator[tuple[str, Any]]:
    from reservoir import ESNRegressor, RidgeReadout, RidgeReadoutCV

    X, y = data_of(rng)
    passthrough = bool(rng.integers(2))
    esn = ESNRegressor(reservoir_of(rng), readout_of(rng), passthrough=passthrough, random_state=0)
    esn.fit(X, y)
    yield "states", esn.reservoir_.transform(X)
    yield "coef", esn.readout_.coef_
    yield "end", esn.end_state_
    yield "predict", esn.predict(X)
    yield "zero", esn.predict(X, initial_state="zero")
    yield "score", esn.score(X, y)
    if hasattr(esn.readout_, "forgetting") and isinstance(X, np.ndarray) and X.ndim == 2:
        esn.partial_fit(X, y)
        yield "further", esn.readout_.coef_
        yield "online", esn.predict_then_update(X[:50], y[:50], every=5, delay=2)
        yield "adapted", esn.readout_.coef_
    if isinstance(esn.readout_, (RidgeReadout, RidgeReadoutCV)):
        yield "std", esn.predict(X, return_std=True)[1]
    if isinstance(esn.readout_, RidgeReadout):
        yield "resolved", esn.resolved(alpha=0.1).predict(X)


def forecasting(rng: np.random.Generator) -> Iterator[tuple[str, Any]]:
    from reservoir import ESNForecaster, RidgeReadout

    d, n = int(rng.integers(1, 4)), int(rng.choice([150, 400, 2500]))
    x = noisy_sines(rng, n + 60, d, 0.05) + 3.0
    exog = np.cos(0.2 * np.arange(n + 60)[:, None]) if rng.integers(2) else None

    def part(start: int, stop: int) -> Any:
        return None if exog is None else exog[start:stop]

    model = ESNForecaster(
        [None, reservoir_of(rng)][rng.integers(2)],
        [None, readout_of(rng)][rng.integers(2)],
        differences=[(), (1,), (1, 7)][rng.integers(3)], passthrough=bool(rng.integers(2)),
        random_state=1,
    ).fit(x[:n], exog=part(0, n))  # fmt: skip
    yield "forecast", model.forecast(20, exog=part(n, n + 20), on_divergence="nan")
    yield (
        "context",
        model.forecast(
            20, x[:100], exog=part(100, 120), context_exog=part(0, 100), on_divergence="nan"
        ),
    )
    yield "predict", model.predict(x[n:], exog=part(n, n + 60))
    yield "rolling", model.rolling_forecast(x[n:], 10, step=5, exog=part(n, n + 60))
    yield "score", model.score(x[n:], exog=part(n, n + 60))
    if isinstance(model.regressor_.readout_, RidgeReadout) and rng.integers(2):
        path = model.alpha_path([1e-6, 1e-2])
        yield "path", model.rolling_path(path, x[n:], 10, exog=part(n, n + 60))
    model.partial_fit(x[n : n + 30], exog=part(n, n + 30))
    yield "further", model.forecast(20, exog=part(n + 30, n + 50), on_divergence="nan")


def classification(rng: np.random.Generator) -> Iterator[tuple[str, Any]]:
    from reservoir import ESNClassifier, Reservoir, RidgeReadout, RidgeReadoutClassifier

    d = int(rng.integers(1, 3))
    lengths = rng.integers(30, 60, 24)
    X = [np.sin((0.2 + 0.2 * (k % 3)) * np.arange(n)[:, None] + rng.uniform(0, 6, d))
         + 0.3 * rng.standard_normal((n, d)) for k, n in enumerate(lengths)]  # fmt: skip
    steps = bool(rng.integers(2))
    y = [(x[:, 0] > 0).astype(int) for x in X] if steps else np.arange(24) % 3
    model = ESNClassifier(
        [None, Reservoir(40, noise=0.0)][rng.integers(2)],
        [None, "last", "mean", "summary"][rng.integers(4)],
        [None, RidgeReadoutClassifier(RidgeReadout(1e-2, washout=3))][rng.integers(2)],
        random_state=3,
    ).fit(X, y)  # fmt: skip
    yield "proba", model.predict_proba(X)
    yield "decision", model.decision_function(X)
    yield "labels", model.predict(X)
    yield "score", model.score(X, y)


KINDS: list[Callable[..., Iterator[tuple[str, Any]]]] = [regression, forecasting, classification]
SHARES = [0.6, 0.3, 0.1]


def flat(value: Any) -> np.ndarray:
    """Return an answer in any form as one row of numbers."""
    parts = value if isinstance(value, list) else [value]
    return np.concatenate([np.ravel(np.asarray(part, dtype=float)) for part in parts])


def answers(n_configurations: int) -> dict[str, np.ndarray]:
    """Return all answers of the package that is imported; an error counts as an answer."""
    found: dict[str, np.ndarray] = {}
    for seed in range(n_configurations):
        rng = np.random.default_rng(seed)
        kind = KINDS[rng.choice(len(KINDS), p=SHARES)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                for name, value in kind(rng):
                    found[f"{seed} {kind.__name__} {name}"] = flat(value)
            except Exception as error:
                found[f"{seed} {kind.__name__} {type(error).__name__}"] = np.zeros(0)
    return found


def of_tree(tree: Path, n_configurations: int, out: Path) -> dict[str, np.ndarray]:
    """Return the answers of the package in a folder, by a process of its own."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, __file__, "--of-here", str(out), "--number", str(n_configurations)]
    subprocess.run(command, env={**os.environ, **threads, "PYTHONPATH": str(tree)}, check=True)
    with np.load(out) as saved:
        found = dict(saved)
    imported = Path(str(found.pop("package")))
    if not imported.is_relative_to(tree):
        raise RuntimeError(f"{imported} was compared, and not the package in {tree}.")
    return found


def compare(old: dict[str, np.ndarray], new: dict[str, np.ndarray], worst: int = 30) -> None:
    """Print what differs."""
    for one, other, what in ((old, new, "only before"), (new, old, "only now")):
        for name in [name for name in one if name not in other][:40]:
            print(f"{what}: {name}")
    both = [name for name in old if name in new]
    same = sum(np.array_equal(old[name], new[name], equal_nan=True) for name in both)
    print(f"{len(both)} answers, {same} bit for bit the same")
    differences = {}
    for name in both:
        a, b = old[name], new[name]
        if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
            differences[name] = np.inf
        elif a.size:
            differences[name] = np.nanmax(np.abs(a - b), initial=0) / max(
                np.nanmax(np.abs(a), initial=0), 1e-300
            )
    for name in sorted(differences, key=lambda n: -differences[n])[:worst]:
        print(f"{differences[name]:.1e}  {name}")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", nargs="?")
    parser.add_argument("--number", type=int, default=400)
    parser.add_argument("--of-here", type=Path)
    args = parser.parse_args(argv)
    if args.of_here:
        import reservoir

        np.savez(args.of_here, package=reservoir.__file__, **answers(args.number))
        return
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        archive = subprocess.run(
            ["git", "archive", args.revision, "reservoir"], cwd=ROOT, check=True,
            stdout=subprocess.PIPE,
        ).stdout  # fmt: skip
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(tree, filter="data")
        old = of_tree(tree, args.number, Path(folder, "old.npz"))
        compare(old, of_tree(ROOT, args.number, Path(folder, "new.npz")))


if __name__ == "__main__":
    main()
