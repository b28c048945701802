"""Which way a run goes: the plain one, or kernels that numba compiles, where they pay."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..activations import ACTIVATIONS
from .composed import Composed
from .leaky import DENSE_BELOW, LeakyUpdate
from .rule import Around, Rule

#: Environment variable: 0 never takes the compiled path, 1 always does.
VARIABLE = "RESERVOIR_COMPILED"
#: Multiplications of a run from which it is compiled: a tenth of a second of the plain path. A
#: function of the run alone, so that the last digits do not depend on what ran before.
PAYS_FROM = 100_000_000


def fastest(rule: Rule, n_steps: int) -> Any:
    """Return the rule, or its compiled twin where `n_steps` steps of it, of all columns, pay.

    The twin exists for leaky tanh units, sparse or few, where numba is installed
    (``pip install "reservoir-learn[fast]"``). Its states differ by rounding. The environment
    variable ``RESERVOIR_COMPILED`` forces either: 0 the plain path, 1 the compiled one.
    """
    if isinstance(rule, Around):
        return replace(rule, rule=fastest(rule.rule, n_steps))
    if isinstance(rule, Composed):
        return replace(rule, rules=tuple(fastest(each, n_steps) for each in rule.rules))
    wanted = os.environ.get(VARIABLE, "")
    if wanted not in ("", "0", "1"):
        raise ValueError(
            f"the environment variable {VARIABLE} must be 0, 1 or not set; got {wanted!r}."
        )
    if wanted == "0" or not _has_twin(rule):
        return rule
    if wanted != "1" and (n_steps * _n_weights(rule) < PAYS_FROM or not _numba_is_here()):
        return rule
    try:
        return import_module(".compiled", __package__).CompiledUpdate.like(rule)
    except ImportError as error:
        if wanted == "1":
            raise ImportError(
                f'{VARIABLE}=1 needs numba: pip install "reservoir-learn[fast]"'
            ) from error
        return rule


def _has_twin(rule: Any) -> bool:
    """Whether a rule is of leaky tanh units whose product BLAS does not do better."""
    if type(rule) is not LeakyUpdate or rule.activation not in (ACTIVATIONS["tanh"], np.tanh):
        return False
    return sp.issparse(rule.matrix) or rule.n_units < DENSE_BELOW


def _n_weights(rule: Any) -> int:
    return rule.matrix.nnz if sp.issparse(rule.matrix) else rule.matrix.size


@cache
def _numba_is_here() -> bool:
    return find_spec("numba") is not None
