"""Canonical names: the same for every mention of the same thing."""

import re
from functools import cache, lru_cache

from services.extractor import tables
from services.extractor.entities.divisions import short_form
from services.extractor.entities.gazetteer import gazetteer
from services.extractor.entities.park import park_kind, short_type

_LEGAL = re.compile(
    r"(?:股份有限公司|有限责任公司|集团有限公司|有限公司|集团总公司|集团公司|总公司|集团|公司)$"
)
_BRACKETED = re.compile(r"[（(][^）)]*[）)]")
_SPACE = re.compile(r"\s+")


def company_name(text: str) -> str:
    """Return a company's name in one spelling: full-width brackets, no white space."""
    return _SPACE.sub("", text).replace("(", "（").replace(")", "）")


def is_legal(name: str) -> bool:
    """Return whether a company's name is told with its legal form: 有限公司, 集团."""
    return _LEGAL.search(_BRACKETED.sub("", name)) is not None


def without_place(name: str) -> str:
    """Return `name` without the places it begins with."""
    known = gazetteer().by_name
    while True:
        head = next(
            (name[:n] for n in range(min(11, len(name) - 2), 1, -1) if name[:n] in known), None
        )
        if head is None:
            return name
        name = name[len(head) :]


@cache
def _business_ending() -> re.Pattern[str]:
    """The longest business word at the end that leaves a brand of two characters."""
    endings = tables.words("company_words.txt") + tables.words("company_inner.txt")
    return re.compile(rf"(?<=..)(?:{'|'.join(map(re.escape, endings))})$")


@lru_cache(maxsize=4096)
def brand_forms(name: str) -> tuple[str, ...]:
    """Return the short names of a company, longest first: 远岚医疗科技, 远岚医疗, 远岚.

    The last is the bare brand, which may have two characters and is then too weak to be looked
    for outside of a project's name.
    """
    core = without_place(_LEGAL.sub("", _BRACKETED.sub("", name)))
    core = _LEGAL.sub("", core)
    forms = [core]
    while (ending := _business_ending().search(core)) is not None:
        core = core[: ending.start()]
        forms.append(core)
    generic = tables.word_set("company_generic.txt")
    return tuple(form for form in forms if len(form) >= 2 and form not in generic)


def park_name(text: str) -> str:
    """Return a park's name with the short form of its place and type: 株洲高新区 for
    湖南省株洲市高新技术产业开发区.
    """
    known = gazetteer()
    head, rest = None, text
    while len(rest) > 2:
        form = next(
            (rest[:n] for n in range(min(11, len(rest) - 1), 1, -1) if rest[:n] in known.by_name),
            None,
        )
        if form is None or rest[len(form) :] in ("", "区"):
            break
        head, rest = form, rest[len(form) :]
    kind = park_kind(rest)
    if kind and (kind[0] != rest or not rest.startswith("国家")):
        rest = rest[: -len(kind[0])] + short_type(kind[0])
        rest = rest.removeprefix("国家级").removeprefix("国家") if head else rest
    return (short_form(head) if head else "") + rest
