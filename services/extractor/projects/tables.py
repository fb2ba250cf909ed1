"""Tables of projects: a row is a paragraph of cells joined by tabs, the first one the head."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from services.contracts.messages import Amount, Entity
from services.extractor.dates import Calendar
from services.extractor.entities.names import company_name, park_name
from services.extractor.projects.draft import Draft
from services.extractor.projects.stages import find_stages

_T = TypeVar("_T", Entity, Amount)
_TABLE = re.compile(r"^[^\n]*\t[^\n]*(?:\n[^\n]*\t[^\n]*)+$", re.MULTILINE)
_COLUMNS: Final = (
    ("name", re.compile(r"项目名称|^项目$|^名称$|工程名称")),
    (
        "investor",
        re.compile(
            r"投资方|投资主体|投资企业|投资单位|投资者|投资商|建设单位|业主|企业|公司|实施主体"
        ),
    ),
    ("amount", re.compile(r"投资额|总投资|计划投资|投资规模|投资总额|^投资")),
    ("area", re.compile(r"用地|占地|面积")),
    ("park", re.compile(r"园区|落户|落地|选址|建设地点|所在|开发区")),
    ("stage", re.compile(r"阶段|进展|状态|进度")),
    ("date", re.compile(r"时间|日期")),
)
_SUM = re.compile(
    r"^(?:[一二三四五六七八九十]+、)?(?:(?:[总共]?合|总|小|共)\s*计|备注|注[:：]?|—+|-*)(?:[（(].*)?$"
)


# A record in lines: 项目名称：…, 建设单位：…, 总投资：….
_FORM = re.compile(
    r"^[^\n：:\t]{2,10}[：:][^\n\t]+(?:\n[^\n：:\t]{2,10}[：:][^\n\t]+)+$", re.MULTILINE
)
_FIELD = re.compile(r"(?:^|\n)(?P<label>[^\n：:]{2,10})[：:](?P<value>[^\n]+)")
_NAME_LABEL = re.compile(r"[\d、.．\s]*(?:项目名称|工程名称)")


class _Cell:
    __slots__ = ("end", "start", "text")

    def __init__(self, text: str, start: int) -> None:
        self.text = text.strip()
        self.start = start
        self.end = start + len(text)


def table_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of the tables in the text, their heads included."""
    return [match.span() for match in _TABLE.finditer(text)] + _form_spans(text)


def _form_spans(text: str) -> list[tuple[int, int]]:
    return [m.span() for m in _FORM.finditer(text) if _NAME_LABEL.search(m[0])]


def read_tables(
    text: str, entities: Sequence[Entity], amounts: Sequence[Amount], calendar: Calendar
) -> Iterator[Draft]:
    """Yield a draft for every row of every table whose head has a column of project names."""
    for start, end in _form_spans(text):
        yield from _read_form(
            text, start, end, entities=entities, amounts=amounts, calendar=calendar
        )
    for match in _TABLE.finditer(text):
        start, end = match.span()
        rows = list(_rows(text, start, end))
        columns = _columns(rows[0])
        if "name" not in columns:
            continue
        for cells in rows[1:]:
            draft = _read_row(
                text, cells, columns, entities=entities, amounts=amounts, calendar=calendar
            )
            if draft:
                yield draft


def _read_form(
    text: str,
    start: int,
    end: int,
    *,
    entities: Sequence[Entity],
    amounts: Sequence[Amount],
    calendar: Calendar,
) -> Iterator[Draft]:
    """Yield a draft for every record of a form; a record begins with the project's name."""
    records: list[tuple[list[_Cell], list[_Cell]]] = []
    for match in _FIELD.finditer(text, start, end):
        if _NAME_LABEL.fullmatch(match["label"]):
            records.append(([], []))
        if records:
            records[-1][0].append(_Cell(match["label"], match.start("label")))
            records[-1][1].append(_Cell(match["value"], match.start("value")))
    for labels, values in records:
        draft = _read_row(
            text, values, _columns(labels), entities=entities, amounts=amounts, calendar=calendar
        )
        if draft:
            yield draft


def _rows(text: str, start: int, end: int) -> Iterator[list[_Cell]]:
    at = start
    for line in text[start:end].split("\n"):
        cells = []
        for cell in line.split("\t"):
            cells.append(_Cell(cell, at))
            at += len(cell) + 1
        yield cells


def _columns(head: Sequence[_Cell]) -> dict[str, int]:
    """Return which column tells what; the first that fits, and each column once."""
    columns: dict[str, int] = {}
    for name, pattern in _COLUMNS:
        fits = (
            i for i, c in enumerate(head) if pattern.search(c.text) and i not in columns.values()
        )
        index = next(fits, None)
        if index is not None:
            columns[name] = index
    return columns


def _read_row(
    text: str,
    cells: Sequence[_Cell],
    columns: dict[str, int],
    *,
    entities: Sequence[Entity],
    amounts: Sequence[Amount],
    calendar: Calendar,
) -> Draft | None:
    told = {name: cells[i] for name, i in columns.items() if i < len(cells)}
    name = told.get("name")
    if name is None or any(_SUM.match(cell.text) for cell in (cells[0], name)):
        return None
    start, end = cells[0].start, cells[-1].end
    draft = Draft(name.text, name.start, name.end, is_named=True, told=text[start:end])
    draft.evidence.append((start, end))
    if (investor := told.get("investor")) and investor.text:
        draft.investors = [company_name(investor.text)]
    else:
        draft.investors = [e.name for e in _inside(entities, name) if e.type == "company"][:1]
    for amount in _inside(amounts, told.get("amount")):
        draft.take(amount, is_investment=True)
    for amount in _inside(amounts, told.get("area")):
        draft.take(amount, is_investment=False)
    if (park := told.get("park")) and park.text:
        named = (e.name for e in _inside(entities, park) if e.type == "park")
        draft.park = next(named, park_name(park.text))
    if stage := told.get("stage"):
        draft.stage = next((v.stage for v in find_stages(text, stage.start, stage.end)), None)
    if date := told.get("date"):
        draft.date = next(iter(calendar.find(date.start, date.end)), None)
    return draft


def _inside(items: Sequence[_T], cell: _Cell | None) -> list[_T]:
    if cell is None:
        return []
    first = bisect_left(items, cell.start, key=lambda item: item.start)
    last = bisect_left(items, cell.end, key=lambda item: item.start)
    return list(items[first:last])
