"""What a page is good for: an article to pass on, or links to articles and to further lists."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.contracts.messages import Page, SourceKind
from services.crawler import feeds, lists
from services.crawler.feeds import text_of, xml_kind

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


def discover(page: Page, kind: SourceKind, most: int = MOST_LINKS) -> Discovery:
    """Return whether `page` is to be passed on, and at most `most` links to follow from it.

    What the page is decides, not what it was said to be, except that a page said to be an article
    is passed on and its links are left alone, and a page said to be a list is not passed on if it
    has links. Where it is not clear, a page is passed on and its links are followed.
    """
    content_type = page.headers.get("content-type", "")
    if kind == "article" or content_type.lower().startswith("text/plain"):
        return Discovery(is_article=True)
    text = text_of(page.body, content_type)
    if (xml := xml_kind(text)) is not None:
        return Discovery(is_article=False, links=_of_xml(page.final_url, text, xml, most))
    found = lists.read(text, page.final_url, links_of_articles=kind != "auto")
    links = tuple(
        Found(link.address, "list" if link.is_list else "article", link.is_list)
        for link in found.links[:most]
    )
    if kind == "auto":
        take = found.verdict != "article"
        return Discovery(found.verdict != "list", links if take else ())
    # Said to be a list, feed or sitemap: if it is in truth an article, it must not be lost.
    return Discovery(is_article=not links and found.verdict != "list", links=links)


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
