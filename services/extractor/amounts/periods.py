"""The time that an amount is said of, where its sentence names it: ISO 8601."""

import re
from typing import Final

_QUARTERS: Final = {
    digit: quarter for quarter in range(1, 5) for digit in ("零一二三四"[quarter], str(quarter))
}
_TO: Final = "[-—–~至到]{1,2}"
_MARK: Final = re.compile(
    rf"(?<![0-9])(?:(?P<from>(?:19|20)[0-9]{{2}})年?{_TO}(?P<to>(?:19|20)[0-9]{{2}})年"
    r"|(?P<year>(?:19|20)[0-9]{2})年(?P<since>以来|起)?(?:度)?(?:第?(?P<quarter>[一二三四1-4])季度"
    rf"|(?P<half>[上下])半年|(?P<quarters>前三季度)"
    rf"|(?P<month>1[0-2]|0?[1-9])(?:月?{_TO}(?P<last>1[0-2]|0?[1-9]))?月(?:份)?"
    r"(?:(?P<day>3[01]|[12][0-9]|0?[1-9])日)?)?)"
    # A time that only the article's own date could resolve.
    r"|(?P<relative>今年|去年|明年|前年|当年|近年|未来|本月|上月|上半年|下半年|第?[一二三四]季度"
    r"|(?<![0-9年])(?:1[0-2]|[1-9])月|目前|如今|近[0-9一二三四五六七八九十]{1,2}年|[“\"]?十[一二三四五]五)"
)
_SENTENCE_ENDS: Final = "。！？!?\n"


class Periods:
    """The times that a text names, asked for at rising offsets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._current: str | None = None

    def at(self, offset: int) -> str | None:
        """Return the last time named before `offset` in its sentence, if it is explicit.

        `offset` is at least that of the call before.
        """
        start = self._position
        sentence = max(self._text.rfind(end, start, offset) for end in _SENTENCE_ENDS)
        if sentence >= 0:
            self._current = None
            start = sentence
        for match in _MARK.finditer(self._text, start, offset):
            self._current = _period(match)
        self._position = offset
        return self._current


def _period(match: re.Match[str]) -> str | None:
    if match["relative"] or match["since"]:
        return None
    if match["from"]:
        return f"{match['from']}/{match['to']}"
    year = match["year"]
    if match["quarter"]:
        last = 3 * _QUARTERS[match["quarter"]]
        return f"{year}-{last - 2:02}/{year}-{last:02}"
    if match["half"]:
        return f"{year}-01/{year}-06" if match["half"] == "上" else f"{year}-07/{year}-12"
    if match["quarters"]:
        return f"{year}-01/{year}-09"
    if match["month"]:
        month = f"{year}-{int(match['month']):02}"
        if match["last"]:
            return f"{month}/{year}-{int(match['last']):02}"
        return f"{month}-{int(match['day']):02}" if match["day"] else month
    return year
