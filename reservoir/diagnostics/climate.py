"""Whether a long free run lives on the attractor that it was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ..canvas import COLOURS, DASHED, ink, legend
from ..checks import COUNT, COUNT_OR_ZERO, POSITIVE, checked
from ..frames import as_column
from ..sequences import check_sequences
from .results import Result

#: Added to every bin of a histogram: what is never visited is improbable, not impossible.
LAPLACE = 1e-5
#: Dimensions of a histogram, at most; of more, the first principal ones of the truth.
MOST_DIMENSIONS = 3
#: Points that pairs are made of, and the shares of all pairs between which a dimension is read.
MOST_POINTS, SHARES = 5000, (1e-3, 3e-2)
#: Points whose neighbours are followed, and the part of their way apart that a slope is read from.
FOLLOWED, PART = 2000, (0.15, 0.6)


@dataclass(frozen=True, repr=False)
class Climate(Result):
    """A free run beside true trajectories.

    Parameters
    ----------
    run, truth : ndarray of shape (n, d)
    distances : dict of str to (float, float)
        From the truth, of the run and of another true trajectory of that length: 0 is the same.
    invariants : dict of str to (float, float)
        Of the run, and of the truth.
    lasted : int
        Steps before the run diverged, n where it did not.
    """

    run: np.ndarray
    truth: np.ndarray
    distances: dict[str, tuple[float, float]]
    invariants: dict[str, tuple[float, float]]
    lasted: int

    @property
    def table(self) -> str:
        """All of it as text, a line a number."""
        lines = [f"{'distance from the truth':<28}{'free run':>10}{'true twin':>11}"]
        lines += [f"{name:<28}{a:>10.3g}{b:>11.3g}" for name, (a, b) in self.distances.items()]
        lines += [f"{'':<28}{'free run':>10}{'truth':>11}"]
        lines += [f"{name:<28}{a:>10.3g}{b:>11.3g}" for name, (a, b) in self.invariants.items()]
        return "\n".join(lines)

    def _draw(self, ax: Any) -> None:
        """Draw how often each value of every feature is visited, by the run and in truth."""
        middle, spread = self.truth.mean(axis=0), self.truth.std(axis=0)
        bins = np.linspace(-3.5, 3.5, 71)
        for k in range(min(self.truth.shape[1], len(COLOURS))):
            for x, style in ((self.run, "-"), (self.truth, DASHED)):
                values = (x[: self.lasted, k] if x is self.run else x[:, k]) - middle[k]
                share = np.histogram(values / spread[k], bins, density=True)[0]
                label = f"feature {k}" if x is self.run else "_truth"
                centres = (bins[1:] + bins[:-1]) / 2
                ax.plot(centres, share, color=COLOURS[k], linestyle=style, lw=1.2, label=label)
        ax.plot([], [], color=ink(), linestyle=DASHED, label="truth")
        ax.set(xlabel="value, in spreads of the truth", ylabel="density")
        told = ", ".join(f"{name} {a:.3g}" for name, (a, _) in list(self.distances.items())[:2])
        ax.set_title(told, pad=22)
        legend(ax)


@checked(n_bins=[COUNT], smoothing=[POSITIVE], dt=[POSITIVE], n_steps=[COUNT, None])
def climate(
    estimator: Any,
    X: Any,
    *,
    n_steps: int | None = None,
    n_bins: int = 30,
    smoothing: float = 20.0,
    dt: float = 1.0,
) -> Climate:
    """Compare a long free run with the truth, and the truth with itself.

    Valid times say how long a forecast is right; this says whether it stays plausible when it no
    longer can be.

    Parameters
    ----------
    estimator : forecaster or array-like of shape (n, d)
        Fitted; it runs freely from the end of its training. Or such a run.
    X : array-like of shape (T, d)
        A true trajectory, best not of the training. Its second half is the truth, and its first
        half the other true trajectory that the run is measured by.
    n_steps : int, optional
        Of the run and of both halves; half of `X`, or as long as a run that is given, where None.
    n_bins, smoothing, dt
        As for `state_space_divergence`, `spectral_distance` and `largest_exponent`.

    Returns
    -------
    result : Climate
        A run that diverges is measured until then, and is infinitely far off if that is at once.

    References
    ----------
    Koppe, Toutounji, Kirsch, Lis & Durstewitz (2019), Identifying nonlinear dynamical systems via
    generative recurrent neural networks, PLoS Computational Biology 15; Mikhaeil, Monfared &
    Durstewitz (2022), On the difficulty of learning chaotic dynamics with RNNs, NeurIPS.

    Examples
    --------
    >>> from reservoir.datasets import henon
    >>> from reservoir.diagnostics import climate
    >>> x = henon(6000, random_state=0)
    >>> result = climate(x[:3000], x[3000:], n_steps=1500)
    >>> sorted(result.distances)
    ['density', 'power spectrum', 'state space']
    """
    truth = _rows(X, "X")
    half = len(truth) // 2
    if hasattr(estimator, "forecast"):
        check_is_fitted(estimator)
        n_steps = half if n_steps is None else int(n_steps)
        run = _rows(estimator.forecast(n_steps, on_divergence="nan"), "the run", gaps=True)
    else:
        run = _rows(estimator, "the run", gaps=True)
        n_steps = min(half, len(run)) if n_steps is None else int(n_steps)
    most = min(half, len(run))
    if not 50 <= n_steps <= most:
        raise ValueError(
            f"n_steps must be between 50 and {most}, as many as the run or half of X has; got "
            f"{n_steps}."
        )
    run = run[:n_steps]
    if run.shape[1] != truth.shape[1]:
        raise ValueError(f"X has {truth.shape[1]} features and the run {run.shape[1]}.")
    twin, truth = truth[half - n_steps : half], truth[half : half + n_steps]
    lasted = int(np.append(~np.isfinite(run).all(axis=1), True).argmax())
    measures = {
        "state space": lambda x: state_space_divergence(truth, x, n_bins=n_bins),
        "power spectrum": lambda x: spectral_distance(truth, x, smoothing=smoothing),
        "density": lambda x: density_distance(truth, x, n_bins=n_bins),
    }
    alive = run[:lasted]
    distances = {
        name: (measure(alive) if lasted >= 50 else np.inf, measure(twin))
        for name, measure in measures.items()
    }
    numbers = {
        "correlation dimension": correlation_dimension,
        "largest exponent": lambda x: largest_exponent(x, dt=dt),
    }
    invariants = {
        name: (number(alive) if lasted >= 500 else np.nan, number(truth))
        for name, number in numbers.items()
        if n_steps >= 500
    }
    return Climate(run, truth, distances, invariants, lasted)


def _rows(X: Any, name: str, *, gaps: bool = False) -> np.ndarray:
    """Return a trajectory (n, d), its dates in order."""
    X = check_sequences(BaseEstimator(), as_column(X), reset=True, gaps=gaps).items
    if len(X) != 1:
        raise ValueError(f"{name} must be one trajectory (n, d); got {len(X)}.")
    return np.asarray(X[0], dtype=float)


def _standardised(x: np.ndarray) -> np.ndarray:
    spread = x.std(axis=0)
    return np.asarray((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def state_space_divergence(y_true: Any, y_pred: Any, *, n_bins: int = 30) -> float:
    r"""Divergence of where two trajectories are found, whenever: D_stsp.

    .. math:: \sum_b p_b \log \frac{p_b}{q_b}, \qquad
        p_b = \frac{n_b + \epsilon}{\sum_b (n_b + \epsilon)}

    Over boxes between the least and greatest value of the truth in every coordinate, with
    :math:`\epsilon = 10^{-5}`; of more than three coordinates, of the first three principal ones.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n, d) and (m, d)
    n_bins : int, default=30
        Boxes a coordinate.

    Returns
    -------
    divergence : float
        In nats, 0 where they are the same.

    References
    ----------
    Koppe et al. (2019), PLoS Computational Biology 15; Hess, Monfared, Brenner & Durstewitz (2023),
    Generalized teacher forcing for learning chaotic dynamics, ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.diagnostics import state_space_divergence
    >>> x = np.random.default_rng(0).normal(size=(5000, 2))
    >>> state_space_divergence(x, x), state_space_divergence(x, x + 1.0) > 1.0
    (0.0, True)
    """
    truth, other = _rows(y_true, "y_true"), _rows(y_pred, "y_pred")
    if truth.shape[1] > MOST_DIMENSIONS:
        middle = truth.mean(axis=0)
        axes = np.linalg.svd(truth - middle, full_matrices=False)[2][:MOST_DIMENSIONS]
        truth, other = (truth - middle) @ axes.T, (other - middle) @ axes.T
    edges = [
        np.linspace(low, high, n_bins + 1)
        for low, high in zip(truth.min(axis=0), truth.max(axis=0), strict=True)
    ]
    p, q = (_shares(np.histogramdd(x, edges)[0]) for x in (truth, other))
    return float((p * np.log(p / q)).sum())


def _shares(counts: np.ndarray) -> np.ndarray:
    smooth = counts + LAPLACE
    return np.asarray(smooth / smooth.sum())


def spectral_distance(y_true: Any, y_pred: Any, *, smoothing: float = 20.0) -> float:
    r"""Hellinger distance of two trajectories' power spectra: D_H.

    .. math:: \sqrt{1 - \sum_f \sqrt{p_f q_f}}

    Of every coordinate, standardised, smoothed by a Gaussian and normalised; the mean of them.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n, d) and (m, d)
        As many steps of both are compared.
    smoothing : float, default=20.0
        Standard deviation of the Gaussian, in frequencies of a thousand steps.

    Returns
    -------
    distance : float
        In 0 … 1.

    References
    ----------
    Mikhaeil, Monfared & Durstewitz (2022), NeurIPS; Hess et al. (2023), ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.diagnostics import spectral_distance
    >>> t = np.arange(2000.0)[:, None]
    >>> x, late, fast = np.sin(t), np.sin(t + 1), np.sin(2 * t)
    >>> spectral_distance(x, late) < 0.1 < spectral_distance(x, fast)
    True
    """
    truth, other = _rows(y_true, "y_true"), _rows(y_pred, "y_pred")
    n = min(len(truth), len(other))
    width = smoothing * n / 1000.0
    p, q = (_spectrum(x[len(x) - n :], width) for x in (truth, other))
    overlap = np.sqrt(p * q).sum(axis=0)
    return float(np.sqrt(np.maximum(1.0 - overlap, 0.0)).mean())


def _spectrum(x: np.ndarray, width: float) -> np.ndarray:
    """Return the smoothed power spectrum of every column, summing to one."""
    power = np.square(np.abs(np.fft.rfft(_standardised(x), axis=0)))
    power = gaussian_filter1d(power, width, axis=0) + np.finfo(float).tiny
    return np.asarray(power / power.sum(axis=0))


def density_distance(y_true: Any, y_pred: Any, *, n_bins: int = 30) -> float:
    """Hellinger distance of how often two trajectories visit each value, the mean over coordinates.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n, d) and (m, d)
    n_bins : int, default=30
        Between the least and greatest value of both.

    Returns
    -------
    distance : float
        In 0 … 1.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.diagnostics import density_distance
    >>> density_distance(np.zeros((9, 1)), np.ones((9, 1)))
    1.0
    """
    truth, other = _rows(y_true, "y_true"), _rows(y_pred, "y_pred")
    found = []
    for a, b in zip(truth.T, other.T, strict=True):
        span = (min(a.min(), b.min()), max(a.max(), b.max()))
        p, q = (np.histogram(x, n_bins, range=span)[0] / len(x) for x in (a, b))
        found.append(np.sqrt(max(0.0, 1.0 - float(np.sqrt(p * q).sum()))))
    return float(np.mean(found))


def correlation_dimension(X: Any) -> float:
    r"""Correlation dimension of a trajectory: how the number of near pairs grows with distance.

    .. math:: C(r) \sim r^{D_2}

    By a line through :math:`\log C` between one pair in a thousand and three in a hundred, of up
    to five thousand points of all coordinates, standardised.

    Parameters
    ----------
    X : array-like of shape (n, d)

    Returns
    -------
    dimension : float

    References
    ----------
    Grassberger & Procaccia (1983), Measuring the strangeness of strange attractors, Physica D 9.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.diagnostics import correlation_dimension
    >>> square = np.random.default_rng(0).uniform(size=(3000, 2))
    >>> 1.85 < correlation_dimension(square) < 2.05
    True
    """
    x = _standardised(_rows(X, "X"))
    x = x[np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).astype(int)]
    tree, n = cKDTree(x), len(x)
    radii = np.geomspace(1e-4, 3.0 * np.sqrt(x.shape[1]), 80)
    pairs = (tree.count_neighbors(tree, radii) - n) / (n * (n - 1))
    counted = (pairs > max(SHARES[0], 20 / n**2)) & (pairs < SHARES[1])
    if counted.sum() < 3:
        return float("nan")
    return float(np.polyfit(np.log(radii[counted]), np.log(pairs[counted]), 1)[0])


@checked(dt=[POSITIVE], apart=[COUNT_OR_ZERO, None])
def largest_exponent(X: Any, *, dt: float = 1.0, apart: int | None = None) -> float:
    """Largest Lyapunov exponent of a trajectory, from how fast its nearest points move apart.

    An estimate, of a few per cent where the trajectory is long and clean; that of a trained
    forecaster is told exactly by `lyapunov_exponents`.

    Parameters
    ----------
    X : array-like of shape (n, d)
        All coordinates of the system.
    dt : float, default=1.0
        Duration of a step.
    apart : int, optional
        Steps that neighbours must be apart in time; the mean period where None.

    Returns
    -------
    exponent : float
        Per unit of time.

    References
    ----------
    Rosenstein, Collins & De Luca (1993), A practical method for calculating largest Lyapunov
    exponents from small data sets, Physica D 65.

    Examples
    --------
    >>> from reservoir.datasets import logistic
    >>> from reservoir.diagnostics import largest_exponent
    >>> round(largest_exponent(logistic(4000, random_state=0)), 1)  # log 2
    0.7
    """
    x = _standardised(_rows(X, "X"))
    power = np.square(np.abs(np.fft.rfft(x, axis=0)))[1:].sum(axis=1)
    frequency = float((power * np.arange(1, 1 + len(power))).sum() / power.sum()) / len(x)
    period = max(1, round(1.0 / frequency))
    apart = period if apart is None else int(apart)
    n_follow = min(max(12 * period, 30), len(x) // 4)
    usable = len(x) - n_follow
    tree = cKDTree(x[:usable])
    starts = np.linspace(0, usable - 1, min(usable, FOLLOWED)).astype(int)
    far, near = tree.query(x[starts], k=min(usable, 4 * apart + 8))
    allowed = (np.abs(near - starts[:, None]) > apart) & (far > 0)
    starts, near = starts[allowed.any(axis=1)], near[allowed.any(axis=1)]
    partners = near[np.arange(len(near)), allowed[allowed.any(axis=1)].argmax(axis=1)]
    if len(starts) < 10:
        return float("nan")
    ahead = np.arange(n_follow)
    gaps = np.linalg.norm(x[starts[:, None] + ahead] - x[partners[:, None] + ahead], axis=2)
    curve = np.log(np.maximum(gaps, np.finfo(float).tiny)).mean(axis=0)
    way = (curve - curve[0]) / (np.median(curve[n_follow // 2 :]) - curve[0])
    last = int(np.argmax(way > PART[1])) or n_follow
    first = min(int(np.argmax(way > PART[0])), max(last - 2, 0))
    return float(np.polyfit(ahead[first : last + 1], curve[first : last + 1], 1)[0] / dt)
