"""The time that an amount is said of, where its sentence names it: ISO 8601."""

import re
from datetime import date
from typing import Final

_QUARTERS: Final = {
    digit: quarter for quarter in range(1, 5) for digit in ("零一二三四"[quarter], str(quarter))
} | {"首": 1}
_NUMERALS: Final = {written: n for n, written in enumerate("一二三四五六七八九十", 1)} | {
    "两": 2,
    "十一": 11,
}
_YEARS: Final = {"今": 0, "本": 0, "去": -1, "上": -1, "前": -2, "明": 1}
_TO: Final = "[-—–~至到]{1,2}"
_MONTH: Final = "1[0-2]|0?[1-9]"
_IN_WORDS: Final = "|".join(reversed(_NUMERALS))
_MARK: Final = re.compile(
    rf"(?<![0-9])(?:(?P<from>(?:19|20)[0-9]{{2}})年?{_TO}(?P<to>(?:19|20)[0-9]{{2}})年"
    r"|(?=[12今去前明上下本首第一二三四0-9])"
    r"(?:(?P<year>(?:19|20)[0-9]{2})年|(?P<relative>(?:[今去明本]|(?<![目以之])前|(?<!以)上)年(?!产)))?"
    r"(?P<since>以来|起)?[度初底末]?"
    r"(?:(?:第?(?P<quarter>[一二三四1-4])|(?P<first>首))(?:个)?季度"
    r"|(?P<half>[上下])半年|前三季度(?P<quarters>)"
    rf"|前(?P<months>{_MONTH}|{_IN_WORDS})个月"
    rf"|(?P<month>{_MONTH})(?:月?{_TO}(?P<last>{_MONTH}))?月(?:份|[初中底末])?"
    r"(?:(?P<day>3[01]|[12][0-9]|0?[1-9])日)?)?(?<=[年度月日起来份初中底末])"
    # A time that nothing here resolves.
    r"|(?P<vague>当年|近年|未来|目前|如今|近[0-9一二三四五六七八九十]{1,2}年|[“\"]?十[一二三四五]五)"
    r"|(?P<near>本月|当月|上个?月))"
)
# What another time is compared with, 是2020年的8.7倍, is not told of the amount.
_COMPARED: Final = re.compile(r"(?:是|比|较|为|与|同|跟|相当于|相比|同比|对比|于)\Z")
_OF_IT: Final = re.compile(
    r"的?(?:同期)?的?[0-9.]+(?:倍|%|个百分点)"
    r"|(?:同期)?(?:[净新]?增|下降|提[高升速]|多|少|减少|上升|翻|加快|加速|回[落升]|放缓|收窄|扩大|持平|相[比当])"
)
# An event has its own time: 创立于1926年，…; 2026年6月投产，….
_EVENT_BEFORE: Final = re.compile(
    r"(?:成立|创立|创建|始建|兴建|组建|设立|注册|诞生|建成|落户|[建创])(?:于|自)?\Z"
)
_EVENT: Final = re.compile(
    r"成立|创立|创建|组建|始建|设立|注册|建园|获批|挂牌|揭牌|落户|投产|投用|达产|建成|竣工|完工|开工|动工|奠基|交付|封顶|投入"
)
_PAUSE: Final = re.compile("[，,；;]")
_SENTENCE_ENDS: Final = "。！？!?\n"
_REACH: Final = 4


class Periods:
    """The times that a text names, asked for at rising offsets.

    `published` is the day of the article, which 今年 and 一季度 need.
    """

    def __init__(self, text: str, published: date | None = None) -> None:
        self._text = text
        self._published = published
        self._position = 0
        self._current: str | None = None
        self._year: int | None = None
        """The last year that the sentence names in full."""
        self._open: int | None = None
        """Where the last mark ends, as long as no amount was asked for after it."""

    def at(self, offset: int) -> str | None:
        """Return the last time named before `offset` in its sentence that can be resolved.

        `offset` is at least that of the call before.
        """
        start = self._position
        sentence = max(self._text.rfind(end, start, offset) for end in _SENTENCE_ENDS)
        if sentence >= 0:
            self._current = self._year = self._open = None
            start = sentence
        for mark in _MARK.finditer(self._text, start, offset):
            if mark[0]:
                self._read(mark)
        if self._open is not None and self._is_event(self._open, offset):
            self._current = None
        self._open = None
        self._position = offset
        return self._current

    def _read(self, mark: re.Match[str]) -> None:
        before = self._text[max(0, mark.start() - _REACH) : mark.start()]
        if _COMPARED.search(before) and _OF_IT.match(self._text, mark.end()):
            return
        self._open = mark.end()
        if _EVENT_BEFORE.search(before):
            self._current = None
        else:
            self._current = self._period(mark)
            self._year = int(mark["year"]) if mark["year"] else self._year

    def _is_event(self, start: int, offset: int) -> bool:
        """Return whether the clause of a mark ends before `offset` and tells an event."""
        pause = _PAUSE.search(self._text, start, offset)
        return pause is not None and _EVENT.search(self._text, start, pause.start()) is not None

    def _period(self, mark: re.Match[str]) -> str | None:
        if mark["from"]:
            return f"{mark['from']}/{mark['to']}"
        if mark["vague"] or (mark["year"] and mark["since"]):
            return None
        if mark["near"]:
            return self._near(mark)
        months = _months(mark)
        year = int(mark["year"]) if mark["year"] else self._year_of(mark, months)
        if year is None:
            return None
        if mark["since"]:
            return self._since(year)
        if months is None:
            return f"{year}"
        first, last = months
        if first != last or not mark["month"] or mark["last"]:
            return f"{year}-{first:02}/{year}-{last:02}"
        if not mark["day"]:
            return f"{year}-{first:02}"
        if not (mark["year"] or mark["relative"]):
            return None  # the day of a report: 4月10日, 记者获悉…
        return f"{year}-{first:02}-{int(mark['day']):02}"

    def _year_of(self, mark: re.Match[str], months: tuple[int, int] | None) -> int | None:
        """Return the year of a mark that names none in figures, by the day of the article."""
        if self._published is None:
            return None
        if mark["relative"]:
            return self._published.year + _YEARS[mark["relative"][0]]
        if months is None:
            return None
        if self._year is not None:
            return self._year
        ahead = months[0] > self._published.month
        return self._published.year - (ahead and (mark["month"] is not None or months[0] >= 10))

    def _since(self, year: int) -> str | None:
        if self._published is None or year != self._published.year:
            return None
        return f"{year}-01/{year}-{self._published.month:02}"

    def _near(self, mark: re.Match[str]) -> str | None:
        if self._published is None:
            return None
        year, month = self._published.year, self._published.month
        if mark["near"].startswith("上"):
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return f"{year}-{month:02}"


def _months(mark: re.Match[str]) -> tuple[int, int] | None:
    """Return the first and the last month that a mark names."""
    if mark["quarter"] or mark["first"]:
        last = 3 * _QUARTERS[mark["quarter"] or "首"]
        return last - 2, last
    if mark["half"]:
        return (1, 6) if mark["half"] == "上" else (7, 12)
    if mark["quarters"] is not None:
        return 1, 9
    if mark["months"]:
        written = mark["months"]
        return 1, _NUMERALS.get(written) or int(written)
    if mark["month"]:
        return int(mark["month"]), int(mark["last"] or mark["month"])
    return None
