"""Tasks of the field: a channel to be equalised, bits to be remembered, symbols to be counted."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from ..checks import COUNT, COUNT_OR_ZERO, checked
from ..seeds import SEED, rng_of

#: What is sent over the channel.
SYMBOLS = np.array([-3.0, -1.0, 1.0, 3.0])
#: Weights of symbols that many steps ahead.
TAPS = {2: 0.08, 1: -0.12, 0: 1.0, -1: 0.18, -2: -0.1, -3: 0.09, -4: -0.05, -5: 0.04, -6: 0.03,
        -7: 0.01}  # fmt: skip


@checked(n_steps=[COUNT], decibels=[Real, None], delay=[COUNT_OR_ZERO], random_state=SEED)
def channel_equalisation(
    n_steps: int, *, decibels: float | None = 28.0, delay: int = 2, random_state: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    r"""Nonlinear channel: what was sent, from what comes through?

    .. math:: u_t = q_t + 0.036 q_t^2 - 0.011 q_t^3 + \nu_t, \qquad
        q_t = 0.08 d_{t+2} - 0.12 d_{t+1} + d_t + 0.18 d_{t-1} - 0.1 d_{t-2} + 0.09 d_{t-3}
        - 0.05 d_{t-4} + 0.04 d_{t-5} + 0.03 d_{t-6} + 0.01 d_{t-7}

    Parameters
    ----------
    n_steps : int
        Number of steps T.
    decibels : float or None, default=28.0
        Ratio of signal to noise; None for no noise.
    delay : int, default=2
        The symbol that is asked for was sent that many steps before.
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    u : ndarray of shape (n_steps, 1)
        What arrives.
    y : ndarray of shape (n_steps,)
        The symbols, of -3, -1, 1 and 3.

    References
    ----------
    Mathews & Lee (1994), Adaptive algorithms for bilinear filtering; Jaeger & Haas (2004),
    Harnessing nonlinearity, Science 304.

    Examples
    --------
    >>> from reservoir.datasets import channel_equalisation
    >>> u, y = channel_equalisation(1000, random_state=0)
    >>> u.shape, sorted(set(y.tolist()))
    ((1000, 1), [-3.0, -1.0, 1.0, 3.0])
    """
    rng, margin = rng_of(random_state), 10 + delay
    sent = rng.choice(SYMBOLS, n_steps + 2 * margin)
    at = np.arange(margin, margin + n_steps)
    linear = np.sum([tap * sent[at + shift] for shift, tap in TAPS.items()], axis=0)
    arrived = linear + 0.036 * linear**2 - 0.011 * linear**3
    if decibels is not None:
        arrived = arrived + rng.standard_normal(n_steps) * arrived.std() * 10 ** (-decibels / 20)
    return arrived.reshape(-1, 1), sent[at - delay]


@checked(n_wait=[COUNT_OR_ZERO], n_bits=[COUNT])
def bit_memory(n_wait: int = 200, *, n_bits: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Five-bit memory: bits are shown, a long time passes, and they are asked for again.

    All ``2 ** n_bits`` patterns. A bit lights one of two inputs; a third is on while nothing is
    asked, and a fourth for one step, the cue. After it the two outputs repeat the bits, and a third
    output is on in all steps before.

    Parameters
    ----------
    n_wait : int, default=200
        Steps between the last bit and the cue.
    n_bits : int, default=5

    Returns
    -------
    u : ndarray of shape (2 ** n_bits, 2 * n_bits + n_wait + 1, 4)
        A panel of sequences.
    y : ndarray of shape (2 ** n_bits, 2 * n_bits + n_wait + 1, 3)

    References
    ----------
    Hochreiter & Schmidhuber (1997), Long short-term memory, Neural Computation 9; Jaeger (2012),
    Long short-term memory in echo state networks, Jacobs University technical report 27.

    Examples
    --------
    >>> from reservoir.datasets import bit_memory
    >>> u, y = bit_memory(20)
    >>> u.shape, y.shape
    ((32, 31, 4), (32, 31, 3))
    """
    patterns = (np.arange(2**n_bits)[:, None] >> np.arange(n_bits)) & 1
    lit = np.stack([patterns, 1 - patterns], axis=2).astype(float)  # (patterns, bits, 2)
    cue = n_bits + n_wait
    n_steps = cue + 1 + n_bits
    u, y = np.zeros((len(lit), n_steps, 4)), np.zeros((len(lit), n_steps, 3))
    u[:, :n_bits, :2] = lit
    u[:, n_bits:, 2] = 1.0
    u[:, cue, 2], u[:, cue, 3] = 0.0, 1.0
    y[:, : cue + 1, 2] = 1.0
    y[:, cue + 1 :, :2] = lit
    return u, y


@checked(n_words=[COUNT], longest=[COUNT], random_state=SEED)
def anbn(
    n_words: int, *, longest: int = 8, random_state: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Words of the language aⁿbⁿ one after the other: which symbol is next?

    From the first b on it can be told by who has counted: as many b as there were a, and then the a
    of the next word.

    Parameters
    ----------
    n_words : int
    longest : int, default=8
        Each n is drawn from 1 … longest.
    random_state : int, RandomState, Generator or None, default=None

    Returns
    -------
    u : ndarray of shape (T, 2)
        The symbols, one-hot: a, b.
    y : ndarray of shape (T, 2)
        Those that follow.

    References
    ----------
    Rodriguez (2001), Simple recurrent networks learn context-free and context-sensitive languages
    by counting, Neural Computation 13.

    Examples
    --------
    >>> from reservoir.datasets import anbn
    >>> u, y = anbn(3, longest=2, random_state=0)
    >>> "".join("ab"[k] for k in u.argmax(axis=1))
    'abaabbaabb'
    """
    counts = rng_of(random_state).randint(1, longest + 1, n_words)
    symbols = np.concatenate([np.repeat([0, 1], count) for count in counts])
    shown = np.eye(2)[symbols]
    return shown, np.concatenate([shown[1:], [[1.0, 0.0]]])
