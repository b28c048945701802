"""Calls that happen as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from .progress import telling

Method = TypeVar("Method", bound=Callable[..., Any])


def all_or_nothing(method: Method) -> Method:
    """Make a method of an estimator leave it as it was where it is refused or interrupted.

    Where the estimator is ``verbose``, long runs within tell of their steps.

    What is fitted is set, and never filled in place, so that its attributes are all there is to
    restore.

    Examples
    --------
    >>> from reservoir.atomic import all_or_nothing
    >>> class Half:
    ...     @all_or_nothing
    ...     def fit(self):
    ...         self.begun_ = True
    ...         raise ValueError("no")
    >>> half = Half()
    >>> try:
    ...     half.fit()
    ... except ValueError:
    ...     vars(half)
    {}
    """

    @wraps(method)
    def whole(self: Any, *args: Any, **options: Any) -> Any:
        before = vars(self).copy()
        try:
            with telling(getattr(self, "verbose", 0)):
                return method(self, *args, **options)
        except BaseException:  # an interrupt, too
            vars(self).clear()
            vars(self).update(before)
            raise

    return whole  # type: ignore[return-value]
