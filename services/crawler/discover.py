"""What a page is good for: an article to pass on, or links to articles and to further lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from services.contracts.messages import Page, SourceKind
from services.crawler import feeds, lists
from services.crawler.feeds import text_of, xml_kind
from services.crawler.parts import is_part, joined, may_go_on
from services.crawler.patterns import Patterns
from services.crawler.verdict import Verdict, has_identifier

MOST_LINKS: Final = 50_000
"""A sitemap may hold as many."""


@dataclass(frozen=True, slots=True)
class Found:
    """A link worth following."""

    address: str
    kind: SourceKind
    is_list: bool = False
    """It leads to a list, not to an article, so it counts against the depth."""
    modified: datetime | None = None
    """When it changed last, where the page says so."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found on a page."""

    is_article: bool
    """Pass it on: it is an article, or may be one."""
    links: tuple[Found, ...] = ()
    evidence: Verdict = "unclear"
    """What the page is by itself, to learn from."""
    next_part: str = ""
    """Where an article that spreads over several pages goes on."""


def discover(
    page: Page, kind: SourceKind, most: int = MOST_LINKS, patterns: Patterns | None = None
) -> Discovery:
    """Return whether `page` is to be passed on, and at most `most` links to follow from it.

    What the page is decides, not what it was said to be, except that a page said to be an article
    is passed on and its links are left alone, and a page said to be a list is not passed on if it
    has links. Where it is not clear, `patterns` of its host help; where they do not, a page is
    passed on and its links are followed.
    """
    content_type = page.headers.get("content-type", "")
    if content_type.lower().startswith("text/plain"):
        return Discovery(is_article=True)
    patterns = patterns or Patterns()
    if kind == "article":
        return _of_article(page, patterns)
    text = text_of(page.body, content_type)
    if (xml := xml_kind(text)) is not None:
        return Discovery(is_article=False, links=_of_xml(page.final_url, text, xml, most))
    found = lists.read(text, page.final_url, patterns, links_of_articles=kind != "auto")
    part = found.next_page if is_part(found.next_page, page.final_url) else ""
    links = tuple(
        Found(link.address, "list" if link.is_list else "article", link.is_list)
        for link in found.links[:most]
    )
    if kind == "auto":
        is_article = found.verdict != "list"
        take = links if found.verdict != "article" else ()
        return Discovery(is_article, take, found.evidence, part if not take else "")
    # Said to be a list, feed or sitemap: if it is in truth an article, it must not be lost.
    is_article = not links and found.verdict != "list"
    return Discovery(is_article, links, found.evidence, part if is_article else "")


def next_part(page: Page, first: str) -> str:
    """Return where the article that began at `first` goes on after `page`, or the empty string."""
    text = text_of(page.body, page.headers.get("content-type", ""))
    following = lists.next_page(text, page.final_url)
    return following if is_part(following, first) else ""


def join(pages: Sequence[Page]) -> Page:
    """Return the first page with the text of the others, which go on with its article."""
    first, *following = pages
    texts = [text_of(page.body, page.headers.get("content-type", "")) for page in following]
    html = text_of(first.body, first.headers.get("content-type", ""))
    body = joined(html, first.final_url, texts).encode("utf-8", "replace")
    headers = first.headers | {"content-type": "text/html; charset=utf-8"}
    return msgspec.structs.replace(first, body=body, headers=headers)


def _of_article(page: Page, patterns: Patterns) -> Discovery:
    """Return what there is to find on an article: most need no more than a search of their bytes.

    It is read only while its host's URLs are being learnt.
    """
    url = page.final_url
    evidence: Verdict = "unclear"
    if has_identifier(url) and not patterns.suffice(url):
        text = text_of(page.body, page.headers.get("content-type", ""))
        evidence = "article" if lists.is_article(text, url) else "unclear"
    part = next_part(page, url) if may_go_on(page.body, url) else ""
    return Discovery(is_article=True, evidence=evidence, next_part=part)


def _of_xml(base: str, text: str, kind: feeds.XmlKind, most: int) -> tuple[Found, ...]:
    document = feeds.read(text, kind, most)
    found: dict[str, Found] = {}
    for entry in document.entries:
        address = lists.join(base, entry.address)
        # A site may speak for its own pages only (sitemaps.org); a feed may point anywhere.
        if not address or (kind == "sitemap" and not lists.same_site(address, base)):
            continue
        target: SourceKind = (
            "sitemap" if entry.is_sitemap else "article" if kind == "feed" else "auto"
        )
        found.setdefault(address, Found(address, target, entry.is_sitemap, entry.modified))
    if document.next_page and (address := lists.join(base, document.next_page)):
        found.setdefault(address, Found(address, "feed", is_list=True))
    return tuple(found.values())
