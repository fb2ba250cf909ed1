import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, chosen, measured
from benchmarks.measure import NotMeasuredError, Row

ROOT = Path(__file__).parents[3]
EXPECTED = {
    "crawler.vs_scrapy",
    "cleaner.vs_trafilatura",
    "amounts.vs_jieba_cut",
    "extractor.vs_posseg",
    "store.articles_per_second",
    "store.vs_row_by_row",
    "line.vs_peer",
    "line.vs_light_peer",
    "line.vs_floors",
    "scale.two_replicas",
}


def test_every_row_that_others_expect_is_measured_by_one_benchmark() -> None:
    names = [name for _, names in BENCHMARKS for name in names]
    assert set(names) >= EXPECTED
    assert len(names) == len(set(names))


@pytest.mark.parametrize("only", ["store", "store.vs_row_by_row"])
def test_a_group_or_a_row_chooses_its_benchmark(only: str) -> None:
    ((_, names),) = chosen(only)
    assert names[:2] == ("store.articles_per_second", "store.vs_row_by_row")


def test_nothing_chosen_is_everything_and_an_unknown_name_is_nothing() -> None:
    assert chosen(None) == list(BENCHMARKS)
    assert chosen("stor") == []


def test_rows_are_passed_on_as_they_come() -> None:
    row = Row("a.b", 1.0, "x", "")
    assert list(measured(lambda: [row], ["a.b"])) == [row]


def test_rows_that_cannot_be_measured_say_why() -> None:
    def benchmark() -> Iterator[Row]:
        yield Row("a.b", 1.0, "x", "")
        raise NotMeasuredError("the peer is away")

    first, second = measured(benchmark, ["a.b", "a.c"])
    assert (first.name, first.value) == ("a.b", 1.0)
    assert (second.name, second.value) == ("a.c", None)
    assert second.against == "not measured: the peer is away"


def test_a_defect_of_ours_is_not_hidden() -> None:
    def benchmark() -> Iterator[Row]:
        yield from ()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        list(measured(benchmark, ["a.b"]))


@pytest.mark.parametrize(
    ("only", "module"),
    [
        ("cleaner.vs_trafilatura", "trafilatura"),
        ("crawler.vs_scrapy", "scrapy"),
        ("line", "psutil"),
        ("line", "recognizers_date_time"),
    ],
)
def test_without_its_peer_a_row_says_how_to_get_it(
    only: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("scrapy", "trafilatura", "recognizers_date_time", "psycopg", "psutil"):
        stand_in = None if each == module else sys
        monkeypatch.setitem(sys.modules, each, stand_in)
    ((benchmark, names),) = chosen(only)
    rows = list(measured(benchmark, names))
    assert [row.name for row in rows] == list(names)
    assert {row.value for row in rows} == {None}
    assert {row.against for row in rows} == {
        f"not measured: no {module} here: pip install parkwire[bench]"
    }


def test_an_unknown_name_is_a_wrong_call_that_tells_the_known_ones() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--only", "speed"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "crawler.vs_scrapy" in done.stderr
    assert "Traceback" not in done.stderr


def test_results_that_were_written_have_known_names_and_shape() -> None:
    file = ROOT / "benchmarks" / "results.json"
    if not file.exists():
        pytest.skip("no results: make bench")
    known = {name for _, names in BENCHMARKS for name in names}
    for name, result in json.loads(file.read_text("utf-8")).items():
        assert name in known
        assert set(result) == {"value", "unit", "against"}
        assert result["against"]
        assert result["value"] is None or result["value"] > 0
