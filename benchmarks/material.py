"""The pages that are measured on: the sample sites', and saved real ones where there are any."""

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from services.cleaner.clean import clean, warm_up
from services.cli.sites import pages
from services.cli.sites.articles import SITES, articles
from services.contracts.identity import article_id
from services.contracts.messages import Article, Page

_FETCHED: Final = datetime(2026, 1, 1, tzinfo=UTC)
# Beside the project where it was developed; not part of it, since other people wrote the pages.
_CORPUS: Final = Path(__file__).parents[2] / "shared" / "corpus" / "dev"
# Its pages are broken on purpose: a benchmark of them would say nothing about ordinary ones.
_LEFT_OUT = "corner"


@dataclass(frozen=True, slots=True)
class Material:
    """Pages, and where they are from."""

    pages: tuple[Page, ...]
    origin: str


@cache
def material() -> Material:
    """Return every page there is to measure on."""
    sample, saved = _sample(), _saved()
    origin = f"{len(sample)} sample pages"
    if saved:
        origin += f" and {len(saved)} saved real ones"
    return Material((*sample, *saved), origin)


@cache
def texts() -> tuple[Article, ...]:
    """Return the articles of the pages, as the cleaner gives them."""
    warm_up()
    return tuple(article for page in material().pages for article in clean(page).articles)


def copies(some: tuple[Article, ...], count: int, run: str) -> list[Article]:
    """Return `count` articles of the texts of `some`, each with an identity of its own."""
    copied = []
    for number in range(count):
        url = f"http://{run}.example/{number}.html"
        original = some[number % len(some)]
        copied.append(
            msgspec.structs.replace(
                original, id=article_id(url, 0), url=url, canonical_url=url, ordinal=0
            )
        )
    return copied


def _sample() -> list[Page]:
    served = pages.render({site: f"http://{site}.example" for site in SITES})
    paths = sorted({(item.site, item.head.path) for item in articles() if item.site != _LEFT_OUT})
    return [
        _page(f"http://{site}.example{path}", resource.body, resource.content_type)
        for site, path in paths
        for resource in (served[site][path],)
    ]


def _saved() -> list[Page]:
    found = []
    for file in sorted(_CORPUS.glob("*.html.gz")):
        url = json.loads(file.with_name(file.name.replace(".html.gz", ".json")).read_text())["url"]
        found.append(_page(url, gzip.decompress(file.read_bytes()), "text/html"))
    return found


def _page(url: str, body: bytes, content_type: str) -> Page:
    return Page(url, url, 200, {"content-type": content_type}, body, _FETCHED, url)
