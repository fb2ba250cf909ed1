# ruff: noqa: E501 -- a table
"""Every message that a stage must live with, and good ones to send beside them."""

from datetime import UTC, datetime

from hostile import hostile
from outcomes import NO_ARTICLE, Bad

from services.contracts.codec import ARTICLE, FACTS, PAGE
from services.contracts.messages import Article, Facts, Page
from services.contracts.topics import ARTICLES, PAGES, SOURCES
from services.contracts.topics import FACTS as FACTS_TOPIC

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def page(url: str, body: bytes, content_type: str = "text/html") -> bytes:
    return PAGE.encode(Page(url, url, 200, {"content-type": content_type}, body, NOW, url))


def article(text: str) -> Article:
    url = "http://bad.example/article"
    return Article(
        "5f1e3a52-57f0-5b9b-b0d5-0d9b1f6a7c11", url, url, "bad.example", 0, "标题", None, None,
        None, None, (text,), text, "hans", NOW, "00" * 32, "00" * 8,
    )  # fmt: skip


NEWS = "<p>云杉新材料有限公司与临湖高新区签约,总投资12亿元建设铝箔项目,占地200亩。</p>"
BAD = hostile() | {
    "no URL": Bad(SOURCES.name, b"not a url", "invalid"),
    "another scheme": Bad(SOURCES.name, b"ftp://files.example/list", "invalid"),
    "a file": Bad(SOURCES.name, b"file:///etc/passwd", "invalid"),
    "no JSON": Bad(SOURCES.name, b'{"url": ', "undecodable"),
    "JSON of another shape": Bad(SOURCES.name, b'{"link": "http://a.example"}', "undecodable"),
    "an empty source": Bad(SOURCES.name, b"", "undecodable"),
    "no value at all": Bad(SOURCES.name, None, "undecodable"),
    "a source of a later version": Bad(
        SOURCES.name, b'{"url": "http://a.example"}', "unknown_schema", "parkwire.source/2"
    ),
    "a host that is not": Bad(SOURCES.name, b"http://no-such-host.invalid/", "unfetchable"),
    "an address that is not public": Bad(SOURCES.name, b"http://10.0.0.9/", "unfetchable"),
    "a page of a later version": Bad(PAGES.name, page("http://a.example", b""), "unknown_schema", "parkwire.page/7"),
    "a page that is none": Bad(PAGES.name, b"\x93\x01\x02", "undecodable"),
    "a page of 0 bytes": Bad(PAGES.name, page("http://bad.example/0", b""), NO_ARTICLE),
    "a picture": Bad(PAGES.name, page("http://bad.example/1", b"\x89PNG\r\n\x1a\n" + bytes(5000), "image/png"), NO_ARTICLE),
    "a picture that calls itself HTML": Bad(PAGES.name, page("http://bad.example/2", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40), NO_ARTICLE),
    "a page without text": Bad(PAGES.name, page("http://bad.example/3", b"<html><body><div></div>"), NO_ARTICLE),
    "a page nested 100,000 deep": Bad(PAGES.name, page("http://bad.example/4", b"<div>" * 100_000), NO_ARTICLE),
    "a page of a URL that is none": Bad(PAGES.name, page("javascript:alert(1)", NEWS.encode()), NO_ARTICLE),
    "an article that is none": Bad(ARTICLES.name, b"[]", "undecodable"),
    "facts that no row can hold": Bad(FACTS_TOPIC.name, FACTS.encode(Facts(article("NUL\0"))), "unstorable"),
    "facts of a broken id": Bad(FACTS_TOPIC.name, FACTS.encode(Facts(article("x"))).replace(b"5f1e3a52-", b"no-uuid-"), "unstorable"),
}  # fmt: skip

GOOD = {
    "an article without text": (ARTICLES.name, ARTICLE.encode(article(""))),
    "headers that are no text": (PAGES.name, page("http://good.example/1", f"<h1>云杉落户临湖</h1>{NEWS * 3}".encode())),
    "a charset that lies": (PAGES.name, page("http://good.example/2", f"<meta charset=utf-8><h1>云杉落户临湖</h1>{NEWS * 3}".encode("gb18030"), "text/html; charset=utf-8")),
}  # fmt: skip
