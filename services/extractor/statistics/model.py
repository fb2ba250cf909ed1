"""The model of names: a table of weights, and the names it finds in a text (see CARD.md)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from services.contracts.messages import EntityType
from services.extractor.segment import Words
from services.extractor.statistics.features import BITS, Hashes, code_points, features
from services.extractor.statistics.tagging import TAGS, Floats, Offsets, allowed, best_tags

_IS_PAUSE: Final = np.zeros(1 << 16, bool)
_IS_PAUSE[[ord(c) for c in "\n\t ，。！？；：、,!?;:（）()“”\"'《》【】…—"]] = True


class Name(NamedTuple):
    """A name with its span; `margin` is how much likelier it is than that there is none."""

    type: EntityType
    start: int
    end: int
    margin: float


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of features, (rows, tags), in units of `scale`; the row of every feature; and the
    weights of transitions.
    """

    rows: npt.NDArray[np.uint16]
    weights: npt.NDArray[np.int16]
    scale: float
    transitions: Floats

    @classmethod
    def of(cls, stored: Mapping[str, npt.NDArray[Any]]) -> "Model":
        """Return the model of a file's arrays; row 0 is for features that it does not know."""
        rows = np.zeros(1 << BITS, np.uint16)
        rows[stored["features"]] = np.arange(1, len(stored["features"]) + 1)
        weights = np.zeros((len(stored["features"]) + 1, len(TAGS)), np.int16)
        weights[1:] = stored["weights"]
        return cls(rows, weights, float(stored["scale"]), allowed(stored["transitions"]))

    def scores(self, seen: Hashes) -> Floats:
        """Return the scores of all tags for characters with these features."""
        rows = self.rows[seen]
        total = self.weights[rows[:, 0]]
        for column in range(1, rows.shape[1]):
            total += self.weights[rows[:, column]]
        return total.astype(np.float32) * np.float32(self.scale)

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
        return Model.of(np.load(file))


def _clauses(text: str, hints: Sequence[int]) -> tuple[Offsets, Offsets]:
    """Return the offsets of the characters of the clauses with a hint, and the clauses' lengths."""
    if not hints:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    is_pause = _IS_PAUSE[np.minimum(code_points(text), len(_IS_PAUSE) - 1)]
    clause = np.cumsum(is_pause)
    wanted = np.zeros(clause[-1] + 1, bool)
    wanted[clause[np.array(hints)]] = True
    at = np.flatnonzero(wanted[clause] & ~is_pause)
    counts = np.bincount(clause[at])
    return at, counts[counts > 0]
