"""What precision is worth on Lorenz 63.  ``python -m benchmarks.lorenz [--precise]``.

The published comparisons are ``python -m benchmarks.fidelity chaos``, whose measure this shares.

10,000 training steps at dt 0.02; 200 driven steps before each unseen start. The valid
time ends where the error, over the total standard deviation of the training part, passes 0.4.
With ``--precise`` 20,000 training steps, and a penalty that only the triangular factor can tell.
``--solver`` names what is summed up: the Gram matrix squares the condition, ends near 12.
``--path PICTURE`` draws the mean valid time over alpha for both, from one run of each reservoir.
``--limits`` says what stops the precise one: its free run in extended precision, and its error
after one step, by which the valid time should end after log(0.4 / error) Lyapunov times.
"""

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.linalg import LinAlgWarning

from benchmarks.fidelity.chaos import valid_times as of_batch
from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import LORENZ63_EXPONENT, lorenz63

DT, DRIVEN, FREE = 0.02, 200, 2000

#: Training steps, and what the network is made of.
PLAIN = {"train": 10_000, "radius": 0.3, "bias": 0.5, "alpha": 1e-12}
PRECISE = {"train": 20_000, "radius": 0.1, "bias": 1.0, "alpha": 1e-26}


def lyapunov_times(truth: np.ndarray, forecast: np.ndarray, past: np.ndarray) -> np.ndarray:
    """Valid times until the error, over the total deviation of the training part, passes 0.4."""
    return of_batch(
        truth, forecast, past, dt=DT, exponent=LORENZ63_EXPONENT, threshold=0.4,
        scale=np.sqrt(past.var(axis=0).mean()),
    )  # fmt: skip


def valid_times(
    x: np.ndarray, seed: int, n_units: int, solver: str, alphas: Sequence[float], *,
    train: int, radius: float, bias: float,
) -> np.ndarray:  # fmt: skip
    """Valid times (alphas, starts) in Lyapunov times, in the series after its training part."""
    n_starts = (len(x) - train) // (DRIVEN + FREE)
    past, unseen = x[:train], x[train:].reshape(n_starts, DRIVEN + FREE, 3)
    reservoir = Reservoir(
        n_units, spectral_radius=radius, input_scaling=0.1, bias_scaling=bias, random_state=seed
    )
    readout = RidgeReadout(min(alphas), solver=solver)
    model = ESNForecaster(reservoir, readout).fit(past)
    times = []
    for alpha in alphas:
        forecast = model.resolved(alpha=alpha).forecast(
            FREE, context=unseen[:, :DRIVEN], on_divergence="nan"
        )
        times.append(lyapunov_times(unseen[:, DRIVEN:], forecast, past))
    return np.array(times)


def limits(x: np.ndarray, seed: int, n_units: int) -> dict[str, float]:
    """What stops the free run: rounding in the loop, or the map that was learned?"""
    past, unseen = x[: PRECISE["train"]], x[PRECISE["train"] :].reshape(-1, DRIVEN + FREE, 3)
    reservoir = Reservoir(
        n_units, spectral_radius=PRECISE["radius"], input_scaling=0.1, bias_scaling=PRECISE["bias"],
        random_state=seed,
    )  # fmt: skip
    model = ESNForecaster(reservoir, RidgeReadout(PRECISE["alpha"], solver="qr")).fit(past)
    one_step = model.predict(x[PRECISE["train"] :], initial_state="zero")[DRIVEN:]
    errors = (one_step - x[PRECISE["train"] + DRIVEN :]) / past.std(axis=0)
    coef = model.regressor_.readout_.coef_
    found = {"one-step error": np.sqrt(np.square(errors).mean())}
    found["log(0.4 / error)"] = np.log(0.4 / found["one-step error"])
    found["norm of the coefficients, times eps"] = np.linalg.norm(coef) * np.finfo(float).eps
    for name, dtype in {"double": np.float64, "extended": np.longdouble}.items():
        truth = unseen[:, DRIVEN:]
        times = lyapunov_times(truth, extended_run(model, unseen[:, :DRIVEN], dtype), past)
        found[f"mean valid time, {name} precision"] = times.mean()
    return {name: float(value) for name, value in found.items()}


def extended_run(model: ESNForecaster, context: np.ndarray, dtype: type) -> np.ndarray:
    """The forecaster's free run by a plain loop in another precision."""
    update, readout, scaler = (
        model.regressor_.reservoir_.update_, model.regressor_.readout_, model.scaler_,
    )  # fmt: skip
    matrix = update.matrix.toarray() if hasattr(update.matrix, "toarray") else update.matrix
    A, C, b = (np.asarray(v, dtype=dtype) for v in (matrix, readout.coef_, readout.intercept_))
    mean, scale = scaler.mean_.astype(dtype), scaler.scale_.astype(dtype)
    z = ((context.astype(dtype) - mean) / scale).transpose(1, 2, 0)
    ones = np.ones((1, len(context)), dtype=dtype)
    x = np.zeros((len(A), len(context)), dtype=dtype)
    for u in z[:-1]:
        x = np.tanh(A @ np.vstack([x, u, ones]))
    u, outputs = z[-1], []
    for _ in range(FREE):
        x = np.tanh(A @ np.vstack([x, u, ones]))
        u = u + C @ np.vstack([x, u]) + b[:, None]
        outputs.append(u)
    return (np.array(outputs).transpose(2, 0, 1) * scale + mean).astype(float)


#: The alphas of the picture.
PATH = [10.0**-k for k in range(2, 29, 2)]


def draw(times: dict[str, np.ndarray], path: Path) -> None:
    """Mean valid times over alpha, and the range of the reservoirs."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    labels = {"gram": "Gram matrix (eigenvalues where Cholesky fails)", "qr": "triangular factor"}
    figure, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
    for solver, of_seeds in times.items():
        means = of_seeds.mean(axis=2)  # (seeds, alphas)
        ax.semilogx(PATH, means.mean(axis=0), "o-", ms=4, label=labels[solver])
        ax.fill_between(PATH, means.min(axis=0), means.max(axis=0), alpha=0.2)
    ax.invert_xaxis()
    ax.set(xlabel="alpha", ylabel="mean valid time (Lyapunov times)", title="Lorenz 63", ylim=0)
    ax.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(argv: list[str] | None = None) -> np.ndarray:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=40)
    parser.add_argument("--alpha", type=float)
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--solver", default="auto")
    parser.add_argument("--precise", action="store_true")
    parser.add_argument("--path", type=Path)
    parser.add_argument("--limits", action="store_true")
    args = parser.parse_args(argv)
    setting = dict(PRECISE if args.precise or args.path or args.limits else PLAIN)
    alpha = setting.pop("alpha") if args.alpha is None else args.alpha
    setting.pop("alpha", None)
    print(f"Lorenz 63, {args.units} units, {args.starts} unseen starts each, {alpha=}, {setting}")
    n_steps = int(setting["train"]) + args.starts * (DRIVEN + FREE)
    x = lorenz63(n_steps, dt=DT, random_state=0)
    if args.limits:
        found = limits(x, 0, args.units)
        for name, value in found.items():
            print(f"{name:<40}{value:>10.3g}")
        return np.array(list(found.values()))
    if args.path:
        warnings.simplefilter("ignore", LinAlgWarning)  # it is what the picture shows
        found = {}
        for solver in ("gram", "qr"):
            found[solver] = np.stack(
                [valid_times(x, s, args.units, solver, PATH, **setting) for s in range(args.seeds)]
            )
            for k, value in enumerate(PATH):
                print(f"{solver:>5}  {value:.0e}  {found[solver][:, k].mean():5.1f}", flush=True)
        draw(found, args.path)
        return found["qr"]
    print(f"{'reservoir':>9}  {'mean':>5}  {'median':>6}  {'worst':>5}   Lyapunov times")
    times = []
    for seed in range(args.seeds):
        times.append(valid_times(x, seed, args.units, args.solver, [alpha], **setting)[0])
        t = times[-1]
        print(f"{seed:>9}  {t.mean():>5.2f}  {np.median(t):>6.2f}  {t.min():>5.2f}")
    t = np.concatenate(times)
    print(f"{'all':>9}  {t.mean():>5.2f}  {np.median(t):>6.2f}  {t.min():>5.2f}")
    return t


if __name__ == "__main__":
    main()
