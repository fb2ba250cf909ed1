"""Places: divisions by the gazetteer, and towns, roads and stations by their endings."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from services.extractor import tables
from services.extractor.boundaries import name_start
from services.extractor.entities.divisions import Place
from services.extractor.entities.gazetteer import gazetteer
from services.extractor.entities.mention import Claims, Mention
from services.extractor.segment import Words, is_coined

_LOCALITY = re.compile(
    r"(?:街道|(?<![城乡])镇(?![长区域政府化定江海])|(?<![农乡山新])村(?![民委庄镇集支长落级里])|(?:高铁|火车|汽车|地铁|城铁)[\u4e00-\u9fff]{0,3}站|"
    r"国际机场|机场(?![路建])|新城(?![区建镇项])|大道|高速公路|高速(?=[、，。路出])|(?<![道公铁线思之出回网套销电油气水街])路(?=[、，。与和以]|\d+号))"
)
_WITH_CLASS = re.compile(r"[省市县区州盟旗]$")
# After a short form these make another name: 河南路, 吉林大学; and 湖南省委 is of the government.
_CONTINUED = re.compile(r"[路街]|[一二三四五六]号|大学|学院|日报|晚报")


def find_places(words: Words, claims: Claims, divisions: Iterable[tuple[int, int]]) -> None:
    """Claim every place that `claims` leaves free; a place and its part make one mention.

    `divisions` are the spans of the gazetteer's names in the text.
    """
    text, known = words.text, gazetteer()
    divisions = list(divisions)
    _find_localities(words, claims, {end: start for start, end in divisions})
    told = [(start, end) for start, end in divisions if claims.is_free(start, end)]
    in_full = {text[start:end] for start, end in told} & known.full
    evidence = [place for name in in_full for place in known.by_name[name]]
    proven = {place.name for place in evidence}
    heads = {text[m.start : m.end] for m in claims.mentions if m.type in ("park", "government")}
    spans: list[tuple[int, int]] = []
    for start, end in told:
        form = text[start:end]
        if form not in known.full:
            if not _is_short_form(words, start, end):
                continue
            if form in known.unproven and not (
                proven & {p.name for p in known.by_name[form]}
                or any(h.startswith(form) for h in heads)
            ):
                continue
        if spans and spans[-1][1] == start and _continues(text[slice(*spans[-1])], form):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    for start, end in spans:
        place = resolve(_last_form(text[start:end]), ())
        claims.claim(Mention("place", start, end, place.name if place else text[start:end]))


def _is_short_form(words: Words, start: int, end: int) -> bool:
    return words.is_aligned(start, end) and not _CONTINUED.match(words.text, end)


def _continues(before: str, form: str) -> bool:
    """Return whether `form` is a part of the place `before`, both with their class."""
    known = gazetteer()
    if not _WITH_CLASS.search(before) or form not in known.full:
        return False
    last = _last_form(before)
    return any(a.holds(b) and a != b for a in known.by_name[last] for b in known.by_name[form])


@lru_cache(maxsize=4096)
def _last_form(text: str) -> str:
    """Return the last place of a compound: 雨花区 of 长沙市雨花区."""
    spans = list(gazetteer().finder.find(text))
    return text[spans[-1][0] : spans[-1][1]] if spans else text


def _find_localities(words: Words, claims: Claims, heads: dict[int, int]) -> None:
    """Claim towns, roads and stations; `heads` are the starts of the divisions by their ends."""
    generic = tables.word_set("park_generic.txt", "project_generic.txt")
    for match in _LOCALITY.finditer(words.text):
        end = match.start()
        before = claims.floor(end)
        start = name_start(words, end, limit=8, floor=before)
        length = end - start
        named = length >= 2 and any(
            t.tag == "ns" or (len(t.word) > 1 and is_coined(t.word))
            for t in words.between(start, end)
        )
        if not named and match[0] == "新城" and length >= 2:
            named = any(t.word not in generic for t in words.between(start, end))
        # A name that would begin within a division's begins where the division does.
        cut = next((heads[e] for e in range(start + 1, end) if heads.get(e, end) < start), start)
        start = max(cut, before)
        while (
            start in heads
            and heads[start] >= before
            and _WITH_CLASS.search(words.text, start - 1, start)
        ):
            start = heads[start]  # 浙江省杭州市西湖区|文三路
        if named or (length == 0 and before == end and len(match[0]) > 1):
            claims.claim(Mention("place", start, match.end()))


def resolve(form: str, context: Iterable[Place]) -> Place | None:
    """Return the place that `form` means, or None where several have the name and nothing tells.

    `context` are the places that the article names: the candidate that lies in most of them, or
    holds most of them, is meant. Between levels the higher one is.
    """
    candidates = gazetteer().by_name.get(form) or gazetteer().by_name.get(_last_form(form), ())
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    # 衡阳 itself, told again, says nothing of whether the city or the county is meant.
    around = [place for place in context if place not in candidates]
    votes = Counter({c: sum(p.holds(c) or c.holds(p) for p in around) for c in candidates})
    (best, most), (_, second) = votes.most_common(2)
    if most > second:
        return best
    tops = [c for c in candidates if votes[c] == most]
    order = ("province", "city", "county", "region")
    highest = min(order.index(c.level) for c in tops)
    left = [c for c in tops if order.index(c.level) == highest]
    return left[0] if len(left) == 1 else None
