"""Standard signals of the field, and real series that ship with the package."""

from .generators import (
    FREQUENCIES,
    LORENZ63_EXPONENT,
    henon,
    kuramoto_sivashinsky,
    logistic,
    lorenz63,
    lorenz96,
    mackey_glass,
    narma,
    rossler,
    sines,
)
from .real import load_co2, load_sunspots
from .systems import (
    chen,
    chua,
    colpitts,
    double_pendulum,
    double_scroll,
    hyper_lorenz,
    ikeda,
    rabinovich_fabrikant,
)
from .tasks import anbn, bit_memory, channel_equalisation

__all__ = [
    "FREQUENCIES",
    "LORENZ63_EXPONENT",
    "anbn",
    "bit_memory",
    "channel_equalisation",
    "chen",
    "chua",
    "colpitts",
    "double_pendulum",
    "double_scroll",
    "henon",
    "hyper_lorenz",
    "ikeda",
    "kuramoto_sivashinsky",
    "load_co2",
    "load_sunspots",
    "logistic",
    "lorenz63",
    "lorenz96",
    "mackey_glass",
    "narma",
    "rabinovich_fabrikant",
    "rossler",
    "sines",
]
