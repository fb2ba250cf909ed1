"""Of whom an amount is said: the park, company, place or project that its clause is about."""

import re
from collections.abc import Sequence

import msgspec

from services.contracts.messages import Amount, Entity

_SENTENCE_END = re.compile(r"[。！？!?；;\n]")
_REACH = 200
_SUBJECT_TYPES = ("park", "company", "place", "project")
_ORDER = {"project": 0, "company": 1, "park": 2, "place": 3}


def with_subjects(
    text: str, amounts: Sequence[Amount], entities: Sequence[Entity]
) -> tuple[Amount, ...]:
    """Return the amounts, each with the entity that is named last before it in its sentence."""
    named = [e for e in entities if e.type in _SUBJECT_TYPES]
    told: list[Amount] = []
    at = 0
    current: list[Entity] = []
    for amount in amounts:
        begin = max(
            (
                m.end()
                for m in _SENTENCE_END.finditer(text, max(0, amount.start - _REACH), amount.start)
            ),
            default=amount.start - _REACH,
        )
        while at < len(named) and named[at].start < amount.start:
            current.append(named[at])
            at += 1
        current = [e for e in current if e.start >= begin]
        subject = _subject([e for e in current if e.end <= amount.start])
        told.append(msgspec.structs.replace(amount, subject=subject) if subject else amount)
    return tuple(told)


def _subject(before: Sequence[Entity]) -> str | None:
    """Return the last name told, the outermost where names nest."""
    if not before:
        return None
    last = before[-1]
    outer = [e for e in before if e.start <= last.start and e.end >= last.end]
    return max(outer, key=lambda e: (e.end - e.start, -_ORDER[e.type])).name
