import gzip
import zlib
from collections.abc import Callable

import brotli
import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.encoding import (
    BadEncodingError,
    TooLargeError,
    TruncatedError,
    decode,
    gunzip,
)

TEXT = "园区签约项目十二个，总投资三十亿元。".encode() * 50
LIMIT = 10_000


def bare_deflate(data: bytes) -> bytes:
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return encoder.compress(data) + encoder.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": lambda data: bytes(cramjam.zstd.compress(data)),
}


@pytest.mark.parametrize("coding", ENCODERS)
@given(data=st.binary(max_size=LIMIT))
def test_every_coding_is_undone(coding: str, data: bytes) -> None:
    assert decode(ENCODERS[coding](data), coding, LIMIT) == data


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_body_of_exactly_the_limit_passes_and_one_more_byte_does_not(coding: str) -> None:
    assert len(decode(ENCODERS[coding](bytes(LIMIT)), coding, LIMIT)) == LIMIT
    with pytest.raises(TooLargeError):
        decode(ENCODERS[coding](bytes(LIMIT + 1)), coding, LIMIT)


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_bomb_is_refused(coding: str) -> None:
    with pytest.raises(TooLargeError):
        decode(ENCODERS[coding](bytes(64 * 1024 * 1024)), coding, LIMIT)


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_body_that_is_cut_off(coding: str) -> None:
    with pytest.raises(TruncatedError):
        decode(ENCODERS[coding](TEXT)[:-9], coding, LIMIT)


@pytest.mark.parametrize("coding", ["deflate", "br", "zstd"])
def test_a_body_that_is_corrupt(coding: str) -> None:
    with pytest.raises((BadEncodingError, TruncatedError)):
        decode(b"\xff" * 100, coding, LIMIT)


def test_a_gzip_body_that_is_corrupt() -> None:
    with pytest.raises(BadEncodingError):
        decode(gzip.compress(TEXT)[:10] + b"\xff" * 100, "gzip", LIMIT)


@pytest.mark.parametrize("coding", ["", "identity", " , identity"])
def test_a_body_as_it_is(coding: str) -> None:
    assert decode(TEXT, coding, LIMIT) == TEXT


def test_a_plain_body_beyond_the_limit() -> None:
    with pytest.raises(TooLargeError):
        decode(bytes(LIMIT + 1), "", LIMIT)


def test_a_plain_body_that_is_labelled_gzip() -> None:
    assert decode(TEXT, "gzip", LIMIT) == TEXT


def test_deflate_without_its_wrapping() -> None:
    assert decode(bare_deflate(TEXT), "deflate", LIMIT) == TEXT


def test_codings_one_over_the_other_are_undone_in_reverse() -> None:
    assert decode(brotli.compress(gzip.compress(TEXT)), "gzip, BR", LIMIT) == TEXT


def test_too_many_codings() -> None:
    with pytest.raises(BadEncodingError):
        decode(TEXT, ", ".join(["gzip"] * 4), LIMIT)


def test_an_unknown_coding() -> None:
    with pytest.raises(BadEncodingError):
        decode(TEXT, "compress", LIMIT)


@pytest.mark.parametrize("coding", ENCODERS)
def test_nothing_at_all(coding: str) -> None:
    assert decode(b"", coding, LIMIT) == b""


def test_gzip_members_are_joined_and_what_follows_is_ignored() -> None:
    assert gunzip(gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0", LIMIT) == b"ab"
