"""Sentences and what lies in them: names, amounts, stages and dates."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.contracts.messages import Amount, Entity, EntityType
from services.extractor.dates import Calendar, Told
from services.extractor.projects.stages import StageVerb, as_planned, find_stages

# A sentence of more than 600 characters (a list without full stops) is cut at the next comma, so
# that what is done per sentence stays in proportion to the text.
_SENTENCE = re.compile(r"[^。！？!?；;\n]{1,600}[^。！？!?；;，\n]{0,200}[。！？!?；;，]*")
_PAUSE = re.compile(r"[，,：:]")
# 26个项目, 项目162个, 一批优质项目: what is said then is said of many.
_MANY = re.compile(
    r"(?:[\d,.]+|[两三四五六七八九十百千]+)余?多?个(?![性月人]|百分|工作|方面|部门|环节|领域)"
    r"[^，,。；、：\n]{0,10}?项目"
    r"|等[^，,。；、\d\n]{0,8}项目(?=(?:计划|预计)?总投资)"
    r"|项目(?:共有?|总数|达|超|近|约)*\s*(?:[\d,.]+|[两三四五六七八九十百]+)余?多?个|(?:一批|多个|批)[^，,。；、\n]{0,8}项目(?:共有?)?(?:[\d,.]+余?多?个)?"
)
_T = TypeVar("_T", Entity, Amount)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence (or a part of one before a semicolon) and the facts within it, in order.

    All offsets are those of the article; `many` are the spans that count projects.
    """

    text: str
    start: int
    end: int
    paragraph: int
    entities: tuple[Entity, ...]
    amounts: tuple[Amount, ...]
    verbs: tuple[StageVerb, ...]
    dates: tuple[Told, ...]
    many: tuple[tuple[int, int], ...]

    def of(self, kind: EntityType) -> list[Entity]:
        """Return the entities of one type."""
        return [e for e in self.entities if e.type == kind]

    def between(self, start: int, end: int) -> str:
        """Return the text of [start, end)."""
        return self.text[max(0, start - self.start) : max(0, end - self.start)]

    def clause_end(self, offset: int) -> int:
        """Return where the clause ends that goes on at `offset`."""
        stop = _PAUSE.search(self.text, offset - self.start)
        return self.start + (stop.start() if stop else len(self.text))


def read_sentences(
    text: str, entities: Sequence[Entity], amounts: Sequence[Amount], calendar: Calendar
) -> Iterator[Sentence]:
    """Yield the sentences of the text; `entities` and `amounts` are in order of their start."""
    at_entity = at_amount = paragraph = at = 0
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        paragraph += text.count("\n", at, start)
        at = start
        inside, at_entity = _within(entities, start, end, at_entity)
        dates = tuple(calendar.find(start, end))
        measured, at_amount = _within(amounts, start, end, at_amount)
        yield Sentence(
            match[0],
            start,
            end,
            paragraph,
            inside,
            measured,
            _stages_told(text, start, end, dates, calendar),
            dates,
            tuple(m.span() for m in _MANY.finditer(text, start, end)),
        )


def _stages_told(
    text: str, start: int, end: int, dates: Sequence[Told], calendar: Calendar
) -> tuple[StageVerb, ...]:
    """Return the stages told; one whose date lies ahead (2027年3月投产) is planned."""
    told = []
    for verb in find_stages(text, start, end):
        date = next((d for d in reversed(dates) if d.end <= verb.start), None)
        is_dated = date is not None and _PAUSE.search(text, date.end, verb.start) is None
        ahead = date is not None and is_dated and calendar.is_ahead(date)
        told.append(as_planned(verb) if ahead else verb)
    return tuple(told)


def _within(items: Sequence[_T], start: int, end: int, at: int) -> tuple[tuple[_T, ...], int]:
    """Return the items that start in [start, end), from index `at` on, and the index after them."""
    stop = at
    while stop < len(items) and items[stop].start < end:
        stop += 1
    return tuple(i for i in items[at:stop] if i.start >= start), stop
