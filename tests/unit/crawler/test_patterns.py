"""What is learnt of a host's URLs."""

import pytest

from services.crawler.lists import read
from services.crawler.patterns import Patterns, Seen, is_telling, shape

ARTICLE = shape("http://a.example/c/2024/1.html")


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        (Seen(), "unclear"),
        (Seen(articles=2), "unclear"),
        (Seen(articles=3), "article"),
        (Seen(articles=7, lists=2), "unclear"),
        (Seen(articles=8, lists=2), "article"),
        (Seen(lists=3), "list"),
        (Seen(articles=1, lists=3), "unclear"),
        (Seen(articles=1, lists=4), "list"),
    ],
)
def test_a_shape_counts_once_it_is_clear(counts: Seen, verdict: str) -> None:
    assert Patterns({ARTICLE: counts}).verdict(ARTICLE) == verdict


@pytest.mark.parametrize(
    ("counts", "suffice"),
    [
        (Seen(articles=2), False),
        (Seen(articles=3), True),
        (Seen(articles=3, lists=2), False),
        (Seen(articles=3, lists=3), True),
    ],
)
def test_what_is_clear_or_never_will_be_need_not_be_looked_at(counts: Seen, suffice: bool) -> None:
    assert Patterns({ARTICLE: counts}).suffice("http://a.example/c/2023/77.html") is suffice


def test_a_page_that_is_one_of_its_kind_tells_nothing() -> None:
    assert Patterns().suffice("http://a.example/about.html")


@pytest.mark.parametrize(
    ("url", "telling"),
    [
        ("http://a.example/c/2024/1.html", True),
        ("http://a.example/c?id=9", True),
        ("http://a.example/3f2a9b7c1d0e", True),
        ("http://a.example/news/", False),
        ("http://a1.example/about.html", False),
        ("http://a.example:8080/about.html", False),
    ],
)
def test_a_shape_that_one_page_alone_has_tells_nothing(url: str, telling: bool) -> None:
    assert is_telling(shape(url)) is telling


LIST = "<a href='/c/2024/5.html'>快讯</a><a href='/s/12.html'>招商引资政策与服务指南汇编专栏</a>"


def test_a_link_whose_shape_is_known_needs_no_title() -> None:
    patterns = Patterns({ARTICLE: Seen(articles=5)})
    found = read(LIST, "http://a.example/c/", patterns)
    assert [link.address for link in found.links] == ["http://a.example/c/2024/5.html"]
    assert read(LIST, "http://a.example/c/").links == ()


def test_a_link_that_is_known_to_lead_to_lists_is_no_article() -> None:
    rows = "".join(f"<a href='/s/{n}.html'>招商引资政策与服务指南汇编专栏{n}</a>" for n in range(5))
    lists = Patterns({shape("http://a.example/s/1.html"): Seen(lists=5)})
    assert len(read(rows, "http://a.example/c/").links) == 5
    assert read(rows, "http://a.example/c/", lists).links == ()


def test_a_page_that_is_unclear_by_itself_is_what_its_like_are() -> None:
    html, url = "<p>简讯一则。</p>", "http://a.example/c/2024/9.html"
    found = read(html, url, Patterns({ARTICLE: Seen(articles=9)}))
    assert (found.verdict, found.evidence) == ("article", "unclear")
    assert read(html, url).verdict == "unclear"
