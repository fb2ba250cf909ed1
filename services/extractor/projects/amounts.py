"""Which project of a sentence an amount belongs to, if to any one."""

import re
from collections.abc import Sequence

from services.contracts.messages import Amount
from services.extractor.projects.clauses import Sentence
from services.extractor.projects.draft import Draft

_INVESTMENT = ("total_investment", "contract_value", "phase_investment")
_INVESTED = re.compile(
    r"(?<!完成)(?<!认缴)(?<!实缴)(?<!资产)(?<!工业)(?<!民间)(?:投资|投资额|出资|引资|斥资|投入|增资|预算|概算|估算)[^，。；、\d]{0,8}$"
)
# A class of projects by their size, and how many there are.
_PROJECTS = re.compile(r"的?[^，。；、\d]{0,6}项目")
_BUCKET = re.compile(_PROJECTS.pattern + r"(?:共|达|有|共有)?\d")
_COUNT_BEFORE = re.compile(r"\d余?个(?:计划)?(?:总?投资)?$")
# Between an amount and the name that it is said of: 36亿元|新能源产业基地, 35亿元的|硅片项目.
_DIRECTLY = re.compile(
    r"(?:人民币|元)?的?(?:[^，。；、：\d]{0,8}的)?[“\"]?"
    r"|[^，。；、：\d]{0,8}(?:建设|打造|兴建|新建|实施|上马|投建|布局)[^，。；、：\d]{0,14}"
)
_SHARE = re.compile("[，,、（(]?(?:持股|占股|持有|股权占比|占注册资本|占出资)")
_FUND = re.compile(r"基金[，,（(]?[^，。；、]{0,6}$")
_CLAUSE = re.compile("[，,；;]")
_EACH = re.compile("分别")
_FIRST = re.compile("[^，。；、\\d]{0,8}")
_NEXT = re.compile("[、，,和与及]|以及")


def is_investment(amount: Amount, sentence: Sentence) -> bool:
    """Return whether a sum is invested, not earned, planned for a year or paid for land."""
    if amount.kind != "money":
        return False
    if amount.low is None or amount.high is None:
        after = sentence.between(amount.end, amount.end + 16)
        counted = _COUNT_BEFORE.search(sentence.between(amount.start - 10, amount.start))
        if _BUCKET.match(after) or (counted and _PROJECTS.match(after)):
            return False  # 10亿元以上项目6个
    if _FUND.search(sentence.between(amount.start - 24, amount.start)):
        return False  # 设立规模50亿元的产业基金，首期10亿元
    if _SHARE.match(sentence.between(amount.end, amount.end + 12)):
        return False  # 出资3800万元，持股38%
    if amount.role in _INVESTMENT:
        return True
    before = sentence.between(amount.start - 14, amount.start)
    return amount.role == "other" and _INVESTED.search(before) is not None


def shares(sentence: Sentence) -> list[list[Amount]]:
    """Return the amounts that are told one for each of several: 分别投资30亿元和12亿元."""
    told: list[list[Amount]] = []
    for each in _EACH.finditer(sentence.text):
        at = sentence.start + each.end()
        share: list[Amount] = []
        for amount in sentence.amounts:
            if amount.start < at or amount.kind == "ratio":
                continue  # 持股比例分别为60%和40% tells of owners, not of projects
            between = sentence.between(share[-1].end if share else at, amount.start)
            if (share and amount.kind != share[0].kind) or not (
                _NEXT if share else _FIRST
            ).fullmatch(between):
                break
            share.append(amount)
        if len(share) > 1:
            told.append(share)
    return told


def share_out(shares: Sequence[Sequence[Amount]], drafts: Sequence[Draft], of: Sentence) -> None:
    """Give the first of `drafts` the first amount of each share, and so on."""
    for share in shares:
        invested = is_investment(share[0], of)
        for amount, draft in zip(share, drafts, strict=True):
            draft.take(amount, is_investment=invested)


def attach(
    sentence: Sentence, drafts: Sequence[Draft], shared: Sequence[Sequence[Amount]] = ()
) -> list[Amount]:
    """Give each amount to its project; return investments that are totals over many.

    What is `shared` out already is passed over.
    """
    totals: list[Amount] = []
    for amount in sentence.amounts:
        if any(amount in share for share in shared):
            continue
        invested = is_investment(amount, sentence)
        owner = _owner(amount, sentence, drafts)
        if owner:
            owner.take(amount, is_investment=invested)
        elif invested:
            totals.append(amount)
    return totals


def _owner(amount: Amount, sentence: Sentence, drafts: Sequence[Draft]) -> Draft | None:
    """Return the project right after the amount, else the last before it, else the first of all.

    A count of projects in between (… 等7个项目，总投资206亿元) takes the amount from them.
    """
    for start, _ in sentence.many:
        if start >= amount.end and _DIRECTLY.fullmatch(sentence.between(amount.end, start)):
            return None
    for draft in drafts:
        if draft.start >= amount.end and _DIRECTLY.fullmatch(
            sentence.between(amount.end, draft.start)
        ):
            return draft
    counted = max((end for start, end in sentence.many if start < amount.start), default=-1)
    before = [d for d in drafts if d.start < amount.start]
    if before:
        return before[-1] if before[-1].end >= counted else None
    if not drafts or counted >= 0 or _is_of_other(amount, drafts[0], sentence):
        return None
    return drafts[0]


def _is_of_other(amount: Amount, draft: Draft, sentence: Sentence) -> bool:
    """Return whether another company's clause begins between the amount and the project.

    A投资200亿元建设工厂，|B投资的C项目….
    """
    return any(
        _CLAUSE.search(sentence.between(company.start - 1, company.start))
        for company in sentence.of("company")
        if amount.end <= company.start <= draft.start
    ) and any(company.end <= amount.start for company in sentence.of("company"))
