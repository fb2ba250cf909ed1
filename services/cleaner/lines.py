"""Lines inside a page that are not the article, by rules kept in `data/lines.toml`."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final, Literal

from services.cleaner.adverts import advert_lines
from services.cleaner.data import load

LineKind = Literal["text", "drop", "aside", "end", "caption", "byline"]

_PUNCTUATION: Final = re.compile("[，。！？；：、,;!?…“”]")
_KINDS: Final[tuple[LineKind, ...]] = ("end", "aside", "drop", "caption", "byline")


class LineRules:
    """The rules of one file, compiled: one expression per kind and length limit."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self._rules: list[tuple[LineKind, int, re.Pattern[str]]] = []
        for kind in _KINDS:
            by_length: dict[int, list[str]] = {}
            for rule in tables.get(kind, ()):
                by_length.setdefault(rule["longest"], []).extend(_alternatives(rule))
            self._rules += [
                (kind, longest, re.compile("|".join(patterns), re.IGNORECASE))
                for longest, patterns in by_length.items()
            ]
        self._longest = max((longest for _, longest, _ in self._rules), default=0)

    def kind(self, line: str) -> LineKind:
        """Say what `line` is; the first rule that applies decides."""
        size = len(line)
        if size > self._longest:
            return "text"
        for kind, longest, pattern in self._rules:
            if size <= longest and pattern.match(line):
                return kind
        return "text"


def _alternatives(rule: dict[str, Any]) -> Iterable[str]:
    yield from (f"(?:{pattern})" for pattern in rule.get("head", ()))
    yield from (rf"(?:{pattern})\Z" for pattern in rule.get("whole", ()))
    yield from (f".*?(?:{pattern})" for pattern in rule.get("anywhere", ()))


def is_prose(line: str) -> bool:
    """Whether a line reads like a sentence rather than like a label."""
    return len(line) >= 12 and bool(_PUNCTUATION.search(line))


@cache
def line_rules() -> LineRules:
    """Return the rules of the package, compiled once per process."""
    return LineRules(load("lines.toml"))


def kinds_of(lines: Sequence[str]) -> list[LineKind]:
    """Say what every line of a page is, each by itself and then by what stands beside it."""
    kind = line_rules().kind
    kinds = [kind(line) for line in lines]
    for i in advert_lines(lines, [kind == "drop" for kind in kinds]):
        if kinds[i] == "text":
            kinds[i] = "drop"
    return kinds
