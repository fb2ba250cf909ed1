"""Several articles in one page: a newspaper's page, a collection of reports.

A heading alone proves nothing, for subheadings look the same. Two reports that each open below a
heading with a dateline or a byline do; then the headings that are set as theirs begin articles too.
"""

import re
from collections.abc import Sequence
from typing import Final

from services.cleaner.dom import Document
from services.cleaner.main_text import Body, container_names
from services.cleaner.meta_lines import is_dateline

_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4"})
_LONGEST_HEADING: Final = 80
_SHORTEST_PLAIN: Final = 4
_LONGEST_PLAIN: Final = 40
_SENTENCE: Final = re.compile("[。；：，]")
_FAR: Final = 6
"""Between a heading and its dateline stand at most this many blocks: a deck, a date, pictures."""
_LEAST: Final = 2
_MOST_OF: Final = 0.5

Setting = tuple[str, frozenset[str]]


def split_articles(
    document: Document, body: Body, kept: Sequence[int], title: int
) -> list[tuple[int, list[int]]]:
    """Return for every article its heading (-1: the page's title) and its blocks, as indices.

    `kept` are the blocks of text, `title` the block of the page's title if it lies among them,
    or -1: the first article's heading is not in `kept` then.
    """
    headings, above = _headings(document, body, kept, title)
    opened = {i: _opening(document, body, i) for i in headings}
    proved = [i for i in headings if opened[i] >= 0]
    first = title if title >= 0 else kept[0] - 1 if kept else -1
    reports = {opened[i] for i in proved} | {_opening(document, body, first)}
    if not proved or len(reports - {-1}) < _LEAST:
        return [(-1, list(kept))]
    settings = {_setting(document, i) for i in proved}
    alike = [i for i in headings if _setting(document, i) in settings]
    if all(_begins_box(document, i) for i in proved):
        alike = [i for i in alike if i in proved or _begins_box(document, i)]
    elif len(proved) < _MOST_OF * len(alike):
        alike = proved
    starts = frozenset(alike)
    parts: list[tuple[int, list[int]]] = [(-1, [])]
    for i in kept:
        if i in starts:
            parts.append((i, []))
        elif i not in above:
            parts[-1][1].append(i)
    return [part for part in parts if any(body.values[i] > 0 for i in part[1])]


def _headings(
    document: Document, body: Body, kept: Sequence[int], title: int
) -> tuple[list[int], frozenset[int]]:
    """Return the headings, one of every run of them, and the lines that stand above one in a run.

    Above a headline may stand a kicker and below it a deck: the highest heading counts. What
    follows the page's own title directly is its deck.
    """
    headings: list[int] = []
    above: set[int] = set()
    last = title if title >= 0 else -2
    for i in kept:
        if not _is_heading(document, body, i):
            continue
        if i != last + 1:
            headings.append(i)
        elif headings and last != title and _level(document, i) < _level(document, headings[-1]):
            above.add(headings[-1])
            headings[-1] = i
        last = i
    return headings, frozenset(above)


def _opening(document: Document, body: Body, heading: int) -> int:
    """Return the block that opens the report below a heading, a byline or a dateline, or -1."""
    blocks = document.blocks
    for i in range(heading + 1, min(heading + 1 + _FAR, len(blocks))):
        if body.kinds[i] == "byline" or is_dateline(blocks[i].text):
            return i
        if body.values[i] > 0:
            return -1
    return -1


def _level(document: Document, i: int) -> int:
    tag = document.blocks[i].tag
    return int(tag[1]) if tag in _HEADINGS else len(_HEADINGS)


def _is_heading(document: Document, body: Body, i: int) -> bool:
    """Whether a block is set as a heading, or is a short line right above a dateline or byline."""
    block = document.blocks[i]
    if len(block.text) > _LONGEST_HEADING or block.text.endswith("。"):
        return False
    if block.tag in _HEADINGS:
        return True
    endings = container_names().title
    if any(token.endswith(endings) for token in document.elements[block.element].tokens):
        return True
    if i + 1 >= len(document.blocks) or not _SHORTEST_PLAIN <= len(block.text) <= _LONGEST_PLAIN:
        return False
    if body.kinds[i + 1] == "byline":
        return "。" not in block.text
    return not _SENTENCE.search(block.text) and is_dateline(document.blocks[i + 1].text)


def _setting(document: Document, i: int) -> Setting:
    """How a heading is set: its tag and classes."""
    block = document.blocks[i]
    return block.tag, document.elements[block.element].tokens


def _begins_box(document: Document, i: int) -> bool:
    """Whether a heading is the first block of the element around it."""
    parent = document.elements[document.blocks[i].element].parent
    return parent >= 0 and document.elements[parent].first == i
