"""One number for each sequence, untuned: ``python -m benchmarks.extrinsic``.

``ESNRegressor()`` as it comes, beside the final state of the same class, ridge regression on the
flattened sequences, and MiniRocket's and MultiRocket's regressors of aeon. Sets: the two of aeon's
wheel, in their published parts; made waves of which the frequency, the height, the greatest, the
first or the last value, or the energy is asked; and windows of Mackey-Glass, whose next or sixth
next value is. RMSE over the targets' deviation in the test part, mean and standard deviation of the
seeds. Nothing was chosen on the made sets but that a row holds the last state too.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from benchmarks import markdown, save
from reservoir import ESNRegressor
from reservoir.datasets import mackey_glass

Data = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
ASKED: dict[str, Callable[[Any, Any, Any], Any]] = {
    "frequency": lambda x, f, a: f,
    "height": lambda x, f, a: a,
    "greatest": lambda x, f, a: x.max(axis=1),
    "first": lambda x, f, a: x[:, 0],
    "last": lambda x, f, a: x[:, -1],
    "energy": lambda x, f, a: np.square(x).sum(axis=1),
}


def waves(asked: str, n: int = 300, n_steps: int = 100) -> Data:
    """Noisy sines of random phase; the first two thirds are the training part."""
    rng = np.random.default_rng(0)
    f, a, phase = rng.uniform(0.05, 0.5, n), rng.uniform(0.5, 2.0, n), rng.uniform(0, 2 * np.pi, n)
    x = a[:, None] * np.sin(f[:, None] * np.arange(n_steps) + phase[:, None])
    x += 0.2 * rng.normal(size=x.shape)
    y, cut = ASKED[asked](x, f, a), 2 * n // 3
    return x[:cut, :, None], y[:cut], x[cut:, :, None], y[cut:]


def windows(ahead: int, n: int = 400, length: int = 40) -> Data:
    """Windows of Mackey-Glass, and what comes after them; the last third is the test part."""
    x = mackey_glass(n + length + ahead, random_state=0)[:, 0]
    rows = np.lib.stride_tricks.sliding_window_view(x, length)[:n, :, None]
    y, cut = x[length - 1 + ahead :][:n], 2 * n // 3
    return rows[:cut], y[:cut], rows[cut + length :], y[cut + length :]


def of_aeon(name: str) -> Data:
    from aeon import datasets

    load = {"Covid3Month": "load_covid_3month", "CardanoSentiment": "load_cardano_sentiment"}
    parts: list[Any] = []
    for split in ("train", "test"):
        X, y = getattr(datasets, load[name])(split=split)
        parts += [np.ascontiguousarray(np.swapaxes(X, 1, 2)), y]
    return tuple(parts)  # type: ignore[return-value]


SETS: dict[str, Callable[[], Data]] = {
    "Covid3Month": lambda: of_aeon("Covid3Month"),
    "CardanoSentiment": lambda: of_aeon("CardanoSentiment"),
    **{f"waves, {asked}": lambda asked=asked: waves(asked) for asked in ASKED},
    "Mackey-Glass, next": lambda: windows(1),
    "Mackey-Glass, sixth next": lambda: windows(6),
}


def rocket(name: str, seed: int) -> Any:
    """A regressor of aeon, on our axes."""
    from aeon.regression import convolution_based

    turned = FunctionTransformer(lambda X: np.swapaxes(X, 1, 2))
    return make_pipeline(turned, getattr(convolution_based, name)(random_state=seed))


MODELS: dict[str, Callable[[int], Any]] = {
    "``ESNRegressor()``": lambda seed: ESNRegressor(random_state=seed),
    "final state": lambda seed: ESNRegressor(representation="last", random_state=seed),
    "ridge, flattened": lambda seed: make_pipeline(
        FunctionTransformer(lambda X: X.reshape(len(X), -1)), StandardScaler(),
        RidgeCV(np.logspace(-5, 5, 31)),
    ),
    "MiniRocket": lambda seed: rocket("MiniRocketRegressor", seed),
    "MultiRocket": lambda seed: rocket("MultiRocketRegressor", seed),
}  # fmt: skip


def main(argv: list[str] | None = None) -> dict[str, dict[str, list[float]]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=list(SETS))
    parser.add_argument("--models", nargs="*", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    found: dict[str, dict[str, list[float]]] = {}
    rows = []
    for name in args.sets:
        X, y, X_test, y_test = SETS[name]()
        found[name], cells = {}, [f"{name} ({len(X)} / {len(X_test)}, {X.shape[1]})"]
        for label in args.models:
            start, errors = time.perf_counter(), []
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for seed in range(args.seeds):
                    answer = np.ravel(MODELS[label](seed).fit(X, y).predict(X_test))
                    errors.append(float(np.sqrt(np.mean((answer - y_test) ** 2)) / y_test.std()))
            seconds = (time.perf_counter() - start) / args.seeds
            found[name][label] = errors
            cells.append(f"{np.mean(errors):.3f} ± {np.std(errors):.3f} ({seconds:.2g} s)")
        rows.append(cells)
        print(*cells, sep=" | ", flush=True)
    lines = markdown(["set (train / test, steps)", *args.models], rows)
    if args.out:
        save(args.out, found, lines)
    return found


if __name__ == "__main__":
    main()
