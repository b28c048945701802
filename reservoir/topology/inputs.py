"""Input matrices, unscaled: functions of a shape and a random generator."""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy.linalg

from .rings import chaotic_map


def uniform_input(n_units: int, n_features: int, rng: np.random.Generator) -> np.ndarray:
    """Draw input weights uniform in [-1, 1], shape (n_units, n_features).

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import uniform_input
    >>> uniform_input(3, 2, np.random.default_rng(0)).shape
    (3, 2)
    """
    return rng.uniform(-1.0, 1.0, size=(n_units, n_features))


def gaussian_input(n_units: int, n_features: int, rng: np.random.Generator) -> np.ndarray:
    """Draw standard normal input weights, shape (n_units, n_features).

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import gaussian_input
    >>> gaussian_input(3, 2, np.random.default_rng(0)).shape
    (3, 2)
    """
    return rng.standard_normal((n_units, n_features))


def bernoulli_input(n_units: int, n_features: int, rng: np.random.Generator) -> np.ndarray:
    """Draw input weights of -1 or 1 with equal probability, shape (n_units, n_features).

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import bernoulli_input
    >>> sorted(set(bernoulli_input(9, 2, np.random.default_rng(0)).ravel().tolist()))
    [-1.0, 1.0]
    """
    return rng.choice([-1.0, 1.0], size=(n_units, n_features))


def block_input(n_units: int, n_features: int, rng: np.random.Generator) -> np.ndarray:
    """Draw uniform weights in [-1, 1] such that every unit sees one feature: a block for each.

    References
    ----------
    Lu, Pathak, Hunt, Girvan, Brockett & Ott (2017), Reservoir observers: model-free inference of
    unmeasured variables in chaotic systems, Chaos 27.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import block_input
    >>> np.sign(abs(block_input(4, 2, np.random.default_rng(0))))
    array([[1., 0.],
           [1., 0.],
           [0., 1.],
           [0., 1.]])
    """
    feature = np.arange(n_units) * n_features // n_units
    weights = np.zeros((n_units, n_features))
    weights[np.arange(n_units), feature] = rng.uniform(-1.0, 1.0, size=n_units)
    return weights


def informed_input(n_units: int, n_features: int, rng: np.random.Generator) -> np.ndarray:
    """Draw for every unit the one feature that it sees: a measured one for one half of the units.

    The other half sees one of the second half of the features, which are a model's guess in an
    `InformedReservoir`.

    References
    ----------
    Pathak, Wikner, Fussell, Chandra, Hunt, Girvan & Ott (2018), Hybrid forecasting of chaotic
    processes, Chaos 28, with half of the units for the model.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import informed_input
    >>> seen = informed_input(100, 4, np.random.default_rng(0)) != 0
    >>> np.unique(seen.sum(axis=1)), int(seen[:, :2].sum())
    (array([1]), 50)
    """
    first = -(-n_features // 2)
    units = rng.permutation(n_units)
    feature = np.empty(n_units, dtype=int)
    half = -(-n_units // 2) if first < n_features else n_units
    feature[units[:half]] = rng.integers(first, size=half)
    feature[units[half:]] = rng.integers(first, max(n_features, first + 1), size=n_units - half)
    weights = np.zeros((n_units, n_features))
    weights[np.arange(n_units), feature] = rng.uniform(-1.0, 1.0, size=n_units)
    return weights


@cache
def _digits_of_pi(n: int) -> tuple[int, ...]:
    """The first n digits of pi after the point, by Machin's formula in whole numbers."""
    one = 10 ** (n + 10)

    def arctan_of_inverse(x: int) -> int:
        total = power = one // x
        k, sign = 1, 1
        while power:
            power //= x * x
            k, sign = k + 2, -sign
            total += sign * (power // k)
        return total

    pi = 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))
    return tuple(int(digit) for digit in str(pi // 10**10)[1:])


def pi_input(n_units: int, n_features: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """Take the signs of the weights, all of size 1, from the digits of pi: up from 5 is plus.

    References
    ----------
    Rodan & Tiňo (2011), Minimum complexity echo state network, section III.

    Examples
    --------
    >>> from reservoir.topology import pi_input
    >>> pi_input(6, 1).ravel()  # 3.141592
    array([-1., -1., -1.,  1.,  1., -1.])
    """
    # whole hundreds, so that no number of features is computed anew
    n = -(-n_units * n_features // 100) * 100
    digits = np.array(_digits_of_pi(n)[: n_units * n_features])
    return np.where(digits >= 5, 1.0, -1.0).reshape(n_features, n_units).T


def chebyshev_input(
    n_units: int, n_features: int, rng: np.random.Generator | None = None
) -> np.ndarray:
    """Fill the weights by the Chebyshev map of degree 2.5, as `chebyshev` does; nothing is drawn.

    Examples
    --------
    >>> from reservoir.topology import chebyshev_input
    >>> chebyshev_input(20, 2).shape
    (20, 2)
    """
    return chaotic_map(n_units, n_features, "chebyshev", parameter=2.5)


def logistic_input(
    n_units: int, n_features: int, rng: np.random.Generator | None = None
) -> np.ndarray:
    """Fill the weights by the logistic map at 3.7, as `logistic` does; nothing is drawn.

    Examples
    --------
    >>> from reservoir.topology import logistic_input
    >>> logistic_input(20, 2).shape
    (20, 2)
    """
    return chaotic_map(n_units, n_features, "logistic", parameter=3.7)


def hadamard_input(n_units: int, n_features: int, rng: np.random.Generator) -> np.ndarray:
    """Draw signs that are balanced: columns of a Hadamard matrix, in an order that is drawn.

    Where `n_units` is a power of two each column sums to zero and columns are orthogonal; else they
    nearly are. Where there are more features than the matrix has columns, they come again.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import hadamard_input
    >>> W_in = hadamard_input(16, 3, np.random.default_rng(0))
    >>> W_in.T @ W_in
    array([[16.,  0.,  0.],
           [ 0., 16.,  0.],
           [ 0.,  0., 16.]])
    """
    size = 1 << max(1, (max(n_units, 2) - 1).bit_length())
    signs = scipy.linalg.hadamard(size).astype(float)[:n_units]
    columns = 1 + rng.permutation(size - 1)  # the first is all ones
    rows = rng.permutation(n_units)
    return signs[rows][:, np.resize(columns, n_features)]


def thin(weights: np.ndarray, connectivity: float, rng: np.random.Generator) -> np.ndarray:
    """Keep each entry with probability `connectivity` and set the others to zero.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.topology import thin
    >>> kept = thin(np.ones((1000, 1)), 0.1, np.random.default_rng(0))
    >>> bool(60 < kept.sum() < 140)
    True
    """
    if connectivity >= 1.0:
        return weights
    return np.where(rng.random(weights.shape) < connectivity, weights, 0.0)
