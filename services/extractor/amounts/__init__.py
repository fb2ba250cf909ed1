"""Amounts: every measured quantity of a text, in base units, with role and period."""

from collections.abc import Iterator
from datetime import date

from services.contracts.messages import Amount, Role
from services.extractor.amounts.grammar import Quantity, scan
from services.extractor.amounts.numerals import fold
from services.extractor.amounts.periods import Periods
from services.extractor.amounts.roles import role_of
from services.extractor.amounts.tables import scan_tables

__all__ = ["find_amounts"]


def find_amounts(text: str, published: date | None = None) -> list[Amount]:
    """Return the amounts in `text`, sorted by start and apart from each other.

    `published` is the day of the article, by which 去年 and 一季度 are resolved.

    Offsets are code points of `text`, and `text[start:end]` is the amount's own text. `subject` is
    left open. Never raises, whatever the string; takes time linear in its length.
    """
    folded = fold(text)
    found = list(_with_roles(folded))
    if "\t" in text:
        found = _merged(found, list(scan_tables(folded)))
    if not found:
        return []
    periods = Periods(folded, published)
    return [
        Amount(
            text=text[quantity.start : quantity.end],
            start=quantity.start,
            end=quantity.end,
            kind=quantity.kind,
            low=quantity.low,
            high=quantity.high,
            unit=quantity.unit,
            qualifier=quantity.qualifier,
            role=role,
            period=None if quantity.kind == "duration" else periods.at(quantity.start),
        )
        for quantity, role in found
    ]


def _with_roles(folded: str) -> Iterator[tuple[Quantity, Role]]:
    before: Quantity | None = None
    role: Role = "other"
    for quantity in scan(folded):
        role = role_of(folded, quantity, before, role)
        before = quantity
        yield quantity, role


def _merged(
    running: list[tuple[Quantity, Role]], cells: list[tuple[Quantity, Role]]
) -> list[tuple[Quantity, Role]]:
    """Return both in order; what the running text already gave wins over a cell."""
    merged: list[tuple[Quantity, Role]] = []
    for quantity, role in sorted([*running, *cells], key=lambda found: found[0].start):
        if not merged or quantity.start >= merged[-1][0].end:
            merged.append((quantity, role))
    return merged
