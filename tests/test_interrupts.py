"""An interrupt at any line of the package leaves every estimator as it was."""

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

import reservoir
from reservoir import (
    NVAR,
    BidirectionalReservoir,
    BlockReservoir,
    DeepReservoir,
    Differences,
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    ESNSmoother,
    EulerReservoir,
    ExpandedReservoir,
    InformedReservoir,
    LiquidReservoir,
    LocalForecaster,
    MeanState,
    OutputModelSpace,
    PanelForecaster,
    ParallelReservoirs,
    PlasticReservoir,
    RecursiveRidgeReadout,
    Reservoir,
    ReservoirModelSpace,
    ResidualReservoir,
    RidgeReadout,
    RidgeReadoutClassifier,
    RidgeReadoutCV,
    SingleNodeReservoir,
    SpikingReservoir,
    StateSummary,
    StepwiseTransformer,
    StructuredReservoir,
)
from reservoir.baselines import DampedTrend, SeasonalNaive, Theta
from reservoir.model_selection import ForecastSearchCV

PACKAGE = str(Path(reservoir.__file__).parent)
N_POINTS = 5

rng = np.random.default_rng(0)
U = rng.uniform(-1, 1, (60, 2))
Y = np.cumsum(U, axis=0)[:, 0] / 5
LABELS = (Y > 0).astype(int)
PARTS = list(U.reshape(6, 10, 2))
KINDS = np.arange(6) % 2
MANY = np.cumsum(rng.standard_normal((40, 3)), axis=0) + 30

SMALL = Reservoir(8, random_state=0)
SHORT = RidgeReadout(washout=4)
SEARCH = ForecastSearchCV(
    ESNForecaster(SMALL, SHORT), {"readout__alpha": [1e-4, 1e-2], "random_state": [0]}, cv=2,
    members=[("naive", SeasonalNaive())],
)  # fmt: skip

#: What each estimator is fitted with, and every call that changes it afterwards.
CASES = {
    "Reservoir": (SMALL, (U,), ["fit"]),
    "BlockReservoir": (BlockReservoir(8, random_state=0), (U,), ["fit"]),
    "BidirectionalReservoir": (BidirectionalReservoir(SMALL), (PARTS,), ["fit"]),
    "ExpandedReservoir": (ExpandedReservoir(SMALL), (U,), ["fit"]),
    "DeepReservoir": (DeepReservoir([SMALL, Reservoir(5, random_state=0)]), (U,), ["fit"]),
    "ParallelReservoirs": (ParallelReservoirs([SMALL, NVAR(2)]), (U,), ["fit"]),
    "ResidualReservoir": (ResidualReservoir(8, random_state=0), (U,), ["fit"]),
    "EulerReservoir": (EulerReservoir(8, random_state=0), (U,), ["fit"]),
    "NVAR": (NVAR(2), (U,), ["fit"]),
    "Differences": (Differences(), (U,), ["fit"]),
    "InformedReservoir": (InformedReservoir(np.tanh, SMALL), (U,), ["fit"]),
    "PlasticReservoir": (PlasticReservoir(8, n_epochs=1, random_state=0), (U,), ["fit"]),
    "SingleNodeReservoir": (SingleNodeReservoir(8, random_state=0), (U,), ["fit"]),
    "StructuredReservoir": (StructuredReservoir(8, random_state=0), (U,), ["fit"]),
    "SpikingReservoir": (SpikingReservoir(8, random_state=0), (U,), ["fit"]),
    "LiquidReservoir": (LiquidReservoir(8, random_state=0), (U,), ["fit"]),
    "RidgeReadout": (SHORT, (U, Y), ["fit", "partial_fit"]),
    "RidgeReadoutCV": (RidgeReadoutCV(washout=4, cv=2), (U, Y), ["fit", "partial_fit"]),
    "RecursiveRidgeReadout": (RecursiveRidgeReadout(washout=4), (U, Y), ["fit", "partial_fit"]),
    "RidgeReadoutClassifier": (RidgeReadoutClassifier(), (U, LABELS), ["fit"]),
    "StepwiseTransformer": (StepwiseTransformer(), (U,), ["fit"]),
    "MeanState": (MeanState(), (PARTS,), ["fit"]),
    "StateSummary": (StateSummary(), (PARTS,), ["fit"]),
    "OutputModelSpace": (OutputModelSpace(), (PARTS,), ["fit"]),
    "ReservoirModelSpace": (ReservoirModelSpace(), (PARTS,), ["fit"]),
    "ESNRegressor": (
        ESNRegressor(SMALL, SHORT), (U, Y), ["fit", "partial_fit", "predict_then_update"],
    ),
    "ESNForecaster": (ESNForecaster(SMALL, SHORT), (U,), ["fit", "partial_fit"]),
    "ESNSmoother": (ESNSmoother(ESNForecaster(SMALL, SHORT)), (U,), ["fit"]),
    "LocalForecaster": (LocalForecaster(SMALL, SHORT), (U,), ["fit"]),
    "ESNClassifier": (ESNClassifier(SMALL), (PARTS, KINDS), ["fit"]),
    "ESNClassifier of steps": (ESNClassifier(SMALL), (U, LABELS), ["fit"]),
    "PanelForecaster": (PanelForecaster(4), (MANY,), ["fit", "partial_fit"]),
    "ForecastSearchCV": (SEARCH, (U,), ["fit", "refit_on"]),
    "SeasonalNaive": (SeasonalNaive(), (Y,), ["fit"]),
    "Theta": (Theta(), (Y,), ["fit"]),
    "DampedTrend": (DampedTrend(), (Y,), ["fit"]),
}  # fmt: skip


def interrupted(call, at):
    """Call, interrupted at the `at`-th line of the package; return the lines that were run.

    A call may end before it by some lines, as what is cached differs.
    """
    lines = 0

    def local(frame, event, arg):
        nonlocal lines
        if event == "line":
            lines += 1
            if lines == at:
                raise KeyboardInterrupt
        return local

    def trace(frame, event, arg):
        return local if frame.f_code.co_filename.startswith(PACKAGE) else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        assert at == lines
    finally:
        sys.settrace(before)
    return lines


def n_lines_of(fresh, method, data):
    """Return the lines of a call that has nothing to import any more."""
    getattr(fresh(), method)(*data)
    model = fresh()
    return interrupted(lambda: getattr(model, method)(*data), None)


def points(n_lines):
    """Return lines to interrupt at: some at random, and the last ones, where results are set."""
    drawn = np.random.default_rng(n_lines).integers(1, n_lines + 1, N_POINTS)
    return sorted({*drawn.tolist(), *range(max(1, n_lines - 2), n_lines + 1)})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_an_interrupt_at_any_line_leaves_an_estimator_as_it_was(name):
    estimator, data, methods = CASES[name]
    fitted = clone(estimator).fit(*data)
    for method, start in [("fit", clone(estimator)), *((method, fitted) for method in methods)]:
        before = pickle.dumps(start)
        n_lines = n_lines_of(lambda: pickle.loads(before), method, data)  # noqa: B023
        reached = 0
        for at in points(n_lines):
            model = pickle.loads(before)
            kept = pickle.dumps(model)
            if interrupted(lambda: getattr(model, method)(*data), at) == at:  # noqa: B023
                assert pickle.dumps(model) == kept, f"{method}, line {at} of {n_lines}"
                reached += 1
        assert reached > N_POINTS // 2


def test_an_interrupt_at_any_line_leaves_a_stream_as_it_was():
    stream = ESNRegressor(SMALL, SHORT).fit(U[:40], Y[:40]).stream()
    before, wanted = pickle.dumps(stream), pickle.loads(pickle.dumps(stream)).predict(U[40:])
    n_lines = n_lines_of(lambda: pickle.loads(before), "predict", (U[40:],))
    for at in points(n_lines):
        stream = pickle.loads(before)
        if interrupted(lambda: stream.predict(U[40:]), at) == at:  # noqa: B023
            np.testing.assert_array_equal(stream.predict(U[40:]), wanted)
