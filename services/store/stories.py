"""Which articles are one story: near-duplicates, by MinHash.

A MinHash is 128 numbers; the share of places in which two agree estimates the Jaccard similarity
of their texts (Broder, "On the resemblance and containment of documents", 1997). Articles of one
story resemble one another by at least `SAME`, or are linked by others that do.
"""

from array import array
from collections.abc import Mapping
from operator import eq
from typing import Final
from uuid import UUID

from msgspec import Struct

from services.store.groups import components, pairs
from services.store.keys import key

SAME: Final = 0.7
_PERMUTATIONS: Final = 128
_ROWS: Final = 4
"""Places of a band: of two texts at `SAME`, 99.98 % agree in one of the 32 bands."""
_BYTES: Final = 4


class Print(Struct, frozen=True):
    """The fingerprint of an article."""

    minhash: bytes
    """128 little-endian uint32; empty where the article came without."""
    bands: list[int]


def fingerprint(minhash: bytes, content_hash: str) -> Print:
    """Return the fingerprint of an article; without a MinHash only the very same text is alike."""
    if not minhash:
        return Print(b"", [key("text", content_hash)])
    size = _ROWS * _BYTES
    bands = [
        key("band", str(start), minhash[start : start + size])
        for start in range(0, len(minhash), size)
    ]
    return Print(minhash, bands)


def stories(prints: Mapping[UUID, Print]) -> list[list[UUID]]:
    """Return the articles of each story."""
    keys = {article: found.bands for article, found in prints.items()}
    edges = (pair for pair in pairs(keys) if _resemble(prints[pair[0]], prints[pair[1]]))
    return components(prints, edges)


def _resemble(one: Print, other: Print) -> bool:
    if not one.minhash or not other.minhash:
        return not one.minhash and not other.minhash
    agreeing: int = sum(map(eq, array("I", one.minhash), array("I", other.minhash)))
    return agreeing >= SAME * _PERMUTATIONS
