"""The best sequence of tags for the clauses of a text, all at once (Viterbi over arrays).

Tags are O, and B (begin) and I (inside) of each type.
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
TAGS: Final = ("O", *(f"{part}-{kind}" for kind in TYPES for part in "BI"))
_FORBIDDEN: Final = -1e4


def allowed(transitions: Floats) -> Floats:
    """Return transitions (from, to) without those to the inside of what has not begun."""
    result = transitions.copy()
    for number in range(1, len(TAGS), 2):
        begun = np.zeros(len(TAGS), bool)
        begun[[number, number + 1]] = True
        result[~begun, number + 1] = _FORBIDDEN
    return result


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
