"""Words that touch an amount and qualify it, from `data/qualifiers.toml`."""

import re
from typing import Final, Required, TypedDict

from services.contracts.messages import Qualifier
from services.extractor.amounts.units import load
from services.extractor.matching import alternatives


class _Entry(TypedDict, total=False):
    qualifier: Required[Qualifier]
    before: list[str]
    not_after: str
    after: list[str]
    not_before: str


_TABLE: Final[list[_Entry]] = load("qualifiers")["qualifiers"]


def _guarded(entry: _Entry) -> str:
    guard = f"(?<![{entry['not_after']}])" if "not_after" in entry else ""
    return guard + alternatives(entry["before"])


def _followed(entry: _Entry) -> str:
    guard = f"(?![{entry['not_before']}])" if "not_before" in entry else ""
    return alternatives(entry["after"]) + guard


_WORDS_BEFORE: Final = "|".join(_guarded(entry) for entry in _TABLE if "before" in entry)
_MEANING_BEFORE: Final = {
    word: entry["qualifier"] for entry in _TABLE for word in entry.get("before", ())
}
_MEANING_AFTER: Final = {
    word: entry["qualifier"] for entry in _TABLE for word in entry.get("after", ())
}
_RANK: Final[dict[Qualifier, int]] = {
    entry["qualifier"]: rank for rank, entry in reversed([*enumerate(_TABLE)])
}
_BEFORE: Final = re.compile(rf"(?:(?:{_WORDS_BEFORE})了?[ ]?)?(?:{_WORDS_BEFORE})了?[ ]{{0,2}}\Z")
_WORD: Final = re.compile(_WORDS_BEFORE)
# Before a magnitude without a digit only: 上亿元, 上百家.
_UP_TO: Final = re.compile(r"(?<![以之马加])上\Z")
_ENDS: Final = frozenset(word[-1] for word in _MEANING_BEFORE) | frozenset("上了 ")
_LONGEST: Final = 12
_BRACKET: Final = re.compile("[)）]")

AFTER: Final = (
    r"(?:[(（]含(?:本数)?[)）])?"
    f"(?:{'|'.join(_followed(entry) for entry in _TABLE if 'after' in entry)})"
)
"""A regular expression for a qualifier after the unit."""


def qualifier_before(
    text: str, start: int, floor: int, *, magnitude: bool
) -> tuple[Qualifier | None, int]:
    """Return the qualifier that touches `text[start:]` on the left, and where it begins.

    Nothing left of `floor` is looked at. `magnitude`: the number is but a magnitude (亿元).
    """
    if start <= floor or text[start - 1] not in _ENDS:
        return None, start
    floor = max(floor, start - _LONGEST)
    if magnitude and _UP_TO.search(text, floor, start):
        return "at_least", start - 1
    match = _BEFORE.search(text, floor, start)
    if match is None:
        return None, start
    found = {_MEANING_BEFORE[word[0]] for word in _WORD.finditer(text, match.start(), match.end())}
    return stronger(*found), match.start()


def qualifier_after(words: str) -> Qualifier:
    """Return what a match of `AFTER` means."""
    return _MEANING_AFTER[_BRACKET.split(words)[-1]]


def stronger(*qualifiers: Qualifier | None) -> Qualifier | None:
    """Return the qualifier that wins, by the order of the table."""
    told: list[Qualifier] = [qualifier for qualifier in qualifiers if qualifier]
    if not told:
        return None
    strongest: Qualifier = min(told, key=_RANK.__getitem__)
    return strongest
