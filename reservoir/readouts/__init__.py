"""Linear readouts, solved in closed form: states in, outputs out.

The readout protocol, all that an echo state network asks of a readout:

1. ``washout`` is the number of first steps not to train on, or "auto"; ``forgetting`` the factor
   by which a step counts less for every step after it, 1 for none.
2. ``blocks(weights, chunk)`` says of which block every row is, as `reservoir.ridge.Folds`, given
   the weights of all rows, or None where the readout needs no blocks; `chunk` counts the calls of
   ``partial_fit``, and is None in ``fit``.
3. ``begin(n_features, n_outputs, n_rows)`` gives empty statistics, as
   `reservoir.ridge.RidgeStatistics`, for at most that many rows; one for each block.
4. ``finish(statistics, squeeze=...)`` solves them into ``coef_`` and ``intercept_``, and may be
   called again after more rows or a change of parameters.

Any other regressor or classifier of scikit-learn may stand in an ESN too; it is handed all states
at once.
"""

from .classifier import (
    RidgeReadoutClassifier,
    accuracy,
    check_labels,
    encode,
    is_per_sequence,
    one_hot,
)
from .linear import RecursiveRidgeReadout, RidgeReadout, RidgeReadoutCV
from .training import (
    check_outputs,
    empty,
    follow,
    gather,
    last_rows,
    steps_of,
    training_weights,
    weighted_r2,
)

__all__ = [
    "RecursiveRidgeReadout",
    "RidgeReadout",
    "RidgeReadoutCV",
    "RidgeReadoutClassifier",
    "accuracy",
    "check_labels",
    "check_outputs",
    "empty",
    "encode",
    "follow",
    "gather",
    "is_per_sequence",
    "last_rows",
    "one_hot",
    "steps_of",
    "training_weights",
    "weighted_r2",
]
