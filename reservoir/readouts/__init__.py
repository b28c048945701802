"""Readouts: what is seen of a reservoir in, outputs out, solved in closed form.

`BaseReadout` has the contract, all that an echo state network asks of a readout. Any other
regressor or classifier of scikit-learn may stand in an ESN too, behind `ForeignReadout`; it is
handed all states at once.
"""

from .base import BaseReadout, Learned, Lesson, followed
from .classifier import RidgeReadoutClassifier
from .cross_validated import RidgeReadoutCV
from .foreign import ForeignReadout, as_readout, bare
from .labels import accuracy, check_labels, encode, is_per_sequence, label_weights, one_hot
from .linear import FREE_RUN, LinearReadout, RidgeReadout
from .recursive import RecursiveRidgeReadout
from .together import linear_maps, side_by_side
from .training import check_outputs, gather, last_rows, training_weights, weighted_r2

__all__ = [
    "FREE_RUN",
    "BaseReadout",
    "ForeignReadout",
    "Learned",
    "Lesson",
    "LinearReadout",
    "RecursiveRidgeReadout",
    "RidgeReadout",
    "RidgeReadoutCV",
    "RidgeReadoutClassifier",
    "accuracy",
    "as_readout",
    "bare",
    "check_labels",
    "check_outputs",
    "encode",
    "followed",
    "gather",
    "is_per_sequence",
    "label_weights",
    "last_rows",
    "one_hot",
    "linear_maps",
    "side_by_side",
    "training_weights",
    "weighted_r2",
]
