"""What the model sees of a character: hashes of what is in, around and ahead of it.

The same function serves training and use, so the two cannot differ. A character has columns (the
characters and words around it, the ending of a name that comes next); a template names columns, and
a feature is a hash of the template's number and of what these columns hold. Everything is
arithmetic on whole arrays.
"""

from collections.abc import Sequence
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
Span = tuple[int, int]

BITS: Final = 24
"""A feature is a number below 2 ** BITS."""

_STEP: Final = np.uint32(0x85EBCA6B)
_MIX: Final = np.uint32(0x9E3779B1)
_CHARS: Final = np.arange(-2, 3)
_WORDS: Final = np.arange(-2, 3)
_OF_WORD: Final = ("word", "tag", "length", "first", "last", "tail")
_NO_WORD: Final = bytes(4 * len(_OF_WORD))
_AHEAD: Final = 14
_FURTHEST: Final = 6
"""Pauses further away than this are alike."""
_ENDINGS: Final = (
    "company_words_weak.txt",
    "company_words.txt",
    "organization_suffixes.txt",
    "government_suffixes.txt",
    "titles.txt",
    "company_suffixes.txt",
)

_COLUMNS: Final = (
    *(f"char{n:+}" for n in _CHARS),
    *(f"{what}{n:+}" for n in _WORDS for what in _OF_WORD),
    "place",  # in its word
    "ending",
    "ending_sort",
    "ending_distance",
    "before",  # the pauses around the clause, and how far away they are
    "after",
)
_TEMPLATES: Final = (
    *(f"char{n:+}" for n in _CHARS),
    *(f"char{n:+} char{n + 1:+}" for n in range(-2, 2)),
    "char-1 char+1",
    *(f"char{n:+} char{n + 1:+} char{n + 2:+}" for n in range(-2, 1)),
    *(f"word{n:+} place" for n in _WORDS),
    *(f"tag{n:+} place" for n in _WORDS),
    *(f"{what}-1 {what}+0 place" for what in ("word", "tag")),
    *(f"{what}+0 {what}+1 place" for what in ("word", "tag")),
    "tag-1 tag+0 tag+1 place",
    "length+0 place",
    "first-1 place",
    *(f"last{n:+} place" for n in (0, 1, 2)),
    "tail+0 place",
    "ending_sort ending_distance",
    "ending_sort char+0",
    "ending",
    "ending ending_distance",
    "before",
    "after",
    "before after",
)
_LONGEST_FIRST: Final = sorted(
    range(len(_TEMPLATES)), key=lambda number: -len(_TEMPLATES[number].split())
)
_NAMED: Final = [
    [_COLUMNS.index(name) for name in _TEMPLATES[number].split()] for number in _LONGEST_FIRST
]
_SEEN: Final = tuple(
    np.array([columns[n] for columns in _NAMED if len(columns) > n]) for n in range(len(_NAMED[0]))
)
"""The first column of every template, the second one of those that have two, and so on."""
_SALT: Final = np.array(_LONGEST_FIRST, np.uint32) * np.uint32(0x27D4EB2F) + np.uint32(0x27D4EB2F)


def features(words: Words, spans: Sequence[Span]) -> Hashes:
    """Return the features of the characters in `spans`: (characters, templates).

    The spans are stretches without a pause, in order, or whole runs of pauses.
    """
    columns = _columns(words, spans)
    table = columns[:, _SEEN[0]]
    for seen in _SEEN[1:]:
        longer = table[:, : len(seen)]
        longer *= _STEP
        longer += columns[:, seen]
    table ^= _SALT
    table *= _MIX
    table ^= table >> np.uint32(15)
    table *= _STEP
    table >>= np.uint32(32 - BITS)
    return table


def offsets(spans: Sequence[Span]) -> Offsets:
    """Return the offsets of all characters in `spans`."""
    return _inside(spans)[0]


def _inside(spans: Sequence[Span]) -> tuple[Offsets, Offsets, Offsets]:
    """Return, for all characters in `spans`, their offsets, and how many are before and after them
    in their span.
    """
    starts, ends = np.array(spans).T
    lengths = ends - starts
    count = np.arange(lengths.sum())
    before = count - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.repeat(starts, lengths) + before, before, np.repeat(lengths - 1, lengths) - before


def _columns(words: Words, spans: Sequence[Span]) -> Hashes:
    """Return what the columns hold: (characters, columns)."""
    at, before, after = _inside(spans)
    table = np.zeros((len(at), len(_COLUMNS)), np.uint32)
    around = len(_CHARS) + len(_OF_WORD) * len(_WORDS)
    table[:, : len(_CHARS)] = _characters(words.text, at)
    _of_words(words, at, table[:, len(_CHARS) : around + 1])
    _ahead(words.text, spans, table[:, around + 1 : -2])
    pauses = np.array([_pauses(words.text, span) for span in spans], np.uint32)
    table[:, -2:] = np.repeat(pauses, [end - start for start, end in spans], axis=0)
    table[:, -2] += np.minimum(before, _FURTHEST).astype(np.uint32)
    table[:, -1] += np.minimum(after, _FURTHEST).astype(np.uint32)
    return table


def _characters(text: str, at: Offsets) -> Hashes:
    """Return the code points around each character: one for all figures, small letters, half
    width.
    """
    first, last, padding = int(at[0]), int(at[-1]), int(_CHARS[-1])
    near = text[max(0, first - padding) : last + 1 + padding]
    near = "\0" * max(0, padding - first) + near + "\0" * padding
    codes = np.frombuffer(near.encode("utf-32-le", "surrogatepass"), np.uint32).copy()
    codes[(codes > 0xFF00) & (codes < 0xFF5F)] -= np.uint32(0xFEE0)
    codes[(codes >= ord("A")) & (codes <= ord("Z"))] += np.uint32(0x20)
    codes[(codes >= ord("0")) & (codes <= ord("9"))] = ord("0")
    around: Hashes = codes[(at - first + padding)[:, None] + _CHARS]
    return around


def _of_words(words: Words, at: Offsets, table: Hashes) -> None:
    """Fill in what stands for the words around each character, and its place in its own word."""
    tokens, edge = words.tokens, int(_WORDS[-1])
    first, last = max(0, words.index_at(int(at[0]))), words.index_at(int(at[-1]))
    starts = np.array(words.starts[first : last + 1])
    index = np.maximum(0, np.searchsorted(starts, at, side="right") - 1)
    near = np.zeros(len(starts) + 2 * edge, bool)
    for offset in range(2 * edge + 1):
        near[index + offset] = True
    known = np.flatnonzero(near)
    told = np.zeros((len(near), len(_OF_WORD)), np.uint32)
    told[known] = np.frombuffer(
        b"".join(
            [
                _of_word(tokens[n].word, tokens[n].tag) if 0 <= n < len(tokens) else _NO_WORD
                for n in (known + (first - edge)).tolist()
            ]
        ),
        np.uint32,
    ).reshape(-1, len(_OF_WORD))
    table[:, :-1] = told[index[:, None] + (_WORDS + edge)].reshape(len(at), -1)
    # Begins, ends, is alone or in the middle of a word; a newline is in none.
    begin = at - starts[index]
    length = told[index + edge, _OF_WORD.index("length")]
    table[:, -1] = (1 + (begin == 0) + 2 * (begin + 1 == length)) * (begin < length)


@lru_cache(maxsize=65536)
def _of_word(word: str, tag: str) -> bytes:
    """Return what stands for a word: itself, its tag, length, first, last, last two characters."""
    lower = word.lower()
    return np.array(
        [
            crc32(lower.encode("utf-8", "replace")),
            crc32(tag.encode()),
            len(word),
            ord(lower[0]),
            ord(lower[-1]),
            crc32(lower[-2:].encode("utf-8", "replace")),
        ],
        np.uint32,
    ).tobytes()


def _ahead(text: str, spans: Sequence[Span], table: Hashes) -> None:
    """Fill in, for each character, the ending that comes next, its sort and how far away it is.

    锦帆|电器|集团: 集团 is four characters away from 锦.
    """
    base = 0
    for start, end in spans:
        done = 0
        for begin, stop, sort in _endings().find(text[start:end]):
            first = max(done, begin - _AHEAD)
            coming = table[base + first : base + stop]
            coming[:, 0] = crc32(text[start + begin : start + stop].encode())
            coming[:, 1] = sort
            coming[: begin - first, 2] = _DISTANCES[first - begin :] if begin > first else 0
            done = stop
        base += end - start


_DISTANCES: Final = np.arange(_AHEAD, 0, -1, dtype=np.uint32)


def _pauses(text: str, span: Span) -> tuple[int, int]:
    """Return what stands for the pauses before and after a clause."""
    start, end = span
    return ord(text[start - 1]) * 8 if start else 0, ord(text[end]) * 8 if end < len(text) else 0


@cache
def _endings() -> SortFinder:
    return SortFinder(
        {word: n for n, name in enumerate(_ENDINGS, 1) for word in tables.words(name)}
    )
