"""Which element of a page holds the article, and which of its blocks are the article.

Every block has a value: prose counts for as many characters as it has, links and the words that
stand around an article count against. The element with the greatest sum is the article (maximum
subsequence segmentation, Pasternack and Roth 2009, on the tree's own segments), weighed by what its
class, id and microdata say about it.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Final

from services.cleaner.data import load
from services.cleaner.dom import Block, Document, Element
from services.cleaner.lines import LineKind, is_prose, kinds_of
from services.cleaner.meta_lines import has_publication_label, is_meta_line, letters
from services.cleaner.profiles import profile_of
from services.cleaner.template import without_furniture

_TEASER: Final = re.compile(r"(?:\.{3,}|…+|\[详细\]|\[查看全文\])\s*$")
_LINKED: Final = 0.5
_HEADLINE: Final = 8
_TEASERS: Final = 3
_BETWEEN: Final = 4
_LONGEST_CELL: Final = 80
_LEAD: Final = re.compile(
    r"[【\[]?\s*(?:核心提示|核心提要|内容提要|内容摘要|新闻提示|导\s*读)\s*[】\]]?\s*[:：]?"
)
_ATTACHED: Final = re.compile(
    r"^附\s*件|\.(?:docx?|xlsx?|pptx?|pdf|wps|et|ofd|zip|rar)$", re.IGNORECASE
)
"""A document has its signature below the links to what is attached."""
_ANSWER: Final = re.compile(
    "(?:官方|部门|单位)?(?:答复|回复)(?:单位|部门|机构|内容|时间|日期|意见|情况)|官方(?:答复|回复|回应)|办理(?:结果|情况)"
)
"""How what an office answers a citizen begins."""
_LONELY: Final = 0.3
"""What a sentence counts that is the only one in its box, below a link: often a promotion."""
_ALONE: Final = 0.6
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_ASIDE_SHARE: Final = 0.4
"""A list of other articles lies inside the article if more prose than this share follows it."""
_LONGEST_ASIDE: Final = 6
"""Lines of a list of other articles that is set among the paragraphs."""
_END_SHARE: Final = 0.3
"""What ends an article before this share of its prose ends something else."""
_NOISE_SHARE: Final = 0.4
"""An element named after noise that holds more than this share of the page's prose is none."""


_READERS_SHARE: Final = 0.95
"""The same of one that is named after comments, which may be longer than the article."""
_HEADED_SHARE: Final = 0.2
"""The same of one that holds the headline."""
_ABOVE: Final = 0.3
"""What a sentence counts that stands above the headline: the article is below."""


@dataclass(frozen=True, slots=True)
class Body:
    """The chosen element and what is known of the page's blocks."""

    element: int
    stop: int
    """The block after the last one of the article."""
    kinds: list[LineKind]
    noise: list[bool]
    values: list[float]
    prose: int
    """Characters of prose in the element."""
    teasers: int
    teaser_prose: int
    """How many paragraphs of the page introduce other articles, and their characters."""


@dataclass(frozen=True, slots=True)
class ContainerNames:
    """Whole words of class and id, and endings of them, see `data/containers.toml`."""

    body: frozenset[str]
    around: frozenset[str]
    noise: frozenset[str]
    readers: frozenset[str]
    title: tuple[str, ...]


@cache
def container_names() -> ContainerNames:
    """Return the word lists of the package, read once per process."""
    tables = load("containers.toml")
    return ContainerNames(
        body=frozenset(tables["body"]),
        around=frozenset(tables["around"]),
        noise=frozenset(tables["noise"] + tables["readers"]),
        readers=frozenset(tables["readers"]),
        title=tuple(tables["title"]),
    )


def find_body(
    document: Document, template: frozenset[int] = frozenset(), host: str = ""
) -> Body | None:
    """Return the element that holds the article, or None where the page has no prose.

    `template` are the keys of lines that recur on the pages of `host`.
    """
    profile = profile_of(document.meta, host)
    blocks, elements = document.blocks, document.elements
    if not blocks:
        return None
    lines = [block.text for block in blocks]
    kinds = kinds_of(lines, [_is_link(block) for block in blocks])
    if template:
        kinds = without_furniture(lines, kinds, template, letters(document.title))
    kinds = _captions_that_tell(lines, kinds)
    prose = [
        len(block.text) - block.linked
        if kinds[i] == "text"
        and block.linked <= _LINKED * len(block.text)
        and is_prose(block.text)
        and not (block.tag in _HEADINGS and len(block.text) < 60)
        else 0
        for i, block in enumerate(blocks)
    ]
    teasers = _teasers(blocks, prose)
    teaser_prose = sum(prose[i] for i in teasers)
    for i in teasers:
        prose[i] = 0
    prose_sums = list(accumulate(prose, initial=0))
    if not (prose_sums[-1] or teasers):
        return None
    headline = _headline(document, prose_sums)
    names = container_names().noise | profile.noise
    noise = _noise(document, prose_sums, names, headline)
    values = _values(document, kinds, prose, noise, prose_sums)
    for i in range(headline):
        if values[i] > 0:
            values[i] *= _ABOVE
    sums = list(accumulate(values, initial=0.0))
    peaks = _peaks(blocks, elements, sums)
    totals = [sums[peaks[i]] - sums[element.first] for i, element in enumerate(elements)]
    candidates = [i for i, total in enumerate(totals) if total > 0] or range(len(elements))
    named = [i for i in candidates if profile.body in elements[i].tokens]
    best = max(named[:1] or candidates, key=lambda i: (totals[i] * _weight(elements[i]), i))
    # A lone paragraph is seldom all of it: its neighbours may be headings and short lines.
    total = totals[best]
    while not named and peaks[best] - elements[best].first == 1:
        parent = elements[best].parent
        if parent < 0 or totals[parent] < _ALONE * total:
            break
        best = parent
    chosen = elements[best]
    return Body(
        element=best,
        stop=_stop(document, kinds, noise, values, peak=peaks[best], last=chosen.last),
        kinds=kinds,
        noise=noise,
        values=values,
        prose=prose_sums[peaks[best]] - prose_sums[chosen.first],
        teasers=len(teasers),
        teaser_prose=teaser_prose,
    )


def _captions_that_tell(lines: list[str], kinds: list[LineKind]) -> list[LineKind]:
    """Return `kinds` with captions as text where they tell more than the text: a photo story."""
    if "caption" not in kinds:
        return kinds
    told = Counter[LineKind]()
    for line, kind in zip(lines, kinds, strict=True):
        if kind in {"text", "caption"} and is_prose(line) and "。" in line:
            told[kind] += len(line)
    if told["caption"] <= told["text"]:
        return kinds
    return ["text" if kind == "caption" else kind for kind in kinds]


def _peaks(blocks: list[Block], elements: list[Element], sums: list[float]) -> list[int]:
    """Return for every element where the sum of its values, from its first block on, is greatest.

    What follows is other articles, comments and the like, and does not speak against the element.
    """
    peaks = [element.first for element in elements]
    for i, block in enumerate(blocks):
        if sums[i + 1] > sums[peaks[block.element]]:
            peaks[block.element] = i + 1
    for i in range(len(elements) - 1, 0, -1):
        parent = elements[i].parent
        if parent >= 0 and (sums[peaks[i]], -peaks[i]) > (sums[peaks[parent]], -peaks[parent]):
            peaks[parent] = peaks[i]
    return peaks


def _stop(
    document: Document,
    kinds: list[LineKind],
    noise: list[bool],
    values: list[float],
    *,
    peak: int,
    last: int,
) -> int:
    """Return where the article ends.

    Short lines below its last sentence, in the same element as that, belong to it, and so does a
    paragraph below a list of links that is set among its own.
    """
    blocks, elements = document.blocks, document.elements
    around = elements[blocks[peak - 1].element].parent
    last = min(last, elements[around].last) if around >= 0 and peak else last
    for i in range(peak, last):
        linked = blocks[i].linked > _LINKED * len(blocks[i].text)
        if kinds[i] == "aside" and peak:
            further = _goes_on(document, values, i, last, peak - 1)
            if further >= 0:
                return _stop(document, kinds, noise, values, peak=further + 1, last=last)
        if linked and _ATTACHED.search(blocks[i].text):
            continue
        if noise[i] or linked or kinds[i] in {"aside", "end"}:
            return i
    return max(peak, last)


def _teasers(blocks: list[Block], prose: list[int]) -> list[int]:
    """Return the blocks that introduce other articles: sentences below a headline that is a link.

    Between the two may stand a date. One link above a paragraph may be anything; three or more of
    the kind are a list.
    """
    found: list[int] = []
    for i in range(1, len(blocks)):
        if not (prose[i] and any(block.linked for block in blocks[max(0, i - _BETWEEN) : i])):
            continue
        above = i - 1
        while above > max(0, i - _BETWEEN) and is_meta_line(blocks[above].text):
            above -= 1
        headline = blocks[above]
        if len(headline.text) >= _HEADLINE and headline.linked >= 0.8 * len(headline.text):
            found.append(i)
    return found if len(found) >= _TEASERS else []


def _headline(document: Document, prose_sums: list[int]) -> int:
    """Return the first block that says what the page's title begins with, or -1.

    Below a headline is text; the name of a site may stand anywhere.
    """
    title, total = document.title, prose_sums[-1]
    for i, block in enumerate(document.blocks):
        if len(block.text) >= _HEADLINE and not block.linked and title.startswith(block.text):
            return i if total - prose_sums[i] > _HEADED_SHARE * total else -1
    return -1


def _noise(
    document: Document, prose_sums: list[int], names: frozenset[str], headline: int
) -> list[bool]:
    blocks, elements = document.blocks, document.elements
    readers = container_names().readers
    total = prose_sums[-1]
    depth = [0] * (len(blocks) + 1)
    for element in elements:
        if not (
            element.hidden
            or element.tag in {"nav", "aside", "footer", "figcaption"}
            or not names.isdisjoint(element.tokens)
        ):
            continue
        held = prose_sums[element.last] - prose_sums[element.first]
        of_readers = not readers.isdisjoint(element.tokens)
        if of_readers and held and _ANSWER.match(blocks[element.first].text):
            continue
        most = _READERS_SHARE if of_readers else _NOISE_SHARE
        if element.first <= headline < element.last:
            most = _HEADED_SHARE
        if held <= most * total:
            depth[element.first] += 1
            depth[element.last] -= 1
    return [level > 0 for level in accumulate(depth[:-1])]


def _values(
    document: Document,
    kinds: list[LineKind],
    prose: list[int],
    noise: list[bool],
    prose_sums: list[int],
) -> list[float]:
    blocks, elements = document.blocks, document.elements
    values = [_value(block, kinds[i], prose[i], noise[i]) for i, block in enumerate(blocks)]
    for i in range(1, len(blocks)):
        # A heading counts -4; what counts less is a link, a label of the site or noise.
        if values[i] > 0 and values[i - 1] <= -5:
            box = elements[max(0, elements[blocks[i].element].parent)]
            if prose_sums[box.last] - prose_sums[box.first] == prose[i]:
                values[i] *= _LONELY
    return values


def _value(block: Block, kind: LineKind, prose: int, noise: bool) -> float:
    size = len(block.text)
    if noise:
        return -0.3 * min(size, 100) - 5
    if block.linked > _LINKED * size:
        return -min(size, 40) - 5.0
    if kind in {"drop", "aside", "end"}:
        return -15.0
    if kind != "text":
        return 0.0
    if prose:
        return prose * (0.3 if _TEASER.search(block.text) else 1.0)
    return -4.0 if size < 40 else -0.2 * size


def _weight(element: Element) -> float:
    names = container_names()
    if element.itemprop == "articlebody" or not names.body.isdisjoint(element.tokens):
        return 1.25
    if element.tag == "article" or not names.around.isdisjoint(element.tokens):
        return 1.05
    return 1.0


def first_prose(document: Document, body: Body, start: int) -> int:
    """Return the index of the first block from `start` on that is a sentence of the article."""
    last = body.stop
    for i in range(start, last):
        block = document.blocks[i]
        if body.values[i] > 0 and not is_meta_line(block.text):
            return i
    return last


def body_blocks(document: Document, body: Body, start: int) -> list[int]:
    """Return the indices of the article's blocks in reading order, from block `start` on."""
    element = document.elements[body.element]
    opening = first_prose(document, body, start)
    table = data_rows(document.blocks, opening, body.stop)
    # What stands between the title and a line of date or outlet is a deck.
    about = [i for i in range(start, opening) if is_meta_line(document.blocks[i].text)]
    start = about[-1] + 1 if about else start
    out: list[int] = []
    read = 0.0
    aside = False
    for i in range(max(element.first, start), body.stop):
        block = document.blocks[i]
        kind = body.kinds[i]
        if block.row in table:
            out.append(i)
            continue
        if kind == "end" and read >= _END_SHARE * body.prose:
            break
        if kind == "aside":
            far = body.prose - read > _ASIDE_SHARE * read
            if not far and not (
                out and _goes_on(document, body.values, i, body.stop, out[-1]) >= 0
            ):
                break
            aside = True
        if body.noise[i] or kind != "text" or (i < opening and is_meta_line(block.text)):
            continue
        if _is_link(block):
            continue
        if aside and _is_teaser(document, i, out):
            continue
        aside = False
        out.append(i)
        read += max(0.0, body.values[i])
    while out and _is_label(document.blocks[out[-1]].text):
        out.pop()
    return out


def find_lead(document: Document, body: Body, above: range) -> list[int]:
    """Return the blocks `above` the text, outside its element, that say of themselves to lead it.

    A page of a portal has its abstract ("核心提示：…") in a box of its own.
    """
    first = document.elements[body.element].first
    return [
        i
        for i in above
        if i < first
        and body.kinds[i] == "text"
        and is_prose(document.blocks[i].text)
        and _LEAD.match(document.blocks[i].text)
    ]


def _is_label(text: str) -> bool:
    return has_publication_label(text) and "。" not in text


def _goes_on(document: Document, values: list[float], aside: int, stop: int, paragraph: int) -> int:
    """Return the sentence with which the text goes on below a list of links, or -1.

    The list, which begins at `aside`, was set among the text's own paragraphs then: in the element
    that also holds `paragraph`, the one above it.
    """
    blocks, elements = document.blocks, document.elements
    parent = elements[blocks[paragraph].element].parent
    if elements[blocks[aside].element].parent != parent:
        return -1
    links = 0
    for i in range(aside + 1, min(aside + 1 + _LONGEST_ASIDE, stop)):
        if elements[blocks[i].element].parent == parent and (
            values[i] > 0 or blocks[i].text.endswith("。")
        ):
            return i if links else -1
        links += blocks[i].linked > _LINKED * len(blocks[i].text)
    return -1


def _is_teaser(document: Document, i: int, out: list[int]) -> bool:
    """Whether a block tells of the link above it: in a box of its own, not among the text."""
    above, elements = document.blocks[i - 1], document.elements
    if above.linked < _LINKED * len(above.text) or not out:
        return False
    here = elements[document.blocks[i].element].parent
    return here != elements[document.blocks[out[-1]].element].parent


def _is_link(block: Block) -> bool:
    """Whether a block leads elsewhere; a whole sentence may be a link and still be the text."""
    text = block.text
    return block.linked > _LINKED * len(text) and not (
        is_prose(text) and text.endswith(("。", "！", "？", "”"))
    )


def data_rows(blocks: list[Block], start: int, stop: int) -> frozenset[int]:
    """Return the rows of tables that hold data: two or more short cells, two or more such rows.

    Tables that lay out a page have long cells, and lists of links are none.
    """
    rows: dict[int, list[Block]] = {}
    for i in range(start, stop):
        if blocks[i].row >= 0:
            rows.setdefault(blocks[i].row, []).append(blocks[i])
    data = {
        row
        for row, cells in rows.items()
        if len({block.cell for block in cells}) > 1
        and all(len(block.text) <= _LONGEST_CELL for block in cells)
        and sum(block.linked for block in cells) <= _LINKED * sum(len(b.text) for b in cells)
    }
    return frozenset(data) if len(data) > 1 else frozenset()
