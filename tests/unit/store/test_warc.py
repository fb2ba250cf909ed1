"""Pages as WARC: what goes in comes out, other tools can read it, and damage is noticed."""

import gzip
import io
from datetime import UTC, datetime

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.messages import Page
from services.store.warc import DamagedError, KeptPage, pack, unpack

FETCHED = datetime(2026, 3, 1, 8, 30, 0, 250, tzinfo=UTC)
HTML = "<p>云溪高新区签约。</p>".encode("gb18030")


def kept(
    body: bytes = HTML, url: str = "http://news.example/1", headers: dict[str, str] | None = None
) -> KeptPage:
    page = Page(url, url, 200, headers or {}, body, FETCHED, "http://news.example/")
    return KeptPage(page, {"schema": "parkwire.page/1", "correlation_id": "7f"})


def test_what_is_packed_is_unpacked() -> None:
    pages = [
        kept(),
        kept(b""),
        kept(b"\x00\r\n\r\n\xff" * 5000, headers={"content-type": "text/html"}),
    ]
    assert list(unpack(pack(pages))) == pages


# What a message from anywhere may hold; text that is no Unicode never becomes a page.
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    url=_TEXT,
    status=st.integers(0, 999),
    headers=st.dictionaries(_TEXT, _TEXT, max_size=3),
    body=st.binary(max_size=300),
)
def test_no_page_is_too_strange(
    url: str, status: int, headers: dict[str, str], body: bytes
) -> None:
    strange = KeptPage(Page(url, url, status, headers, body, FETCHED, url), headers)
    plain = kept()
    assert list(unpack(pack([strange, plain]))) == [strange, plain]


def test_a_page_with_long_addresses_keeps_none_behind_it_from_being_read() -> None:
    pages = [kept(url="http://news.example/" + "云" * 300_000), kept()]
    assert list(unpack(pack(pages))) == pages


def test_no_header_moves_the_beginning_of_the_body() -> None:
    page = kept(headers={"a\r\n\r\nb": "x\r\n\r\ny"})
    assert list(unpack(pack([page]))) == [page]


def test_other_tools_find_the_response() -> None:
    file = pack(
        [kept(url="http://news.example/云 溪", headers={"content-type": "text/html"}), kept()]
    )
    record, _ = ArchiveIterator(io.BytesIO(file), verify_digests=True)
    assert record.record_type == WarcRecordType.response
    assert record.headers["WARC-Target-URI"] == "http://news.example/%E4%BA%91%20%E6%BA%AA"
    assert record.record_date == FETCHED
    assert record.http_headers.status_code == 200
    assert record.http_content_type == "text/html"


def test_a_record_of_another_tool_is_passed_over() -> None:
    other = WarcRecord()
    other.init_headers(WarcRecordType.response)
    other.headers["WARC-Target-URI"] = "http://other.example/"
    other.set_bytes_content(b"HTTP/1.1 200 OK\r\n\r\nother")
    written = io.BytesIO()
    other.write(written)
    assert list(unpack(gzip.compress(written.getvalue()) + pack([kept()]))) == [kept()]


@pytest.mark.parametrize(
    "bad", [b"", b"no WARC", gzip.compress(b"no WARC"), b"\x1f\x8b\x08nothing"]
)
def test_a_file_that_is_no_warc_is_named_damaged(bad: bytes) -> None:
    with pytest.raises(DamagedError):
        list(unpack(bad))


def test_a_file_that_was_compressed_anew_is_read_whole() -> None:
    pages = [kept(), kept(b"other")]
    assert list(unpack(gzip.compress(gzip.decompress(pack(pages))))) == pages


def test_bytes_that_were_changed_are_noticed() -> None:
    changed = gzip.decompress(pack([kept(b"12 billion")])).replace(b"12 billion", b"99 billion")
    with pytest.raises(DamagedError, match="is not what was written"):
        list(unpack(gzip.compress(changed)))


@pytest.mark.parametrize("at", [0.1, 0.5, 0.75, 0.95])
def test_what_stands_before_the_damage_is_read(at: float) -> None:
    pages = [kept(bytes(range(256)) * n) for n in range(1, 20)]
    whole = pack(pages)
    cut = int(len(whole) * at)
    for file in (whole[:cut], whole[:cut] + b"\x00\x01\x02" + whole[cut + 3 :]):
        read: list[KeptPage] = []
        with pytest.raises(DamagedError):
            read.extend(unpack(file))
        assert read == pages[: len(read)]
        assert len(read) >= int(at * 5)
