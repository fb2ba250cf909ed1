"""All layers of the recognition of names, in their order.

Full company names first, as they may hold anything; then government (which may hold a park), parks,
organizations; short company names; then the article's own aliases; persons and titles; what only
the statistical layer sees; then places in what is left; and last the projects, whose names may hold
the others.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from services.contracts.messages import Entity
from services.extractor.entities import (
    aliases,
    company,
    government,
    learned,
    lists,
    organization,
    park,
    person,
    place,
)
from services.extractor.entities.divisions import Place
from services.extractor.entities.gazetteer import gazetteer
from services.extractor.entities.mention import Claims, Mention
from services.extractor.entities.names import company_name, park_name
from services.extractor.entities.place import resolve
from services.extractor.entities.project_name import ProjectNames, head_company
from services.extractor.segment import Words, read_words


class Recognised(NamedTuple):
    """The entities of a text, in order, and what the article is mainly about."""

    entities: tuple[Entity, ...]
    main_park: str | None
    aliases: dict[str, str]
    """Short company name to canonical name."""
    items: tuple[lists.Item, ...]
    """Of the enumerations, in order."""


def recognise(words: Words, title: str) -> Recognised:
    """Return every named thing in the text."""
    text = words.text
    claims = Claims(len(text))
    person.find_foreign_persons(text, claims)
    company.find_full_names(words, claims)
    parks = park.park_mentions(words, claims)
    divisions = list(gazetteer().finder.find(text))
    government.find_government(words, claims, parks, divisions)
    organization.find_organizations(words, claims)
    for mention in parks:
        claims.claim(mention)
    aliases.find_park_aliases(words, claims, title)
    table = aliases.company_aliases(words, claims)
    aliases.find_company_aliases(words, claims, table)
    company.find_short_names(words, claims)
    aliases.find_latin_names(words, claims)
    table = aliases.company_aliases(words, claims) | table
    person.find_persons_and_titles(words, claims)
    items = tuple(lists.find_items(words))
    counted = [item for item in items if item.of == "project"]
    for item in items:
        if _is_company_item(words, item, claims, table):
            claims.claim(Mention("company", item.start, item.end))
    learned.find_learned(words, claims)
    aliases.find_company_aliases(words, claims, aliases.company_aliases(words, claims))
    place.find_places(words, claims, divisions)
    found = company.merge_touching(sorted(claims.mentions, key=lambda m: m.start))
    brands = frozenset(table) | {text[m.start : m.end] for m in found if m.type == "company"}
    projects = ProjectNames(words, found, brands).find()
    starts = sorted(m.start for m in found if m.type == "company")
    for project in projects:
        if bisect_left(starts, project.start) == bisect_left(starts, project.end):
            owner = head_company(words, project)
            if owner:
                found.append(owner)
    is_told = _holding(projects)
    companies = {(m.start, m.end) for m in found if m.type == "company"}
    projects += [
        Mention("project", i.start, i.end)
        for i in counted
        if not is_told(i)
        and (i.counted or (i.start, i.end) not in companies)
        and _is_project_item(words, i, brands)
    ]
    is_built = _holding(projects)
    # A site within a project's name is what is built, and not where the others lie.
    told_of = [
        m
        for m in found
        if m.type != "park" or aliases.is_zone(text[m.start : m.end]) or not is_built(m)
    ]
    main = aliases.main_park(told_of, text) or _titled_park(title)
    full = aliases.full_park_names(found, text)
    entities = _entities(text, found + projects, table, full)
    return Recognised(entities, full.get(main, main) if main else None, table, items)


def _holding(spans: Iterable[Mention]) -> Callable[[lists.Item | Mention], bool]:
    """Return the question whether an item or a mention lies in one of `spans`."""
    ends = {m.start: m.end for m in spans}
    starts = sorted(ends)

    def holds(part: lists.Item | Mention) -> bool:
        index = bisect_right(starts, part.start) - 1
        return index >= 0 and part.end <= ends[starts[index]]

    return holds


def _titled_park(title: str) -> str | None:
    """Return the park of the title, for a text that names none (a list of projects)."""
    return aliases.main_park(park.park_mentions(read_words(title), Claims(len(title))), title)


def _is_company_item(words: Words, item: lists.Item, claims: Claims, table: dict[str, str]) -> bool:
    if item.of == "project" and words.text.endswith("的", 0, item.start):
        return False  # 总投资3亿元的|岚洋热泵
    length = item.end - item.start
    if not 2 <= length <= 8 or not claims.is_free(item.start, item.end):
        return False
    name = words.text[item.start : item.end]
    if _COUNTED.search(name):
        return False  # 15亿元项目1个
    if any(name.startswith(form) for form in table):
        return False  # 的鲁智慧汽车 is a project of 的鲁
    return not name.endswith(
        ("项目", "园", "城", "基地", "中心", "工厂", "广场")
    ) and lists.is_name(words, item.start, item.end)


def _is_project_item(words: Words, item: lists.Item, brands: frozenset[str]) -> bool:
    """Return whether an item stands for a project: a company with more (宏岚电子5G元器件), or any
    name of an enumeration that counts projects (A、B等26个项目).
    """
    name = words.text[item.start : item.end]
    if item.counted:
        return lists.is_name(words, item.start, item.end) or (
            len(name) > 3 and name.endswith(_SITES)
        )
    rest = next((name[n:] for n in range(len(name) - 1, 1, -1) if name[:n] in brands), "")
    return len(rest) > 1


_COUNTED = re.compile(r"\d[个家]|[亿万]元")
_SITES = ("园", "城", "基地", "中心", "工厂", "广场")


def _entities(
    text: str, mentions: Sequence[Mention], table: dict[str, str], parks: dict[str, str]
) -> tuple[Entity, ...]:
    places = [
        known
        for m in mentions
        if m.type == "place" and (known := resolve(text[m.start : m.end], ())) is not None
    ]
    entities = [_entity(text, m, table, parks, places) for m in mentions]
    return tuple(sorted(entities, key=lambda e: (e.start, -e.end, e.type)))


def _entity(
    text: str,
    mention: Mention,
    table: dict[str, str],
    parks: dict[str, str],
    context: list[Place],
) -> Entity:
    told = text[mention.start : mention.end]
    name, adcode = mention.name or told, mention.adcode
    if mention.type == "place":
        known = resolve(told, context)
        name, adcode = (known.name, known.adcode) if known else (told, None)
    elif mention.type == "park":
        name = park_name(name)
        name = parks.get(name, name)
    elif mention.type == "company":
        name = table.get(told) or company_name(name)
    return Entity(mention.type, told, mention.start, mention.end, name, adcode)
