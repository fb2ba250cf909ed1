"""Parks: development zones, industrial parks, science cities, and their short forms."""

import re
from functools import cache

from services.extractor import tables
from services.extractor.boundaries import name_start
from services.extractor.entities.gazetteer import gazetteer
from services.extractor.entities.mention import Claims, Mention
from services.extractor.matching import WordFinder
from services.extractor.segment import Words, is_coined

# 产业园区 must not end at 产业园, nor 小镇 begin 小镇长; 新区 is none in 新区域.
_NOT_AFTER = r"(?![区域长化型])"


# Types that need a coined word, and those for which a place alone is no name.
_LOOSE = ("园区", "产业园区", "物流园区", "科技园区")
_COMMON = (
    "产业园",
    "工业园",
    "科技园",
    "物流园",
    "产业基地",
    "工业基地",
    "小镇",
    "创新园",
    "软件园",
    "示范区",
    "试验区",
    "集聚区",
    "合作区",
)


# 中国（广西）自由贸易试验区钦州港片区
_FREE_TRADE = re.compile(
    r"中国[（(][\u4e00-\u9fff]{2,5}[）)]自由贸易试验区(?:[\u4e00-\u9fff]{2,5}片区)?"
)


@cache
def _types() -> dict[str, tuple[str, str]]:
    return {form: (short, kind) for form, short, kind in tables.rows("park_types.tsv")}


@cache
def _suffix() -> re.Pattern[str]:
    forms = sorted(_types(), key=len, reverse=True)
    return re.compile(
        rf"(?:{'|'.join(map(re.escape, forms))})(?:示范园|示范区|孵化园)?{_NOT_AFTER}"
    )


def park_kind(name: str) -> tuple[str, str] | None:
    """Return the type that `name` ends with and its kind (zone, site, self), or None."""
    form = next((name[i:] for i in range(len(name)) if name[i:] in _types()), None)
    return (form, _types()[form][1]) if form else None


def short_type(form: str) -> str:
    """Return the short form of a park type: 高新区 of 高新技术产业开发区."""
    short = _types()[form][0]
    return form if short == "-" else short


def park_mentions(words: Words, claims: Claims) -> list[Mention]:
    """Return every park that has a name; the bare types (高新区, 新区) are left to the aliases."""
    free_trade = (Mention("park", *m.span()) for m in _FREE_TRADE.finditer(words.text))
    found = [m for m in free_trade if claims.is_free(m.start, m.end)]
    found += [
        _known_park(words, start, end, claims)
        for start, end in _known().find(words.text)
        if claims.is_free(start, end) and not _suffix().match(words.text, end)
    ]
    told = bytearray(len(words.text))
    for mention in found:
        told[mention.start : mention.end] = b"\x01" * (mention.end - mention.start)
    floor = 0
    for match in _suffix().finditer(words.text):
        end = match.start()
        if not claims.is_free(end, match.end()) or told[match.end() - 1]:
            floor = match.end()
            continue
        form = park_kind(match[0])
        kind = form[1] if form else "site"
        start = name_start(words, end, limit=12, floor=max(floor, claims.floor(end)))
        start = _after_generic(words, start, end)
        name = words.text[start:end]
        if kind == "self" or (name and _names(words, start, end, match[0])):
            found.append(Mention("park", start, match.end()))
            floor = match.end()
    return sorted(found, key=lambda m: m.start)


@cache
def _known() -> WordFinder:
    return WordFinder(row[0] for row in tables.rows("parks.tsv"))


def _known_park(words: Words, start: int, end: int, claims: Claims) -> Mention:
    """Return a park of the table with the place that stands before it: 武汉|东湖高新区.

    Its name is the table's, with and without the place.
    """
    token = words.tokens[words.index_at(start - 1)] if start else None
    if token is None or token.end != start or not claims.is_free(token.start, start):
        return Mention("park", start, end)
    if token.tag != "ns" or token.word not in gazetteer().by_name:
        return Mention("park", start, end)
    return Mention("park", token.start, end, words.text[start:end])


def _after_generic(words: Words, start: int, end: int) -> int:
    """Skip describing words at the head of a name: 国家级|株洲高新区."""
    for token in words.between(start, end):
        if token.word not in tables.word_set("park_generic.txt"):
            return token.start
    return end


def _names(words: Words, start: int, end: int, form: str) -> bool:
    """Return whether a name stands before the type: a coined word, or a place with a type of zone.

    株洲产业园 and 湖南省园区 are no names of parks, but parks of a place.
    """
    tokens = [
        t for t in words.between(start, end) if t.word not in tables.word_set("park_generic.txt")
    ]
    if not tokens:
        return False
    own = [t for t in tokens if t.tag != "ns" or t.word not in gazetteer().by_name]
    if form in _LOOSE:
        return any(len(t.word) > 1 and is_coined(t.word) for t in own)
    return bool(own) or form not in _COMMON
