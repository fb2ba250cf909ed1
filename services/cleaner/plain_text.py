"""Articles in plain text: dumps of pages and of e-paper pages, one line a paragraph.

There is no markup to go by, so the lines themselves tell: sentences are the body, what the line
rules know is dropped, and the short lines above a body are its title, deck and byline. Lines whose
tabs part them into cells are rows of a table. An e-paper page holds several articles, each with a
title of its own, below the name of the paper.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final, Literal

from services.cleaner.dom import squeeze
from services.cleaner.lines import LineKind, kinds_of
from services.cleaner.meta_lines import OUTLET, has_publication_label, is_dateline, is_meta_line
from services.cleaner.metadata import newspaper_named
from services.cleaner.paragraphs import join_columns
from services.cleaner.template import without_furniture

_SENTENCE: Final = re.compile("[。！？；]")
_COMMA: Final = re.compile("[，,、；：。！？]")
_DECK: Final = re.compile(r"[-—─]{2,}")
_OPEN_END: Final = re.compile("[，,、；;：:]$")
_CLOSED: Final = re.compile("[。！？!?…”’\"'」』）)】》.；;]$")
_BULLET: Final = re.compile(r"[•●·*\-]\s*\S{1,16}$")
_TWO_PARTS: Final = re.compile(r"[\u3400-\u9fff”》！？:：]\s[\u3400-\u9fff“《]")
_INTRODUCTION: Final = re.compile("[，,].*[：:]$|如下[：:]$")
_LABEL: Final = re.compile(r"(?:(?P<title>(?:文章|新闻)?标\s*题)|正\s*文)\s*[:：]\s*(?=\S)")
_SIGNED: Final = re.compile(r"(?:19|20)\d\d年\d{1,2}月\d{1,2}日")
_OFFICIAL: Final = re.compile(
    "关于.*(?:通知|公告|公示|通告|意见|办法|方案|规划|决定|批复|通报|报告|函|解读)"
)
_FULL_WIDTH: Final = "　"
_INDENT: Final = 2
"""Characters that an indented line stands further in than the others, if no full-width space."""
_LONGEST_TITLE: Final = 60
_LONGEST_HALF: Final = 16
_LONGEST_CELL: Final = 80
_WIDE_GAP: Final = 2
"""Blank lines that set a new article apart in a dump of an e-paper page."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, and how many blank ones stand before it."""

    text: str
    gap: int
    kind: LineKind
    role: Literal["", "title", "row"] = ""
    """What the line says of itself: a label of the title, the cells of a table's row."""
    indented: bool = False
    """Whether it begins a paragraph as print does: further in than the other lines."""


@dataclass(slots=True)
class Piece:
    """One article: the title, what stands between it and the text, the text's paragraphs."""

    title: str = ""
    meta: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)


def read_lines(text: str, template: frozenset[int] = frozenset()) -> list[Line]:
    """Return the lines of `text` that are not blank, with what the rules say of each.

    `template` are the keys of lines that recur on the pages of the host.
    """
    raws = text.splitlines()
    labels = [_LABEL.match(raw.strip()) for raw in raws]
    squeezed = [
        squeeze(raw.strip()[label.end() :] if label else raw)
        for raw, label in zip(raws, labels, strict=True)
    ]
    rows, menus = _rows(raws)
    margins = [len(raw) - len(raw.lstrip()) for raw in (raw.expandtabs(4) for raw in raws)]
    margin = min((m for m, line in zip(margins, squeezed, strict=True) if line), default=0)
    shown = [line for line in squeezed if line]
    found = kinds_of(shown, [False] * len(shown))
    kinds = iter(without_furniture(shown, found, template, "") if template else found)
    lines: list[Line] = []
    gap = 0
    for i, line in enumerate(squeezed):
        if not line:
            gap += 1
            continue
        kind, label = next(kinds), labels[i]
        if i in rows:
            lines.append(Line(rows[i], gap, "text", "row"))
        elif label and label["title"]:
            lines.append(Line(line, gap, "text", "title"))
        else:
            kind = "drop" if i in menus or _BULLET.match(line) else kind
            inner = raws[i].startswith(_FULL_WIDTH) or margins[i] - margin >= _INDENT
            lines.append(Line(line, gap, kind, indented=inner))
        gap = 0
    return lines


def _rows(raws: Sequence[str]) -> tuple[dict[int, str], frozenset[int]]:
    """Return the rows of tables by the index of their line, cells between tabs, and the menus.

    Two or more lines of short cells on end are a table; a line of three or more alone is a menu.
    """
    rows: dict[int, str] = {}
    for i, raw in enumerate(raws):
        cells = [squeeze(cell) for cell in raw.split("\t")]
        if (
            sum(map(bool, cells)) > 1
            and max(map(len, cells)) <= _LONGEST_CELL
            and not (has_publication_label(raw) or OUTLET.search(raw))
        ):
            rows[i] = "\t".join(cells).rstrip()
    lone = {i for i in rows if not (i - 1 in rows or i + 1 in rows)}
    menus = frozenset(i for i in lone if rows[i].count("\t") > 1)
    return {i: row for i, row in rows.items() if i not in lone}, menus


def is_running(text: str) -> bool:
    """Whether a line is running text.

    It has a whole sentence, introduces what follows, or is too long for a headline.
    """
    return (
        "。" in text
        or (len(text) >= _LONGEST_TITLE and bool(_COMMA.search(text)))
        or bool(_INTRODUCTION.search(text) and not is_meta_line(text))
    )


def is_headline(line: Line) -> bool:
    """Whether a line may be a title or a subheading."""
    text = line.text
    if line.role:
        return line.role == "title"
    return (
        line.kind == "text"
        and 4 <= len(text) <= _LONGEST_TITLE
        and not is_running(text)
        and not _OPEN_END.search(text)
        and not is_meta_line(text)
        and not _DECK.match(text)
        and not newspaper_named(text)
    )


def find_paper(lines: Sequence[Line]) -> str:
    """Return the newspaper that is named above the first text of its page, or an empty string."""
    above = takewhile(lambda line: not is_running(line.text), lines)
    # Beside the date of the issue it may stand on one line.
    parts = (p for x in above for p in (x.text.split() if is_meta_line(x.text) else [x.text]))
    return next((name for part in parts if (name := newspaper_named(part))), "")


def read_pieces(lines: Sequence[Line]) -> list[Piece]:
    """Return the articles of a text, in reading order; none where there is no running text."""
    first = next(
        (i for i, x in enumerate(lines) if x.kind == "text" and not x.role and is_running(x.text)),
        None,
    )
    if first is None:
        return []
    lines = _before_end(lines, first)
    top = _title_above(lines, first)
    starts = [top, *_later_starts(lines, first, lines[top])]
    stops = [*starts[1:], len(lines)]
    pieces = [_piece(lines[start:stop]) for start, stop in zip(starts, stops, strict=True)]
    return [piece for piece in pieces if piece.paragraphs]


def _before_end(lines: Sequence[Line], first: int) -> Sequence[Line]:
    """Return the lines up to where a list of other articles begins."""
    read = 0
    for i in range(first, len(lines)):
        if lines[i].kind in {"end", "aside"} and read >= 60:
            return lines[:i]
        read += len(lines[i].text)
    return lines


def _title_above(lines: Sequence[Line], first: int) -> int:
    """Return the index of the title of the body that starts at `first`.

    It is the uppermost headline of the last run of lines that no navigation interrupts.
    """
    best = first
    for i in range(first - 1, -1, -1):
        line = lines[i]
        if line.role == "title":
            return i
        if is_headline(line):
            best = i
        elif (
            line.kind in {"drop", "aside", "end"} and best != first and not is_meta_line(line.text)
        ):
            break
    if 0 < best < first and _is_first_half(lines[best - 1], lines[best]):
        best -= 1
    return best


def _later_starts(lines: Sequence[Line], first: int, title: Line) -> list[int]:
    """Return where the second and later articles begin, on a page that holds several.

    Only a page with two or more datelines is one. There, an article begins at a headline that a
    dateline follows, that a wide gap or a byline below the text precedes, or that has the two
    parts of a newspaper headline. What stands further in than the first `title` is a subheading,
    unless it has one of the former.
    """
    below = range(first + 1, len(lines))
    datelines = sum(lines[i].kind == "text" and is_dateline(lines[i].text) for i in below)
    if datelines + is_dateline(lines[first].text) < 2:
        return []
    starts: list[int] = []
    closed = False
    for i in below:
        line = lines[i]
        if line.kind in {"byline", "drop"}:
            closed = True
            continue
        if is_headline(line) and _CLOSED.search(lines[i - 1].text if not closed else "。"):
            following = next((other for other in lines[i + 1 :] if other.kind == "text"), None)
            if following is None:
                break
            set_apart = line.gap >= _WIDE_GAP or _TWO_PARTS.search(line.text)
            inner = line.indented and not title.indented
            if closed or is_dateline(following.text) or (set_apart and not inner):
                starts.append(i)
        closed = False
    return starts


def _is_first_half(line: Line, below: Line) -> bool:
    """Whether a line is the first of a headline of two, set apart and ended by a colon."""
    return (
        line.kind == "text"
        and not line.role
        and line.gap > 0
        and below.gap == 0
        and len(line.text) <= _LONGEST_HALF
        and line.text[-1] in "：:"
        and not is_meta_line(line.text)
    )


def _piece(lines: Sequence[Line]) -> Piece:
    piece = Piece()
    told: list[Line] = []
    if len(lines) > 1 and is_headline(lines[1]) and _is_first_half(lines[0], lines[1]):
        piece.title = lines[0].text + lines[1].text
        lines = lines[2:]
    for line in lines:
        text = line.text
        if is_headline(line) and (
            not piece.title or (not told and _OFFICIAL.match(text) and line.role != "title")
        ):
            piece.title = text
        elif line.role == "row":
            told.append(line)
        elif line.kind == "byline" or ((not told or line.kind == "drop") and is_meta_line(text)):
            piece.meta.append(text)
        elif line.kind == "text" and (told or is_running(text)):
            told.append(line)
    while told and not _is_text_end(told[-1]):
        told.pop()
    piece.paragraphs = _join(told)
    return piece


def _is_text_end(line: Line) -> bool:
    text = line.text
    return line.role == "row" or bool(
        _SENTENCE.search(text) or _CLOSED.search(text) or _SIGNED.fullmatch(text)
    )


def _join(lines: Sequence[Line]) -> list[str]:
    """Return the paragraphs of `lines`: an indented line never goes on with the one above it."""
    runs: list[list[str]] = []
    for line in lines:
        if line.indented or not runs:
            runs.append([])
        runs[-1].append(line.text)
    return [paragraph for run in runs for paragraph in join_columns(run)]
