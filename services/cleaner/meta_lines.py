"""Lines that tell about an article, and openings that name its outlet."""

import re
from typing import Final

from services.cleaner.data import load
from services.cleaner.dates import AGO, ENGLISH, FULL

_TABLES: Final = load("metadata.toml")
_REST: Final = 24
"""Letters that a line may have besides its date: names of outlet, author and channel."""
_LETTERS: Final = re.compile(r"[\W_]+")
OUTLET: Final = re.compile(
    r"(?:(?:文章|信息|新闻|稿件|内容|消息|本文|资料|媒体)?来\s*源|稿\s*源|文\s*源|(?:文章|信息)?出处"
    r"|供稿单位|发布(?:机构|单位)|(?:本文)?(?:转载|转|摘|来)自)\s*[:：/|｜丨]\s*(?P<name>[^\s:：|｜丨]{2,40})"
)
_AGENCIES: Final = "|".join(_TABLES["agencies"])
AGENCY: Final = re.compile(
    rf"^[\s【\[（(]*(?P<name>{_AGENCIES})[^\s，。]{{0,12}}?(?:\d{{4}}年)?\d{{1,2}}月\d{{1,2}}日(?:电|讯|消息)"
)
_PAPERS: Final = "|".join(_TABLES["own_names"] + [e for e in _TABLES["media_endings"] if "报" in e])
_REPORTER_DATELINE: Final = re.compile(
    r"[\s【\[（(]*[^\s，。、；：！？“”（）()【】\d]{2,24}?\s*(?:\d{1,2}月\d{1,2}日)?\s*[】\]）)]?\s*(?:讯|电|消息)\s*[（(](?:\S{0,10}(?:记者|通讯员))"
    rf"|[\s【\[（(]*[^\s，。、；：！？“”（）()【】\d]{{0,8}}?(?:{_PAPERS})\S{{0,4}}?\s?(?:\d{{1,2}}月\d{{1,2}}日)?讯[\s（(】\]：:]"
)
_CALENDAR: Final = re.compile(r"(?:19|20)\d\d\s*[-年/.]\s*\d{1,2}\s*(?:月|[-/.]\s*\d{1,2})?")
_META_LABEL: Final = re.compile(
    r"(?:发布|发表|更新|发稿)(?:时间|日期|于)?\s*[:：]|(?:时间|日期)\s*[:：]\s*\d|(?:点击|浏览|阅读)(?:量|数|次数)?\s*[:：]\s*\d|^\s*(?:作者|记者|编辑)\s*[:：](?!.*[？。！])"
)
# Characters that a label, and ones that a date cannot do without: most lines have neither.
_OF_LABELS: Final = re.compile("[源处位构自:：]")
_DIGIT: Final = re.compile(r"\d")


def letters(text: str) -> str:
    """Return the letters, digits and ideographs of `text`, in lower case."""
    return _LETTERS.sub("", text).lower()


def is_dateline(text: str) -> bool:
    """Whether a paragraph opens as a report does: "某报讯（记者…）", "新华社某地5月1日电"."""
    return bool(_REPORTER_DATELINE.match(text) or AGENCY.match(text))


def is_meta_line(text: str) -> bool:
    """Whether a short line tells date, outlet or reads of an article and nothing else."""
    if len(text) > 160:
        return False
    if _OF_LABELS.search(text) and (OUTLET.search(text) or _META_LABEL.search(text)):
        return True
    if not _DIGIT.search(text):
        return False
    if _CALENDAR.fullmatch(text):
        return True
    found = AGO.search(text) or FULL.search(text) or ENGLISH.search(text)
    return found is not None and len(letters(text)) - len(letters(found[0])) <= _REST


def has_publication_label(text: str) -> bool:
    """Whether a line says of itself that it tells date or reads ("发布日期：…")."""
    return len(text) <= 160 and bool(_META_LABEL.search(text))
