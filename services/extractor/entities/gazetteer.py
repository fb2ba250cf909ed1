"""Places by their names: divisions in full and in short, and regions without a code."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from services.extractor import tables
from services.extractor.entities.divisions import Place, divisions, press_form, short_form
from services.extractor.matching import WordFinder
from services.extractor.segment import tag_of


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names of places: in full, in short, and short forms that need proof."""

    by_name: dict[str, tuple[Place, ...]]
    """Every form to the places that have it."""
    full: frozenset[str]
    unproven: frozenset[str]
    """Short forms that count only where the article has the full one."""
    finder: WordFinder


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer, built at the first call."""
    by_name: dict[str, list[Place]] = defaultdict(list)
    full, unproven, proven = set(), set(), set()
    excluded = tables.word_set("place_exclusions.txt")
    for place in divisions():
        for name in (place.name, press_form(place.name)):
            if name and name not in excluded:
                by_name[name].append(place)
                full.add(name)
        short = short_form(place.name)
        if short == place.name:
            continue
        by_name[short].append(place)
        if short in excluded or (place.level == "county" and tag_of(short) != "ns"):
            unproven.add(short)
        else:
            proven.add(short)
    for name in (*tables.words("regions.txt"), *tables.words("countries.txt")):
        by_name.setdefault(name, [Place(name, None, "region")])
    forms = {name: tuple(places) for name, places in by_name.items()}
    return Gazetteer(forms, frozenset(full), frozenset(unproven - proven), WordFinder(forms))


def by_code(adcode: str) -> Place | None:
    """Return the division with this code."""
    return _by_code().get(adcode)


@cache
def _by_code() -> dict[str, Place]:
    return {p.adcode: p for p in divisions() if p.adcode}
