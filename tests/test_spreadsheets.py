"""What spreadsheets and statistical offices make of dates and numbers, as files hold them."""

import numpy as np
import pandas as pd
import pytest

from reservoir.reading import ReadingError, by_ids, read_series, read_table

VALUES = [1000.0 + 37.5 * k for k in range(24)]
MONTHS = pd.date_range("2021-01-01", periods=24, freq="MS")
WEEKS = pd.date_range("2024-01-01", periods=24, freq="W-MON")
HALVES = pd.date_range("1990-01-01", periods=24, freq="2QS")
BEFORE = pd.Timestamp("1899-12-30")


def read(header, dates, values=VALUES, sep=",", **options):
    rows = [f"{date}{sep}{value}" for date, value in zip(dates, values, strict=True)]
    return read_series("\n".join([header, *rows]).encode(), **options)


def lines(*rows):
    return "\n".join(rows).encode()


@pytest.mark.parametrize(
    ("label", "dates", "wanted", "note"),
    [
        ("Monat", MONTHS.strftime("%m.%Y"), MONTHS, None),
        ("Mois", MONTHS.strftime("%m.%Y"), MONTHS, None),
        ("Date", (MONTHS - BEFORE).days, MONTHS, "days since 1899-12-30"),
        ("Datum", (WEEKS - BEFORE).days, WEEKS, "days since 1899-12-30"),
        ("Date", [f"{45292 + k / 24:.10f}" for k in range(24)],
         pd.date_range("2024", periods=24, freq="h"), "days since 1899-12-30"),
        ("Week", [f"{a:%Y-%m-%d} - {a + pd.Timedelta(days=6):%Y-%m-%d}" for a in WEEKS], WEEKS,
         "the first of each range"),
        ("Week", [f"{a:%d.%m.%Y} bis {a + pd.Timedelta(days=6):%d.%m.%Y}" for a in WEEKS], WEEKS,
         "the first of each range"),
        ("Week", [f"{a:%Y-%m-%d}/{a + pd.Timedelta(days=6):%Y-%m-%d}" for a in WEEKS], WEEKS,
         "the first of each range"),
        ("Year", [f"{1990 + k}/{(1991 + k) % 100:02d}" for k in range(24)],
         pd.date_range("1990", periods=24, freq="YS"), "in which it begins"),
        ("Season", [f"{1990 + k}-{1991 + k}" for k in range(24)],
         pd.date_range("1990", periods=24, freq="YS"), "in which it begins"),
        ("Year", [f"FY{1990 + k}" for k in range(24)],
         pd.date_range("1990", periods=24, freq="YS"), None),
        ("Year", [f"FY{(90 + k) % 100:02d}" for k in range(24)],
         pd.date_range("1990", periods=24, freq="YS"), None),
        ("year", [f"{(90 + k) % 100:02d}" for k in range(24)],
         pd.date_range("1990", periods=24, freq="YS"), "90 as 1990"),
        ("month", MONTHS.strftime("%-m/%y"), MONTHS, "the first of them 2021-1"),
        ("date", MONTHS.strftime('"%Y,  %B"'), MONTHS, None),
        ("date", WEEKS.strftime("%y%m%d"), WEEKS, "the first of them 2024-01-01"),
        ("Datum", WEEKS.strftime("%d%m%y"), WEEKS, "the first of them 2024-01-01"),
        ("yyyymm", MONTHS.strftime("%Y%m"), MONTHS, "the first of them 202101"),
        ("t", WEEKS.strftime("%Y%m%d"), WEEKS, "the first of them 20240101"),
        ("t", [f"2024022{8 + k // 20}{(k + 4) % 24:02d}" for k in range(24)],
         pd.date_range("2024-02-28 04:00", periods=24, freq="h"), "the first of them 2024022804"),
        ("half", [f"{1990 + k // 2} H{1 + k % 2}" for k in range(24)], HALVES, None),
        ("half", [f"H{1 + k % 2} {1990 + k // 2}" for k in range(24)], HALVES, None),
        ("TIME_PERIOD", [f"{1990 + k // 2}-S{1 + k % 2}" for k in range(24)], HALVES, None),
        ("week", [f"Week {k + 1} 2024" for k in range(24)], WEEKS, None),
        ("week", [f"2024 wk {k + 1}" for k in range(24)], WEEKS, None),
    ],
)  # fmt: skip
def test_dates_as_they_are_written(label, dates, wanted, note):
    series = read(f"{label},Sales", dates)
    pd.testing.assert_index_equal(
        series.index.as_unit("ns"), wanted.as_unit("ns"), check_names=False, exact="equiv"
    )
    assert series.tolist() == VALUES
    assert note is None or any(note in told for told in series.attrs["notes"])


@pytest.mark.parametrize("season", ["2019/20", "FY2019"])
def test_a_season_of_many_rows_is_no_date_of_theirs(season):
    rows = [f"{season},{d:%Y-%m-%d},{v}" for d, v in zip(MONTHS, VALUES, strict=True)]
    series = read_series("\n".join(["season,date,goals", *rows]).encode())
    assert list(series.index) == list(MONTHS)
    assert series.tolist() == VALUES


def test_months_with_a_dot_beside_decimal_commas():
    values = [f"{v:.2f}".replace(".", ",") for v in VALUES]
    for label in ("Datum", "Monat"):
        series = read(f"{label};Umsatz", MONTHS.strftime("%m.%Y"), values, sep=";")
        assert list(series.index) == list(MONTHS)
        assert series.tolist() == VALUES


def test_numbers_that_only_look_like_days_of_a_spreadsheet_are_values():
    falling = [45292, 45300, 45290, *range(45300, 45321)]
    for label, numbers in {"Price": (MONTHS - BEFORE).days, "Date": falling}.items():
        with pytest.raises(ReadingError, match="choose a column"):
            read(f"{label},Sales", numbers)
    months = read("Month,Sales", MONTHS.strftime("%Y-%m"))  # 2001-02 is a month beside others
    assert list(months.index) == list(MONTHS)


def test_years_that_are_said_once_hold_until_the_next():
    rows = [f"{d.year if d.month == 1 else ''},{d:%b},{v}" for d, v in zip(MONTHS, VALUES)]
    series = read_series("\n".join(["Year,Month,Sales", *rows]).encode())
    assert list(series.index) == list(MONTHS)
    assert series.tolist() == VALUES
    with pytest.raises(ReadingError, match="holds dates, but none in line 2|choose a column"):
        read_series("\n".join(["Year,Month,Sales", *rows[1:]]).encode())


def test_flags_of_statistical_offices_are_taken_off():
    marked = [f"{v} p" if k > 20 else f"{v} e" if k == 3 else v for k, v in enumerate(VALUES)]
    series = read("Date,Sales", MONTHS.strftime("%Y-%m-%d"), marked)
    assert series.tolist() == VALUES
    assert "e, p is taken off the numbers of 'Sales'" in series.attrs["notes"]
    mostly = [f"{v} p" if k > 5 else v for k, v in enumerate(VALUES)]
    with pytest.raises(ReadingError, match="it is text"):
        read("Date,Sales", MONTHS.strftime("%Y-%m-%d"), mostly)


HOURS = pd.date_range("2024-03-01", periods=480, freq="h")
LOADS = [round(50 + k % 24 + 0.01 * k, 2) for k in range(480)]


@pytest.mark.parametrize("stamps", [
    (HOURS.strftime("%d/%m/%Y"), HOURS.strftime("%H.%M.%S")),  # the air of an Italian town
    (HOURS.strftime("%Y-%m-%d"), 100 * HOURS.hour), (HOURS.strftime("%Y-%m-%d"), HOURS.hour),
    (HOURS.strftime("%d/%m/%Y"), HOURS.strftime("%H:%M")),
])  # fmt: skip
def test_days_and_times_of_day(stamps):
    series = read("date,time,load", [f"{a},{b}" for a, b in zip(*stamps, strict=True)], LOADS)
    assert list(series.index) == list(HOURS)
    assert series.tolist() == LOADS


@pytest.mark.parametrize("pattern", ["%d/%m/%Y %H.%M.%S", "%d.%m.%Y %H.%M", "%Y-%m-%d %H.%M.%S"])
def test_times_with_points(pattern):
    assert list(read("Data,Carico", HOURS.strftime(pattern), LOADS).index) == list(HOURS)


@pytest.mark.parametrize(("labels", "first"), [
    ([f"H{k}" for k in range(24)], 0), ([f"{k:02d}:00" for k in range(24)], 0),
    ([f"Hour {k}" for k in range(1, 25)], 1), ([f"HE{k:02d}" for k in range(1, 25)], 1),
    ([str(k) for k in range(1, 25)], 1), ([f"{k}h" for k in range(24)], 0),
    ([f"{k // 2:02d}:{k % 2 * 30:02d}" for k in range(48)], 0),
    ([*(f"H{k}" for k in range(24)), "Total"], 0),
])  # fmt: skip
def test_days_by_hours(labels, first):
    n = 48 if len(labels) == 48 else 24
    days = pd.date_range("2024-03-01", periods=10)
    values = [[1.0 + 100 * k + j for j in range(len(labels))] for k in range(10)]
    rows = [f"{day:%d/%m/%Y}," + ",".join(map(str, v)) for day, v in zip(days, values, strict=True)]
    series = read_series("\n".join([",".join(["Date", *labels]), *rows]).encode())
    step = pd.Timedelta(hours=24 / n)
    wanted = pd.date_range(days[0] + first * step, periods=10 * n, freq=step)
    assert list(series.index) == list(wanted)
    assert series.tolist() == [v for row in values for v in row[:n]]
    assert any("are read as one series" in note for note in series.attrs["notes"])


def test_what_is_the_same_in_all_rows_is_no_choice():
    rows = [f"3772,{d:%Y-%m-%d},{v},1.5" for d, v in zip(MONTHS, VALUES, strict=True)]
    series = read_series("\n".join(["station,date,flow,height", *rows]).encode())
    assert series.name == "flow"
    told = "without what is the same in all rows: station, height"
    assert told in series.attrs["notes"]
    text = "\n".join(["date,a,b", *(f"{d:%Y-%m-%d},1,2" for d in MONTHS)]).encode()
    with pytest.raises(ReadingError, match="choose a column with --column; there are: a, b"):
        read_series(text)


@pytest.mark.parametrize(
    ("label", "numbers"),
    [
        ("year", [f"{k}" for k in range(1, 25)]),  # of a plan
        ("month", [f"{1 + k % 12}/4" for k in range(24)]),
        ("month", ["1/86", "3/86", *[f"{k}/87" for k in range(1, 12)], *["12/88"] * 11]),
        ("date", [f"{990000 - 17 * k}" for k in range(24)]),
    ],
)
def test_numbers_that_only_look_like_short_dates(label, numbers):
    series = read(f"{label},Sales", numbers, column="Sales")
    assert series.tolist() == VALUES
    assert series.index.tolist() == [*range(24)]
    told = f"column {label!r} cannot be read as dates, {numbers[0]!r}"
    assert told in " ".join(series.attrs["notes"])


@pytest.mark.parametrize("parts", [["year", "month", "date"], ["date", "year", "month", "day"],
                                   ["month", "year", "Date"], ["year", "date"]])  # fmt: skip
@pytest.mark.parametrize("written", ["%Y-%m-%d", "%d.%m.%Y"])
def test_days_are_more_than_the_months_that_they_are_of(parts, written):
    days = pd.date_range("2024-01-20", periods=24)
    made = {"date": days.strftime(written), "day": days.day, "month": days.month, "year": days.year}
    frame = pd.DataFrame({name: made[name.lower()] for name in parts}).assign(sales=VALUES)
    series = read_series(frame.to_csv(index=False).encode(), "sales")
    assert list(series.index) == list(days)
    assert series.tolist() == VALUES


def test_other_dates_do_not_tell_the_rows_of_a_year_apart():
    year = [2000 + k % 12 for k in range(24)]
    changed = pd.date_range("2024-01-20", periods=24).astype(str)
    frame = pd.DataFrame({"year": year, "changed": changed, "who": ["a"] * 12 + ["b"] * 12})
    with pytest.raises(ReadingError, match="2000-01-01 .* occurs twice. 'who' seems to tell"):
        read_series(frame.assign(sales=VALUES).to_csv(index=False).encode(), "sales")


def test_a_column_of_measurements_tells_no_series_apart():
    days = [*MONTHS[:12].strftime("%Y-%m-%d")] * 2
    rows = [f"{day},{k},{v}" for k, (day, v) in enumerate(zip(days, VALUES, strict=True))]
    with pytest.raises(ReadingError, match="Where a column tells several series apart"):
        read_series("\n".join(["date,size,sales", *rows]).encode(), "sales")


def test_most_rows_repeat_no_others():
    rows = [f"{2000 + k // 8},{'abcdefgh'[k % 8]},{100 + k // 8}" for k in range(24)]
    with pytest.raises(ReadingError, match="2000-01-01 .* occurs twice. 'state' seems to tell"):
        read_series("\n".join(["year,state,rate", *rows]).encode(), "rate")
    twice = [row for row in rows[::8] for _ in range(2)]
    series = read_series("\n".join(["year,state,rate", *twice]).encode(), "rate")
    assert series.tolist() == [100, 101, 102]


def test_steps_that_go_back_are_told():
    rows = [f"{k // 8},{k % 8},{v}" for k, v in enumerate(VALUES)]
    series = read_series("\n".join(["pig,time,weight", *rows]).encode(), "weight")
    assert series.attrs["notes"] == [
        "0 follows 7 in column 'time', line 10: where several series stand in one file, "
        "--id names the column that tells them apart"
    ]


def test_steps_that_come_again_are_told_and_ids_are_counted_each_by_itself():
    rows = [f"{k // 3},{k % 3},{v}" for k, v in enumerate(VALUES)]
    text = "\n".join(["time,pig,weight", *rows]).encode()
    assert read_series(text, "weight").attrs["notes"] == [
        "0 follows 0 in column 'time', line 3: where several series stand in one file, "
        "--id names the column that tells them apart"
    ]
    first, second, _ = by_ids(read_table(text), "pig", "weight")
    assert first.tolist() == VALUES[::3]
    assert second.tolist() == VALUES[1::3]
    assert second.index.tolist() == list(range(len(second)))


def test_dates_before_the_first_value_are_not_missing():
    years = [1800, 1810, *range(1950, 1960), 1961]
    values = ["", "", *map(str, range(10)), "11"]
    series = read("year,sales", years, values)
    assert series.attrs["notes"] == ["dates by 'year'", "1 dates are missing: 1960-01"]
    assert series.index[0] == pd.Timestamp("1950-01-01")


@pytest.mark.parametrize("every", [3, 7])
@pytest.mark.parametrize("title", [[], ["Sales of the shop", ""]])
def test_columns_that_are_mostly_empty(every, title):
    days = pd.date_range("2024-01-01", periods=140)
    rows = [f"{d:%Y-%m-%d},{k if k % every == every - 1 else ''}" for k, d in enumerate(days)]
    series = read_series("\n".join([*title, "day,sales", *rows]).encode())
    seen = series.dropna()
    assert seen.tolist() == [float(k) for k in range(140) if k % every == every - 1]
    assert list(seen.index) == list(days[every - 1 :: every])


def test_series_a_row_that_are_counted_across_are_turned():
    header = ",".join(f"V{k}" for k in range(1, 12))
    ragged = read_table(lines(header, "M1,1,2,3,4,5,6,7,8,9,10", "M2,5,6,7,NA,9,10,11,12,,"))
    assert "columns are counted from 'V2' on: 2 rows are read as columns" in ragged.notes
    np.testing.assert_array_equal(ragged.frame["M1"], np.arange(1.0, 11))
    np.testing.assert_array_equal(
        ragged.frame["M2"], [*[np.nan] * 2, 5, 6, 7, np.nan, *range(9, 13)]
    )
    steps = ",".join(["shop", *(f"week_{k}" for k in range(9))])
    two = read_table(lines(steps, "north,1,2,3,4,5,6,7,8,9", "south,9,8,7,6,5,4,3,2,1"))
    assert two.frame["south"].tolist() == [9.0, 8, 7, 6, 5, 4, 3, 2, 1]
    few = ",".join(["name", *(f"x{k}" for k in range(8))])
    rows = [f"run{k},1,2,3,4,5,6,7,8" for k in range(9)]
    for sensors in (
        lines(few, *rows),  # of more rows than columns
        lines(few, "a,1,2,3,4,5,6,7,8", "a,1,2,3,4,5,6,7,8"),  # rows of one name
        lines(few, "1,1,2,3,4,5,6,7,8", "2,1,2,3,4,5,6,7,8"),
        lines(few, "2020-01-01,1,2,3,4,5,6,7,8", "2020-01-02,1,2,3,4,5,6,7,8"),
        lines(few.replace("x7", "x9"), "a,1,2,3,4,5,6,7,8", "b,1,2,3,4,5,6,7,8"),
    ):
        assert [*read_table(sensors).frame.columns][-2:][0][0] == "x"


def test_bounds_are_numbers_and_told():
    table = read_table(lines("d;x", "2020-01;0,7", "2020-02;<0,5", "2020-03;> 1,5", "2020-04;≤2"))
    assert table.frame["x"].tolist() == [0.7, 0.5, 1.5, 2.0]
    assert "bounds in 'x', as '<0,5', are taken as the numbers: 3 of 4" in table.notes
    units = read_table(lines("d,x", "2020-01,0.7 mg", "2020-02,<0.5 mg"))
    assert units.frame["x"].tolist() == [0.7, 0.5]
    assert "mg is taken off the numbers of 'x'" in units.notes
    words = read_table(lines("d,x", "2020-01,0.7", "2020-02,< limit", "2020-03,1"))
    assert words.wrong == {"x": "'< limit' in line 3"}


def test_numbers_that_are_no_dates_stay_numbers():
    for first in (
        [201001 + 7 * k for k in range(24)],  # no month in half of them
        [202001 + (k > 9) + k for k in range(12)],  # a month is left out
        [20200101 + k for k in range(40)],  # a day too many
        [20200105, 20200103, 20200108, 20200101],
    ):
        table = read_table(lines("id,x", *(f"{n},{k * k}" for k, n in enumerate(first))))
        assert table.dated_by is None
    later = [f"{k * k},{month}" for k, month in enumerate(MONTHS.strftime("%Y%m"))]
    assert read_table(lines("x,n", *later)).dated_by is None  # in no other column than the first
    assert read_table(lines("code,x", *(f"S1{k},{k}" for k in range(10, 30)))).dated_by is None


def test_days_that_are_counted_in_each_year():
    days = pd.date_range("2020-12-20", periods=30)
    rows = [f"{d.year},{d.day_of_year},{k}" for k, d in enumerate(days)]
    table = read_table(lines("Year,DOY,flow", *rows))
    assert table.dated_by == "Year and DOY"
    assert list(table.frame.index) == list(days)
    assert read_table(lines("Year,DOY,flow", "2020,0,1", "2020,1,2")).dated_by == "Year"


@pytest.mark.parametrize("n", [12, 4])
def test_months_by_years_are_one_series(n):
    names = [f"{m:%B}" for m in MONTHS[:12]] if n == 12 else ["Q1", "Q2", "Q3", "Q4"]
    values = np.arange(5.0 * n)
    rows = [",".join([name, *map(str, values[k::n])]) for k, name in enumerate(names)]
    rows[-1] = rows[-1].rpartition(",")[0] + ","  # not yet there
    table = read_table(lines(",".join(["part", *map(str, range(2015, 2020))]), *rows))
    freq = "MS" if n == 12 else "QS"
    assert list(table.frame.index) == list(pd.date_range("2015", periods=5 * n, freq=freq))
    np.testing.assert_array_equal(table.frame["value"], [*values[:-1], np.nan])
    kind = "months" if n == 12 else "quarters"
    assert f"{n} rows of {kind} are read as one series" in table.notes


def test_the_header_of_files_that_were_joined_is_left_out():
    rows = [f"{m:%Y-%m},{k}" for k, m in enumerate(MONTHS)]
    table = read_table(lines("month,x", *rows[:10], "month,x", *rows[10:20], "month,x", *rows[20:]))
    assert table.frame["x"].tolist() == list(range(24))
    assert "left out the header where it stands again, line 12, 23" in table.notes
