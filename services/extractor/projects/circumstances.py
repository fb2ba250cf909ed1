"""Stage, date, park and investor of a project, from the sentence that tells of it."""

import re
from collections.abc import Sequence

from services.contracts.messages import Stage
from services.extractor.dates import Told
from services.extractor.projects.candidates import OF_OTHERS
from services.extractor.projects.clauses import Sentence
from services.extractor.projects.draft import Draft
from services.extractor.projects.stages import StageVerb

_INVESTED_BY = re.compile(r"(?:由|引进|引入|引来|招引|牵手|携手|签约|与|来自[^，。]{2,8}的)[“\"]?$")
_BUILDS = re.compile(
    r"[^。；]{0,40}?(?:总投资|计划投资|拟投资|投资|投建|建设|打造|建立|兴建|新建|出资|斥资|开发|实施|承建|带来|旗下的|的)"
    r"[^，。；、]{0,30}$"
)
_BY_AFTER = re.compile(r"[^。；\n]{0,14}?由")
_BY = re.compile(r"由[^，。]{4,40}(?:投资|建设)")
_THAT_COMPANY = re.compile(r"该企业|该公司|公司(?=投资|计划|拟)")
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
        draft.date = date_of(verb, sentence)
    draft.park = _park(draft, sentence, drafts)
    draft.told = _around(draft, sentence, drafts)
    draft.evidence.append((sentence.start, sentence.end))
    if not draft.investors:
        owner = _investor(draft, sentence, drafts, company)
        draft.investors = [owner] if owner else []


def _around(draft: Draft, sentence: Sentence, drafts: Sequence[Draft]) -> str:
    """Return the sentence from the project before to the one after."""
    before = max((d.end for d in drafts if d.end <= draft.start), default=sentence.start)
    after = min((d.start for d in drafts if d.start >= draft.end), default=sentence.end)
    return sentence.between(before, after)


def go_on(draft: Draft, sentence: Sentence) -> None:
    """Add what a sentence about 该项目 says of the project before it, but for amounts."""
    if draft.stage is None and sentence.verbs:
        draft.stage = sentence.verbs[0].stage
        draft.date = date_of(sentence.verbs[0], sentence)
    if not draft.investors and _BY.search(sentence.text):
        draft.investors = [c.name for c in sentence.of("company")][:1]
    draft.evidence.append((sentence.start, sentence.end))


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
    if before and sentence.between(before[-1].end, draft.start) in ("", "的", "了"):
        return before[-1]
    following = min((d.start for d in drafts if d.start > draft.start), default=sentence.end)
    after = [v for v in outside if v.start >= draft.end]
    near = [v for v in after if v.start < following] or after
    chosen = next((v for v in near if not v.planned), near[0] if near else None)
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
    begin = max((d.end for d in drafts if d.end <= draft.start), default=sentence.start)
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
    after = _BY_AFTER.match(sentence.between(draft.end, sentence.end))
    if after:
        by = (c.name for c in sentence.of("company") if c.start == draft.end + after.end())
        return next(by, None)
    return company if _THAT_COMPANY.search(sentence.between(sentence.start, draft.start)) else None
