"""The first calls of `partial_fit`, kept until the washout is known that one fit would measure."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ..sequences import Sequences, Targets
from .network import MEASURED_ROWS, Network, measured_washout


class Call(NamedTuple):
    """What `partial_fit` was handed."""

    sequences: Sequences
    targets: Targets
    sample_weight: Any

    def kept(self) -> Call:
        """Return it with arrays of its own: whoever streams fills a buffer again and again."""
        sequences = replace(self.sequences, items=[item.copy() for item in self.sequences.items])
        targets = replace(self.targets, items=[item.copy() for item in self.targets.items])
        return Call(sequences, targets, copy.deepcopy(self.sample_weight))


@dataclass(frozen=True)
class Opening:
    """The calls so far, of which ``washout="auto"`` is measured.

    A chunk that is shorter than the washout cannot tell it: where the rows so far tell of another
    one than those before, all are learned anew.
    """

    calls: tuple[Call, ...] = ()

    def learned(self, network: Network, call: Call) -> tuple[Network, Opening | None]:
        """Return the network that has learned one more call; and what is kept, None at the end."""
        calls = (*self.calls, call)
        together = joined([each.sequences for each in calls])
        washout = measured_washout(network.rule, together)
        todo = calls[-1:]
        if washout != network.washout_:
            network, todo = network.untaught(washout), calls
        for each in todo:
            network = network.absorb(*each, partial=True)
        over = int(together.lengths.sum()) >= MEASURED_ROWS
        return network, None if over else Opening((*self.calls, call.kept()))


def joined(parts: list[Sequences]) -> Sequences:
    """Return the sequences of several calls as those of one."""
    items = [item for part in parts for item in part.items]
    if all(part.form == "series" for part in parts):
        return Sequences("series", [np.concatenate(items)])
    return Sequences("list", items)
