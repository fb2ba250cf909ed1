import pytest

from services.extractor.amounts import find_amounts


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2020年实现产值467亿元", "2020"),
        ("2021年第一季度产值122亿元", "2021-01/2021-03"),
        ("2021年4季度产值122亿元", "2021-10/2021-12"),
        ("2022年5月签约8家", "2022-05"),
        ("2022年3月9日签约8家", "2022-03-09"),
        ("2021年1-6月营收56亿元", "2021-01/2021-06"),
        ("2021年上半年营收56亿元", "2021-01/2021-06"),
        ("2021年前三季度营收56亿元", "2021-01/2021-09"),
        ("2019年至2021年营收56亿元", "2019/2021"),
        ("2020-2022年营收56亿元", "2020/2022"),
        ("到2025年，产值达56亿元", "2025"),
        ("营收56亿元", None),
        ("今年营收56亿元", None),
        ("去年营收56亿元", None),
        ("2021年以来营收56亿元", None),
        ("2020年建园。营收56亿元", None),
        ("2021年建园，未来营收达56亿元", None),
        ("2021年工期18个月", None),
    ],
)
def test_period_of_one_amount(text: str, period: str | None) -> None:
    (amount,) = find_amounts(text)
    assert amount.period == period


def test_a_year_holds_until_the_sentence_ends() -> None:
    found = find_amounts("2020年，新签项目162个，竣工44个；引资8亿元。签约3家。")
    assert [amount.period for amount in found] == ["2020", "2020", "2020", None]


def test_the_last_year_named_wins() -> None:
    found = find_amounts("从2020年的120亿元增长到2023年的210亿元")
    assert [amount.period for amount in found] == ["2020", "2023"]
