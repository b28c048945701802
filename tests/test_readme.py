"""What the README and the docs promise to print is what their code prints."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
CODE = re.compile(r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)")
DOCS = CODE.findall((ROOT / "docs" / "how_it_works.rst").read_text())
SEQUENCES = CODE.findall((ROOT / "docs" / "sequences.rst").read_text())
FIRST_HOUR = CODE.findall((ROOT / "docs" / "first_hour.rst").read_text())
MANY_SERIES = CODE.findall((ROOT / "docs" / "many_series.rst").read_text())
DIAGNOSTICS = CODE.findall((ROOT / "docs" / "diagnostics.rst").read_text())
RESERVOIRS = CODE.findall((ROOT / "docs" / "reservoirs.rst").read_text())
SAVING = CODE.findall((ROOT / "docs" / "saving.rst").read_text())
CLOSED_FORM = CODE.findall((ROOT / "docs" / "closed_form.rst").read_text())


@pytest.mark.parametrize("block", BLOCKS)
def test_readme_code_prints_what_it_says(block, capsys):
    promised = re.findall(r"^print\(.*\)  # (.*)$", block, re.MULTILINE)
    exec(block, {})
    assert promised
    assert capsys.readouterr().out.split() == promised


@pytest.mark.parametrize("block", DOCS)
def test_docs_code_runs(block):
    names = {}
    exec(re.sub(r"^   ", "", block, flags=re.MULTILINE), names)
    assert names["forecast"].shape in {(500, 3), (11, 1)}
    assert BLOCKS
    assert DOCS


PAGES = ["index", "quickstart", "choosing", "howto", "coming_from", "chaos"]


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_prints_what_it_says(page, capsys):
    pytest.importorskip("matplotlib").use("Agg")
    blocks = CODE.findall((ROOT / "docs" / f"{page}.rst").read_text())
    assert blocks
    code = re.sub(r"^   ", "", "\n".join(blocks), flags=re.MULTILINE)
    promised = re.findall(r"^print\(.*\n# (.*)$", code, re.MULTILINE)
    exec(code, {})
    assert capsys.readouterr().out.splitlines() == promised


def test_the_code_of_the_closed_form_runs():
    names = {}
    for block in CLOSED_FORM:  # each goes on from the one before
        exec(re.sub(r"^   ", "", block, flags=re.MULTILINE), names)
    assert names["scores"].max() > -0.01
    assert names["predicted"].shape == (1000,)


def test_the_code_of_many_series_runs(capsys):
    names = {}
    for block in MANY_SERIES:  # each goes on from the one before
        exec(re.sub(r"^   ", "", block, flags=re.MULTILINE), names)
    assert list(names["coming"].columns) == ["unique_id", "ds", "y"]
    assert list(names["bands"].columns)[2:] == ["y_0.1", "y_0.9"]
    same = names["same"]["y"].to_numpy()
    np.testing.assert_allclose(same, names["coming"]["y"], rtol=1e-6)
    assert names["new"].shape == (6,)
    assert np.isfinite(names["with_plan"]["y"]).all()
    assert names["answer"].shape == (6, 1)
    assert "'trained'" in capsys.readouterr().out
    assert set(names["with_a_rule"].member_scores_) == {"networks", "rule"}

    class Model:  # as statsforecast's are called
        def forecast(self, y, h):
            return {"mean": np.repeat(y[-1], h)}

    member = names["Statsforecast"](Model()).fit(np.arange(9.0))
    assert member.forecast(2).tolist() == [8.0, 8.0]


def test_the_code_of_saving_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names, found = {}, []
    for block in SAVING:  # each goes on from the one before
        exec(re.sub(r"^   ", "", block, flags=re.MULTILINE), names)
        found.append(names["forecast"])
    assert len(found) == 2
    for forecast in found:
        assert forecast.equals(names["model"].forecast(52))


def test_the_code_of_reservoirs_runs(capsys):
    names = {}
    for block in RESERVOIRS:  # each goes on from the one before
        exec(re.sub(r"^   ", "", block, flags=re.MULTILINE), names)
    assert capsys.readouterr().out.split() == ["True"] * 5


def test_the_code_of_diagnostics_runs(capsys):
    exec(re.sub(r"^   ", "", DIAGNOSTICS[0], flags=re.MULTILINE), {})
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("1 ")
    assert len(DIAGNOSTICS[0].strip().splitlines()) <= 36
    assert said[-1].startswith("largest exponent")


def test_the_code_of_sequences_runs():
    names = {}
    for block in SEQUENCES:
        exec(re.sub(r"^   ", "", block, flags=re.MULTILINE), names)
    assert names["accuracy"] == 1.0
    assert names["agreement"] == 1.0
    assert [len(steps) for steps in names["sure"]] == [len(x) for x in names["X"][30:]]


def test_the_readmes_commands_are_the_documented_ones():
    text = (ROOT / "README.md").read_text()
    venv = "python3 -m venv .venv && .venv/bin/pip install "
    main = venv + '".[cli]" && .venv/bin/python -m reservoir forecast --plot forecast.png'
    assert main in text
    assert venv + '-e ".[test]" && .venv/bin/python -m pytest' in text


def test_the_code_of_the_first_hour_runs(capsys):
    names = {}
    for block in FIRST_HOUR:  # each goes on from the one before
        exec(re.sub(r"^   ", "", block, flags=re.MULTILINE), names)
    promised = re.search(r"^   # (\[.*)$", FIRST_HOUR[0], re.MULTILINE).group(1)
    first, second, third = capsys.readouterr().out.strip().splitlines()
    assert first == promised
    promised = re.search(r"^   # (1 value.*?), \.\.\.$", FIRST_HOUR[2], re.MULTILINE).group(1)
    assert second.startswith(promised)
    assert names["error"] < 8
    assert names["spoilt"] < 8
    promised = re.search(r"^   # (The level.*?) \.\.\.$", FIRST_HOUR[3], re.MULTILINE).group(1)
    assert third.startswith(promised)
    assert names["unspoilt"] < 8
    assert np.sqrt(np.mean((names["with_calendar"] - names["series"][-28:]) ** 2)) < 8
    assert list(names["known"].columns)[-3:] == ["sine", "cosine", "holiday"]


@pytest.mark.parametrize("page", ["README.md", "docs/measured.md"])
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text()
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if not link.startswith("http")]
    assert links
    for link in links:
        assert ((ROOT / page).parent / link).exists(), link


def test_every_tutorial_says_what_it_is():
    """They are run when the docs are built; their order is that of their names."""
    files = sorted((ROOT / "docs" / "tutorials").glob("plot_*.py"))
    assert [int(file.name[5:7]) for file in files] == list(range(1, 12))
    ideas = sorted((ROOT / "docs" / "ideas").glob("plot_*.py"))
    assert [int(file.name[5]) for file in ideas] == list(range(1, 10))
    for file in files + ideas:
        title, line = file.read_text().split("\n")[1:3]
        assert set(line) == {"="}
        assert len(line) == len(title)
