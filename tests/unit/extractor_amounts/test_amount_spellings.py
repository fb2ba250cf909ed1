"""An amount, made up and written in any of its spellings, comes back with its value."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.extractor.amounts import find_amounts

_MAGNITUDES = {"": 1, "万": 10**4, "亿": 10**8}
_UNITS: dict[str, tuple[str, str, Decimal | int]] = {
    "元": ("money", "CNY", 1),
    "元人民币": ("money", "CNY", 1),
    "美元": ("money", "USD", 1),
    "港元": ("money", "HKD", 1),
    "平方米": ("area", "m2", 1),
    "亩": ("area", "m2", Decimal(2000) / 3),
    "吨": ("mass", "t", 1),
    "千瓦": ("power", "W", 1000),
    "千瓦时": ("energy", "Wh", 1000),
    "台": ("count", "台", 1),
}
_QUALIFIERS = {
    ("", ""): "exact",
    ("约", ""): "approx",
    ("超过", ""): "over",
    ("近", ""): "nearly",
    ("", "以上"): "at_least",
    ("", "左右"): "approx",
    ("不低于", ""): "at_least",
    ("不超过", ""): "at_most",
}
_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")

numbers = st.decimals(min_value="1.01", max_value="9999.99", places=2).map(Decimal.normalize)


def _written(number: Decimal) -> st.SearchStrategy[str]:
    plain = f"{number:f}"
    return st.sampled_from([plain, f"{number:,f}", plain.translate(_FULL_WIDTH)])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_made_up_amount_comes_back(data: st.DataObject) -> None:
    number = data.draw(numbers)
    magnitude = data.draw(st.sampled_from(sorted(_MAGNITUDES)))
    unit = data.draw(st.sampled_from(sorted(_UNITS)))
    before, after = data.draw(st.sampled_from(sorted(_QUALIFIERS)))
    space = data.draw(st.sampled_from(["", " "]))
    kind, base, factor = _UNITS[unit]
    told = f"{before}{data.draw(_written(number))}{space}{magnitude}{unit}{after}"
    (found,) = find_amounts(f"项目规模为{told}，进展顺利。")
    value = float(number * _MAGNITUDES[magnitude] * factor)
    bounds = [bound for bound in (found.low, found.high) if bound is not None]
    assert (found.kind, found.unit) == (kind, base)
    assert found.qualifier == _QUALIFIERS[before, after]
    assert bounds == pytest.approx([value] * len(bounds))
    assert found.text == told


@settings(max_examples=200, deadline=None)
@given(low=numbers, more=numbers, to=st.sampled_from(["至", "到", "-", "—", "~", "亿至", "亿-"]))
def test_the_left_side_of_a_range_takes_the_unit_of_the_right(
    low: Decimal, more: Decimal, to: str
) -> None:
    high = low + more
    (found,) = find_amounts(f"总投资{low:f}{to}{high:f}亿元。")
    assert found.qualifier == "range"
    assert (found.low, found.high) == pytest.approx((float(low) * 1e8, float(high) * 1e8))


@settings(max_examples=100, deadline=None)
@given(st.decimals(min_value="0.01", max_value="999", places=2).map(Decimal.normalize))
def test_a_share_comes_back_in_percent(number: Decimal) -> None:
    for told in (f"{number:f}%", f"{number:f}％", f"百分之{number:f}", f"{number:f}个百分点"):
        (found,) = find_amounts(f"同比提高{told}。")
        assert (found.kind, found.unit, found.role) == ("ratio", "percent", "growth")
        assert found.low == pytest.approx(float(number))
