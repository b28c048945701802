"""Where a series starts beside the one of the fit, as far as its index tells."""

from __future__ import annotations

from typing import Any

from ..frames import Frame
from ..sequences import form_of
from .network import Network, is_name


def placed(X: Any, before: Frame, initial_state: Any) -> Any:
    """Return where `X` starts: from zero where its dates say that it is no continuation."""
    goes_on = Frame.of(X).goes_on(before, at_once=False)
    return "zero" if is_name(initial_state, "last") and not goes_on else initial_state


def unknown_rows(X: Any, before: Frame, network: Network, place: Any) -> int:
    """Return how many first rows depend on a past that is not known: after a fresh start or a gap.

    `place` is what `placed` gives; none do where a state was handed over.
    """
    if not is_name(place, "last"):
        return network.washout_ if is_name(place, "zero") else 0
    adjoins = Frame.of(X).goes_on(before)
    return 0 if adjoins and network.goes_on(form_of(X)) else network.washout_
