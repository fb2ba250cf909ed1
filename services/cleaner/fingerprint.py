"""A fingerprint of a text that changes little when the text does."""

import re
from array import array
from typing import Final

_MASK: Final = (1 << 64) - 1
# For each bit of a byte, the highest first: the bytes that lack it.
_WITHOUT_BIT: Final = [
    bytes(byte for byte in range(256) if not byte >> bit & 1) for bit in range(7, -1, -1)
]
_NOT_WORDS: Final = re.compile(r"[\W_]+")


def simhash(text: str) -> str:
    """Return the 64-bit simhash of the character 4-grams of `text`, as 16 hexadecimal digits.

    White space and punctuation do not count. Charikar, "Similarity estimation techniques from
    rounding algorithms" (2002), with each distinct shingle counted once.
    """
    # Four UTF-16 code units are one 64-bit number, so the four alignments of the bytes, read as
    # numbers, are all 4-grams.
    units = _NOT_WORDS.sub("", text).encode("utf-16-le", "surrogatepass")
    units = units.ljust(8, b"\0") if units else b""
    shingles: set[int] = set()
    for offset in (0, 2, 4, 6):
        size = (len(units) - offset) // 8 * 8
        shingles.update(array("Q", units[offset : offset + max(0, size)]))
    return f"{_majority([_mix(shingle) for shingle in sorted(shingles)]):016x}"


def _mix(value: int) -> int:
    """Spread `value` over all bits (the finaliser of SplitMix64)."""
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK
    return value ^ (value >> 31)


def _majority(values: list[int]) -> int:
    """Return the number whose every bit is the one that more than half of `values` have."""
    data = b"".join([value.to_bytes(8, "big") for value in values])
    result = 0
    for position in range(8):
        column = data[position::8]
        for without in _WITHOUT_BIT:
            count = len(column.translate(None, without))
            result = result << 1 | (count * 2 > len(values))
    return result
