import io

import pytest
from msgspec import Struct
from rich.cells import cell_len

from services.cli.table import figure, print_table
from services.store.rows import AmountRow, AmountSum, ArticleRow, ParkRow, ProjectRow, ProjectSum


@pytest.mark.parametrize(
    ("low", "high", "unit", "expected"),
    [
        (3.6e9, 3.6e9, "CNY", "36亿元"),
        (1.2e12, 1.2e12, "CNY", "1.2万亿元"),
        (1.15e8, 1.15e8, "CNY", "1.15亿元"),
        (5.05e7, 5.05e7, "CNY", "5,050万元"),
        (8000.0, 8000.0, "CNY", "8,000元"),
        (0.5, 0.5, "CNY", "0.5元"),
        (1e9, 1e9, "USD", "10亿美元"),
        (1e9, 1e9, "SGD", "1,000,000,000 SGD"),
        (3e8, 5e8, "CNY", "3亿元–5亿元"),
        (1e8, None, "CNY", "≥1亿元"),
        (None, 1e8, "CNY", "≤1亿元"),
        (12.5, 12.5, "percent", "12.5%"),
        (133333.333, 133333.333, "m2", "133,333.33㎡"),
        (42.0, 42.0, "个", "42个"),
        (1e8, 1e8, "W", "100,000,000 W"),
        (450.0, 450.0, "CNY/m2", "450元/㎡"),
        (0.0, 0.0, "percent", "0%"),
        (None, None, "CNY", ""),
        (None, None, None, ""),
        (3.0, 3.0, None, "3"),
    ],
)
def test_a_figure(low: float | None, high: float | None, unit: str | None, expected: str) -> None:
    assert figure(low, high, unit) == expected


def _project(name: str, **fields: str) -> ProjectRow:
    return ProjectRow(
        name=name,
        kind="project",
        investors=["远岫精密", "云溪产投"],
        amount_low=3.6e9,
        amount_high=3.6e9,
        currency="CNY",
        area_m2=None,
        park=None,
        place="云溪市",
        stage="签约",
        date=fields.get("date"),
        industry=None,
        stages=["签约 2024-03"],
        articles=1,
        confidence=1.0,
        title=fields.get("title", "题目"),
        published="2024-03-05T08:00+08:00",
        url=fields.get("url", "https://news.example/0"),
    )


def _printed(row_type: type[Struct], *rows: Struct) -> str:
    out = io.StringIO()
    print_table(rows, row_type, out)
    return out.getvalue()


def test_columns_align_whatever_the_width_of_the_characters() -> None:
    lines = _printed(ProjectRow, _project("轴承"), _project("LED display 二期 line")).splitlines()
    starts = {cell_len(line[: line.index("签约")]) for line in lines if "签约" in line}
    assert len(starts) == 1


def test_a_pipe_gets_one_line_a_row_however_long() -> None:
    name = "很长的项目名称" * 60
    lines = [line for line in _printed(ProjectRow, _project(name)).splitlines() if name in line]
    assert len(lines) == 1
    assert "36亿元" in lines[0]
    assert "远岫精密、云溪产投" in lines[0]


def test_a_project_without_a_date_shows_its_articles() -> None:
    assert "2024-03-05 " in _printed(ProjectRow, _project("轴承"))
    dated = _printed(ProjectRow, _project("轴承", date="2024-02"))
    assert "2024-02 " in dated
    assert "2024-03-05" not in dated


def test_nothing_from_a_page_moves_the_cursor_or_is_markup() -> None:
    row = _project("甲\x1b[2J\x9b31m乙\r\n\u202e丙", title="[bold]题[/bold]\x07", url="x\x1b\\y")
    printed = _printed(ProjectRow, row)
    assert not set(printed) & set("\x1b\x9b\r\x07\u202e")
    assert "[bold]题[/bold]" in printed


def test_an_article_shows_its_outlet_or_its_site() -> None:
    def row(source: str | None) -> ArticleRow:
        return ArticleRow(
            "题目", "news.example", source, "2024", 1, 2, 3, "", "https://news.example/"
        )

    printed = _printed(ArticleRow, row("云溪日报"), row(None))
    assert "云溪日报" in printed
    assert "news.example" in printed


def test_an_amount_shows_what_was_said_and_what_it_comes_to() -> None:
    row = AmountRow(
        subject="云溪高新区",
        role="output_value",
        kind="money",
        text="超1亿元",
        low=1e8,
        high=None,
        unit="CNY",
        qualifier="over",
        period="2023",
        context="产值超1亿元",
        title="题目",
        published=None,
        url="https://news.example/",
    )
    printed = _printed(AmountRow, row)
    for shown in ("云溪高新区", "output value", "超1亿元", "≥1亿元", "2023", "题目"):
        assert shown in printed


def test_a_sum_of_no_amount_is_left_open() -> None:
    sums = _printed(ProjectSum, ProjectSum("云溪高新区", "project", 1, 0, 0.0))
    parks = _printed(ParkRow, ParkRow("云溪高新区", 1, 0.0, 0, 1, 0, 0, "2024-03", []))
    for printed in (sums, parks):
        assert "云溪高新区" in printed
        assert "元" not in printed


def test_the_roles_of_a_parks_figures_are_words() -> None:
    row = ParkRow("云溪高新区", 1, 1e8, 1, 1, 0, 0, "2024-03", ["2023 output_value 46.7亿元"])
    assert "2023 output value 46.7亿元" in _printed(ParkRow, row)


def test_what_cannot_be_added_up_has_no_total() -> None:
    told = _printed(
        AmountSum,
        AmountSum("云溪高新区", "growth", "percent", 3, None),
        AmountSum("云溪高新区", "tax", "CNY", 1, 1.2e8),
    )
    growth, tax = (line.split() for line in told.splitlines() if "云溪" in line)
    assert growth == ["云溪高新区", "growth", "3"]
    assert tax == ["云溪高新区", "tax", "1", "1.2亿元"]
