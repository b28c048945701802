"""Products of Legendre polynomials of past inputs: what a reservoir may be asked to compute."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

#: What a target is a product of: Legendre polynomials, by (degree, delay, feature).
Product = tuple[tuple[int, int, int], ...]


def products_of(degree: int, n_delays: int, n_features: int = 1) -> list[Product]:
    """Return all products of one total degree, as tuples of (degree, delay, feature).

    Examples
    --------
    >>> from reservoir.diagnostics.products import products_of
    >>> products_of(2, 1)
    [((2, 0, 0),), ((2, 1, 0),), ((1, 0, 0), (1, 1, 0))]
    """
    inputs = [(delay, feature) for delay in range(1 + n_delays) for feature in range(n_features)]
    found = []
    for n_factors in range(1, 1 + min(degree, len(inputs))):
        shares = _shares(degree, n_factors)
        for chosen in combinations(inputs, n_factors):
            found += [
                tuple((share, *each) for share, each in zip(split, chosen, strict=True))
                for split in shares
            ]
    return found


def _shares(degree: int, n_factors: int) -> list[tuple[int, ...]]:
    """Return the ways to share a degree out among factors, at least one each."""
    cuts = combinations(range(1, degree), n_factors - 1)
    ends = [(0, *cut, degree) for cut in cuts]
    return [tuple(b - a for a, b in zip(end[:-1], end[1:], strict=True)) for end in ends]


class Products:
    """Products of Legendre polynomials of past inputs, at any steps.

    Parameters
    ----------
    items : list of (T_k, d) arrays
    factors : list of m tuples of (degree, delay, feature)
    """

    def __init__(self, items: list[np.ndarray], factors: list[Product]) -> None:
        highest = max(factor[0] for product in factors for factor in product)
        inputs = np.concatenate(items).astype(float)
        self.offsets = np.cumsum([0, *map(len, items)])
        self.lengths = [len(item) for item in items]
        self._of_degree = [
            np.polynomial.legendre.legval(inputs, [0.0] * degree + [1.0])
            for degree in range(1, 1 + highest)
        ]
        self.reach = max(factor[1] for product in factors for factor in product)
        used = sorted({factor for product in factors for factor in product})
        place = {factor: k + 1 for k, factor in enumerate(used)}  # row 0 holds ones
        most = max(map(len, factors))
        self._used = used
        self._rows = np.zeros((len(factors), most), dtype=np.intp)
        for k, product in enumerate(factors):
            self._rows[k, : len(product)] = [place[factor] for factor in product]

    def at(self, steps: np.ndarray, which: Any = slice(None)) -> np.ndarray:
        """Return the products (m, n) at steps (n,) of all items after each other."""
        single = np.ones((1 + len(self._used), len(steps)))
        for row, (degree, delay, feature) in enumerate(self._used, start=1):
            single[row] = self._of_degree[degree - 1][steps - delay, feature]
        rows = self._rows[which]
        product = single[rows[:, 0]]
        for column in rows.T[1:]:
            product *= single[column]
        return product

    def covariance(self, which: np.ndarray, first: int) -> np.ndarray:
        """Return the covariance (m, m) of some products, over all steps from `first` of an item."""
        starts = zip(self.offsets[:-1], self.lengths, strict=True)
        steps = np.concatenate([np.arange(o + first, o + n) for o, n in starts if n > first])
        total, products = np.zeros(len(which)), np.zeros((len(which), len(which)))
        middle = np.zeros((len(which), 1))
        for part in np.array_split(steps, max(1, len(steps) // 2048)):
            rows = self.at(part, which)
            if not total.any():  # about the mean of the first part: no digits are lost
                middle = rows.mean(axis=1, keepdims=True)
            rows -= middle
            total += rows.sum(axis=1)
            products += rows @ rows.T
        mean = total / len(steps)
        return products / len(steps) - np.outer(mean, mean)
