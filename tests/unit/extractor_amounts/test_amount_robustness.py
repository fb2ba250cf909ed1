import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.extractor.amounts import find_amounts

PIECES = st.sampled_from(
    [
        *"0123456789零一二两三十百千万亿半几数余多点分之个家元亩年月日%％.,，、。；-—~至到/每约近超达上第前不以起",
        *"\t\n （）()$￥\0\ud800k",
        "亿元",
        "万元/亩",
        "以上",
        "左右",
        "平方米",
        "个百分点",
        "百分之",
        "GWh",
        "总投资",
        "项目",
        "2020年",
        "人民币",
        "１２",
    ]
)


def check(text: str) -> None:
    end = 0
    for amount in find_amounts(text):
        assert text[amount.start : amount.end] == amount.text
        assert amount.text
        assert amount.start >= end
        end = amount.end
        assert amount.low is not None or amount.high is not None
        if amount.low is not None and amount.high is not None:
            assert amount.low <= amount.high
            assert (amount.qualifier == "range") == (amount.low != amount.high)


@settings(deadline=None)
@given(st.text())
def test_any_text(text: str) -> None:
    check(text)


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_arrangement_of_what_amounts_are_made_of(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "111,",
        "一百",
        "1-",
        "1.",
        "5亿",
        "5亿元",
        "百分之",
        "一 ",
        "1 ",
        "每",
        "投资5亿元",
        "2020年",
        "约",
        "不超过",
        "1\t",
        "a（亩）\t",
        "\0\ud800",
        "，123",
        "三分之",
    ],
)
def test_time_is_linear(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        started = time.process_time()
        find_amounts(text)
        return time.process_time() - started

    seconds(1000)
    small, large = seconds(20_000), seconds(200_000)
    # Ten times the text; a quadratic scan would take a hundred times as long.
    assert large < 40 * small + 0.1


def test_a_long_run_of_digits() -> None:
    assert find_amounts("9" * 1_000_000 + "元") == []
