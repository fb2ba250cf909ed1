"""Enumerations of companies and projects: A、B、C等26个项目, 包括A、B以及C项目, A、B等企业."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from services.extractor import tables
from services.extractor.boundaries import name_start
from services.extractor.industries import industry_terms
from services.extractor.segment import Words, is_coined

_ITEM = r"[^，,。；;：:、！!？?\n\t“”等]{2,36}"
_LIST = re.compile(
    rf"(?P<items>{_ITEM}(?:、{_ITEM}){{0,30}})"
    r"(?:等(?P<tail>[^，,。；;：:、\n]{0,14}?)"
    r"(?P<noun>项目|企业|公司|集团|客商|孵化器|平台|园区|品牌|厂商)|(?<=项目)(?=[^名目]|$))"
)
# Without an enumeration's comma or 等 behind it, a stretch between pauses holds none.
_STRETCH = re.compile(r"[^，,。；;：:！!？?\n\t“”等]{2,}+(等?)")
_TAIL = 18
"""Characters that an enumeration may have behind its items: 等26个项目."""
# An item with its sum: 投资3亿元的|岚洋热泵.
_FUNDED = re.compile(r"投资[^，。；、\d]{0,4}[\d.]+[亿万](?:美|欧|港|日)?元(?:人民币)?的")
# A sum in brackets behind an item: 岚洋装备基地（总投资32亿元）.
_REMARK = re.compile(r"[（(][^（）()]*\d[^（）()]*元[）)]?\Z")
_THERE_ARE = tuple("共含已还也现区市省县园")  # 全区有|A、B…: there are
_COUNTED = re.compile(r"\d+\s*个")


class Item(NamedTuple):
    """An item of an enumeration of `of`; `counted` where it goes on 等26个项目, or has a sum."""

    start: int
    end: int
    of: Literal["project", "company"]
    counted: bool


def find_items(words: Words) -> Iterator[Item]:
    """Yield the items of every enumeration, without the words around them."""
    text = words.text
    for match in _lists(text):
        full = match["noun"] is None  # A项目、B、C项目: the last item is a name, found as such
        noun = match["noun"] or "项目"
        of: Literal["project", "company"] = "project" if noun == "项目" else "company"
        counted = bool(match["tail"] and _COUNTED.search(match["tail"]))
        at = match.start("items")
        pieces = match["items"].split("、")
        if len(pieces) < 2 and not counted:
            continue
        for number, piece in enumerate(pieces):
            start, end = at, at + len(piece)
            at = end + 1
            if full and number == len(pieces) - 1:
                continue
            if number == 0:
                start = name_start(words, end, limit=24)
                if text.startswith("有", start) and text[start - 1 : start] in _THERE_ARE:
                    start += 1
            funded = _FUNDED.search(text, at - len(piece) - 1, end)
            if funded:
                start = funded.end()
            remark = _REMARK.search(text, start, end)
            if remark:
                end = remark.start()
            if end - start >= 2:
                yield Item(start, end, of, counted or (of == "project" and funded is not None))


def _lists(text: str) -> Iterator[re.Match[str]]:
    """Yield the enumerations, and other names of projects: the caller tells them apart."""
    for stretch in _STRETCH.finditer(text):
        if stretch[1] or "、" in stretch[0]:
            stop = min(len(text), stretch.end() + _TAIL)
            lists = _LIST.finditer(text, stretch.start(), stop)
            yield from (match for match in lists if match.start() < stretch.end())


def is_name(words: Words, start: int, end: int) -> bool:
    """Return whether an item has a coined word in it, not only words of the language."""
    tokens = words.between(start, end)
    generic = tables.word_set("company_generic.txt", "project_generic.txt")
    if all(token.word in generic or token.word in industry_terms() for token in tokens):
        return False
    return any(is_coined(token.word) for token in tokens) or (
        len(tokens) == 2
        and tokens[1].word in tables.word_set("company_words.txt")
        and tokens[0].word not in generic
    )
