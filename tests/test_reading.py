"""Files as people have them: the right rows, the right first date, the right values."""

import gzip
import os
import threading

import numpy as np
import pytest

from reservoir.index import continued
from reservoir.reading import (
    ReadingError,
    by_ids,
    gaps_of,
    read_series,
    read_table,
    regular,
    sessions_after,
)
from reservoir.series import season_of_index

pd = pytest.importorskip("pandas")

V = [5.0, 7.0, 6.0, 9.0]


def lines(*rows, end="\n"):
    return (end.join(rows) + end).encode()


def dated(dates, header="date,x", sep=",", values=V):
    return lines(header, *(f"{d}{sep}{v:g}" for d, v in zip(dates, values, strict=True)))


#: Name -> bytes, options, values, first date, and last date.
FILES = {
    "ISO": (dated(["2020-01-13", "2020-01-14", "2020-01-15", "2020-01-16"]), {}, V, "2020-01-13"),
    "day first, slashes": (dated(["13/01/2020", "14/01/2020", "15/01/2020", "16/01/2020"]), {}, V,
                           "2020-01-13"),
    "day first, dots": (dated(["13.01.2020", "14.01.2020", "15.01.2020", "16.01.2020"]), {}, V,
                        "2020-01-13"),
    "month first": (dated(["1/30/2020", "1/31/2020", "2/1/2020", "2/2/2020"]), {}, V, "2020-01-30"),
    "day first by a later row": (dated(["11/02/2020", "12/02/2020", "13/02/2020", "14/02/2020"]), {},
                                 V, "2020-02-11"),
    "day first by regular months": (
        lines("date,x", *(f"01/{m:02}/{y},{m + y - 2000:g}" for y in (2019, 2020)
                          for m in range(1, 13))),
        {}, [m + y - 2000.0 for y in (2019, 2020) for m in range(1, 13)], "2019-01-01"),
    "two digits of years first": (dated(["20-01-30", "20-01-31", "20-02-01", "20-02-02"]), {}, V, "2020-01-30"),
    "units under the header": (lines("date,x", "[d],[m3/s]", *(f"2020-01-0{k},{v}" for k, v in enumerate(V, 1))), {}, V, "2020-01-01"),
    "a preamble as wide as the table": (lines("Station:,Uccle", "Unit:,mm", "", "date,x", "2020-01-01,5", "2020-01-02,7", "2020-01-03,6"), {}, [5, 7, 6], "2020-01-01"),
    "the old Mac's lines": (b"date,x\r2020-01-01,5\r2020-01-02,7\r2020-01-03,6\r", {}, [5, 7, 6], "2020-01-01"),
    "R's data frame": (lines('"","time","value"', '"1",1949,5', '"2",1949.08333333333,7', '"3",1949.16666666667,6', '"4",1949.25,9'), {}, V, "1949-01-01"),
    "a sensor's jitter": (dated([f"2020-01-01 00:{15 * k:02}:0{j}" for k, j in enumerate((0, 3, 1, 2))]), {}, V, "2020-01-01"),
    "rows without a value off the calendar": (lines("date,x", "1990-01-01,5", "1990-02-01,7", "1990-02-05,", "1990-03-01,6", "1990-04-01,9", "1990-05-04,"), {}, V, "1990-01-01"),
    "comments within a lone column": (lines("x", "5", "# recalibrated", "7", "6", "9"), {}, V, 0),
    "a long cell": (lines("date,note,x", *(f"2020-01-0{k},{'n' * 200_000},{v}" for k, v in enumerate(V, 1))), {}, V, "2020-01-01"),
    "months in six digits": (dated([202011, 202012, 202101, 202102]), {}, V, "2020-11-01"),
    "ISO without signs": (dated([f"20200101T0{k}0000" for k in range(4)]), {}, V, "2020-01-01"),
    "a named time zone": (dated([f"2020-01-01 0{k}:00 CET" for k in range(4)]), {}, V, "2020-01-01"),
    "asked for": (dated(["01/02/2020", "01/03/2020", "01/04/2020", "01/05/2020"]),
                  {"dayfirst": True}, V, "2020-02-01"),
    "dots are the day first": (dated(["01.02.2020", "02.02.2020", "03.02.2020", "04.02.2020"]), {},
                               V, "2020-02-01"),
    "month and year": (dated(["Jan-2013", "Feb-2013", "Mar-2013", "Apr-2013"]), {}, V,
                       "2013-01-01"),
    "month and two digits": (dated(["Nov-12", "Dec-12", "Jan-13", "Feb-13"]), {}, V, "2012-11-01"),
    "German months": (dated(["Mär 2013", "Apr 2013", "Mai 2013", "Jun 2013"]), {}, V, "2013-03-01"),
    "quarters": (dated(["2000Q1", "2000Q2", "2000Q3", "2000Q4"]), {}, V, "2000-01-01"),
    "quarters the other way": (dated(["Q4 1999", "Q1 2000", "Q2 2000", "Q3 2000"]), {}, V,
                               "1999-10-01"),
    "ISO weeks": (dated(["2019-W52", "2020-W01", "2020-W02", "2020-W03"]), {}, V, "2019-12-23"),
    "Eurostat's months": (dated(["2013M11", "2013M12", "2014M01", "2014M02"]), {}, V, "2013-11-01"),
    "years": (dated([1990, 1991, 1992, 1993], "Year,x"), {}, V, "1990-01-01"),
    "years and twelfths": (dated([1949.0, 1949.0833, 1949.1667, 1949.25], "time,x"), {}, V,
                           "1949-01-01"),
    "compact": (dated([20200113, 20200114, 20200115, 20200116]), {}, V, "2020-01-13"),
    "epochs": (dated([1577836800 + 3600 * k for k in range(4)], "timestamp,x"), {}, V, "2020-01-01"),
    "milliseconds": (dated([1577836800000 + 86400000 * k for k in range(4)], "time,x"), {}, V,
                     "2020-01-01"),
    "time zone": (dated([f"2020-01-13T0{k}:00:00+02:00" for k in range(4)]), {}, V,
                  "2020-01-13 00:00:00+02:00"),
    "clocks change": (
        dated(["2020-03-29T01:00:00+01:00", "2020-03-29T03:00:00+02:00",
               "2020-03-29T04:00:00+02:00", "2020-03-29T05:00:00+02:00"]),
        {}, V, "2020-03-29 00:00:00+00:00"),
    "AM and PM": (dated([f"1/30/2020 {h}" for h in ("10:00 AM", "11:00 AM", "12:00 PM", "1:00 PM")]),
                  {}, V, "2020-01-30 10:00"),
    "date and time": (lines("date,time,x", *(f"2020-01-13,{h}:30,{v}" for h, v in enumerate(V))), {},
                      V, "2020-01-13 00:30"),
    "year and month": (lines("Year,Month,x", "2019,11,5", "2019,12,7", "2020,1,6", "2020,2,9"), {},
                       V, "2019-11-01"),
    "year, month, day, hour": (
        lines("No,year,month,day,hour,x", *(f"{k + 1},2010,1,31,{20 + k},{v}"
                                            for k, v in enumerate(V))),
        {}, V, "2010-01-31 20:00"),
    "a column of dates by name": (
        lines("sold,ordered,x", *(f"2020-01-0{k},2019-12-0{k},{v}" for k, v in enumerate(V, 1))),
        {"date_column": "ordered"}, V, "2019-12-01"),
    "pandas' index": (lines(",0", *(f"2020-01-0{k},{v}" for k, v in enumerate(V, 1))), {}, V,
                      "2020-01-01"),
    "pandas' row numbers": (lines(",x", *(f"{k},{v}" for k, v in enumerate(V))), {}, V, 0),
    "a number as a name": (lines("date,2021", *(f"2020-01-0{k},{v}" for k, v in enumerate(V, 1))),
                           {}, V, "2020-01-01"),
    "no header": (lines(*(f"2020-01-0{k},{v}" for k, v in enumerate(V, 1))), {}, V, "2020-01-01"),
    "a lone column": (lines("x", "5", "7", "6", "9"), {}, V, 0),
    "a lone column without a name": (lines("5", "7", "6", "9"), {}, V, 0),
    "blank lines in a column": (lines("x", "5", "", "6", "9", "", ""), {}, [5, np.nan, 6, 9], 0),
    "blank lines between rows": (lines("date,x", "2020-01-01,5", "", "2020-01-02,7", "2020-01-03,6"),
                                 {}, [5, 7, 6], "2020-01-01"),
    "a total": (lines("date,x", "2020-01,5", "2020-02,7", "2020-03,6", "Total,18"), {}, [5, 7, 6],
                "2020-01-01"),
    "a total of a lone column": (lines("x;y", "5;a", "7;b", "6;c", "Gesamt;"), {"sep": ";"},
                                 [5, 7, 6], 0),
    "a footnote": (lines("date,x", "2020-01,5", "2020-02,7", "2020-03,6", "Source: the office,"), {},
                   [5, 7, 6], "2020-01-01"),
    "comments": (lines("# of the station", "date,x", "2020-01-01,5", "2020-01-02,7", "2020-01-03,6"),
                 {}, [5, 7, 6], "2020-01-01"),
    "a commented header": (lines("# date x", "2020-01-01 5", "2020-01-02 7", "2020-01-03 6"), {},
                           [5, 7, 6], "2020-01-01"),
    "titles": (lines("Sales of the shop", "", "date,x", "2020-01,5", "2020-02,7", "2020-03,6"), {},
               [5, 7, 6], "2020-01-01"),
    "German": (lines("Datum;Umsatz", "13.01.2020;1.234,5", "14.01.2020;987,25", "15.01.2020;2.000"),
               {}, [1234.5, 987.25, 2000.0], "2020-01-13"),
    "French": (b"date;valeur\n01/02/2020;1 234,5\n02/02/2020;987,25\n03/02/2020;12,0\n", {},
               [1234.5, 987.25, 12.0], "2020-02-01"),
    "a lone column of decimal commas": (lines("x", '"1,5"', '"2,25"', '"3,5"'), {},
                                        [1.5, 2.25, 3.5], 0),
    "thousands": (lines("date,x", '2020-01,"1,234"', '2020-02,"2,345,678"', "2020-03,12"), {},
                  [1234, 2345678, 12], "2020-01-01"),
    "currency": (lines("date,x", '2020-01,"$1,234.50"', "2020-02,$7", "2020-03,($3.25)"), {},
                 [1234.5, 7, -3.25], "2020-01-01"),
    "per cent": (lines("date,x", "2020-01,5 %", "2020-02,7%", "2020-03,6.5 %"), {}, [5, 7, 6.5],
                 "2020-01-01"),
    "a dash for what is missing": (lines("date,x", "2020-01,5", "2020-02,-", "2020-03,6"), {},
                                   [5, np.nan, 6], "2020-01-01"),
    "Latin-1": ("date;Größe\n2020-01;5\n2020-02;7\n2020-03;6\n".encode("latin-1"), {}, [5, 7, 6],
                "2020-01-01"),
    "UTF-16": ("date\tx\n2020-01\t5\n2020-02\t7\n2020-03\t6\n".encode("utf-16"), {}, [5, 7, 6],
               "2020-01-01"),
    "UTF-16 without a mark": ("date,x\n2020-01,5\n2020-02,7\n2020-03,6\n".encode("utf-16-le"), {},
                              [5, 7, 6], "2020-01-01"),
    "a mark of UTF-8": ("\ufeffdate,x\r\n2020-01,5\r\n2020-02,7\r\n2020-03,6\r\n".encode(), {},
                        [5, 7, 6], "2020-01-01"),
    "gzip": (gzip.compress(lines("date,x", "2020-01,5", "2020-02,7", "2020-03,6")), {}, [5, 7, 6],
             "2020-01-01"),
    "sep=": (lines("sep=;", "date;x", "2020-01;5", "2020-02;7", "2020-03;6"), {}, [5, 7, 6],
             "2020-01-01"),
    "spaces": (lines("date x", "2020-01-01 5", "2020-01-02 7", "2020-01-03 6"), {}, [5, 7, 6],
               "2020-01-01"),
    "newest first": (dated(["2020-01-04", "2020-01-03", "2020-01-02", "2020-01-01"]), {}, V[::-1],
                     "2020-01-01"),
    "unsorted": (dated(["2020-01-03", "2020-01-01", "2020-01-02", "2020-01-04"]), {}, [7, 6, 5, 9],
                 "2020-01-01"),
    "a row that repeats another": (
        dated(["2020-01-01", "2020-01-02", "2020-01-02", "2020-01-03"], values=[5, 7, 7, 6]), {},
        [5, 7, 6], "2020-01-01"),
    "a missing day": (dated([f"2020-01-0{k}" for k in (1, 2, 3, 4, 6, 7)],
                            values=[1, 2, 3, 4, 6, 7]), {}, [1, 2, 3, 4, np.nan, 6, 7],
                      "2020-01-01"),
    "a missing month": (dated(["2020-01", "2020-02", "2020-04", "2020-05"]), {},
                        [5, 7, np.nan, 6, 9], "2020-01-01"),
    "the middle of months": (dated(["2020-01-15", "2020-02-15", "2020-03-15", "2020-04-15"]), {}, V,
                             "2020-01-01"),
    "ends of months": (dated(["2020-01-31", "2020-02-29", "2020-03-31", "2020-04-30"]), {}, V,
                       "2020-01-31"),
    "the last day of trade of months": (
        dated(["2020-01-30", "2020-02-28", "2020-03-27", "2020-04-30"]), {}, V, "2020-01-01"),
    "irregular, as asked": (
        dated(["2020-01-01 03:10", "2020-01-01 09:00", "2020-01-03 01:00", "2020-01-04 11:00"]),
        {"resample": "D"}, [6, np.nan, 6, 9], "2020-01-01"),
    "labels of months without a year": (lines("month,x", "Jan,5", "Feb,7", "Mar,6", "Total,18"), {},
                                        [5, 7, 6], 0),
    "March before it is a Tuesday": (dated(["Feb 2020", "Mar 2020", "Apr 2020", "May 2020"]), {}, V,
                                     "2020-02-01"),
    "December in Spanish": (dated(["oct 2020", "nov 2020", "dic 2020", "ene 2021"]), {}, V,
                            "2020-10-01"),
    "weekdays in Spanish": (
        dated(["lun 02/03/2020", "mar 03/03/2020", "mié 04/03/2020", "jue 05/03/2020"]),
        {"dayfirst": True}, V, "2020-03-02"),
    "a unit behind each": (lines("date,x", "2020-01,5 kg", "2020-02,7.5 kg", "2020-03,6 kg"), {},
                           [5, 7.5, 6], "2020-01-01"),
    "degrees": (lines("date;x", "2020-01;5,5 °C", "2020-02;-7 °C", "2020-03;6 °C"), {},
                [5.5, -7, 6], "2020-01-01"),
    "sizes of several kinds": (
        lines("date,x", "2020-01,950", "2020-02,1.2k", "2020-03,n/a", "2020-04,0.3M"), {},
        [950, 1200, np.nan, 3e5], "2020-01-01"),
    "one size alone is a unit": (lines("date,x", "2020-01,5.0M", "2020-02,7M", "2020-03,6M"), {},
                                 [5, 7, 6], "2020-01-01"),
    "years by months": (
        lines("Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,Total",
              "2020," + ",".join(map(str, range(12))) + ",66", "2021,12,13,14,,,,,,,,,,39"), {},
        range(15), "2020-01-01"),
    "years by months, newest first": (
        lines("Jahr;" + ";".join(f"{k}" for k in range(1, 13)),
              "2021;" + ";".join(f"{k},5" for k in range(12)),
              "2020;" + ";".join(f"{k},0" for k in range(12))), {},
        [*range(12), *(k + 0.5 for k in range(12))], "2020-01-01"),
    "years by quarters": (lines("Year,Q1,Q2,Q3,Q4", "2020,5,7,6,9", "2021,1,2,3,4"), {},
                          [*V, 1, 2, 3, 4], "2020-01-01"),
    "dates across": (lines("name,2020-01,2020-02,2020-03,2020-04", "x,5,7,6,9"), {}, V,
                     "2020-01-01"),
    "years across": (
        lines('"Country","Code","1990 [YR1990]","1991 [YR1991]","1992 [YR1992]","1993 [YR1993]",',
              '"Aruba","ABW",5,7,6,9,', '"Chad","TCD",1,2,3,4,'), {"column": "Aruba"}, V,
        "1990-01-01"),
    "single quotes": (lines("'date','x'", "'2020-01','5'", "'2020-02','7'", "'2020-03','6'"), {},
                      [5, 7, 6], "2020-01-01"),
    "semicolons at the ends": (lines("date;x;", "2020-01;5;", "2020-02;7;", "2020-03;6;"), {},
                               [5, 7, 6], "2020-01-01"),
    "R's table, with names of rows": (
        lines('"x"', '"1" 5', '"2" 6', '"3" 7'), {}, [5, 6, 7], 0),
    "R's table by commas": (
        lines('"x","y"', '"a",5.5,1', '"b",6.0,2', '"c",7.0,2'), {"column": "x"}, [5.5, 6, 7], 0),
    "dates as names of rows": (
        lines("x", "1949-01-01,5", "1949-02-01,6", "1949-03-01,4"), {}, [5, 6, 4], "1949-01-01"),
    "a column that counts the rows": (lines("x,obs", "5,1", "6,2", "4,3"), {}, [5, 6, 4], 0),
    "a count that is the series": (lines("time", "1", "2", "3", "4"), {}, [1, 2, 3, 4], 0),
    "two digits of the last century": (
        dated(["Jan-62", "Feb-62", "Mar-62", "Apr-62"]), {}, V, "1962-01-01"),
    "two digits of this one": (dated(["Jan-49", "Feb-49", "Mar-49", "Apr-49"]), {}, V, "2049-01-01"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_are_read_right(name):
    data, options, values, first = FILES[name]
    series = read_series(data, **options)
    np.testing.assert_allclose(series.to_numpy(), values)
    if isinstance(first, str):
        assert series.index[0] == pd.Timestamp(first)
        assert series.index.freq is not None or len(series) < 3
    else:
        assert series.index[0] == first


def test_calendars_of_trade():
    days = pd.date_range("2020-01-01", periods=90)
    week = days[days.day_of_week < 5].delete([20, 40])  # two holidays
    series = read_series(dated(week.astype(str), values=np.arange(len(week))))
    assert series.index.freqstr == "B"
    assert series.isna().sum() == 2
    six = days[days.day_of_week < 6]
    series = read_series(dated(six.astype(str), values=np.arange(len(six))))
    assert series.index.freq.weekmask == "Mon Tue Wed Thu Fri Sat"
    assert not series.isna().any()
    hours = pd.DatetimeIndex([d + pd.Timedelta(hours=h) for d in week for h in range(9, 17)])
    series = read_series(dated(hours.astype(str), values=np.arange(len(hours))))
    assert series.isna().sum() == 16  # the holidays
    assert series.index[0] == pd.Timestamp("2020-01-01 09:00")
    assert season_of_index(series.index) == 8
    assert continued(series.index, 8)[-1] == series.index[-1] + pd.Timedelta(days=1)
    halves = pd.DatetimeIndex(
        [d + pd.Timedelta(minutes=m) for d in week for m in range(570, 960, 30)]
    )
    series = read_series(dated(halves.astype(str), values=np.arange(len(halves))))
    assert len(series) == len(halves)
    assert "rows are numbered: their dates, 09:30 to 15:30 on" in series.attrs["notes"][-1]
    assert (series.attrs["dates"] == halves).all()
    after = sessions_after(halves, 14)
    assert str(after[0]) == "2020-03-31 09:30:00"
    assert str(after[13]) == "2020-04-01 09:30:00"


def test_the_hour_that_comes_twice():
    local = pd.date_range("2020-10-24", periods=72, freq="h", tz="Europe/Berlin")
    wall = local.tz_localize(None).astype(str)
    series = read_series(dated(wall, values=np.arange(72)))
    assert len(series) == 71
    assert any("went through twice" in note for note in series.attrs["notes"])


def test_long_form():
    rows = [
        f"2020-01-0{d},{shop},{d * k}" for k, shop in ((1, "a"), (10, "b")) for d in range(1, 6)
    ]
    table = read_table(lines("date,shop,x", *rows))
    a, b = (regular(series) for series in by_ids(table, "shop", "x"))
    assert (a.name, b.name) == ("a", "b")
    assert b.tolist() == [10, 20, 30, 40, 50]
    assert a.index.freqstr == "D"
    with pytest.raises(ReadingError, match="occurs twice. 'shop' seems to tell .* --id 'shop'"):
        read_series(table, "x")
    numbered = read_table(
        lines("date,shop,x", *(row.replace("b", "2").replace("a", "1") for row in rows))
    )
    with pytest.raises(ReadingError, match="'shop' seems to tell several series apart"):
        read_series(numbered, "x")
    with pytest.raises(ReadingError, match="occurs twice. Where a column tells several series"):
        read_series(
            lines("date,note,x", *(f"2020-01-0{k // 2 + 1},{'abc'[k // 2]},{k}" for k in range(6)))
        )
    with pytest.raises(ReadingError, match=r"no column 'town' .*there are: shop"):
        by_ids(table, "town")


#: Name -> bytes, options, and what is told.
REFUSED = {
    "a row longer than the header": (lines("value", "100,126", "101,127"), {},
                                     "line 2: 2 cells, '100, 126' .* under a header of 1"),
    "text and decimal commas": (lines("shop,sales", "north,1,5", "south,2,5", "west,3,5"), {},
                                "line 2: 3 cells"),
    "decimal commas that count": (lines("value", "1,5", "2,5", "3,5"), {}, "line 2: 2 cells"),
    "quarters and decimal commas": (lines("quarter,x", "2020Q1,1,5", "2020Q2,2,5", "2020Q3,1,5"), {},
                                    "line 2: 3 cells"),
    "three cells under two": (lines("x,y", "1,2,3", "4,5,6"), {}, "line 2: 3 cells"),
    "nearly dates": (
        lines("date,x", *(f"2020-01-{k:02},{k}" for k in range(1, 15)), "soon,15", "2020-01-16,16"),
        {}, "column 'date' holds dates, but for 'soon' in line 16: correct them"),
    "a date is missing": (lines("date,x", "2020-01-01,1", ",2", "2020-01-03,3"), {},
                          "column 'date' holds dates, but none in line 3"),
    "day or month": (dated(["01/02/2020", "01/03/2020", "01/04/2020", "01/05/2020"]), {},
                     "pass --dayfirst or --monthfirst"),
    "two values of one date": (dated(["2020-01-01", "2020-01-02", "2020-01-02", "2020-01-03"]), {},
                               "the dates must be unique; 2020-01-02 00:00:00 occurs twice"),
    "no number": (lines("x", "1", "2", "three", "4"), {}, "not numeric: 'three' in line 4"),
    "irregular": (dated(["2020-01-01", "2020-01-02", "2020-01-09", "2020-03-30"]), {},
                  "the dates are not regular: .* --resample D"),
    "several columns": (lines("a,b", "1,2", "2,3"), {}, "choose a column with --column; .*: a, b"),
    "no such column": (lines("a,b", "1,2", "2,3"), {"column": "c"}, "no column 'c'; there are: a, b"),
    "text": (lines("a,b", "x,2", "y,3"), {"column": "a"}, "'a' cannot be forecast: it is text, 'x'"),
    "empty": (b"", {}, "has no rows"),
    "a header alone": (b"x\n", {}, "has no rows"),
    "a spreadsheet": (b"PK\x03\x04abc", {}, "a zipped file, .*save the sheet as CSV"),
    "zeros": (b"\0" * 1000, {}, "it holds zero bytes"),
    "a line of 12 MB": (b"1" * 12_000_000, {}, "line 1 has more than 1,000,000 characters"),
    "a long line further down": (b"x\n" + b"5\n" * 10 + b"1" * 3_000_000, {}, "line 12 has more"),
    "too much": (b"x\n" + b"1\n" * 2**20, {"max_mb": 1}, "holds more than 1 MB: raise --max-mb"),
    "too much when unpacked": (gzip.compress(b"1\n" * 2**20), {"max_mb": 1},
                               "unpacks to more than 1 MB"),
    "a broken gzip": (gzip.compress(b"x\n1\n2\n" * 1000)[:40], {}, "is broken"),
    "an unknown encoding": (b"x\n1\n", {"encoding": "utf-99"}, "encoding 'utf-99' is not known"),
    "another encoding": ("x\nä\n".encode("latin-1"), {"encoding": "utf-8"}, "is not in utf-8"),
    "no dates there": (lines("a,b", "x,2", "y,3"), {"date_column": "a"}, "'a' holds no dates: 'x'"),
    "no such column of dates": (lines("a,b", "x,2"), {"date_column": "d"}, "no column 'd'"),
    "resampled without dates": (lines("x", "1", "2", "3"), {"resample": "D"}, "needs dates"),
    "no frequency": (dated(["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"]),
                     {"resample": "Quux"}, "'Quux' is no frequency of pandas"),
    "two units": (lines("date,x", "2020-01,5 kg", "2020-02,700 g", "2020-03,6 kg"), {},
                  "column 'x' is left out: it is text, '5 kg'|'x' is left out: it is text, '5 kg'"),
    "JSON": (b' [{"date": "2020-01", "x": 5}]', {}, "is JSON, no table: pandas.read_json reads it"),
    "a page": (b"<!DOCTYPE html><table><tr><td>1</td></tr></table>", {}, "is a page, or XML"),
    "infinity": (lines("x", "1", "inf", "3"), {}, "column 'x' holds infinity"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_told(name):
    data, options, told = REFUSED[name]
    with pytest.raises(ReadingError, match=told):
        read_series(data, **options)


def test_what_was_done_is_said():
    data = lines(
        "# a comment", "day,shop,sales,empty", "2020-01-03,north,$6,", "2020-01-02,north,$7,",
        "2020-01-01,north,$5,", "Total,,$18,",
    )  # fmt: skip
    table = read_table(data)
    assert table.left_out == {"shop": "it is text, 'north'", "empty": "it holds no values"}
    assert table.dated_by == "day"
    told = "; ".join(table.notes)
    for part in (
        "1 lines of comments",
        "left out line 6, 'Total'",
        "dates by 'day'",
        "newest row stands first",
        "$ is taken off the numbers of 'sales'",
    ):
        assert part in told  # fmt: skip
    sizes = read_table(lines("date,x", "2020-01,5k", "2020-02,1M", "2020-03,7"))
    assert "in the numbers of 'x', k as 1000, M as 1e+06" in sizes.notes
    wide = read_table(lines("Year,Q1,Q2,Q3,Q4,Sum", "2020,5,7,6,9,27"))
    assert "4 columns of quarters are read as one series, without Sum" in wide.notes
    across = read_table(lines("a,b,2001,2002,2003,2004", "x,1,5,7,6,9", "x,2,5,7,6,9"))
    assert list(across.frame.columns) == ["1", "2"]
    assert "the dates stand in the header: 2 rows are read as columns" in across.notes
    plain = read_table(lines("year,a,b,c,d", "2001,5,7,6,9", "2002,5,7,6,9"))
    assert list(plain.frame.columns) == ["a", "b", "c", "d"]
    ambiguous = read_table(lines("d;x", "2020-01;1,234", "2020-02;2,345"))
    assert "1,234 is read as 1.234; --decimal '.' reads it otherwise" in ambiguous.notes
    assert read_table(lines("x", '"1,234"', '"2,345"')).frame["x"].tolist() == [1234, 2345]


def test_dates_that_cannot_be_read_are_said():
    table = read_table(dated(["week one", "week two", "week three", "week four"]))
    assert table.notes == [
        "column 'date' cannot be read as dates, 'week one': rows are taken in the order of the file"
    ]


def test_files_paths_and_pipes(tmp_path, monkeypatch):
    path = tmp_path / "x.csv"
    path.write_bytes(lines("x", "1", "2", "3"))
    with path.open("rb") as file:
        for source in (path, str(path), file):
            assert read_series(source).tolist() == [1, 2, 3]
    with pytest.raises(ReadingError, match="no such file: nowhere.csv"):
        read_series("nowhere.csv")
    with pytest.raises(ReadingError, match="is a folder"):
        read_series(tmp_path)
    with pytest.raises(ReadingError, match="is an address, and nothing is fetched"):
        read_series("https://example.com/x.csv")
    pipe, said = tmp_path / "pipe", []
    os.mkfifo(pipe)
    data = lines("x", *map(str, range(20_000)))  # more than a pipe holds at a time
    writer = threading.Thread(target=lambda: pipe.write_bytes(data))
    writer.start()
    assert len(read_series(pipe, say=said.append)) == 20_000
    writer.join()
    assert said == [f"waiting for a program that writes to the pipe {pipe} ..."]
    with pytest.raises(ReadingError, match="holds more than 1 MB"):
        read_series("/dev/zero", max_mb=1)


def test_gaps_are_told():
    series = read_series(FILES["a missing day"][0])
    assert gaps_of(series) == "1 of 7 rows are missing; the longest gap has 1"
    assert gaps_of(series.dropna()) is None
    assert "1 dates are missing: 2020-01-05" in series.attrs["notes"]


def test_a_date_twice_among_many_is_one_row():
    days = [f"2020-{m:02}-{d:02};{d}" for m in range(1, 8) for d in range(1, 29)]
    few = read_series(lines("date;x", *days[:100], "2020-04-16;99", *days[100:]))
    assert few["2020-04-16"] == (16 + 99) / 2
    assert (
        "the mean of the two rows of one date, 1 times, first 2020-04-16 00:00:00"
        in few.attrs["notes"]
    )
    with pytest.raises(ReadingError, match="occurs twice"):  # three of seventy are no slip
        read_series(lines("date;x", *days[:70], "2020-01-16;99", "2020-01-17;9", "2020-01-18;8"))
