import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.feeds import read, text_of, xml_kind

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>园区动态</title><link>https://park.example/</link>
<atom:link href="https://park.example/feed" rel="self"/>
<atom:link href="https://park.example/feed?page=2" rel="next"/>
<item><title>一</title><link>https://park.example/1</link>
 <pubDate>Wed, 01 May 2024 08:00:00 +0800</pubDate></item>
<item><title>二</title><link><![CDATA[https://park.example/2?a=1&b=2]]></link></item>
<item><guid>https://park.example/3</guid></item>
<item><guid isPermaLink="false">tag:4</guid></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://park.example/"/>
<entry><link rel="edit" href="/edit/1"/><link href="/1"/>
 <published>2024-05-01T00:00:00Z</published><updated>2024-05-02T00:00:00Z</updated></entry>
<entry><link rel="alternate" href="/2"/></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><link>https://park.example/</link></channel>
<item><link>https://park.example/1</link><dc:date>2024-05-01T08:00:00+08:00</dc:date></item>
</rdf:RDF>"""

SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://park.example/1 </loc><lastmod>2024-05-01T00:00:00+00:00</lastmod>
 <image:image><image:loc>https://park.example/1.jpg</image:loc></image:image></url>
<url><loc>https://park.example/2</loc><lastmod>2024-05-01</lastmod></url></urlset>"""

INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://park.example/a.xml.gz</loc></sitemap></sitemapindex>"""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (RSS, "feed"),
        (ATOM, "feed"),
        (RDF, "feed"),
        (SITEMAP, "sitemap"),
        (INDEX, "sitemap"),
        ("\ufeff<?xml version='1.0'?><?xml-stylesheet href='a'?><!-- x --><rss>", "feed"),
        ("<!DOCTYPE rss PUBLIC 'x' 'y'><rss>", "feed"),
        ("<html><body><rss>", None),
        ("<!doctype html><html>", None),
        ("<feedback>", None),
        ("plain", None),
        ("", None),
    ],
)
def test_what_a_document_is(text: str, kind: str | None) -> None:
    assert xml_kind(text) == kind


def test_rss() -> None:
    document = read(RSS, "feed", 100)
    assert [entry.address for entry in document.entries] == [
        "https://park.example/1",
        "https://park.example/2?a=1&b=2",
        "https://park.example/3",
    ]
    assert document.entries[0].modified == datetime(
        2024, 5, 1, 8, tzinfo=timezone(timedelta(hours=8))
    )
    assert document.next_page == "https://park.example/feed?page=2"


def test_atom() -> None:
    entries = read(ATOM, "feed", 100).entries
    assert [entry.address for entry in entries] == ["/1", "/2"]
    assert entries[0].modified == datetime(2024, 5, 2, tzinfo=UTC)


def test_rss_1() -> None:
    (entry,) = read(RDF, "feed", 100).entries
    assert entry.address == "https://park.example/1"
    assert entry.modified == datetime(2024, 5, 1, tzinfo=UTC)


def test_a_sitemap() -> None:
    entries = read(SITEMAP, "sitemap", 100).entries
    assert [entry.address for entry in entries] == [
        "https://park.example/1",
        "https://park.example/2",
    ]
    assert entries[0].modified == datetime(2024, 5, 1, tzinfo=UTC)
    assert entries[1].modified is None  # a date without a zone is not compared
    assert not entries[0].is_sitemap


def test_a_sitemap_index() -> None:
    (entry,) = read(INDEX, "sitemap", 100).entries
    assert entry.is_sitemap


def test_no_more_entries_than_asked_for() -> None:
    assert len(read(RSS, "feed", 2).entries) == 2


@pytest.mark.parametrize(
    ("bare", "address"),
    [
        ("https://a.example/?a=1&b=2", "https://a.example/?a=1&b=2"),
        ("https://a.example/?a=1&amp;b=2", "https://a.example/?a=1&b=2"),
        ("https://a.example/x&nbsp;y", "https://a.example/x\xa0y"),
        ("https://a.example/&unknown;", "https://a.example/&unknown;"),
        ("https://a.example/\x08", "https://a.example/"),
    ],
)
def test_what_is_not_quite_xml(bare: str, address: str) -> None:
    text = f"<rss><channel><item><link>{bare}</link></item></channel></rss>"
    assert [entry.address for entry in read(text, "feed", 9).entries] == [address]


def test_what_stands_before_a_fault_is_kept() -> None:
    text = "<rss><item><link>https://a.example/1</link></item><item></wrong>"
    assert [entry.address for entry in read(text, "feed", 9).entries] == ["https://a.example/1"]


def test_a_feed_in_gb2312() -> None:
    text = (
        "<?xml version='1.0' encoding='gb2312'?>"
        "<rss><item><title>开发区</title><link>/开发区</link></item></rss>"
    )
    decoded = text_of(text.encode("gb18030"), "text/xml")
    assert [entry.address for entry in read(decoded, "feed", 9).entries] == ["/开发区"]


def test_a_page_without_a_declared_encoding() -> None:
    assert text_of("<p>高新技术产业开发区".encode("gb18030"), "") == "<p>高新技术产业开发区"
    assert text_of("<p>高新技术产业开发区".encode(), "text/html") == "<p>高新技术产业开发区"


def test_a_long_utf8_page_is_not_taken_for_another_at_the_cut() -> None:
    for shift in range(4):
        page = " " * shift + "园" * 200_000
        assert text_of(page.encode(), "") == page


def test_entities_are_refused() -> None:
    laughs = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
    )
    text = f"<!DOCTYPE rss [{laughs}]><rss><item><link>&l9;</link></item></rss>"
    started = time.monotonic()
    assert read(text, "feed", 9).entries == []
    assert time.monotonic() - started < 1


def test_external_entities_are_refused() -> None:
    text = (
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        "<rss><item><link>/&x;</link></item></rss>"
    )
    assert read(text, "feed", 9).entries == []


@given(st.text())
def test_nothing_breaks_the_reader(text: str) -> None:
    read(f"<rss>{text}", "feed", 9)
    read(text, "sitemap", 9)
    xml_kind(text)


@given(st.binary())
def test_nothing_breaks_the_decoder(body: bytes) -> None:
    assert isinstance(text_of(body, ""), str)


@pytest.mark.parametrize(
    "text",
    [
        "<rss>" + "<a>" * 200_000,
        "<rss>" + "&" * 1_000_000,
        "<?xml " * 100_000,
        "<!--" * 200_000,
        "<!-- -->" * 1000 + "x",
        "<?x?>" * 1000 + "x",
        "<rss>" + "<![CDATA[" * 500_000,
        "<rss><item><link><![CDATA[" + "]]><![CDATA[" * 300_000,
        "<rss><item><link>" + "x&amp;" * 300_000 + "</link></item></rss>",
    ],
)
def test_hostile_documents_take_no_long_time(text: str) -> None:
    started = time.monotonic()
    xml_kind(text)
    read(text, "feed", 9)
    assert time.monotonic() - started < 10
