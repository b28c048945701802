"""What is drawn, how it is written down, and what it has to equal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reservoir.dynamics import StatesSink, batch, driver, fastest

from . import plain

HEAD = """import numpy as np
from reservoir import *
"""


@dataclass
class Case:
    """Lines of code, and what the names that they make have to fulfil."""

    lines: list[str]
    check: Callable[[dict[str, Any]], None]

    @property
    def code(self) -> str:
        return HEAD + "\n".join(self.lines)

    def run(self) -> None:
        names: dict[str, Any] = {}
        exec(self.code, names)
        self.check(names)


def near(found, wanted, tolerance, what):
    """Raise where two arrays differ by more than a share of the spread of the second."""
    found, wanted = (np.asarray(part, dtype=float) for part in (found, wanted))
    assert found.shape == wanted.shape, f"{what}: shape {found.shape}, not {wanted.shape}"
    size = max(np.abs(wanted).max(initial=0.0), 1e-12)
    off = np.abs(found - wanted).max(initial=0.0) / size
    assert off <= tolerance, f"{what}: off by {off:.1e} of their size, {tolerance:.0e} is allowed"


def pick(rng, *choices):
    return choices[int(rng.integers(len(choices)))]


def reservoir_of(rng, *, bounded=False, most=60):
    """The text of a reservoir that does not explode."""
    n = int(rng.integers(1, most))
    names = ("tanh", "sigmoid") if bounded else ("tanh", "tanh", "sigmoid", "relu", "identity")
    activation = pick(rng, *names)
    radius = round(float(rng.uniform(0, 1.2 if activation in ("tanh", "sigmoid") else 0.9)), 2)
    topologies = ["sparse", "dense", "ring", *(["orthogonal"] if n > 1 else [])]
    leak = pick(rng, 1.0, round(float(rng.uniform(0.05, 1)), 2), (0.1, 0.9))
    return (
        f"Reservoir({n}, spectral_radius={radius}, leak_rate={leak}, "
        f"input_scaling={pick(rng, 0.01, 0.1, 1.0)}, bias_scaling={pick(rng, 0.0, 0.5)}, "
        f"topology={pick(rng, *topologies)!r}, activation={activation!r}, "
        f"input_weights={pick(rng, 'uniform', 'gaussian', 'bernoulli')!r}, "
        f"random_state={int(rng.integers(1000))})"
    )


def alpha_of(rng):
    return float(f"{10 ** rng.uniform(-6, 2):.1e}")


def rows_of(reservoir, u, passthrough, x=None):
    found = plain.states(reservoir, u, x)
    return np.hstack([found, u]) if passthrough else found


def statistics_lines(rng, n_rows, n_columns, m):
    size = pick(rng, 1.0, 1e-3, 1e4)
    return [
        f"rng = np.random.default_rng({int(rng.integers(10**6))})",
        f"x = {size} * rng.standard_normal(({n_rows}, {n_columns})) + {pick(rng, 0.0, 3 * size)}",
        f"y = rng.standard_normal(({n_rows}, {m})) + {pick(rng, 0.0, 100.0)}",
    ]


def readouts(rng):
    """A readout on rows, in one go or in parts, with weights or without."""
    n, N, m = int(rng.integers(20, 200)), int(rng.integers(1, 30)), int(rng.integers(1, 4))
    alpha, intercept, solver = alpha_of(rng), pick(rng, True, False), pick(rng, "gram", "qr")
    washout, weighted = int(rng.integers(0, 8)), pick(rng, True, False)
    parts = pick(rng, 1, 3)
    forgetting = pick(rng, 1.0, 1.0, 0.99)
    cuts = np.linspace(0, n, parts + 1).astype(int).tolist()
    lines = [
        *statistics_lines(rng, n, N, m),
        f"w = rng.uniform(0, 2, {n})" if weighted else f"w = np.ones({n})",
        f"readout = RidgeReadout({alpha} * x.var(), solver={solver!r}, fit_intercept={intercept}, "
        f"washout={washout}, forgetting={forgetting})",
    ]
    method = "fit" if parts == 1 else "partial_fit"
    lines += [
        f"readout.{method}(x[{a}:{b}], y[{a}:{b}], w[{a}:{b}])"
        for a, b in zip(cuts[:-1], cuts[1:], strict=True)
    ]

    def check(names):
        x, y, w = (names[name] for name in "xyw")
        weight = w * forgetting ** np.arange(n - 1.0, -1, -1)
        weight[:washout] = 0
        penalty = alpha * x.var()
        coef, offset = plain.ridge(x, y, penalty, weight, intercept)
        near(names["readout"].predict(x), x @ coef + offset, 1e-6, "predictions")

    return Case(lines, check)


def regressor(rng):
    """A network on a series, a panel or a list; weights, targets that lack, parts."""
    d, m, T = int(rng.integers(1, 4)), int(rng.integers(1, 3)), int(rng.integers(40, 200))
    K = pick(rng, 1, 1, 3)
    washout, passthrough = int(rng.integers(0, 12)), pick(rng, True, False)
    alpha, lacking = alpha_of(rng), pick(rng, True, False)
    lines = [
        f"rng = np.random.default_rng({int(rng.integers(10**6))})",
        f"X = [rng.uniform(-1, 1, (T, {d})) for T in {[T + 7 * k for k in range(K)]}]",
        f"Y = [np.roll(u[:, :1], 1, axis=0) * rng.standard_normal({m}) + 0.3 for u in X]",
        *(["for y in Y: y[rng.random(len(y)) < 0.2] = np.nan"] if lacking else []),
        "W = [rng.uniform(0.1, 2, len(u)) for u in X]",
        f"model = ESNRegressor({reservoir_of(rng)},",
        f"    RidgeReadout({alpha}, washout={washout}), passthrough={passthrough})",
    ]
    parts = K == 1 and pick(rng, True, False)
    if parts:
        cut = T // 2
        lines += [
            f"model.partial_fit(X[0][:{cut}], Y[0][:{cut}], W[0][:{cut}])",
            f"model.partial_fit(X[0][{cut}:], Y[0][{cut}:], W[0][{cut}:])",
        ]
    else:
        one = "[0]" if K == 1 else ""
        lines.append(f"model.fit(X{one}, Y{one}, W{one})")

    def check(names):
        model, X, Y, W = (names[name] for name in ("model", "X", "Y", "W"))
        rows = [rows_of(model.reservoir_, u, passthrough) for u in X]
        used = [~np.isnan(y).any(axis=1) & (np.arange(len(y)) >= washout) for y in Y]
        x, y, w = (
            np.concatenate([item[keep] for item, keep in zip(part, used, strict=True)])
            for part in (rows, Y, W)
        )
        coef, offset = plain.ridge(x, y, alpha, w)
        u = np.random.default_rng(0).uniform(-1, 1, (30, d))
        after = plain.states(model.reservoir_, X[0])[-1] if K == 1 else None
        wanted = rows_of(model.reservoir_, u, passthrough, after) @ coef + offset
        near(model.predict(u), wanted, 1e-6, "the continuation")
        wanted = rows_of(model.reservoir_, u, passthrough) @ coef + offset
        near(model.predict(u, initial_state="zero"), wanted, 1e-6, "from zero")

    return Case(lines, check)


def forecaster(rng):
    """The closed loop of a series, with differences, a scaler and contexts."""
    d, T = int(rng.integers(1, 3)), int(rng.integers(80, 250))
    lags = pick(rng, (), (1,), (4,), (1, 4), (2, 1))
    passthrough, scaled = pick(rng, True, False), pick(rng, True, False)
    washout, alpha, h = int(rng.integers(0, 12)), alpha_of(rng), int(rng.integers(1, 15))
    scaler = "None" if scaled else "'passthrough'"
    lines = [
        f"rng = np.random.default_rng({int(rng.integers(10**6))})",
        f"t = np.arange({T})[:, None] + 5 * np.arange({d})",
        f"x = np.sin(0.3 * t) + 0.5 * np.cos(0.11 * t) + 0.1 * rng.standard_normal(({T}, {d}))",
        f"model = ESNForecaster({reservoir_of(rng, bounded=True)},",
        f"    RidgeReadout({alpha}, washout={washout}), differences={lags}, "
        f"passthrough={passthrough}, scaler={scaler})",
        "model.fit(x)",
    ]

    def check(names):
        model, x = names["model"], names["x"]
        levels = plain.difference(x, lags)
        mean, spread = (levels.mean(axis=0), levels.std(axis=0)) if scaled else (0.0, 1.0)
        z, reservoir = (levels - mean) / spread, model.network_.reservoir_
        targets = np.diff(z, axis=0) if passthrough else z[1:]
        rows = rows_of(reservoir, z[:-1], passthrough)
        coef, offset = plain.ridge(rows[washout:], targets[washout:], alpha)

        def run(past):
            z = (plain.difference(past, lags) - mean) / spread
            state, now, found = plain.states(reservoir, z[:-1])[-1], z[-1], []
            for _ in range(h):
                state = plain.step(reservoir, state, now)
                seen = np.concatenate([state, now]) if passthrough else state
                now = seen @ coef + offset + (now if passthrough else 0.0)
                found.append(now)
            return plain.undifference(past, np.array(found) * spread + mean, lags)

        wanted = run(x)
        if not np.abs(wanted - x.mean(axis=0)).max() < 20 * np.ptp(x):
            return  # it diverges, and says so elsewhere
        near(model.forecast(h, on_divergence="nan"), wanted, 1e-5, "the free run")
        near(model.forecast(h, x[:60], on_divergence="nan"), run(x[:60]), 1e-5, "after a context")

    return Case(lines, check)


def classifier(rng):
    """Labels of sequences, by their mean states; and of steps."""
    K, T, d, C = (
        int(rng.integers(6, 15)),
        int(rng.integers(10, 40)),
        pick(rng, 1, 2),
        pick(rng, 2, 3),
    )
    alpha, every_step = alpha_of(rng), pick(rng, True, False)
    labels = f"[(u[:, 0] > 0) + (u[:, 0] > 0.5) * {C - 2} for u in X]" if every_step else (
        f"np.arange({K}) % {C}"
    )  # fmt: skip
    lines = [
        f"rng = np.random.default_rng({int(rng.integers(10**6))})",
        f"X = [rng.uniform(-1, 1, ({T} + k % 3, {d})) for k in range({K})]",
        f"y = {labels}",
        f"model = ESNClassifier({reservoir_of(rng, bounded=True)}, 'mean',",
        f"    readout=RidgeReadoutClassifier(RidgeReadout({alpha}, washout=0)),",
        "    scaler='passthrough')",
        "model.fit(X, y)",
    ]

    def check(names):
        model, X, y = (names[name] for name in ("model", "X", "y"))
        found = [plain.states(model.reservoir_, u) for u in X]
        if every_step:
            rows, labels = np.concatenate(found), np.concatenate(y)
        else:
            rows, labels = np.stack([states.mean(axis=0) for states in found]), np.asarray(y)
        classes = np.unique(labels)
        targets = np.where(labels[:, None] == classes, 1.0, -1.0)
        coef, offset = plain.ridge(rows, targets, alpha)
        outputs = rows @ coef + offset
        decisions = outputs[:, 1] - outputs[:, 0] if len(classes) == 2 else outputs
        mine = model.decision_function(X)
        mine = np.concatenate(mine) if every_step else np.asarray(mine)
        if len(classes) == 2:
            share = np.vdot(mine, decisions) / max(np.vdot(decisions, decisions), 1e-30)
            decisions = share * decisions  # in units of its own, above zero for the second
            assert share > 0, "decisions: of the other sign"
        near(mine, decisions, 1e-6, "decisions")

    return Case(lines, check)


def statistics(rng):
    """Sums of parts, in any order and form, solve what all rows together do."""
    n, N, m = int(rng.integers(30, 200)), int(rng.integers(1, 25)), int(rng.integers(1, 3))
    kind = pick(rng, "RidgeStatistics", "RidgeFactor")
    parts = int(rng.integers(1, 6))
    cuts = sorted({0, n, *rng.integers(1, n, parts).tolist()})
    order = rng.permutation(len(cuts) - 1).tolist()
    alpha, far = alpha_of(rng), pick(rng, 0.0, 1e3)
    lines = [
        *statistics_lines(rng, n, N, m),
        f"x[{n // 2}:] += {far} * x.std()",
        f"cuts, order = {cuts}, {order}",
        f"parts = [{kind}({N}, {m}).updated(x[a:b], y[a:b]) for a, b in zip(cuts, cuts[1:])]",
        "total = parts[order[0]]",
        "for k in order[1:]: total = total + parts[k]",
    ]

    def check(names):
        x, y, total = names["x"], names["y"], names["total"]
        penalty = alpha * x.var()
        coef, offset = plain.ridge(x, y, penalty)
        mine, at = total.solve(penalty)
        near(x @ mine.T + at, x @ coef + offset, 1e-6, "predictions")

    return Case(lines, check)


def over_time(rng):
    """A long series in chunks that advance together equals the run step by step."""
    T, N = int(rng.integers(2100, 12_000)), int(rng.integers(5, 120))
    radius, scaling = round(float(rng.uniform(0.1, 2.5)), 2), pick(rng, 0.1, 1.0, 3.0)
    burst, size = int(rng.integers(0, 800)), pick(rng, 0.0, 0.01, 0.3)
    at = int(rng.integers(0, max(1, T - burst)))
    topology = pick(rng, "dense", "sparse", "ring")
    lines = [
        "from reservoir.dynamics import run",
        f"rng = np.random.default_rng({int(rng.integers(10**6))})",
        f"u = rng.uniform(-1, 1, ({T}, {pick(rng, 1, 3)}))",
        f"u[{at}:{at + burst}] *= {size}",
        f"reservoir = Reservoir({N}, spectral_radius={radius}, input_scaling={scaling}, "
        f"leak_rate={pick(rng, 1.0, 0.3)}, topology={topology!r}, "
        f"random_state={int(rng.integers(1000))}).fit(u)",
    ]

    def check(names):
        reservoir, u = names["reservoir"], names["u"]
        found = reservoir.transform(u)
        sink = StatesSink([T], N, reservoir.update_.dtype)
        one = batch.Batch(fastest(reservoir.update_, T), [u], None)
        driver.through(one, np.zeros((N, 1)), sink)
        near(found, sink.arrays[0], 1e-9, "states")

    return Case(lines, check)


FUZZERS: dict[str, Callable[[np.random.Generator], Case]] = {
    "readouts": readouts,
    "regressor": regressor,
    "forecaster": forecaster,
    "classifier": classifier,
    "statistics": statistics,
    "over_time": over_time,
}
