"""Whether a page is an article or a list: by its prose, its URL and its meta elements."""

import re
import tomllib
from collections import defaultdict
from importlib.resources import files
from typing import Final, Literal
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

Verdict = Literal["article", "list", "unclear"]

WORDS: Final = tomllib.loads(files("services.crawler").joinpath("words.toml").read_text("utf-8"))

_ARTICLE_META: Final = frozenset(WORDS["article_meta"])
_LIST_NAMES: Final = frozenset(WORDS["list_names"])

_SPACE = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")
_SENTENCE_MARK = re.compile(r"[。；！？，]|[.!?,](?:\s|$)")
_DATE_IN_PATH = re.compile(r"/(?:19|20)\d\d[-/_]?[01]?\d(?:[-/_]?[0-3]\d)?(?:/|[-_]|\D|$)")
_IDENTIFIER = re.compile(r"\d{4,}|[0-9a-f]{12,}")

_PARAGRAPH = 25
"""Characters outside of links from which a block with a sentence mark is prose."""
_ARTICLE_PROSE = 400
_SOME_PROSE = 120
_LIST_LINKS = 5
_DEEP = 200
"""Elements above a link that are looked at; markup nests deeper only to do harm."""


class Clues:
    """What speaks for a page being one or the other, apart from its links."""

    def __init__(self, tree: LexborHTMLParser, url: str) -> None:
        """`tree` is without scripts and styles."""
        _, self._prose, self._all_prose = _prose(tree)
        self._says_list = _says_list(url)
        self._says_article = (not self._says_list and has_identifier(url)) or _has_meta(tree)

    @property
    def certain(self) -> bool:
        """Whether it is an article, whatever links it has."""
        return self._says_article and self._prose >= _SOME_PROSE

    def verdict(self, titles: list[str]) -> Verdict:
        """Return what the page is, given the texts of its links to articles."""
        if self._says_article:
            return "article" if self.certain else "unclear"
        linked = sum(map(len, titles))
        if self._prose >= _ARTICLE_PROSE and self._prose > linked:
            return "article"
        if len(titles) < _LIST_LINKS:
            return "unclear"
        bare = self._says_list or self._prose < _SOME_PROSE
        if bare and linked > 3 * self._prose:
            return "list"
        # Teasers: a little prose under every title, much in no place.
        scattered = self._prose < _ARTICLE_PROSE and 3 * self._prose <= self._all_prose
        return "list" if self._says_list and scattered else "unclear"


def has_identifier(address: str) -> bool:
    """Return whether the URL names one thing: by a date, a long number or a hash."""
    parts = urlsplit(address)
    path = f"{parts.path}?{parts.query}"
    return bool(_DATE_IN_PATH.search(parts.path) or _IDENTIFIER.search(path))


def _has_meta(tree: LexborHTMLParser) -> bool:
    names = (
        node.attributes.get("property") or node.attributes.get("name") or ""
        for node in tree.css("meta")
    )
    return any(name.lower() in _ARTICLE_META for name in names)


def _says_list(url: str) -> bool:
    """Return whether the URL is a directory, or a file with a name that lists have."""
    above, _, name = urlsplit(url).path.rpartition("/")
    if not name:
        return not _IDENTIFIER.search(above.rpartition("/")[2])
    return _DIGITS.sub("", name.partition(".")[0].lower()).rstrip("_-") in _LIST_NAMES


def prose_element(tree: LexborHTMLParser) -> LexborNode | None:
    """Return the element that holds most of the page's prose, or None if there is none."""
    return _prose(tree)[0]


def _prose(tree: LexborHTMLParser) -> tuple[LexborNode | None, int, int]:
    """Return the element with the most characters of sentences outside of links, how many it has,
    and how many the page has in all.

    Paragraphs count for their parent, text between line breaks for the element itself.
    """
    total = 0
    sums: defaultdict[int, int] = defaultdict(int)
    nodes: dict[int, LexborNode] = {}
    linked: defaultdict[int, int] = defaultdict(int)

    def count(node: LexborNode, own: int) -> None:
        sums[node.mem_id] += own
        nodes[node.mem_id] = node

    for anchor in tree.css("a"):
        above = anchor.parent
        for _ in range(_DEEP):
            if above is None or above.tag in {"p", "li", "td", "div", "body"}:
                break
            above = above.parent
        if above is not None and above.tag == "p":
            linked[above.mem_id] += len(anchor.text(deep=True).strip())
    for node in tree.css("p"):
        text = _SPACE.sub(" ", node.text(deep=True)).strip()
        own = len(text) - linked[node.mem_id]
        parent = node.parent
        if parent is not None and own >= _PARAGRAPH and _SENTENCE_MARK.search(text):
            count(parent, own)
            total += own
    for node in tree.css("div,td,section,article,dd,span,font,pre,center,main,body"):
        text = node.text(deep=False)
        own = len(_SPACE.sub("", text))
        if own >= _PARAGRAPH and _SENTENCE_MARK.search(text):
            count(node, own)
            total += own
            if node.parent is not None and node.tag in {"div", "span", "font", "section"}:
                count(node.parent, own)
    most = max(sums, key=sums.__getitem__, default=None)
    return (None, 0, total) if most is None else (nodes[most], sums[most], total)
