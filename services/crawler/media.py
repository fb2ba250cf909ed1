"""What kind of file a body is: something to read, or not."""

import re
from typing import Final

_READABLE = re.compile(
    r"text/(?!css|javascript|calendar|csv|vcard)[\w.+-]+|application/(?:[\w.-]+\+)?(?:xml|xhtml)(?:\+xml)?"
)
# Types that say nothing, or name a wrapping that is undone by now: the bytes decide.
_UNDECIDED = re.compile(
    r"|application/(?:x-)?(?:gzip|octet-stream|download|force-download|unknown)|binary/octet-stream"
    r"|unknown/unknown|content/unknown"
)
_MAGIC: Final = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"RIFF",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\xd0\xcf\x11\xe0",
    b"\x1f\x8b",
    b"BZh9",
    b"\xfd7zXZ",
    b"OggS",
    b"ID3",
    b"\x7fELF",
    b"MZ\x90",
)
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_LOOKED_AT: Final = 4096


def is_text(content_type: str, body: bytes) -> bool:
    """Return whether `body` is HTML, XML or plain text, by its type and its first bytes.

    The bytes win over the type: servers call images text/html, and HTML application/octet-stream.
    """
    head = body[:_LOOKED_AT]
    if head.startswith(_MAGIC):
        return False
    media = content_type.partition(";")[0].strip().lower()
    if _READABLE.fullmatch(media):
        return True
    if not _UNDECIDED.fullmatch(media):
        return False
    return head.startswith(_UTF16_MARKS) or b"\0" not in head
