import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from openpyxl import load_workbook
from store_samples import database, facts
from typer.testing import CliRunner, Result

from services.cli.query import register
from services.contracts.messages import Amount, Entity, Project

BEARINGS = facts(
    0,
    entities=[Entity("company", "远岫精密", 0, 4, "远岫精密制造有限公司")],
    amounts=[Amount("36亿元", 17, 21, "money", 3.6e9, 3.6e9, "CNY")],
    projects=[
        Project(
            "project",
            "高端轴承项目",
            investors=("远岫精密制造有限公司",),
            amount_low=3.6e9,
            amount_high=3.6e9,
            currency="CNY",
            park="云溪高新区",
            stage="签约",
        ),
        Project("aggregate", "162个项目"),
    ],
)


@pytest.fixture(scope="module")
def dsn(postgres_server: str) -> Iterator[str]:
    with database(postgres_server, BEARINGS) as made:
        yield made


@pytest.fixture(autouse=True)
def _settings(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARKWIRE_POSTGRES_DSN", dsn)


def _run(*arguments: str) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, arguments)


def test_a_table_for_people() -> None:
    result = _run("projects", "--min-amount", "1亿", "--stage", "签约")
    assert result.exit_code == 0
    assert "高端轴承项目" in result.stdout
    assert "36亿元" in result.stdout
    assert "162个项目" not in result.stdout


def test_aggregates_when_asked() -> None:
    assert "162个项目" in _run("projects", "--aggregates").stdout


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(_run("amounts", "--format", "csv").stdout)))
    assert [(row["text"], row["low"]) for row in rows] == [("36亿元", "3600000000")]


def test_jsonl() -> None:
    result = _run("articles", "--format", "jsonl", "--investor", "远岫")
    [row] = map(json.loads, result.stdout.splitlines())
    assert (row["url"], row["projects"]) == ("https://news.example/0", 2)


def test_a_workbook_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "projects.xlsx"
    assert _run("projects", "--format", "xlsx", "-o", str(file)).exit_code == 0
    [sheet] = load_workbook(file).worksheets
    assert [cell.value for cell in sheet["A"]] == ["name", "高端轴承项目"]


def test_a_workbook_through_a_pipe() -> None:
    result = _run("projects", "--format", "xlsx")
    [sheet] = load_workbook(io.BytesIO(result.stdout_bytes)).worksheets
    assert sheet.max_row == 2


def test_a_table_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "projects.txt"
    assert _run("projects", "--output", str(file)).stdout == ""
    assert "高端轴承项目" in file.read_text("utf-8")


def test_a_file_that_cannot_be_written_ends_in_1(tmp_path: Path) -> None:
    result = _run("projects", "-o", str(tmp_path / "missing" / "file"))
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_no_match_is_an_answer() -> None:
    result = _run("projects", "--place", "白鹭")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "nothing matches\n"


def test_a_limit_that_is_reached_says_so() -> None:
    assert "--limit" in _run("articles", "--limit", "1").stderr
    assert _run("articles", "--limit", "2").stderr == ""


def test_a_database_without_tables_says_what_to_do(
    postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARKWIRE_POSTGRES_DSN", postgres_dsn)
    result = _run("projects")
    assert result.exit_code == 1
    assert "parkwire migrate" in result.stderr


def test_all_has_no_limit() -> None:
    assert _run("articles", "--limit", "1", "--all").stderr == ""


def test_words_are_found_in_any_order_and_shown_where_they_stand() -> None:
    result = _run("articles", "--text", "总投资 高新区", "--format", "jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {row["url"] for row in rows} == {"https://news.example/0"}
    assert "【总投资】" in rows[0]["match"]


def test_sums() -> None:
    rows = _run("projects", "--group-by", "industry", "--format", "jsonl").stdout.splitlines()
    [row] = map(json.loads, rows)
    assert (row["group_name"], row["projects"], row["amount"]) == (None, 1, 3.6e9)
    by_month = _run("projects", "--group-by", "month").stdout
    assert by_month.split()[0] == "Group"
    assert "36亿元" in by_month
    assert "1" in _run("amounts", "--group-by", "park").stdout
    assert "2024-03" in _run("articles", "--group-by", "month").stdout


def test_stories_and_parks() -> None:
    assert "云溪高新区签约（0）" in _run("stories").stdout
    assert json.loads(_run("parks", "--format", "jsonl").stdout)["park"] == "云溪高新区"
    assert "云溪高新区" in _run("parks").stdout
