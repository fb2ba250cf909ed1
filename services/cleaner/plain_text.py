"""Articles in plain text: dumps of pages and of e-paper pages, one line a paragraph.

There is no markup to go by, so the lines themselves tell: sentences are the body, what the line
rules know is dropped, and the short lines above a body are its title, deck and byline. An e-paper
page holds several articles, each with a title of its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.cleaner.dom import squeeze
from services.cleaner.lines import LineKind, kinds_of
from services.cleaner.meta_lines import is_dateline, is_meta_line
from services.cleaner.template import without_furniture

_SENTENCE: Final = re.compile("[。！？；]")
_COMMA: Final = re.compile("[，,、；：。！？]")
_DECK: Final = re.compile(r"[-—─]{2,}")
_OPEN_END: Final = re.compile("[，,、；;：:]$")
_CLOSED: Final = re.compile("[。！？!?…”’」』）)】》.；;]$")
_BULLET: Final = re.compile(r"[•●·*\-]\s*\S{1,16}$")
_TWO_PARTS: Final = re.compile(r"[\u3400-\u9fff”》！？:：]\s[\u3400-\u9fff“《]")
_LONGEST_TITLE: Final = 60
_WIDE_GAP: Final = 2
"""Blank lines that set a new article apart in a dump of an e-paper page."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, and how many blank ones stand before it."""

    text: str
    gap: int
    kind: LineKind


@dataclass(slots=True)
class Piece:
    """One article's lines: the title, what stands between it and the text, the text."""

    title: str = ""
    meta: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def read_lines(text: str, template: frozenset[int] = frozenset()) -> list[Line]:
    """Return the lines of `text` that are not blank, with what the rules say of each.

    `template` are the keys of lines that recur on the pages of the host.
    """
    squeezed = [squeeze(raw) for raw in text.splitlines()]
    shown = [line for line in squeezed if line]
    found = kinds_of(shown, [False] * len(shown))
    kinds = iter(without_furniture(shown, found, template, "") if template else found)
    lines: list[Line] = []
    gap = 0
    for line in squeezed:
        if not line:
            gap += 1
            continue
        kind = next(kinds)
        lines.append(Line(line, gap, "drop" if _BULLET.match(line) else kind))
        gap = 0
    return lines


def is_running(text: str) -> bool:
    """Whether a line is running text: it has a whole sentence, or is too long for a headline."""
    return "。" in text or (len(text) >= _LONGEST_TITLE and bool(_COMMA.search(text)))


def is_headline(line: Line) -> bool:
    """Whether a line may be a title or a subheading."""
    text = line.text
    return (
        line.kind == "text"
        and 4 <= len(text) <= _LONGEST_TITLE
        and not is_running(text)
        and not _OPEN_END.search(text)
        and not is_meta_line(text)
        and not _DECK.match(text)
    )


def read_pieces(lines: Sequence[Line]) -> list[Piece]:
    """Return the articles of a text, in reading order; none where there is no running text."""
    first = next(
        (i for i, line in enumerate(lines) if line.kind == "text" and is_running(line.text)), None
    )
    if first is None:
        return []
    lines = _before_end(lines, first)
    top = _title_above(lines, first)
    starts = [top, *_later_starts(lines, first)]
    stops = [*starts[1:], len(lines)]
    pieces = [_piece(lines[start:stop]) for start, stop in zip(starts, stops, strict=True)]
    return [piece for piece in pieces if piece.lines]


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
        if is_headline(line):
            best = i
        elif (
            line.kind in {"drop", "aside", "end"} and best != first and not is_meta_line(line.text)
        ):
            break
    return best


def _later_starts(lines: Sequence[Line], first: int) -> list[int]:
    """Return where the second and later articles begin, on a page that holds several.

    Only a page with two or more datelines is one. There, an article begins at a headline that a
    dateline follows, that a wide gap or a byline below the text precedes, or that has the two
    parts of a newspaper headline.
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
            if (
                closed
                or line.gap >= _WIDE_GAP
                or is_dateline(following.text)
                or _TWO_PARTS.search(line.text)
            ):
                starts.append(i)
        closed = False
    return starts


def _piece(lines: Sequence[Line]) -> Piece:
    piece = Piece()
    for line in lines:
        text = line.text
        if not piece.title and is_headline(line):
            piece.title = text
        elif line.kind == "byline" or (
            (not piece.lines or line.kind == "drop") and is_meta_line(text)
        ):
            piece.meta.append(text)
        elif line.kind == "text" and (piece.lines or is_running(text)):
            piece.lines.append(text)
    while piece.lines and not _is_text_end(piece.lines[-1]):
        piece.lines.pop()
    return piece


def _is_text_end(text: str) -> bool:
    return bool(_SENTENCE.search(text) or _CLOSED.search(text))
