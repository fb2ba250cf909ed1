"""Media, institutes, schools and associations."""

import re
from functools import cache

from services.extractor import tables
from services.extractor.boundaries import name_start
from services.extractor.entities.gazetteer import gazetteer
from services.extractor.entities.mention import Claims, Mention
from services.extractor.matching import alternatives
from services.extractor.segment import Words, is_ordinary

_BYLINE = re.compile(r"(?:来源|原载|转自)[:：]\s*([\w·]{2,12})")
_DATELINE = re.compile(r"^([\u4e00-\u9fff·]{2,16}?)(?:\d+月\d+日)?[讯电]\s*[（(]", re.MULTILINE)
# 中科院|微电子所, 中国科学院大连化学物理研究所
_ACADEMY = re.compile(
    r"(?:中国科学院|中科院|中国工程院|中国社科院|中国社会科学院)"
    r"(?:[\u4e00-\u9fff]{2,10}?(?:研究所|研究院|所(?![有在需属])))?"
)
_SCHOOL = re.compile(r"第?[一二三四五六七八九十]{1,3}中(?:学)?(?![\u4e00-\u9fff]?[、心间期标])")


@cache
def _suffix() -> re.Pattern[str]:
    return re.compile(alternatives(tables.words("organization_suffixes.txt")) + "(?![议员长])")


@cache
def _media() -> re.Pattern[str]:
    return re.compile(alternatives(tables.words("media.txt")))


def find_organizations(words: Words, claims: Claims) -> None:
    """Claim every organization that has a name."""
    text = words.text
    for match in _BYLINE.finditer(text):
        claims.claim(Mention("organization", *match.span(1)))
    for match in _SCHOOL.finditer(text):
        end = match.start()
        known = gazetteer().full
        start = next((s for s in range(max(0, end - 8), end - 1) if text[s:end] in known), end)
        if start < end:
            claims.claim(Mention("organization", start, match.end()))
    for match in _ACADEMY.finditer(text):
        claims.claim(Mention("organization", *match.span()))
    for match in _media().finditer(text):
        claims.claim(Mention("organization", *match.span()))
    inner = tables.word_set("company_inner.txt")
    for match in _suffix().finditer(text):
        end = match.start()
        start = name_start(words, end, limit=16, floor=claims.floor(end), inner=inner)
        if end - start >= 2 and _is_named(words, start, end):
            claims.claim(Mention("organization", start, match.end()))
    for match in _DATELINE.finditer(text):
        at = match.start(1)
        for name in match[1].split("·"):
            if not name.startswith("本"):
                claims.claim(Mention("organization", at, at + len(name)))
            at += len(name) + 1


def _is_named(words: Words, start: int, end: int) -> bool:
    """Return whether the name has a place or a coined word in it, not only general words."""
    if words.text.startswith(("中国", "全国", "国家"), start) and end - start >= 4:
        return True
    return any(
        token.tag in ("ns", "nz", "nt", "company") or not is_ordinary(token.word)
        for token in words.between(start, end)
        if token.word not in tables.word_set("company_generic.txt")
    )
