"""Fingerprints of a text that change little when the text does.

Both rest on the set of its character 4-grams, white space and punctuation left out, and are made of
integer arithmetic alone: the same text has the same fingerprints on every machine and release.
"""

import base64
import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

Shingles = NDArray[np.uint64]

MINHASHES: Final = 128
_WIDTH: Final = 4
_PART: Final = 1024
"""Shingles that are worked on at a time, so that a long text needs no more memory than a short."""
_NOT_WORDS: Final = re.compile(r"[\W_]+")


def shingles(text: str) -> Shingles:
    """Return the distinct 4-grams of `text`, each spread over 64 bits.

    A character is one or two UTF-16 code units. A text of fewer than four units is one shingle, an
    empty one has none.
    """
    words = _NOT_WORDS.sub("", text).encode("utf-16-le", "surrogatepass")
    if not words:
        return np.empty(0, np.uint64)
    units = np.frombuffer(words.ljust(2 * _WIDTH, b"\0"), "<u2").astype(np.uint64)
    size = units.size - _WIDTH + 1
    grams = units[:size].copy()
    for place in range(1, _WIDTH):
        grams |= units[place : place + size] << np.uint64(16 * place)
    grams.sort()
    return _mix(grams[np.concatenate(([True], grams[1:] != grams[:-1]))])


def simhash(grams: Shingles) -> str:
    """Return the 64-bit simhash of a text's shingles, as 16 hexadecimal digits.

    Charikar, "Similarity estimation techniques from rounding algorithms" (2002): every bit is the
    one that more than half of the shingles have.
    """
    ones = np.zeros(64, np.int64)
    for part in _parts(grams):
        bits = np.unpackbits(part.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)
        ones += bits.sum(axis=0, dtype=np.int64)
    return np.packbits(ones * 2 > grams.size).tobytes().hex()


def minhash(grams: Shingles) -> str:
    """Return the MinHash signature of a text's shingles: 128 little-endian uint32 in base64.

    The share of places at which two signatures agree estimates the Jaccard similarity of the two
    sets (Broder, "On the resemblance and containment of documents", 1997). Without shingles it is
    the empty string, which is like no other text.
    """
    if grams.size == 0:
        return ""
    lowest = np.full(MINHASHES, 0xFFFFFFFF, np.uint32)
    for part in _parts(grams):
        hashes = (part >> np.uint64(32)).astype(np.uint32) * _FACTORS
        hashes += _TERMS
        np.minimum(lowest, hashes.min(axis=1), out=lowest)
    return base64.b64encode(lowest.astype("<u4").tobytes()).decode("ascii")


def _parts(grams: Shingles) -> Iterator[Shingles]:
    return (grams[start : start + _PART] for start in range(0, grams.size, _PART))


def _mix(values: Shingles) -> Shingles:
    """Spread every value over all bits (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


# The 128 permutations of 32-bit numbers, h -> factor * h + term, with odd factors.
_SEEDS: Final = _mix(np.arange(1, MINHASHES + 1, dtype=np.uint64) << np.uint64(32)).reshape(-1, 1)
_FACTORS: Final = _SEEDS.astype(np.uint32) | np.uint32(1)
_TERMS: Final = (_SEEDS >> np.uint64(32)).astype(np.uint32)
