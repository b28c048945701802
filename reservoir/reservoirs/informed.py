"""`InformedReservoir`: what a model makes of the inputs goes in beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.utils._param_validation import HasMethods

from ..dynamics import Informed
from ..seeds import SEED, rng_of
from ..sequences import Sequences
from .base import BaseReservoir, prepared, rule_of, seeded
from .leaky import Reservoir


class InformedReservoir(BaseReservoir):
    r"""Feeds a reservoir what a model makes of the inputs too, and shows it to the readout.

    .. math:: x_t = F(x_{t-1}, [u_t; g(u_t)]), \qquad s_t = [x_t; g(u_t)]

    A model that is wrong in part, of the next step say, is corrected by what the reservoir adds:
    ``ESNForecaster(model=...)`` puts it into the loop, in the data's own units.

    Parameters
    ----------
    model : callable
        g, of rows (n, d) to rows (n, m); of each row by itself.
    reservoir : reservoir, default=None
        ``Reservoir()`` where None.
    n_given : int, default=None
        How many of the features the model is given, the first ones; all where None.
    random_state : int, RandomState, Generator or None, default=None
        Seeds a reservoir that has no ``random_state`` of its own.

    Attributes
    ----------
    reservoir_ : reservoir
    update_ : Informed
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (`n_features_in_`,)

    References
    ----------
    Pathak, Wikner, Fussell, Chandra, Hunt, Girvan & Ott (2018), Hybrid forecasting of chaotic
    processes: using machine learning in conjunction with a knowledge-based model, Chaos 28.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import InformedReservoir, Reservoir
    >>> u = np.sin(np.arange(200) / 5).reshape(-1, 1)
    >>> InformedReservoir(np.square, Reservoir(50)).fit_transform(u).shape
    (200, 51)
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "model": [callable],
        "reservoir": [HasMethods(["fit", "transform", "initial_state"]), None],
        "n_given": [int, None],
        "random_state": SEED,
    }

    def __init__(
        self,
        model: Callable[[np.ndarray], np.ndarray],
        reservoir: Any = None,
        *,
        n_given: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.model = model
        self.reservoir = reservoir
        self.n_given = n_given
        self.random_state = random_state

    def make_rule(self, sequences: Sequences, streams: list[np.random.Generator]) -> Informed:
        """Draw the reservoir for the inputs and the guesses."""
        d = self.n_features_in_
        n_given = d if self.n_given is None else int(self.n_given)
        if not 1 <= n_given <= d:
            raise ValueError(f"n_given must be from 1 to {d}; got {n_given}.")
        guesses = []
        for item in sequences.items:
            guess = np.asarray(self.model(item[:, :n_given]), dtype=sequences.dtype)
            if guess.ndim != 2 or len(guess) != len(item):
                raise ValueError(
                    f"model must give a row (m,) for each of {len(item)} rows; got an array of "
                    f"shape {guess.shape}."
                )
            if not np.isfinite(guess).all():
                raise ValueError("model must give finite numbers; got NaN or infinity.")
            guesses.append(guess)
        pairs = zip(sequences.items, guesses, strict=True)
        whole = Sequences(sequences.form, [np.hstack(pair) for pair in pairs])
        rng = rng_of(int(streams[0].integers(2**31)))
        inner = prepared(seeded(self.reservoir, Reservoir, rng), whole)
        rule = rule_of(inner, whole)
        self.reservoir_ = inner
        return Informed(rule, self.model, d, n_given, guesses[0].shape[1])

    def training_noise(self) -> Any:
        """Return the noise of the reservoir within."""
        return self.reservoir_.training_noise()
