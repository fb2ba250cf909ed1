"""A page as a flat list of text blocks and the elements that hold them.

One walk over the tree of lexbor (an HTML5 parser: broken, nested and truncated markup is normal)
gives everything the later steps need. Blocks are in reading order, and every element covers a
contiguous range of them, so that any sum over an element's text is a difference of two prefix sums.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.cleaner.data import load
from services.cleaner.limits import limited

_TAGS: Final = load("tags.toml")
_SKIPPED: Final = frozenset(_TAGS["skipped"])
_BLOCK_TAGS: Final = frozenset(_TAGS["block"])
_INVISIBLE: Final = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff\u00ad"
_NOTHING: Final = str.maketrans("", "", _INVISIBLE)
_HIDDEN: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# Text that is hidden within a line, as a forum does against copying.
_HIDING: Final = b'<span style="display'
_HIDDEN_PARTS: Final = 'span[style*="display:none"], span[style*="display: none"], .jammer'
_NO_TOKENS: Final[frozenset[str]] = frozenset()
_LONGEST_TOKENS: Final = 400
# What a node does to the text. What is in a skipped one is not read; one of _TOLD has no text of
# the article, but tells something of the page.
_TEXT, _INLINE, _LINK, _TIME, _BREAK, _BLOCK, _SKIP, _TOLD = range(1, 9)
_PLAYERS: Final = frozenset({"video", "embed", "object"})
_WIDEST: Final = 50
_CELLS: Final = frozenset({"td", "th"})


class Element(msgspec.Struct, gc=False):
    """A block-level element and the half-open range of blocks that lie in it."""

    tag: str
    parent: int
    first: int
    last: int = 0
    tokens: frozenset[str] = _NO_TOKENS
    """Words of class and id, each whole, lower case, without hyphens and underscores."""
    itemprop: str = ""
    hidden: bool = False


class Block(msgspec.Struct, gc=False):
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
    """Column of the cell in its row, from 0."""


@dataclass(slots=True)
class Document:
    """A parsed page."""

    blocks: list[Block] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    """Those that hold text; each stands behind the one that it lies in."""
    title: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    """Content of `meta` by lower-case name, property or itemprop; the first of each counts."""
    times: list[str] = field(default_factory=list)
    """Values of `datetime` attributes, in reading order."""
    scripted: bool = False
    """Whether it has a script."""
    described: bool = False
    """Whether it has a script of JSON-LD, which may tell all of the article."""
    players: int = 0
    """Elements of the body that play a film."""


def squeeze(text: str) -> str:
    """Return `text` with every run of white space (of any kind) one space, and none at its ends."""
    return " ".join(text.split())


def visible(text: str) -> str:
    """Return `text` without characters that have no width (joiners, marks, soft hyphens)."""
    return text.translate(_NOTHING) if has_invisible(text) else text


def has_invisible(text: str) -> bool:
    """Whether `text` has characters that have no width: thirteen looks are sooner than a search."""
    return any(map(text.__contains__, _INVISIBLE))


def parse(html: bytes) -> Document:
    """Return the blocks, elements and head of `html`, which is UTF-8."""
    tree = LexborHTMLParser(limited(html))
    document = Document()
    walk = _Walk(document)
    if tree.head is not None:
        for node in tree.head.iter():
            walk.read_told(node)
    # Most pages have none of it, and are not asked further.
    if _HIDING in html or document.meta.get("generator", "").startswith("Discuz!"):
        hidden = {node.mem_id: node for node in tree.css(_HIDDEN_PARTS)}
        # The innermost first: each node must be freed once.
        for node in reversed(hidden.values()):
            node.decompose()
    if tree.body is not None:
        walk.run(tree.body)
    return document


class _Walk:
    """One depth-first walk; the state is the open elements and the line being collected."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.current = -1
        self.row = -1
        self.cell = -1
        self.span = 1
        self.pieces: list[str] = []
        self.linked = 0
        self.links = 0
        self.preformatted = 0

    def read_told(self, node: LexborNode) -> None:
        """Read what a title, meta, script or player tells of the page; all may stand in a body."""
        tag = node.tag
        if tag in _PLAYERS:
            self.document.players += 1
        elif tag == "script":
            self.document.scripted = True
            if not self.document.described:
                self.document.described = node.attributes.get("type") == "application/ld+json"
        elif tag == "title":
            self.document.title = self.document.title or squeeze(node.text())
        elif tag == "meta":
            attributes = node.attributes
            name = (
                attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
            )
            content = attributes.get("content")
            if name and content:
                self.document.meta.setdefault(name.lower(), squeeze(content))

    def run(self, root: LexborNode) -> None:
        """Walk the tree below `root` without recursion: nesting may be any depth."""
        self._open(root)
        opened = [(root, _BLOCK)]
        pieces, known = self.pieces, _roles.get
        node = root.first_child or self._close(opened)
        while node is not None:
            role = known(node.tag_id) or _role(node)
            if role == _TEXT:
                text = node.text_content
                if text and (pieces or not text.isspace()):
                    self._read(text)
            elif role == _BREAK:
                if pieces:
                    self._flush()
            elif role == _TOLD:
                self.read_told(node)
            elif role != _SKIP:
                if role == _BLOCK:
                    self._open(node)
                elif role == _LINK:
                    self.links += 1
                elif role == _TIME and (value := node.attributes.get("datetime")):
                    self.document.times.append(value)
                child = node.first_child
                if child is not None:
                    opened.append((node, role))
                    node = child
                    continue
                if role != _INLINE:
                    self._leave(node, role)
            node = node.next or self._close(opened)

    def _close(self, opened: list[tuple[LexborNode, int]]) -> LexborNode | None:
        """Leave the nodes that end here; return the one that follows, None at the very end."""
        while opened:
            node, role = opened.pop()
            if role != _INLINE:
                self._leave(node, role)
            if opened and (following := node.next):
                return following
        return None

    def _read(self, text: str) -> None:
        if self.preformatted and "\n" in text:
            *lines, text = text.split("\n")
            for line in lines:
                self.pieces.append(line)
                self._flush()
        self.pieces.append(text)
        if self.links:
            self.linked += len(text.strip())

    def _open(self, node: LexborNode) -> None:
        if self.pieces:
            self._flush()
        tag = _names.get(node.tag_id) or node.tag or ""
        elements = self.document.elements
        elements.append(Element(tag, self.current, len(self.document.blocks)))
        self.current = len(elements) - 1
        if tag == "tr":
            self.row, self.cell, self.span = self.current, -1, 1
        elif tag in _CELLS:
            self.cell += self.span
            self.span = _span(node)
        elif tag == "pre":
            self.preformatted += 1

    def _leave(self, node: LexborNode, role: int) -> None:
        if role != _BLOCK:
            self.links -= role == _LINK
            return
        if self.pieces:
            self._flush()
        element = self.document.elements[self.current]
        element.last = len(self.document.blocks)
        if element.last > element.first:
            _describe(element, node)
        else:
            self.document.elements.pop()
        self.current = element.parent
        if element.tag == "tr":
            self.row = -1
        elif element.tag == "pre":
            self.preformatted -= 1

    def _flush(self) -> None:
        text = squeeze("".join(self.pieces))
        if text:
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


def _role(node: LexborNode) -> int:
    """Return the role of a node, and keep it for all of its tag."""
    tag = node.tag or ""
    role = _role_of(tag)
    if node.tag_id < _CUSTOM:
        _roles[node.tag_id] = role
        _names[node.tag_id] = tag
    return role


def _role_of(tag: str) -> int:
    if tag == "-text":
        return _TEXT
    if tag in _SPECIAL:
        return _SPECIAL[tag]
    if tag in _SKIPPED or tag.startswith(("-", "!", "#")):
        return _SKIP
    # A tag that nobody knows is a part of a line; a custom element is a box.
    return _BLOCK if tag in _BLOCK_TAGS or "-" in tag else _INLINE


def _span(cell: LexborNode) -> int:
    """Return over how many columns a cell of a table goes."""
    span = cell.attributes.get("colspan") or ""
    return min(max(1, int(span[:4])), _WIDEST) if span.isdecimal() and span.isascii() else 1


def _describe(element: Element, node: LexborNode) -> None:
    """Read the attributes of an element that holds text; the others are asked for nothing."""
    attributes = node.attributes
    if not attributes:
        return
    name, own = attributes.get("class"), attributes.get("id")
    if name or own:
        element.tokens = _tokens(name, own)
    if itemprop := attributes.get("itemprop"):
        element.itemprop = itemprop.lower()
    style = attributes.get("style")
    element.hidden = bool(style and _HIDDEN.search(style))


@lru_cache(maxsize=256)
def _tokens(name: str | None, own: str | None) -> frozenset[str]:
    """Return the words of a class and an id: a page has few, on many elements."""
    words = f"{name or ''} {own or ''}"[:_LONGEST_TOKENS]
    return frozenset(words.replace("-", "").replace("_", "").lower().split())


_SPECIAL: Final = {
    "a": _LINK,
    "time": _TIME,
    "br": _BREAK,
    **dict.fromkeys({"title", "meta", "script", *_PLAYERS}, _TOLD),
}
# Lexbor numbers the tags of HTML; what lies above is made up anew for every page.
_CUSTOM: Final = 1 << 16
_roles: Final[dict[int, int]] = {}
_names: Final[dict[int, str]] = {}
