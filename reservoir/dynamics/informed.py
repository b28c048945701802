"""A model of what is to come beside a rule: its guess is a further input, and is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .rule import Around, Stepper, put
from .tangent import Linearised, by_differences


@dataclass(frozen=True)
class Informed(Around):
    """A rule whose input is ``[u; g(u)]``, and beside which g(u) is seen.

    Parameters
    ----------
    rule : Rule
        Of n_features + n_guessed inputs.
    guess : callable
        g, of rows (n, n_given) to rows (n, n_guessed).
    n_features, n_given, n_guessed : int
        Inputs, of which the first `n_given` are given to the model, and what it gives.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics import LeakyUpdate
    >>> from reservoir.dynamics.informed import Informed
    >>> sums = LeakyUpdate.of(np.zeros((1, 1)), np.ones((1, 2)), np.zeros(1), activation="identity")
    >>> informed = Informed(sums, np.square, n_features=1, n_given=1, n_guessed=1)
    >>> informed.advance(np.zeros((1, 1)), np.full((1, 1, 1), 3.0))[0].ravel()
    array([12.,  9.])
    """

    guess: Callable[[np.ndarray], np.ndarray]
    n_features: int
    n_given: int
    n_guessed: int

    @property
    def n_state(self) -> int:  # type: ignore[override]
        """The rule's state."""
        return self.rule.n_state

    @property
    def n_seen(self) -> int:  # type: ignore[override]
        """What the rule shows, and the guess."""
        return self.rule.n_seen + self.n_guessed

    def initial_state(self, n_columns: int = 1) -> np.ndarray:
        """Return the rule's initial state."""
        return self.rule.initial_state(n_columns)

    def extremes(self) -> np.ndarray:
        """Return the rule's extremes."""
        return self.rule.extremes()

    def stepper(self, state: np.ndarray) -> Stepper:
        """Return a batch that starts at `state`."""
        return _InformedStepper(self, state)

    def linearised(self, state: np.ndarray, u: np.ndarray) -> Linearised:
        """Return the step and its derivative; that of the model by central differences."""
        guess = self.guessed(u[:, None])[:, 0]
        pushed = by_differences(self.guessed, u)
        inner = self.rule.linearised(state, np.concatenate([u, guess]))

        def push(dx: np.ndarray, du: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            dguess = pushed(du)
            dstate, dseen = inner.push(dx, np.concatenate([du, dguess]))
            return dstate, np.concatenate([dseen, dguess])

        return Linearised(inner.state, np.concatenate([inner.seen, guess]), push)

    def guessed(self, inputs: np.ndarray) -> np.ndarray:
        """Return the guesses (m, n) of inputs (d, n).

        Raises
        ------
        ValueError
            If the model gives another shape.
        """
        with np.errstate(all="ignore"):  # a free run that has diverged asks anything
            answer = np.asarray(self.guess(inputs[: self.n_given].T), dtype=float)
        wanted = (inputs.shape[1], self.n_guessed)
        if answer.shape != wanted:
            raise ValueError(
                f"model must give rows of shape {wanted} for as many rows; got {answer.shape}."
            )
        return answer.T


class _InformedStepper(Stepper):
    """A batch whose inputs a model has looked at."""

    def __init__(self, informed: Informed, state: np.ndarray) -> None:
        self._informed, self._inner = informed, informed.rule.stepper(state)
        self.input = self._inner.input[: informed.n_features]
        self._guess = self._inner.input[informed.n_features :]
        self._asked: np.ndarray | None = None

    def _ask(self) -> None:
        """Ask the model, once for an input."""
        if self._asked is None or not np.array_equal(self._asked, self.input, equal_nan=True):
            self._guess[...] = self._informed.guessed(self.input)
            self._asked = self.input.copy()

    @property
    def state(self) -> np.ndarray:  # type: ignore[override]
        """The inner state."""
        return self._inner.state

    @property
    def seen(self) -> np.ndarray:  # type: ignore[override]
        """What the rule shows, and the guess."""
        self._ask()
        return np.concatenate([self._inner.seen, self._guess])

    def step(self, noise: np.ndarray | None = None) -> None:
        """Advance by the input and the guess."""
        self._ask()
        self._inner.step(noise)

    def walk(
        self,
        inputs: np.ndarray,
        out: np.ndarray | None,
        noise: np.ndarray | None = None,
        shift: np.ndarray | float = 0.0,
    ) -> None:
        """Advance by a block of inputs, of which the model is asked at once."""
        n_steps, d, n_columns = inputs.shape
        columns = inputs.transpose(1, 0, 2).reshape(d, -1)
        guess = self._informed.guessed(columns).reshape(-1, n_steps, n_columns)
        whole = np.concatenate([inputs, guess.transpose(1, 0, 2)], axis=1, dtype=inputs.dtype)
        n = self._informed.rule.n_seen
        if out is None:
            self._inner.walk(whole, None, noise)
        else:
            above = shift[:n] if isinstance(shift, np.ndarray) else shift
            self._inner.walk(whole, out[:n], noise, above)
            put(guess, out, slice(n, None), shift)
        self._asked = None
