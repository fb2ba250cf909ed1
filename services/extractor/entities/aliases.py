"""The document's own table of short names, made only from full names that stand in it."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from services.extractor import tables
from services.extractor.entities.mention import Claims, Mention
from services.extractor.entities.names import brand_forms, company_name, park_name, without_place
from services.extractor.entities.park import park_kind, short_type
from services.extractor.matching import alternatives
from services.extractor.segment import Words

_BODY = re.compile(r"(?:管委会|管理委员会|党工委)+$")
_DEFINED = re.compile(
    r"\s*[（(](?:以下)?(?:简称|下称)(?:为)?[:：]?[“\"]?([^”\"）)，,]{2,12})[”\"]?[）)]"
)
_LATIN_NAME = re.compile(r"[（(]([A-Z][A-Za-z&.-]+(?: [A-Z][A-Za-z&.-]+){0,3})[）)]")
# Before a bare 高新区 these make a kind of it: 国家级高新区, 全国高新区排名.
_KIND_BEFORE = re.compile(
    r"(?:国家级?|全国|全省|全市|省级|市级|各|类|级|其他|所有|等|家|个|一流|世界|活力|五好[”\"]?|打造|建成|现代化?|创建)[“\"]?$"
)


@cache
def _bare_park() -> re.Pattern[str]:
    forms = [row[0] for row in tables.rows("park_types.tsv") if row[2] == "zone"]
    return re.compile(
        rf"(?:{'|'.join(sorted(map(re.escape, forms), key=len, reverse=True))})(?![域长划级])"
    )


def main_park(mentions: Iterable[Mention], text: str) -> str | None:
    """Return the canonical name of the zone (else the park) that the article names most."""
    told = list(mentions)
    parks = [m.name or text[m.start : m.end] for m in told if m.type == "park"]
    bodies = [text[m.start : m.end] for m in told if m.type == "government"]
    towns = [
        place
        for m in told
        if m.type == "place" and (place := text[m.start : m.end]).endswith(("新城", "片区", "园区"))
    ]
    ends = {m.end: m for m in told if m.type == "park"}
    within = [  # 西咸新区|沣东新城: the part is meant
        text[ends[m.start].start : m.end]
        for m in told
        if m.type == "place" and m.start in ends and text[m.start : m.end].endswith("新城")
    ]
    if within:
        return Counter(within).most_common(1)[0][0]
    heads = [_BODY.sub("", body) for body in bodies]  # 苏州工业园区管委会 names its park
    for names in (
        [park for park in parks if is_zone(park)],
        [head for head in heads if park_kind(head) and not _bare_park().fullmatch(head)],
        [park for park in parks if not park.endswith("基地")] + towns,
    ):
        if names:
            return Counter(map(park_name, names)).most_common(1)[0][0]
    return None


def is_zone(name: str) -> bool:
    """Return whether a park's name ends with a type of zone (高新区), not of a site (产业园)."""
    kind = park_kind(name)
    return kind is not None and kind[1] == "zone"


def full_park_names(mentions: Iterable[Mention], text: str) -> dict[str, str]:
    """Return the name without its place to the one with it, for parks that are told in both ways:
    云泽高新区 to 滁州云泽高新区.
    """
    told = [m.name or text[m.start : m.end] for m in mentions if m.type in ("park", "government")]
    table: dict[str, set[str]] = {}
    for name in {park_name(_BODY.sub("", name)) for name in told}:
        short = without_place(name)
        if short != name and is_zone(short) and not _bare_park().fullmatch(short):
            table.setdefault(short, set()).add(name)
    return {short: names.pop() for short, names in table.items() if len(names) == 1}


def find_park_aliases(words: Words, claims: Claims, title: str) -> None:
    """Claim bare 高新区, 新区 … where the article or its title names the park they stand for."""
    text = words.text
    zones = [
        park_name(text[m.start : m.end])
        for m in claims.mentions
        if m.type == "park" and is_zone(text[m.start : m.end])
    ]
    if not zones:
        return
    counts = Counter(zones)
    main = counts.most_common(1)[0][0]
    titled = [zone for zone in counts if zone in title]
    for match in _bare_park().finditer(text):
        if _KIND_BEFORE.search(text, max(0, match.start() - 8), match.start()):
            continue
        short = short_type(match[0])
        same = [zone for zone, _ in counts.most_common() if zone.endswith(short)]
        named = (titled if titled and titled[0] in same else same)[:1]
        if not named and short in ("新区", "开发区"):
            named = [main] if len(counts) == 1 or counts[main] > sum(counts.values()) / 2 else []
        if named:
            claims.claim(Mention("park", match.start(), match.end(), named[0]))


def company_aliases(words: Words, claims: Claims) -> dict[str, str]:
    """Return short name to canonical name, for the companies that the article names in full."""
    text = words.text
    table: dict[str, str] = {}
    full = [m for m in claims.mentions if m.type == "company"]
    for mention in full:
        name = company_name(text[mention.start : mention.end])
        short = without_place(name)
        if name.endswith("集团") and short != name:  # before the companies of the group
            table.setdefault(short, name)
    for mention in sorted(full, key=lambda m: m.start - m.end):
        name = company_name(text[mention.start : mention.end])
        defined = _DEFINED.match(text, mention.end)
        if defined:
            table.setdefault(defined[1], name)
        for form in brand_forms(name):
            table.setdefault(form, name)
            for ending in ("集团", "公司", "科技", "股份"):
                table.setdefault(form + ending, name)
    return table


def find_latin_names(words: Words, claims: Claims) -> None:
    """Claim the Latin name in brackets behind a company's: 巴斯夫（BASF）."""
    for mention in [m for m in claims.mentions if m.type == "company"]:
        latin = _LATIN_NAME.match(words.text, mention.end)
        if latin:
            name = mention.name or words.text[mention.start : mention.end]
            claims.claim(Mention("company", *latin.span(1), company_name(name)))


def find_company_aliases(words: Words, claims: Claims, table: dict[str, str]) -> None:
    """Claim the short names of `table` that are long enough to be safe."""
    safe = sorted((form for form in table if len(form) >= 3), key=len, reverse=True)
    if not safe:
        return
    for match in re.finditer(alternatives(safe), words.text):
        claims.claim(Mention("company", match.start(), match.end(), table[match[0]]))
