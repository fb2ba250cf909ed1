"""Publication dates in every form that Chinese pages show them."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from services.contracts.messages import Precision

CHINA: Final = timezone(timedelta(hours=8))

# The day may touch the hour: "2005.08.2605:39". "2024年1-9月" is no day.
FULL: Final = re.compile(
    r"(?<![\d.])(?P<y>(?:19[89]|20[0-4])\d)\s*(?:[-/.年\\—－]\s*|\s)"
    r"(?P<m>0?[1-9]|1[0-2])\s*[-/.月\\—－]\s*(?P<d>3[01]|[12]\d|0?[1-9])(?!\s*月)"
    r"(?:\s*(?:日|号)?\s*[T ,，]?\s*(?:上午|凌晨|(?P<pm>下午|晚上?))?\s*"
    r"(?P<h>[0-2]?\d)\s*[:：时点]\s*(?P<mi>[0-5]\d)(?:[:：分]\s*[0-5]\d)?)?(?!\d)"
)
_DAY_FIRST: Final = re.compile(
    r"(?<!\d)(?P<d>3[01]|[12]\d|0?[1-9])\s*[/|·日\s]\s*(?P<y>(?:19[89]|20[0-4])\d)\s*[-/.年]\s*(?P<m>0?[1-9]|1[0-2])\s*月?(?![\d./-])"
)
_MONTH: Final = re.compile(
    r"(?<!\d)(?P<y>(?:19[89]|20[0-4])\d)\s*[-/.年]\s*(?P<m>0?[1-9]|1[0-2])\s*月?(?!\d|\s*[-/.]\s*\d)"
)
# Only behind a label, since any eight digits may be anything.
_LABELLED: Final = re.compile(
    r"(?:时间|日期)\s*[:：]\s*(?:(?P<y>20[0-4]\d)(?P<m>0[1-9]|1[0-2])(?P<d>3[01]|[12]\d|0[1-9])"
    r"|(?P<y2>[0-4]\d)[-/.](?P<m2>0?[1-9]|1[0-2])[-/.](?P<d2>3[01]|[12]\d|0?[1-9]))(?!\d)"
)
# Taiwan counts years from 1912: behind a label, or the name of the count.
_REPUBLIC: Final = re.compile(
    r"(?:民[国國]|(?:时间|日期)\s*[:：])\s*(?P<y>1[0-4]\d)\s*[-/.年]\s*(?P<m>0?[1-9]|1[0-2])"
    r"\s*[-/.月]\s*(?P<d>3[01]|[12]\d|0?[1-9])(?!\d)"
)
_BEFORE_REPUBLIC: Final = 1911
ENGLISH: Final = re.compile(
    r"(?<!\w)(?:(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\s+)?"
    r"(?P<m>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?,?\s+"
    r"(?:(?P<d2>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?,?\s+)?(?P<y>(?:19[89]|20[0-4])\d)(?!\d)",
    re.IGNORECASE,
)
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
# The whole of a line, besides a label.
_DAY_ONLY: Final = re.compile(
    r"(?:(?:发布|发表|更新)?(?:时间|日期|于)?\s*[:：]?\s*)"
    r"(?P<m>0?[1-9]|1[0-2])\s*[-/月]\s*(?P<d>3[01]|[12]\d|0?[1-9])\s*日?"
)
_NO_YEAR: Final = re.compile(
    r"(?<![\d.\-/年])(?P<m>0?[1-9]|1[0-2])\s*[-/月]\s*(?P<d>3[01]|[12]\d|0?[1-9])日?\s*(?P<h>[0-2]?\d)[:：](?P<mi>[0-5]\d)"
)
AGO: Final = re.compile(
    r"(?P<n>\d{1,3})\s*(?P<u>分钟|小时|天|日|周|星期|个月|月|年)(?:之)?前(?:\s*[(（]\s*(?:(?P<y>\d{4})[-/.年])?(?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?\s*[)）])?"
)
# A word by itself: "今天开工" tells no date of publication.
_NEAR: Final = re.compile(
    r"(?<![^\s:：|｜(（>])(?P<w>今天|昨天|前天|刚刚)(?=[\s\d|｜)）<]|$)\s*(?:(?P<h>[0-2]?\d)[:：](?P<mi>[0-5]\d))?"
)
_NUMERALS: Final = re.compile(
    r"(?P<y>[一二][〇零○Ｏ０九一二三四五六七八]{3})年(?P<m>十[一二]?|[一二三四五六七八九])月(?P<d>[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九]|廿[一二三四五六七八九]?)日"
)
_DIGITS: Final = {c: str(i % 10) for i, c in enumerate("〇一二三四五六七八九")} | {
    "零": "0",
    "○": "0",
    "Ｏ": "0",
    "０": "0",
}
_URL: Final = re.compile(
    r"/(?:(?P<y>20[0-4]\d|199\d)[-/_]?(?P<m>0[1-9]|1[0-2])[-/_]?(?P<d>3[01]|[12]\d|0[1-9])|t(?P<y2>20[0-4]\d)(?P<m2>0[1-9]|1[0-2])(?P<d2>3[01]|[12]\d|0[1-9]))(?!\d)"
)
_UNITS: Final = {
    "分钟": 1 / 1440,
    "小时": 1 / 24,
    "天": 1,
    "日": 1,
    "周": 7,
    "星期": 7,
    "个月": 30.44,
    "月": 30.44,
    "年": 365.25,
}


@dataclass(frozen=True, slots=True)
class Published:
    """A point in time in China, and how exactly it is known."""

    at: datetime
    precision: Precision


def parse_date(text: str, fetched_at: datetime) -> Published | None:
    """Return the first date in `text`.

    Relative forms ("9个月前 (09-21)", "昨天 10:20") are resolved from `fetched_at`, the time the
    page was fetched.
    """
    if match := FULL.search(text):
        return _from(match)
    if match := AGO.search(text):
        return _ago(match, fetched_at)
    if match := _NUMERALS.search(text):
        return _date(_digits(match["y"]), _small(match["m"]), _small(match["d"]))
    if found := parse_day_first(text):
        return found
    if match := _NO_YEAR.search(text):
        return _latest(
            int(match["m"]), int(match["d"]), fetched_at, int(match["h"]), int(match["mi"])
        )
    if match := _NEAR.search(text):
        return _near(match, fetched_at)
    if found := _labelled(text) or _english(text):
        return found
    if match := _REPUBLIC.search(text):
        return _date(int(match["y"]) + _BEFORE_REPUBLIC, int(match["m"]), int(match["d"]))
    if match := _DAY_ONLY.fullmatch(text.strip()):
        return _latest(int(match["m"]), int(match["d"]), fetched_at)
    if match := _MONTH.search(text):
        return Published(datetime(int(match["y"]), int(match["m"]), 1, tzinfo=CHINA), "month")
    return None


def parse_exact(text: str) -> Published | None:
    """Return the first date in `text` that has year, month and day."""
    if match := FULL.search(text):
        return _from(match)
    return None


def parse_day_first(text: str) -> Published | None:
    """Return the date of "21 / 2024年02月", as calendars on pages show it."""
    if match := _DAY_FIRST.search(text):
        return _date(int(match["y"]), int(match["m"]), int(match["d"]))
    return None


def parse_timestamp(value: str) -> Published | None:
    """Return the date of an ISO 8601 value of `meta`, `time` or JSON-LD, in China's time."""
    try:
        at = datetime.fromisoformat(value.strip())
    except ValueError:
        return parse_exact(value)
    if not 1990 <= at.year <= 2049:
        return None
    if len(value.strip()) <= 10:
        return Published(at.replace(tzinfo=CHINA), "day")
    return Published((at if at.tzinfo else at.replace(tzinfo=CHINA)).astimezone(CHINA), "minute")


def parse_url(url: str) -> Published | None:
    """Return the day that a URL's path names, as most Chinese news systems do."""
    match = _URL.search(url)
    if not match:
        return None
    year, month, day = (int(match[g] or match[g + "2"]) for g in ("y", "m", "d"))
    return _date(year, month, day)


def _from(match: re.Match[str]) -> Published | None:
    hour = match["h"]
    if hour and match["pm"] and int(hour) < 12:
        hour = int(hour) + 12
    return _date(int(match["y"]), int(match["m"]), int(match["d"]), hour, match["mi"])


def _labelled(text: str) -> Published | None:
    """Return the date of "发布日期：20240618" or "时间：24-06-18"."""
    if match := _LABELLED.search(text):
        if match["y"]:
            return _date(int(match["y"]), int(match["m"]), int(match["d"]))
        return _date(2000 + int(match["y2"]), int(match["m2"]), int(match["d2"]))
    return None


def _english(text: str) -> Published | None:
    """Return the date of "Jun 18, 2024" or "Tue, 18 Jun 2024 09:30:00 GMT", as its page has it."""
    match = ENGLISH.search(text)
    if not match or not (day := match["d2"] or match["d"]):
        return None
    return _date(int(match["y"]), _MONTHS.index(match["m"].lower()) // 3 + 1, int(day))


def _date(
    year: int, month: int, day: int, hour: str | int | None = None, minute: str | int | None = None
) -> Published | None:
    if not (1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    at = datetime(year, month, day, tzinfo=CHINA)
    if hour is None or minute is None or int(hour) > 23:
        return Published(at, "day")
    return Published(at.replace(hour=int(hour), minute=int(minute)), "minute")


def _ago(match: re.Match[str], fetched_at: datetime) -> Published | None:
    now = fetched_at.astimezone(CHINA)
    unit, number = match["u"], int(match["n"])
    about = now - timedelta(days=number * _UNITS[unit])
    if match["m"]:
        month, day = int(match["m"]), int(match["d"])
        if match["y"]:
            return _date(int(match["y"]), month, day)
        dates = [_date(year, month, day) for year in (about.year - 1, about.year, about.year + 1)]
        return min(
            (date for date in dates if date), key=lambda date: abs(date.at - about), default=None
        )
    if unit in {"分钟", "小时"}:
        return Published(about.replace(second=0, microsecond=0), "minute")
    day_start = about.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit in {"天", "日"}:
        return Published(day_start, "day")
    if unit == "年":
        return Published(day_start.replace(month=1, day=1), "year")
    return Published(day_start.replace(day=1), "month")


def _near(match: re.Match[str], fetched_at: datetime) -> Published | None:
    back = {"今天": 0, "昨天": 1, "前天": 2, "刚刚": 0}[match["w"]]
    day = fetched_at.astimezone(CHINA) - timedelta(days=back)
    return _date(day.year, day.month, day.day, match["h"], match["mi"])


def _latest(
    month: int,
    day: int,
    fetched_at: datetime,
    hour: int | None = None,
    minute: int | None = None,
) -> Published | None:
    now = fetched_at.astimezone(CHINA) + timedelta(days=1)
    for year in (now.year, now.year - 1, now.year - 2, now.year - 3, now.year - 4):
        date = _date(year, month, day, hour, minute)
        if date and date.at <= now:
            return date
    return None


def _digits(text: str) -> int:
    return int("".join(_DIGITS[c] for c in text))


def _small(text: str) -> int:
    text = text.replace("廿", "二十")
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int(_DIGITS[text])
    return int(_DIGITS[tens] if tens else 1) * 10 + int(_DIGITS[ones] if ones else 0)
