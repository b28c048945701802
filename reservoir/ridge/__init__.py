"""Ridge regression from additive sufficient statistics: every closed form of the library.

With :math:`Z = [1, x, y]`, one row per step, all that ridge regression needs is
:math:`S = Z^T W Z`. It is a sum over steps: so it streams, merges and forgets, and every solution
is drawn from it without a second pass over the data. It is held as it is, by `RidgeStatistics`, or
by its triangular factor, by `RidgeFactor`, which costs more and keeps twice the digits. `Blocks`
holds it block by block, for cross-validation; `RecursiveFactor` follows step by step; a `Spectrum`
gives generalised cross-validation and the evidence.
"""

from .base import Statistics, as_rows
from .folds import Blocks, Folds, sum_of
from .recursive import RecursiveFactor
from .solve import EPS
from .spectrum import Spectrum
from .statistics import RidgeFactor, RidgeStatistics

__all__ = [
    "EPS",
    "Blocks",
    "Folds",
    "RecursiveFactor",
    "RidgeFactor",
    "RidgeStatistics",
    "Spectrum",
    "Statistics",
    "as_rows",
    "sum_of",
]
