import csv
import gc
import io
import json
import sys

import pytest
from msgspec import Struct
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from services.cli.export import write_csv, write_jsonl, write_xlsx


class SampleRow(Struct, frozen=True):
    name: str
    investors: list[str]
    amount: float | None
    date: str | None = None


ROW = SampleRow("轴承项目", ["甲公司", "乙公司"], 3.6e9)


def _csv(*rows: SampleRow) -> list[list[str]]:
    out = io.StringIO()
    write_csv(rows, SampleRow, out)
    return list(csv.reader(io.StringIO(out.getvalue(), newline="")))


def _sheet(workbook: io.BytesIO) -> Worksheet:
    [sheet] = load_workbook(workbook).worksheets
    return sheet


def test_csv_has_a_header_and_joins_lists() -> None:
    assert _csv(ROW) == [
        ["name", "investors", "amount", "date"],
        ["轴承项目", "甲公司、乙公司", "3600000000", ""],
    ]


def test_csv_without_rows_is_a_header() -> None:
    assert _csv() == [["name", "investors", "amount", "date"]]


@pytest.mark.parametrize("name", ['引"号', "逗,号", "换\n行", "制\t表"])
def test_csv_keeps_what_it_must_quote(name: str) -> None:
    assert _csv(SampleRow(name, [], None))[1][0] == name


@pytest.mark.parametrize(
    "formula",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        '=HYPERLINK("x")',
        "-",
        "=5",
    ],
)
def test_csv_disarms_formulas(formula: str) -> None:
    assert _csv(SampleRow(formula, [formula], None))[1][:2] == ["'" + formula, "'" + formula]


@pytest.mark.parametrize("number", ["-3.1", "+86", "-1e5"])
def test_csv_leaves_numbers_alone(number: str) -> None:
    assert _csv(SampleRow(number, [], -3.5))[1] == [number, "", "-3.5", ""]


def test_jsonl_is_one_object_a_line_as_it_is() -> None:
    out = io.StringIO()
    write_jsonl([ROW, SampleRow("=1\n2", [], None, "2024-03")], out)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first == {
        "name": "轴承项目",
        "investors": ["甲公司", "乙公司"],
        "amount": 3.6e9,
        "date": None,
    }
    assert second["name"] == "=1\n2"


def test_a_workbook_keeps_numbers_as_numbers_and_formulas_as_text() -> None:
    out = io.BytesIO()
    write_xlsx([ROW, SampleRow("=1+1", ["=2"], 1.5, "2024-03")], SampleRow, out)
    sheet = _sheet(out)
    assert sheet.title == "samples"
    assert sheet.freeze_panes == "A2"
    rows = list(sheet.iter_rows())
    assert [[cell.value for cell in row] for row in rows] == [
        ["name", "investors", "amount", "date"],
        ["轴承项目", "甲公司、乙公司", 3600000000, None],
        ["=1+1", "=2", 1.5, "2024-03"],
    ]
    assert [cell.data_type for cell in rows[2]] == ["s", "s", "n", "s"]


def test_a_workbook_drops_what_xml_cannot_carry_and_cuts_what_excel_cannot_hold() -> None:
    out = io.BytesIO()
    write_xlsx([SampleRow("甲\x00\x1b乙", ["长" * 40_000], None)], SampleRow, out)
    sheet = _sheet(out)
    assert sheet["A2"].value == "甲乙"
    assert len(sheet["B2"].value) == 32_767


def test_a_workbook_ends_with_the_pipe_that_it_goes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    class LeftPipe(io.BytesIO):
        def write(self, _: object) -> int:
            raise BrokenPipeError

    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    with pytest.raises(BrokenPipeError):
        write_xlsx([ROW], SampleRow, LeftPipe())
    gc.collect()
    assert not unraisable
