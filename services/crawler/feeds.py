"""Links in feeds (RSS, Atom) and sitemaps, read with expat: no entities, no external files."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from html.entities import html5
from typing import Final, Literal
from xml.parsers import expat

from w3lib.encoding import html_to_unicode

XmlKind = Literal["feed", "sitemap"]

_ROOTS: Final[dict[str, XmlKind]] = {
    "rss": "feed",
    "rdf": "feed",
    "feed": "feed",
    "urlset": "sitemap",
    "sitemapindex": "sitemap",
}
# Possessive: comments and instructions are skipped once, however many there are.
_ROOT = re.compile(
    r"\ufeff?(?:\s++|<\?[^>]*+>|<!--(?:(?!-->).)*+-->|<!doctype[^>\[]*+>)*+"
    r"<(?:\w+:)?(rss|rdf|feed|urlset|sitemapindex)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(
    r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)(?:(\w{2,31};))?"
)
_ENTRIES = frozenset({"item", "entry", "url", "sitemap"})
_TEXTS = frozenset({"link", "guid", "loc", "pubdate", "updated", "lastmod", "date", "published"})
_CDATA = "<![CDATA["
_LONGEST_TEXT = 4096
_HEAD = 8192


@dataclass(slots=True)
class Entry:
    """One item of a feed or one URL of a sitemap."""

    address: str = ""
    modified: datetime | None = None
    is_sitemap: bool = False
    """A part of a sitemap index."""


@dataclass(slots=True)
class Document:
    """What a feed or sitemap holds."""

    kind: XmlKind
    entries: list[Entry] = field(default_factory=list)
    next_page: str = ""
    """The next part of a paged feed (RFC 5005)."""


class _RefusedError(Exception):
    """The document declares entities, which no feed or sitemap needs."""


def text_of(body: bytes, content_type: str) -> str:
    """Return `body` decoded: by its mark, the header, its own declaration, or by trial."""
    return str(html_to_unicode(content_type or None, body, auto_detect_fun=_tried)[1])


def xml_kind(text: str) -> XmlKind | None:
    """Return what the document `text` is by its root element, or None if it is neither."""
    found = _ROOT.match(text[:_HEAD])
    return _ROOTS[found[1].lower()] if found else None


def read(text: str, kind: XmlKind, most: int) -> Document:
    """Return at most `most` entries of the feed or sitemap `text`.

    A document that breaks off or is malformed gives what stands before the fault; one that
    declares entities gives nothing.
    """
    document = Document(kind)
    builder = _Builder(document, most)
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(_mended(text), True)
    except _RefusedError:
        return Document(kind)
    except expat.ExpatError:
        pass
    except _Enough:
        pass
    return document


class _Enough(Exception):  # noqa: N818  (no error: it ends the parse)
    """As many entries as were asked for."""


class _Builder:
    """Collects entries from expat's events; element names count without namespace and case."""

    def __init__(self, document: Document, most: int) -> None:
        self._document = document
        self._most = most
        self._entry: Entry | None = None
        self._in = ""
        self._texts: list[str] = []
        self._guid = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2].lower()
        self._texts = []
        self._in = local if local in _TEXTS else ""
        if local in _ENTRIES:
            self._entry = Entry(is_sitemap=local == "sitemap")
            self._guid = ""
        elif local == "link" and "href" in attributes:
            self._link(attributes["href"], attributes.get("rel", "alternate"))
        elif local == "guid" and attributes.get("isPermaLink", "true") != "true":
            self._in = ""

    def text(self, data: str) -> None:
        if self._in and len(self._texts) < 64:
            self._texts.append(data)

    def end(self, name: str) -> None:
        local = name.rpartition(" ")[2].lower()
        entry = self._entry
        if entry is not None and local == self._in:
            self._field(entry, local, "".join(self._texts).strip()[:_LONGEST_TEXT])
        self._in = ""
        if local in _ENTRIES and entry is not None:
            entry.address = entry.address or self._guid
            if entry.address:
                self._document.entries.append(entry)
            self._entry = None
            if len(self._document.entries) >= self._most:
                raise _Enough

    def _field(self, entry: Entry, local: str, value: str) -> None:
        match local:
            case "link" | "loc":
                entry.address = entry.address or value
            case "guid":
                self._guid = value if value.startswith("http") else ""
            case _:
                moment = _moment(value)
                if moment and (entry.modified is None or moment > entry.modified):
                    entry.modified = moment

    def _link(self, href: str, rel: str) -> None:
        if self._entry is not None and rel == "alternate":
            self._entry.address = self._entry.address or href.strip()
        elif self._entry is None and rel == "next":
            self._document.next_page = href.strip()


def _moment(value: str) -> datetime | None:
    """Return an RFC 5322 or ISO 8601 date with its zone; others are not compared."""
    readers: tuple[Callable[[str], datetime], ...] = (
        datetime.fromisoformat,
        parsedate_to_datetime,
    )
    for reader in readers:
        try:
            moment = reader(value)
        except (ValueError, OverflowError):
            continue
        return moment if moment.tzinfo else None
    return None


def _mended(text: str) -> str:
    """Return the document without what makes many of them malformed, for UTF-8.

    The declaration goes (it may name another encoding), and so do control characters; bare
    ampersands and the entities of HTML are escaped, though not in CDATA sections.
    """
    text = _NOT_XML.sub("", _DECLARATION.sub("", text)).lstrip("\ufeff \t\r\n")
    before, *sections = text.split(_CDATA)
    parts = [_AMPERSAND.sub(_entity, before)]
    for section in sections:
        inside, end, after = section.partition("]]>")
        parts += [_CDATA, inside, end, _AMPERSAND.sub(_entity, after)]
    return "".join(parts)


def _entity(found: re.Match[str]) -> str:
    """Return what a bare ampersand or an HTML entity stands for in XML."""
    name = found[1]
    if name in html5:
        character = html5[name]
        return character.replace("&", "&amp;").replace("<", "&lt;")
    return f"&amp;{name or ''}"


def _refuse(*_: object) -> None:
    raise _RefusedError


def _tried(body: bytes) -> str:
    try:
        body[: 256 * 1024].decode("utf-8")
    except UnicodeDecodeError as error:
        # A character that the cut fell into is no evidence against UTF-8.
        return "utf-8" if error.start >= 256 * 1024 - 4 else "gb18030"
    return "utf-8"
