"""The model of names: a table of weights, and the names it finds in a text (see CARD.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from services.contracts.messages import EntityType
from services.extractor.segment import Words
from services.extractor.statistics.features import BITS, Hashes, code_points, features
from services.extractor.statistics.tagging import TAGS, Floats, Offsets, allowed, best_tags

_PAUSES: Final = np.array(
    [ord(c) for c in "\n\t ，。！？；：、,!?;:（）()“”\"'《》【】…—"], np.uint32
)


class Name(NamedTuple):
    """A name with its span; `margin` is how much likelier it is than that there is none."""

    type: EntityType
    start: int
    end: int
    margin: float


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of features, (rows, tags), the row of every feature, and the transitions."""

    rows: npt.NDArray[np.uint32]
    weights: Floats
    transitions: Floats

    def scores(self, seen: Hashes) -> Floats:
        """Return the scores of all tags for characters with these features."""
        rows = self.rows[seen]
        total = self.weights[rows[:, 0]]
        for column in range(1, rows.shape[1]):
            total += self.weights[rows[:, column]]
        return total

    def find(self, words: Words, hints: Sequence[int]) -> Iterator[Name]:
        """Yield the names in the clauses that the offsets `hints` lie in, in order."""
        at, lengths = _clauses(words.text, hints)
        if not len(at):
            return
        scores = self.scores(features(words, at))
        tags = best_tags(scores, lengths, self.transitions)
        begins = np.flatnonzero(tags % 2 == 1)
        for begin in begins.tolist():
            tag, end = int(tags[begin]), begin + 1
            while end < len(tags) and tags[end] == tag + 1 and at[end] == at[end - 1] + 1:
                end += 1
            told = scores[begin, tag] + scores[begin + 1 : end, tag + 1].sum()
            margin = float(told - scores[begin:end, 0].sum())
            yield Name(_TYPES[tag], int(at[begin]), int(at[end - 1]) + 1, margin)


_TYPES: Final[dict[int, EntityType]] = {
    number: name[2:]  # type: ignore[misc]
    for number, name in enumerate(TAGS)
    if number
}


@cache
def model() -> Model:
    """Return the model that ships with this package, read at the first call."""
    with (files(__package__) / "names.npz").open("rb") as file:
        stored = np.load(file)
        rows = np.zeros(1 << BITS, np.uint32)
        rows[stored["features"]] = np.arange(1, len(stored["features"]) + 1)
        weights = stored["weights"].astype(np.float32) * stored["scale"]
        blank = np.zeros((1, len(TAGS)), np.float32)
        return Model(rows, np.concatenate([blank, weights]), allowed(stored["transitions"]))


def _clauses(text: str, hints: Sequence[int]) -> tuple[Offsets, Offsets]:
    """Return the offsets of the characters of the clauses with a hint, and the clauses' lengths."""
    if not hints:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    is_pause = np.isin(code_points(text), _PAUSES)
    clause = np.cumsum(is_pause)
    wanted = np.zeros(clause[-1] + 1, bool)
    wanted[clause[np.array(hints)]] = True
    at = np.flatnonzero(wanted[clause] & ~is_pause)
    counts = np.bincount(clause[at])
    return at, counts[counts > 0]
