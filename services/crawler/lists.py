"""Reading an HTML page as a list: its links to articles, its next page, and whether it is one."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.crawler.patterns import Patterns, shape
from services.crawler.verdict import WORDS, Clues, Verdict, has_identifier

_NEXT: Final = frozenset(WORDS["next"])
_MORE: Final = frozenset(WORDS["more"])
_SKIPPED: Final = frozenset(WORDS["skipped_extensions"])

_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_SPACE = re.compile(r"\s+")
_BREAK = re.compile(r"[\t\r\n]+")
_DATE = re.compile(
    r"(?:19|20)\d\d[-/.年]\s?[01]?\d(?:[-/.月]\s?[0-3]?\d)?|(?<!\d)[01]?\d[-/月][0-3]?\d日?(?!\d)"
)
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"\d{1,4}")
# TRS WCM, common among government sites, writes its pager by script: pages, current, name, suffix.
_TRS_PAGER = re.compile(
    r"createPageHTML\(\s*(\d{1,5})\s*,\s*(\d{1,5})\s*,\s*[\"']([\w./-]{1,80})[\"']\s*,"
    r"\s*[\"'](\w{1,8})[\"']"
)
_UNREAD = ["script", "style", "noscript", "template", "textarea", "select", "iframe", "svg"]

_TITLE_CJK = 8
_TITLE_WORDS = 5
_LONGEST_TITLE = 200
_GROUP = 3
_NEARBY = 300
"""Characters of the element around a link, in which a date is beside it."""


@dataclass(frozen=True, slots=True)
class ListLink:
    """A link that a list page is there for."""

    address: str
    is_list: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A page as a list."""

    verdict: Verdict
    links: tuple[ListLink, ...]
    evidence: Verdict = "unclear"
    """The verdict by the page alone, without what is known of its host."""
    next_page: str = ""
    """The page that follows: of the list, or of an article in several parts."""


@dataclass(slots=True)
class _Anchor:
    node: LexborNode
    address: str
    shape: str
    text: str
    titled: bool
    has_identifier: bool


def read(
    html: str, url: str, patterns: Patterns | None = None, *, links_of_articles: bool = True
) -> Reading:
    """Return the links of the list page `html` at `url`, and whether it is a list at all.

    `patterns` is what is known of its host. Without `links_of_articles`, the links to articles of
    what is certainly an article are not looked for.
    """
    patterns = patterns or Patterns()
    tree = LexborHTMLParser(html)
    if tree.root is None:
        return Reading("unclear", ())
    base = _base(tree, url)
    pager = _scripted_next(tree, base)
    tree.strip_tags(_UNREAD)
    clues = Clues(tree, url)
    next_page = pager or _next(tree, base, url)
    if clues.certain and not links_of_articles:
        return Reading("article", (), "article", next_page)
    anchors = _anchors(tree, base, url)
    articles = _articles(anchors, patterns)
    lists = [next_page] if next_page else []
    evidence = clues.verdict([anchor.text for anchor in articles])
    verdict = evidence if evidence != "unclear" else patterns.verdict(shape(url))
    if verdict == "list":
        lists += [a.address for a in anchors if a.text.lower() in _MORE]
    known = {anchor.address for anchor in articles}
    found = [ListLink(anchor.address, is_list=False) for anchor in articles]
    found += [
        ListLink(address, is_list=True) for address in dict.fromkeys(lists) if address not in known
    ]
    return Reading(verdict, tuple(found), evidence, next_page)


def is_article(html: str, url: str) -> bool:
    """Return whether the page `html` at `url` is certainly an article, whatever links it has."""
    tree = LexborHTMLParser(html)
    if tree.root is None:
        return False
    tree.strip_tags(_UNREAD)
    return Clues(tree, url).certain


def next_page(html: str, url: str) -> str:
    """Return the page that follows the page `html` at `url`, or the empty string."""
    tree = LexborHTMLParser(html)
    if tree.root is None:
        return ""
    base = _base(tree, url)
    pager = _scripted_next(tree, base)
    tree.strip_tags(_UNREAD)
    return pager or _next(tree, base, url)


def same_site(one: str, other: str) -> bool:
    """Return whether two URLs are of one host; `www.` and the scheme make no difference."""
    return _site(one) == _site(other)


def _site(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return (url, None)
    return (parts.hostname or "").removeprefix("www."), None if port in {80, 443} else port


def _base(tree: LexborHTMLParser, url: str) -> str:
    node = tree.css_first("base[href]")
    return join(url, (node.attributes.get("href") or "") if node else "") or url


def join(base: str, href: str) -> str:
    """Return the absolute http(s) URL without fragment, or the empty string."""
    href = _SPACE.sub("%20", _BREAK.sub("", href.strip()))
    if not href or href.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
        return ""
    try:
        absolute = urljoin(base, href).partition("#")[0]
        return absolute if urlsplit(absolute).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def _text(node: LexborNode) -> str:
    return _SPACE.sub(" ", node.text(deep=True, separator="")).strip()


def _anchors(tree: LexborHTMLParser, base: str, url: str) -> list[_Anchor]:
    """Return the links to other pages of the same site, each URL once, with its longest text."""
    found: dict[str, _Anchor] = {}
    addresses: dict[str, str] = {}
    for node in tree.css("a[href]"):
        href = node.attributes.get("href") or ""
        address = addresses.get(href)
        if address is None:
            address = addresses[href] = _page(join(base, href), url)
        if not address:
            continue
        text = max(_text(node), (node.attributes.get("title") or "").strip(), key=len)
        known = found.get(address)
        if known is None:
            found[address] = _Anchor(
                node, address, shape(address), text, _is_title(text), has_identifier(address)
            )
        elif len(text) > len(known.text):
            known.node, known.text, known.titled = node, text, _is_title(text)
    return list(found.values())


def _page(address: str, url: str) -> str:
    """Return `address` if it is another page of the site of `url`, else the empty string."""
    if not address or address == url or not same_site(address, url):
        return ""
    name = urlsplit(address).path.rpartition("/")[2]
    _, dot, extension = name.rpartition(".")
    return "" if dot and extension.lower() in _SKIPPED else address


def _is_title(text: str) -> bool:
    if len(text) > _LONGEST_TITLE:
        return False
    return len(_CJK.findall(text)) >= _TITLE_CJK or len(_WORD.findall(text)) >= _TITLE_WORDS


def _articles(anchors: list[_Anchor], patterns: Patterns) -> list[_Anchor]:
    """Return those links that lead to articles, in the page's order.

    What the host's pages of the same shape turned out to be decides. Where that is unknown, a link
    counts if it reads like a title and something else speaks for it: its URL names one thing, a
    date stands beside it, or others like it have URLs of the same shape. In a group that consists
    of such links, the ones with short titles count too.
    """
    titled: defaultdict[str, int] = defaultdict(int)
    members: defaultdict[str, int] = defaultdict(int)
    for anchor in anchors:
        members[anchor.shape] += 1
        titled[anchor.shape] += anchor.titled
    dated = _Dated()
    found = []
    for anchor in anchors:
        group = titled[anchor.shape]
        known = patterns.verdict(anchor.shape)
        if known != "unclear":
            takes = known == "article" and bool(anchor.text) and not _is_pager(anchor.text)
        elif anchor.titled:
            takes = anchor.has_identifier or group >= _GROUP or dated.beside(anchor.node)
        else:
            most = group >= _GROUP and group * 2 > members[anchor.shape]
            takes = bool(anchor.text) and most and not _is_pager(anchor.text)
            takes = takes and anchor.has_identifier
        if takes:
            found.append(anchor)
    return found


def _is_pager(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text)) or text.lower() in _NEXT | _MORE


class _Dated:
    """Whether a date stands beside a link; every element around a link is read once."""

    def __init__(self) -> None:
        self._known: dict[int, bool] = {}

    def beside(self, node: LexborNode) -> bool:
        parent = node.parent
        for _ in range(2):
            if parent is None or parent.tag in {"body", "html"}:
                return False
            known = self._known.get(parent.mem_id)
            if known is None:
                text = _text(parent)
                known = len(text) <= _NEARBY and bool(_DATE.search(text))
                self._known[parent.mem_id] = known
            if known:
                return True
            parent = parent.parent
        return False


def _scripted_next(tree: LexborHTMLParser, base: str) -> str:
    for script in tree.css("script"):
        found = _TRS_PAGER.search(script.text()[:100_000])
        if found and int(found[2]) + 1 < int(found[1]):
            return join(base, f"{found[3]}_{int(found[2]) + 1}.{found[4]}")
    return ""


def _next(tree: LexborHTMLParser, base: str, url: str) -> str:
    """Return the address of the list's next page: by its relation, its words, or its number."""
    for node in tree.css("link[rel=next][href], a[rel=next][href]"):
        if address := _other_page(node, base, url):
            return address
    numbered: dict[int, str] = {}
    for node in tree.css("a[href]"):
        text = _text(node) if len(node.text(deep=False)) <= 20 else ""
        if text.lower().replace(" ", "") in _NEXT or text.lower() in _NEXT:
            if address := _other_page(node, base, url):
                return address
        elif _NUMBER.fullmatch(text) and (address := _other_page(node, base, url)):
            numbered.setdefault(int(text), address)
    return _by_number(numbered, url)


def _by_number(numbered: dict[int, str], url: str) -> str:
    """Return the page after the one at `url`, of a pager that shows numbers only."""
    here = next((n for n, address in numbered.items() if address == url), None)
    if here is None:
        own = set(_DIGITS.findall(url))
        # The pager does not link the page it is on: that is the first number it leaves out.
        missing = (n for n in range(1, max(numbered, default=0) + 2) if n not in numbered)
        here = next((n for n in missing if n == 1 or str(n) in own), 1)
    address = numbered.get(here + 1, "")
    alike = sum(shape(other) == shape(address) for other in numbered.values())
    return address if alike == len(numbered) or (address and len(numbered) <= 2) else ""


def _other_page(node: LexborNode, base: str, url: str) -> str:
    address = join(base, node.attributes.get("href") or "")
    return address if address and address != url and same_site(address, url) else ""
