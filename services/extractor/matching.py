"""Finding the words of a table in a text: by an automaton, or within a regular expression."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind


class WordFinder:
    """The longest, leftmost, non-overlapping occurrences of a fixed set of words.

    The time is linear in the text, however many words there are (Aho-Corasick).
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._automaton = _automaton(words)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the spans of the words in `text`, in order."""
        for _, start, end in self._automaton.find_matches_as_indexes(text):
            yield start, end


class SortFinder:
    """The longest, leftmost, non-overlapping occurrences of words, each with its sort."""

    def __init__(self, sorts: Mapping[str, int]) -> None:
        self._automaton = _automaton(sorts)
        self._sorts = tuple(sorts.values())

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Yield start, end and sort of the words in `text`, in order."""
        for word, start, end in self._automaton.find_matches_as_indexes(text):
            yield start, end, self._sorts[word]


def _automaton(words: Iterable[str]) -> AhoCorasick:
    return AhoCorasick(
        words, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA
    )


def alternatives(words: Iterable[str], ends: Mapping[str, Iterable[str]] | None = None) -> str:
    """Return a regular expression for any of `words`, longest first, as a trie.

    `ends` gives, for a word, what may not follow it: characters or words.
    """
    trie: dict[str, Any] = {}
    for word in words:
        node = trie
        for char in word:
            node = node.setdefault(char, {})
        node[""] = word
    return _expression(trie, ends or {})


def _expression(node: dict[str, Any], ends: Mapping[str, Iterable[str]]) -> str:
    branches = [re.escape(char) + _expression(node[char], ends) for char in node if char]
    if "" in node:
        branches.append(_end(node[""], ends))
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _end(word: str, ends: Mapping[str, Iterable[str]]) -> str:
    expression = "(?![A-Za-z0-9])" if word[-1].isascii() and word[-1].isalpha() else ""
    if following := sorted(ends.get(word, ()), key=len):
        expression += f"(?!{'|'.join(map(re.escape, following))})"
    return expression
