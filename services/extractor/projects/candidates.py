"""The projects that a sentence tells of: those it names, or the company that invests or signs."""

import re
from collections.abc import Iterable

from services.contracts.messages import Entity
from services.extractor.entities.lists import Item
from services.extractor.entities.names import is_legal
from services.extractor.projects.amounts import is_investment
from services.extractor.projects.clauses import Sentence
from services.extractor.projects.draft import Draft
from services.extractor.projects.setting import Setting

_SIGNS = re.compile(r"[与同和].*(?:签约|签订|签署|签下)")
_WITH = re.compile(r"(?:成功|正式)?[与同和]")
_SIGNED = re.compile(
    r"(?:正式|成功|就[^，。；]{2,30}|在[^，。；]{2,16})?(?:签约$|(?:签订|签署|签下)[^，。；]{0,8}(?:投资|入园|入驻|项目))"
)
_ACTS = re.compile(
    r"[^，。；]{0,8}?(?:与|同|和|携手|牵手|在|计划|拟|将|此次|决定|投资|总投资|斥资|出资|落户|签约|正式|成功|又|再|增资"
    r"|新建|投建|宣布|追加)"
)
_BUILDS_PART = re.compile(
    r"[，,；;](?:主要|计划|拟|将|新)?(?:建设|新建|建成|建|购置|布局)(?:内容包括)?$"
)
_PARKS = ("园", "城", "园区")
_BUILT_PARKS = ("园", "城", "港", "基地", "谷", "小镇")
_LOCATIONS = ("工业园", "新城", "科技城", "科学城", "高新技术园")
_SITE = re.compile(
    r"(?:项目)?(?:的)?(?:施工|建设|项目)(?:现场|工地)|[^。；]{0,12}(?:动工|开工|封顶|竣工|建成|投产|投用|投入|奠基)"
    r"|[，,](?:由|总?投资)"
)
_INVESTS = re.compile(r"(?:计划|拟|将|再|又|已|共|决定|承诺)*(?:总?投资|斥资|出资|增资)(?!的)")
_AND_OTHERS = re.compile(r"等\s*[\d一二三四五六七八九十百]+[余多]?[家户]")
_BUILT = re.compile(
    r"(?:建设|新建|扩建|打造|布局|兴建|投建)((?![的了])[^，。；、\d]{1,14}?(?:项目|基地|工厂|中心|总部)(?:[一二三四五六]期)?)$"
)
OF_OTHERS = re.compile(r"(?:为|给|向|服务|供应|配套|客户|作为|替)[^，。；]{0,4}$")
"""Before a company that is served or compared with, and invests in nothing here."""


def named(sentence: Sentence, items: Iterable[Item], setting: Setting) -> list[Draft]:
    """Return the projects that the sentence names, its items of enumerations among them."""
    companies = sentence.of("company")
    projects = sentence.of("project")
    drafts = [
        _draft(e.text, e.start, e.end, companies, setting)
        for number, e in enumerate(projects)
        if not _is_part(e, projects[:number], sentence)
    ]
    told = [(d.start, d.end) for d in drafts]
    for item in items:
        if item.of != "project":
            continue
        if any(start <= item.start and item.end <= end for start, end in told):
            continue
        if any(c.start == item.start and c.end <= item.end for c in companies):
            name = sentence.between(item.start, item.end)
            drafts.append(_draft(name, item.start, item.end, companies, setting))
    return sorted(drafts, key=lambda d: d.start)


def _is_part(one: Entity, before: list[Entity], sentence: Sentence) -> bool:
    """Return whether it is what the project before it consists of: A项目…，建设2GWh电池产线."""
    if one.text.endswith("项目") or not before or not before[-1].text.endswith("项目"):
        return False
    between = sentence.between(before[-1].end, one.start)
    return _BUILDS_PART.search(between) is not None and not any(
        before[-1].end <= c.start < one.start for c in sentence.of("company")
    )


def _draft(text: str, start: int, end: int, companies: list[Entity], setting: Setting) -> Draft:
    inside = [c.name for c in companies if start <= c.start and c.end <= end]
    owner = inside[0] if inside else None
    if owner is None or not is_legal(owner):
        owner = setting.brand_in(text) or owner
    return Draft(
        text.replace("的项目", "项目"),
        start,
        end,
        is_named=owner is not None or text.endswith("项目") or text.endswith(_PARKS),
        investors=[owner] if owner else [],
    )


def parks_built(sentence: Sentence, setting: Setting) -> list[Draft]:
    """Return a draft for the park that the sentence tells as a building site, if it does.

    It is a project only if a sum is invested in it: 在岚洋智造产业园施工现场…, 总投资8亿元.
    """
    for park in sentence.of("park"):
        if not park.text.endswith(_BUILT_PARKS) or park.text.endswith(_LOCATIONS):
            continue
        if park.name == setting.park or not _SITE.match(sentence.between(park.end, sentence.end)):
            continue
        draft = _draft(park.text, park.start, park.end, sentence.of("company"), setting)
        draft.needs_amount = True
        return [draft]
    return []


def unnamed(sentence: Sentence, setting: Setting) -> list[Draft]:
    """Return a draft for the company that invests, or signs with a park or a government."""
    for company in sentence.of("company"):
        if OF_OTHERS.search(sentence.between(sentence.start, company.start)):
            continue
        if _signs(company, sentence) or _invests(company, sentence):
            return [of_company(company, setting)]
    return []


def with_others(sentence: Sentence, drafts: list[Draft], setting: Setting) -> list[Draft]:
    """Return the named `drafts` and, in order, those of companies that invest in other clauses.

    A投资200亿元建设三期扩产项目，B投资的C项目投资额25亿元: A's has no name of its own.
    """
    if not any(draft.is_named for draft in drafts):
        return drafts
    found = list(drafts)
    for company in sentence.of("company"):
        clause = sentence.clause_end(company.end)
        if any(d.start < clause and d.end > company.start for d in drafts):
            continue
        invests = _INVESTS.match(sentence.between(company.end, clause))
        funded = [a for a in sentence.amounts if company.end < a.start < clause]
        if not invests or not any(is_investment(a, sentence) for a in funded):
            continue
        draft = of_company(company, setting)
        built = _BUILT.search(sentence.between(company.end, clause))
        if built:
            draft.name = built[1]
        found.append(draft)
    return sorted(found, key=lambda draft: draft.start)


def of_company(company: Entity, setting: Setting) -> Draft:
    """Return the draft of a project that is known by its investor alone."""
    name = setting.short(company.name, company.text)
    return Draft(name, company.start, company.end, is_named=False, investors=[company.name])


def _signs(company: Entity, sentence: Sentence) -> bool:
    """Return whether it signs with a park or a government, whichever of the two is told first."""
    end = sentence.clause_end(company.end)
    after = sentence.between(company.end, end)
    partners = [e for e in sentence.entities if e.type in ("park", "government")]
    return (
        _SIGNS.search(after) is not None and any(company.end <= p.start < end for p in partners)
    ) or (
        _SIGNED.match(after) is not None
        and any(_WITH.fullmatch(sentence.between(p.end, company.start)) for p in partners)
    )


def _invests(company: Entity, sentence: Sentence) -> bool:
    if not _ACTS.match(sentence.between(company.end, sentence.end)):
        return False
    if _AND_OTHERS.match(sentence.between(company.end, sentence.end)):
        return False  # A等8家企业签约，总投资23亿元
    many = [start for start, _ in sentence.many]
    return any(
        a.start > company.end and is_investment(a, sentence) and not any(m < a.start for m in many)
        for a in sentence.amounts
    )
