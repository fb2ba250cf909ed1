"""Title, date, outlet and author of an article."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Final

from services.cleaner.data import load
from services.cleaner.dates import (
    CHINA,
    Published,
    parse_date,
    parse_day_first,
    parse_exact,
    parse_timestamp,
    parse_url,
)
from services.cleaner.dom import Document
from services.cleaner.main_text import Body, container_names
from services.cleaner.meta_lines import (
    AGENCY,
    OUTLET,
    has_publication_label,
    is_meta_line,
    letters,
)

_TABLES: Final = load("metadata.toml")
TITLE_NAMES: Final = tuple(_TABLES["title_names"])
_SITE_ENDINGS: Final = tuple(_TABLES["site_endings"])
_META_DATES: Final = tuple(_TABLES["date_names"])
_HEADING_SCORES: Final = {"h1": 3.0, "h2": 1.5, "h3": 1.0, "h4": 0.5, "h5": 0.5, "h6": 0.5}
_NEAR: Final = 10
"""A headline stands at most this many blocks above the text."""
_BELOW: Final = 8
"""How far from its end the line that names an article's outlet may stand, in blocks."""
_DECK: Final = 4
"""Blocks from the first of a text on, among which its byline may stand."""
_SURE: Final = 2.0
_TELLING: Final = 9
"""A page title with fewer letters, apart from the site's name, names a channel."""
_LONGEST_SITE: Final = 16
"""Letters that the name of a site has at most ("青禾市塑料加工工业协会")."""
_SHORT: Final = 30
"""Letters of a line above the text that may hold a partial or relative date."""
_SEPARATOR: Final = re.compile(
    r"\s*(?:[|｜丨·»›<>＞_]|::|--+|——+|\s[-–—:：]\s|(?<=[\u3400-\u9fff”》！？」])[-–—](?=[\u3400-\u9fffA-Z]))\s*"
)
_MEDIA: Final = re.compile(
    rf"^[\s【\[（(]*(?P<name>\S{{1,12}}?(?:{'|'.join(_TABLES['media_endings'])}))社?"
    r"(?:·\S{1,10}?)?\s*(?:全媒体|融媒体|首席|见习|实习|特约|记者|通讯员|讯)"
)
_JSON_DATE: Final = re.compile(
    r'"(?:datePublished|pubDate|publish_time|publishTime|pubtime|publish_date)"\s*:\s*"([^"]{8,40})"'
)
# One expression each, since their first letters are what is searched for in long scripts.
_WECHAT_SECONDS: Final = [
    re.compile(rf'{name}\s*[=:]\s*"?(\d{{10}})"?')
    for name in (r"var\s+ct", "ori_create_time", "create_timestamp")
]
_WECHAT_ACCOUNT: Final = re.compile(r'var\s+nickname\s*=\s*(?:htmlDecode\()?"([^"<>]{2,40})"')
_WECHAT_TIME: Final = re.compile(r'var\s+publish_time\s*=\s*"([^"]{8,20})"')
_PUBLISHED_WORDS: Final = re.compile("(?:发布|发表|发稿|更新|时间|日期|来源)")
# What a site's own calendar shows.
_TODAY: Final = re.compile("今天|今日|现在|星期|周[一二三四五六日]|农历")
_DAY: Final = re.compile(r"(?:3[01]|[12]\d|0?[1-9])\s*[/|日]?")
# What may touch the name of an outlet. Some of the words also end names ("…评论", "…发布").
_OUTLET_END: Final = re.compile(
    r"(?:(?:作者|编辑|责编|责任编辑|发布|发布时间|发布日期|发表|时间|日期|阅读|评论|记者|浏览|点击)(?:量|数|次数)?\s*(?:[:：]|(?=\d))"
    r"|点击|浏览|字体|字号|分享到|打印|人气|\d{4}[-年/.]|[,，。;；（(【\[]).*$"
)
_DATELINE: Final = re.compile(
    r"^[\s【\[（(]*(?P<name>[^\s，。、；：！？“”（）()【】\d]{2,24}?)\s*(?:(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日\s*[】\]）)]?\s*(?:讯|电|消息|报道)|[】\]）)]?\s*讯(?=[\s（(|｜:：\]】，]|$)|\s?消息(?=[\s，,]))"
)
_AUTHOR: Final = re.compile(
    r"(?:作\s*者|撰\s*文|撰稿)\s*[:：/|｜]\s*(?P<name>[\u3400-\u9fff·A-Za-z. ]{2,24}?)"
    r"(?=\s|$|来源|编辑|责编|时间|发布|日期|[,，。;；|｜(（【\[]|\d)"
)
# "…发来讯", "据…消息": verbs before the word, not names.
_NO_NAME_ENDINGS: Final = ("快", "简", "据", "通", "来", "发", "致", "短", "函")
_MOST_HEAD: Final = 80
"""Characters at the start of a text among which its reporters may be named in brackets."""
_PEOPLE_LABEL: Final = re.compile(
    r"(?:作\s*者|撰\s*文|撰稿|(?<![\u3400-\u9fff])文|记\s*者|通讯员)\s*[:：/|｜\s]\s*(?=[\u3400-\u9fff])"
)
_BRACKETS: Final = re.compile(r"[（(]([^（()）]*(?:记者|通讯员)[^（()）]*)[）)]")
_PERSON: Final = re.compile(
    r"[\s、,，/]*(?P<name>[\u3400-\u9fff]{1,4}?(?:·[\u3400-\u9fff]{1,6})?)"
    r"(?:(?=来源|编辑|责编|点击|浏览|阅读|评论|字号|字体|分享|打印|发布|时间|日期)|(?![\u3400-\u9fff·]|\s*[:：]))"
)
_NO_PEOPLE: Final = frozenset(_TABLES["no_people"])
_REPORTER: Final = re.compile(r"^据|(?:记者|通讯员).*$|(?<=社)(?!·).*$")
_AROUND_NAMES: Final = "《》“”\"' 　·）)】]"
_NOT_OUTLETS: Final = frozenset(_TABLES["no_outlets"])
_OWN_NAMES: Final = tuple(_TABLES["own_names"])
# The place in "青禾晚报南湖8月5日讯".
_PLACE: Final = re.compile(r"(?<=[日晚早时商晨]报)(?!客户端|新媒体|融媒|全媒)[\u3400-\u9fff]{2,4}$")
_MASTHEAD: Final = re.compile(
    rf"(?P<name>\S{{1,16}}?(?:{'|'.join(_TABLES['media_endings'])}|报))(?:{'|'.join(_TABLES['editions'])})?"
)
_PAPER: Final = re.compile(
    rf"(?P<name>\S{{1,6}}?(?:{'|'.join(e for e in _TABLES['media_endings'] if e.endswith('报'))}))"
    rf"\s?(?:{'|'.join(_TABLES['editions'])})?"
)
_SHORT_LINE: Final = 60
_LONGEST_TITLE: Final = 400
"""Characters; a title that was not closed goes on to the end of the page."""
_BRACKETED: Final = re.compile(r"【[^【】]{8,}】")
_NUMBERED: Final = re.compile(r"\s*[（(【\[](?:第\s*)?(\d{1,2})\s*页?[)）】\]]$")
_PAGE_OF_URL: Final = re.compile(r"(?:[_-]|[?&]p(?:age)?=)(\d{1,2})(?:\.\w{2,5})?(?:[#&].*)?$")
_TIME: Final = re.compile(r"\d\d[-/:：月.]\d|年.{1,4}月")
_CLOCK: Final = re.compile(r"^\d{1,2}[:：]\d\d(?:[:：]\d\d)?")
_AROUND_OUTLET: Final = re.compile(r"[\s|｜·【】\[\]()（）,，]+")
_NEWSPAPER: Final = re.compile(r"数字报|数字版|电子报|电子版|e-?paper|/html/\d{4}-\d\d/\d\d/")
_BARE_LABEL: Final = re.compile(r"(?:来\s*源|稿\s*源|出处|作\s*者)\s*[:：]$")


def find_title(document: Document, body: Body | None, opening: int) -> tuple[str, int]:
    """Return the title without the site's name, and the index of its block (or -1).

    `opening` is the block where the text begins: a headline stands above it.
    """
    full, stripped = _page_title(document)
    page, plain = letters(full), letters(stripped)
    likeness = SequenceMatcher(None, "", page, autojunk=False)
    best = (0.0, "", -1)
    for i in range(min(opening + 1, len(document.blocks))):
        score = _title_score(document, i, page, plain, likeness, near=i >= opening - _NEAR)
        if body and body.noise[i]:
            score -= 2.0
        if body and body.kinds[i] != "text":
            score -= 4.0
        if score > best[0]:
            best = (score, document.blocks[i].text, i)
    score, text, i = best
    text, i = _whole_heading(document, text, i, page)
    if score >= _SURE and (letters(text) in page or not _tells(plain, text)):
        return text, i
    if stripped and _tells(plain, text):
        return stripped, -1
    return (text, i) if text else (stripped, -1)


def _page_title(document: Document) -> tuple[str, str]:
    """Return the title that the page's head tells, and the same without the site's name.

    Where `title` names but the site or a channel, what `meta` tells counts.
    """
    told = (document.meta.get(name, "") for name in TITLE_NAMES)
    titles = [title[:_LONGEST_TITLE] for title in (document.title, *told) if title]
    found = [(title, strip_site_name(title)) for title in titles]
    telling = (both for both in found if _tells(letters(both[1]), ""))
    return next(telling, found[0] if found else ("", ""))


def _whole_heading(document: Document, text: str, i: int, page: str) -> tuple[str, int]:
    """Return the lines of a heading that is set in several, if the page's title has them all."""
    blocks = document.blocks
    if i < 0 or blocks[i].tag not in _HEADING_SCORES:
        return text, i
    first = last = i
    while first > 0 and blocks[first - 1].element == blocks[i].element:
        first -= 1
    while last + 1 < len(blocks) and blocks[last + 1].element == blocks[i].element:
        last += 1
    whole = "".join(block.text for block in blocks[first : last + 1])
    return (whole, last) if first < last and letters(whole) in page else (text, i)


def _tells(plain: str, heading: str) -> bool:
    """Whether the page's own title is more than the name of its site or channel."""
    if len(plain) < _TELLING or (len(plain) <= _LONGEST_SITE and plain.endswith(_SITE_ENDINGS)):
        return False
    return not (heading and plain in letters(heading))


def _title_score(
    document: Document,
    i: int,
    page: str,
    plain: str,
    likeness: SequenceMatcher[str],
    *,
    near: bool,
) -> float:
    """Score a block; the second sequence of `likeness` is `page`, the page's own title."""
    block = document.blocks[i]
    key = letters(block.text) if 4 <= len(block.text) <= 120 else ""
    if len(key) < 3:
        return 0.0
    following = document.blocks[i + 1].text if i + 1 < len(document.blocks) else ""
    inside = key in page
    score = _HEADING_SCORES.get(block.tag, 0.0)
    element = document.elements[block.element]
    endings = container_names().title
    if any(token.endswith(endings) for token in element.tokens):
        score += 1.0
    elif not score and has_publication_label(following):
        score += 0.75
    elif not score and not (inside and len(key) >= max(6, 0.3 * len(page))):
        return 0.0
    if near:
        score += 1.5
    if inside:
        score += 4.0 * len(key) / len(page)
        score += 2.5 if page.startswith(key) and len(key) >= 5 else 0.5
        score += 2.0 if key == plain else 0.0
    elif _tells(plain, ""):
        likeness.set_seq1(key)
        common = likeness.find_longest_match().size
        score += 4.0 * common / len(key) - 2.0
    if block.linked > 0.5 * len(block.text):
        score -= 2.0
    if is_meta_line(block.text):
        score -= 3.0
    return score


def strip_site_name(title: str) -> str:
    """Return `title` without the parts that name the site or the channel."""
    parts = [part for part in _SEPARATOR.split(title) if part.strip()]
    if len(parts) < 2:
        return title.strip()
    longest = max(parts, key=len)
    first = parts[0].strip()
    chosen = (
        first if len(first) >= 8 or first == longest or len(first) * 2 >= len(longest) else longest
    )
    return chosen.strip()


def bare_title(title: str, url: str) -> str:
    """Return `title` without brackets around all of it, and without a number of the page.

    The number "(2)" behind it is one if `url` is that page of an article.
    """
    if _BRACKETED.fullmatch(title):
        title = title[1:-1].strip()
    title_number, url_number = _NUMBERED.search(title), _PAGE_OF_URL.search(url)
    if title_number and url_number and int(title_number[1]) == int(url_number[1]):
        return title[: title_number.start()].strip()
    return title


def find_date(
    document: Document,
    raw: str,
    url: str,
    *,
    head: Sequence[int],
    before: range,
    tail: range,
    fetched_at: datetime,
) -> Published | None:
    """Return when the article was published.

    Trusted in this order: the lines above the text (blocks `head`), the head of the page, scripts,
    the lines above the headline (blocks `before`) and below the text (blocks `tail`), relative
    dates above the text, the URL and the page's title. A date after the fetch is no publication
    date.
    """
    latest = fetched_at.astimezone(CHINA) + timedelta(days=2)
    found = (
        date
        for date in _dates(
            document, raw, url, head=head, before=before, tail=tail, fetched_at=fetched_at
        )
        if date and date.at <= latest
    )
    return next(found, None)


def _dates(
    document: Document,
    raw: str,
    url: str,
    *,
    head: Sequence[int],
    before: range,
    tail: range,
    fetched_at: datetime,
) -> Iterator[Published | None]:
    blocks = document.blocks
    above = [blocks[i].text for i in head if len(blocks[i].text) <= 160]
    yield from (parse_exact(text) for text in above if is_meta_line(text))
    for i in head:
        if _DAY.fullmatch(blocks[i].text):
            yield parse_day_first(" ".join(block.text for block in blocks[i : i + 2]))
    for name in _META_DATES:
        if value := document.meta.get(name):
            yield parse_timestamp(value)
    yield from (parse_timestamp(value) for value in document.times[:3])
    if match := _JSON_DATE.search(raw):
        yield parse_timestamp(match[1])
    yield from (_epoch(match[1]) for name in _WECHAT_SECONDS if (match := name.search(raw)))
    if match := _WECHAT_TIME.search(raw):
        yield parse_exact(match[1])
    for i in before:
        if is_meta_line(blocks[i].text) and not _TODAY.search(blocks[i].text):
            yield parse_exact(blocks[i].text)
    for i in tail:
        if len(blocks[i].text) <= 160 and _PUBLISHED_WORDS.search(blocks[i].text):
            yield parse_exact(blocks[i].text)
    yield from (parse_date(text, fetched_at) for text in above if len(letters(text)) <= _SHORT)
    yield parse_url(url)
    # A newspaper's page tells the day of its issue there.
    yield parse_exact(document.title)


def _epoch(seconds: str) -> Published:
    return Published(datetime.fromtimestamp(int(seconds), CHINA).replace(second=0), "minute")


def find_outlet(
    meta_lines: Sequence[str], paragraphs: Sequence[str], masthead: str = ""
) -> str | None:
    """Return the outlet that the page or the text itself names (来源, dateline, byline).

    `masthead` is the page's own outlet, which a report means by "本报讯". A page that calls its
    source "本站" is believed only if nothing else is named.
    """
    own = None
    for line in meta_lines:
        if match := OUTLET.search(line):
            # A label may touch the name: what shows it is the colon that ended the match.
            name = match["name"] + line[match.end() : match.end() + 1]
            name = _OUTLET_END.sub("", name).strip(_AROUND_NAMES + ":：|丨｜")
            if "《" in name and "》" not in name:
                name += "》"
            if name.startswith(_OWN_NAMES):
                own = own or name
            elif len(name) >= 2 and name.lower() not in _NOT_OUTLETS:
                return name
    for line in [*paragraphs[:2], *meta_lines]:
        for pattern in (AGENCY, _DATELINE, _MEDIA):
            if match := pattern.match(line):
                name = _PLACE.sub("", _REPORTER.sub("", match["name"]))
                if name.startswith(_OWN_NAMES):
                    name = masthead
                if name and name not in _NOT_OUTLETS and not name.endswith(_NO_NAME_ENDINGS):
                    return name
    return own or next((name for line in meta_lines if (name := _bare_outlet(line))), None)


def _bare_outlet(line: str) -> str | None:
    """Return the outlet that stands beside a date without a label: "06-18 17:30 青禾日报"."""
    if not (len(line) <= _SHORT_LINE and _TIME.search(line)):
        return None
    parts = (_CLOCK.sub("", part) for part in _AROUND_OUTLET.split(line))
    found = (match["name"] for part in parts if (match := _MASTHEAD.fullmatch(part)))
    return next((name for name in found if name not in _NOT_OUTLETS), None)


def find_masthead(document: Document) -> str:
    """Return the newspaper or site that the page's own title names, or an empty string."""
    parts = [document.meta.get("og:site_name", ""), *reversed(_SEPARATOR.split(document.title))]
    for part in parts:
        if match := _MASTHEAD.fullmatch(part.strip()):
            return match["name"]
    return ""


def newspaper_named(line: str) -> str:
    """Return the newspaper whose name is the whole of `line`, or an empty string."""
    match = _PAPER.fullmatch(line)
    return match["name"] if match else ""


def is_newspaper(document: Document, url: str) -> bool:
    """Whether this is a page of a printed newspaper, which tells the day of its issue on top."""
    return bool(_NEWSPAPER.search(document.title) or _NEWSPAPER.search(url))


def find_account(raw: str) -> str | None:
    """Return the account whose page this is, as WeChat names it in a script."""
    # What few pages have is found sooner by its word than by an expression.
    match = _WECHAT_ACCOUNT.search(raw) if "nickname" in raw else None
    return match[1] if match else None


def agree(outlets: Sequence[str | None]) -> list[str | None]:
    """Return the outlets of a page's articles, those that name none with that of the others.

    A page of a newspaper is one newspaper's; a page on which no outlet stands twice tells nothing.
    """
    named = Counter(outlet for outlet in outlets if outlet)
    common, times = named.most_common(1)[0] if named else (None, 0)
    return [outlet or (common if times > 1 else None) for outlet in outlets]


def lines_about(document: Document, body: Body, above: range, stop: int) -> list[str]:
    """Return the lines about an article: those above its text, and its outlet's line below.

    A byline may follow the first of its lines, where that is a deck; captions tell of pictures.

    A label that stands alone is joined to its value, which is the next line.
    """
    blocks = document.blocks
    below = blocks[max(above.stop, stop - _BELOW) : stop + _BELOW]
    bylines = range(above.stop, min(above.stop + _DECK, stop))
    lines: list[str] = []
    for i in [*above, *(i for i in bylines if body.kinds[i] == "byline")]:
        if body.kinds[i] == "caption":
            continue
        if lines and _BARE_LABEL.search(lines[-1]):
            lines[-1] += blocks[i].text
        else:
            lines.append(blocks[i].text)
    lines += [b.text for b in below if OUTLET.match(b.text.lstrip("（(【[ "))]
    # What offices have to tell in the head of their pages.
    outlet = document.meta.get("contentsource")
    return [*lines, f"来源：{outlet}"] if outlet else lines


def find_author(meta_lines: Sequence[str], paragraphs: Sequence[str] = ()) -> str | None:
    """Return who wrote the article, names between spaces: its author, or else its reporters.

    Lines about the article name the one, the brackets of its dateline or of its end the others.
    """
    for line in meta_lines:
        if names := _people(line):
            return " ".join(names)
    ends = [p[:_MOST_HEAD] for p in paragraphs[:1]] + [p[-_MOST_HEAD:] for p in paragraphs[-1:]]
    for text in ends:
        if (match := _BRACKETS.search(text)) and (names := _people(match[1])):
            return " ".join(names)
    found = (m["name"].strip() for line in meta_lines if (m := _AUTHOR.search(line)))
    return next((name for name in found if name not in _NO_PEOPLE), None)


def _people(text: str) -> list[str]:
    """Return the persons that stand behind the labels of `text`, in its order."""
    names: list[str] = []
    for label in _PEOPLE_LABEL.finditer(text):
        at = label.end()
        while (match := _PERSON.match(text, at)) and match["name"] not in _NO_PEOPLE:
            at = match.end()
            names.append(match["name"])
    return list(dict.fromkeys(names))
