"""Of whom an amount is said: the park, company, place or project that its clause is about."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from services.contracts.messages import Amount, Entity
from services.extractor.entities.park import park_kind

_SENTENCE_END = re.compile(r"[。！？!?\n]")
_HALT = re.compile(r"[；;]")
_REACH = 200
_AND_OTHERS = re.compile(r"等(?:\d|[^，。；\d]{0,14}\d+余?[个家户项])")
_AT = ("在", "赴", "到", "前往")
_SUBJECT_TYPES = ("park", "company", "place", "project")
_ORDER = {"project": 0, "company": 1, "park": 2, "place": 3}


# Of whom 全区 and 该市 speak: the last district, zone or city named before; 园区: the last park.
_MEANT = re.compile(
    r"(?:[该全我本](?P<level>[省市区县州旗])|该园区|(?:^|(?<=[，。；、：\n\s“]))园区)(?![域属级长])",
    re.MULTILINE,
)


def with_subjects(
    text: str, amounts: Sequence[Amount], entities: Sequence[Entity], main_park: str | None
) -> tuple[Amount, ...]:
    """Return the amounts, each with the entity that is named last before it in its sentence.

    `main_park` is what 全区 and 园区 mean as long as no other park is named.
    """
    named = [e for e in entities if e.type in _SUBJECT_TYPES]
    named = sorted([*named, *_meant(text, named, main_park)], key=lambda e: (e.start, -e.end))
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
        before = _told_of(text, [e for e in current if e.end <= amount.start], amount)
        subject = _owned(text, amount, named, at) or _subject(_still_told(text, before, amount))
        told.append(msgspec.structs.replace(amount, subject=subject) if subject else amount)
    return tuple(told)


def _owned(text: str, amount: Amount, named: Sequence[Entity], at: int) -> str | None:
    """Return the project right behind the amount: 总投资3亿元的|岚洋热泵项目."""
    after = amount.end + text.startswith("的", amount.end)
    following = (e for e in named[at : at + 4] if e.type == "project" and e.start == after)
    return next((e.name for e in following), None) if amount.kind == "money" else None


def _told_of(text: str, before: Sequence[Entity], amount: Amount) -> list[Entity]:
    """Return the names that an amount may be said of.

    Not those of a list that the amount counts or sums up (A项目、B项目等|12个项目，总投资…), nor
    the place of an event, if there is another name (某区|在上海|签约15个项目).
    """
    listed = [e for e in before if e.type in ("project", "company")]
    if listed and _AND_OTHERS.match(text, max(e.end for e in listed), amount.end):
        before = [e for e in before if e.type in ("park", "place")]
    own = [e for e in before if not (e.type == "place" and text.endswith(_AT, 0, e.start))]
    return own or list(before)


def _still_told(text: str, before: Sequence[Entity], amount: Amount) -> list[Entity]:
    """Return the names since the last semicolon, else the zones and places before it."""
    halts = [m.end() for m in _HALT.finditer(text, before[0].end, amount.start)] if before else []
    if not halts:
        return list(before)
    return [e for e in before if e.start >= halts[-1]] or [
        e for e in before if e.type in ("park", "place")
    ]


def _meant(text: str, named: Sequence[Entity], main_park: str | None) -> Iterator[Entity]:
    """Yield what 该区, 全市 or 园区 stands for, where it stands."""
    zones = [e for e in named if e.type in ("park", "place")]
    last: dict[str, str] = {"区": main_park} if main_park else {}
    at = 0
    for match in _MEANT.finditer(text):
        while at < len(zones) and zones[at].end <= match.start():
            zone = zones[at]
            kind = park_kind(zone.name) if zone.type == "park" else None
            if zone.type == "place" or (kind and kind[1] == "zone"):
                last["区" if kind else zone.name[-1]] = zone.name
            at += 1
        level = match["level"] or "区"
        if level in last:
            yield Entity("park", match[0], match.start(), match.end(), last[level], None)


def _subject(before: Sequence[Entity]) -> str | None:
    """Return the last name told, the outermost where names nest."""
    if not before:
        return None
    last = before[-1]
    outer = [e for e in before if e.start <= last.start and e.end >= last.end]
    return max(outer, key=lambda e: (e.end - e.start, -_ORDER[e.type])).name
