"""From an article's entities and amounts to its projects.

Every named project, and every company that invests or signs without a named project, becomes a
draft with what its sentence tells; sentences that speak of 该项目 add to the one before; drafts
that are one project are merged. Totals over many projects (7个项目总投资206亿元) become
aggregates, and their amounts belong to no single project.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from services.contracts.messages import Amount, Entity, Project, Stage
from services.extractor.dates import Calendar, Told
from services.extractor.entities.lists import Item
from services.extractor.industries import industry_of
from services.extractor.projects import amounts as owners
from services.extractor.projects import candidates, circumstances
from services.extractor.projects.clauses import Sentence, read_sentences
from services.extractor.projects.draft import PHASE, Draft, is_same
from services.extractor.projects.setting import Setting
from services.extractor.projects.tables import read_tables, table_spans
from services.extractor.projects.totals import read_total

# A sentence that goes on about the project before: 据悉，该项目…, 根据协议，项目计划….
_LEAD_IN = (
    r"^[\s“]*(?:据悉|据了解|据介绍|其中|目前|同时|(?:根据|按照|据)[^，。]{2,12}|记者[^，。]{0,8}"
    r"|[^，。“]{2,16}(?:介绍|表示|透露|说))?[，,：:]?[\s“]*"
)
_UNDERTAKING = r"(?:项目|基地|园区|园子|工厂|产业园|中心|产线|生产线|工程|电站|综合体|平台|大厦)"
_THAT_PROJECT = re.compile(
    rf"{_LEAD_IN}(?:该|此|这一|这个|本|新|[此本]次(?:签约|开工|投资|落户|引进|增资)?的?)?{_UNDERTAKING}"
    rf"|(?:该|这(?:一|个|座|条|家|处))(?:由?[^，。]{{2,40}}的)?{_UNDERTAKING}"
    rf"|{_LEAD_IN}(?:公司|企业|集团)?(?:(?:计划|预计|估算|概算|拟|首期|规划)*总?投资|预算|占地|规划用地|计划用地|用地|双方)"
    rf"|{_LEAD_IN}[一二三四五]期"
)
_THAT_INVESTOR = re.compile(r"\s*(?:这家|该)[^，。；]{0,12}(?:企业|公司|集团|厂商|制造商|巨头)")
_FROM_AFAR = re.compile(
    r"该项目|[此本]次(?:签约|开工|投资|落户|引进|增资)的?项目|(?:^|[，,])项目(?:已|现已|全面|正式|如期|顺利|于)"
)
_NEXT = 2
"""Characters between a sentence and the next: a line break, a space."""
_BUILDING = re.compile(r"厂房|车间|主体|设备|钢结构|楼|地下|桩基")
_THIS_PHASE = re.compile(rf"{_LEAD_IN}(?:[该此本]?{_UNDERTAKING})?的?([一二三四五]期)")


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
    rowed = list(read_tables(text, entities, amounts, calendar))
    for draft in rowed:
        telling.place_in_occasion(draft)
    drafts = _merged([*telling.drafts, *rowed])
    if len(drafts) == 1 and not drafts[0].investors and setting.only_company:
        drafts[0].investors = [setting.only_company]
    rows = [(d.start, _row(d, setting)) for d in drafts if _is_told(d)]
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
        self._latest: list[Draft] = []
        self._paragraph = 0
        self._company: str | None = None
        self._park: str | None = None
        self._park_paragraph = 0
        self._occasions: list[tuple[int, Stage, Told]] = []

    def read(self, sentence: Sentence) -> None:
        """Add what one sentence tells."""
        if sentence.paragraph > self._paragraph + 1 and len({d.name for d in self.drafts}) > 1:
            self._last = None  # 该项目 reaches over a paragraph only where there is but one
        if sentence.paragraph > self._park_paragraph:
            self._park = None
        items = self._items[
            bisect_left(self._items, sentence.start, key=_start) : bisect_left(
                self._items, sentence.end, key=_start
            )
        ]
        drafts = candidates.named(sentence, items, self._setting)
        goes_on = not sentence.many and self._goes_on(sentence)
        if self._last and goes_on and not any(d.is_named for d in drafts):
            drafts = []  # 该项目…，建设年产20万吨的生产线 tells of no other project
        else:
            drafts = (
                candidates.with_others(sentence, drafts, self._setting)
                or candidates.parks_built(sentence, self._setting)
                or candidates.unnamed(sentence, self._setting)
            )
        shares = self._share_out(sentence, drafts)
        totals = owners.attach(sentence, drafts, shares)
        for draft in drafts:
            circumstances.complete(
                draft,
                sentence,
                drafts,
                occasion=self._setting.stage,
                company=self._company,
            )
            if self._is_of_those(sentence):
                self.place_in_occasion(draft)
            self._date_by_occasion(draft)
            if draft.park is None:
                self._locate(draft, sentence)
        same_paragraph = self._park_paragraph == sentence.paragraph
        total = read_total(
            sentence, totals, self._setting, park=self._park if same_paragraph else None
        )
        if total:
            self.totals.append(total)
            self._remember(sentence)
        if drafts:
            self.drafts += drafts
            self._latest = drafts
            self._last, self._paragraph = drafts[-1], sentence.paragraph
        elif self._last and goes_on and not shares:
            if sentence.paragraph <= self._paragraph + 1 or len(self.drafts) == 1:
                owners.attach(sentence, [self._last])
            circumstances.go_on(self._last, sentence)
            self._paragraph = sentence.paragraph
        parks = [p for p in sentence.of("park") if not _is_product(p, drafts)]
        if parks:
            self._park, self._park_paragraph = parks[-1].name, sentence.paragraph
        companies = sentence.of("company")
        self._company = companies[-1].name if companies else self._company

    def _locate(self, draft: Draft, sentence: Sentence) -> None:
        """Put a project of which the sentence names no park where the sentence is set.

        In a digest that is at the park told last; in an article without a park of its own, in the
        county before the project's name.
        """
        if self._setting.is_digest:
            draft.park = self._park
            draft.place = draft.place or self._setting.place_in(sentence.entities)
        elif self._setting.park is None:
            before = [e for e in sentence.entities if e.end <= draft.start]
            draft.place = draft.place or self._setting.county_in(before)

    def _share_out(self, sentence: Sentence, drafts: list[Draft]) -> list[list[Amount]]:
        """Give out what is told one for each (两个项目分别投资…); return the amounts given.

        They belong to the projects of the sentence, else to those told just before, else to
        projects without a name of the companies of the sentence.
        """
        given = []
        for share in owners.shares(sentence):
            companies = [c for c in sentence.of("company") if c.end <= share[0].start]
            if len(drafts) == len(share):
                chosen = drafts
                if len(companies) == len(share) and companies[-1].end <= drafts[0].start:
                    for draft, company in zip(drafts, companies, strict=True):
                        draft.investors = draft.investors or [company.name]
            elif len(self._latest) == len(share) and not drafts:
                chosen = self._latest
            elif len(companies) == len(share):
                chosen = [candidates.of_company(c, self._setting) for c in companies]
                drafts[:] = chosen
            else:
                continue
            owners.share_out([share], chosen, sentence)
            given.append(share)
        return given

    def _date_by_occasion(self, draft: Draft) -> None:
        """Give a project without a date the day on which many reached its stage."""
        if draft.date is None and self._occasions and draft.stage == self._occasions[-1][1]:
            draft.date = self._occasions[-1][2]

    def _goes_on(self, sentence: Sentence) -> bool:
        """Return whether the sentence tells more of the last project."""
        if self._last is None:
            return False
        if sentence.paragraph > self._paragraph + 1:
            return self._last.is_named and _FROM_AFAR.search(sentence.text) is not None
        phase = _THIS_PHASE.match(sentence.text)
        own = PHASE.search(self._last.name)
        if phase and own and phase[1] != own[0]:
            return False  # 三期项目已在论证 is not of the second phase
        if _THAT_PROJECT.search(sentence.text) or _FROM_AFAR.search(sentence.text):
            return True
        if self._is_news_of_site(sentence):
            return True
        if self._last.amount is not None:
            return False
        if self._last.investors and _THAT_INVESTOR.match(sentence.text):
            return any(owners.is_investment(a, sentence) for a in sentence.amounts)
        return any(c.name in self._last.investors for c in sentence.of("company")) and any(
            a.role == "total_investment" for a in sentence.amounts
        )

    def _is_news_of_site(self, sentence: Sentence) -> bool:
        """Return whether the sentence tells how far the building is: 三座厂房已经封顶."""
        last = self._last
        return (
            last is not None
            and last.stage is None
            and sentence.paragraph == self._paragraph
            and _BUILDING.search(sentence.text) is not None
            and any(v.stage == "在建" for v in sentence.verbs)
        )

    def _remember(self, sentence: Sentence) -> None:
        """Keep the day on which many projects were signed or begun, for those told after it."""
        verb = next((v for v in sentence.verbs if v.stage and not v.planned), None)
        date = next((d for d in sentence.dates if d.precision == "day"), self._setting.date)
        if verb and verb.stage and date:
            self._occasions.append((sentence.end, verb.stage, date))

    def _is_of_those(self, sentence: Sentence) -> bool:
        """Return whether it picks some of the many told right before it: 签约52个项目。其中，…."""
        told = self._occasions[-1][0] if self._occasions else -1
        return 0 <= sentence.start - told <= _NEXT and sentence.text.lstrip().startswith("其中")

    def place_in_occasion(self, draft: Draft) -> None:
        """Give a row of a table, or one of many, the stage and day of the occasion before it."""
        before = [o for o in self._occasions if o[0] <= draft.start]
        if before and draft.stage is None:
            _, draft.stage, date = before[-1]
            draft.date = draft.date or date


def _is_product(park: Entity, drafts: Sequence[Draft]) -> bool:
    """Return whether a park is itself what is built, or a part of its name."""
    return any(d.start <= park.start and park.end <= d.end for d in drafts)


def _is_told(draft: Draft) -> bool:
    if draft.needs_amount and draft.amount is None:
        return False
    if draft.name in draft.investors and not (draft.amount or draft.stage):
        return False  # a company of an enumeration of which nothing is said
    return bool(draft.investors or draft.amount or draft.stage)


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
    if park == draft.name:
        park = None
    place = (draft.place if park is None else None) or setting.place_of(park)
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
