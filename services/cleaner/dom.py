"""A page as a flat list of text blocks and the elements that hold them.

One walk over the tree of lexbor (an HTML5 parser: broken, nested and truncated markup is normal)
gives everything the later steps need. Blocks are in reading order, and every element covers a
contiguous range of them, so that any sum over an element's text is a difference of two prefix sums.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.cleaner.data import load

MAX_DEPTH: Final = 512
_MANY_TAGS: Final = 20_000
# Tags that stay open until they are closed; `p`, `li` and the like end by themselves.
_NESTING_TAG: Final = re.compile(
    r"<(/?)(?:div|span|section|article|table|ul|ol|dl|blockquote|font|b|i|u|em|strong|a|center|"
    r"form|main|aside|nav|header|footer|figure|svg|g|small|big|sub|sup|label|[a-z]+-[a-z-]+)"
    r"\b[^<>]{0,4000}>",
    re.IGNORECASE,
)
_TAGS: Final = load("tags.toml")
_SKIPPED: Final = frozenset(_TAGS["skipped"])
_INLINE: Final = frozenset(_TAGS["inline"])
_BLOCK_TAGS: Final = frozenset(_TAGS["block"])
INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]+")
_HIDDEN: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_NO_TOKENS: Final[frozenset[str]] = frozenset()
_LONGEST_TOKENS: Final = 400


@dataclass(slots=True)
class Element:
    """A block-level element and the half-open range of blocks that lie in it."""

    tag: str
    parent: int
    tokens: frozenset[str]
    """Words of class and id, each whole, lower case, without hyphens and underscores."""
    itemprop: str
    hidden: bool
    first: int
    last: int = 0


@dataclass(slots=True)
class Block:
    """A line of text as the page shows it."""

    text: str
    linked: int
    """How many characters of it are links."""
    element: int
    """Index of the innermost block-level element."""
    tag: str
    row: int = -1
    """Index of the table row element, or -1."""
    cell: int = -1
    """Position of the cell in its row, from 0."""


@dataclass(slots=True)
class Document:
    """A parsed page."""

    blocks: list[Block] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    title: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    """Content of `meta` by lower-case name, property or itemprop; the first of each counts."""
    times: list[str] = field(default_factory=list)
    """Values of `datetime` attributes, in reading order."""
    scripts: int = 0
    players: int = 0
    """Elements that play a film."""


def squeeze(text: str) -> str:
    """Return `text` with every run of white space (of any kind) one space, and none at its ends."""
    return " ".join(text.split())


def visible(text: str) -> str:
    """Return `text` without characters that have no width (joiners, marks, soft hyphens)."""
    return INVISIBLE.sub("", text)


def parse(html: str) -> Document:
    """Return the blocks, elements and head of `html`."""
    tree = LexborHTMLParser(limit_nesting(html))
    document = Document()
    _read_head(tree, document)
    body = tree.body
    if body is not None:
        _Walk(document).run(body)
    return document


def limit_nesting(html: str) -> str:
    """Return `html` without the tags that nest deeper than `MAX_DEPTH`.

    The parser's time grows with the square of the depth: a page of 300,000 open `div` takes
    minutes. Browsers stop at 512 levels too. Pages with few tags cannot hurt and pass as they are.
    """
    if html.count("<") < _MANY_TAGS:
        return html
    kept: list[str] = []
    depth = start = 0
    for match in _NESTING_TAG.finditer(html):
        closing = match[1] == "/"
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > MAX_DEPTH or (closing and depth == MAX_DEPTH):
            kept.append(html[start : match.start()])
            start = match.end()
    kept.append(html[start:])
    return " ".join(kept)


def _read_head(tree: LexborHTMLParser, document: Document) -> None:
    title = tree.css_first("title")
    if title is not None:
        document.title = squeeze(title.text())
    for node in tree.css("meta"):
        attributes = node.attributes
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        content = attributes.get("content")
        if name and content:
            document.meta.setdefault(name.lower(), squeeze(content))
    document.scripts = len(tree.css("script"))
    document.players = len(tree.css("video, embed, object"))


class _Walk:
    """One depth-first walk; the state is the open elements and the line being collected."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.current = -1
        self.row = -1
        self.cell = -1
        self.pieces: list[str] = []
        self.linked = 0
        self.links = 0

    def run(self, root: LexborNode) -> None:
        """Walk the tree below `root` without recursion: nesting may be any depth."""
        node: LexborNode | None = root
        opened: list[str] = []
        while node is not None:
            entered = self._enter(node)
            child = node.first_child if entered else None
            if child is not None:
                opened.append(entered)
                node = child
                continue
            if entered:
                self._leave(entered)
            while node is not None and opened:
                following = node.next
                if following is not None:
                    node = following
                    break
                node = node.parent
                self._leave(opened.pop())
            if not opened:
                break
        if self.pieces:
            self._flush()

    def _enter(self, node: LexborNode) -> str:
        """Open `node` and return its tag, or an empty string where its inside is not read."""
        tag = node.tag or ""
        if tag == "-text":
            text = node.text_content
            if text and "\n" in text and self._is_preformatted():
                *lines, text = text.split("\n")
                for line in lines:
                    self.pieces.append(line)
                    self._flush()
            if text and (self.pieces or not text.isspace()):
                self.pieces.append(text)
                if self.links:
                    self.linked += len(text.strip())
            return ""
        if tag in _INLINE:
            if tag == "a":
                self.links += 1
            elif tag == "time" and (value := node.attributes.get("datetime")):
                self.document.times.append(value)
            return tag
        if tag == "br":
            if self.pieces:
                self._flush()
            return ""
        if tag in _SKIPPED or tag.startswith(("-", "!", "#")):
            return ""
        if tag not in _BLOCK_TAGS and "-" not in tag:
            return tag
        return self._open(node, tag)

    def _is_preformatted(self) -> bool:
        return self.current >= 0 and self.document.elements[self.current].tag == "pre"

    def _open(self, node: LexborNode, tag: str) -> str:
        attributes = node.attributes
        if self.pieces:
            self._flush()
        tokens = _NO_TOKENS
        words = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
        if len(words) > 1:
            words = words[:_LONGEST_TOKENS].replace("-", "").replace("_", "")
            tokens = frozenset(words.lower().split())
        style = attributes.get("style")
        elements = self.document.elements
        elements.append(
            Element(
                tag=tag,
                parent=self.current,
                tokens=tokens,
                itemprop=(attributes.get("itemprop") or "").lower(),
                hidden=bool(style and _HIDDEN.search(style)),
                first=len(self.document.blocks),
            )
        )
        self.current = len(elements) - 1
        if tag == "tr":
            self.row, self.cell = self.current, -1
        elif tag in {"td", "th"}:
            self.cell += 1
        return tag

    def _leave(self, tag: str) -> None:
        if tag == "a":
            self.links -= 1
        if tag in _INLINE or (tag not in _BLOCK_TAGS and "-" not in tag):
            return
        if self.pieces:
            self._flush()
        element = self.document.elements[self.current]
        element.last = len(self.document.blocks)
        self.current = element.parent
        if tag == "tr":
            self.row = -1

    def _flush(self) -> None:
        text = squeeze("".join(self.pieces))
        if text and self.current >= 0:
            element = self.document.elements[self.current]
            self.document.blocks.append(
                Block(
                    text,
                    min(self.linked, len(text)),
                    self.current,
                    element.tag,
                    self.row if self.cell >= 0 else -1,
                    self.cell,
                )
            )
        self.pieces.clear()
        self.linked = 0
