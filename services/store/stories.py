"""Which articles are one story: near-duplicates, by MinHash.

A MinHash is 128 numbers; the share of places in which two agree estimates the Jaccard similarity
of their texts (Broder, "On the resemblance and containment of documents", 1997). Articles of one
story resemble one another by at least `SAME`, or are linked by others that do.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, pairwise
from operator import eq
from typing import Final
from uuid import UUID

from msgspec import Struct

from services.store.groups import Links
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


def stories(prints: Mapping[UUID, Print], known: Iterable[Iterable[UUID]] = ()) -> list[list[UUID]]:
    """Return the articles of each story; those of `known` are one story already."""
    links = Links(prints)
    for story in known:
        for pair in pairwise(story):
            links.join(*pair)
    for one, other in _candidates(prints, links):
        if _resemble(prints[one], prints[other]):
            links.join(one, other)
    return links.groups()


def _candidates(prints: Mapping[UUID, Print], links: Links[UUID]) -> Iterator[tuple[UUID, UUID]]:
    """Yield two articles that share a band and are not linked yet.

    A band's first article comes with all others first: where all of them are one story, as copies
    and bulletins of one form are, that is seen without asking every two of them.
    """
    holders: defaultdict[int, list[UUID]] = defaultdict(list)
    for article, found in prints.items():
        for band in found.bands:
            holders[band].append(article)
    for articles in holders.values():
        for pair in ((articles[0], other) for other in articles[1:]):
            if not links.joined(*pair):
                yield pair
        if not links.joined(*articles):
            for pair in combinations(articles[1:], 2):
                if not links.joined(*pair):
                    yield pair


def _resemble(one: Print, other: Print) -> bool:
    if not one.minhash or not other.minhash:
        return not one.minhash and not other.minhash
    agreeing: int = sum(map(eq, array("I", one.minhash), array("I", other.minhash)))
    return agreeing >= SAME * _PERMUTATIONS
