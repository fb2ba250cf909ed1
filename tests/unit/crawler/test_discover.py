from datetime import UTC, datetime

import pytest

from services.contracts.messages import Page, SourceKind
from services.crawler.discover import discover

PROSE = "示范园区今天举行项目集中签约仪式，共有十二个项目落户，总投资三十亿元。" * 20
ROWS = "".join(
    f"<li><a href='/n/{n}.html'>示范园区重点项目正式签约落户</a></li>" for n in range(10001, 10011)
)
LIST = f"<ul>{ROWS}</ul><a href='list_2.html'>下一页</a>"
ARTICLE = f"<div><p>{PROSE}</p></div>"


def page(
    body: str | bytes, url: str = "https://park.example/news/", kind: str = "text/html"
) -> Page:
    return Page(
        url="https://redirected.example/",
        final_url=url,
        status=200,
        headers={"content-type": kind},
        body=body if isinstance(body, bytes) else body.encode(),
        fetched_at=datetime(2024, 5, 1, tzinfo=UTC),
        source=url,
    )


def test_a_list_gives_links_and_is_not_passed_on() -> None:
    found = discover(page(LIST), "auto")
    assert not found.is_article
    assert len(found.links) == 11
    assert found.links[0].address == "https://park.example/n/10001.html"
    assert {link.kind for link in found.links if not link.is_list} == {"article"}
    assert [(link.address, link.kind) for link in found.links if link.is_list] == [
        ("https://park.example/news/list_2.html", "list")
    ]


def test_an_article_is_passed_on_and_its_links_are_left_alone() -> None:
    found = discover(page(ARTICLE + LIST, "https://park.example/n/20240501.html"), "auto")
    assert found.is_article
    assert found.links == ()


def test_in_doubt_both() -> None:
    found = discover(page(LIST, "https://park.example/n/20240501.html"), "auto")
    assert found.is_article
    assert found.links


def test_what_is_said_to_be_an_article_is_passed_on() -> None:
    found = discover(page(LIST), "article")
    assert found.is_article
    assert found.links == ()


@pytest.mark.parametrize("kind", ["list", "feed", "sitemap"])
def test_what_is_said_to_be_a_list_is_not_passed_on(kind: SourceKind) -> None:
    found = discover(page(ARTICLE + LIST, "https://park.example/n/20240501.html"), kind)
    assert not found.is_article
    assert len(found.links) == 11


def test_a_list_that_is_in_truth_an_article_is_not_lost() -> None:
    assert discover(page(ARTICLE), "list").is_article
    assert discover(page(""), "list").is_article


@pytest.mark.parametrize("kind", ["auto", "list", "feed", "sitemap", "article"])
def test_an_empty_page_is_passed_on(kind: SourceKind) -> None:
    assert discover(page(b""), kind).is_article


@pytest.mark.parametrize("kind", ["auto", "list", "article"])
def test_plain_text_is_an_article(kind: SourceKind) -> None:
    found = discover(page(LIST, kind="text/plain; charset=utf-8"), kind)
    assert found.is_article
    assert found.links == ()


FEED = (
    "<rss><item><link>/1#a</link></item><item><link>https://other.example/2</link></item>"
    "<item><link>javascript:x</link></item><item><link>/1</link></item></rss>"
)


@pytest.mark.parametrize("kind", ["auto", "list", "feed", "sitemap"])
def test_a_feed_is_a_feed_whatever_it_was_said_to_be(kind: SourceKind) -> None:
    found = discover(page(FEED, "https://park.example/rss", "application/rss+xml"), kind)
    assert not found.is_article
    assert [(link.address, link.kind) for link in found.links] == [
        ("https://park.example/1", "article"),
        ("https://other.example/2", "article"),
    ]


def test_a_sitemap_speaks_for_its_own_site_only() -> None:
    body = (
        "<urlset><url><loc>https://park.example/1</loc></url>"
        "<url><loc>https://other.example/2</loc></url></urlset>"
    )
    (link,) = discover(page(body, "https://www.park.example/sitemap.xml"), "auto").links
    assert (link.address, link.kind, link.is_list) == ("https://park.example/1", "auto", False)


def test_a_sitemap_index_leads_to_sitemaps() -> None:
    body = "<sitemapindex><sitemap><loc>https://park.example/a.xml</loc></sitemap></sitemapindex>"
    (link,) = discover(page(body), "auto").links
    assert (link.kind, link.is_list) == ("sitemap", True)


def test_a_paged_feed_leads_on() -> None:
    body = "<feed><link rel='next' href='/feed?page=2'/><entry><link href='/1'/></entry></feed>"
    found = discover(page(body), "auto")
    assert [(link.address, link.kind, link.is_list) for link in found.links] == [
        ("https://park.example/1", "article", False),
        ("https://park.example/feed?page=2", "feed", True),
    ]


def test_a_bound_on_the_links() -> None:
    assert len(discover(page(LIST), "auto", most=3).links) == 3


def test_a_page_in_gb18030() -> None:
    body = f"<meta charset=gb2312>{LIST}".encode("gb18030")
    assert len(discover(page(body), "auto").links) == 11
