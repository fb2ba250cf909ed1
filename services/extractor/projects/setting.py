"""What an article is about as a whole: its park, its place, its occasion, its companies."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from services.contracts.messages import Entity, Stage
from services.extractor import tables
from services.extractor.dates import Calendar, Told
from services.extractor.entities.divisions import Place
from services.extractor.entities.gazetteer import by_code, gazetteer
from services.extractor.entities.names import brand_forms, is_legal
from services.extractor.entities.place import resolve
from services.extractor.projects.stages import find_stages

_OCCASION = re.compile(r"仪式|活动|大会|会议|签约会|推介会|恳谈会|洽谈会|举行|举办|召开")
_LEAD = 120
# Behind a place's name they make it another place's: 甘泉堡 is not in 甘泉.
_OTHER_PLACE = tuple("堡沟镇乡村寨屯湾岭坝堰坪洲岛")


@cache
def _parks() -> dict[str, str]:
    """Parks whose name does not tell where they lie, with the code of the place."""
    return {name: code for name, code in tables.rows("parks.tsv") if code != "-"}


@dataclass(frozen=True, slots=True)
class Setting:
    """Defaults for projects of which a sentence does not tell more."""

    park: str | None
    place: Place | None
    stage: Stage | None
    """That of the occasion the article reports (a signing, an opening), if it reports one."""
    date: Told | None
    """The day of the occasion."""
    aliases: Mapping[str, str]
    places: tuple[Place, ...]
    park_places: Mapping[str, Place]
    """The place that the text sets before a park's name, by that name: 大连|长兴岛经开区."""
    is_digest: bool
    """Whether the article tells of several parks, none of which is the article's own."""
    only_company: str | None
    """The company, where the article names one alone in full."""

    def place_of(self, park: str | None) -> Place | None:
        """Return the place that a park's name begins with, else the article's own."""
        if park:
            if park in _parks():
                return by_code(_parks()[park])
            if park in self.park_places:
                return self.park_places[park]
            if place := _place_at_head(park, self.places):
                return place
        return self.place

    def place_in(self, told: Sequence[Entity]) -> Place | None:
        """Return the first of the places in `told` that is a division."""
        places = (resolve(e.text, self.places) for e in told if e.type == "place")
        return next((p for p in places if p is not None and p.adcode), None)

    def county_in(self, told: Sequence[Entity]) -> Place | None:
        """Return the last county of the article's own place in `told`: 在江油市分会场，…."""
        places = [resolve(e.text, self.places) for e in told if e.type == "place"]
        counties = [p for p in places if p and self.place and self.place.holds(p)]
        return counties[-1] if counties else None

    def brand_in(self, name: str) -> str | None:
        """Return the company whose short name a project's name begins with (after a place)."""
        known = gazetteer().by_name
        for start in range(min(6, len(name))):
            if start and name[:start] not in known:
                continue
            told = [
                self.aliases[name[start:end]]
                for end in range(min(len(name), start + 8), start + 1, -1)
                if name[start:end] in self.aliases
            ]
            if told:
                return next((full for full in told if is_legal(full)), told[0])
        return None

    def short(self, name: str, told: str) -> str:
        """Return a short name for a company, for the project that has no other."""
        forms = sorted((form for form in brand_forms(name) if len(form) >= 3), key=len)
        return (told if len(told) <= 6 else forms[0] if forms else told) + "项目"


def _place_at_head(park: str, places: Sequence[Place]) -> Place | None:
    """Return the division that a park's name begins with; `places` are those of the article."""
    known = gazetteer().by_name
    for n in range(min(11, len(park)), 1, -1):
        if park[:n] in known and not park.startswith(_OTHER_PLACE, n):
            place = resolve(park[:n], places)
            if place is None or place.level == "region":
                return None
            part = _place_at_head(park[n:], [place])  # 云南省|曲靖市|沾益区
            return part if part and place.holds(part) else place
    return None


def _park_places(entities: Sequence[Entity], places: Sequence[Place]) -> dict[str, Place]:
    """Return the divisions that stand before the names of parks, by the park's name."""
    told: dict[str, Place] = {}
    for e in entities:
        if e.type != "park" or e.text.startswith(e.name[:2]):
            continue
        if place := _place_at_head(e.text, places):
            told.setdefault(e.name, place)
    return told


def read_setting(
    text: str,
    title: str,
    entities: Sequence[Entity],
    *,
    park: str | None,
    aliases: Mapping[str, str],
    calendar: Calendar,
) -> Setting:
    """Return the setting of an article from its title, its first sentences and its places."""
    places = tuple(
        place
        for e in entities
        if e.type == "place" and (place := resolve(e.name, ())) is not None and place.adcode
    )
    is_digest = _is_digest(park, entities)
    stage, date = _occasion(text, title, calendar)
    full = {e.name for e in entities if e.type == "company" and is_legal(e.name)}
    return Setting(
        None if is_digest else park,
        _main_place(places) or _titled_place(title) or (_place_at_head(park, ()) if park else None),
        stage,
        date,
        aliases,
        places,
        _park_places(entities, places),
        is_digest=is_digest,
        only_company=next(iter(full)) if len(full) == 1 else None,
    )


def _is_digest(park: str | None, entities: Sequence[Entity]) -> bool:
    counts = Counter(e.name for e in entities if e.type == "park")
    return len(counts) > 2 and counts[park or ""] * 2 < sum(counts.values())


def _main_place(places: Sequence[Place]) -> Place | None:
    """Return the city named most, its counties counted with it; else a county, a province."""
    counts = Counter(places)
    for level in ("city", "county", "province"):
        votes = {
            p: sum(n for q, n in counts.items() if p.holds(q)) for p in counts if p.level == level
        }
        if votes:
            return max(votes, key=lambda p: votes[p])
    return None


def _titled_place(title: str) -> Place | None:
    """Return the first division of the title, for a text that names none."""
    told = (resolve(title[start:end], ()) for start, end in gazetteer().finder.find(title))
    return next((place for place in told if place is not None and place.adcode), None)


def _occasion(text: str, title: str, calendar: Calendar) -> tuple[Stage | None, Told | None]:
    lead_end = min(len(text), _LEAD)
    for source, start, end in ((title, 0, len(title)), (text, 0, lead_end)):
        verb = next((v for v in find_stages(source, start, end) if v.stage and not v.planned), None)
        if verb and _OCCASION.search(source, verb.end, min(len(source), verb.end + 20)):
            dates = [d for d in calendar.find(0, lead_end) if d.precision == "day"]
            return verb.stage, dates[0] if dates else None
    verb = next((v for v in reversed(list(find_stages(title, 0, len(title)))) if v.stage), None)
    if verb is None or verb.planned:
        return None, None
    return verb.stage, _day_of(verb.stage, text, lead_end, calendar)


def _day_of(stage: Stage | None, text: str, end: int, calendar: Calendar) -> Told | None:
    """Return the day before the verb by which the lead tells the stage of the title."""
    verb = next((v for v in find_stages(text, 0, end) if v.stage == stage and not v.planned), None)
    if verb is None:
        return None
    days = [d for d in calendar.find(0, verb.start) if d.precision == "day"]
    return days[-1] if days else None
