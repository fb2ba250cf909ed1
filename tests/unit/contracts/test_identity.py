import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.identity import article_id, canonical_url, content_hash, site


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://News.Example:80/a#top", "http://news.example/a"),
        ("https://news.example:443", "https://news.example/"),
        ("http://news.example:8080/a", "http://news.example:8080/a"),
        ("http://news.example/?b=2&a=1&utm_source=wx", "http://news.example/?a=1&b=2"),
        ("http://news.example/园区", "http://news.example/%E5%9B%AD%E5%8C%BA"),
        ("http://news.example/%e5%9b%ad%e5%8c%ba", "http://news.example/%E5%9B%AD%E5%8C%BA"),
        (" http://news.example/a b ", "http://news.example/a%20b"),
        ("http://新闻.example/", "http://xn--efvy88h.example/"),
    ],
)
def test_one_spelling(url: str, expected: str) -> None:
    assert canonical_url(url) == expected
    assert canonical_url(expected) == expected


@pytest.mark.parametrize(
    "url",
    ["", "news.example", "ftp://news.example/", "javascript:alert(1)", "http://", "http:///a",
     "http://[::1", "http://news.example:99999/", "file:///etc/passwd", "http://exa mple/",
     "http://news..example/", "http://.example/"],
)  # fmt: skip
def test_what_is_no_http_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical_url(url)


@given(st.text(max_size=60))
def test_any_text_is_an_url_or_a_value_error(text: str) -> None:
    for url in (text, f"http://{text}", f"http://news.example/{text}"):
        with contextlib.suppress(ValueError):
            assert canonical_url(canonical_url(url)) == canonical_url(url)


def test_ids_are_of_page_and_position() -> None:
    first = article_id("http://news.example/a", 0)
    assert first == article_id("http://news.example/a", 0)
    assert first != article_id("http://news.example/a", 1)
    assert site("http://News.Example:8080/a") == "news.example"
    assert content_hash("园区\ud800") != content_hash("园区")
