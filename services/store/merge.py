"""One project out of its tellings: the furthest stage, the fullest names, the history."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, TypeVar, get_args

from msgspec import Struct

from services.contracts.messages import Stage
from services.store.same_project import Link, Place, Telling

Value = TypeVar("Value", bound=Hashable)

_ORDER: Final = {stage: number for number, stage in enumerate(get_args(Stage))}


class Merged(Struct, frozen=True, kw_only=True):
    """A project, whoever tells of it."""

    latest: Telling
    """The telling of its furthest stage, the newest if there are several."""
    name: str
    investors: tuple[str, ...]
    amount_low: float | None
    amount_high: float | None
    currency: str | None
    area_m2: float | None
    park: str | None
    place: str | None
    adcode: str | None
    stages: tuple[str, ...]
    """Each stage that is told, in the order of its kind, with the earliest date told of it:
    签约 2024-03."""
    industry: str | None
    articles: int
    confidence: float


def merge(tellings: Mapping[Place, Telling], links: Mapping[Place, Link]) -> Merged:
    """Return the project of `tellings`, at least one; their order does not matter.

    What they do not agree on is decided by most of them, and by the newest among equals.
    """
    newest_first = sorted(tellings.values(), key=_age, reverse=True)
    latest = max(newest_first, key=lambda t: _ORDER.get(t.stage or "", -1))  # the first of several
    money = _most(newest_first, lambda t: t.currency and (t.amount_low, t.amount_high, t.currency))
    where = _most(newest_first, lambda t: t.place and (t.place, t.adcode))
    return Merged(
        latest=latest,
        name=_most(newest_first, lambda t: t.name) or latest.name,
        investors=max(
            (tuple(t.investors) for t in newest_first), key=lambda names: sum(map(len, names))
        ),
        amount_low=money[0] if money else None,
        amount_high=money[1] if money else None,
        currency=money[2] if money else None,
        area_m2=_most(newest_first, lambda t: t.area_m2),
        park=_most(newest_first, lambda t: t.park),
        place=where[0] if where else None,
        adcode=where[1] if where else None,
        stages=_history(newest_first),
        industry=_most(newest_first, lambda t: t.industry),
        articles=len({article for article, _ in tellings}),
        confidence=min(links[place].confidence for place in tellings),
    )


def _age(telling: Telling) -> tuple[Any, ...]:
    return telling.date or telling.published or "", telling.published or "", telling.at


def _most(tellings: Sequence[Telling], value_of: Callable[[Telling], Any]) -> Any:
    counted = Counter(value for value in map(value_of, tellings) if value)
    return counted.most_common(1)[0][0] if counted else None  # the first of equals: the newest


def _history(tellings: Sequence[Telling]) -> tuple[str, ...]:
    dates: dict[str, list[str]] = {}
    for telling in tellings:
        if telling.stage:
            dates.setdefault(telling.stage, []).append(
                telling.date or (telling.published or "").partition("T")[0]
            )
    return tuple(
        " ".join(filter(None, (stage, min(filter(None, dates[stage]), default=""))))
        for stage in sorted(dates, key=lambda stage: _ORDER[stage])
    )
