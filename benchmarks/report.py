"""The table for people, and the file for programs."""

import json
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Row

RESULTS: Final = Path(__file__).with_name("results.json")
_WIDTH = 100


def table(row: Row) -> str:
    """Return the lines of one row."""
    value = "not measured" if row.value is None else f"{figure(row.value)} {row.unit}"
    first = f"{row.name:<28} {value:>22}  "
    return textwrap.fill(
        row.against,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
    )


def figure(value: float) -> str:
    """Return a measured value with the digits that mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def save(rows: Iterable[Row], file: Path = RESULTS) -> None:
    """Write `rows` to `file`; rows that it has from other runs stay."""
    known: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for row in rows:
        value = None if row.value is None else float(f"{row.value:.4g}")
        known[row.name] = {"value": value, "unit": row.unit, "against": row.against}
    text = json.dumps(dict(sorted(known.items())), ensure_ascii=False, indent=1)
    file.write_text(text + "\n", "utf-8")
