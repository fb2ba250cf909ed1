"""Bytes to text: which character encoding a page is in, whatever it says about itself.

The order follows the WHATWG encoding sniffing algorithm (BOM, transport, `meta`), but no label is
believed unread: Chinese pages often declare one encoding and send another. GB2312 and GBK are read
as GB18030, their superset.
"""

import codecs
import math
import re
from typing import Final, NamedTuple

import numpy as np
from resiliparse.parse.encoding import detect_encoding

MAX_BYTES: Final = 8 * 1024 * 1024
"""What lies beyond is not read: no article is so long, and a parser needs many times the size."""

_SNIFF_BYTES: Final = 4096
_DETECT_BYTES: Final = 128 * 1024

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_HEADER_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_ALIASES: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "hz": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cp950": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "iso-8859-1": "utf-8",
    "latin-1": "utf-8",
    "latin1": "utf-8",
    "windows-1252": "utf-8",
    "utf8": "utf-8",
}
# Encodings that Chinese pages are sent in; a label that names another is a mistake.
_READABLE: Final = frozenset({"utf-8", "gb18030", "big5hkscs"})
_CONTROL_BYTES: Final = bytes({*range(32), 0x7F} - {*b"\t\n\f\r"})
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]+")
# Signatures of formats that are no text whatever their content type says.
_BINARY: Final = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"Rar!",
    b"\xd0\xcf\x11\xe0",
    b"\x7fELF",
    b"RIFF",
    b"wOFF",
    b"\x00\x00\x00\x18ftyp",
    b"\x00\x00\x00\x20ftyp",
)


def is_binary(body: bytes) -> bool:
    """Whether `body` is a picture, archive, document or the like rather than text."""
    if body.startswith(_BINARY):
        return True
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    head = body[:_SNIFF_BYTES]
    controls = len(head) - len(head.translate(None, _CONTROL_BYTES))
    return controls > len(head) // 50


class Decoded(NamedTuple):
    """A page's text, and the encoding that it was read in (one of Python's names)."""

    text: str
    charset: str
    utf8: bytes | None = None
    """The same in UTF-8, where the page was sent so."""


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Return the text of `body`, without control characters.

    Every byte sequence has an answer: what no encoding explains becomes U+FFFD.
    """
    body = body[:MAX_BYTES]
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            text = body[len(bom) :].decode(encoding, "replace")
            return Decoded(_CONTROLS.sub("", text), encoding)
    # In every other encoding that is read, these bytes are themselves and never half a character.
    return _decode_without_bom(_printable(body), content_type)


def _printable(body: bytes) -> bytes:
    """Return `body` without control characters; to look for them takes less than a copy."""
    codes = np.frombuffer(body, np.uint8)
    # Below HT, from SO to US, VT and DEL: of what is left, HT, LF, FF and CR are white space.
    if np.any(codes < 0x09) or np.any(codes - 0x0E < 0x12) or b"\v" in body or b"\x7f" in body:
        return body.translate(None, _CONTROL_BYTES)
    return body


def _decode_without_bom(body: bytes, content_type: str) -> Decoded:
    # Strict UTF-8 has enough structure that other encodings of Chinese never pass as it.
    try:
        return Decoded(body.decode("utf-8"), "utf-8", body)
    except UnicodeDecodeError as error:
        cut = error.start >= len(body) - 4
        if cut:
            return Decoded(body[: error.start].decode("utf-8"), "utf-8")
    best = Decoded("", "")
    fewest = math.inf
    for encoding in _encodings(body, content_type):
        text = body.decode(encoding, "replace")
        faults = text.count("�") / max(1, len(text))
        if faults < fewest:
            best, fewest = Decoded(text, encoding), faults
        if faults == 0:
            break
    return best


def _encodings(body: bytes, content_type: str) -> list[str]:
    """Return the encodings to try: those declared, the one detected first if they disagree."""
    declared: list[str] = []
    if match := _HEADER_CHARSET.search(content_type):
        declared.append(match[1])
    if found := _CHARSET.search(body[:_SNIFF_BYTES]):
        declared.append(found[1].decode("ascii", "replace"))
    names = [name for label in declared if (name := _python_name(label))]
    detected = _python_name(detect_encoding(body[:_DETECT_BYTES]) or "")
    if detected and detected not in names:
        # GB18030 and Big5 overlap: nearly any bytes decode as either, so statistics decide.
        names.insert(0, detected)
    return list(dict.fromkeys([*names, "utf-8", "gb18030"]))


def _python_name(label: str) -> str | None:
    label = label.strip().lower().replace("_", "-") if label else ""
    name = _ALIASES.get(label, label)
    if name not in _READABLE:
        return None
    return name
