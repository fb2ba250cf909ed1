import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.codec import ARTICLE, PAGE, SOURCE, UndecodableError, UnknownSchemaError
from services.contracts.messages import Source


@pytest.mark.parametrize(
    "value",
    [
        b"http://news.example/a",
        b"  http://news.example/a\r\n",
        b'{"url": "http://news.example/a"}',
        b'{"url": "http://news.example/a", "a_later_field": [1]}',
    ],
)
def test_a_source_may_be_a_bare_url_or_json(value: bytes) -> None:
    assert SOURCE.decode(value, {}) == Source("http://news.example/a")


@pytest.mark.parametrize(
    "value",
    [None, b"", b"{", b'{"uri": "x"}', b'{"url": 1}', b"\xff\xfe", b'{"url":"x","kind":"?"}'],
)
def test_what_is_no_source_is_undecodable(value: bytes | None) -> None:
    with pytest.raises(UndecodableError):
        SOURCE.decode(value, {})


@pytest.mark.parametrize(
    "schema",
    ["parkwire.page/2", "parkwire.page/0", "parkwire.page/x", "parkwire.article/1", "", "x"],
)
def test_another_schema_or_a_newer_version_is_unknown(schema: str) -> None:
    with pytest.raises(UnknownSchemaError):
        PAGE.decode(b"whatever", {"schema": schema})


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(value: bytes) -> None:
    for schema in (SOURCE, PAGE, ARTICLE):
        with contextlib.suppress(UndecodableError):
            schema.decode(value, {})


def test_deep_nesting_is_undecodable() -> None:
    with pytest.raises(UndecodableError):
        ARTICLE.decode(b'{"x":' + b"[" * 100_000, {})
