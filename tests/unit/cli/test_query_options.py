from datetime import date

import pytest
import typer
from typer.testing import CliRunner

from services.cli.query import parse_amount, parse_since, parse_until, register


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1亿", 1e8),
        ("1.5亿元", 1.5e8),
        ("5000万", 5e7),
        ("300000000", 3e8),
        ("300,000,000", 3e8),
        ("300，000元", 3e5),
        ("3千万", 3e7),
        ("2百亿", 2e10),
        ("1.2万亿", 1.2e12),
        ("0", 0.0),
        (" 10 亿 ", 1e9),
    ],
)
def test_an_amount(value: str, expected: float) -> None:
    assert parse_amount(value) == pytest.approx(expected)


@pytest.mark.parametrize(
    "value", ["", "亿", "-1亿", "1亿美元", "一亿", "1e8", "1.2.3", "nan", "1亿亿"]
)
def test_what_is_no_amount(value: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no amount"):
        parse_amount(value)


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-2-3", date(2024, 2, 3), date(2024, 2, 3)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
    ],
)
def test_a_date_or_what_it_covers(value: str, first: date, last: date) -> None:
    assert (parse_since(value), parse_until(value)) == (first, last)


@pytest.mark.parametrize(
    "value", ["", "24", "2024-13", "2024-00", "2024-02-30", "2024-02-00", "0000", "x"]
)
def test_what_is_no_date(value: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no date"):
        parse_since(value)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setenv("PARKWIRE_POSTGRES_DSN", "postgresql://127.0.0.1:1/nowhere")
    made = typer.Typer()
    register(made)
    return made


@pytest.mark.parametrize(
    "arguments",
    [
        ["--min-amount", "many"],
        ["--since", "2024-13"],
        ["--since", "2025", "--until", "2024"],
        ["--stage", "完成"],
        ["--format", "pdf"],
        ["--limit", "0"],
        ["--nonsense"],
        ["--group-by", "weather"],
    ],
)
@pytest.mark.parametrize("command", ["projects", "articles", "amounts", "stories", "parks"])
def test_a_wrong_call_ends_in_2(app: typer.Typer, command: str, arguments: list[str]) -> None:
    assert CliRunner().invoke(app, [command, *arguments]).exit_code == 2


@pytest.mark.parametrize("command", ["stories", "parks"])
def test_what_has_no_sums_says_so(app: typer.Typer, command: str) -> None:
    assert CliRunner().invoke(app, [command, "--group-by", "park"]).exit_code == 2


@pytest.mark.parametrize("command", ["projects", "articles", "amounts", "stories", "parks"])
def test_a_database_that_is_away_ends_in_1_with_one_line(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("PARKWIRE_POSTGRES_DSN", "postgresql://127.0.0.1:1/nowhere")
    result = CliRunner().invoke(app, [command])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("parkwire: the database cannot be asked")
    assert len(result.stderr.splitlines()) == 1
