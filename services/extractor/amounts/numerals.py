"""Numerals: Arabic, Chinese and mixed, as Chinese news writes them.

`NUMERAL` is the source of a regular expression for one numeral in folded text (see `fold`);
`parse_numeral` gives its value. Every repetition in it is bounded, so that a match costs a
constant at most, whatever the text.

Grammar after GB/T 15835-2011 (numerals in publications): grouped digits, decimals, 万 and 亿 after
digits, 点 as the decimal point, 两位相邻数字 as an approximate number (三五百, 七八), and the
capital forms of cheques (壹佰). 几 and 数 stand for a digit that is not told.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile
from math import prod
from typing import Final

_DIGITS: Final = {
    **dict(zip("零〇一二三四五六七八九", (0, *range(10)), strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)),
    "两": 2,
}
_MAGNITUDES: Final = {
    "十": 10,
    "拾": 10,
    "百": 100,
    "佰": 100,
    "千": 1000,
    "仟": 1000,
    "k": 1000,
    "K": 1000,
    "万": 10**4,
    "亿": 10**8,
    "兆": 10**12,
}
FORMAL: Final = frozenset("壹贰叁肆伍陆柒捌玖拾佰仟")
"""The capital forms: written where money is, to be proof against forgery."""

# One character for one, so that offsets stay. Traditional forms are here for the few that numerals
# and units need; articles come in Simplified Chinese already.
_FOLDING: Final = {
    **{ord(wide): ord(wide) - 0xFEE0 for wide in "０１２３４５６７８９％．－／～＋＄"},
    **{wide: wide - 0xFEE0 for first in "Ａａ" for wide in range(ord(first), ord(first) + 26)},
    **str.maketrans(
        "萬億兩點個貳參陸圓週幾數餘來佔幣塊錢對", "万亿两点个贰叁陆圆周几数余来占币块钱对"
    ),
    **str.maketrans("\u00a0\u3000￥〜−", "  ¥~-"),
}
_FOLDABLE: Final = re.compile("[" + "".join(map(chr, _FOLDING)).replace("\\", "") + "]")

# A full-width comma groups full-width digits; elsewhere it ends a clause.
_WIDE_GROUP: Final = re.compile("，(?=[０-９]{3}(?![０-９]))(?<=[０-９]，)")

_CN_DIGIT: Final = "[" + "".join(_DIGITS) + "]"
# 千瓦, 百分之, 兆瓦 …: there the character belongs to the unit.
_MAGNITUDE: Final = r"(?:[十拾万亿佰仟]|百(?!分|强)|千(?![瓦米克伏卡])|兆(?![瓦字帕赫比欧]))"
_CN_CHAR: Final = f"(?:[{''.join(_DIGITS)}几数]|{_MAGNITUDE})"
_GAP: Final = "[ ]{0,4}"
# A full-width comma groups too (1，200万元), but after a sign it parts two numbers ($20，300美元).
_ARABIC: Final = (
    r"(?:[0-9]{1,3}(?:,[0-9]{3}(?:[,，][0-9]{3}){0,7}|(?<![$¥€£][0-9])(?<![$¥€£][0-9]{2})"
    r"(?<![$¥€£][0-9]{3})(?:，[0-9]{3}){1,8})(?![0-9])(?:\.[0-9]{1,12})?"
    r"|[0-9]{1,18}(?:\.[0-9]{1,12})?(?![0-9])(?!\.[0-9]))"
)
_MORE: Final = "[多余来]"

CN_NUMERALS: Final = "".join((*_DIGITS, "几数", *_MAGNITUDES)).translate(
    dict.fromkeys(map(ord, "kK兆"))
)
"""The characters of Chinese numerals, for a character class."""
NUMERAL_START: Final = f"0-9半几数兆{CN_NUMERALS}"
"""The characters that a numeral can begin with, for a character class."""

NUMERAL: Final = (
    "(?>"
    # 3000多万, 1亿2千万, 10k, 120余, 5个亿
    f"{_ARABIC}(?:(?:[多余来几]|{_GAP}(?=[万亿])|个(?=[万亿])){{0,1}}{_MAGNITUDE}{{1,3}}"
    f"(?:(?:{_ARABIC}|{_CN_DIGIT}){_MAGNITUDE}{{1,3}}){{0,3}}|几|[kK](?![A-Za-z]))?{_MORE}?"
    # 一千多万, 一点五万, 十几, 数十亿, 七百三四十, 两个亿
    f"|{_CN_CHAR}{{1,24}}(?:{_GAP}点{_GAP}{_CN_DIGIT}{{1,9}}{_MAGNITUDE}{{0,3}})?"
    f"(?:{_MORE}{_MAGNITUDE}{{1,2}}|个(?=亿){_MAGNITUDE})?{_MORE}?"
    "|半(?:个亿)?)"
)

_PART: Final = re.compile(
    rf"(?P<arabic>[0-9][0-9,，]*(?:\.[0-9]+)?)|(?P<vague>[几数])|(?P<digits>{_CN_DIGIT}+)"
    f"|点(?P<fraction>{_CN_DIGIT}*)|(?P<magnitude>[{''.join(_MAGNITUDES)}])"
)


def fold(text: str) -> str:
    """Return `text` with full-width forms as ASCII and traditional numerals simplified.

    The length stays the same, so offsets hold in both.
    """
    if not _FOLDABLE.search(text):
        return text
    return _WIDE_GROUP.sub(",", text).translate(_FOLDING)


@dataclass(frozen=True, slots=True)
class Numeral:
    """The value of a numeral: `low` and `high` differ where it tells only an interval (三五百)."""

    low: Decimal
    high: Decimal
    more: bool
    """It says that there is more to it (余, 多)."""
    approximate: bool
    """It says that it is not exact (十来)."""
    scales: tuple[int, ...]
    """The magnitudes that a left side of a range may take from it: all that it ends with (三百万:
    a million), then the last of them (ten thousand)."""


@lru_cache(maxsize=8192)
def parse_numeral(written: str) -> Numeral | None:
    """Return the value of a match of `NUMERAL`, or None if it is no well-formed number."""
    if written[0] == "半":
        half = Decimal("0.5") if written == "半" else Decimal(5 * 10**7)
        return Numeral(half, half, more=False, approximate=False, scales=())
    more = "多" in written or "余" in written
    approximate = "来" in written
    plain = written.translate(_NOISE)
    low, high = _evaluate(plain, 0), _evaluate(plain, 1)
    if low is None or high is None:
        return None
    return Numeral(low, high, more, approximate, _scales(plain))


def positional(written: str) -> Decimal | None:
    """Return the value of digits that are read one by one (三八: 38), else None."""
    if all(char in _DIGITS for char in written):
        return Decimal("".join(str(_DIGITS[char]) for char in written))
    return None


_NOISE: Final = str.maketrans("", "", " 多余来个")


def _scales(plain: str) -> tuple[int, ...]:
    trailing = list(takewhile(_MAGNITUDES.__contains__, reversed(plain)))
    if not trailing:
        return ()
    return prod(_MAGNITUDES[char] for char in trailing), _MAGNITUDES[trailing[0]]


def _evaluate(plain: str, side: int) -> Decimal | None:
    """Return the lower (side 0) or upper (side 1) bound of `plain`."""
    sum_ = _Sum()
    for part in _PART.finditer(plain):
        if part["vague"]:
            if not sum_.add_vague(side):
                return None
        elif part["magnitude"]:
            sum_.scale(_MAGNITUDES[part["magnitude"]])
        elif part["arabic"]:
            sum_.digit = Decimal(part["arabic"].replace(",", "").replace("，", ""))
        elif part["fraction"] is not None:
            sum_.add_fraction(part["fraction"])
        else:
            sum_.add_digits(part["digits"], side)
    return sum_.value(colloquial=plain[-1] in _DIGITS)


class _Sum:
    """A numeral as it is summed from left to right."""

    def __init__(self) -> None:
        self.digit: Decimal | None = None
        """The digits in hand, before the magnitude that they count is known."""
        self._section = Decimal(0)  # what is summed below 万
        self._total = Decimal(0)  # what is closed by 万, 亿 or 兆
        self._closed = 0  # the last of those
        self._last = 0  # the magnitude before the digits in hand; 0 if a 零 came between

    def add_vague(self, side: int) -> bool:
        """Take 几 or 数: 1 to 10 at the head, 0 to 10 behind (十几); False if it cannot stand."""
        if self.digit is not None:
            self.digit += 10 * side
            return not self._last
        self.digit = Decimal(10 if side else (0 if self._last else 1))
        return True

    def add_digits(self, digits: str, side: int) -> None:
        """Take adjacent Chinese digits: 三五百 is an interval, 二〇二三 is read one by one."""
        values = [_DIGITS[char] for char in digits]
        if len(values) == 2 and 0 < values[0] < values[1]:
            self.digit = Decimal(values[side])
            return
        if values[0] == 0:
            self._last = 0
        self.digit = Decimal("".join(map(str, values)))

    def add_fraction(self, digits: str) -> None:
        """Take what stands behind 点."""
        fraction = "".join(str(_DIGITS[char]) for char in digits)
        self.digit = (self.digit or Decimal(0)) + Decimal(f"0.{fraction}")
        self._last = 0

    def scale(self, magnitude: int) -> None:
        """Take a magnitude: 十, 百 and 千 count in the section, 万, 亿 and 兆 close it."""
        if magnitude < 10**4:
            self._section += (Decimal(1) if self.digit is None else self.digit) * magnitude
        else:
            section = self._section + (self.digit or 0)
            if not section and not self._total:
                section = Decimal(1)
            if magnitude > self._closed:
                self._total = (self._total + section) * magnitude
            else:
                self._total += section * magnitude
            self._section, self._closed = Decimal(0), magnitude
        self.digit, self._last = None, magnitude

    def value(self, *, colloquial: bool) -> Decimal:
        """Return the sum; `colloquial`: it ends with a Chinese digit, so 一万二 is 12000."""
        digit = self.digit or Decimal(0)
        if colloquial and self._last >= 100 and digit < 10:
            digit *= self._last // 10
        return self._total + self._section + digit
