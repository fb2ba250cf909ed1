"""Finding the words of a table in a text in linear time (Aho-Corasick)."""

from collections.abc import Iterable, Iterator

import ahocorasick


class WordFinder:
    """The longest, leftmost, non-overlapping occurrences of a fixed set of words."""

    def __init__(self, words: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        for word in words:
            self._automaton.add_word(word, len(word))
        self._empty = len(self._automaton) == 0
        if not self._empty:
            self._automaton.make_automaton()

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the spans of the words in `text`, in order."""
        if self._empty:
            return
        for last, length in self._automaton.iter_long(text):
            yield last - length + 1, last + 1
