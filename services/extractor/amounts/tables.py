"""Cells of a table: a number whose unit stands in the head of its column.

A table row is a line whose cells are separated by tabs; its head names units in brackets, as in
总投资（万元）.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from services.contracts.messages import Role
from services.extractor.amounts.grammar import Quantity
from services.extractor.amounts.numerals import parse_numeral
from services.extractor.amounts.roles import heading_role
from services.extractor.amounts.units import UNIT, UNITS, Unit

_MULTIPLE: Final = "(?P<multiple>[十百千万亿]{0,2}?)"
_HEAD: Final = re.compile(rf"[(（]{_MULTIPLE}(?P<unit>{UNIT})[)）][ ]*\Z")
_NUMBER: Final = re.compile(
    r"[ ]*(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3}){1,8}|[0-9]{1,18})(?:\.[0-9]{1,12})?)[ ]*"
)
_LINE: Final = re.compile(r"[^\n]+")
# 单位：亿元 over a table is the unit of the columns of money that name none of their own.
_CAPTION: Final = re.compile(
    rf"单位[:：]?[ ]*(?:人民币)?{_MULTIPLE}(?P<unit>{UNIT})[)）。；;，,]*[^\n]{{0,8}}\Z"
)
_MONEY_HEAD: Final = re.compile(
    r"(?:投资|金额|产值|收入|税收|引资|资金|投资额|总额|合同额)[^)）]{0,3}\Z"
)


class _Column(NamedTuple):
    unit: Unit
    multiple: Decimal
    role: Role


def scan_tables(text: str) -> Iterator[tuple[Quantity, Role]]:
    """Yield the amounts in the bare-number cells of the tables of folded `text`, with roles."""
    columns: list[_Column | None] = []
    caption: re.Match[str] | None = None
    for line in _LINE.finditer(text):
        if "\t" not in line[0]:
            columns = []
            caption = _CAPTION.search(line[0])
            continue
        cells = line[0].split("\t")
        heads = [_column(cell) or _captioned(cell, caption) for cell in cells]
        caption = None  # it is said of the head alone
        if any(heads):
            columns = heads
        elif len(cells) == len(columns):
            yield from _row(text, line.start(), cells, columns)


def _column(cell: str) -> _Column | None:
    match = _HEAD.search(cell)
    return _measured(match, cell[: match.start()]) if match else None


def _captioned(cell: str, caption: re.Match[str] | None) -> _Column | None:
    """Return the column of a head such as 总投资 under a caption that names a unit of money."""
    if caption is None or UNITS[caption["unit"]].kind != "money" or not _MONEY_HEAD.search(cell):
        return None
    return _measured(caption, cell)


def _measured(match: re.Match[str], heading: str) -> _Column:
    unit = UNITS[match["unit"]]
    multiple = parse_numeral(match["multiple"]) if match["multiple"] else None
    return _Column(
        unit,
        multiple.low if multiple else Decimal(1),
        heading_role(heading, unit.kind),
    )


def _row(
    text: str, start: int, cells: list[str], columns: list[_Column | None]
) -> Iterator[tuple[Quantity, Role]]:
    for cell, column in zip(cells, columns, strict=True):
        match = _NUMBER.fullmatch(cell)
        if column and match:
            value = Decimal(match["number"].replace(",", "")) * column.multiple
            exact = float(value * column.unit.numerator / column.unit.denominator)
            quantity = Quantity(
                start + match.start("number"),
                start + match.end("number"),
                column.unit.kind,
                exact,
                exact,
                column.unit.base,
                "exact",
            )
            yield quantity, column.role
        start += len(cell) + 1
