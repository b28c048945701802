"""Errors of forecasts, as the field reports them."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from .checks import POSITIVE, checked, numbers_of


def _check_pair(y_true: Any, y_pred: Any, ndim: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    any_shape = {"ensure_2d": False, "allow_nd": True}
    y_true = numbers_of(y_true, "y_true", **any_shape)
    y_pred = numbers_of(y_pred, "y_pred", ensure_all_finite=False, **any_shape)
    if y_true.shape != y_pred.shape or y_true.ndim not in ndim:
        raise ValueError(
            f"y_true and y_pred must have one shape, of {' or '.join(map(str, ndim))} dimensions; "
            f"got {y_true.shape} and {y_pred.shape}."
        )
    return y_true, y_pred


def nmse(y_true: Any, y_pred: Any) -> float:
    r"""Normalised mean square error, averaged over outputs.

    .. math:: \langle (\hat y - y)^2 \rangle / \operatorname{var}(y)

    0 is perfect, 1 is what the mean of `y_true` would do. Papers report it and its root, `nrmse`,
    under either name.

    Parameters, errors and source are those of `nrmse`.

    Examples
    --------
    >>> from reservoir.metrics import nmse
    >>> round(nmse([1.0, 2.0, 3.0], [1.5, 2.0, 2.5]), 9)
    0.25
    """
    return float(_normalised_squares(y_true, y_pred).mean())


def _normalised_squares(y_true: Any, y_pred: Any) -> np.ndarray:
    """Mean square error over variance, per output."""
    y_true, y_pred = _check_pair(y_true, y_pred, (1, 2))
    variance = y_true.var(axis=0)
    if not np.all(variance > 0):
        raise ValueError(
            "y_true must vary in every output; a constant one has no spread to divide by."
        )
    return np.asarray(np.square(y_pred - y_true).mean(axis=0) / variance)


def nrmse(y_true: Any, y_pred: Any) -> float:
    r"""Normalised root-mean-square error, averaged over outputs.

    .. math:: \sqrt{\langle (\hat y - y)^2 \rangle / \operatorname{var}(y)}

    0 is perfect, 1 is what the mean of `y_true` would do.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (T,) or (T, d)

    Returns
    -------
    error : float
        NaN where `y_pred` holds NaN.

    Raises
    ------
    ValueError
        If the shapes differ, or an output of `y_true` is constant.

    References
    ----------
    Lukoševičius (2012), A practical guide to applying echo state networks, equation 1.

    Examples
    --------
    >>> from reservoir.metrics import nrmse
    >>> nrmse([1.0, 2.0, 3.0], [2.0, 2.0, 2.0])
    1.0
    """
    return float(np.sqrt(_normalised_squares(y_true, y_pred)).mean())


def smape(y_true: Any, y_pred: Any) -> float:
    r"""Symmetric mean absolute percentage error, over all steps and outputs.

    .. math:: 200 \left\langle \frac{|\hat y - y|}{|\hat y| + |y|} \right\rangle

    From 0 to 200, whatever the units; noisy where a series crosses zero.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (T,) or (T, d)

    Returns
    -------
    error : float
        In per cent. Where both are zero there is no error; NaN where `y_pred` holds NaN.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    Gilpin (2021), Chaos as an interpretable benchmark for forecasting and data-driven modelling,
    NeurIPS Datasets and Benchmarks; Makridakis (1993), Accuracy measures.

    Examples
    --------
    >>> from reservoir.metrics import smape
    >>> round(smape([1.0, 2.0], [1.0, 3.0]), 6)
    20.0
    """
    y_true, y_pred = _check_pair(y_true, y_pred, (1, 2))
    size = np.abs(y_true) + np.abs(y_pred)
    return float(200.0 * (np.abs(y_pred - y_true) / np.where(size == 0.0, 1.0, size)).mean())


@checked(
    threshold=[POSITIVE], scale=[Real, "array-like", None], dt=[POSITIVE],
    lyapunov_exponent=[POSITIVE],
)  # fmt: skip
def valid_prediction_time(
    y_true: Any,
    y_pred: Any,
    *,
    threshold: float = 0.4,
    scale: Any = None,
    dt: float = 1.0,
    lyapunov_exponent: float = 1.0,
) -> Any:
    r"""Time until a forecast leaves the truth: the first step where the error passes a threshold.

    .. math:: e_t = \sqrt{\tfrac 1 d \sum_i (\hat y_{t,i} - y_{t,i})^2 / s_i^2}

    Parameters
    ----------
    y_true, y_pred : array-like of shape (T, d) or (K, T, d)
        One trajectory, or a batch of them.
    threshold : float, default=0.4
    scale : float or array-like of shape (d,), optional
        s, best the standard deviations of the training data; those of `y_true` where not given.
    dt : float, default=1.0
        Duration of a step.
    lyapunov_exponent : float, default=1.0
        The largest one, per unit of time, for an answer in Lyapunov times.

    Returns
    -------
    time : float or ndarray of shape (K,)
        ``dt * lyapunov_exponent`` times the number of steps before the first error above
        `threshold`; a step that is NaN is above.

    Raises
    ------
    ValueError
        If the shapes differ, or `scale` or `threshold` is not above zero.

    References
    ----------
    Platt et al. (2022), A systematic exploration of reservoir computing for forecasting complex
    spatiotemporal dynamics, Neural Networks 153.

    Examples
    --------
    >>> from reservoir.metrics import valid_prediction_time
    >>> truth = [[0.0], [1.0], [0.0], [1.0]]
    >>> valid_prediction_time(truth, [[0.0], [1.0], [0.9], [1.0]], dt=0.1)
    0.2
    """
    y_true, y_pred = _check_pair(y_true, y_pred, (2, 3))
    axes = tuple(range(y_true.ndim - 1))
    scale = y_true.std(axis=axes) if scale is None else np.asarray(scale, dtype=float)
    if not (np.all(scale > 0) and np.isfinite(scale).all()):
        raise ValueError(f"scale must be > 0 in every coordinate; got {scale}.")
    error = np.sqrt(np.square((y_pred - y_true) / scale).mean(axis=-1))
    wrong = ~(error <= threshold)  # NaN is wrong
    ended = np.concatenate([wrong, np.ones_like(wrong[..., :1])], axis=-1)
    time = ended.argmax(axis=-1) * dt * lyapunov_exponent
    return time if time.ndim else float(time)
