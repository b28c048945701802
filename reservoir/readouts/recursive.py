"""`RecursiveRidgeReadout`: a ridge readout that follows step by step."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import Any, Self

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from ..ridge import RecursiveFactor, Spectrum
from .linear import LinearReadout

#: The least and greatest alpha of the evidence, as shares of the greatest eigenvalue: the rows are
#: few, and more will come.
SHARES = (1e-9, 1.0)


def first_alpha(spectrum: Spectrum) -> float:
    """Return the alpha of the first rows that is kept for all that come; 1e-3 where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.readouts.recursive import first_alpha
    >>> from reservoir.ridge import RidgeFactor
    >>> x = np.random.default_rng(0).standard_normal((100, 3))
    >>> exact, noise = x[:, :1], np.random.default_rng(1).standard_normal((100, 1))
    >>> [first_alpha(RidgeFactor(3, 1).updated(x, y).spectrum()) > 1 for y in (exact, noise)]
    [False, True]
    """
    top = float(np.max(spectrum.values, initial=0.0)) ** 2
    if not top:
        return 1e-3
    least, most = (share * top for share in SHARES)
    return float(np.clip(spectrum.evidence_alpha(together=True)[0], least, most))


class RecursiveRidgeReadout(LinearReadout):
    """Ridge readout that follows step by step: recursive least squares in square-root form.

    After `fit` or the first `partial_fit`, every further step costs O(N²), the solution included,
    where `RidgeReadout` solves anew, O(N³). It is what
    `ESNRegressor.predict_then_update` adapts with. The intercept is always fitted.

    Parameters
    ----------
    alpha : float or "evidence", default="evidence"
        Penalty > 0, absolute; it is held between 0.6 and 1 times that while data are forgotten.
        "evidence": the one that makes the data of `fit`, or of the first `partial_fit`, most
        likely, one for all outputs; give it some fifty rows, or an alpha of your own.
    washout : int or "auto", default="auto"
        As in `RidgeReadout`.
    forgetting : float, default=0.999
        Factor λ in (0, 1] by which a step counts less for every step after it: 1 / (1 - λ) steps
        count.

    Attributes
    ----------
    alpha_ : float
        The penalty that is used.
    coef_, intercept_, n_features_in_, n_steps_seen_, feature_names_in_
        As in `RidgeReadout`.
    statistics_ : RecursiveFactor
        Positive definite by form, where the textbook's covariance matrix grows beyond bounds.

    References
    ----------
    Sayed (2003), Fundamentals of adaptive filtering, chapter 12; Jaeger (2002), Adaptive nonlinear
    system identification with echo state networks.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import RecursiveRidgeReadout
    >>> x = np.random.default_rng(0).standard_normal((300, 2))
    >>> readout = RecursiveRidgeReadout(forgetting=0.9).fit(x[:200], x[:200, 0])
    >>> readout.partial_fit(x[200:], -x[200:, 0]).coef_.round(2)
    array([-1.,  0.])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "alpha": [Interval(Real, 0, None, closed="neither"), StrOptions({"evidence"})],
        "washout": LinearReadout._parameter_constraints["washout"],
        "forgetting": LinearReadout._parameter_constraints["forgetting"],
    }
    fit_intercept = True
    solver = "qr"

    def __init__(
        self,
        alpha: float | str = "evidence",
        *,
        washout: int | str = "auto",
        forgetting: float = 0.999,
    ) -> None:
        self.alpha = alpha
        self.washout = washout
        self.forgetting = forgetting

    def _choose_alpha(self, statistics: Any, total: Any, at_hand: Any) -> tuple[Any, Any]:
        return statistics.alpha, None

    def _solution(self, total: Any) -> tuple[np.ndarray, np.ndarray]:
        return total.solve()

    def _solved(
        self, statistics: Any, squeeze: bool, *, at_hand: Any = None, solve: Any = None
    ) -> Self:
        if not isinstance(statistics, RecursiveFactor):
            given = None if isinstance(self.alpha, str) else self.alpha
            alpha = first_alpha(statistics.spectrum()) if given is None else given
            statistics = RecursiveFactor(statistics, alpha).frozen()
        elif self.alpha not in ("evidence", statistics.alpha):
            raise ValueError(
                f"alpha={self.alpha} cannot be told from alpha={statistics.alpha} in the factor: "
                "fit anew."
            )
        return super()._solved(statistics, squeeze)

    def path(self, alphas: Iterable[Any]) -> list[Self]:
        """Refuse: alpha is in the factor."""
        raise TypeError("alpha_path needs a RidgeReadout: alpha is in the recursive factor.")

    def std(self, seen: np.ndarray) -> np.ndarray:
        """Refuse: the factor holds the penalty too."""
        raise TypeError("return_std needs a RidgeReadout or RidgeReadoutCV.")
