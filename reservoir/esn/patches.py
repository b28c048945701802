"""Where the patches of a field lie: on a line, a ring, a grid or a torus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: By the number of axes: places of a patch along each, at most, and on either side, where not said.
WIDEST, OVERLAP = {1: 8, 2: 2}, {1: 8, 2: 1}


@dataclass(frozen=True)
class Patches:
    """Patches that cover a grid of places once, and what each is told of, its halo.

    Parameters
    ----------
    sizes : tuple of int
        Places along each axis; the last one changes fastest.
    widths, halos : tuple of int
        Of a patch, and on either side of it, along each axis.
    ring : bool
        Whether the last place of an axis is the neighbour of the first; else what is beyond an end
        is taken to be as the end.

    Examples
    --------
    >>> from reservoir.esn.patches import Patches
    >>> line = Patches((6,), (3,), (1,), ring=True)
    >>> line.told.tolist(), line.own.tolist()
    ([[5, 0, 1, 2, 3], [2, 3, 4, 5, 0]], [1, 2, 3])
    >>> Patches((4, 4), (2, 2), (0, 0), ring=True).told[1].tolist()
    [2, 3, 6, 7]
    """

    sizes: tuple[int, ...]
    widths: tuple[int, ...]
    halos: tuple[int, ...]
    ring: bool

    @classmethod
    def of(
        cls, sizes: tuple[int, ...], width: int | Sequence[int] | None,
        overlap: int | Sequence[int] | None, ring: bool,
    ) -> Patches:  # fmt: skip
        """Return patches of a width, or of the widest that fit, told of no place twice on a ring.

        Raises
        ------
        ValueError
            If a width does not divide its axis, or there are not as many as axes.
        """
        n = len(sizes)
        widest = [max(k for k in range(1, min(WIDEST[n], s) + 1) if s % k == 0) for s in sizes]
        widths = widest if width is None else _per_axis(width, n, "width")
        for size, each in zip(sizes, widths, strict=True):
            if each < 1 or size % each:
                raise ValueError(
                    f"width must divide the number of places, {size}; got {each}. So do "
                    f"{[k for k in range(1, size + 1) if size % k == 0]}."
                )
        halos = _per_axis(OVERLAP[n] if overlap is None else overlap, n, "overlap")
        if min(halos) < 0:
            raise ValueError(f"overlap must be at least 0; got {overlap}.")
        if ring:
            rooms = [(size - each) // 2 for size, each in zip(sizes, widths, strict=True)]
            halos = [min(pair) for pair in zip(halos, rooms, strict=True)]
        return cls(sizes, tuple(widths), tuple(halos), ring)

    @property
    def shape(self) -> tuple[int, ...]:
        """Places that a patch is told of along each axis."""
        return tuple(w + 2 * h for w, h in zip(self.widths, self.halos, strict=True))

    @property
    def told(self) -> np.ndarray:
        """The places that every patch is told of, (n_patches, width + halos)."""
        n, along = len(self.sizes), []
        for size, width, halo in zip(self.sizes, self.widths, self.halos, strict=True):
            places = np.arange(0, size, width)[:, None] + np.arange(-halo, width + halo)
            along.append(places % size if self.ring else np.clip(places, 0, size - 1))
        spread = [
            places.reshape([len(places) if j == k else 1 for j in range(n)]
                           + [places.shape[1] if j == k else 1 for j in range(n)])
            for k, places in enumerate(along)
        ]  # fmt: skip
        return np.ravel_multi_index(spread, self.sizes).reshape(-1, int(np.prod(self.shape)))

    @property
    def own(self) -> np.ndarray:
        """Which of the places that it is told of are a patch's own."""
        inner = [h + np.arange(w) for w, h in zip(self.widths, self.halos, strict=True)]
        return np.ravel_multi_index(np.ix_(*inner), self.shape).ravel()

    @property
    def mirrors(self) -> list[tuple[int, np.ndarray]]:
        """The mirror images of a patch: along how many axes, and the order of places."""
        order = np.arange(int(np.prod(self.shape))).reshape(self.shape)
        found = [(0, order)]
        for axis in range(order.ndim):
            found += [(n + 1, np.flip(places, axis)) for n, places in found]
        return [(n, places.ravel()) for n, places in found[1:]]


def _per_axis(given: int | Sequence[int], n: int, name: str) -> list[int]:
    """Return one number for each axis; a single one stands for all."""
    values = [int(given)] * n if np.ndim(given) == 0 else [int(v) for v in given]  # type: ignore
    if len(values) != n:
        raise ValueError(f"{name} must be one number, or one for each of {n} axes; got {given}.")
    return values
