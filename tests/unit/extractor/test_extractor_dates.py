from datetime import datetime

import pytest

from services.contracts.messages import Precision
from services.extractor.dates import Calendar

MAY_2024 = datetime.fromisoformat("2024-05-20T09:00:00+08:00")


def dates(
    text: str, published: datetime | None = MAY_2024, precision: Precision = "day"
) -> list[tuple[str, str, bool]]:
    told = Calendar(text, published, precision).find(0, len(text))
    return [(t.date, t.precision, t.inferred) for t in told]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023年6月8日开工", ("2023-06-08", "day", False)),
        ("2023年6月开工", ("2023-06", "month", False)),
        ("2022年签约", ("2022", "year", False)),
        ("于2023-06-08签约", ("2023-06-08", "day", False)),
        ("今年3月12日开工", ("2024-03-12", "day", True)),
        ("去年9月投产", ("2023-09", "month", True)),
        ("前年落户", ("2022", "year", True)),
        ("4月18日签约", ("2024-04-18", "day", True)),
        ("12月3日签约", ("2023-12-03", "day", True)),
        ("昨天签约", ("2024-05-19", "day", True)),
        ("3月初动工", ("2024-03", "month", True)),
    ],
)
def test_a_date_is_resolved_against_the_publish_date(
    text: str, expected: tuple[str, str, bool]
) -> None:
    assert dates(text) == [expected]


@pytest.mark.parametrize("text", ["2023年2月30日", "13月", "3.5月", "近三年", "月底", "第5个月"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert not [d for d in dates(text) if d[1] == "day"]


def test_a_year_of_the_text_stands_in_for_a_missing_publish_date() -> None:
    assert dates("2021年第二季度签约，6月21日开工", None)[-1] == ("2021-06-21", "day", True)


def test_no_year_is_guessed_where_the_text_speaks_of_last_year() -> None:
    text = "2020年的数据显示，去年落户，3月5日开工"
    assert dates(text, None) == [("2020", "year", False)]


def test_a_publish_date_exact_to_the_year_resolves_no_yesterday() -> None:
    assert dates("昨天签约", MAY_2024, "year") == []


def test_dates_come_in_the_order_of_the_text() -> None:
    text = "昨天签约，2023年5月动工，2024-01-02投产"
    assert [d[0] for d in dates(text)] == ["2024-05-19", "2023-05", "2024-01-02"]


def test_the_same_day_is_the_day_told_last() -> None:
    told = dates("3月8日动工。4月6日签约，同日挂牌；当天，到访")
    assert [d[0] for d in told] == ["2024-03-08", "2024-04-06", "2024-04-06", "2024-04-06"]
    assert dates("当天，到访") == []


def test_a_range_of_months_is_no_date() -> None:
    assert dates("今年1-4月") == [("2024", "year", True)]
