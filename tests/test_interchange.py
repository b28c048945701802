"""Sequences go to other libraries and come back; the real ones understand them."""

import numpy as np
import pandas as pd
import pytest

from reservoir.interchange import (
    from_aeon,
    from_long_frame,
    from_tslearn,
    to_aeon,
    to_long_frame,
    to_tslearn,
)


def ragged(d=2):
    rng = np.random.default_rng(0)
    return [rng.standard_normal((n, d)) for n in (12, 20, 15, 20)]


def equal(mine, theirs):
    assert len(mine) == len(theirs)
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_there_and_back():
    lists, panel = ragged(), np.stack([x[:12] for x in ragged()])
    for data in (lists, panel):
        equal(from_aeon(to_aeon(data)), data)
        equal(from_tslearn(to_tslearn(data)), data)
        equal(from_long_frame(to_long_frame(data), "id", "time")[0], data)
    assert to_aeon(panel).shape == (4, 2, 12)
    assert isinstance(from_tslearn(to_tslearn(panel)), np.ndarray)


@pytest.mark.filterwarnings("default")
def test_aeon_understands():
    collection = pytest.importorskip("aeon.utils.validation.collection")
    assert collection.get_type(to_aeon(ragged())) == "np-list"
    assert collection.get_type(to_aeon(np.zeros((3, 9, 2)))) == "numpy3D"
    assert not collection.is_equal_length(to_aeon(ragged()))
    from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier

    model = KNeighborsTimeSeriesClassifier().fit(to_aeon(ragged()), np.arange(4))
    np.testing.assert_array_equal(model.predict(to_aeon(ragged())), np.arange(4))


@pytest.mark.filterwarnings("default")
def test_tslearn_understands():
    utils = pytest.importorskip("tslearn.utils")
    mine, theirs = to_tslearn(ragged()), utils.to_time_series_dataset(ragged())
    np.testing.assert_array_equal(mine, theirs)
    assert [utils.ts_size(x) for x in mine] == [12, 20, 15, 20]
    equal(from_tslearn(theirs), ragged())


@pytest.mark.filterwarnings("default")
def test_sktime_understands():
    datatypes = pytest.importorskip("sktime.datatypes")
    panel = to_aeon(np.zeros((3, 9, 2)))
    assert datatypes.check_is_mtype(panel, "numpy3D", scitype="Panel")


def test_long_frames_in_any_order():
    frame = to_long_frame(ragged(), ids=list("dcba"), values=["a", "b"])
    shuffled = frame.sample(frac=1, random_state=0)
    sequences, ids = from_long_frame(shuffled, "id", "time", ["b"])
    for key, x in zip(ids, sequences, strict=True):
        np.testing.assert_array_equal(x, ragged()["dcba".index(key)][:, 1:])
    dates = pd.DataFrame({
        "who": [1, 1], "when": pd.to_datetime(["2001-02-01", "2001-01-01"]), "x": [2, 1]
    })  # fmt: skip
    np.testing.assert_array_equal(from_long_frame(dates, "who", "when")[0][0], [[1.0], [2.0]])


def test_errors_say_what_is_allowed():
    frame = to_long_frame(ragged())
    with pytest.raises(ValueError, match=r"must have the columns \['when'\]; it has"):
        from_long_frame(frame, "id", "when")
    with pytest.raises(ValueError, match="one row for each 'id' and 'time'; it repeats some"):
        from_long_frame(pd.concat([frame, frame]), "id", "time")
    with pytest.raises(ValueError, match="ids must be 4; got 2"):
        to_long_frame(ragged(), ids=[1, 2])
    with pytest.raises(ValueError, match="values must be 2; got 1"):
        to_long_frame(ragged(), values=["x"])
    with pytest.raises(
        ValueError, match=r"\(cases, channels, time\) or a list; got shape \(3, 4\)"
    ):
        from_aeon(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="arrays .channels, time.; got other dimensions"):
        from_aeon([np.zeros(3)])
    with pytest.raises(ValueError, match=r"\(sequences, time, features\); got shape \(3, 4\)"):
        from_tslearn(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="got one that is all NaN"):
        from_tslearn(np.full((1, 3, 1), np.nan))
    with pytest.raises(ValueError, match="X must be a panel"):
        to_tslearn(np.zeros((5, 2)))


def test_long_frames_without_an_order_are_told():
    frame = pd.DataFrame({"who": ["a", "a", "b"], "t": [0, 1, 0], "x": [1.0, 2.0, 3.0]})
    for column, told in (("who", "a 'who' in every row; row 2 has none"), ("t", "a 't' in every")):
        lost = frame.astype({"t": float})
        lost.loc[2, column] = None
        with pytest.raises(ValueError, match=told):
            from_long_frame(lost, "who", "t")
    with pytest.raises(ValueError, match="the times 't' are text, '0', whose order is not that"):
        from_long_frame(frame.astype({"t": str}), "who", "t")
