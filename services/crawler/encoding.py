"""Undoing Content-Encoding (RFC 9110 section 8.4) with a bound on what comes out.

A few hundred bytes can stand for hundreds of megabytes, so no decoder is ever asked for more than
the limit and one byte.
"""

import zlib
from typing import Final

import brotli
import cramjam

ACCEPT_ENCODING: Final = "gzip, deflate, br, zstd"
GZIP_MAGIC: Final = b"\x1f\x8b"

_MOST_CODINGS = 3


class TooLargeError(ValueError):
    """The decoded body is larger than the limit."""


class TruncatedError(ValueError):
    """The encoded body ends before its end."""


class BadEncodingError(ValueError):
    """The body is not in the coding that it is said to be in, or nobody knows the coding."""


def decode(body: bytes, content_encoding: str, limit: int) -> bytes:
    """Return `body` with every coding of the header `content_encoding` undone.

    Raises:
        TooLargeError: more than `limit` bytes come out.
        TruncatedError: the body is cut off.
        BadEncodingError: the coding is unknown or the bytes are corrupt.
    """
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in codings if coding not in {"", "identity"}]
    if len(codings) > _MOST_CODINGS:
        raise BadEncodingError(f"{len(codings)} codings one over the other")
    for coding in reversed(codings):
        if body:
            body = _undo(body, coding, limit)
    if len(body) > limit:
        raise TooLargeError(f"more than {limit} bytes")
    return body


def _undo(body: bytes, coding: str, limit: int) -> bytes:
    match coding:
        case "gzip" | "x-gzip":
            # Servers that label a plain body as gzip exist; the magic number tells.
            return gunzip(body, limit) if body.startswith(GZIP_MAGIC) else body
        case "deflate":
            return _inflate(body, limit)
        case "br":
            return _unbrotli(body, limit)
        case "zstd":
            return _unzstd(body, limit)
        case _:
            raise BadEncodingError(f"unknown coding {coding[:40]!r}")


def gunzip(body: bytes, limit: int) -> bytes:
    """Return the members of the gzip file `body` (RFC 1952), joined; raises as `decode`.

    What follows the last member and is none is ignored, as gzip does.
    """
    parts: list[bytes] = []
    room = limit + 1
    while body.startswith(GZIP_MAGIC):
        part, body = _zlib(body, 16 + zlib.MAX_WBITS, room)
        parts.append(part)
        room -= len(part)
        if room <= 0:
            raise TooLargeError(f"more than {limit} bytes")
    return b"".join(parts)


def _inflate(body: bytes, limit: int) -> bytes:
    try:
        decoded, _ = _zlib(body, zlib.MAX_WBITS, limit + 1)
    except BadEncodingError:
        # "deflate" means the zlib format, but some servers send the bare stream.
        decoded, _ = _zlib(body, -zlib.MAX_WBITS, limit + 1)
    if len(decoded) > limit:
        raise TooLargeError(f"more than {limit} bytes")
    return decoded


def _zlib(body: bytes, window: int, room: int) -> tuple[bytes, bytes]:
    """Return at most `room` decoded bytes of one stream, and what follows the stream."""
    decoder = zlib.decompressobj(window)
    try:
        decoded = decoder.decompress(body, room)
    except zlib.error as error:
        raise BadEncodingError(str(error)) from error
    if not decoder.eof and len(decoded) < room:
        raise TruncatedError("the compressed body is cut off")
    return decoded, decoder.unused_data


def _unbrotli(body: bytes, limit: int) -> bytes:
    decoder = brotli.Decompressor()
    try:
        parts = [decoder.process(body, output_buffer_limit=limit + 1)]
        room = limit - len(parts[0])
        while room >= 0 and not decoder.is_finished():
            part = decoder.process(b"", output_buffer_limit=room + 1)
            if not part:
                raise TruncatedError("the compressed body is cut off")
            parts.append(part)
            room -= len(part)
    except brotli.error as error:
        raise BadEncodingError(str(error)) from error
    if room < 0:
        raise TooLargeError(f"more than {limit} bytes")
    return b"".join(parts)


def _unzstd(body: bytes, limit: int) -> bytes:
    buffer = bytearray(limit + 1)
    try:
        size = cramjam.zstd.decompress_into(body, buffer)
    except cramjam.DecompressionError as error:
        # The library has one exception for all; its words are pinned by the tests.
        words = str(error)
        if "whole buffer" in words:
            raise TooLargeError(f"more than {limit} bytes") from error
        if "incomplete" in words:
            raise TruncatedError("the compressed body is cut off") from error
        raise BadEncodingError(words) from error
    if size > limit:
        raise TooLargeError(f"more than {limit} bytes")
    return bytes(memoryview(buffer)[:size])
