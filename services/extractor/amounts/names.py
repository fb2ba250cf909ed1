"""Names, labels and ranks that hold a number and are no amounts, from `data/names.toml`."""

import re
from typing import Any, Final

from services.extractor.amounts.units import load
from services.extractor.matching import alternatives

_TABLE: Final[dict[str, Any]] = load("names")
_NAME: Final = re.compile(alternatives(_TABLE["names"]))
_LONGEST: Final = max(map(len, _TABLE["names"]))
_LABEL: Final = re.compile(
    f"(?!{alternatives(_TABLE['after_but'])}){alternatives(_TABLE['after'])}"
)
_ORDINALS: Final = tuple(
    (re.compile(rf"{alternatives(entry['before'])}[ ]?\Z"), frozenset(entry["units"]))
    for entry in _TABLE["ordinals"]
)
_NEAR: Final = {
    name: re.compile(alternatives(_TABLE[name])) for name in ("people", "money", "electricity")
}
_CLAUSE_ENDS: Final = "，,。；;、\n\t"
# A model or a sum: H20, COVID-19, 2+3+1. The words of a Latin abbreviation may touch a number
# (GDP122亿元, IPO3家), one letter may not.
_MODEL: Final = re.compile(r"(?:(?<![A-Za-z])[A-Za-z]|[A-Za-z][-_]|[0-9A-Za-z]\+)\Z")


def is_label(text: str, start: int, end: int) -> bool:
    """Return whether the number at `text[start:end]` is part of a name, a model or a class."""
    if _LABEL.match(text, end):
        return True
    if start and text[start - 1].isascii() and _MODEL.search(text, max(0, start - 2), start):
        return True
    return text[start] not in "0123456789" and _in_name(text, start, end)


def _in_name(text: str, start: int, end: int) -> bool:
    floor = max(0, start - _LONGEST)
    while match := _NAME.search(text, floor, min(len(text), end + _LONGEST)):
        if match.start() >= end:
            return False
        if match.end() > start:
            return True
        floor = match.end()
    return False


def is_ordinal(text: str, start: int, unit: str) -> bool:
    """Return whether the number before `unit`, from `start`, is an ordinal (前10位, 万历十年)."""
    return any(
        unit in units and before.search(text, max(0, start - 4), start)
        for before, units in _ORDINALS
    )


def near(name: str, text: str, start: int, end: int) -> bool:
    """Return whether a word of the list `name` stands in `text[start:end]`."""
    return _NEAR[name].search(text, max(0, start), end) is not None


def nearest(names: tuple[str, ...], text: str, start: int, end: int) -> str | None:
    """Return which of the lists has the last word in the clause that ends at `end`."""
    last, found = -1, None
    start = max(0, start)
    for delimiter in _CLAUSE_ENDS:
        start = max(start, text.rfind(delimiter, start, end))
    for name in names:
        for match in _NEAR[name].finditer(text, start, end):
            if match.end() > last:
                last, found = match.end(), name
    return found
