"""A page's bytes to its articles: the whole of cleaning as one pure function."""

import re
from dataclasses import dataclass
from typing import Final

from services.cleaner import script
from services.cleaner.dates import Published, parse_date
from services.cleaner.decode import decode, is_binary
from services.cleaner.dom import INVISIBLE, Block, Document, parse, visible
from services.cleaner.fingerprint import simhash
from services.cleaner.lines import line_rules
from services.cleaner.main_text import (
    Body,
    body_blocks,
    container_names,
    data_rows,
    find_body,
    first_prose,
)
from services.cleaner.meta_lines import letters
from services.cleaner.metadata import find_author, find_date, find_outlet, find_title, lines_about
from services.cleaner.outcome import LEAST_PROSE, NoArticle, no_article
from services.cleaner.paragraphs import join_columns
from services.cleaner.plain_text import read_lines, read_pieces
from services.cleaner.split import split_at_headings
from services.contracts.identity import article_id, canonical_url, content_hash, site
from services.contracts.messages import Article, Page, Script

_MARKUP: Final = re.compile(
    r"<(?:!doctype|html|head|body|div|p|table|script|meta|a|br|span|h[1-6]|article|b|font|strong)\b",
    re.IGNORECASE,
)
_SNIFFED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What a page came to: its articles, or the reason why it has none."""

    articles: tuple[Article, ...]
    no_article: NoArticle | None


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
    container_names()
    script.to_simplified("")


def clean(page: Page) -> Cleaning:
    """Return the articles of `page`; whatever its bytes are, the answer is an outcome."""
    if not page.body.strip():
        return Cleaning((), "empty")
    content_type = page.headers.get("content-type", "").lower()
    if content_type.startswith(("image/", "audio/", "video/", "font/")) or is_binary(page.body):
        return Cleaning((), "not_text")
    try:
        canonical = canonical_url(page.final_url or page.url)
    except ValueError:
        return Cleaning((), "bad_url")
    text = decode(page.body, content_type)
    read = _read_html if _MARKUP.search(text[:_SNIFFED]) else _read_plain
    drafts, writing, reason = read(text, page)
    articles = tuple(
        _article(draft, page, canonical, ordinal, writing) for ordinal, draft in enumerate(drafts)
    )
    return Cleaning(articles, reason)


def _article(draft: Draft, page: Page, canonical: str, ordinal: int, writing: Script) -> Article:
    text = "\n".join(draft.paragraphs)
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
        simhash=simhash(text),
    )


def _read_html(raw: str, page: Page) -> tuple[list[Draft], Script, NoArticle | None]:
    document = parse(raw)
    writing = _simplify(document)
    body = find_body(document)
    reason = no_article(document, body, page.status)
    if body is None or reason:
        return [], writing, reason
    drafts = _drafts(document, body, raw, page)
    return drafts, writing, None if drafts else "no_text"


def _drafts(document: Document, body: Body, raw: str, page: Page) -> list[Draft]:
    element = document.elements[body.element]
    opening = first_prose(document, body, element.first)
    title, title_block = find_title(document, body, opening)
    inside = element.first <= title_block < body.stop
    start = title_block + 1 if inside else element.first
    opening = first_prose(document, body, start)
    key = letters(title)
    blocks = [b for b in body_blocks(document, body, start) if letters(b.text) != key]
    table = data_rows(document.blocks, opening, body.stop)
    above = range(title_block + 1 if 0 <= title_block < opening else max(0, opening - 8), opening)
    below = range(opening, min(body.stop + 12, len(document.blocks)))
    meta_lines = lines_about(document, above, body.stop)
    published = find_date(
        document, raw, page.final_url, head=above, tail=below, fetched_at=page.fetched_at
    )
    drafts: list[Draft] = []
    for heading, part in split_at_headings(blocks):
        paragraphs = tuple(_paragraphs(part, table))
        if paragraphs:
            outlet = find_outlet(meta_lines, paragraphs)
            author = find_author(meta_lines)
            drafts.append(Draft(heading or title, published, outlet, author, paragraphs))
    return drafts


def _paragraphs(blocks: list[Block], table: frozenset[int]) -> list[str]:
    """Return one line a block, and one a table row with its cells between tabs."""
    lines: list[str] = []
    cells: list[str] = []
    row = -1
    for block in blocks:
        if block.row not in table:
            row = -1
            lines.append(block.text)
            continue
        if block.row != row:
            row, cells = block.row, []
            lines.append("")
        cells.extend([""] * (block.cell + 1 - len(cells)))
        cells[block.cell] += block.text
        lines[-1] = "\t".join(cells)
    return join_columns(lines)


def _read_plain(text: str, page: Page) -> tuple[list[Draft], Script, NoArticle | None]:
    writing = script.script_of(text)
    text = visible(text)
    text = script.simplify(text, writing, notes=script.has_pinyin_notes(text))
    drafts: list[Draft] = []
    for piece in read_pieces(read_lines(text)):
        paragraphs = tuple(join_columns(piece.lines))
        dates = (parse_date(line, page.fetched_at) for line in piece.meta)
        drafts.append(
            Draft(
                title=piece.title,
                published=next((date for date in dates if date), None),
                source=find_outlet(piece.meta, paragraphs),
                author=find_author(piece.meta),
                paragraphs=paragraphs,
            )
        )
    drafts = [draft for draft in drafts if sum(map(len, draft.paragraphs)) >= LEAST_PROSE]
    return drafts, writing, None if drafts else "no_text"


def _simplify(document: Document) -> Script:
    """Bring all text of `document` to Simplified Chinese and return the script it was in."""
    sample = "\n".join(block.text for block in document.blocks)
    if INVISIBLE.search(sample):
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
