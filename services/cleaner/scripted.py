"""An article that a page holds only as data in its scripts, for a program that shows it.

A page that shows nothing without a browser often brings its article along all the same: as JSON-LD
(`articleBody`), or as the state that its program starts from (`__NEXT_DATA__`,
`window.__INITIAL_STATE__ = {…}`, the same in percent escapes). The object that has a title and the
most text is the article; it is written out as a plain page, which is read like any other. The names
of its parts are in `data/scripted.toml`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any, Final
from urllib.parse import unquote

from services.cleaner.data import load

_NAMES: Final = load("scripted.toml")
_BODY: Final = tuple(_NAMES["body"])
_NOT_ARTICLES: Final = tuple(_NAMES["not_articles"])
_ASSIGNED: Final = re.compile(r"=\s*(?:(?=[{\[])|JSON\.parse\(\s*(?=\"))")
_UNDEFINED: Final = re.compile(r"(?<=[:,\[])undefined(?=[,}\]])")
_TAG: Final = re.compile("<[^<>]*>")
_PROSE: Final = re.compile("[\u3400-\u9fff，。]")
_LEAST_PROSE: Final = 30
_LEAST_TITLE: Final = 4
_MOST_VALUES: Final = 16
_MOST_SCRIPT: Final = 1024 * 1024
"""Characters of scripts that are read, since what they hold takes many times the memory."""
_DEEPEST: Final = 32
_SECONDS: Final = re.compile(r"1\d{9}(?:\d{3})?")
_OPENING: Final = 20
"""Characters that a page shows of the article that it has more of."""
_FULLER: Final = 1.5
"""How many times as long it is."""
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Story:
    """An object that has a title and a text, which may be markup."""

    title: str
    body: str
    date: str
    outlet: str
    author: str
    prose: int
    """How many characters of running text the body has."""

    def page(self) -> bytes:
        """Return the article as a plain page in UTF-8, which has no halves of surrogates."""
        body = self.body
        if "<" not in body:
            body = unescape(body) if "&lt;" in body else escape(body)
            body = "".join(f"<p>{line}</p>" for line in body.splitlines())
        title = escape(self.title)
        page = (
            f'<title>{title}</title><meta name="pubdate" content="{escape(self.date)}">'
            f"<h1>{title}</h1><p>来源：{escape(self.outlet)}</p><p>作者：{escape(self.author)}</p>"
            f'<div itemprop="articleBody">{body}</div>'
        )
        return page.encode(errors="replace")


def find_story(html: str) -> Story | None:
    """Return the article in the scripts of `html`, or None where they hold none or a list."""
    found = [story for value in _values(html) for story in _stories(value)]
    return max(found, key=lambda story: story.prose, default=None)


def find_fuller(html: str, text: str) -> Story | None:
    """Return the article of which the page shows only the beginning, `text`, or None."""
    if '"articleBody"' not in html:
        return None
    story = find_story(html)
    if story is None or story.prose < _FULLER * len(text):
        return None
    return story if text[:_OPENING] in story.body else None


def _values(html: str) -> Iterator[Any]:
    """Yield the values of JSON that stand in the scripts of `html`, at most a few."""
    left, size = _MOST_VALUES, _MOST_SCRIPT
    for script in map(_plain, _scripts(html)):
        size -= len(script)
        if size < 0:
            return
        at = 0
        while left and (start := _start(script, at)) >= 0:
            left -= 1
            value, at = _decode(script, start)
            yield value


def _scripts(html: str) -> Iterator[str]:
    at = html.find("<script")
    while at >= 0 and (stop := html.find("</script", at)) >= 0:
        yield html[html.find(">", at) + 1 : stop].strip()
        at = html.find("<script", stop)


def _plain(script: str) -> str:
    if len(script) > _MOST_SCRIPT:
        return script
    if script.startswith(("%7B", "%5B")):
        script = unquote(script)
    return _UNDEFINED.sub("null", script) if "undefined" in script else script


def _start(script: str, at: int) -> int:
    """Return where the next value of `script` begins, or -1."""
    if at == 0 and script.startswith(("{", "[")):
        return 0
    match = _ASSIGNED.search(script, at)
    return match.end() if match else -1


def _decode(script: str, start: int) -> tuple[Any, int]:
    """Return the value at `start` (None where it is no JSON) and where to look further."""
    try:
        value, stop = _DECODER.raw_decode(script, start)
        return (json.loads(value) if isinstance(value, str) else value), stop
    except json.JSONDecodeError as error:
        return None, max(error.pos, start + 1)
    except (RecursionError, ValueError):  # the latter for a number of thousands of digits
        return None, start + 1


def _stories(value: Any, depth: int = 0) -> list[Story]:
    """Return the articles in a value; of a list that has several, none: they are introduced."""
    if depth > _DEEPEST:
        return []
    if isinstance(value, dict):
        story = _story(value)
        return [story] if story else [s for v in value.values() for s in _stories(v, depth + 1)]
    if isinstance(value, list):
        found = [stories for item in value if (stories := _stories(item, depth + 1))]
        return found[0] if len(found) == 1 else []
    return []


def _story(value: Mapping[str, Any]) -> Story | None:
    named = {_key(name): part for name, part in value.items()}
    title = _first(named, "title")
    if len(title) < _LEAST_TITLE or title.endswith(_NOT_ARTICLES):
        return None
    bodies = (_text(part) for name, part in named.items() if _is_body(name))
    body = max(bodies, key=len, default="")
    prose = len(_PROSE.findall(_TAG.sub("", body)))
    if prose < _LEAST_PROSE:
        return None
    return Story(
        title=title,
        body=body,
        date=_date(_first(named, "date")),
        outlet=_first(named, "outlet"),
        author=_first(named, "author"),
        prose=prose,
    )


def _key(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


def _is_body(name: str) -> bool:
    return any(word in name for word in _BODY)


def _text(part: Any, depth: int = 0) -> str:
    """Return the text of a body, which may be in parts; an object with a title is an article."""
    if isinstance(part, str):
        return part
    if depth > _DEEPEST:
        return ""
    if isinstance(part, list):
        return "\n".join(filter(None, (_text(item, depth + 1) for item in part)))
    if isinstance(part, dict) and "title" not in part:
        bodies = (_text(value, depth + 1) for key, value in part.items() if _is_body(_key(key)))
        return max(bodies, key=len, default="")
    return ""


def _first(named: Mapping[str, Any], kind: str) -> str:
    """Return the first part of a `kind` that is text, or has a name that is, or a date's number.

    A part that is called so counts before one whose name ends so ("widgetTitle"). Numbers of
    another kind are keys ("source": 16), and what is true or false is no text either.
    """
    names = _NAMES[kind]
    ending = (key for name in names for key in named if key.endswith(name))
    for key in [*names, *ending]:
        part = named.get(key)
        part = part.get("name") if isinstance(part, dict) else part
        if kind == "date" and type(part) is int:
            return str(part)
        if isinstance(part, str) and part.strip():
            return " ".join(part.split())
    return ""


def _date(told: str) -> str:
    """Return a date as it is told, or that of a number of seconds or milliseconds."""
    if not _SECONDS.fullmatch(told):
        return told
    return datetime.fromtimestamp(int(told[:10]), UTC).isoformat()
