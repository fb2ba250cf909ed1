"""Bodies of party and government: a place, a level or a park, and the body's word."""

import re
from collections.abc import Iterable
from functools import cache

from services.extractor import tables
from services.extractor.entities.mention import Claims, Mention
from services.extractor.matching import alternatives
from services.extractor.segment import Words

# 委 is also the beginning of 委托, 委员 and 委派.
_NOT_AFTER = r"(?![托员派任屈会])"
_OF_BRANCH = tuple("区县市州旗")
_BRANCH = re.compile(r"([\u4e00-\u9fff]{2,10})分局")
# 市 and 区 also end 城市, 园区 and 社区: there they are no level.
_LEVEL = re.compile(
    r"(?<![城园社地辖校院街郊景片库厂灾校都小专牧林矿山])(?:[省市区县州盟旗镇乡]|街道)$"
)
# 经开区党工委委员、|管委会|副主任
_BARE = re.compile(
    r"(?<![\u4e00-\u9fff])(?:党工委|管委会|管理委员会)(?=(?:常务)?(?:副?主任|副?书记|委员))"
)
_NATION = re.compile(r"国家$")


@cache
def _bodies() -> re.Pattern[str]:
    return re.compile(alternatives(tables.words("government_suffixes.txt")) + _NOT_AFTER)


@cache
def _national() -> re.Pattern[str]:
    return re.compile(alternatives(tables.words("government_bodies.txt")) + "(?![门队])")


@cache
def _park_type() -> re.Pattern[str]:
    forms = sorted((row[0] for row in tables.rows("park_types.tsv")), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, forms))})$")


def find_government(
    words: Words,
    claims: Claims,
    parks: Iterable[Mention],
    divisions: Iterable[tuple[int, int]],
) -> None:
    """Claim every body that has a place, a level or a park in front of it.

    `divisions` are the spans of the gazetteer's names in the text.
    """
    text = words.text
    heads = {end: start for start, end in divisions}
    heads.update((park.end, park.start) for park in parks)
    for match in _national().finditer(text):
        claims.claim(Mention("government", _head(text, match.start(), heads), match.end()))
    for match in _bodies().finditer(text):
        start = _head(text, match.start(), heads)
        if start < match.start():
            claims.claim(Mention("government", start, _branch_end(text, match.end(), heads)))
    for match in _BARE.finditer(text):
        claims.claim(Mention("government", *match.span()))


def _branch_end(text: str, end: int, heads: dict[int, int]) -> int:
    """Return the end of the body with its branch: 市自然资源局|滨湖分局."""
    branch = _BRANCH.match(text, end)
    if branch and (heads.get(branch.end(1)) == end or branch[1].endswith(_OF_BRANCH)):
        return branch.end()
    return end


def _head(text: str, end: int, heads: dict[int, int]) -> int:
    """Return where the body begins whose own word begins at `end`; `end` where it has no head."""
    if end in heads:
        start = heads[end]
        return heads.get(start, start)  # 湖南省|株洲市|商务局
    before = text[max(0, end - 16) : end]
    for pattern in (_park_type(), _LEVEL, _NATION):
        match = pattern.search(before)
        if match and match[0] not in ("园区", "产业园区", "工业园区"):
            return end - len(match[0])
    return end
