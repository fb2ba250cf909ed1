"""Render the sample sites: their articles, poured into templates in the manner of real sites.

Pure: the base URLs of the sites go in, their pages come out.
"""

import itertools
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from importlib.resources import files

import jinja2
from msgspec import Struct

from services.cli.sites import corner, hant
from services.cli.sites.articles import SITES, SampleArticle, articles_of
from services.cli.sites.resources import PIXEL, Resource

LIST_SIZE = 6
HIDDEN_PATH = "/internal/draft-2024.html"
"""A page of the association that its robots.txt forbids, though its list links to it."""

_STYLE = "body { max-width: 60em; margin: auto; font-family: sans-serif; line-height: 1.8 }\n"


class Site(Struct, frozen=True):
    """What belongs to a site rather than to an article of it (see `sites.toml`)."""

    name: str
    must_not: tuple[str, ...]


@cache
def site_of(key: str) -> Site:
    """Return the description of a site."""
    table = tomllib.loads((files(__package__) / "sites.toml").read_text("utf-8"))
    return Site(table[key]["name"], tuple(table[key]["must_not"]))


def render(bases: Mapping[str, str]) -> dict[str, dict[str, Resource]]:
    """Return the resources of every site by path; `bases` maps a site to its URL without a path."""
    return {site: {**_common(site), **_PAGES[site](bases[site])} for site in SITES}


def sources(bases: Mapping[str, str]) -> list[str]:
    """Return the URLs from which every article is reached: lists, a feed and a sitemap."""
    paths = {
        "park": ["/"],
        "energy": ["/news/"],
        "association": ["/portal/list/index/id/3.html", "/feed.xml", "/sitemap.xml"],
        "mirror": ["/news/"],
        "epaper": ["/"],
        "corner": ["/"],
    }
    return [bases[site] + path for site in SITES for path in paths[site]]


def paths_of(article: SampleArticle) -> list[str]:
    """Return the paths of the pages that the article spreads over; the first is its own."""
    stem, dot, extension = article.head.path.rpartition(".")
    further = range(2, len(article.by_page) + 1)
    return [article.head.path, *(f"{stem}_{number}{dot}{extension}" for number in further)]


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__),
        autoescape=jinja2.select_autoescape(["html", "xml"]),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["rfc822"] = _rfc822
    return environment


def _rfc822(day: str) -> str:
    return format_datetime(datetime.fromisoformat(day).replace(tzinfo=UTC), usegmt=True)


_ENVIRONMENT = _environment()


def _fill(template: str, site: str, **values: object) -> str:
    return _ENVIRONMENT.get_template(template).render(site=site_of(site), **values)


def _common(site: str) -> dict[str, Resource]:
    charset = "gbk" if site == "energy" else "utf-8"
    about = _fill("shared/about.html", site, charset=charset).encode(charset)
    return {
        "/robots.txt": _robots(site, ["Disallow:"]),
        "/about.html": Resource(about, f"text/html; charset={charset}"),
        "/static/logo.png": Resource(PIXEL, "image/gif"),
        "/static/style.css": Resource(_STYLE.encode(), "text/css"),
        **{
            f"/upload/{article.id}.jpg": Resource(PIXEL, "image/gif")
            for article in articles_of(site)
        },
    }


def _robots(site: str, rules: Sequence[str], sitemap: str | None = None) -> Resource:
    text = _fill("shared/robots.txt", site, rules=rules, sitemap=sitemap)
    return Resource(text.encode(), "text/plain; charset=utf-8")


def _newest_first(site: str) -> list[SampleArticle]:
    return sorted(articles_of(site), key=lambda article: article.id, reverse=True)


def _neighbours(
    items: Sequence[SampleArticle],
) -> list[tuple[SampleArticle | None, SampleArticle, SampleArticle | None]]:
    padded = [None, *items, None]
    return list(zip(padded, items, padded[2:], strict=False))


def _others(items: Sequence[SampleArticle], one: SampleArticle) -> list[SampleArticle]:
    return [article for article in items if article is not one]


def _park(base: str) -> dict[str, Resource]:
    """A Z-BlogPHP site with the theme tpure: an advert stands in the container of the article."""
    items = _newest_first("park")
    pages: dict[str, Resource] = {}
    for first, pattern in (
        ("/", "/page_{}.html"),
        ("/index.php/category-1.html", "/index.php/category-1_{}.html"),
    ):
        batches = [list(batch) for batch in _batched(items, LIST_SIZE)]
        numbers = [(n, first if n == 1 else pattern.format(n)) for n in range(1, len(batches) + 1)]
        for (number, path), batch in zip(numbers, batches, strict=True):
            text = _fill(
                "park/list.html",
                "park",
                articles=batch,
                numbers=numbers,
                page=number,
                newest=items[:5],
            )
            pages[path] = Resource(text.encode())
    for after, article, before in _neighbours(items):
        text = _fill(
            "park/post.html",
            "park",
            base=base,
            article=article,
            before=before,
            after=after,
            related=_others(items, article)[:6],
            newest=items[:5],
        )
        pages[article.head.path] = Resource(text.encode())
    return pages


def _batched(items: Sequence[SampleArticle], size: int) -> list[tuple[SampleArticle, ...]]:
    rest = iter(items)
    return list(iter(lambda: tuple(itertools.islice(rest, size)), ()))


def _energy(_base: str) -> dict[str, Resource]:
    """An old portal: GBK declared as gb2312 in the page only, text in a table cell, bare <br>."""
    items = _newest_first("energy")
    front = _fill("energy/list.html", "energy", articles=items).encode("gbk")
    pages = {path: Resource(front, "text/html", compress=True) for path in ("/", "/news/")}
    for after, article, before in _neighbours(items):
        text = _fill(
            "energy/post.html",
            "energy",
            article=article,
            before=before,
            after=after,
            others=_others(items, article),
        )
        pages[article.head.path] = Resource(text.encode("gbk"), "text/html", compress=True)
    return pages


def _association(base: str) -> dict[str, Resource]:
    """An association's site, with a feed, a sitemap, a crawl delay and a page not to be fetched."""
    items = _newest_first("association")
    front = _fill("association/list.html", "association", articles=items, hidden=HIDDEN_PATH)
    rules = ["Crawl-delay: 1", "Disallow: /internal/"]
    feed = _fill("shared/feed.xml", "association", base=base, articles=items)
    sitemap = _fill("shared/sitemap.xml", "association", base=base, articles=items)
    pages = {
        "/robots.txt": _robots("association", rules, f"{base}/sitemap.xml"),
        "/": Resource(front.encode()),
        "/portal/list/index/id/3.html": Resource(front.encode()),
        "/feed.xml": Resource(feed.encode(), "application/rss+xml; charset=utf-8"),
        "/sitemap.xml": Resource(sitemap.encode(), "application/xml; charset=utf-8"),
        HIDDEN_PATH: Resource(_fill("association/hidden.html", "association").encode()),
    }
    for article in items:
        paths = paths_of(article)
        for number, (path, part) in enumerate(zip(paths, article.by_page, strict=True), 1):
            text = _fill(
                "association/post.html", "association", article=part, paths=paths, page=number
            )
            pages[path] = Resource(text.encode())
    return pages


def _mirror(_base: str) -> dict[str, Resource]:
    """A mirror in Traditional characters with notes on how to read them."""
    items = _newest_first("mirror")
    front = _fill("mirror/list.html", "mirror", articles=items)
    pages = {path: Resource(hant.annotate(front).encode()) for path in ("/", "/news/")}
    for article in items:
        text = _fill("mirror/post.html", "mirror", article=article, others=_others(items, article))
        pages[article.head.path] = Resource(hant.annotate(text).encode())
    return pages


def _epaper(_base: str) -> dict[str, Resource]:
    """A newspaper: several articles on a page, whose columns break in mid-sentence."""
    items = articles_of("epaper")
    page = [article for article in items if article.head.path.endswith(".html")]
    dump = [article for article in items if article.head.path.endswith(".txt")]
    return {
        "/": Resource(_fill("epaper/index.html", "epaper", editions=[page[0], dump[0]]).encode()),
        page[0].head.path: Resource(_fill("epaper/page.html", "epaper", articles=page).encode()),
        dump[0].head.path: Resource(
            _fill("epaper/dump.txt", "epaper", articles=dump).encode(),
            "text/plain; charset=utf-8",
        ),
    }


def _corner(base: str) -> dict[str, Resource]:
    """Pages that break something, and two that only look as if they did."""
    mislabelled, deep = articles_of("corner")
    fields = {"wrappers": 0, "nested": 0, "charset": "gb2312"}
    plain = _fill("corner/plain.html", "corner", article=mislabelled, **fields)
    fields = {"wrappers": 300, "nested": 20_000, "charset": "utf-8"}
    nested = _fill("corner/plain.html", "corner", article=deep, **fields)
    front = _fill(
        "corner/index.html", "corner", articles=[mislabelled, deep], broken=sorted(corner.NOTHING)
    )
    return {
        "/": Resource(front.encode()),
        "/missing.html": Resource(
            _fill("corner/missing.html", "corner", title="404 Not Found").encode(), status=404
        ),
        "/gone.html": Resource(_fill("corner/missing.html", "corner", title="页面不存在").encode()),
        "/app.html": Resource(_fill("corner/shell.html", "corner").encode()),
        "/static/app.js": Resource(b"// nothing\n", "text/javascript"),
        # The header claims UTF-8; the bytes are GBK, as the page itself says.
        mislabelled.head.path: Resource(plain.encode("gbk")),
        deep.head.path: Resource(nested.encode()),
        **corner.broken(base),
    }


_PAGES = {
    "park": _park,
    "energy": _energy,
    "association": _association,
    "mirror": _mirror,
    "epaper": _epaper,
    "corner": _corner,
}
