"""Rows for other programs: CSV, JSON Lines and XLSX.

The columns are the row's fields, in their order. Where a format has no lists, the items are
joined by 、 as in Chinese text.
"""

import csv
from collections.abc import Iterable, Iterator
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final, TextIO

import msgspec
from msgspec import Struct
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

# A spreadsheet takes a cell that begins with one of these for a formula (OWASP, CSV injection);
# the wide ones where its language is an East Asian one.
_FORMULA_STARTS: Final = tuple("=+-@\t\r\n＝＋－＠")
_XLSX_CELL_LIMIT: Final = 32_767


def write_csv(rows: Iterable[Struct], row_type: type[Struct], out: TextIO) -> None:
    """Write CSV (RFC 4180) with a header.

    Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    writer = csv.writer(out)
    writer.writerow(row_type.__struct_fields__)
    writer.writerows([_guarded(cell) for cell in cells] for cells in _flat(rows))


def write_jsonl(rows: Iterable[Struct], out: TextIO) -> None:
    """Write JSON Lines: one object a line."""
    out.writelines(msgspec.json.encode(row).decode() + "\n" for row in rows)


def write_xlsx(rows: Iterable[Struct], row_type: type[Struct], out: BinaryIO) -> None:
    """Write a workbook of one sheet, its header frozen; numbers as numbers, all else as text.

    Characters that XML cannot carry are dropped; text is cut at 32,767 characters, where a cell
    of Excel ends. `out` need not be able to seek: a reader that leaves a pipe ends the writing.
    """
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(row_type.__name__.removesuffix("Row").lower() + "s")
    sheet.freeze_panes = "A2"
    header = [WriteOnlyCell(sheet, value=name) for name in row_type.__struct_fields__]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    for cells in _flat(rows):
        sheet.append([_xlsx_cell(sheet, cell) for cell in cells])
    with TemporaryFile() as whole:
        workbook.save(whole)
        whole.seek(0)
        copyfileobj(whole, out)


def _flat(rows: Iterable[Struct]) -> Iterator[list[Any]]:
    for row in rows:
        yield [_plain(value) for value in msgspec.structs.astuple(row)]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return "、".join(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 3600000000, not 3600000000.0
    return value


def _guarded(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) and not _is_number(cell):
        return "'" + cell
    return cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text[0] in "+-"


def _xlsx_cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value)[:_XLSX_CELL_LIMIT])
    cell.data_type = "s"  # openpyxl would take a leading = for a formula
    return cell
