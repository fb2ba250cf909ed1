"""Parks: development zones, industrial parks, science cities, and their short forms."""

import re
from functools import cache

from services.extractor import tables
from services.extractor.boundaries import name_start
from services.extractor.entities.gazetteer import gazetteer
from services.extractor.entities.mention import Claims, Mention
from services.extractor.industries import industry_terms
from services.extractor.matching import WordFinder
from services.extractor.segment import Words, is_coined

# 产业园区 must not end at 产业园, nor 小镇 begin 小镇长; 新区 is none in 新区域.
_NOT_AFTER = r"(?![区域长化型])"


_LIMIT = 12  # characters of a name before its type
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
    told = bytearray(len(words.text))
    found = [
        _marked(told, Mention("park", *match.span()))
        for match in _FREE_TRADE.finditer(words.text)
        if claims.is_free(*match.span())
    ]
    for start, end in _known().find(words.text):
        is_free = claims.is_free(start, end) and not any(told[start:end])
        if is_free and not _suffix().match(words.text, end):
            found.append(_marked(told, _known_park(words, start, end, claims)))
    floor = 0
    for match in _suffix().finditer(words.text):
        end = match.start()
        if not claims.is_free(end, match.end()) or told[match.end() - 1]:
            floor = match.end()
            continue
        form = park_kind(match[0])
        kind = form[1] if form else "site"
        known = told.rfind(b"\x01", max(0, end - _LIMIT), end) + 1
        edge = max(floor, known, claims.floor(end))
        start = name_start(words, end, limit=_LIMIT, floor=edge)
        start = _from_division(words, _after_generic(words, start, end), edge)
        name = words.text[start:end]
        if kind == "self" or (name and _names(words, start, end, match[0])):
            found.append(Mention("park", start, match.end()))
            floor = match.end()
    return sorted(found, key=lambda m: m.start)


def _marked(told: bytearray, mention: Mention) -> Mention:
    told[mention.start : mention.end] = b"\x01" * (mention.end - mention.start)
    return mention


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


def _from_division(words: Words, start: int, floor: int) -> int:
    """Return where the divisions begin that stand before a name: 甘肃省武威市|凉州区…园区."""
    while start > floor:
        token = words.tokens[words.index_at(start - 1)]
        if token.end < start or token.start < floor or token.word not in gazetteer().full:
            break
        start = token.start
    return start


def _after_generic(words: Words, start: int, end: int) -> int:
    """Skip describing words at the head of a name: 国家级|株洲高新区."""
    for token in words.between(start, end):
        if token.word not in tables.word_set("park_generic.txt"):
            return token.start
        if words.text.startswith(("（", "("), token.end):
            return token.start  # 中国|（南昌）中医药科创城
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
    own = [
        t
        for t in tokens
        if (t.tag != "ns" or t.word not in gazetteer().by_name)
        and (not t.word.isascii() or t.tag == "company")  # LED产业园 tells a kind
    ]
    if form in _LOOSE:
        placed = len(own) < len(tokens)  # 曹妃甸|装备制造|园区
        return any(len(t.word) > 1 and is_coined(t.word) for t in own) or (
            placed and any(t.word in industry_terms() for t in own)
        )
    if own or form not in _COMMON:
        return True
    if form not in _GARDENS:
        return False
    business = tables.word_set("company_words.txt") | industry_terms()
    return any(t.word in business for t in words.between(start, end))  # 姑苏|数字|科技|产业园


_GARDENS = frozenset(["产业园", "工业园", "科技园", "物流园"])
