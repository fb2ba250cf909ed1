from datetime import date

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


_PUBLISHED = date(2024, 5, 20)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("今年营收56亿元", "2024"),
        ("去年全年营收56亿元", "2023"),
        ("去年前三季度营收56亿元", "2023-01/2023-09"),
        ("今年一季度营收56亿元", "2024-01/2024-03"),
        ("首季度营收56亿元", "2024-01/2024-03"),
        ("1-4月，营收56亿元", "2024-01/2024-04"),
        ("前四个月营收56亿元", "2024-01/2024-04"),
        ("11月份营收56亿元", "2023-11"),
        ("四季度营收56亿元", "2023-10/2023-12"),
        ("上半年营收56亿元", "2024-01/2024-06"),
        ("今年以来，营收56亿元", "2024-01/2024-05"),
        ("截至4月底，签约8家", "2024-04"),
        ("上个月营收56亿元", "2024-04"),
        ("目前年产3万吨", None),
        ("5月8日，记者获悉，签约8家", None),
    ],
)
def test_the_day_of_the_article_resolves_a_period(text: str, period: str | None) -> None:
    (amount,) = find_amounts(text, _PUBLISHED)
    assert amount.period == period


@pytest.mark.parametrize(
    "text",
    [
        "岚洋集团成立于1958年，有员工800名",
        "产线2027年3月建成，建成后年产值8亿元",
        "工程于去年9月动工，总投资4亿元",
    ],
)
def test_the_time_of_an_event_is_none_of_what_follows(text: str) -> None:
    (amount,) = find_amounts(text, _PUBLISHED)
    assert amount.period is None


def test_the_time_compared_with_is_none_of_the_amount() -> None:
    found = find_amounts(
        "2023年，营收8亿元，是2019年的3.2倍，比上年增长两成，增速与上年持平，产量6万台", _PUBLISHED
    )
    assert [amount.period for amount in found] == ["2023"] * 4
