"""Totals over many projects: 7个项目，总投资206亿元; 全年签约项目162个."""

import re
from collections.abc import Sequence

from services.contracts.messages import Amount, Project
from services.extractor.projects.clauses import Sentence
from services.extractor.projects.setting import Setting

_WHOLE = re.compile(r"[全该我][省市县州旗](?!级)")
_NUMERALS = frozenset("两三四五六七八九十百千")


def read_total(
    sentence: Sentence, totals: Sequence[Amount], setting: Setting, *, park: str | None
) -> Project | None:
    """Return the aggregate that a sentence tells, if it counts projects.

    `totals` are the investments of the sentence that belong to no single project; `park` is the
    one told last in the paragraph. A count in words (三个项目) is one only beside a sum.
    """
    told = "".join(sentence.between(start, end) for start, end in sentence.many)
    counted = any(c.isdigit() for c in told) or (totals and not _NUMERALS.isdisjoint(told))
    stage = next((verb.stage for verb in sentence.verbs if verb.stage), None)
    if not counted or not (totals or stage):
        return None
    money = totals[0] if totals else None
    first = min(start for start, _ in sentence.many)
    before = [d for d in sentence.dates if d.end <= first]  # 4月10日获悉，今年签约32个
    date = before[-1] if before else next(iter(sentence.dates), None)
    if date is None and stage == setting.stage:
        date = setting.date
    built = sentence.of("project")
    parks = [
        e.name
        for e in sentence.of("park")
        if not any(p.start <= e.start and e.end <= p.end for p in built)
    ]
    park = next(iter(parks), park or setting.park)
    elsewhere = None
    if not parks:  # 全县 and 无为市 are not the park of the article
        elsewhere = setting.place_in([e for e in sentence.entities if e.start < first])
        if elsewhere or _WHOLE.search(sentence.between(sentence.start, first)):
            park = None
    where = park or (elsewhere.name if elsewhere else "")
    place = elsewhere or setting.place_of(park)
    land = next((a for a in sentence.amounts if a.role == "land_area"), None)
    return Project(
        kind="aggregate",
        name=f"{where}{date.date if date else ''}{stage or ''}项目",
        amount_low=money.low if money else None,
        amount_high=money.high if money else None,
        currency=money.unit if money else None,
        area_m2=(land.low if land.low is not None else land.high) if land else None,
        park=park,
        place=place.name if place else None,
        adcode=place.adcode if place else None,
        stage=stage,
        date=date.date if date else None,
        date_precision=date.precision if date else None,
        date_inferred=date.inferred if date else False,
        evidence=((sentence.start, sentence.end),),
    )
