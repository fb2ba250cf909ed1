"""A project while it is put together, and when two of them are one."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from services.contracts.messages import Amount, Stage
from services.extractor.dates import Told
from services.extractor.entities.divisions import Place
from services.extractor.entities.names import brand_forms, without_place
from services.extractor.projects.stages import is_later

_PART = "phase_investment"
_TOTAL = ("total_investment", "contract_value")
PHASE = re.compile(r"[一二三四五六]期")
"""A phase of a project."""
_COMMON = re.compile(r"(?:合作|建设|投资|产业化|[一二三]期|的)?项目$|[\W_]")


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    return without_place(_COMMON.sub("", name))


@dataclass(slots=True)
class Draft:
    """What the article says of one project so far; spans are offsets in its text."""

    name: str
    start: int
    end: int
    is_named: bool
    """False for a company that invests, or for what it builds by description only (生产基地)."""
    investors: list[str] = field(default_factory=list)
    amount: Amount | None = None
    land: Amount | None = None
    floor: Amount | None = None
    park: str | None = None
    place: Place | None = None
    """Where its sentence puts it, in an article about several places."""
    stage: Stage | None = None
    is_planned: bool = False
    """Whether the stage is but what a plan says of the present."""
    date: Told | None = None
    told: str = ""
    """The sentence or cells that tell of it."""
    evidence: list[tuple[int, int]] = field(default_factory=list)
    needs_amount: bool = False
    """Whether it is a project only if something is invested in it: a park that is being built."""

    @property
    def key(self) -> str:
        """The name without 项目, marks and a leading place."""
        return _key(self.name)

    def take(self, amount: Amount, *, is_investment: bool) -> None:
        """Keep `amount` if it is the first of its sort; a total replaces a part."""
        if amount.kind == "money":
            if is_investment and (self.amount is None or self._is_fuller(amount, self.amount)):
                self.amount = amount
        elif amount.kind == "area":
            if amount.role == "land_area":
                self.land = self.land or amount
            else:
                self.floor = self.floor or amount

    def _is_fuller(self, amount: Amount, other: Amount) -> bool:
        """Return whether `amount` is the total and `other` a part: a phase, a year's share."""
        return (
            amount.role in _TOTAL
            and other.role not in _TOTAL
            and not (PHASE.search(self.name) and other.role == _PART)
        )

    def gives_way_to(self, stage: Stage | None, *, is_planned: bool) -> bool:
        """Return whether `stage` is better: reached where this is planned, else the later one."""
        if stage and self.stage and self.is_planned != is_planned:
            return self.is_planned
        return is_later(stage, self.stage)

    def absorb(self, other: "Draft") -> None:
        """Take over what only `other` knows; of two stages the later wins, with its date."""
        if other.is_named and (not self.is_named or len(other.name) > len(self.name)):
            self.name, self.is_named = other.name, True
        self.investors += [i for i in other.investors if i not in self.investors]
        if other.amount and (self.amount is None or self._is_fuller(other.amount, self.amount)):
            self.amount = other.amount
        self.needs_amount = self.needs_amount and other.needs_amount
        self.land = self.land or other.land
        self.floor = self.floor or other.floor
        self.park = self.park or other.park
        self.place = self.place or other.place
        if self.gives_way_to(other.stage, is_planned=other.is_planned):
            self.stage, self.date = other.stage, other.date or self.date
            self.is_planned = other.is_planned
        self.date = self.date or other.date
        self.evidence += [span for span in other.evidence if span not in self.evidence]


def is_same(one: Draft, other: Draft) -> bool:
    """Return whether two drafts of one article are the same project.

    Names are compared without 项目 and leading places; a shorter telling drops words but keeps
    their order (易时特充电桩项目 for 易时特湖南株洲充电桩合作项目). A project without a name is
    the one that its investor has in the article.
    """
    shared = _share_investor(one, other)
    if not one.is_named and not other.is_named:
        return shared and not _differ(one, other)
    if not (one.is_named and other.is_named):
        return shared or _names_investor(one, other) or _names_investor(other, one)
    short, long = sorted((one.key, other.key), key=len)
    if short == long:
        return bool(short)
    if shared and not _differ(one, other) and (_is_brand(one) or _is_brand(other)):
        return True
    if len(short) < 4 or _differ(one, other):
        return False
    if short in long:
        return shared or len(short) * 2 > len(long)
    return shared and _is_subsequence(short, long)


def _differ(one: Draft, other: Draft) -> bool:
    """Return whether their amounts say that the two are different, e.g. two phases."""
    a, b = one.amount, other.amount
    if a is None or b is None or (a.role == _PART) != (b.role == _PART):
        return False
    return (a.low, a.high) != (b.low, b.high)


def _share_investor(one: Draft, other: Draft) -> bool:
    return any(
        a == b or a in brand_forms(b) or b in brand_forms(a)
        for a in one.investors
        for b in other.investors
    )


def _names_investor(named: Draft, unnamed: Draft) -> bool:
    """Return whether a name begins with the other's brand: 岚洋众创城, and 岚洋集团 invests."""
    if not named.is_named or unnamed.is_named or named.name in named.investors:
        return False
    return any(named.key.startswith(form) for i in unnamed.investors for form in brand_forms(i))


def _is_brand(draft: Draft) -> bool:
    """Return whether a project is named by its investor's short name alone: 岚洋项目."""
    return any(draft.key in brand_forms(investor) for investor in draft.investors)


def _is_subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(character in rest for character in short)
