"""The one grammar of amounts: numeral, unit, range, denominator and qualifiers.

`scan` walks a text once. The pattern is tried only where a numeral can begin, every repetition in
it is bounded, and a run of digits or of Chinese numerals is entered at its first character only, so
the time is linear in the text, whatever it holds.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple

from services.contracts.messages import AmountKind, Qualifier
from services.extractor.amounts.judgement import CUE_REACH, MAGNITUDE, Candidate, is_amount
from services.extractor.amounts.names import nearest
from services.extractor.amounts.numerals import (
    CN_NUMERALS,
    FORMAL,
    NUMERAL,
    NUMERAL_START,
    parse_numeral,
    positional,
)
from services.extractor.amounts.qualifiers import (
    AFTER,
    qualifier_after,
    qualifier_before,
    stronger,
)
from services.extractor.amounts.units import (
    DENOMINATOR,
    PER,
    SIGNS,
    UNIT,
    UNITS,
    Unit,
)
from services.extractor.matching import alternatives


class Quantity(NamedTuple):
    """An amount as the grammar reads it: without a role, its bounds in base units."""

    start: int
    end: int
    kind: AmountKind
    low: float | None
    high: float | None
    unit: str
    qualifier: Qualifier


class _Value(NamedTuple):
    """The bounds of a number in units of `unit`."""

    low: Decimal
    high: Decimal
    unit: Unit
    more: bool = False
    approximate: bool = False


_GAP: Final = "[ ]{0,4}"
_TO: Final = r"(?:[(（]含[)）])?[ ]?(?:[-—–~]{1,2}|至|到)[ ]?"
# Typeset text may hold a space between any two characters of 百分之一百二十点五.
_SPACED: Final = (
    rf"(?:[0-9][0-9,]{{0,15}}(?:\.[0-9]{{1,9}})?(?:{_GAP}k)?"
    rf"|[{CN_NUMERALS}](?:[ ]{{0,2}}[{CN_NUMERALS}点]){{0,15}})"
)
_FRACTION: Final = (
    rf"(?P<whole>[{CN_NUMERALS}](?:[ ]?[{CN_NUMERALS}]){{0,3}}|[0-9]{{1,3}}){_GAP}分{_GAP}"
    rf"(?:之{_GAP}(?P<part>{_SPACED})(?:[-—~至到](?:百分之)?(?P<part_to>{_SPACED}))?"
    r"|(?<=百分)(?P<short>百|[二三四五六七八九]十))"
)
# 五元三角二分; 块 needs no 角: 三块零四, 一块二.
_CENTS: Final = (
    "(?<=[元块圆])(?:零?(?P<jiao>[0-9一二两三四五六七八九])[角毛]"
    "(?:零?(?P<fen>[0-9一二两三四五六七八九])分?)?钱?"
    "|(?<=块)(?P<zero>零)?(?P<digit>[一二两三四五六七八九])(?![一-龥0-9]))"
)
_AFTER_SIGN: Final = "(?<=[$¥€£₩₽₹฿币DYBR])|(?<=[$¥€£₩₽₹฿币DYBR][ ])"
_BARE: Final = f"(?<=[亿万kK多余{''.join(sorted(FORMAL))}])"

_AMOUNT: Final = re.compile(
    rf"(?=[{NUMERAL_START}])(?:(?=[0-9])(?<![0-9])(?<![0-9]\.)|(?<![周{CN_NUMERALS}0-9])(?![0-9]))"
    "(?<![第唯统])(?<!第[ ])"
    rf"(?:{_FRACTION}|(?P<sign>{_AFTER_SIGN})?(?P<left>{NUMERAL})"
    rf"{_GAP}(?P<left_unit>{UNIT})?"
    rf"(?:{_TO}(?P<right>{NUMERAL}){_GAP}(?P<right_unit>{UNIT})?)?"
    rf"(?(left_unit)|(?(right_unit)|(?(sign)|{_BARE})))"
    rf"(?P<cents>{_CENTS})?(?P<half>半(?![数年导径决天夜]))?"
    "(?P<more>多(?![数次个家种项方元名人样晶功层肽用式联媒巴糖孔轴维极芯通])|有余)?"
    rf"(?:[ ]?[/每][ ]?(?P<per>{DENOMINATOR})(?:[·/.](?P<then>月|天|日|年))?)?)"
    rf"(?:[ ]?(?P<after>{AFTER}))?"
)
_SIGN: Final = re.compile(rf"{alternatives(SIGNS)}{_GAP}\Z")
_SIGN_ENDS: Final = frozenset(sign[-1] for sign in SIGNS) | {" "}
_LONGEST_SIGN: Final = max(map(len, SIGNS)) + 3
_MINUS: Final = re.compile(
    r"(?:(?<![0-9A-Za-z%一-龥/])-|(?<=[率为比速幅降])-|(?<![自担承欠抱辜胜])负)\Z"
)
_ARTICLES: Final = frozenset(("一", "两"))
_EACH: Final = re.compile(
    rf"每(?P<per>{DENOMINATOR})(?:每(?P<then>月|天|日|年))?[^0-9，,。；;、每]{{0,4}}\Z"
)
_PHYSICAL: Final = frozenset(("area", "mass", "energy", "volume", "length"))


def scan(text: str) -> Iterator[Quantity]:
    """Yield the amounts in folded `text`, in order and apart from each other."""
    position = floor = 0
    while match := _AMOUNT.search(text, position):
        quantity, position = _read(text, match, floor)
        if quantity is not None:
            floor = quantity.end
            yield quantity


def _read(text: str, match: re.Match[str], floor: int) -> tuple[Quantity | None, int]:
    """Return what `match` says, if it is an amount, and where to go on."""
    if match["whole"] is not None:
        return _quantity(text, match, _fraction(match), floor), match.end()
    if match["right"] is not None:
        if quantity := _quantity(text, match, _range(text, match), floor):
            return quantity, quantity.end
        # No range, so each side stands for itself.
        after_left = match.end("left_unit" if match["left_unit"] else "left")
        alone = _AMOUNT.fullmatch(text, match.start(), after_left)
        if alone is None or alone["right"] is not None:
            return None, match.start("right")
        return _quantity(text, alone, _single(text, alone), floor), after_left
    if quantity := _quantity(text, match, _single(text, match), floor):
        return quantity, quantity.end
    return None, match.end("left_unit" if match["left_unit"] else "left")


def _fraction(match: re.Match[str]) -> _Value | None:
    """Read 百分之三十, 千分之五, 三分之一 as percent."""
    unit = UNITS["%"]
    whole = parse_numeral(match["whole"].replace(" ", ""))
    if match["short"]:
        part = parse_numeral("一百" if match["short"] == "百" else match["short"])
    else:
        part = parse_numeral(match["part"].replace(" ", ""))
    if whole is None or part is None or not whole.low:
        return None
    high = part.high
    if match["part_to"]:
        upper = parse_numeral(match["part_to"].replace(" ", ""))
        if upper is None or upper.high < part.low:
            return None
        high = upper.high
    return _Value(part.low * 100 / whole.low, high * 100 / whole.low, unit)


def _single(text: str, match: re.Match[str]) -> _Value | None:
    """Read one number with its unit."""
    written = match["left"]
    if (numeral := parse_numeral(written)) is None:
        return None
    unit = UNITS[match["left_unit"]] if match["left_unit"] else _implied(text, match)
    if unit is None or (unit.kind == "count" and written in _ARTICLES):
        return None  # 一家企业, 两大
    low, high = numeral.low, numeral.high
    if match["left_unit"] == "折":
        read = positional(written)
        if read is not None and read > 10:
            low = high = read / 10  # 三八折
        elif written == "半":
            low = high = Decimal(5)
        if high >= 10:
            return None
    if match["cents"]:
        cents = _cents(match)
        low, high = low + cents, high + cents
    if match["half"]:
        low, high = low + Decimal("0.5"), high + Decimal("0.5")
    # 3亿多元, 三年多, 2个多月
    more = numeral.more or bool(match["more"]) or "多" in (match["left_unit"] or "")
    return _Value(low, high, unit, more, numeral.approximate)


def _cents(match: re.Match[str]) -> Decimal:
    def digit(group: str) -> Decimal:
        numeral = parse_numeral(match[group]) if match[group] else None
        return numeral.low if numeral else Decimal(0)

    small = digit("digit") / (100 if match["zero"] else 10)
    return digit("jiao") / 10 + digit("fen") / 100 + small


def _implied(text: str, match: re.Match[str]) -> Unit | None:
    """Return the unit of a number that has none: after a sign, or by the words before it."""
    start = match.start("left")
    if sign := _sign(text, start):
        return Unit("money", sign, 1, 1)
    written = match["left"]
    if len(written) > 2 and FORMAL.issuperset(written.rstrip("万亿")):
        return UNITS["元"]
    if written[-1] in "kK":
        qualified = match["after"] is not None or match["right"] is not None
        return UNITS["元"] if written[-1] == "k" and qualified else None
    if "万" not in written and "亿" not in written:
        return None
    cue = nearest(("people", "money"), text, start - CUE_REACH, start)
    if cue == "people":
        return UNITS["人"]
    # 千亿, 5个亿
    plain = (len(written) == 2 and "亿" in written and MAGNITUDE.fullmatch(written)) or (
        "个亿" in written
    )
    return UNITS["元"] if cue or plain else None


def _sign(text: str, start: int) -> str | None:
    """Return the currency of the sign before `start`, if there is one."""
    match = _SIGN.search(text, max(0, start - _LONGEST_SIGN), start)
    return SIGNS[match[0].rstrip()] if match else None


def _range(text: str, match: re.Match[str]) -> _Value | None:
    """Read 3.6亿至5亿元: the left side takes the unit, and the magnitude, of the right."""
    left, right = parse_numeral(match["left"]), parse_numeral(match["right"])
    if left is None or right is None:
        return None
    if match["right_unit"]:
        unit = UNITS[match["right_unit"]]
        if match["left_unit"]:
            left_unit = UNITS[match["left_unit"]]
            mixed = unit.kind == "ratio" and match["left_unit"] != match["right_unit"]
            if left_unit.base != unit.base or mixed:
                return None  # 上调0.6个百分点至1% is no range
            ratio = Decimal(left_unit.numerator * unit.denominator) / Decimal(
                left_unit.denominator * unit.numerator
            )
            low = left.low * ratio
            return _Value(low, right.high, unit) if low <= right.high else None
    elif match["left_unit"] is None:
        implied = _implied(text, match)
        if implied is None:
            return None
        unit = implied
    else:
        return None
    low = left.low
    # 30-50万, 八百到九百亿: by the largest magnitude that keeps the left side the smaller one.
    low *= next((scale for scale in right.scales if low * scale <= right.high), 1)
    return _Value(low, right.high, unit) if low < right.high else None


def _quantity(text: str, match: re.Match[str], value: _Value | None, floor: int) -> Quantity | None:
    """Return the amount that `value` is, with what touches it, unless it is none after all."""
    if value is None:
        return None
    begin, unit, negative = _signed(text, match.start(), value.unit, floor)
    first = match["left"] or ""
    alone = MAGNITUDE.fullmatch(first) is not None
    before, start = qualifier_before(text, begin, floor, magnitude=alone)
    after = qualifier_after(match["after"]) if match["after"] else None
    if first and not is_amount(
        Candidate(
            text=text,
            start=begin,
            number_start=match.start(),
            end=match.end(),
            unit_end=match.end("right_unit" if match["right"] else "left_unit"),
            first=first,
            last=match["right"] or first,
            spelling=match["right_unit"] or match["left_unit"] or "",
            unit=unit,
            qualifier=before or after,
            extended=match["half"] is not None or value.more,
        )
    ):
        return None
    if unit.base == "s" and text[start:begin] == "近":
        before = None  # 近三年: the last three years
    inner: Qualifier | None = "over" if value.more else "approx" if value.approximate else None
    qualifier: Qualifier = stronger(before, after, inner) or "exact"
    if value.low != value.high:
        qualifier = "range"
    kind, base, numerator, denominator = _per(text, match, unit, begin)
    low, high = (float(bound * numerator / denominator) for bound in (value.low, value.high))
    if negative:
        low, high = -high, -low
    return Quantity(
        start,
        match.end(),
        kind,
        None if qualifier == "at_most" else low,
        None if qualifier in ("over", "at_least") else high,
        base,
        qualifier,
    )


def _signed(text: str, start: int, unit: Unit, floor: int) -> tuple[int, Unit, bool]:
    """Take in a currency or a minus before the number: its start, its unit, if it is negative."""
    if start <= floor:
        return start, unit, False
    touching = text[start - 1]
    if unit.kind == "money" and touching in _SIGN_ENDS:
        if found := _SIGN.search(text, max(floor, start - _LONGEST_SIGN), start):
            if unit.base == "CNY":  # 港币两千元
                unit = replace(unit, base=SIGNS[found[0].rstrip()])
            elif SIGNS[found[0].rstrip()] == unit.base and not found[0].isascii():
                return start, unit, False  # 折合美元2.5亿美元: told twice
            return found.start(), unit, False
    elif (touching == "负" or (touching == "-" and unit.kind == "ratio")) and (
        found := _MINUS.search(text, max(floor, start - 2), start)
    ):
        return found.start(), unit, True
    return start, unit, False


def _per(
    text: str, match: re.Match[str], unit: Unit, start: int
) -> tuple[AmountKind, str, int, int]:
    """Return kind, base unit and factor of `unit` per what the text names."""
    per, then = match["per"], match["then"]
    if per is None and unit.kind == "money" and text.find("每", max(0, start - 12), start) >= 0:
        each = _EACH.search(text, max(0, start - 12), start)
        if each and each["per"] in UNITS and UNITS[each["per"]].kind in _PHYSICAL:
            per, then = each["per"], each["then"]
    if per is None:
        return unit.kind, unit.base, unit.numerator, unit.denominator
    numerator, denominator, base = unit.numerator, unit.denominator, f"{unit.base}/"
    if per in PER:
        base += PER[per]
    elif per in UNITS and UNITS[per].kind != "duration":
        base += UNITS[per].base
        numerator *= UNITS[per].denominator
        denominator *= UNITS[per].numerator
    else:
        base += per
    if then:
        base += f"/{PER[then]}"
    return "price" if unit.kind == "money" else "rate", base, numerator, denominator
