"""Search tokens: jieba's words of a text, each after the shorter words that it holds.

What `jieba.cut_for_search` gives for the product's dictionary, made from the words that are cut
already: 生物医药产业园 is found by 生物, 医药, 产业 and by itself.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Final

from services.extractor.segment import Words, is_known

_WORD: Final = attrgetter("word")
_MEANS: Final = re.compile(r"[^\W_]")


def search_tokens(*texts: Words) -> str:
    """Return the tokens of `texts`, in order, joined by one space; punctuation is none."""
    told = (map(_tokens, map(_WORD, words.tokens)) for words in texts)
    return " ".join(filter(None, chain.from_iterable(told)))


@lru_cache(maxsize=65536)
def _tokens(word: str) -> str:
    return " ".join((*_inner(word), word)) if _MEANS.search(word) else ""


def _inner(word: str) -> Iterator[str]:
    for length in (2, 3):
        if len(word) > length:
            for start in range(len(word) - length + 1):
                if is_known(word[start : start + length]):
                    yield word[start : start + length]
