"""What the model sees of a character: hashed n-grams and the words around it.

The same function serves training and use, so the two cannot differ. Everything is arithmetic on
whole arrays: a feature is a hash of a template's number and of what fills the template.
"""

from functools import cache, lru_cache
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from services.extractor import tables
from services.extractor.matching import SortFinder
from services.extractor.segment import Words

Hashes = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int64]

BITS: Final = 22
"""A feature is a number below 2 ** BITS."""

_EDGE: Final = 2
_MIX: Final = np.uint32(0x9E3779B1)
_STEP: Final = np.uint32(0x85EBCA6B)
_SALT: Final = 0x27D4EB2F
# Characters that stand for a whole class: figures and Latin letters.
_CLASSES: Final = ((0x30, 0x39, 0x30), (0x41, 0x5A, 0x41), (0x61, 0x7A, 0x61))
_UNIGRAMS: Final = (-2, -1, 0, 1, 2)
_PAIRS: Final = ((-2, -1), (-1, 0), (0, 1), (1, 2), (-1, 1))
_TRIPLES: Final = (-2, -1, 0)
_AROUND: Final = (-1, 0, 1)
_AHEAD: Final = 8
_WINDOW: Final = 24
"""An ending that begins within reach of a character lies in a window of this length after it."""
_ENDINGS: Final = (
    "company_words_weak.txt",
    "company_words.txt",
    "organization_suffixes.txt",
    "government_suffixes.txt",
    "titles.txt",
    "company_suffixes.txt",
)


def features(words: Words, at: Offsets) -> Hashes:
    """Return the features of the characters at the offsets `at`: (offsets, templates)."""
    codes = np.pad(code_points(words.text), _EDGE)
    chars = {offset: codes[at + _EDGE + offset] for offset in _UNIGRAMS}
    values = [chars[offset] for offset in _UNIGRAMS]
    values += [_pair(chars[first], chars[second]) for first, second in _PAIRS]
    values += [_pair(_pair(chars[n], chars[n + 1]), chars[n + 2]) for n in _TRIPLES]
    values += _of_words(words, at)
    ahead = _ahead(words.text, at)
    values += [ahead, _pair(ahead, chars[0])]
    table = np.stack(values, axis=1)
    table ^= (np.arange(1, len(values) + 1, dtype=np.uint64) * _SALT).astype(np.uint32)
    table *= _MIX
    table ^= table >> np.uint32(15)
    table *= _STEP
    table >>= np.uint32(32 - BITS)
    return table


def code_points(text: str) -> Hashes:
    """Return the code points of `text`, with one figure for all, one capital and one letter."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).copy()
    full_width = (codes > 0xFF00) & (codes < 0xFF5F)
    codes[full_width] -= np.uint32(0xFEE0)
    for low, high, meaning in _CLASSES:
        codes[(codes >= low) & (codes <= high)] = meaning
    return codes


def _pair(first: Hashes, second: Hashes) -> Hashes:
    return first * _STEP + second


def _of_words(words: Words, at: Offsets) -> list[Hashes]:
    """Return what the templates of words hold, for the words that the characters belong to."""
    starts = np.array(words.starts, np.int64)
    ends = np.array([token.end for token in words.tokens], np.int64)
    index = np.searchsorted(starts, at, side="right") - 1
    # Begin, inside, end or alone; a newline is in no word.
    place = (1 + (at == starts[index]) + 2 * (at == ends[index] - 1)).astype(np.uint32)
    place[at >= ends[index]] = 0
    identities, tags, tails = _known(words, index)
    identity = {n: identities[index + _EDGE + n] for n in _AROUND}
    tag = {n: tags[index + _EDGE + n] for n in _AROUND}
    found = [*identity.values(), *tag.values()]
    found += [_pair(values[n], values[n + 1]) for values in (identity, tag) for n in (-1, 0)]
    found += [tails[index + _EDGE + n] for n in (1, 2)]
    return [_pair(value, place) for value in found]


def _known(words: Words, index: Offsets) -> Hashes:
    """Return what stands for the words, three rows; only those near `index` are filled in."""
    table = np.zeros((3, len(words.tokens) + 2 * _EDGE), np.uint32)
    wanted = np.zeros(len(words.tokens) + 2 * _EDGE, bool)
    for offset in range(2 * _EDGE + 1):
        wanted[index + offset] = True
    near = np.flatnonzero(wanted[_EDGE:-_EDGE])
    told = [_ids(word, tag) for word, _, _, tag in map(words.tokens.__getitem__, near.tolist())]
    table[:, near + _EDGE] = np.array(told, np.uint32).T
    return table


@lru_cache(maxsize=65536)
def _ids(word: str, tag: str) -> tuple[int, int, int]:
    """Return what stands for a word, for its tag and length, and for its last character."""
    return (
        crc32(word.encode("utf-8", "replace")),
        crc32(f"{tag}/{len(word)}".encode()),
        ord(word[-1]),
    )


def _ahead(text: str, at: Offsets) -> Hashes:
    """Return, for each character, which sort of name's last word comes next, and how far away.

    锦帆|电器|集团: a company's last word is four characters away.
    """
    found = np.zeros(len(text) + 1, np.uint32)
    breaks = np.flatnonzero(np.diff(at) > 1)
    first = at[np.concatenate([[0], breaks + 1])].tolist()
    last = at[np.concatenate([breaks, [len(at) - 1]])].tolist()
    for begin, stop in zip(first, last, strict=True):
        for start, end, sort in _endings().find(text[begin : stop + _WINDOW]):
            reach = max(0, start - _AHEAD)
            for offset in range(reach, start):
                found[begin + offset] = sort * 16 + start - offset
            found[begin + start : begin + end] = sort * 16
    return found[at]


@cache
def _endings() -> SortFinder:
    return SortFinder(
        {word: n for n, name in enumerate(_ENDINGS, 1) for word in tables.words(name)}
    )
