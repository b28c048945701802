"""Every kind of reservoir on the same tasks.  ``python -m benchmarks.reservoirs [--seeds 10]``.

200 units (a hypercube 256), and for each kind and task the best of twelve settings by two draws of
data and weights that are not used again; then ten others, median and 10 – 90 %:

- *memory*: the sum of squared correlations with the inputs 1 … 400 steps back, uniform input
  (Jaeger 2001), each above what chance gives at this length;
- *NARMA-10*: NRMSE, 3000 training steps and 1000 test steps;
- *Lorenz*: Lyapunov times that a free run stays within .4 of the total deviation, 5000 training
  steps of .02, median over ten starts;
- *rank*: of the final states of 400 random inputs of 50 steps (Legenstein & Maass 2007), singular
  values above a thousandth of the largest;
- *pulse*: of 10, 30, … 3000 steps of faint noise (.01), after how many the sign of a pulse of one
  is still told, by ridge on the state, in 95 of 100 unseen cases;
- *µs*: of a step of one series of 3000 rows, plain path.

``--pictures FOLDER`` draws every topology and its eigenvalues. ``--explore`` searches ten
topologies and three compositions with scikit-learn's grid, on NARMA-10 and, where aeon is, Japanese
Vowels.
"""

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.linalg import LinAlgWarning
from sklearn.linear_model import Ridge, RidgeClassifierCV
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks import markdown, save
from benchmarks.lorenz import lyapunov_times
from benchmarks.reservoirs_drawn import draw_table, pictures
from reservoir import (
    NVAR,
    BidirectionalReservoir,
    BlockReservoir,
    DeepReservoir,
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    EulerReservoir,
    ExpandedReservoir,
    LiquidReservoir,
    ParallelReservoirs,
    PlasticReservoir,
    Reservoir,
    ResidualReservoir,
    RidgeReadout,
    SingleNodeReservoir,
    SpikingReservoir,
    StructuredReservoir,
)
from reservoir.datasets import lorenz63, narma
from reservoir.dynamics.paths import VARIABLE
from reservoir.topology import RECURRENT

N, MOST = 200, 400
WAITS = (10, 30, 100, 300, 1000, 3000)
#: ``(seed, strength, scaling, bias)`` -> a reservoir; strength is how much of the past is kept.
Kind = Callable[[int, float, float, float], Any]


def of_topology(name: str) -> Kind:
    def make(seed: int, strength: float, scaling: float, bias: float) -> Any:
        n_units = 256 if name == "hypercube" else N
        kept: dict[str, Any] = {"spectral_radius": strength}
        if name == "delay_line":  # no eigenvalue but zero: by its norm
            kept["scale_by"] = "norm"
        return Reservoir(
            n_units,
            topology=name,
            input_scaling=scaling,
            bias_scaling=bias,
            random_state=seed,
            **kept,
        )

    return make


def plain(n_units: int, strength: float, scaling: float, bias: float, **more: Any) -> Reservoir:
    return Reservoir(
        n_units, spectral_radius=strength, input_scaling=scaling, bias_scaling=bias, **more
    )


def deep(seed: int, strength: float, scaling: float, bias: float) -> Any:
    layers = [plain(N // 2, strength, scaling, bias), plain(N // 2, strength, 0.1, bias)]
    return DeepReservoir(layers, inputs_to_all=True, random_state=seed)


def memory(seed: int, strength: float, scaling: float, bias: float) -> Any:
    line = Reservoir(
        N // 2, topology="ring", spectral_radius=strength, input_scaling=scaling, bias_scaling=0.0,
        activation="identity", input_weights="pi",
    )  # fmt: skip
    return DeepReservoir(
        [line, plain(N // 2, strength, 0.1, bias)], inputs_to_all=True, random_state=seed
    )


def parallel(seed: int, strength: float, scaling: float, bias: float) -> Any:
    paces = [plain(N // 2, strength, scaling, bias, leak_rate=leak) for leak in (1.0, 0.3)]
    return ParallelReservoirs(paces, random_state=seed)


def blocks(seed: int, strength: float, scaling: float, bias: float) -> Any:
    return BlockReservoir(
        N, spectral_radius=(strength, strength / 2), input_scaling=(scaling, 3 * scaling),
        bias_scaling=(bias, bias), random_state=seed,
    )  # fmt: skip


def residual(seed: int, strength: float, scaling: float, bias: float) -> Any:
    return ResidualReservoir(
        N, kept=strength, input_scaling=scaling, bias_scaling=bias, random_state=seed
    )


def euler(seed: int, strength: float, scaling: float, bias: float) -> Any:
    return EulerReservoir(
        N, step_size=0.1, diffusion=10 * (1 - strength) + 0.1, recurrent_scaling=0.5,
        input_scaling=scaling * 10, bias_scaling=bias, random_state=seed,
    )  # fmt: skip


def leaky(seed: int, strength: float, scaling: float, bias: float) -> Any:
    reservoir = plain(N, strength, scaling, bias, time_constant=(0.3, 5.0))
    return reservoir.set_params(random_state=seed)


def liquid(seed: int, strength: float, scaling: float, bias: float) -> Any:
    return LiquidReservoir(
        N, time_constant=(0.5, 20.0), spectral_radius=4 * strength, input_scaling=4 * scaling,
        bias_scaling=bias, random_state=seed,
    )  # fmt: skip


def squares(seed: int, strength: float, scaling: float, bias: float) -> Any:
    inner = plain(N // 2, strength, scaling, bias)
    return ExpandedReservoir(inner, maps=["state", "square"], random_state=seed)


def single_node(seed: int, strength: float, scaling: float, bias: float) -> Any:
    return SingleNodeReservoir(
        N, gain=strength, input_scaling=scaling, bias_scaling=bias, random_state=seed
    )


def structured(seed: int, strength: float, scaling: float, bias: float) -> Any:
    return StructuredReservoir(
        N, spectral_radius=strength, input_scaling=scaling, bias_scaling=bias, random_state=seed
    )


def plastic(seed: int, strength: float, scaling: float, bias: float) -> Any:
    return PlasticReservoir(
        N, spectral_radius=strength, input_scaling=10 * scaling, bias_scaling=bias,
        random_state=seed,
    )  # fmt: skip


def spiking(seed: int, strength: float, scaling: float, bias: float) -> Any:
    return SpikingReservoir(
        N, spectral_radius=strength, input_scaling=10 * scaling, bias_scaling=bias,
        membrane=strength, trace=strength, random_state=seed,
    )  # fmt: skip


def bidirectional(seed: int, strength: float, scaling: float, bias: float) -> Any:
    both = plain(N // 2, strength, scaling, bias)  # it sees what follows
    return BidirectionalReservoir(both, aligned=True, random_state=seed)


def nvar(seed: int, strength: float, scaling: float, bias: float) -> Any:
    return NVAR(2 if strength < 0.7 else 12)


KINDS: dict[str, Kind] = {
    **{name: of_topology(name) for name in RECURRENT},
    "blocks of two kinds": blocks,
    "deep": deep,
    "memory ring, then tanh": memory,
    "parallel, two paces": parallel,
    "residual (edge of stability)": residual,
    "Euler": euler,
    "leak by time, many constants": leaky,
    "liquid": liquid,
    "squares beside": squares,
    "single node": single_node,
    "structured": structured,
    "plastic": plastic,
    "spiking": spiking,
    "bidirectional": bidirectional,
    "NVAR": nvar,
}
STRENGTHS, SCALINGS, BIASES = (0.5, 0.9, 0.99), (0.03, 0.3), (0.0, 1.0)
SETTINGS = [(a, b, c) for a in STRENGTHS for b in SCALINGS for c in BIASES]


def capacity(reservoir: Any, seed: int) -> float:
    """Memory: squared correlations on steps that were not trained on, less what chance gives."""
    u = np.random.default_rng(seed).uniform(-1, 1, (5000, 1))
    lagged = np.lib.stride_tricks.sliding_window_view(u[:, 0], MOST + 1)[:, ::-1][:, 1:]
    u, n_train = u[MOST:], 3000
    esn = ESNRegressor(reservoir, RidgeReadout(1e-9, washout=200)).fit(
        u[:n_train], lagged[:n_train]
    )
    answer, wanted = esn.predict(u[n_train:]), lagged[n_train:]
    r = np.array([np.corrcoef(answer[:, k], wanted[:, k])[0, 1] for k in range(MOST)])
    chance = 3 * N / n_train / 1.0  # squared, of a readout of N weights; three of it is no memory
    squares = np.nan_to_num(r) ** 2
    return float(squares[squares > min(chance, 0.1)].sum())


def narma10(reservoir: Any, seed: int) -> float:
    """NRMSE."""
    u, y = narma(4200, random_state=seed)
    esn = ESNRegressor(reservoir, RidgeReadout(1e-9, washout=200), passthrough=True)
    u = (u - 0.25) / 0.145
    answer = esn.fit(u[:3200], y[:3200]).predict(u[3200:])
    return float(np.sqrt(np.mean((answer - y[3200:]) ** 2)) / y[3200:].std())


def lorenz(reservoir: Any, seed: int) -> float:
    """Median valid time, in Lyapunov times."""
    x = lorenz63(5000 + 10 * 900, dt=0.02, random_state=seed)
    past, unseen = x[:5000], x[5000:].reshape(10, 900, 3)
    model = ESNForecaster(reservoir, RidgeReadout(1e-9, washout=200)).fit(past)
    forecasts = model.forecast(700, context=list(unseen[:, :200]), on_divergence="nan")
    times = lyapunov_times(unseen[:, 200:], np.stack(forecasts), past)
    return float(np.median(times))


def rank(reservoir: Any, seed: int) -> float:
    """Rank of the final states of random inputs."""
    inputs = np.random.default_rng(seed).uniform(-1, 1, (MOST, 50, 1))
    final = np.stack([states[-1] for states in reservoir.fit(inputs).transform(list(inputs))])
    values = np.linalg.svd(final, compute_uv=False)
    return float((values > 1e-3 * values[0]).sum())


def pulse(reservoir: Any, seed: int) -> float:
    """Steps after which the sign of a pulse is told: of a state that neither fades nor is lost."""
    rng, n_cases = np.random.default_rng(seed), 200
    signs = rng.choice([-1.0, 1.0], n_cases)
    u = 0.01 * rng.standard_normal((n_cases, WAITS[-1] + 1, 1))
    u[:, 0, 0] += signs
    reservoir.fit(u[:2])
    told = 0
    for wait in WAITS:
        parts = [u[k : k + 50, : wait + 1] for k in range(0, n_cases, 50)]
        states = np.concatenate([reservoir.transform(part)[:, -1] for part in parts])
        model = RidgeClassifierCV(np.logspace(-12, 2, 15)).fit(states[::2], signs[::2])
        if model.score(states[1::2], signs[1::2]) < 0.95:
            break
        told = wait
    return float(told)


def microseconds(reservoir: Any, seed: int) -> float:
    """Of a step of one short series."""
    u = np.random.default_rng(seed).uniform(-1, 1, (1500, 1))
    reservoir.fit(u)
    start = time.perf_counter()
    reservoir.transform(u)
    return 1e6 * (time.perf_counter() - start) / len(u)


#: Name of a task -> (measure, whether more is better).
TASKS: dict[str, tuple[Callable[[Any, int], float], bool]] = {
    "memory": (capacity, True),
    "NARMA-10": (narma10, False),
    "Lorenz": (lorenz, True),
    "rank": (rank, True),
    "pulse": (pulse, True),
}


def measured(task: str, kind: str, seed: int, setting: tuple[float, float, float]) -> float:
    """One figure; the worst there is where a kind fails."""
    os.environ[VARIABLE] = "0"
    measure, more = TASKS[task]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LinAlgWarning)
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            return measure(KINDS[kind](seed, *setting), seed)
        except (ValueError, TypeError):  # a bidirectional one runs in no loop
            return 0.0 if more else np.inf


def compare(
    kind: str, n_seeds: int, tasks: Sequence[str] = tuple(TASKS), n_choosing: int = 2
) -> dict[str, Any]:
    """The chosen settings and figures of a kind."""
    row: dict[str, Any] = {"kind": kind}
    for task in tasks:
        more = TASKS[task][1]
        chosen = max(
            SETTINGS,
            key=lambda setting: (
                (1 if more else -1)
                * np.median([measured(task, kind, 1000 + s, setting) for s in range(n_choosing)])
            ),
        )
        found = [measured(task, kind, seed, chosen) for seed in range(n_seeds)]
        row[task] = {
            "median": float(np.median(found)),
            "spread": [float(x) for x in np.quantile(found, [0.1, 0.9])],
            "chosen": dict(zip(("strength", "scaling", "bias"), chosen, strict=True)),
        }
    return row


def table(rows: list[dict[str, Any]]) -> list[str]:
    """The table, in Markdown."""
    head = ["kind", *TASKS, "µs a step"]
    lines = []
    for row in rows:
        cells = [row["kind"]]
        for task in TASKS:
            low, high = row[task]["spread"] if task in row else (0.0, 0.0)
            if high == 0.0:  # it cannot
                cells.append("")
                continue
            digits = {"NARMA-10": 3, "Lorenz": 1}.get(task, 0)
            cells.append(f"{row[task]['median']:.{digits}f} ({low:.{digits}f} – {high:.{digits}f})")
        lines.append([*cells, f"{row['µs']:.1f}"])
    return markdown(head, lines)


def explore() -> dict[str, Any]:
    """Search structures with scikit-learn's own grid."""
    names = ["sparse", "dense", "orthogonal", "ring", "cycle_jumps", "double_cycle", "small_world",
             "scale_free", "permutation", "antisymmetric"]  # fmt: skip
    found = {}
    u, y = narma(3000, random_state=0)
    pipeline = make_pipeline(
        StandardScaler(),
        ESNRegressor(Reservoir(N, random_state=0), RidgeReadout(1e-9, washout=100)),
    )
    shapes = {"esnregressor__reservoir__spectral_radius": [0.9, 0.99]}
    shapes |= {"esnregressor__reservoir__input_scaling": [0.03, 0.1]}
    made = [kind(0, 0.9, 0.03, 0.5) for kind in (deep, parallel, memory)]
    grid = [
        {"esnregressor__reservoir__topology": names, **shapes},
        {"esnregressor__reservoir": made},
    ]
    start = time.perf_counter()
    search = GridSearchCV(pipeline, grid, cv=TimeSeriesSplit(3), n_jobs=-1).fit(u[:2000], y[:2000])
    found["NARMA-10"] = {
        "seconds": time.perf_counter() - start,
        "candidates": len(search.cv_results_["params"]),
        "best": str(search.best_params_),
        "test R²": search.score(u[2000:], y[2000:]),
        "30 linear lags, test R²": linear(u, y),
    }
    try:
        from benchmarks.classification import SETS

        X, labels, X_test, labels_test = SETS["JapaneseVowels"]("JapaneseVowels")
    except ImportError:
        return found
    classifier = ESNClassifier(Reservoir(100, leak_rate=0.3), random_state=0)
    made = [kind(0, 0.9, 0.1, 0.5) for kind in (deep, parallel, memory)]
    grid = [
        {"reservoir__topology": names, "reservoir__input_scaling": [0.05, 0.2]},
        {"reservoir": made},
    ]
    start = time.perf_counter()
    search = GridSearchCV(classifier, grid, cv=3, n_jobs=-1).fit(X, labels)
    found["Japanese Vowels"] = {
        "seconds": time.perf_counter() - start,
        "candidates": len(search.cv_results_["params"]),
        "best": str(search.best_params_),
        "test accuracy": search.score(X_test, labels_test),
    }
    return found


def linear(u: np.ndarray, y: np.ndarray) -> float:
    """R² of ridge regression on thirty lags."""
    lags = np.lib.stride_tricks.sliding_window_view(u[:, 0], 30)
    model = Ridge(1e-6).fit(lags[:1971], y[29:2000])
    return model.score(lags[1971:], y[2000:])


def main(argv: list[str] | None = None) -> list[dict[str, Any]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    parser.add_argument("--explore", action="store_true")
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--redraw", action="store_true", help="what --out holds, timed anew")
    parser.add_argument("--add", action="store_true", help="to what --out holds")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    if args.pictures:
        pictures(args.pictures)
        return []
    if args.explore:
        for task, result in explore().items():
            print(f"{task}: {result}")
        return []
    jobs = (delayed(compare)(kind, args.seeds, args.tasks) for kind in args.kinds)
    rows: list[dict[str, Any]] = []
    if args.redraw or args.add:  # the figures of an earlier run, and the seconds of this one
        rows = json.loads(args.out.with_suffix(".json").read_text())
    if args.add or not rows:
        before = {row["kind"]: row for row in rows}
        for row in Parallel(n_jobs=-1)(jobs):
            before[row["kind"]] = before.get(row["kind"], {}) | row
        rows = [before[kind] for kind in KINDS if kind in before]
    for row in rows:
        os.environ[VARIABLE] = "0"
        kind = KINDS[row["kind"]]
        row["µs"] = float(np.median([microseconds(kind(0, 0.9, 0.1, 0.5), 0) for _ in range(5)]))
    lines = table(rows)
    print("\n".join(lines))
    if args.out:
        draw_table(rows, save(args.out, rows, lines))
    return rows


if __name__ == "__main__":
    main()
