"""Stage, date, park and investor of a project, from the sentence that tells of it."""

import re
from collections.abc import Sequence

from services.contracts.messages import Stage
from services.extractor.dates import Told
from services.extractor.projects.candidates import OF_OTHERS
from services.extractor.projects.clauses import Sentence
from services.extractor.projects.draft import Draft
from services.extractor.projects.stages import StageVerb, is_later

_INVESTED_BY = re.compile(r"(?:由|引进|引入|引来|招引|牵手|携手|签约|与|来自[^，。]{2,8}的)[“\"]?$")
_BUILDS = re.compile(
    r"[^。；]{0,40}?(?:总投资|计划投资|拟投资|拟投|投资|投建|建设|打造|建立|兴建|新建|扩建|出资|增资|斥资|开发|实施|承建|带来|上马|启动|举行|举办"
    r"|签下|签约|签署|签订|旗下的|的)"
    r"[^，。；、]{0,30}$"
)
# 由A投资建设, 由A和B按6:4的比例共同出资: the companies between.
_BY = re.compile(
    r"由[^，。；：\n]{4,120}?"
    r"(?:按[^，。；\n]{1,20}比例)?(?:共同|联合|全额|独家|计划|拟|负责|合作|合资)*"
    r"(?:出资|投资|投建|建设|打造|承建|开发|实施|兴建|新建)"
    r"(?!集团|公司|有限|控股|股份|发展|基金|管理)"
)
_BUILDER = re.compile(
    r"(?:投资方|投资主体|投资人|投资商|投资单位|投资企业|建设单位|建设方|项目业主|业主单位|业主|实施主体|建设主体|项目主体)(?:单位)?(?:为|是|系|：|:)$"
)
_JOINTLY = re.compile(
    r"(?:共同|联合|携手|合作)*(?:合资|出资|投资|合作)(?:建设|兴建|成立|打造|开发)?的?"
)
_PAYS = re.compile(r"(?:总?投资|出资|斥资)[^，。；、：]{0,16}的")
_WITH_NEXT = re.compile(r"[、和与及]|以及")
_THAT_COMPANY = re.compile(
    r"(?:^|[，,：:])[\s“]*(?:该企业|该公司|该集团|(?:企业|公司|集团)(?=投资|计划|拟|将|斥资|出资|总投资))"
    r"|^[\s“]*(?:企业|公司|集团)(?![们家数之间])"
)
_LOCATED = re.compile(r"(?:位于|坐落于?|在|落户于?|入驻|落地|租赁|选址|进驻)$")
_FAR = 40


def complete(
    draft: Draft,
    sentence: Sentence,
    drafts: Sequence[Draft],
    *,
    occasion: Stage | None,
    company: str | None,
) -> None:
    """Add what the sentence says around the project's name; `drafts` are all that it names.

    `occasion` is the stage that the article as a whole reports, `company` the one told last.
    """
    verb = _verb(draft, sentence, drafts)
    if verb:
        # 预计明年投产 in the news of a signing says that it is signed.
        draft.stage = (occasion or verb.stage) if verb.planned else verb.stage
        draft.is_planned = verb.planned and occasion is None
        draft.date = date_of(verb, sentence)
    draft.park = _park(draft, sentence, drafts)
    draft.told = _around(draft, sentence, drafts)
    draft.evidence.append((sentence.start, sentence.end))
    told = builders(sentence, draft.end, _following(draft, sentence, drafts))
    told = told or _by(sentence, _preceding(draft, sentence, drafts), draft.start)
    told = told or _funding(draft, sentence)
    told = told or _jointly(draft, sentence, _preceding(draft, sentence, drafts))
    if told:
        draft.investors = told
    elif not draft.investors:
        owner = _investor(draft, sentence, drafts, company)
        draft.investors = [owner] if owner else []


def _around(draft: Draft, sentence: Sentence, drafts: Sequence[Draft]) -> str:
    """Return the sentence from the project before to the one after."""
    before = _preceding(draft, sentence, drafts)
    after = min((d.start for d in drafts if d.start >= draft.end), default=sentence.end)
    return sentence.between(before, after)


def go_on(draft: Draft, sentence: Sentence) -> None:
    """Add what a sentence about 该项目 says of the project before it, but for amounts."""
    verb = _latest(sentence.verbs) if sentence.verbs else None
    if verb and draft.gives_way_to(verb.stage, is_planned=verb.planned):
        draft.stage, draft.is_planned = verb.stage, verb.planned
        draft.date = date_of(verb, sentence) or draft.date
    draft.investors = builders(sentence, sentence.start, sentence.end) or draft.investors
    draft.park = draft.park or _park(draft, sentence, [])
    draft.evidence.append((sentence.start, sentence.end))


def builders(sentence: Sentence, start: int, end: int) -> list[str]:
    """Return the companies of which [start, end) says that they invest or build: 由A和B投资."""
    companies = [c for c in sentence.of("company") if start <= c.start and c.end <= end]
    if not companies:
        return []
    if by := _by(sentence, start, end):
        return by
    told: list[str] = []
    at = None
    for company in companies:
        is_next = at is not None and _WITH_NEXT.fullmatch(sentence.between(at, company.start))
        if is_next or _BUILDER.search(sentence.between(start, company.start)):
            told.append(company.name)
            at = company.end
    return told


def _by(sentence: Sentence, start: int, end: int) -> list[str]:
    by = _BY.search(sentence.text, max(0, start - sentence.start), end - sentence.start)
    if by is None:
        return []
    first, last = by.start() + sentence.start, by.end() + sentence.start
    return [c.name for c in sentence.of("company") if first <= c.start and c.end <= last]


def _funding(draft: Draft, sentence: Sentence) -> list[str]:
    """Return the company right before the name that pays for it: A投资5亿元建设的|B项目."""
    for company in sentence.of("company"):
        if company.end < draft.start and _PAYS.fullmatch(
            sentence.between(company.end, draft.start)
        ):
            return [company.name]
    return []


def _jointly(draft: Draft, sentence: Sentence, start: int) -> list[str]:
    """Return the companies right before the project that undertake it together: A与B合资的."""
    told: list[str] = []
    at = draft.start
    joint = _JOINTLY
    for company in reversed(sentence.of("company")):
        if company.start < start or company.end > at:
            continue
        if not joint.fullmatch(sentence.between(company.end, at)):
            break
        told.insert(0, company.name)
        at, joint = company.start, _WITH_NEXT
    return told if len(told) > 1 else []


def _preceding(draft: Draft, sentence: Sentence, drafts: Sequence[Draft]) -> int:
    return max((d.end for d in drafts if d.end <= draft.start), default=sentence.start)


def _following(draft: Draft, sentence: Sentence, drafts: Sequence[Draft]) -> int:
    return min((d.start for d in drafts if d.start > draft.start), default=sentence.end)


def _latest(verbs: Sequence[StageVerb]) -> StageVerb:
    """Return the verb of the latest stage reached: 去年签约, 今年10月投产."""
    reached = [v for v in verbs if v.stage and not v.planned]
    latest = verbs[0] if not reached else reached[0]
    for verb in reached:
        latest = verb if is_later(verb.stage, latest.stage) else latest
    return latest


def date_of(verb: StageVerb, sentence: Sentence) -> Told | None:
    """Return the last date before a stage's verb; a plan's date is none of a stage."""
    before = [d for d in sentence.dates if d.end <= verb.start]
    return before[-1] if before and not verb.planned else None


def _verb(draft: Draft, sentence: Sentence, drafts: Sequence[Draft]) -> StageVerb | None:
    """Return the stage's verb: right before the name, else after it, else before.

    After the name one before the next project's name is better (A项目开工，B项目投产), and what has
    happened is better than what is planned.
    """
    outside = [v for v in sentence.verbs if v.end <= draft.start or v.start >= draft.end]
    before = [v for v in outside if v.end <= draft.start]
    following = _following(draft, sentence, drafts)
    after = [v for v in outside if v.start >= draft.end]
    near = [v for v in after if v.start < following] or after[:1]
    if before and sentence.between(before[-1].end, draft.start) in ("", "的", "了"):
        return _latest([before[-1], *(v for v in near if v.start < following)])
    chosen = _latest(near) if near else None
    if before and (chosen is None or (chosen.planned and not before[-1].planned)):
        return before[-1]
    return chosen


def _park(draft: Draft, sentence: Sentence, drafts: Sequence[Draft]) -> str | None:
    """Return the park that the sentence puts the project in: 位于X, 落户X, else the nearest."""
    companies = {c.start for c in sentence.of("company")}
    parks = [
        park
        for park in sentence.of("park")
        if park.start not in companies
        and not any(d.start <= park.start and park.end <= d.end for d in drafts)
    ]
    if not parks:
        return None
    located = [p for p in parks if _LOCATED.search(sentence.between(p.start - 5, p.start))]
    if located:
        return located[-1].name
    return min(parks, key=lambda p: min(abs(p.start - draft.end), abs(draft.start - p.end))).name


def _investor(
    draft: Draft, sentence: Sentence, drafts: Sequence[Draft], company: str | None
) -> str | None:
    """Return the company that the sentence names as the one who builds the project."""
    begin = _preceding(draft, sentence, drafts)
    for told in reversed(sentence.of("company")):
        if not begin <= told.start < told.end <= draft.start:
            continue
        lead = sentence.between(sentence.start, told.start)
        between = sentence.between(told.end, draft.start)
        if OF_OTHERS.search(lead):
            continue
        invited = _INVESTED_BY.search(lead) is not None and len(between) < _FAR
        if between == "" or invited or _BUILDS.match(between):
            return told.name
    return company if _THAT_COMPANY.search(sentence.between(sentence.start, draft.start)) else None
