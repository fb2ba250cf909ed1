"""A page's bytes to its articles: the whole of cleaning as one pure function."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from services.cleaner import script
from services.cleaner.adverts import advert_rules
from services.cleaner.dates import Published, parse_date, parse_exact, parse_url
from services.cleaner.decode import Decoded, decode, is_binary
from services.cleaner.dom import Document, has_invisible, parse, visible
from services.cleaner.fingerprint import minhash, shingles, simhash
from services.cleaner.lines import line_rules
from services.cleaner.main_text import (
    Body,
    body_blocks,
    container_names,
    data_rows,
    find_body,
    find_lead,
    first_prose,
)
from services.cleaner.meta_lines import is_meta_line, letters
from services.cleaner.metadata import (
    agree,
    bare_title,
    find_account,
    find_author,
    find_date,
    find_masthead,
    find_outlet,
    find_title,
    is_newspaper,
    lines_about,
)
from services.cleaner.outcome import LEAST_PROSE, NoArticle, no_article
from services.cleaner.paragraphs import join_columns
from services.cleaner.plain_text import Line, find_paper, is_running, read_lines, read_pieces
from services.cleaner.profiles import profiles
from services.cleaner.scripted import find_fuller, find_story
from services.cleaner.split import split_articles
from services.cleaner.template import Seen, furniture
from services.contracts.identity import article_id, canonical_url, content_hash, site
from services.contracts.messages import Article, Page, Script

_MARKUP: Final = re.compile(r"<(?:!doctype\b|/?[a-z][a-z0-9-]*(?:[\s/][^<>]*)?>)", re.IGNORECASE)
_LEAST_TOLD: Final = 16
_LINKED: Final = 0.5
_SILENT: Final = frozenset({"script_shell", "no_text"})
"""Reasons of a page that may only say in its scripts what it is."""
_BESIDE: Final = 2
"""A date may stand so many blocks above the headline."""
_MARKS: Final = 20
"""Characters, beside one for each letter, that are no letters in a line like the title."""
_SENTENCE: Final = re.compile("[^。！？]+[。！？]?")
_WHOLE: Final = frozenset({"li", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What a page came to: its articles, or the reason why it has none."""

    articles: tuple[Article, ...]
    no_article: NoArticle | None
    charset: str = ""
    """The encoding that the page was read in, where it was read as text."""
    lines: tuple[str, ...] = ()
    """The page's lines that are no links, from which the template of its host is learned."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text of a page came to."""

    drafts: list["Draft"]
    script: Script
    no_article: NoArticle | None
    lines: tuple[str, ...]
    described: bool = False
    """Whether data in the page may tell more than it shows."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before it has an identity."""

    title: str
    published: Published | None
    source: str | None
    author: str | None
    paragraphs: tuple[str, ...]


def warm_up() -> None:
    """Load the tables and compile the rules, so that the first page is as fast as the others."""
    line_rules()
    advert_rules()
    container_names()
    profiles()
    script.to_simplified("")


def clean(page: Page, seen: Sequence[Seen] = ()) -> Cleaning:
    """Return the articles of `page`; whatever its bytes are, the answer is an outcome.

    `seen` are other pages of its host: what recurs on them is not the article.
    """
    if not page.body.strip():
        return Cleaning((), "empty")
    content_type = page.headers.get("content-type", "").lower()
    if content_type.startswith(("image/", "audio/", "video/", "font/")) or is_binary(page.body):
        return Cleaning((), "not_text")
    try:
        canonical = canonical_url(page.final_url or page.url)
    except ValueError:
        return Cleaning((), "bad_url")
    decoded = decode(page.body, content_type)
    template = furniture(seen, canonical)
    reading = _read(decoded, page, template)
    if template and not reading.drafts:
        # All of its lines recur: it was posted before, or its kind is not that of the others.
        reading = _read(decoded, page, frozenset())
    articles = tuple(
        _article(draft, page, canonical, ordinal, reading.script)
        for ordinal, draft in enumerate(reading.drafts)
    )
    return Cleaning(articles, reading.no_article, decoded.charset, reading.lines)


def _read(decoded: Decoded, page: Page, template: frozenset[int]) -> Reading:
    read = _read_html if _MARKUP.search(decoded.text) else _read_plain
    reading = read(decoded, page, template)
    if reading.drafts and _told(reading.drafts) < _LEAST_TOLD:
        return Reading([], reading.script, "no_text", reading.lines)
    return reading


def _told(drafts: list[Draft]) -> int:
    """Return how many characters the drafts have in sentences that differ: filler repeats one."""
    paragraphs = (paragraph for draft in drafts for paragraph in draft.paragraphs)
    return sum(map(len, {s for paragraph in paragraphs for s in _SENTENCE.findall(paragraph)}))


def _article(draft: Draft, page: Page, canonical: str, ordinal: int, writing: Script) -> Article:
    text = "\n".join(draft.paragraphs)
    grams = shingles(text)
    return Article(
        id=article_id(canonical, ordinal),
        url=page.url,
        canonical_url=canonical,
        site=site(canonical),
        ordinal=ordinal,
        title=draft.title,
        published_at=draft.published.at if draft.published else None,
        published_precision=draft.published.precision if draft.published else None,
        source=draft.source,
        author=draft.author,
        paragraphs=draft.paragraphs,
        text=text,
        script=writing,
        fetched_at=page.fetched_at,
        content_hash=content_hash(text),
        simhash=simhash(grams),
        minhash=minhash(grams),
    )


def _read_html(decoded: Decoded, page: Page, template: frozenset[int]) -> Reading:
    """Return what the page shows, or what only its scripts hold."""
    shown = _read_document(decoded, page, template)
    if shown.no_article in _SILENT:
        story = find_story(decoded.text)
    elif shown.described and len(shown.drafts) == 1:
        story = find_fuller(decoded.text, "".join(shown.drafts[0].paragraphs))
    else:
        story = None
    if story is None:
        return shown
    told = _read_document(decode(story.page()), page, template)
    return replace(told, lines=shown.lines) if told.drafts else shown


def _read_document(decoded: Decoded, page: Page, template: frozenset[int]) -> Reading:
    raw = decoded.text
    document = parse(decoded.utf8 or raw.encode())
    writing = _simplify(document)
    body = find_body(document, template, site(page.final_url or page.url))
    reason = no_article(document, body, page.status)
    lines = tuple(b.text for b in document.blocks if b.linked <= _LINKED * len(b.text))
    if body is None or reason:
        return Reading([], writing, reason, lines)
    drafts = _drafts(document, body, raw, page)
    return Reading(drafts, writing, None if drafts else "no_text", lines, document.described)


def _drafts(document: Document, body: Body, raw: str, page: Page) -> list[Draft]:
    element = document.elements[body.element]
    blocks = document.blocks
    opening = first_prose(document, body, element.first)
    title, title_block = find_title(document, body, opening)
    title = bare_title(title, page.final_url)
    inside = element.first <= title_block < body.stop
    start = title_block + 1 if inside else element.first
    opening = first_prose(document, body, start)
    key = letters(title)
    kept = [i for i in body_blocks(document, body, start) if not _says(blocks[i].text, key)]
    table = data_rows(blocks, opening, body.stop)
    below_title = 0 <= title_block < opening
    above = range(title_block + 1 if below_title else max(0, opening - 8), opening)
    below = range(opening, min(body.stop + 12, len(blocks)))
    kept = [*find_lead(document, body, above), *kept]
    parts = split_articles(document, body, kept, title_block if inside else -1)
    of_print = len(parts) > 1 or is_newspaper(document, page.final_url)
    head = range(title_block) if below_title and of_print else range(0)
    published = find_date(
        document,
        raw,
        page.final_url,
        head=[*above, *head],
        before=range(max(0, title_block - _BESIDE), title_block),
        tail=below,
        fetched_at=page.fetched_at,
    )
    masthead = find_masthead(document)
    drafts: list[Draft] = []
    for heading, part in parts:
        paragraphs = tuple(_paragraphs(document, part, table))
        if not paragraphs:
            continue
        about = range(heading + 1, part[0]) if heading >= 0 else above
        stop = body.stop if len(parts) == 1 else about.stop
        lines = lines_about(document, body, about, stop)
        drafts.append(
            Draft(
                title=blocks[heading].text if heading >= 0 else title,
                published=published,
                source=find_outlet(lines, paragraphs, masthead) or find_account(raw),
                author=find_author(lines, paragraphs),
                paragraphs=paragraphs,
            )
        )
    return _agreed(drafts)


def _says(text: str, key: str) -> bool:
    """Whether a block says what the title does, whose letters are `key`, and no more."""
    return len(text) <= _MARKS + 2 * len(key) and letters(text) == key


def _agreed(drafts: list[Draft]) -> list[Draft]:
    outlets = agree([draft.source for draft in drafts])
    return [replace(d, source=outlet) for d, outlet in zip(drafts, outlets, strict=True)]


def _paragraphs(document: Document, indices: list[int], table: frozenset[int]) -> list[str]:
    """Return one line a block, and one a table row with its cells between tabs.

    Columns are joined where a page of print was cut; items of a list and headings are whole.
    """
    lines: list[str] = []
    running: list[str] = []
    cells: list[str] = []
    row = -1
    for i in indices:
        block = document.blocks[i]
        if block.row not in table:
            row = -1
            if block.tag not in _WHOLE:
                running.append(block.text)
                continue
        lines += join_columns(running)
        running.clear()
        if block.row not in table:
            lines.append(block.text)
            continue
        if block.row != row:
            row, cells = block.row, []
            lines.append("")
        cells.extend([""] * (block.cell + 1 - len(cells)))
        cells[block.cell] += block.text
        lines[-1] = "\t".join(cells)
    return lines + join_columns(running)


def _read_plain(decoded: Decoded, page: Page, template: frozenset[int]) -> Reading:
    writing = script.script_of(decoded.text)
    text = visible(decoded.text)
    text = script.simplify(text, writing, notes=script.has_pinyin_notes(text))
    lines = read_lines(text, template)
    pieces = read_pieces(lines)
    of_page = _date_of_text(lines, page) if pieces else None
    paper = find_paper(lines)
    drafts: list[Draft] = []
    for piece in pieces:
        paragraphs = tuple(piece.paragraphs)
        if sum(map(len, paragraphs)) < LEAST_PROSE:
            continue
        dates = (parse_date(line, page.fetched_at) for line in piece.meta)
        drafts.append(
            Draft(
                title=piece.title,
                published=next((date for date in dates if date), of_page),
                source=find_outlet(piece.meta, paragraphs, paper) or paper or None,
                author=find_author(piece.meta, paragraphs),
                paragraphs=paragraphs,
            )
        )
    shown = tuple(line.text for line in lines)
    return Reading(_agreed(drafts), writing, None if drafts else "no_text", shown)


def _date_of_text(lines: list[Line], page: Page) -> Published | None:
    """Return the date that stands above the text, as at the head of a newspaper's page."""
    above = takewhile(lambda line: not is_running(line.text), lines)
    dates = [parse_exact(line.text) for line in above if is_meta_line(line.text)]
    found = (date for date in [*reversed(dates), parse_url(page.final_url)] if date)
    return next(found, None)


def _simplify(document: Document) -> Script:
    """Bring all text of `document` to Simplified Chinese and return the script it was in."""
    sample = "\n".join(block.text for block in document.blocks)
    if has_invisible(sample):
        for block in document.blocks:
            block.text = visible(block.text)
    writing = script.script_of(sample)
    notes = script.has_pinyin_notes(sample)
    if writing == "hant" or notes:
        for block in document.blocks:
            block.text = script.simplify(block.text, writing, notes=notes)
            block.linked = min(block.linked, len(block.text))
    # The head may be in another script than the body.
    if document.title:
        hant = script.script_of(document.title)
        document.title = script.simplify(document.title, hant, notes=notes)
    return writing
