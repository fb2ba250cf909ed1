import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.extractor.amounts.numerals import NUMERAL, fold, parse_numeral, positional


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7", 7),
        ("3.5", "3.5"),
        ("1,234,567", 1_234_567),
        ("12,345.67", "12345.67"),
        ("0.5", "0.5"),
        ("3千", 3000),
        ("8.6万", 86_000),
        ("2.5万亿", 2_500_000_000_000),
        ("1亿2千万", 120_000_000),
        ("5个亿", 500_000_000),
        ("10k", 10_000),
        ("六", 6),
        ("十", 10),
        ("十五", 15),
        ("二十", 20),
        ("二十五", 25),
        ("一百零五", 105),
        ("一千零五十", 1050),
        ("两千九百六十", 2960),
        ("一百二十亿", 12_000_000_000),
        ("一点五万", 15_000),
        ("三点一四", "3.14"),
        ("一万二", 12_000),
        ("三百五", 350),
        ("一万五千亿", 1_500_000_000_000),
        ("四十九兆九千五百九十二亿", 49_959_200_000_000),
        ("壹佰贰拾万", 1_200_000),
        ("百亿", 10_000_000_000),
        ("亿", 100_000_000),
        ("万亿", 1_000_000_000_000),
        ("二〇二三", 2023),
        ("半", "0.5"),
        ("半个亿", 50_000_000),
        ("1，200", 1200),
    ],
)
def test_exact_numerals(written: str, value: str | int) -> None:
    numeral = parse_numeral(written)
    assert numeral is not None
    assert numeral.low == numeral.high == Decimal(value)
    assert not numeral.more


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("三五百", 300, 500),
        ("七八", 7, 8),
        ("四五千", 4000, 5000),
        ("七百三四十", 730, 740),
        ("五六十", 50, 60),
        ("十几", 10, 20),
        ("二十几", 20, 30),
        ("10几", 10, 20),
        ("几十", 10, 100),
        ("数百", 100, 1000),
        ("数十亿", 1_000_000_000, 10_000_000_000),
        ("几万", 10_000, 100_000),
    ],
)
def test_numerals_that_tell_an_interval(written: str, low: int, high: int) -> None:
    numeral = parse_numeral(written)
    assert numeral is not None
    assert numeral.low == low
    assert numeral.high == high


@pytest.mark.parametrize("written", ["120余", "3000多万", "一千多万", "十余", "百余", "3万多"])
def test_more_is_noticed(written: str) -> None:
    numeral = parse_numeral(written)
    assert numeral is not None
    assert numeral.more


@pytest.mark.parametrize(
    ("written", "scales"),
    [
        ("5", ()),
        ("3.6亿", (10**8, 10**8)),
        ("60", ()),
        ("两千", (1000, 1000)),
        ("3百万", (10**6, 10**4)),
    ],
)
def test_scales_are_the_trailing_magnitudes(written: str, scales: tuple[int, ...]) -> None:
    numeral = parse_numeral(written)
    assert numeral is not None
    assert numeral.scales == scales


def test_ten_odd_is_approximate() -> None:
    numeral = parse_numeral("十来")
    assert numeral is not None
    assert numeral.approximate


def test_digits_read_one_by_one() -> None:
    assert positional("三八") == 38
    assert positional("二〇二三") == 2023
    assert positional("三十八") is None


def test_folding_keeps_the_length() -> None:
    text = "１２，３４５．６％～８億個（約）"
    folded = fold(text)
    assert len(folded) == len(text)
    assert folded == "12,345.6%~8亿个（約）"


def test_a_full_width_comma_between_clauses_stays() -> None:
    assert fold("项目１２个，５００人") == "项目12个，500人"


@settings(deadline=None)
@given(st.text())
def test_folding_any_text_keeps_its_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**15))
def test_plain_and_grouped_digits_agree(value: int) -> None:
    plain, grouped = parse_numeral(str(value)), parse_numeral(f"{value:,}")
    assert plain is not None
    assert grouped is not None
    assert plain.low == grouped.low == value


def _chinese(value: int) -> str:
    """Write a number below 10**12 in Chinese, the way schools teach it."""

    def section(number: int) -> str:
        written, gap = "", False
        for magnitude, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = number // magnitude % 10
            if digit:
                written += ("零" if gap and written else "") + "零一二三四五六七八九"[digit] + name
                gap = False
            else:
                gap = True
        return written

    written = ""
    for magnitude, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        number = value // magnitude % 10**4
        if number:
            lead = "零" if written and number < 1000 else ""
            written += lead + section(number) + name
    return written or "零"


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**12 - 1))
def test_chinese_numerals_round_trip(value: int) -> None:
    numeral = parse_numeral(_chinese(value))
    assert numeral is not None
    assert numeral.low == numeral.high == value


@settings(deadline=None)
@given(st.text(alphabet="0123456789一二三十百千万亿零点半多余几数,.个来兆k", max_size=40))
def test_whatever_the_pattern_accepts_can_be_parsed(text: str) -> None:
    for match in re.finditer(NUMERAL, text):
        numeral = parse_numeral(match[0])
        assert numeral is None or numeral.low <= numeral.high
