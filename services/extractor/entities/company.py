"""Companies: full names by their suffix, short names by a line of business after a coined word."""

import re
from functools import cache
from itertools import pairwise, zip_longest

from services.extractor import tables
from services.extractor.boundaries import is_pause, is_stop, is_verb, may_be_inside, name_start
from services.extractor.entities.gazetteer import gazetteer
from services.extractor.entities.mention import Claims, Mention
from services.extractor.matching import WordFinder, alternatives
from services.extractor.segment import Words, is_coined

_FULL_LIMIT = 28
_LONGEST = 50
_AFTER_ENTERPRISE = ("管理", "服务", "咨询", "发展", "孵化", "集团", "总部", "家", "运营")
# Describing words of one character with which made-up names like to begin.
_FIRST = frozenset("新中大上")
_NUMBERED_UNIT = re.compile(
    r"第[\d一二三四五六七八九十百]+(?:研究所|研究院|设计院|勘察设计院|工程局|分公司)"
)
_LIMITED = ("有限公司", "有限责任公司", "合伙企业", "株式会社")
_NOT_AFTER = r"(?![军成化群业]|市场|交易|监管|报|时报|股票)"
# A line of business goes on in a common noun: 宏图科技|园, 电子|商务; then it ends no name.
_GOES_ON = re.compile(
    r"[园城谷港馆院所局厅部类型化业界链群性度员师品机器股]|领域|产业|行业|制造|生产线|信息|商务|工程|集群|人才|创新|成果|设备|产品|大学|学院|含量|支撑|赋能|强|之|与[^、，。]{1,4}(?:产业|技术)"
)


@cache
def _suffix() -> re.Pattern[str]:
    return re.compile(alternatives(tables.words("company_suffixes.txt")) + _NOT_AFTER)


@cache
def _business() -> re.Pattern[str]:
    return re.compile(alternatives(tables.words("company_words.txt")))


@cache
def _known() -> WordFinder:
    return WordFinder(tables.words("companies.txt"))


def find_full_names(words: Words, claims: Claims) -> None:
    """Claim names that end with 有限公司, 集团, 公司, 银行 and the like."""
    inner = tables.word_set("company_inner.txt", "company_words.txt")
    for match in _suffix().finditer(words.text):
        end = match.start()
        limited = match[0].endswith(_LIMITED)
        start = name_start(
            words,
            end,
            limit=_FULL_LIMIT if limited else 14,
            floor=claims.floor(end),
            inner=inner if limited else tables.word_set("company_inner.txt"),
            verbs=limited,
        )
        if limited:
            start = _from_place(words, start, max(claims.floor(end), end - _FULL_LIMIT))
        start = _without_head(words, start, end)
        of_state = "集团" in match[0] and _is_of_state(words, start, end)
        if end - start >= 2 and (limited or of_state or _is_named(words, start, end)):
            unit = _NUMBERED_UNIT.match(words.text, match.end())
            claims.claim(Mention("company", start, unit.end() if unit else match.end()))


# Conjunctions, prepositions, pronouns, particles and titles: no full name goes on before them.
_NEVER_INSIDE = frozenset(["c", "p", "r", "rr", "u", "uj", "ul", "y", "title"])


def _from_place(words: Words, start: int, floor: int) -> int:
    """Return where the place stands with which a full name begins; `start` if there is none.

    Between the two may be words at which names mostly begin: 合肥岚投资|本|创业投资有限公司.
    """
    inner = tables.word_set("company_inner.txt")
    index = words.index_at(start - 1) if start > floor else -1
    edge = start
    while index >= 0:
        token = words.tokens[index]
        if token.end != edge or token.start < floor or is_pause(token):
            return start
        if token.tag == "ns" and _place_of(token.word):
            return _from_place(words, token.start, floor)
        is_inner = token.word in inner and may_be_inside(words.tokens[index + 1])
        stops = token.word in tables.word_set("name_stops.txt") or token.tag in _NEVER_INSIDE
        if (stops or is_verb(token)) and not (may_be_inside(token) or is_inner):
            return start
        edge = token.start
        index -= 1
    return start


def _is_of_state(words: Words, start: int, end: int) -> bool:
    """Return whether it is called after the country and a line of business: 中国|电子科技|集团."""
    tokens = words.between(start, end)
    return len(tokens) > 1 and tokens[0].word == "中国"


def _without_head(words: Words, start: int, end: int) -> int:
    """Skip describing words at the head: 国有企业|宏图集团, 上市公司|."""
    tokens = words.between(start, end)
    kinds = [i for i, t in enumerate(tokens[:-1]) if t.word.endswith("企业")]
    if kinds and tokens[kinds[-1] + 1].word not in _AFTER_ENTERPRISE:
        tokens = tokens[kinds[-1] + 1 :]  # 德国独资企业|海格曼涂料有限公司
    for token, after in zip_longest(tokens, tokens[1:]):
        if token.word not in tables.word_set("company_generic.txt") or token.word in (
            "中国",
            "国际",
            "全球",
        ):
            return token.start
        if token.word in _FIRST and after and is_coined(after.word):
            return token.start  # 中|岚睿材集团
    return end


_LATIN = re.compile(r"[A-Z][A-Za-z]+")


def _is_named(words: Words, start: int, end: int) -> bool:
    """Return whether a word is more than general: 高科|集团 is, 国有|集团 and 产业|集团 are not."""
    tokens = words.between(start, end)
    generic = tables.word_set("company_generic.txt", "company_words.txt")
    first = [token for token in tokens[:1] if token.word in _FIRST]  # 中|睿|集团
    names = [*first, *(token for token in tokens if token.word not in generic)]
    if not names:
        return words.text[start:end] in tables.word_set("company_public.txt")
    if any(token.tag in ("ns", "nz", "company") or _LATIN.fullmatch(token.word) for token in names):
        return True
    if len(tokens) == 1 and words.text.startswith("集团", end):
        return len(tokens[0].word) > 1  # 东方|集团: an ordinary word, but a name here
    return len("".join(token.word for token in names if is_coined(token.word))) >= 2


def find_short_names(words: Words, claims: Claims) -> None:
    """Claim well-known companies, and coined words with a line of business (诺岚科技)."""
    text = words.text
    for start, end in _known().find(text):
        first = words.tokens[words.index_at(start)]
        if first.start == start and first.end >= end and first.word[end - start :] in _extensions():
            claims.claim(Mention("company", start, _extended(words, first.end, claims)))
        elif words.is_aligned(start, end) or end - start > 3:
            claims.claim(Mention("company", start, _extended(words, end, claims)))
    weak = tables.word_set("company_words_weak.txt")
    for match in _business().finditer(text):
        end = match.start()
        if not claims.is_free(end, match.end()) or _GOES_ON.match(text, match.end()):
            continue
        brand = _brand(words, end, claims.floor(end))
        if brand is None or (
            match[0] in weak
            and not (_guessed(words, brand, end) and words.is_aligned(end, match.end()))
        ):
            continue
        claims.claim(Mention("company", brand, match.end()))
    _find_placed(words, claims)
    _find_partners(words, claims)


def _find_partners(words: Words, claims: Claims) -> None:
    """Claim who signs with another: 夷陵区与|邦澜循环|签约."""
    for match in _PARTNER.finditer(words.text):
        start, end = match.span(1)
        tokens = words.between(start, end)
        if (
            words.is_aligned(start, end)
            and claims.is_free(start, end)
            and any(len(t.word) > 1 and is_coined(t.word) for t in tokens)
            and not any(is_stop(t) or is_verb(t) for t in tokens)
        ):
            claims.claim(Mention("company", start, end))


_PARTNER = re.compile(
    r"[与和同]([\u4e00-\u9fff]{2,8}?)(?<![区县市州旗府委局会院校园城])(?=(?:正式|成功|集中)?(?:签约|签署|签订|签下|达成(?:合作|战略)))"
)


def _extended(words: Words, end: int, claims: Claims) -> int:
    """Return the end of a known company's name with the unit or the coined word after it.

    华为|鼎岚, 中车|长春所.
    """
    bureau = _BUREAU.match(words.text, end)
    if bureau:
        return bureau.end()
    business = _business().match(words.text, end)
    if (
        business
        and business[0] not in _DONE_BY_COMPANIES
        and words.is_aligned(end, business.end())
        and not _GOES_ON.match(words.text, business.end())
    ):
        end = business.end()
    branch = _BRANCH.match(words.text, end)
    if branch and _place_of(branch[1]):
        return branch.end()
    unit = _UNIT.match(words.text, end)
    if unit and claims.is_free(end, unit.end()) and _place_of(unit[1]):
        return unit.end()
    index = words.index_at(end)
    token = words.tokens[index] if end < len(words.text) else None
    if token and token.start == end and token.tag == "" and _COINED.fullmatch(token.word):
        return token.end
    return end


# 中铁|十一局, 中交|三航局
_BUREAU = re.compile(r"[一二三四五六七八九十]{1,3}(?:局|院|航局|航院|公局|冶)(?:集团)?")
# Lines of business that are rather what a company does: 国家电投|投资的项目.
_DONE_BY_COMPANIES = ("投资", "建设", "发展")


@cache
def _extensions() -> frozenset[str]:
    return tables.word_set("company_words.txt") | {""}


_BRANCH = re.compile(r"[（(]([\u4e00-\u9fff]{2,3})[）)]")
_UNIT = re.compile(r"([\u4e00-\u9fff]{2,3})(?:所|院|分公司|公司)")
_LOCALITIES = tuple("镇乡村街路区县市站港湖山江河岛桥局院校人籍城")
_COINED = re.compile(r"[\u4e00-\u9fff]{2,4}")
_ENDS_SHORT = re.compile(r"[、，。；）)”\s]|等|旗下|项目|集团|$")


def _place_of(name: str) -> bool:
    return name in gazetteer().by_name


def _guessed(words: Words, start: int, end: int) -> bool:
    """Return whether the brand is in no dictionary at all, and stands at a boundary."""
    return all(
        (token.tag == "" and len(token.word) > 1 and is_coined(token.word)) or token.tag == "ns"
        for token in words.between(start, end)
    )


def _find_placed(words: Words, claims: Claims) -> None:
    """Claim a place with a coined word, where a pause or the like follows: 苏州阿岚、."""
    for place, token in pairwise(words.tokens):
        if place.tag != "ns" or place.end != token.start or not _place_of(place.word):
            continue
        if token.word in tables.word_set("company_public.txt"):
            claims.claim(Mention("company", place.start, token.end))  # 四川|能投
            continue
        if token.tag not in ("", "nr", "nrt") or not _COINED.fullmatch(token.word):
            continue
        if not is_coined(token.word) or token.word.endswith(_LOCALITIES):
            continue
        if _ENDS_SHORT.match(words.text, token.end):
            claims.claim(Mention("company", place.start, token.end))


def _brand(words: Words, end: int, floor: int) -> int | None:
    """Return where the coined word begins that ends at `end`, a place before it included."""
    index = words.index_at(end - 1) if end > floor else -1
    if index < 0 or words.tokens[index].end != end:
        return None
    generic = tables.word_set("company_generic.txt", "company_words.txt")
    start, length = end, 0
    while index >= 0:
        token = words.tokens[index]
        if token.end != start or token.start < floor or is_pause(token) or token.word in generic:
            break
        if index and words.tokens[index - 1].word[-1].isdigit():
            break  # 1000|吨|钽铌新材料
        if _place_of(token.word) and token.tag == "ns":
            return token.start if length >= 2 else None
        is_minor_place = token.tag == "ns" and not _place_of(token.word)
        if (is_stop(token) and token.tag != "nr") or not (is_coined(token.word) or is_minor_place):
            break
        if length + len(token.word) > 4:
            break
        start, length = token.start, length + len(token.word)
        index -= 1
    return start if 2 <= length <= 4 else None


def merge_touching(mentions: list[Mention]) -> list[Mention]:
    """Make one of companies that touch: 国家电投集团|岚陵电力; `mentions` are in order."""
    merged: list[Mention] = []
    for mention in mentions:
        last = merged[-1] if merged else None
        touches = (
            last is not None
            and last.type == mention.type == "company"
            and (last.end == mention.start and mention.end - last.start <= _LONGEST)
        )
        if last and touches:
            merged[-1] = Mention("company", last.start, mention.end)
        else:
            merged.append(mention)
    return merged
