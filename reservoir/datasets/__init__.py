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

__all__ = [
    "FREQUENCIES",
    "LORENZ63_EXPONENT",
    "henon",
    "kuramoto_sivashinsky",
    "load_co2",
    "load_sunspots",
    "logistic",
    "lorenz63",
    "lorenz96",
    "mackey_glass",
    "narma",
    "rossler",
    "sines",
]
