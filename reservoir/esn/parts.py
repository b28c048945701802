"""Parts that are None until they are set: a default can be looked into, set and searched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class DefaultParts:
    """Lets ``get_params`` and ``set_params`` reach into the parts that None stands for.

    ``ESNForecaster().set_params(readout__alpha=1.0)`` puts the default readout in its place and
    sets its alpha, as it would with one that was given.
    """

    def _defaults(self) -> dict[str, Callable[[], Any]]:
        """Return what makes each part that may be None."""
        raise NotImplementedError

    def part(self, name: str) -> Any:
        """Return a part, or a new one of what None stands for."""
        given = getattr(self, name)
        return self._defaults()[name]() if given is None else given

    def _sk_visual_block_(self) -> Any:
        """Return what a notebook shows: the parts, those that None stands for too."""
        try:
            from sklearn.utils._repr_html.estimator import _VisualBlock
        except ImportError:  # scikit-learn 1.6
            from sklearn.utils._estimator_html_repr import _VisualBlock
        names = [*self._defaults()]
        names += [
            name for name, value in self.get_params(deep=False).items()
            if name not in names and hasattr(value, "get_params") and hasattr(value, "fit")
        ]  # fmt: skip
        parts = [self.part(name) if name in self._defaults() else getattr(self, name)
                 for name in names]  # fmt: skip
        return _VisualBlock(
            "parallel", parts,
            names=[f"{n}: {type(part).__name__}" for n, part in zip(names, parts, strict=True)],
            name_details=[str(part) for part in parts],
        )  # fmt: skip

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, with those of the default parts."""
        found = super().get_params(deep=deep)  # type: ignore[misc]
        for name in self._defaults() if deep else ():
            if found.get(name, 0) is None:
                inner = self.part(name).get_params(deep=True)
                found.update({f"{name}__{key}": value for key, value in inner.items()})
        return found

    def set_params(self, **params: Any) -> Any:
        """Set parameters; those of a default part put it in its place."""
        for name in self._defaults():
            inside = any(key.startswith(f"{name}__") for key in params)
            if inside and getattr(self, name) is None and params.get(name) is None:
                setattr(self, name, self.part(name))
                params.pop(name, None)
        return super().set_params(**params)  # type: ignore[misc]
