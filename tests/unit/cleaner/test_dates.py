from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cleaner.dates import (
    Published,
    parse_date,
    parse_day_first,
    parse_exact,
    parse_timestamp,
    parse_url,
)

FETCHED = datetime(2024, 6, 20, 4, 0, tzinfo=UTC)  # noon in China


def shown(found: Published | None) -> tuple[str, str] | None:
    return (found.at.isoformat(timespec="minutes"), found.precision) if found else None


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("2024-03-05", "2024-03-05T00:00", "day"),
        ("发布时间：2024年3月5日 08:09", "2024-03-05T08:09", "minute"),
        ("2024/3/5 8:09:10", "2024-03-05T08:09", "minute"),
        ("2024.03.05", "2024-03-05T00:00", "day"),
        ("2019 09/07", "2019-09-07T00:00", "day"),
        ("2005.08.2605:39", "2005-08-26T05:39", "minute"),
        ("2024-03-05T08:09:00+08:00", "2024-03-05T08:09", "minute"),
        ("2024年3月5日来源：某网", "2024-03-05T00:00", "day"),
        ("二〇二四年三月十五日", "2024-03-15T00:00", "day"),
        ("二○二三年十二月二十一日", "2023-12-21T00:00", "day"),
        ("21 / 2024年02月", "2024-02-21T00:00", "day"),
        ("2024年2月", "2024-02-01T00:00", "month"),
        ("昨天 10:20", "2024-06-19T10:20", "minute"),
        ("昨天", "2024-06-19T00:00", "day"),
        ("3小时前", "2024-06-20T09:00", "minute"),
        ("5天前", "2024-06-15T00:00", "day"),
        ("9个月前 (09-21)", "2023-09-21T00:00", "day"),
        ("admin2个月前 (04-18)园区动态26", "2024-04-18T00:00", "day"),
        ("2年前 (2022-05-10)", "2022-05-10T00:00", "day"),
        ("7个月前 (11-30)", "2023-11-30T00:00", "day"),
        ("2年前", "2022-01-01T00:00", "year"),
        ("3个月前", "2024-03-01T00:00", "month"),
        ("05-18 17:30", "2024-05-18T17:30", "minute"),
        ("12-30 17:30", "2023-12-30T17:30", "minute"),
        ("发布日期：112年11月8日", "2023-11-08T00:00", "day"),
    ],
)
def test_forms(text: str, at: str, precision: str) -> None:
    assert shown(parse_date(text, FETCHED)) == (f"{at}+08:00", precision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "园区动态",
        "2024-13-45",
        "2023-02-30",
        "400-123-0211",
        "第3期",
        "1899年3月5日",
        "第一个项目今天正式开工",
        "昨天的工地",
        "12.5亿元",
        "112年11月8日",
        "2024年1-9月全市经济运行情况",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text, FETCHED) is None


def test_exact_takes_whole_dates_only() -> None:
    assert shown(parse_exact("2024-03-05")) == ("2024-03-05T00:00+08:00", "day")
    assert parse_exact("昨天") is None
    assert parse_exact("2024年3月") is None
    assert parse_day_first("2024年3月") is None


def test_timestamps_are_shown_in_china() -> None:
    assert shown(parse_timestamp("2024-03-05T20:00:00Z")) == ("2024-03-06T04:00+08:00", "minute")
    assert shown(parse_timestamp("2024-03-05")) == ("2024-03-05T00:00+08:00", "day")
    assert shown(parse_timestamp("2007-08-20-23:59:59")) == ("2007-08-20T23:59+08:00", "minute")
    assert parse_timestamp("0001-01-01T00:00:00") is None
    assert parse_timestamp("soon") is None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://a.example/2024/03-05/c_1.html", "2024-03-05"),
        ("http://a.example/n1/2024/0510/c1.html", "2024-05-10"),
        ("http://a.example/202405/t20240520_1.htm", "2024-05-20"),
        ("http://a.example/c/2019-09-07/doc-1.shtml", "2019-09-07"),
    ],
)
def test_urls(url: str, day: str) -> None:
    assert shown(parse_url(url)) == (f"{day}T00:00+08:00", "day")


def test_a_number_in_a_url_is_no_date() -> None:
    assert parse_url("http://a.example/post/20241399") is None
    assert parse_url("http://a.example/p/45.html") is None


@given(st.dates(datetime(1980, 1, 1).date(), datetime(2049, 12, 31).date()))
def test_every_day_is_read_back(day: object) -> None:
    for text in (f"{day}", f"{day:%Y年%m月%d日}", f"{day:%Y/%m/%d}", f"{day:%Y.%m.%d}"):
        found = parse_date(text, FETCHED)
        assert found is not None
        assert found.at.date() == day


@given(st.text(alphabet="0123456789年月日-/.: 前天小时个(（)）昨一二三十〇", max_size=40))
def test_nothing_makes_it_fail(text: str) -> None:
    found = parse_date(text, FETCHED)
    assert found is None or found.at.utcoffset() is not None
