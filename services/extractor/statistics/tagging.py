"""Tags, and the best sequence of them for the clauses of a text, all at once (Viterbi over arrays).

Tags are O, and B (begin), I (inside), E (end) and S (single) of each type.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from services.contracts.messages import EntityType

Floats = npt.NDArray[np.float32]
Offsets = npt.NDArray[np.int64]

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


def best_tags(scores: Floats, lengths: Offsets, transitions: Floats) -> Offsets:
    """Return the best tag of each character.

    `scores` are those of the clauses one after the other, (characters, tags), `lengths` how many
    characters each clause has; before and after a clause is O. `transitions` are `allowed`.
    """
    order = np.argsort(-lengths, kind="stable")
    starts = (np.cumsum(lengths) - lengths)[order]
    lengths = lengths[order]
    longest = int(lengths[0]) if len(lengths) else 0
    back = np.zeros((longest, len(lengths), len(TAGS)), np.int8)
    best = transitions[0] + scores[starts] if longest else np.zeros((0, len(TAGS)), np.float32)
    active = len(lengths) - np.searchsorted(lengths[::-1], np.arange(longest), side="right")
    for at in range(1, longest):
        n = active[at]
        options = best[:n, :, None] + transitions
        back[at, :n] = options.argmax(axis=1)
        best[:n] = options.max(axis=1) + scores[starts[:n] + at]
    tags = np.zeros(len(scores), np.int64)
    now = (best + transitions[:, 0]).argmax(axis=1) if longest else np.zeros(0, np.int64)
    for at in range(longest - 1, -1, -1):
        n = active[at]
        tags[starts[:n] + at] = now[:n]
        now[:n] = back[at, np.arange(n), now[:n]]
    return tags
