"""Tags, and the names that they make likely in the clauses of a text (forward-backward by arrays).

Tags are O, and B (begin), I (inside), E (end) and S (single) of each type.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from services.contracts.messages import EntityType

Floats = npt.NDArray[np.float32]
Reals = npt.NDArray[np.float64]
Offsets = npt.NDArray[np.int64]
Span = tuple[int, int, EntityType]

TYPES: Final[tuple[EntityType, ...]] = (
    "company",
    "government",
    "organization",
    "person",
    "place",
    "title",
)
OTHER: Final = "other"
"""Names that are none of ours (films, games): learned, so that they are taken for nothing else."""
TAGS: Final = ("O", *(f"{part}-{kind}" for kind in (*TYPES, OTHER) for part in "BIES"))
LIKELY: Final = 0.3
"""A name that is at least so likely is told: F1 gains by every name that is right more often than
half of F1. The likeliest sequence of tags tells fewer: it has no name where one has several ways.
"""
_SINGLES: Final = {TAGS.index(f"S-{kind}"): kind for kind in TYPES}
_BEGINS: Final = {TAGS.index(f"B-{kind}"): kind for kind in TYPES}
_FORBIDDEN: Final = -1e4


def is_allowed() -> npt.NDArray[np.bool_]:
    """Return which transitions there may be, (from, to): what begins goes on until it ends."""
    return np.array([[_may_follow(before, after) for after in TAGS] for before in TAGS])


def _may_follow(before: str, after: str) -> bool:
    is_open, goes_on = before[0] in "BI", after[0] in "IE"
    return before[1:] == after[1:] if is_open and goes_on else is_open == goes_on


def allowed(transitions: Floats) -> Floats:
    """Return transitions (from, to) without those that there may not be."""
    return np.where(is_allowed(), transitions, np.float32(_FORBIDDEN))


def tags_of(kind: str, length: int) -> list[int]:
    """Return the numbers of the tags of a name of so many characters."""
    begin = TAGS.index(f"B-{kind}")
    return [begin + 3] if length == 1 else [begin, *[begin + 1] * (length - 2), begin + 2]


def likely_names(scores: Floats, lengths: Offsets, transitions: Floats) -> list[Span]:
    """Return the names that are likely, in order; where some overlap, the likeliest.

    `scores` are those of the clauses one after the other, (characters, tags), `lengths` how many
    characters each clause has; before and after a clause is O. `transitions` are `allowed`.
    """
    chances = _chances(scores, lengths, np.exp(transitions.astype(np.float64)))
    is_taken = np.zeros(len(scores), bool)
    names: list[Span] = []
    for _, start, end, kind in sorted(_likely(chances), reverse=True):
        if not is_taken[start:end].any():
            is_taken[start:end] = True
            names.append((start, end, kind))
    return sorted(names)


class _Chances(NamedTuple):
    """How likely the tags of the characters are: (characters, tags).

    `forward` times `backward` is the probability of a tag. That of several tags in a row is
    `forward` of the first one, times the step to each further one and its potential, times
    `backward` of the last one.
    """

    forward: Reals
    backward: Reals
    potentials: Reals
    steps: Reals
    """(from, to)"""


def _chances(scores: Floats, lengths: Offsets, steps: Reals) -> _Chances:
    """Weigh all clauses at once (forward-backward)."""
    # The first characters of all clauses, then the second ones: those of the longest clause first,
    # so that the clauses that go on lie together.
    order = np.argsort(-lengths, kind="stable")
    starts = (np.cumsum(lengths) - lengths)[order]
    places = np.arange(lengths[order[0]])[:, None]
    is_inside = places < lengths[order]
    here = (places + starts)[is_inside]
    back = np.argsort(here)
    edges = [0, *np.cumsum(np.count_nonzero(is_inside, axis=1)).tolist()]

    factors = np.exp(scores - scores.max(axis=1, keepdims=True), dtype=np.float64)
    potentials = factors[here]
    forward, backward = np.empty_like(potentials), np.empty_like(potentials)
    totals = np.empty((len(potentials), 1))
    before = np.broadcast_to(np.eye(1, len(TAGS)), (len(lengths), len(TAGS)))
    for start, end in pairwise(edges):
        now = np.matmul(before[: end - start], steps, out=forward[start:end])
        now *= potentials[start:end]
        now /= np.add.reduce(now, axis=1, keepdims=True, out=totals[start:end])
        before = now
    potentials /= totals
    last = back[np.cumsum(lengths) - 1]
    backward[last] = steps[:, 0] / (forward[last] @ steps[:, :1])
    for start, middle, end in reversed([*zip(edges, edges[1:], edges[2:], strict=False)]):
        ahead = potentials[middle:end] * backward[middle:end]
        np.matmul(ahead, steps.T, out=backward[start : start + end - middle])
    return _Chances(forward[back], backward[back], potentials[back], steps)


def _likely(chances: _Chances) -> Iterator[tuple[float, int, int, EntityType]]:
    """Yield probability, start, end and type of all names that are likely."""
    each = chances.forward * chances.backward
    for start, tag in np.argwhere(each >= LIKELY).tolist():
        if tag in _SINGLES:
            yield float(each[start, tag]), start, start + 1, _SINGLES[tag]
        if tag in _BEGINS:
            for chance, end in _likely_ends(chances, start, tag):
                yield chance, start, end, _BEGINS[tag]


def _likely_ends(chances: _Chances, at: int, tag: int) -> Iterator[tuple[float, int]]:
    """Yield probability and end of the likely names that begin with the tag `tag` at `at`."""
    forward, backward, potentials, steps = chances
    inside, last = tag + 1, tag + 2
    chance = forward[at, tag]
    while chance * backward[at, tag] >= LIKELY:  # that the name goes on
        at += 1
        ends = chance * steps[tag, last] * potentials[at, last] * backward[at, last]
        if ends >= LIKELY:
            yield float(ends), at + 1
        chance *= steps[tag, inside] * potentials[at, inside]
        tag = inside
