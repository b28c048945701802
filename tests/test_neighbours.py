"""sktime's own suite, and the code of other libraries in the docs, where they are installed.

``.ci/neighbours`` installs them.
"""

import re
import sys
from pathlib import Path
from typing import Any

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


#: What a reader of the docs has imported, by the library that a block is of.
IMPORTS = {
    "reservoirpy": "from reservoirpy.nodes import Reservoir, Ridge",
    "PyRCN": "from pyrcn.echo_state_network import ESNRegressor\n"
    "from pyrcn.linear_model import IncrementalRegression",
    "statsforecast": "from statsforecast import StatsForecast\n"
    "from statsforecast.models import AutoETS",
    "sktime": "from sktime.forecasting.naive import NaiveForecaster",
}


def both_sides() -> tuple[dict[str, str], str]:
    """Return the code of each library on the page of those who come from it, and ours."""
    page = (Path(__file__).parents[1] / "docs" / "coming_from.rst").read_text()
    blocks = re.findall(r"code-block:: (py|python)\n\n((?:   .*\n|\n)+)", page)
    plain = [(kind, re.sub(r"^   ", "", code, flags=re.MULTILINE)) for kind, code in blocks]
    theirs = {re.match(r"# (\w+)", code)[1]: code for kind, code in plain if kind == "py"}
    return theirs, "\n".join(code for kind, code in plain if kind == "python")


def test_every_library_of_the_page_is_tried():
    assert set(both_sides()[0]) == set(IMPORTS)


@pytest.mark.parametrize("library", list(IMPORTS))
@pytest.mark.filterwarnings("ignore")
def test_the_same_model_in_another_library(library):
    pytest.importorskip(library.lower())
    theirs, ours = both_sides()
    names: dict[str, Any] = {}
    exec(ours, names)
    before = {**names}
    exec(f"{IMPORTS[library]}\n{theirs[library]}", names)
    if library == "statsforecast":
        assert list(names["answer"].ds) == list(before["answer"].ds)
        assert list(names["answer"].unique_id) == list(before["answer"].unique_id)
    elif library == "sktime":
        np.testing.assert_allclose(names["again"], before["rule"])
        assert list(names["again"].index) == list(before["rule"].index)
    else:
        truth = before["x"][1501:, 0]
        errors = [np.std(np.ravel(found["y_pred"]) - truth) for found in (before, names)]
        assert errors[0] < 2 * errors[1] < 0.2 * truth.std()
