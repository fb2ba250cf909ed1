"""Articles with inline marks (see tests/unit/extractor/data/marked.toml), taken apart."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_DATA: Final = Path(__file__).parents[1] / "unit" / "extractor" / "data" / "marked.toml"
_TYPES: Final = {
    "c": "company",
    "k": "park",
    "g": "government",
    "o": "organization",
    "l": "place",
    "p": "person",
    "t": "title",
    "j": "project",
}
_MARK: Final = re.compile(
    r"\[(?P<type>[ckgolptj]):|(?P<close>\])|\{(?P<told>[^{}=]+)=(?P<gold>[^{}]+)\}"
)
_KINDS: Final[dict[str, str]] = {
    "m2": "area",
    "m": "length",
    "s": "duration",
    "t": "mass",
    "W": "power",
    "Wh": "energy",
    "percent": "ratio",
}


@dataclass(slots=True)
class Marked:
    """An article and what is told in it; spans are offsets of `text`."""

    title: str
    published: str
    held: bool
    text: str = ""
    entities: list[tuple[str, int, int]] = field(default_factory=list)
    amounts: list[dict[str, Any]] = field(default_factory=list)
    projects: list[dict[str, Any]] = field(default_factory=list)


def marked_articles() -> list[Marked]:
    """Return the articles of the data file."""
    told = tomllib.loads(_DATA.read_text("utf-8"))["articles"]
    return [_article(entry) for entry in told]


def _article(entry: dict[str, Any]) -> Marked:
    article = Marked(entry["title"], entry["published"], entry["split"] == "held")
    article.projects = entry.get("projects", [])
    marked = entry["text"].strip()
    open_marks: list[tuple[str, int]] = []
    at = 0
    for mark in _MARK.finditer(marked):
        article.text += marked[at : mark.start()]
        at = mark.end()
        here = len(article.text)
        if mark["type"]:
            open_marks.append((_TYPES[mark["type"]], here))
        elif mark["close"]:
            kind, start = open_marks.pop()
            article.entities.append((kind, start, here))
        else:
            article.text += mark["told"]
            article.amounts.append(_amount(mark["told"], mark["gold"], here))
    article.text += marked[at:]
    return article


def _amount(told: str, gold: str, start: int) -> dict[str, Any]:
    value, unit, role, *rest = gold.split(" ")
    said = dict(item.split(":", 1) for item in rest)
    low, dots, high = value.partition("..")
    return {
        "text": told,
        "start": start,
        "end": start + len(told),
        "kind": _kind(unit),
        "low": float(low) if low else None,
        "high": (float(high) if high else None) if dots else float(low),
        "unit": unit,
        "role": role,
        **{
            {"s": "subject", "p": "period"}[key]: v
            for key, _, v in (s.partition(":") for s in said)
        },
    }


def _kind(unit: str) -> str:
    if "/" in unit:
        return "price"
    if unit in _KINDS:
        return _KINDS[unit]
    return "money" if unit.isascii() and unit.isupper() and len(unit) == 3 else "count"
