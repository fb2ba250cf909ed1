"""Which tellings are one project: how far two agree, and how sure that makes it.

Each thing in which two tellings agree is taken for an independent witness that errs with some
probability; confidence is the probability that not all of them err (noisy or). What cannot be of
one project (two amounts that differ, two provinces, two phases, one article that tells of two)
speaks against it for good. Weights are judgement, not measurement: docs/decisions/0006.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Struct

from services.store.groups import Links, pairs
from services.store.keys import key

Place = tuple[UUID, int]
"""A telling's place: its article, and its position there."""

SURE: Final = 0.85
"""The least confidence that makes two tellings one project."""

_WEIGHTS: Final = {
    "passage": 0.95,  # the same sentences and the same name: a re-post
    "name": 0.8,
    "short name": 0.6,  # one of a few characters, which many projects have
    "amount": 0.7,
    "investor": 0.6,
    "similar name": 0.5,
    "park": 0.4,
    "similar amount": 0.3,
    "place": 0.25,
}
_LONG_NAME: Final = 5
_SIMILAR: Final = 0.6
"""Share of character bigrams (Dice) that similar names have in common."""
_SAME_AMOUNT: Final = 0.005
_SIMILAR_AMOUNT: Final = 0.1

_ENDS: Final = tomllib.loads(files("services.store.data").joinpath("names.toml").read_text("utf-8"))
_MARKS: Final = re.compile(r"[\W_]+")
_PHASE: Final = re.compile(r"(?:第)?([一二三四五六七八九十\d]+)期")
_PASSAGE_BIT: Final = 1 << 63


class Telling(Struct, frozen=True, kw_only=True):
    """A project (or a total) as one article tells it."""

    article_id: UUID
    position: int
    kind: str
    name: str
    investors: Sequence[str] = ()
    amount_low: float | None = None
    amount_high: float | None = None
    currency: str | None = None
    area_m2: float | None = None
    park: str | None = None
    place: str | None = None
    adcode: str | None = None
    stage: str | None = None
    date: str | None = None
    date_precision: str | None = None
    date_inferred: bool = False
    industry: str | None = None
    published: str | None = None
    """The article's time, ISO 8601, as exact as it is known."""

    @property
    def at(self) -> Place:
        """Its place."""
        return self.article_id, self.position

    @property
    def amount(self) -> float | None:
        """The lower bound, or else the upper."""
        return self.amount_low if self.amount_low is not None else self.amount_high


class Link(NamedTuple):
    """Why a telling belongs to its project."""

    confidence: float
    agreement: tuple[str, ...]


ALONE: Final = Link(1.0, ())
"""Nobody else tells of it."""


class _Traits(NamedTuple):
    """What two tellings are compared by."""

    telling: Telling
    core: str
    bigrams: frozenset[str]
    phases: frozenset[str]
    investors: frozenset[str]
    passages: frozenset[int]


def keys(telling: Telling, passage: str) -> list[int]:
    """Return the keys that a telling shares with every one that it may agree with.

    `passage` is the text of its evidence, which may be empty. That key is negative, so that
    agreement in it can be told from the rest.
    """
    traits = _traits(telling, ())
    core = traits.core
    where = [place for place in (telling.park, (telling.adcode or "")[:4]) if place]
    amount = "" if telling.amount is None else f"{telling.currency} {telling.amount:.3g}"
    both = [
        *(("name, where", core, place) for place in where if core),
        *(("name, investor", core, investor) for investor in traits.investors if core),
        *(("investor, where", who, place) for who in traits.investors for place in where),
    ]
    if amount:
        both += [("name, amount", core, amount)] if core else []
        both += [("investor, amount", investor, amount) for investor in traits.investors]
        both += [("amount, where", amount, place) for place in where]
    found = [key(telling.kind, *parts) for parts in both]
    if core and passage:
        found.append(key(telling.kind, "passage", core, _plain(passage)) - _PASSAGE_BIT)
    return sorted(set(found))


class Known(Struct, frozen=True):
    """A telling, and what is known of it."""

    telling: Telling
    keys: Sequence[int]
    project_id: UUID | None = None
    """Its project, which is whole; None where that has to be found out."""
    link: Link = ALONE


def projects(tellings: Mapping[Place, Known]) -> list[dict[Place, Link]]:
    """Return the tellings of each project, each with its link to the one that it agrees with most.

    Tellings of one known project stay together; they are not compared with one another again.
    """
    traits = {at: _traits(known.telling, known.keys) for at, known in tellings.items()}
    links = Links(tellings)
    best = {at: known.link for at, known in tellings.items()}
    first: dict[UUID, Place] = {}
    for at, known in tellings.items():
        if known.project_id is not None:
            links.join(at, first.setdefault(known.project_id, at))
    fresh = {at for at, known in tellings.items() if known.project_id is None}
    for one, other in pairs({at: known.keys for at, known in tellings.items()}, fresh):
        link = _compare(traits[one], traits[other])
        if link.confidence >= SURE:
            links.join(one, other)
            for at in (one, other):
                best[at] = link if best[at] == ALONE else max(link, best[at])
    return [{at: best[at] for at in sorted(group)} for group in links.groups()]


def _compare(one: _Traits, other: _Traits) -> Link:
    a, b = one.telling, other.telling
    amounts = _amounts(a, b)
    if (
        a.kind != b.kind
        or a.article_id == b.article_id
        or amounts == "other"
        or (one.phases and other.phases and one.phases != other.phases)
        or not _within(a.adcode, b.adcode)
    ):
        return Link(0.0, ())
    agreement = tuple(
        filter(
            None,
            (
                _names(one, other),
                "passage" if one.core == other.core and one.passages & other.passages else None,
                amounts,
                "investor" if one.investors & other.investors else None,
                _places(a, b),
            ),
        )
    )
    doubt = 1.0
    for witness in agreement:
        doubt *= 1 - _WEIGHTS[witness]
    return Link(round(1 - doubt, 4), agreement)


def _names(one: _Traits, other: _Traits) -> str | None:
    if not one.core or not other.core:
        return None
    if one.core == other.core:
        return "name" if len(one.core) >= _LONG_NAME else "short name"
    shared = len(one.bigrams & other.bigrams)
    dice = 2 * shared / max(1, len(one.bigrams) + len(other.bigrams))
    return "similar name" if dice >= _SIMILAR or _holds(one.core, other.core) else None


def _holds(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 3 and shorter in longer


def _amounts(a: Telling, b: Telling) -> str | None:
    if a.amount is None or b.amount is None or a.currency != b.currency:
        return None
    greater = max(abs(a.amount), abs(b.amount))
    apart = abs(a.amount - b.amount) / greater if greater else 0.0
    if apart <= _SAME_AMOUNT:
        return "amount"
    return "similar amount" if apart <= _SIMILAR_AMOUNT else "other"


def _places(a: Telling, b: Telling) -> str | None:
    if a.park and a.park == b.park:
        return "park"
    if a.adcode and b.adcode:
        return "place"  # one holds the other, else it is no match at all
    return "place" if a.place and a.place == b.place else None


def _within(one: str | None, other: str | None) -> bool:
    """Return whether one GB/T 2260 code may lie in the other; an unknown one may lie anywhere."""
    short, long = sorted(
        (re.sub("(00)+$", "", one or ""), re.sub("(00)+$", "", other or "")), key=len
    )
    return long.startswith(short)


def _traits(telling: Telling, own_keys: Iterable[int]) -> _Traits:
    investors = frozenset(filter(None, map(_company, telling.investors)))
    name = _plain(telling.name)
    core = _without_ends(_PHASE.sub("", name), _ENDS["project_ends"])
    for part in sorted({*map(_plain, telling.investors), *investors}, key=len, reverse=True):
        core = core.replace(part, "") if part else core
    for where in (telling.park, telling.place):
        core = core.removeprefix(_plain(where or ""))
    return _Traits(
        telling,
        core,
        frozenset(core[i : i + 2] for i in range(len(core) - 1)),
        frozenset(_PHASE.findall(name)),
        investors,
        frozenset(k for k in own_keys if k < 0),
    )


def _company(name: str) -> str:
    return _without_ends(_plain(name), _ENDS["company_ends"])


def _without_ends(name: str, ends: Iterable[str]) -> str:
    """Return `name` without what it ends in, but never nothing."""
    for end in ends:
        if name.endswith(end) and name != end:
            name = name.removesuffix(end)
    return name


def _plain(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).lower()
