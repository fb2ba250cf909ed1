"""From an article's entities and amounts to its projects.

Every named project, and every company that invests or signs without a named project, becomes a
draft with what its sentence tells; sentences that speak of 该项目 add to the one before; drafts
that are one project are merged. Totals over many projects (7个项目总投资206亿元) become
aggregates, and their amounts belong to no single project.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from services.contracts.messages import Amount, Entity, Project
from services.extractor.dates import Calendar
from services.extractor.entities.lists import Item
from services.extractor.industries import industry_of
from services.extractor.projects import amounts as owners
from services.extractor.projects import candidates, circumstances
from services.extractor.projects.clauses import Sentence, read_sentences
from services.extractor.projects.draft import Draft, is_same
from services.extractor.projects.setting import Setting
from services.extractor.projects.tables import read_tables, table_spans
from services.extractor.projects.totals import read_total

_THAT_PROJECT = re.compile(
    r"^[\s“]*(?:据悉|据了解|据介绍|其中)?[，,]?(?:该|此|这一|这个|本)?(?:项目|基地|园区|工厂|产业园)|该项目"
    r"|^(?:计划)?总投资|^占地|^(?:其中，?)?一期"
)


def find_projects(
    text: str,
    entities: Sequence[Entity],
    amounts: Sequence[Amount],
    *,
    items: Sequence[Item],
    setting: Setting,
    calendar: Calendar,
) -> tuple[Project, ...]:
    """Return the article's projects and aggregates, in the order in which they are told."""
    tables = table_spans(text)
    telling = _Telling(items, setting)
    for sentence in read_sentences(text, entities, amounts, calendar):
        if not any(start <= sentence.start < end for start, end in tables):
            telling.read(sentence)
    drafts = _merged([*telling.drafts, *read_tables(text, entities, amounts, calendar)])
    rows = [(d.start, _row(d, setting)) for d in drafts if d.investors or d.amount or d.stage]
    rows += [(total.evidence[0][0], total) for total in telling.totals]
    return tuple(row for _, row in sorted(rows, key=lambda pair: pair[0]))


class _Telling:
    """Reads the sentences of one article one after the other."""

    def __init__(self, items: Sequence[Item], setting: Setting) -> None:
        self.drafts: list[Draft] = []
        self.totals: list[Project] = []
        self._items = items
        self._setting = setting
        self._last: Draft | None = None
        self._paragraph = 0
        self._company: str | None = None

    def read(self, sentence: Sentence) -> None:
        """Add what one sentence tells."""
        if sentence.paragraph > self._paragraph + 1:
            self._last = None  # 该项目 does not reach over a paragraph in between
        items = self._items[
            bisect_left(self._items, sentence.start, key=_start) : bisect_left(
                self._items, sentence.end, key=_start
            )
        ]
        drafts = candidates.named(sentence, items, self._setting)
        goes_on = not sentence.many and _THAT_PROJECT.search(sentence.text) is not None
        if self._last and goes_on and not any(d.is_named for d in drafts):
            drafts = []  # 该项目…，建设年产20万吨的生产线 tells of no other project
        else:
            drafts = drafts or candidates.unnamed(sentence, self._setting)
        totals = owners.attach(sentence, drafts)
        for draft in drafts:
            circumstances.complete(
                draft,
                sentence,
                drafts,
                occasion=self._setting.stage,
                company=self._company,
            )
        total = read_total(sentence, totals, self._setting)
        if total:
            self.totals.append(total)
        if drafts:
            self.drafts += drafts
            self._last, self._paragraph = drafts[-1], sentence.paragraph
        elif self._last and goes_on:
            owners.attach(sentence, [self._last])
            circumstances.go_on(self._last, sentence)
        companies = sentence.of("company")
        self._company = companies[-1].name if companies else self._company


def _start(item: Item) -> int:
    return item.start


def _merged(drafts: Iterable[Draft]) -> list[Draft]:
    """Make one draft of those that are one project; named ones first, as they tell more."""
    merged: list[Draft] = []
    by_key: dict[str, Draft] = {}
    for draft in sorted(drafts, key=lambda d: not d.is_named):
        same = by_key.get(draft.key)
        if same is None or not is_same(same, draft):
            same = next((m for m in merged if is_same(m, draft)), None)
        if same:
            same.absorb(draft)
        else:
            merged.append(draft)
            by_key[draft.key] = draft
    return merged


def _row(draft: Draft, setting: Setting) -> Project:
    area = draft.land or draft.floor
    park = draft.park or setting.park
    place = setting.place_of(park)
    stage = draft.stage or setting.stage
    date = draft.date or (setting.date if stage == setting.stage else None)
    return Project(
        kind="project",
        name=draft.name,
        investors=tuple(draft.investors),
        amount_low=draft.amount.low if draft.amount else None,
        amount_high=draft.amount.high if draft.amount else None,
        currency=draft.amount.unit if draft.amount else None,
        area_m2=(area.low if area.low is not None else area.high) if area else None,
        park=park,
        place=place.name if place else None,
        adcode=place.adcode if place else None,
        stage=stage,
        date=date.date if date else None,
        date_precision=date.precision if date else None,
        date_inferred=date.inferred if date else False,
        industry=industry_of(draft.name, draft.told),
        evidence=tuple(draft.evidence),
    )
