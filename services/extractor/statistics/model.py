"""The model of names: a table of weights, and the names it finds in a text (see CARD.md)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from services.contracts.messages import EntityType
from services.extractor.segment import Words
from services.extractor.statistics.features import Hashes, Span, features, offsets
from services.extractor.statistics.tagging import (
    TAGS,
    TYPES,
    Floats,
    allowed,
    likely_names,
    tags_of,
)

_PAUSES: Final = r"\n\t ，。！？；：、,!?;:（）()“”\"'《》【】…—"
_CLAUSE: Final = re.compile(f"[^{_PAUSES}]+")
_PIECE: Final = re.compile(f"[^{_PAUSES}]+|[{_PAUSES}]+")
_LONGEST: Final = 300
"""What goes on longer without a pause is no clause, and is not read."""
_BATCH: Final = 4096
"""So many characters, and a clause, are weighed at once: it bounds the memory of long texts."""


class Name(NamedTuple):
    """A name with its span; `margin` is how much likelier it is than that there is none."""

    type: EntityType
    start: int
    end: int
    margin: float


class Rows:
    """The rows of the features that a model knows, numbered from 1 in their order; 0 for others.

    A set of bits and, for each word of it, how many bits came before: a tenth of the memory of a
    table of rows, so that it stays in the processor's cache.
    """

    def __init__(self, known: npt.NDArray[np.uint8]) -> None:
        """Take the bits of all features, packed from the lowest bit."""
        self._bits = known.view("<u8")
        before = np.cumsum(np.bitwise_count(self._bits), dtype=np.uint32)
        self._before = np.concatenate([np.zeros(1, np.uint32), before[:-1]])

    def of(self, seen: Hashes) -> npt.NDArray[np.uint32]:
        """Return the rows of features."""
        word = seen >> np.uint32(6)
        # The feature's own bit, and those below it.
        bits = self._bits[word] << (np.uint64(63) - (seen & np.uint32(63)))
        rank = self._before[word] + np.bitwise_count(bits)
        return np.where(bits >> np.uint64(63), rank, np.uint32(0))


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of features, (rows, tags), in units of `scale`, and the weights of transitions."""

    rows: Rows
    weights: npt.NDArray[np.int16]
    scale: float
    transitions: Floats

    @classmethod
    def of(cls, stored: Mapping[str, npt.NDArray[Any]]) -> "Model":
        """Return the model of a file's arrays."""
        weights = np.zeros((len(stored["weights"]) + 1, len(TAGS)), np.int16)
        weights[1:] = stored["weights"]
        return cls(
            Rows(stored["features"]),
            weights,
            float(stored["scale"]),
            allowed(stored["transitions"]),
        )

    def scores(self, seen: Hashes) -> Floats:
        """Return the scores of all tags for characters with these features."""
        weights = self.weights.take(self.rows.of(seen), axis=0)
        total: npt.NDArray[np.int16] = np.einsum("ijk->ik", weights)  # twice as fast as sum
        return total * np.float32(self.scale)

    def find(
        self, words: Words, hints: Sequence[int], margins: Mapping[EntityType, float]
    ) -> Iterator[Name]:
        """Yield the names in the clauses that the offsets `hints`, in order, lie in.

        Only those of the types in `margins`, and of at least the margin given there.
        """
        least = np.array([margins.get(kind, np.inf) for kind in TYPES] + [np.inf])
        for spans in _batches(_clauses(words.text, hints)):
            for name in self._find(words, spans, least):
                if name.margin >= margins.get(name.type, np.inf):
                    yield name

    def _find(self, words: Words, spans: Sequence[Span], least: Floats) -> Iterator[Name]:
        lengths = np.array([end - start for start, end in spans])
        scores = self.scores(features(words, spans))
        # No name can be surer than all of its clause that speaks for one of its type.
        none = scores[:, :1]
        best = scores[:, 1:].reshape(len(scores), len(least), -1).max(axis=2)
        most = np.add.reduceat(np.maximum(0, best - none), np.cumsum(lengths) - lengths)
        is_hopeful: npt.NDArray[np.bool_] = np.any(most >= least, axis=1)
        if not is_hopeful.any():
            return
        scores = scores[np.repeat(is_hopeful, lengths)]
        at = offsets([span for span, hopeful in zip(spans, is_hopeful, strict=True) if hopeful])
        for begin, end, kind in likely_names(scores, lengths[is_hopeful], self.transitions):
            inside = np.arange(begin, end)
            margin = scores[inside, tags_of(kind, end - begin)] - scores[inside, 0]
            yield Name(kind, int(at[begin]), int(at[end - 1]) + 1, float(margin.sum()))


@cache
def model() -> Model:
    """Return the model that ships with this package, read at the first call."""
    with (files(__package__) / "names.npz").open("rb") as file:
        return Model.of(np.load(file))


def pieces(text: str) -> list[Span]:
    """Return the spans of all clauses of `text`, and of the pauses between them."""
    return [piece.span() for piece in _PIECE.finditer(text)]


def _clauses(text: str, hints: Sequence[int]) -> Iterator[Span]:
    """Yield the spans of the clauses that the offsets `hints`, in order, lie in."""
    coming = iter(hints)
    hint = next(coming, None)
    for clause in _CLAUSE.finditer(text):
        start, end = clause.span()
        while hint is not None and hint < start:
            hint = next(coming, None)
        if hint is None:
            return
        if hint < end <= start + _LONGEST:
            yield start, end
        while hint is not None and hint < end:
            hint = next(coming, None)


def _batches(spans: Iterator[Span]) -> Iterator[list[Span]]:
    batch: list[Span] = []
    characters = 0
    for span in spans:
        batch.append(span)
        characters += span[1] - span[0]
        if characters >= _BATCH:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
