"""The words of an article as PostgreSQL's full-text search takes them.

The words are the extractor's: a tsvector or tsquery is written out here, not made by the server's
parser, which would cut Chinese words and figures anew and take most of the time.
"""

import re
from collections import defaultdict
from typing import Final

# A tsvector ends at 1 MiB, positions at 16,383, positions of a word at 255, a word at 2 KiB.
_CHARACTERS: Final = 150_000
_WORDS: Final = 16_383
_POSITIONS: Final = 255
_WORD: Final = 500

_PASSAGE: Final = 80
_BEFORE: Final = 10
_TRIED: Final = 100


def vector(tokens: str) -> str:
    """Return the tsvector literal of words that are joined by spaces, with their positions.

    Of a text that is longer than an index takes, the beginning counts.
    """
    positions: defaultdict[str, list[int]] = defaultdict(list)
    for number, word in enumerate(_words(tokens), 1):
        positions[word].append(number)
    words = (f"{_quoted(word)}:{str(at[:_POSITIONS])[1:-1]}" for word, at in positions.items())
    return " ".join(words).replace(", ", ",")  # of the lists: no word has a space


def query(tokens: str) -> str:
    """Return the tsquery literal that asks for all of the words; empty where there are none."""
    return " & ".join(_quoted(word) for word in dict.fromkeys(_words(tokens)))


def highlight(text: str, tokens: str) -> str:
    """Return the passage of `text` where the most of the words stand, each between 【 and 】.

    Empty where none of them does (they may stand in the title).
    """
    words = sorted(set(_words(tokens)), key=len, reverse=True)
    wanted = re.compile("|".join(map(re.escape, words)) or "(?!)", re.IGNORECASE)
    found = list(wanted.finditer(text))
    if not found:
        return ""

    def met(first: re.Match[str]) -> int:
        inside = (m for m in found if first.start() <= m.start() < first.start() + _PASSAGE)
        return len({m[0].lower() for m in inside})

    best = max(found[:_TRIED], key=met)  # the first of several
    start = max(0, best.start() - _BEFORE)
    passage = " ".join(text[start : start + _PASSAGE].split())
    return wanted.sub(r"【\g<0>】", passage)


def _words(tokens: str) -> list[str]:
    words = tokens[:_CHARACTERS].lower().split()[:_WORDS]
    return [word for word in words if len(word) <= _WORD]


def _quoted(word: str) -> str:
    if "'" in word or "\\" in word:
        word = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{word}'"
