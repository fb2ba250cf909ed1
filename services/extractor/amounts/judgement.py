"""Telling a measured quantity from what only looks like one: a date, a name, a rank, an article."""

import re
from typing import Final, NamedTuple

from services.contracts.messages import Qualifier
from services.extractor.amounts.names import is_label, is_ordinal, near
from services.extractor.amounts.numerals import FORMAL, positional
from services.extractor.amounts.units import COUNTABLE, Unit
from services.extractor.matching import alternatives

CUE_REACH: Final = 14
"""How far before a number words may tell what it measures."""
MAGNITUDE: Final = re.compile("[十百千万亿]{1,2}")
"""A numeral that is nothing but magnitudes: 亿, 千亿."""

_ONE: Final = frozenset("一1")
_VAGUE: Final = frozenset("几数零")
_SMALL: Final = frozenset("二三四五六七八九十")
_THESE: Final = frozenset("这那该此前后首头每")
_NOT_A_HALF: Final = frozenset("上下前后大小")
_COUNTABLE: Final = re.compile(alternatives(COUNTABLE))
_YEAR_SECONDS: Final = 31_536_000
_MONTH: Final = re.compile("[ ]?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2}|正|闰.{1,2})月")
_FRAME_BEFORE: Final = re.compile(r"(?:未来|今后|往后|接下来|下一步)的?\Z")
_FRAME_AFTER: Final = re.compile("[之以]?来(?![自到源])")
_WITHIN: Final = re.compile("[以之]?内")
_HAN: Final = re.compile("[一-龥]")
_WORD_END: Final = re.compile(r"[^一-龥A-Za-z0-9]|\Z|[以左到至之的起]")
_HEADER: Final = re.compile(r"(?:[(（/:：\t]|单位)[ ]?\Z")
_HEADER_ENDS: Final = frozenset(")）/")
_LARGE: Final = frozenset(("area", "mass", "energy", "power", "volume"))


class Candidate(NamedTuple):
    """A number with its unit, where it stands in the text."""

    text: str
    start: int
    """Where the number begins, or the sign before it."""
    number_start: int
    end: int
    unit_end: int
    """Where the unit ends; -1 if none is written."""
    first: str
    """The numeral as it is written, the left one of a range."""
    last: str
    """The right one of a range, else the same."""
    spelling: str
    """The unit as it is written, or the empty string."""
    unit: Unit
    qualifier: Qualifier | None
    extended: bool
    """There is more behind its unit: 一年半, 一年多."""

    @property
    def before(self) -> str:
        """The character before it, or the empty string."""
        return self.text[self.start - 1] if self.start else ""

    @property
    def after(self) -> str:
        """The character behind it, or the empty string."""
        return self.text[self.end : self.end + 1]


def is_amount(found: Candidate) -> bool:
    """Return whether `found` is a measured quantity."""
    written, unit = found.first, found.unit
    if (written in FORMAL and unit.kind != "money") or written in _VAGUE:
        return False
    if is_label(found.text, found.number_start, found.end):
        return False
    if is_ordinal(found.text, found.start, found.spelling) or _is_code(written):
        return False
    if written == "半":
        return _is_half(found)
    if unit.edge:
        return _is_small_money(found)
    if unit.needs:
        return "亿" in written or _is_needed(found)
    if unit.kind == "duration":
        return _is_span_of_time(found)
    if unit.kind == "count" and written in _SMALL and found.first is found.last:
        return found.qualifier is not None or _is_statistic(found)
    if found.first is found.last and MAGNITUDE.fullmatch(written):
        return found.qualifier is not None or _is_bare_magnitude(found)
    return True


def _is_code(written: str) -> bool:
    """Return whether it is the number of a section or a code: 01, 零零二."""
    return written[0] in "0零" and len(written) > 1 and written[1] not in ".点"


def _is_half(found: Candidate) -> bool:
    if found.unit.kind == "duration":
        return found.qualifier is not None or found.extended  # 半年 alone is but a word
    if found.unit.kind in ("count", "money", "ratio") and found.spelling != "折":
        return False
    return found.before not in _NOT_A_HALF


def _is_small_money(found: Candidate) -> bool:
    """Tell 十块 and 5角 from 十块地, 长三角 and 五角大楼."""
    if found.end == found.unit_end and not _WORD_END.match(found.text, found.end):
        return False
    inside_word = found.unit.numerator < found.unit.denominator and _HAN.match(found.before)
    return not inside_word or found.qualifier is not None or found.first.isascii()


def _is_needed(found: Candidate) -> bool:
    end = min(len(found.text), found.end + 6)
    return near(found.unit.needs, found.text, found.number_start - CUE_REACH, end)


def _is_span_of_time(found: Candidate) -> bool:
    """Tell three years from the year 2003, from an article (一年) and from a frame (三年来)."""
    if found.first in _ONE and found.first is found.last and "工作日" not in found.spelling:
        if not found.extended and (found.first == "一" or found.qualifier is None):
            return False
    elif found.before != "近" and (
        _FRAME_AFTER.match(found.text, found.end)
        or _FRAME_BEFORE.search(found.text, max(0, found.start - 5), found.start)
    ):
        return False
    if found.first == "24" and found.spelling == "小时" and found.qualifier is None:
        return bool(_WITHIN.match(found.text, found.end))  # else it means round the clock
    if found.unit.numerator != _YEAR_SECONDS:
        return True
    last = found.last
    if last.isdecimal() and (len(last) == 4 or last[0] == "0"):
        return False
    if len(last) >= 3 and positional(last) is not None:
        return False  # 二〇二三年
    if found.unit_end != -1 and _MONTH.match(found.text, found.unit_end):
        return False
    return found.qualifier is not None or not MAGNITUDE.fullmatch(last) or last == "十"


def _is_statistic(found: Candidate) -> bool:
    """Tell a count from a summary: 三家企业 from 三个方面 and 这三家企业."""
    if found.before in _THESE:
        return False
    return not found.unit.abstract or bool(_COUNTABLE.match(found.text, found.end))


def _is_bare_magnitude(found: Candidate) -> bool:
    """Tell 千亿元 from the (亿元) of a table's head, and from idioms (千家万户)."""
    if found.first == "十":
        return True
    if found.after in _HEADER_ENDS and found.after:
        return False
    if _HEADER.search(found.text, max(0, found.start - 4), found.start):
        return False
    if found.unit.kind == "money":
        return len(found.first) == 2 or (found.first == "亿" and found.after not in "\n\t")
    return found.unit.kind in _LARGE
