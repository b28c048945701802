"""Japanese Vowels in every way: ``python -m benchmarks.vowels`` (needs aeon, whose wheel has them).

270 training and 370 test utterances of nine speakers, twelve channels, true lengths 7 to 29
[published: .981 by the package reservoir-computing; 0 errors by 1000 voted networks of four units,
Jaeger et al. 2007]. Each representation has its reservoir and readout chosen by cross-validation on
the training part, then ten seeds on the test part; ragged, and padded with zeros. Then an ensemble
of small networks whose decisions are added up, and labels of steps: who speaks at every frame of
all utterances one after the other, beside ridge regression on the frame and on five of them.
"""

import argparse
import tempfile
import warnings
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeClassifierCV
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.classification import SETS
from reservoir import (
    BidirectionalReservoir,
    ESNClassifier,
    OutputModelSpace,
    Reservoir,
    ReservoirModelSpace,
    StateSummary,
    StepwiseTransformer,
)
from reservoir.interchange import to_tslearn


def reservoirs() -> list[Any]:
    one_way = [
        Reservoir(300, leak_rate=leak, input_scaling=scaling, input_weights="gaussian")
        for leak in (0.3, 1.0, (0.1, 1.0))
        for scaling in (0.05, 0.2)
    ]
    return one_way + [BidirectionalReservoir(part) for part in one_way]


def representations() -> dict[str, Any]:
    reduced = StepwiseTransformer(PCA(20))
    return {
        "last state": "last",
        "mean state": "mean",
        "summary": StateSummary(),
        "summary, 3 segments": StateSummary(["mean"], n_segments=3),
        "output model space": OutputModelSpace(alpha=10.0),
        "reservoir model space": make_pipeline(reduced, ReservoirModelSpace(alpha=10.0)),
    }


def zero_padded(X: list[np.ndarray]) -> np.ndarray:
    return np.nan_to_num(to_tslearn(X), nan=0.0)


def tuned(part: Any, X: Any, y: np.ndarray, cache: str) -> ESNClassifier:
    """Return the network of the best reservoir, by five folds of the training part."""
    model = ESNClassifier(representation=part, memory=cache, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    search = GridSearchCV(model, {"reservoir": reservoirs()}, cv=folds, n_jobs=2, refit=False)
    search.fit(X, y)
    return clone(model).set_params(memory=None, **search.best_params_)


def accuracies(model: ESNClassifier, data: Any, n_seeds: int) -> np.ndarray:
    X, y, X_test, y_test = data
    seeded = (clone(model).set_params(random_state=seed) for seed in range(n_seeds))
    return np.array([part.fit(X, y).score(X_test, y_test) for part in seeded])


def member(seed: int, n_units: int, data: Any) -> np.ndarray:
    """Decisions of one small network."""
    X, y, X_test, _ = data
    reservoir = Reservoir(
        n_units, connectivity=min(n_units, 10), leak_rate=(0.1, 1.0), input_weights="gaussian",
        input_scaling=0.3 / np.sqrt(12),
    )  # fmt: skip
    # of 16 units, one segment has the fewest errors by cross-validation, of four units three
    summary = StateSummary(n_segments=1 if n_units > 4 else 3)
    model = ESNClassifier(reservoir, summary, random_state=seed)
    return model.fit(X, y).decision_function(X_test)


def ensemble(data: Any, n_units: int, n_members: int, first: int) -> int:
    """Return the number of errors of networks that vote by the sum of their decisions."""
    jobs = (delayed(member)(first + k, n_units, data) for k in range(n_members))
    labels = np.unique(data[1])[np.sum(Parallel(n_jobs=2)(jobs), axis=0).argmax(axis=1)]
    return int((labels != data[3]).sum())


def frames(data: Any, n_seeds: int) -> dict[str, np.ndarray]:
    """Return the share of frames whose speaker is told, of utterances in a random order."""
    X, y, X_test, y_test = data
    rng = np.random.default_rng(0)
    streams = []
    for items, labels in ((X, y), (X_test, y_test)):
        order = rng.permutation(len(items))
        who = np.concatenate([np.full(len(items[k]), labels[k]) for k in order])
        streams += [np.concatenate([items[k] for k in order]), who]
    u, who, u_test, who_test = streams
    scores = {}
    for name, lags in (("the frame alone", 1), ("five frames", 5)):
        a, b = (np.hstack([np.roll(part, k, axis=0) for k in range(lags)]) for part in (u, u_test))
        ridge = make_pipeline(StandardScaler(), RidgeClassifierCV(np.logspace(-6, 3, 19)))
        scores[name] = np.array([ridge.fit(a, who).score(b, who_test)])
    networks = [ESNClassifier(random_state=seed).fit(u, who) for seed in range(n_seeds)]
    scores["ESNClassifier()"] = np.array(
        [(n.predict(u_test, initial_state="zero") == who_test).mean() for n in networks]
    )
    return scores


def main(argv: list[str] | None = None) -> dict[str, float]:
    """Print the figures, and return the mean accuracies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--ensembles", type=int, default=3)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument(
        "--no-search", action="store_true", help="the ensemble and the frames alone"
    )
    args = parser.parse_args(argv)
    warnings.filterwarnings("ignore")
    data = SETS["JapaneseVowels"]("JapaneseVowels")
    padded = (zero_padded(data[0]), data[1], zero_padded(data[2]), data[3])
    found = {}
    if not args.no_search:
        print("| representation | true lengths | zero-padded | reservoir chosen (true lengths) |")
        print("| --- " * 4 + "|")
        for name, part in representations().items():
            with tempfile.TemporaryDirectory() as cache:
                models = [tuned(part, X[0], data[1], cache) for X in (data, padded)]
            both = [
                accuracies(model, X, args.seeds)
                for model, X in zip(models, (data, padded), strict=True)
            ]
            cells = [f"{100 * a.mean():.1f} ± {100 * a.std():.1f}" for a in both]
            print(
                f"| {name} | {' | '.join(cells)} | {models[0].reservoir} |".replace("\n", ""),
                flush=True,
            )
            found[name], found[f"{name}, padded"] = (float(a.mean()) for a in both)
    for n_units, n_members in ((16, args.members // 10), (4, args.members)):
        errors = [ensemble(data, n_units, n_members, k * n_members) for k in range(args.ensembles)]
        print(f"{n_members} networks of {n_units} units: {errors} errors of 370", flush=True)
        found[f"errors of {n_units} units"] = float(np.mean(errors))
    for name, score in frames(data, args.seeds).items():
        print(f"frames, {name}: {100 * score.mean():.1f} ± {100 * score.std():.1f} %")
        found[f"frames, {name}"] = float(score.mean())
    return found


if __name__ == "__main__":
    main()
