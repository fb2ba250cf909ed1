"""What recurs on the pages of a host is its template: furniture, and not the article.

Nothing here is state. A page is cleaned in the light of a few other pages of its host, each known
by the keys of its lines; where these are kept is the shell's affair.
"""

import re
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.cleaner.lines import LineKind, is_prose
from services.cleaner.meta_lines import letters
from services.contracts.identity import site
from services.contracts.messages import Article, Page, PageLines

SLOTS: Final = 8
"""Pages that are remembered of a host."""
_LEAST_STORIES: Final = 2
_SHARE: Final = 0.2
"""A line of the template stands on at least two others' pages, and on this share of them."""
_MOST_LINES: Final = 200
_LONGEST: Final = 80
_STALE: Final = timedelta(days=30)
"""A site may have been redesigned since; then another page takes the slot."""
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")
_LEAST_LETTERS: Final = 2
_TITLE: Final = 6
"""Letters of a title; what is shorter may be a column's name, which the page's title has too."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page that is remembered: 32-bit keys of its URL, its story and its lines."""

    slot: int
    page: int
    story: int
    lines: bytes
    """Keys as they lie in an array of unsigned integers, 4 bytes each."""
    at: float
    """When it was fetched, in seconds since the epoch."""


def line_key(line: str) -> int:
    """Return what a line is recognised by: its letters, without digits; 0 where it has none."""
    found = _NO_LETTERS.sub("", line[:_LONGEST])
    return _key(found) if len(found) >= _LEAST_LETTERS else 0


def remember(lines: PageLines) -> Seen:
    """Return the short form of a message about a page."""
    keys = array("I", sorted({key for line in lines.lines if (key := line_key(line))}))
    return Seen(
        slot=lines.slot,
        page=_key(lines.page),
        story=_key(lines.story),
        lines=keys.tobytes(),
        at=lines.fetched_at.timestamp(),
    )


def furniture(seen: Iterable[Seen], canonical: str) -> frozenset[int]:
    """Return the keys of the lines that recur on the host's pages.

    The page itself, whose canonical URL is given, does not count, and a story that was posted
    several times counts once: its paragraphs recur, but are no furniture.
    """
    page = _key(canonical)
    stories: dict[int, set[int]] = {}
    for other in seen:
        if other.page != page:
            stories.setdefault(other.story, set()).update(array("I", other.lines))
    if len(stories) < _LEAST_STORIES:
        return frozenset()
    least = max(_LEAST_STORIES, _SHARE * len(stories))
    counts = Counter(key for lines in stories.values() for key in lines)
    return frozenset(key for key, count in counts.items() if count >= least)


def without_furniture(
    lines: Sequence[str], kinds: Sequence[LineKind], template: frozenset[int], title: str
) -> list[LineKind]:
    """Return `kinds`, with "drop" for the lines that are of the template.

    A short line between two of the article's own stays: it is a heading that all articles of its
    kind have ("项目概况"). So does a line that is part of the page's `title`, and the first prose
    below it: a site shows the openings of its newest articles on all of its pages.
    """
    found = [
        kind == "text" and line_key(line) in template and letters(line) not in title
        for line, kind in zip(lines, kinds, strict=True)
    ]
    prose = [n for n, kind in enumerate(kinds) if kind == "text" and is_prose(lines[n])]
    lead = _lead(lines, prose, title)
    if lead is not None and not all(found[n] for n in prose):  # else nothing is the article's own
        found[lead] = False
    of_prose = frozenset(prose)
    own = [kind == "text" and not of for kind, of in zip(kinds, found, strict=True)]
    between = [False, *(a and b for a, b in zip(own, own[2:], strict=False)), False]
    return [
        "drop" if of and (n in of_prose or not amid) else kind
        for n, (kind, of, amid) in enumerate(zip(kinds, found, between, strict=False))
    ]


def _lead(lines: Sequence[str], prose: Sequence[int], title: str) -> int | None:
    """Return the first of `prose` below the title, or of all where no line tells the title."""
    known = map(letters, lines)
    told = (n for n, line in enumerate(known) if len(line) >= _TITLE and line in title)
    below = next(told, -1)
    return next((n for n in prose if n > below), None)


def lines_to_remember(
    page: Page, articles: Sequence[Article], lines: Sequence[str], seen: Sequence[Seen]
) -> PageLines | None:
    """Return what is to be remembered of a page, or None where enough is known of its host.

    `lines` are the page's lines that are no links. Pages without articles have other templates.
    """
    if not articles:
        return None
    slot = _free_slot(page, articles[0].canonical_url, seen)
    if slot is None:
        return None
    by_key = {key: line[:_LONGEST] for line in lines if (key := line_key(line))}
    # The lowest keys: where a page has too many lines, the same are taken as of the others.
    kept = sorted(by_key)[:_MOST_LINES]
    return PageLines(
        host=site(page.url),
        slot=slot,
        page=articles[0].canonical_url,
        story=f"{letters(articles[0].title)} {articles[0].paragraphs[0][:_LONGEST]}",
        lines=tuple(by_key[key] for key in kept),
        fetched_at=page.fetched_at,
    )


def _free_slot(page: Page, canonical: str, seen: Sequence[Seen]) -> int | None:
    """Return the slot for a page: an empty one, or one whose page is stale; its own first."""
    key, now = _key(canonical), page.fetched_at.timestamp()
    stale = {other.slot for other in seen if now - other.at > _STALE.total_seconds()}
    own = next((other.slot for other in seen if other.page == key), None)
    if own is not None:
        return own if own in stale else None
    taken = {other.slot for other in seen}
    free = sorted(set(range(SLOTS)) - taken) or sorted(stale)
    # Pages that are cleaned at the same time, maybe by several replicas, take different ones.
    return free[key % len(free)] if free else None


def _key(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))
