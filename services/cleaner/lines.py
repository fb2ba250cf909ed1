"""Lines inside a page that are not the article, by rules kept in `data/lines.toml`."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any, Final, Literal

from services.cleaner.adverts import advert_lines
from services.cleaner.data import load

LineKind = Literal["text", "drop", "aside", "end", "caption", "byline"]

_PUNCTUATION: Final = re.compile("[，。！？；：、,;!?…“”]")
_KINDS: Final[tuple[LineKind, ...]] = ("end", "aside", "drop", "caption", "byline")
_SHORT: Final = 24
_REMEMBERED: Final = 4096
"""Short lines whose kind is remembered: what stands around the articles of some hosts."""

_Rule = tuple[LineKind, int, Callable[[str], object]]
"""A kind, the length of the longest line that the rule applies to, and whether it does."""


class LineRules:
    """The rules of one file, compiled: one expression per kind and length limit."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self._rules: list[_Rule] = []
        searches: list[_Rule] = []
        having = ""
        for kind in _KINDS:
            by_length: dict[int, list[str]] = {}
            for rule in tables.get(kind, ()):
                by_length.setdefault(rule["longest"], []).extend(_at_start(rule))
                for pattern in rule.get("anywhere", ()):
                    # Alone, since its first letters are what is searched for.
                    searches.append((kind, rule["longest"], _compile(pattern).search))
                    self._rules.append(searches[-1])
                    having += rule["having"]
            for longest, patterns in by_length.items():
                if patterns:
                    self._rules.append((kind, longest, _compile("|".join(patterns)).match))
        # By whether the line is a link, and whether it has a character that a search asks for.
        matched = [rule for rule in self._rules if rule not in searches]
        self._ways = {
            (link, has): [rule for rule in rules if not link or rule[0] in {"end", "aside"}]
            for has, rules in ((True, self._rules), (False, matched))
            for link in (False, True)
        }
        self._remembered = lru_cache(_REMEMBERED)(self._decide)
        self._having = _compile(f"[{re.escape(having)}]" if having else "(?!)").search
        self._longest = max((longest for _, longest, _ in self._rules), default=0)

    def kind(self, line: str, *, link: bool = False) -> LineKind:
        """Say what `line` is; the first rule that applies decides.

        Of a link only what begins with it matters: it is never the article itself.
        """
        # What stands around an article stands on other pages too.
        return (self._remembered if len(line) <= _SHORT else self._decide)(line, link)

    def _decide(self, line: str, link: bool) -> LineKind:
        size = len(line)
        if size > self._longest:
            return "text"
        for kind, longest, applies in self._ways[link, self._having(line) is not None]:
            if size <= longest and applies(line):
                return kind
        return "text"


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _at_start(rule: dict[str, Any]) -> Iterable[str]:
    yield from (f"(?:{pattern})" for pattern in rule.get("head", ()))
    yield from (rf"(?:{pattern})\Z" for pattern in rule.get("whole", ()))


def is_prose(line: str) -> bool:
    """Whether a line reads like a sentence rather than like a label."""
    return len(line) >= 12 and bool(_PUNCTUATION.search(line))


@cache
def line_rules() -> LineRules:
    """Return the rules of the package, compiled once per process."""
    return LineRules(load("lines.toml"))


def kinds_of(lines: Sequence[str], links: Sequence[bool]) -> list[LineKind]:
    """Say what every line of a page is, each by itself and then by what stands beside it.

    `links` says which of them only lead elsewhere.
    """
    kind = line_rules().kind
    kinds = [kind(line, link=link) for line, link in zip(lines, links, strict=True)]
    own = [i for i, link in enumerate(links) if not link]
    for k in advert_lines([lines[i] for i in own], [kinds[i] == "drop" for i in own]):
        if kinds[own[k]] == "text":
            kinds[own[k]] = "drop"
    return kinds
