"""The word lists of this package, read once.

A list is a text file in `data`: words separated by white space, `#` starts a comment line. A table
(`.tsv`) has one row a line, its columns separated by tabs. Anybody can extend them.
"""

from functools import cache
from importlib.resources import files


def _lines(name: str) -> list[str]:
    text = (files(__package__) / "data" / name).read_text("utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@cache
def words(name: str) -> tuple[str, ...]:
    """Return the words of the list `name`, without repetitions, longest first."""
    found = {word for line in _lines(name) for word in line.split()}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


@cache
def word_set(*names: str) -> frozenset[str]:
    """Return the words of the lists `names` as one set."""
    return frozenset(word for name in names for word in words(name))


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows of the table `name` in its own order."""
    return tuple(tuple(line.split("\t")) for line in _lines(name))
