"""What an amount says, by the words around it in its clause: `data/roles.toml`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from services.contracts.messages import AmountKind, Role
from services.extractor.amounts.grammar import Quantity
from services.extractor.amounts.units import load
from services.extractor.matching import alternatives

_CLAUSE: Final = re.compile(r"[。；;！!？?\n，,、\t]")
_SENTENCE: Final = re.compile(r"[。！!？?\n]")
# 产值分别达3亿元、5亿元 and 投资50亿元(约合7亿美元): the second is said of the same.
_AND: Final = re.compile("[、和及与]?|[(（](?:折合|合|相当于)?")
# 产能由20GWh提升至32GWh, 产值突破千亿元，达1062亿元: what it was and what it is.
_TO: Final = re.compile(
    "(?:提升|提高|增加|增长?|扩大|扩充|扩产|扩|上升|翻番|攀升|跃升|跃)(?:至|到|为)(?:约|近|超)?|[，,]达"
    r"|[，,](?:今年|明年|后年|年底|年内|全年|上半年|下半年|[一二三四]季度|就|又|便|已|预计|有望|力争|计划|将|可|争取|目标|到?20\d\d年)+"
)
_LIST: Final = re.compile("[^，,。；;、\n\t]{0,20}[、和及][^，,。；;、\n\t]{0,12}")
_NEXT_LINE: Final = re.compile("[^，,。；;、\\d\n\t]{1,20}[，,]")
_PHASE_LEAD: Final = re.compile(
    "(?:[一二三四五]期|首期)[^，,。；;、]{0,16}[，,][^，,。；;、总共]{0,6}\\Z"
)
_COUNT_LEAD: Final = re.compile("(?<=[，,])(?:总?共|共计|总计|合计)[有计]?\\Z")
_LEFT_REACH: Final = 40
_RIGHT_REACH: Final = 18
_SENTENCE_REACH: Final = 120


@dataclass(frozen=True, slots=True)
class _Cues:
    """The cue words for one kind of amount."""

    left: re.Pattern[str]
    left_roles: dict[str, Role]
    right: tuple[tuple[re.Pattern[str], frozenset[str], Role], ...]
    verbs: tuple[tuple[re.Pattern[str], re.Pattern[str], frozenset[str], Role], ...]
    written: tuple[tuple[str, Role], ...]
    units: dict[Role, frozenset[str]]
    phases: tuple[tuple[Role, re.Pattern[str], Role], ...]


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(alternatives(words))


@cache
def _cues(kind: AmountKind) -> _Cues | None:
    entries: list[dict[str, Any]] = [
        entry for entry in load("roles")["roles"] if kind in entry["kinds"]
    ]
    if not entries:
        return None
    left: dict[str, Role] = {}
    ends: dict[str, list[str]] = {}
    right, verbs, written, phases = [], [], [], []
    units: dict[Role, frozenset[str]] = {}
    for entry in entries:
        role: Role = entry["role"]
        allowed = frozenset(entry.get("units", ()))
        if allowed:
            units[role] = allowed
        for word in entry.get("left", ()):
            left[word] = role
            ends[word] = entry.get("not_before", [])
        if "right" in entry:
            never = f"(?!{alternatives(entry['not_between'])})" if "not_between" in entry else ""
            between = rf"(?:{never}[^。；;！!？?\n，,、\t的将与对在]){{0,{entry.get('reach', 2)}}}?"
            right.append((re.compile(between + alternatives(entry["right"])), allowed, role))
        if "verbs" in entry:
            verbs.append((_pattern(entry["verbs"]), _pattern(entry["within"]), allowed, role))
        if "narrows" in entry:
            phases.append((entry["narrows"], _pattern(entry["with"]), role))
        written += [(spelling, role) for spelling in entry.get("written", ())]
    return _Cues(
        re.compile(alternatives(left, ends)) if left else re.compile("(?!)"),
        left,
        tuple(right),
        tuple(verbs),
        tuple(written),
        units,
        tuple(phases),
    )


def role_of(text: str, quantity: Quantity, before: Quantity | None, role_before: Role) -> Role:
    """Return the role of `quantity` in folded `text`.

    `before` is the amount before it, of role `role_before`: nothing left of it is looked at.
    """
    cues = _cues(quantity.kind)
    if cues is None:
        return "other"
    floor = before.end if before else 0
    same_kind = before is not None and before.kind == quantity.kind and role_before != "other"
    reached = quantity.start + text.startswith("达", quantity.start)
    if same_kind and (
        _AND.fullmatch(text, floor, quantity.start) or _TO.fullmatch(text, floor, reached)
    ):
        return role_before
    clause = _start(_CLAUSE, text, max(floor, quantity.start - _LEFT_REACH), quantity.start)
    found = (
        _left(cues, text, clause, quantity)
        or _right(cues, text, quantity)
        or _verb(cues, text, clause, quantity)
    )
    if found is None and clause > floor and quantity.kind == "money":
        sentence = _start(_SENTENCE, text, max(floor, quantity.start - _LEFT_REACH), clause)
        found = _left(cues, text, sentence, quantity)
    for general, words, narrower in cues.phases:
        if found == general and words.search(text, clause, quantity.start):
            return narrower
        other = before is None or before.kind != quantity.kind  # 一期建设2GWh产能，投资7亿元
        begin = max(0 if other else floor, quantity.start - _LEFT_REACH)
        lead = _PHASE_LEAD.search(text, begin, quantity.start)
        if found == general and lead and words.search(text, lead.start(), lead.end()):
            return narrower  # 二期项目已启动设计，计划投资2亿元
    listed = before is not None and role_before == "capacity"
    if found is None and listed and _LIST.fullmatch(text, floor, quantity.start):
        return role_before  # 年产100万套座椅、50万台电机
    if found is None and listed and same_kind and _NEXT_LINE.fullmatch(text, floor, quantity.start):
        return role_before  # 年产4000吨保温材料，5万吨晶须
    if found is None:
        found = next(
            (role for word, role in cues.written if word in text[quantity.start : quantity.end]),
            None,
        )
    return found or ("price" if quantity.kind == "price" else "other")


def heading_role(heading: str, kind: AmountKind) -> Role:
    """Return the role that the head of a table's column gives to its cells."""
    cues = _cues(kind)
    found = [match[0] for match in cues.left.finditer(heading)] if cues else []
    if cues and found:
        return cues.left_roles[found[-1]]
    return "price" if kind == "price" else "other"


def _start(delimiter: re.Pattern[str], text: str, floor: int, end: int) -> int:
    """Return where the clause that ends at `end` begins."""
    start = floor
    for match in delimiter.finditer(text, floor, end):
        start = match.end()
    return start


def _fits(cues: _Cues, role: Role, quantity: Quantity) -> bool:
    return role not in cues.units or quantity.unit in cues.units[role]


def _left(cues: _Cues, text: str, start: int, quantity: Quantity) -> Role | None:
    found = None
    for match in cues.left.finditer(text, start, quantity.start):
        role = cues.left_roles[match[0]]
        if _fits(cues, role, quantity):
            found = role
    return found


def _right(cues: _Cues, text: str, quantity: Quantity) -> Role | None:
    for pattern, units, role in cues.right:
        if (not units or quantity.unit in units) and pattern.match(
            text, quantity.end, quantity.end + _RIGHT_REACH
        ):
            return role
    return None


def _verb(cues: _Cues, text: str, clause: int, quantity: Quantity) -> Role | None:
    """竣工44个 counts projects where its sentence speaks of projects."""
    lead = _COUNT_LEAD.search(text, clause, quantity.start)
    if lead:  # 集中开工，共52个
        clause = _start(_CLAUSE, text, max(0, clause - _LEFT_REACH), max(0, clause - 1))
    for verbs, within, units, role in cues.verbs:
        if quantity.unit in units and verbs.search(text, clause, quantity.start):
            start = max(0, quantity.start - _SENTENCE_REACH)
            if within.search(text, _start(_SENTENCE, text, start, quantity.start), quantity.start):
                return role
    return None
