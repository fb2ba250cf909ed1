"""Rows as a table for people: aligned, with figures as they are spoken.

The text comes from pages, so nothing of it reaches the terminal that could move the cursor or
turn the direction of writing.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TextIO

from msgspec import Struct
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from services.cli.console import printable
from services.store.rows import (
    AmountRow,
    AmountSum,
    ArticleRow,
    ArticleSum,
    ParkRow,
    ProjectRow,
    ProjectSum,
    StoryRow,
)

_MONEY: Final = {
    "CNY": "元",
    "EUR": "欧元",
    "HKD": "港元",
    "JPY": "日元",
    "TWD": "新台币",
    "USD": "美元",
}
_SCALES: Final = ((1e12, "万亿"), (1e8, "亿"), (1e4, "万"))
_UNITS: Final = {"CNY/m2": "元/㎡", "m2": "㎡", "m3": "m³", "percent": "%"}

_WIDEST: Final = 100_000


def figure(low: float | None, high: float | None, unit: str | None) -> str:
    """Return bounds as people write them: 36亿元, 3亿元–5亿元, ≥1.15亿元, 12.5%.

    A bound that is None is open; where both are, there is nothing to write.
    """
    if low is not None and high is not None:
        bounds = (low,) if low == high else (low, high)
        return "–".join(_quantity(bound, unit or "") for bound in bounds)
    if low is not None:
        return "≥" + _quantity(low, unit or "")
    if high is not None:
        return "≤" + _quantity(high, unit or "")
    return ""


def print_table(rows: Sequence[Struct], row_type: type[Struct], out: TextIO) -> None:
    """Print `rows`, all of `row_type`, to `out`; nothing where there are none.

    A terminal gets a table of its own width, with links under the titles; a file or a pipe gets
    one line a row, however long.
    """
    if not rows:
        return
    columns = _COLUMNS[row_type]
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading, style, _ in columns:
        table.add_column(
            heading,
            justify="right" if style == "figure" else "left",
            overflow="fold",
            no_wrap=style != "words",
        )
    for row in rows:
        table.add_row(*(cell(row) for _, _, cell in columns))
    console = Console(file=out)
    if not console.is_terminal:
        console = Console(file=out, width=_WIDEST)
        console.width = console.measure(table).maximum
    console.print(table)


def _quantity(value: float, unit: str) -> str:
    if unit in _MONEY:
        for scale, word in _SCALES:
            if value >= scale:
                return f"{_number(value / scale)}{word}{_MONEY[unit]}"
        return _number(value) + _MONEY[unit]
    name = _UNITS.get(unit, unit)
    return (
        f"{_number(value)} {name}"
        if name[:1].isascii() and name[:1].isalpha()
        else (_number(value) + name)
    )


def _total(value: float | None, unit: str) -> str:
    return "" if value is None else _quantity(value, unit)


def _sum(amount: float, of_projects: int) -> str:
    return _quantity(amount, "CNY") if of_projects else ""


def _role(words: str) -> str:
    return words.replace("_", " ")


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _count(name: str) -> Callable[[Any], Text]:
    return lambda row: _text(f"{getattr(row, name):,}")


def _text(value: str | None) -> Text:
    return Text(printable(value or ""))


def _title(row: ProjectRow | ArticleRow | AmountRow | StoryRow) -> Text:
    text = _text(row.title or row.url)
    text.stylize(Style(link=printable(row.url)))
    return text


# Words wrap; a label (a date, a stage) and a figure do not, and a figure stands on the right.
_Column = tuple[str, Literal["words", "label", "figure"], Callable[[Any], Text]]

_COLUMNS: Final[dict[type[Struct], tuple[_Column, ...]]] = {
    ProjectRow: (
        ("Date", "label", lambda row: _text(row.date or _day(row.published))),
        ("Project", "words", lambda row: _text(row.name)),
        ("Investor", "words", lambda row: _text("、".join(row.investors))),
        (
            "Amount",
            "figure",
            lambda row: _text(figure(row.amount_low, row.amount_high, row.currency)),
        ),
        ("Where", "words", lambda row: _text(" ".join(filter(None, (row.park, row.place))))),
        ("Stages", "words", lambda row: _text("、".join(row.stages))),
        ("Articles", "figure", _count("articles")),
        ("Industry", "words", lambda row: _text(row.industry)),
        ("Article", "words", _title),
    ),
    ArticleRow: (
        ("Published", "label", lambda row: _text(_day(row.published))),
        ("Article", "words", _title),
        ("Outlet", "words", lambda row: _text(row.source or row.site)),
        ("Projects", "figure", _count("projects")),
        ("Amounts", "figure", _count("amounts")),
        ("Entities", "figure", _count("entities")),
        ("Where it stands", "words", lambda row: _text(row.match)),
    ),
    AmountRow: (
        ("Of", "words", lambda row: _text(row.subject)),
        ("Role", "words", lambda row: _text(_role(row.role))),
        ("As stated", "figure", lambda row: _text(row.text)),
        ("Amount", "figure", lambda row: _text(figure(row.low, row.high, row.unit))),
        ("Period", "label", lambda row: _text(row.period)),
        ("Published", "label", lambda row: _text(_day(row.published))),
        ("Article", "words", _title),
    ),
    StoryRow: (
        ("Published", "label", lambda row: _text(_day(row.published))),
        ("Article", "words", _title),
        ("Outlet", "words", lambda row: _text(row.source or row.site)),
        ("Articles", "figure", _count("articles")),
        ("Sites", "words", lambda row: _text("、".join(row.sites))),
    ),
    ParkRow: (
        ("Park", "words", lambda row: _text(row.park)),
        ("Projects", "figure", _count("projects")),
        ("Investment", "figure", lambda row: _text(_sum(row.investment, row.with_amount))),
        ("Signed", "figure", _count("signed")),
        ("Building", "figure", _count("building")),
        ("Built", "figure", _count("built")),
        ("Latest", "label", lambda row: _text(row.latest)),
        ("Figures", "words", lambda row: _text("、".join(map(_role, row.indicators)))),
    ),
    ProjectSum: (
        ("Group", "words", lambda row: _text(row.group_name or "—")),
        ("Kind", "label", lambda row: _text(row.kind)),
        ("Projects", "figure", _count("projects")),
        ("With amount", "figure", _count("with_amount")),
        ("Amount", "figure", lambda row: _text(_sum(row.amount, row.with_amount))),
    ),
    AmountSum: (
        ("Group", "words", lambda row: _text(row.group_name or "—")),
        ("Role", "words", lambda row: _text(_role(row.role))),
        ("Statements", "figure", _count("statements")),
        ("Total", "figure", lambda row: _text(_total(row.total, row.unit))),
    ),
    ArticleSum: (
        ("Group", "words", lambda row: _text(row.group_name or "—")),
        ("Stories", "figure", _count("stories")),
        ("Articles", "figure", _count("articles")),
    ),
}


def _day(published: str | None) -> str:
    return (published or "").partition("T")[0]
