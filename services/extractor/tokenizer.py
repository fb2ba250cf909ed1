"""jieba's segmentation, run by jieba's port to Rust, twenty times as fast.

jieba itself reads the dictionary and weighs our own words; `rjieba` then cuts with the same words
and frequencies. Where the two would differ, in Latin letters and figures (2.3Gbps, 10-12), its
words are cut as jieba cuts them. A test holds the two together.
"""

import logging
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import rjieba

_BALANCE: Final = "\x01\x02"
"""A word that stands in no text: it takes up what is missing in the sum of frequencies."""
_LATIN: Final = re.compile(r"[a-zA-Z0-9]+(?:\.\d+)?%?")


class Word(NamedTuple):
    """A word of our own for the dictionary."""

    text: str
    tag: str
    keeps_tag: bool
    """The dictionary's tag, where it has one, stays."""


class Tokenizer:
    """Cuts a text as `jieba.Tokenizer.cut` does with the words of `ours` added."""

    def __init__(self, ours: Iterable[Word]) -> None:
        with warnings.catch_warnings():  # jieba has invalid escapes and a deprecated import
            warnings.simplefilter("ignore")
            import jieba  # noqa: PLC0415 - a second that only an extractor should pay
        jieba.setLogLevel(logging.WARNING)
        weighed = jieba.Tokenizer()
        weighed.initialize()
        self.tags: dict[str, str] = {}
        """The part of speech of every word of the dictionary (ICTCLAS set)."""
        added: dict[str, int] = {}
        with (Path(jieba.__file__).parent / "dict.txt").open(encoding="utf-8") as lines:
            for line in lines:
                word, _, tag = line.split()
                self.tags[word] = tag
        total = weighed.total
        for word, tag, keeps_tag in ours:
            added.setdefault(word, weighed.FREQ.get(word) or 0)
            weighed.add_word(word)
            if not (keeps_tag and word in self.tags):
                self.tags[word] = tag
        self._jieba = rjieba.Jieba()
        for word, before in added.items():
            frequency = weighed.FREQ[word]
            total += frequency - before
            self._jieba.add_word(word, frequency, self.tags[word])
        if weighed.total > total:  # jieba counts a word again that is added again
            self._jieba.add_word(_BALANCE, weighed.total - total, "x")

    def cut(self, text: str) -> Iterator[str]:
        """Yield the words of `text`, in order; joined they are the text."""
        for run in self.runs(text):
            yield from self.words(run)

    def runs(self, text: str) -> list[str]:
        """Return `text` in order as words, and as runs of Latin letters and figures."""
        runs: list[str] = self._jieba.cut(text)
        return runs

    def words(self, run: str) -> Iterator[str]:
        """Yield the words of one of the `runs`."""
        if len(run) > 1 and not run.isalpha() and run not in self.tags:
            yield from _latin(run)
        else:
            yield run


def _latin(run: str) -> Iterator[str]:
    at = 0
    for word in _LATIN.finditer(run):
        if at < word.start():
            yield run[at : word.start()]
        yield word[0]
        at = word.end()
    if at < len(run):
        yield run[at:]
