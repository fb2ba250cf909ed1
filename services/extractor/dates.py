"""Dates that a clause tells, resolved against the day the article was published.

今年, 去年, 昨天 and a month without a year need the article's own date: such a date is marked as
inferred.
"""

import re
from calendar import monthrange
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from services.contracts.messages import Precision


class Told(NamedTuple):
    """A date with its span: ISO 8601 year, month or day."""

    start: int
    end: int
    date: str
    precision: Precision
    inferred: bool


_MONTH = r"(?:1[0-2]|0?[1-9])月"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])[日号]"
_DATE = re.compile(
    r"(?<![\d.])(?<!\d[-—–~至到])(?:(?P<year>(?:19|20)\d{2})\s*年"
    r"|(?P<relative>今年|去年|前年|明年|本年|上年))?"
    rf"(?P<month>{_MONTH})?(?P<day>(?<=月){_DAY})?(?<=[年月日号])"
)
_NUMERIC = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})[-./](?P<month>1[0-2]|0?[1-9])"
    r"(?:[-./](?P<day>3[01]|[12]\d|0?[1-9]))?(?!\d)"
)
_DATELINE = re.compile(rf"(?:20\d{{2}}年)?{_MONTH}{_DAY}(?=\s*(?:[讯电]|消息))")
_DATELINE_REACH = 60
# The day that was told last.
_SAME_DAY = re.compile(r"同日|当天|当日")
_SAME_DAY_REACH = 300
_NEAR = re.compile(r"今天|今日|昨天|昨日|前天")
# A month that only the article's own date names; news tells what happened days ago.
_NEAR_MONTH = re.compile(r"本月|当月|上个?月(?!\d)|日前|近日|近期")
_YEAR = re.compile(r"(?<!\d)(20\d{2})年")
_STARTS = re.compile(r"[\d今去前明本上]")
_YEARS: Final = {"今年": 0, "本年": 0, "去年": -1, "上年": -1, "前年": -2, "明年": 1}
_DAYS: Final = {"今天": 0, "今日": 0, "昨天": -1, "昨日": -1, "前天": -2}
_DIGITS = re.compile(r"\d+")


class Calendar:
    """Reads the dates of one article.

    `published` is the article's date; where it has none, the latest year that the text itself
    names stands in for it, unless the text speaks of 去年 (then that year may be the last one).
    """

    def __init__(
        self, text: str, published: datetime | None, precision: Precision | None = "day"
    ) -> None:
        self._text = text
        self._year = published.year if published else _latest_year(text)
        self._month = published.month if published and precision != "year" else None
        self._day: datetime | None = None
        self._day = self._dateline() or (published if precision in ("day", "minute") else None)

    def is_ahead(self, told: Told) -> bool:
        """Return whether a date lies after the day, month or year of the article."""
        if self._year is None:
            return False
        now = f"{self._year:04}" + (f"-{self._month:02}" if self._month else "")
        return told.date[: len(now)] > now[: len(told.date)]

    def _dateline(self) -> datetime | None:
        """Return the day on which the report was written (某某网5月8日讯): its 今天 is that day."""
        match = _DATELINE.search(self._text, 0, _DATELINE_REACH)
        told = next(iter(self.find(*match.span())), None) if match else None
        return datetime.fromisoformat(told.date) if told and told.precision == "day" else None

    def find(self, start: int, end: int) -> list[Told]:
        """Return the dates told in [start, end), in order; impossible ones are left out."""
        told = self._written(start, end)
        if self._year and self._month:
            told += [
                self._near_month(m, self._year, self._month)
                for m in _NEAR_MONTH.finditer(self._text, start, end)
            ]
        told += [self._same_day(m) for m in _SAME_DAY.finditer(self._text, start, end)]
        if self._day:
            told += [self._near(m, self._day) for m in _NEAR.finditer(self._text, start, end)]
        return sorted(t for t in told if t is not None)

    def _written(self, start: int, end: int) -> list[Told | None]:
        told = [self._numeric(m) for m in _NUMERIC.finditer(self._text, start, end)]
        return told + [self._worded(m) for m in _candidates(self._text, start, end)]

    def _same_day(self, match: re.Match[str]) -> Told | None:
        before = self._written(max(0, match.start() - _SAME_DAY_REACH), match.start())
        days = [t for t in before if t is not None and t.precision == "day"]
        last = max(days, default=None)
        return last and last._replace(start=match.start(), end=match.end(), inferred=True)

    def _numeric(self, match: re.Match[str]) -> Told | None:
        day = int(match["day"]) if match["day"] else None
        return _told(match, int(match["year"]), int(match["month"]), day, inferred=False)

    def _worded(self, match: re.Match[str]) -> Told | None:
        month, day = _number(match["month"]), _number(match["day"])
        if match["year"]:
            return _told(match, int(match["year"]), month, day, inferred=False)
        if self._year is None:
            return None
        year = self._year + _YEARS.get(match["relative"], 0)
        if not match["relative"] and month and self._month and month > self._month:
            year -= 1  # a month that has not come yet was last year's
        return _told(match, year, month, day, inferred=True)

    @staticmethod
    def _near_month(match: re.Match[str], year: int, month: int) -> Told:
        if match[0].startswith("上"):
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return Told(match.start(), match.end(), f"{year:04}-{month:02}", "month", inferred=True)

    @staticmethod
    def _near(match: re.Match[str], published: datetime) -> Told:
        day = published + timedelta(days=_DAYS[match[0]])
        return Told(match.start(), match.end(), f"{day:%Y-%m-%d}", "day", inferred=True)


def _candidates(text: str, start: int, end: int) -> list[re.Match[str]]:
    """Return the worded dates; all parts are optional, so ask only where one may start."""
    found: list[re.Match[str]] = []
    at = start
    while (begin := _STARTS.search(text, at, end)) is not None:
        match = _DATE.match(text, begin.start(), end)
        if match and match.end() > match.start():
            found.append(match)
            at = match.end()
        else:
            at = begin.end()
    return found


def _number(text: str | None) -> int | None:
    digits = _DIGITS.match(text) if text else None
    return int(digits[0]) if digits else None


def _told(
    match: re.Match[str], year: int, month: int | None, day: int | None, *, inferred: bool
) -> Told | None:
    if month is None:
        return Told(match.start(), match.end(), f"{year:04}", "year", inferred)
    if day is None:
        return Told(match.start(), match.end(), f"{year:04}-{month:02}", "month", inferred)
    if day > monthrange(year, month)[1]:
        return None
    return Told(match.start(), match.end(), f"{year:04}-{month:02}-{day:02}", "day", inferred)


def _latest_year(text: str) -> int | None:
    """Return the latest year that the text names, if it can be taken for the article's own."""
    if "去年" in text:
        return None
    return max((int(year) for year in _YEAR.findall(text)), default=None)
