"""The reservoir that an estimator is or holds, and what it is driven by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from ..dynamics import Rule, Sink, StatesSink, Whole, run
from ..reservoirs import BaseReservoir
from ..seeds import rng_of
from ..sequences import check_sequences

#: Steps of a random input where none is given.
N_STEPS = 10_000


@dataclass(frozen=True)
class Driven:
    """A fitted reservoir, its rule, and the series that drive it.

    Parameters
    ----------
    reservoir : BaseReservoir
    items : list of (T_k, d) arrays
    """

    reservoir: BaseReservoir
    items: list[np.ndarray]

    @property
    def rule(self) -> Rule:
        """The reservoir's rule."""
        return self.reservoir.update_

    def states(self) -> list[np.ndarray]:
        """Return all that is seen, (T_k, n_seen) each, from the initial state on."""
        sink = StatesSink(map(len, self.items), self.rule.n_seen, self.rule.dtype)
        self.run(sink)
        return sink.arrays

    def run(self, sink: Sink | None = None, start: np.ndarray | None = None) -> np.ndarray:
        """Hand what is seen to a sink, and return the end states (n_state, K)."""
        initial = self.rule.initial_state(len(self.items)) if start is None else start
        return run(self.rule, self.items, initial, sink)


def parts_of(estimator: Any) -> list[Any]:
    """Return an estimator, and what it holds, down to its reservoir.

    Raises
    ------
    TypeError
        If there is none that goes step by step.
    """
    chain, part = [estimator], estimator
    while not isinstance(part, BaseReservoir):
        if isinstance(part, Pipeline):
            found = [step for _, step in part.steps if _holds(step)]
            inner = found[0] if found else None
        else:
            names = ("best_estimator_", "network_", "reservoir_", "update_")
            inner = next((getattr(part, n) for n in names if getattr(part, n, None)), None)
        if inner is None:
            raise TypeError(
                f"{type(estimator).__name__} holds no reservoir that goes step by step. Give a "
                "reservoir, an estimator that holds one, or a pipeline with one in it."
            )
        part = inner
        chain.append(part)
    return chain


def _holds(step: Any) -> bool:
    return isinstance(step, BaseReservoir) or hasattr(step, "network_")


def reservoir_of(estimator: Any) -> BaseReservoir:
    """Return the fitted reservoir that an estimator is or holds.

    Parameters
    ----------
    estimator : reservoir, network, pipeline or search
        Fitted.

    Returns
    -------
    reservoir : BaseReservoir

    Raises
    ------
    TypeError
        If it holds none that goes step by step.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from reservoir import Reservoir, RidgeReadout
    >>> from reservoir.diagnostics.driven import reservoir_of
    >>> X, y = np.ones((9, 1)), np.ones(9)
    >>> reservoir_of(make_pipeline(Reservoir(5), RidgeReadout()).fit(X, y)).n_units
    5
    """
    check_is_fitted(estimator)
    found: BaseReservoir = parts_of(estimator)[-1]
    check_is_fitted(found)
    return found


def weights_of(estimator: Any) -> Any:
    """Return the recurrent weights of the fitted reservoir that an estimator is or holds.

    Parameters
    ----------
    estimator : reservoir, network, pipeline or search
        Fitted.

    Returns
    -------
    W : ndarray or sparse array of shape (N, N)

    Raises
    ------
    TypeError
        If its reservoir has no one matrix.
    """
    part = reservoir_of(estimator)
    while not hasattr(part, "W_"):
        inner = getattr(part, "reservoir_", None)
        if inner is None:
            raise TypeError(f"{type(part).__name__} has no recurrent weights W_ of its own.")
        part = inner
    return part.W_


def driven(
    estimator: Any, X: Any = None, *, exog: Any = None, n_steps: int = N_STEPS,
    random_state: Any = 0,
) -> Driven:  # fmt: skip
    """Return the reservoir of an estimator, driven by data as that estimator's are.

    Parameters
    ----------
    estimator : reservoir, network, pipeline or search
        A reservoir may be unfitted: it is drawn for the width of `X`, or for one input.
    X : as in ``fit``, optional
        In the units of the estimator: a forecaster scales it for its reservoir. Where None,
        independent numbers, uniform in -1 … 1, are given to the reservoir itself.
    exog : as in ``fit``, optional
        Of a forecaster that was fitted on some.
    n_steps : int
        Of the random input.
    random_state : int, RandomState, Generator or None, default=0
        Of the random input.
    """
    rng = rng_of(random_state)
    if isinstance(estimator, BaseReservoir) and not _is_fitted(estimator):
        X = rng.uniform(-1.0, 1.0, (n_steps, 1)) if X is None else X
        estimator = clone(estimator)  # saturation is looked at here, and not told
        estimator.prepare(check_sequences(estimator, X, reset=True))
    reservoir = reservoir_of(estimator)
    if X is None:
        width = reservoir.update_.n_features
        made = Driven(reservoir, [rng.uniform(-1.0, 1.0, (n_steps, width))])
    else:
        made = Driven(reservoir, _fed(parts_of(estimator), X, exog))
    if isinstance(made.rule, Whole):
        raise TypeError(
            f"{type(reservoir).__name__} reads whole sequences: there are no steps to look at."
        )
    return made


def _fed(chain: list[Any], X: Any, exog: Any) -> list[np.ndarray]:
    """Return what the last of the chain is fed where the first is given `X`."""
    for part, inner in zip(chain[:-1], chain[1:], strict=True):
        if hasattr(part, "network_inputs"):
            return list(part.network_inputs(X, **({} if exog is None else {"exog": exog})))
        if isinstance(part, Pipeline):
            for _, step in part.steps:
                if step is inner:
                    break
                X = X if step in (None, "passthrough") else step.transform(X)
    return check_sequences(chain[-1], X, reset=False).items


def _is_fitted(estimator: Any) -> bool:
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True
