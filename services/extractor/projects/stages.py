"""The stage of an undertaking, from the verbs of its clause."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple, cast

from services.contracts.messages import Stage
from services.extractor import tables
from services.extractor.matching import alternatives

# What a stage that lies ahead says about the present: 预计年底投产 means it is built now.
_BEFORE: Final[dict[Stage, Stage | None]] = {
    "洽谈": None,
    "签约": "洽谈",
    "开工": None,
    "在建": "在建",
    "竣工": "在建",
    "投产": "在建",
}
ORDER: Final[tuple[Stage, ...]] = ("洽谈", "签约", "开工", "在建", "竣工", "投产")


def is_later(stage: Stage | None, other: Stage | None) -> bool:
    """Return whether `stage` follows `other`; that work goes on (在建) is no news after 开工."""
    if stage is None or other is None:
        return stage is not None
    if (stage, other) == ("在建", "开工"):
        return False
    return ORDER.index(stage) > ORDER.index(other)


_FUTURE_REACH = 12
# A deadline: 交地后6个月内开工.
_WITHIN = re.compile(r"(?:个月|[天日年]|工作日)[之以]?内[^，。]{0,4}$")
# 从签约到投产 measures a time and tells no event.
_SPAN = re.compile(r"从[^到]{1,8}到[^，。]{0,4}$")
# What is finished then is a part of the building, not the project.
_PART = re.compile(r"(?:主体|土建|桩基|基础|钢结构|地下部分|厂房|主楼|幕墙|管网|道路)[^，。]{0,8}$")
_CLAUSE_BREAK = re.compile(r"[，,。；;、：:！!？?\n]")
# A noun made of a stage's verb is no event: 签约仪式 is, 落地率 and 开工率 are not.
_NOUN_AFTER = r"(?![率量难后]|(?<=洽谈)会|条件|环境|即|之后|以来|前|时间|能力|规模|目标)"
# Before a verb that tells no stage: 尚未开工, 从签约到落地.
_NEVER_AFTER = frozenset("从未不")


class StageVerb(NamedTuple):
    """An expression of a stage; `stage` is what it says of the present, `planned` if ahead."""

    start: int
    end: int
    stage: Stage | None
    planned: bool


@cache
def _stages() -> dict[str, Stage]:
    return {
        e: cast("Stage", stage)
        for stage, expressions in tables.rows("stages.tsv")
        for e in expressions.split()
    }


@cache
def _expression() -> re.Pattern[str]:
    # Atomic: 建成投产后 is no event, and 建成 in it is none either.
    return re.compile(f"(?>{alternatives(_stages())}){_NOUN_AFTER}")


@cache
def _future() -> re.Pattern[str]:
    return re.compile(alternatives(tables.words("future.txt")))


def as_planned(verb: StageVerb) -> StageVerb:
    """Return `verb` as one of a stage that lies ahead."""
    if verb.planned or verb.stage is None:
        return verb
    return verb._replace(stage=_BEFORE[verb.stage], planned=True)


def find_stages(text: str, start: int, end: int) -> Iterator[StageVerb]:
    """Yield the stage expressions in [start, end), in order."""
    for match in _expression().finditer(text, start, end):
        if match.start() and text[match.start() - 1] in _NEVER_AFTER:
            continue
        begin = max(start, match.start() - _FUTURE_REACH)
        before = _CLAUSE_BREAK.split(text[begin : match.start()])[-1]
        if _SPAN.search(before):
            continue
        planned = _future().search(before) is not None or _WITHIN.search(before) is not None
        stage = _stages()[match[0]]
        if stage == "竣工" and _PART.search(before):
            stage = "在建"
        if planned and stage == "在建":
            planned = False
        yield StageVerb(match.start(), match.end(), _BEFORE[stage] if planned else stage, planned)
