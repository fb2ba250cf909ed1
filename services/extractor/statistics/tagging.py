"""Tags, and the names that they make likely in the clauses of a text (forward-backward by arrays).

Tags are O, and B (begin), I (inside), E (end) and S (single) of each type.
"""

from collections.abc import Iterator
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
"""A name that is at least so likely is told. The best sequence of tags would tell fewer: where a
name may end at two places, or be of two types, none of its tags may be in it.
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
    starts = np.cumsum(lengths) - lengths
    order = np.argsort(-lengths, kind="stable")
    chances = _chances(scores, starts[order], lengths[order], transitions)
    is_taken = np.zeros(len(scores), bool)
    names: list[Span] = []
    for _, clause, begin, end, kind in sorted(_likely(chances), reverse=True):
        start = int(starts[order[clause]])
        inside = is_taken[start + begin : start + end]
        if not inside.any():
            inside[:] = True
            names.append((start + begin, start + end, kind))
    return sorted(names)


class _Chances(NamedTuple):
    """How likely the tags are, by the place of their character, by clause and by tag.

    `forward` times `backward` is the probability of a tag. That of several tags in a row is
    `forward` of the first one, times the step to each further one and its potential, times
    `backward` of the last one.
    """

    forward: Reals
    backward: Reals
    potentials: Reals
    steps: Reals
    """(from, to)"""


def _chances(scores: Floats, starts: Offsets, lengths: Offsets, transitions: Floats) -> _Chances:
    """Weigh all clauses at once (forward-backward); the longest come first."""
    places = np.arange(lengths[0])
    active = len(lengths) - np.searchsorted(lengths[::-1], places, side="right")
    is_in = places[:, None] < lengths
    shape = (*is_in.shape, len(TAGS))
    potentials, forward, backward = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    potentials[is_in] = np.exp(scores - scores.max(axis=1, keepdims=True))[
        (places[:, None] + starts)[is_in]
    ]
    totals = np.ones((*is_in.shape, 1))
    steps = np.exp(transitions.astype(np.float64))
    before = np.broadcast_to(np.eye(1, len(TAGS)), shape[1:])
    for at, n in enumerate(active.tolist()):
        now = np.matmul(before[:n], steps, out=forward[at, :n])
        now *= potentials[at, :n]
        now /= np.add.reduce(now, axis=1, keepdims=True, out=totals[at, :n])
        before = now
    potentials /= totals
    last = lengths - 1, np.arange(len(lengths))
    backward[last] = steps[:, 0] / (forward[last] @ steps[:, :1])
    for at in range(len(places) - 1, 0, -1):
        n = active[at]
        np.matmul(potentials[at, :n] * backward[at, :n], steps.T, out=backward[at - 1, :n])
    return _Chances(forward, backward, potentials, steps)


def _likely(chances: _Chances) -> Iterator[tuple[float, int, int, int, EntityType]]:
    """Yield probability, clause, start, end and type of all names that are likely."""
    each = chances.forward * chances.backward
    for start, clause, tag in np.argwhere(each >= LIKELY).tolist():
        if tag in _SINGLES:
            yield float(each[start, clause, tag]), clause, start, start + 1, _SINGLES[tag]
        if tag in _BEGINS:
            for chance, end in _likely_ends(chances, clause, start, tag):
                yield chance, clause, start, end, _BEGINS[tag]


def _likely_ends(chances: _Chances, clause: int, at: int, tag: int) -> Iterator[tuple[float, int]]:
    """Yield probability and end of the likely names that begin with the tag `tag` at `at`."""
    forward, backward, potentials, steps = chances
    inside, last = tag + 1, tag + 2
    chance = forward[at, clause, tag]
    while chance * backward[at, clause, tag] >= LIKELY:  # that the name goes on
        at += 1
        ends = chance * steps[tag, last] * potentials[at, clause, last] * backward[at, clause, last]
        if ends >= LIKELY:
            yield float(ends), at + 1
        chance *= steps[tag, inside] * potentials[at, clause, inside]
        tag = inside
