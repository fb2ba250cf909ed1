"""Words of a text: jieba's segmentation with the parts of speech of its dictionary.

Tags are those of jieba's dictionary (ICTCLAS set), taken by word and not by context: enough to
tell a coined name from an ordinary word, and much cheaper than a tagger.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, chain
from typing import Final

import msgspec

from services.extractor import tables
from services.extractor.entities.divisions import divisions, press_form, short_form
from services.extractor.tokenizer import Tokenizer, Word

UNKNOWN: Final = ""
"""The tag of a word that is in no dictionary."""

_NAME_TAGS: Final = ("nr", "nz", "co")
"""Persons, other proper names, and our known companies."""


class Token(msgspec.Struct, frozen=True, gc=False):
    """A word of the text, with the tag of the dictionary.

    The collector of garbage need not look into it: a long text has a million.
    """

    word: str
    start: int
    end: int
    tag: str


@cache
def _tokenizer() -> Tokenizer:
    return Tokenizer(_our_words())


def _our_words() -> Iterator[Word]:
    """Yield the words of the tables that segmentation keeps whole, with their tags."""
    for name, tag in _OURS:
        for word in tables.words(name):
            yield Word(word, tag, keeps_tag=False)
    for tag, forms in _own_forms():
        for form in forms:
            if not form[0].isascii():  # 5G would cut 15GW in two
                yield Word(form, tag, keeps_tag=True)
    for name in _place_names():
        yield Word(name, "ns", keeps_tag=False)


def _place_names() -> Iterator[str]:
    """Divisions in full and as the press calls them, and in short provinces, cities and those of
    which a table says so; but for ordinary words.
    """
    excluded = tables.word_set("place_exclusions.txt")
    alone = tables.word_set("short_places.txt")
    for place in divisions():
        yield place.name
        if (press := press_form(place.name)) and press not in excluded:
            yield press
        short = short_form(place.name)
        if short in alone or (place.level != "county" and short not in excluded):
            yield short


def _own_forms() -> Iterator[tuple[str, list[str]]]:
    """Yield words of the tables, with the tag of those that the dictionary gives none."""
    yield "park", [row[0] for row in tables.rows("park_types.tsv")]
    yield "v", [w for row in tables.rows("stages.tsv") for w in row[1].split()]
    yield "n", [w for row in tables.rows("industries.tsv") for w in row[1].split() if len(w) > 1]
    for name in (
        "name_verbs.txt",
        "company_words.txt",
        "name_stops.txt",
        "project_heads.txt",
        "organization_suffixes.txt",
    ):
        yield "n", [w for w in tables.words(name) if len(w) > 1]
    yield "nt", [w for w in tables.words("government_suffixes.txt") if len(w) > 2]


_OURS: Final = (
    ("companies.txt", "company"),
    ("company_suffixes.txt", "nis"),
    ("regions.txt", "ns"),
    ("countries.txt", "ns"),
    ("government_bodies.txt", "nt"),
    ("titles.txt", "title"),
    ("partnerships.txt", "nz"),
    ("nouns.txt", "n"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text, to be asked by offset."""

    text: str
    tokens: tuple[Token, ...]
    starts: tuple[int, ...]

    def index_at(self, offset: int) -> int:
        """Return the index of the token that covers `offset`."""
        return bisect_right(self.starts, offset) - 1

    def between(self, start: int, end: int) -> tuple[Token, ...]:
        """Return the tokens that lie in [start, end), those that stick out cut off."""
        first, last = self.index_at(start), bisect_left(self.starts, end)
        return tuple(
            token
            if start <= token.start and token.end <= end
            else Token(
                self.text[max(start, token.start) : min(end, token.end)],
                max(start, token.start),
                min(end, token.end),
                tag_of(self.text[max(start, token.start) : min(end, token.end)]),
            )
            for token in self.tokens[max(first, 0) : last]
        )

    def is_aligned(self, start: int, end: int) -> bool:
        """Return whether a word starts at `start` and a word ends at `end`."""
        first = bisect_left(self.starts, start)
        if first == len(self.starts) or self.starts[first] != start:
            return False
        return (
            end == len(self.text)
            or self.starts[bisect_left(self.starts, end) % len(self.starts)] == end
        )


_GLUED_BEFORE = re.compile(r"[像以有在为与由对将把从向是该及使被据到经现吨](?=[\u4e00-\u9fff])")
_GLUED_AFTER = re.compile(r"(?<=[\u4e00-\u9fff])[等于为了是达在到与和及将已的]$")
# A date is cut off from what follows, or its unit would be taken for the first character of a name:
# 2025年|云溪高新区. It is none in 2025年度, 3月份 and 5日元.
_CUT = re.compile(
    r"\n|(?:(?<=[12]\d\d\d)年|(?<=\d)月|(?<=月\d)日|(?<=月\d\d)日)(?![度份初底末来前后内间中元产均])"
)


def read_words(text: str) -> Words:
    """Segment `text`; newlines are no part of any word."""
    runs = _tokenizer().runs
    tokens: list[Token] = []
    for start, stop in _chunks(text):
        told = list(chain.from_iterable(map(_words_of, runs(text[start:stop]))))
        edges = list(accumulate([len(word) for word, _ in told], initial=start))
        words, tags = zip(*told, strict=True) if told else ((), ())
        tokens += map(Token, words, edges, edges[1:], tags)
    return Words(text, tuple(tokens), tuple([token.start for token in tokens]))


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans to be segmented one by one: lines, cut behind dates."""
    at = 0
    for cut in _CUT.finditer(text):
        yield at, cut.end() if cut[0] != "\n" else cut.start()
        at = cut.end()
    yield at, len(text)


@lru_cache(maxsize=65536)
def _words_of(run: str) -> tuple[tuple[str, str], ...]:
    """Return the words of a run with their tags: itself, if the dictionary has it."""
    tags = _tokenizer().tags
    return tuple(
        (part, tags.get(part, UNKNOWN))
        for word in _tokenizer().words(run)
        for part in ((word,) if word in tags else _split_off(word))
    )


def _split_off(segment: str) -> tuple[str, ...]:
    """Return a guessed word without the function words that the guess glued to it: 像宏岚, 晚于."""
    head, tail = _GLUED_BEFORE.match(segment), _GLUED_AFTER.search(segment)
    start = head.end() if head else 0
    end = tail.start() if tail else len(segment)
    if start >= end:
        return (segment,)
    return tuple(part for part in (segment[:start], segment[start:end], segment[end:]) if part)


def is_known(word: str) -> bool:
    """Return whether `word` is a word of the dictionary, ours included."""
    return word in _tokenizer().tags


def is_ordinary(word: str) -> bool:
    """Return whether `word` is a dictionary word of two or more characters."""
    tag = _tokenizer().tags.get(word, UNKNOWN)
    if len(word) < 2 or tag == UNKNOWN:
        return False
    return tag[:2] not in _NAME_TAGS or word in tables.word_set("company_generic.txt")


# Characters and endings that no made-up name has: 每条, 三省一市, 车规级, 已获.
_NOT_COINED = re.compile(
    r"[这那每各该其此某们的了是着获约等与及不没或但也即]|[级型化性式类用规]$"
    r"|[一二三四五六七八九十两几数][省市条个家次项年月日期批种届]"
)


def is_coined(word: str) -> bool:
    """Return whether `word` may be a made-up name, or a part of one: no word of the language."""
    return not (is_ordinary(word) or word.isascii() or _NOT_COINED.search(word))


def tag_of(word: str) -> str:
    """Return the dictionary's tag of `word`."""
    return _tokenizer().tags.get(word, UNKNOWN)
