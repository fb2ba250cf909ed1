"""Pages as WARC 1.1 records (ISO 28500:2017), which every tool for web archives reads.

A page is one `response`. Its body was decompressed when it was fetched, and only a few of its
headers were kept: what the line was told of it stands in a field of its own, `Parkwire-Message`.
Each record is a gzip member of its own, as the standard advises.
"""

import gzip
import io
import json
import zlib
from base64 import b32encode
from collections.abc import Iterable, Iterator
from hashlib import sha1
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import msgspec
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType
from msgspec import Struct

from services.contracts.messages import Page

_MESSAGE: Final = "Parkwire-Message"
_LEVEL: Final = 6
_END_OF_FIELDS: Final = b"\r\n\r\n"
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}
_GZIP: Final = zlib.MAX_WBITS | 16
"""What `zlib` calls a gzip member."""


class DamagedError(ValueError):
    """A file is no WARC, or is cut off, or its bytes are not those that were written."""


class KeptPage(Struct, frozen=True):
    """A page, and the headers of the message that it came in."""

    page: Page
    headers: dict[str, str]


def pack(pages: Iterable[KeptPage]) -> bytes:
    """Return a WARC file of `pages`, compressed."""
    return b"".join(gzip.compress(_record(kept), _LEVEL, mtime=0) for kept in pages)


def unpack(file: bytes) -> Iterator[KeptPage]:
    """Yield the pages of a WARC file that `pack` has made; records of others are passed over.

    Raises:
        DamagedError: from the first record on that cannot be read.
    """
    if not file:
        raise DamagedError("empty")
    for member in _members(file):
        try:
            # A URL may be of any length, and stands in the fields several times.
            records = ArchiveIterator(
                io.BytesIO(member), parse_http=False, max_header_len=len(member)
            )
            for record in records:
                told = record.headers.get(_MESSAGE)
                if told is None:
                    continue
                content = record.reader.read()
                if record.headers.get("WARC-Block-Digest") != _digest(content):
                    raise DamagedError(f"record {record.record_id} is not what was written")
                kept = msgspec.json.decode(told, type=KeptPage)
                _, _, body = content.partition(_END_OF_FIELDS)
                yield KeptPage(msgspec.structs.replace(kept.page, body=body), kept.headers)
        except (OSError, msgspec.DecodeError) as error:
            raise DamagedError(f"no WARC record: {error}") from error


def _members(file: bytes) -> Iterator[bytes]:
    """Yield the contents of the gzip members of `file`, each with its checksum checked."""
    while file:
        member = zlib.decompressobj(_GZIP)
        try:
            content = member.decompress(file)
        except zlib.error as error:
            raise DamagedError(f"not compressed, or damaged: {error}") from error
        if not member.eof:
            raise DamagedError("cut off")
        yield content
        file = member.unused_data


def _record(kept: KeptPage) -> bytes:
    page = kept.page
    without_body = KeptPage(msgspec.structs.replace(page, body=b""), kept.headers)
    record = WarcRecord()
    record.init_headers(WarcRecordType.response)
    fields = {
        "WARC-Target-URI": quote(page.final_url, safe="%/:=&?~#+!$,;'@()*[]"),
        "WARC-Date": page.fetched_at.isoformat().replace("+00:00", "Z"),
        "Content-Type": "application/http;msgtype=response",
        # In ASCII, on one line.
        _MESSAGE: json.dumps(msgspec.to_builtins(without_body)),
    }
    for name, value in fields.items():
        record.headers[name] = value
    content = _http(page) + page.body
    record.headers["WARC-Block-Digest"] = _digest(content)
    record.set_bytes_content(content)
    written = io.BytesIO()
    record.write(written)
    return written.getvalue()


def _digest(content: bytes) -> str:
    return "sha1:" + b32encode(sha1(content, usedforsecurity=False).digest()).decode()


def _http(page: Page) -> bytes:
    fields = [f"{_on_a_line(name)}: {_on_a_line(value)}" for name, value in page.headers.items()]
    lines = [f"HTTP/1.1 {page.status} {_PHRASES.get(page.status, '')}", *fields]
    return "\r\n".join(lines).encode("utf-8", "replace") + _END_OF_FIELDS


def _on_a_line(text: str) -> str:
    return " ".join(text.split())
