import json
from pathlib import Path

import pytest

from benchmarks.measure import Row
from benchmarks.report import figure, save, table

FAST = Row("cleaner.vs_peer", 6.0812, "x as fast", "a peer; 4 ms against 24 ms")
MISSING = Row("line.vs_peer", None, "", "not measured: no peer here")


def test_a_row_has_its_name_its_value_with_unit_and_what_it_was_measured_against() -> None:
    assert table(FAST).split() == [
        "cleaner.vs_peer",
        "6.08",
        "x",
        "as",
        "fast",
        "a",
        "peer;",
        "4",
        "ms",
        "against",
        "24",
        "ms",
    ]


def test_long_words_about_a_row_stay_in_their_column() -> None:
    first, *others = table(Row("a.b", 1.0, "x", "word " * 40)).splitlines()
    column = first.index("word")
    assert len(others) > 1
    assert all(line.startswith(" " * column + "word") for line in others)


def test_a_row_that_was_not_measured_says_why_and_has_no_figure() -> None:
    assert table(MISSING).split()[1:3] == ["not", "measured"]
    assert "no peer here" in table(MISSING)


@pytest.mark.parametrize(
    ("value", "text"), [(2960.4, "2,960"), (100.0, "100"), (6.0812, "6.08"), (0.2519, "0.252")]
)
def test_figures_have_the_digits_that_mean_something(value: float, text: str) -> None:
    assert figure(value) == text


def test_the_file_has_value_unit_and_against_by_name(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    save([FAST, MISSING], file)
    assert json.loads(file.read_text("utf-8")) == {
        "cleaner.vs_peer": {"value": 6.081, "unit": "x as fast", "against": FAST.against},
        "line.vs_peer": {"value": None, "unit": "", "against": MISSING.against},
    }


def test_rows_of_other_runs_stay_and_the_same_row_is_renewed(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    save([FAST, MISSING], file)
    save([Row("cleaner.vs_peer", 7.0, "x as fast", "again")], file)
    known = json.loads(file.read_text("utf-8"))
    assert known["cleaner.vs_peer"]["value"] == 7.0
    assert known["line.vs_peer"]["value"] is None
