"""Seeds: scikit-learn's, and NumPy's generators."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

#: What ``random_state`` may be, as scikit-learn's ``_parameter_constraints`` say it.
SEED: list[Any] = ["random_state", np.random.Generator]


def rng_of(random_state: Any) -> np.random.RandomState:
    """Return a `~numpy.random.RandomState`; one that a generator has drawn the seed of.

    Parameters
    ----------
    random_state : int, RandomState, Generator or None
        As with an instance of the first kind, every call draws anew from a generator.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.seeds import rng_of
    >>> one, same = (rng_of(np.random.default_rng(0)).randint(1000) for _ in range(2))
    >>> one == same
    True
    """
    if isinstance(random_state, np.random.Generator):
        return np.random.RandomState(int(random_state.integers(2**32)))
    return check_random_state(random_state)
