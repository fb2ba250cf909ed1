"""Articles that spread over several pages: where they go on, and how the pages become one."""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.crawler.verdict import WORDS, prose_element

MOST_PARTS: Final = 20

# An article that goes on has one of these. Few, since every page is searched for them.
_SCRIPT: Final = b"createPageHTML"
_SIGNS: Final = ("下一页".encode(), b">2</a>")
_SIGN_GB18030: Final = "下一页".encode("gb18030")
"""For pages that do not say that they are in UTF-8."""
_HEAD: Final = 1024
"""Bytes within which a page must say it."""
_NEAR: Final = 500
"""Bytes before a sign within which the link is that it is a sign of."""
_PAGE_FIELDS: Final = frozenset(WORDS["page_fields"])
_FIELDS: Final = "|".join(map(re.escape, WORDS["page_fields"])).encode()
_PAGER_TEXT: Final = re.compile(
    r"[\d\s./<>«»‹›|\[\]()（）【】…·共第页頁上下首尾末前后後一条條到转轉-]*"
)
_MARK: Final = "\ue000the following parts\ue001"


def may_go_on(body: bytes, url: str) -> bool:
    """Return whether it is worth looking for a following part in the bytes of the page at `url`.

    Many pages have a pager of something else; that of an article links to its own URL and a number.
    """
    if _SCRIPT in body:
        return True
    pagers = list(_pagers(body))
    return bool(pagers) and any(map(_link_to_part(url).search, pagers))


def _pagers(body: bytes) -> Iterator[bytes]:
    """Yield what stands around the signs of a pager."""
    for sign in _SIGNS if b"utf-8" in body[:_HEAD].lower() else (*_SIGNS, _SIGN_GB18030):
        at = body.find(sign)
        while at >= 0:
            yield body[max(0, at - _NEAR) : at + _NEAR]
            at = body.find(sign, at + _NEAR)


def _link_to_part(url: str) -> re.Pattern[bytes]:
    """Return what a link to a further page of the article at `url` has in it."""
    name = urlsplit(url).path.rpartition("/")[2]
    stem = re.sub(r"[_-]1$", "", name.rpartition(".")[0] or name)
    # A name that may be spelled in other ways is not looked for.
    own = stem.encode() if re.fullmatch(r"[\w.~-]+", stem, re.ASCII) else b""
    return re.compile(rb"%b[_/-]\d|[?&;](?:%b)=\d" % (re.escape(own), _FIELDS), re.IGNORECASE)


def is_part(address: str, first: str) -> bool:
    """Return whether `address` is a further page of the article at `first`, by the URLs alone.

    They differ in a page's number only: a_2.html of a.html, a-2.html of a-1.html, ?id=7&page=2 of
    ?id=7.
    """
    one, other = urlsplit(first), urlsplit(address)
    if (one.hostname, one.port) != (other.hostname, other.port):
        return False
    if one.path == other.path:
        fields, further = parse_qsl(one.query), parse_qsl(other.query)
        return further != fields and _named(fields) == _named(further)
    stem, dot, extension = one.path.rpartition(".")
    if not dot:
        stem, extension = one.path, ""
    stem = re.escape(re.sub(r"[_-]1$", "", stem))
    end = re.escape(f"{dot}{extension}")
    return one.query == other.query and bool(
        re.fullmatch(rf"{stem}[_/-]\d{{1,2}}{end}", other.path)
    )


def joined(first: str, url: str, following: Sequence[str]) -> str:
    """Return the HTML of an article whose further pages' text stands at the end of its own.

    `url` is that of the first page. The text of a page is in the element that holds most of its
    prose; the links between the pages are left out.
    """
    tree = LexborHTMLParser(first)
    element = prose_element(tree)
    if element is None:
        return first
    heading = _heading(tree)
    _drop_pager(element, url)
    parts = []
    for html in following:
        further = LexborHTMLParser(html)
        own = _same_place(further, element)
        if own is None:
            continue
        for node in own.css("h1,h2"):
            if node.text(deep=True).strip() == heading:
                node.decompose()
        _drop_pager(own, url)
        parts.append(own.inner_html or "")
    element.insert_child(_MARK)
    return (tree.html or first).replace(_MARK, "\n".join(parts))


def _named(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in fields if name.lower() not in _PAGE_FIELDS)


def _heading(tree: LexborHTMLParser) -> str:
    node = tree.css_first("h1")
    return node.text(deep=True).strip() if node else ""


def _same_place(tree: LexborHTMLParser, element: LexborNode) -> LexborNode | None:
    """Return the element of `tree` that is what `element` is on its page: pages have a template."""
    most = prose_element(tree)
    if most is not None and _names(most) == _names(element):
        return most
    alike = [node for node in tree.css(element.tag or "div") if _names(node) == _names(element)]
    return alike[0] if len(alike) == 1 and any(_names(element)) else most


def _names(node: LexborNode) -> tuple[str | None, str | None]:
    return node.attributes.get("id"), node.attributes.get("class")


def _drop_pager(element: LexborNode, url: str) -> None:
    """Take the links between the article's pages out of `element`, with what stands around them."""
    for anchor in element.css("a[href]"):
        target = urljoin(url, anchor.attributes.get("href") or "").partition("#")[0]
        if target != url and not is_part(target, url):
            continue
        around = anchor.parent
        if (
            around is not None
            and around.mem_id != element.mem_id
            and _PAGER_TEXT.fullmatch(around.text(deep=True))
        ):
            around.decompose()
        else:
            anchor.decompose()
