"""sktime's own suite, where sktime is installed: ``.ci/neighbours``."""

import sys

import numpy as np
import pandas as pd
import pytest

from reservoir import ESNForecaster
from reservoir.baselines import Theta


@pytest.mark.filterwarnings("ignore")
def test_sktimes_own_suite():
    pytest.importorskip("sktime")
    from sktime.utils.estimator_checks import check_estimator

    from reservoir.neighbours import SktimeForecaster

    found = check_estimator(SktimeForecaster, raise_exceptions=True, verbose=False)
    assert len(found) > 100


@pytest.mark.filterwarnings("ignore")
def test_a_forecast_is_the_forecasters_own():
    pytest.importorskip("sktime")
    from reservoir.neighbours import SktimeForecaster

    t = np.arange(130)
    y = pd.Series(np.sin(t * 0.3), pd.period_range("2000-01", periods=130, freq="M"))
    X = pd.DataFrame({"calendar": np.cos(t * 0.1)}, y.index)
    model = SktimeForecaster(ESNForecaster(random_state=0)).fit(y[:120], X=X[:120])
    plain = ESNForecaster(random_state=0).fit(y[:120].to_numpy(), exog=X[:120].to_numpy())
    found = model.predict(fh=[1, 5, 10], X=X[120:])
    np.testing.assert_allclose(
        found.to_numpy().ravel(),
        np.ravel(plain.forecast(10, exog=X[120:].to_numpy()))[[0, 4, 9]],
    )
    assert list(found.index) == [y.index[120], y.index[124], y.index[129]]
    rule = SktimeForecaster(Theta(12)).fit(y[:120]).predict(fh=[2])
    assert rule.iloc[0] == pytest.approx(Theta(12).fit(y[:120].to_numpy()).forecast(2)[1])


def test_without_sktime_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sktime.forecasting.base", None)
    monkeypatch.delitem(sys.modules, "reservoir.neighbours", raising=False)
    with pytest.raises(ImportError, match=r"pip install .reservoir-learn\[sktime\]"):
        import reservoir.neighbours  # noqa: F401
