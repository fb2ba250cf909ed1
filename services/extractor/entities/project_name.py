"""Names of projects: what stands before 项目, and what a company builds."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache

from services.extractor import tables
from services.extractor.boundaries import is_pause, is_stop, is_verb, may_be_inside, name_start
from services.extractor.entities.gazetteer import gazetteer
from services.extractor.entities.mention import Mention
from services.extractor.entities.park import park_kind
from services.extractor.matching import alternatives
from services.extractor.segment import Token, Words, is_coined, is_ordinary

_LIMIT = 40
_REACH = 300
# 动力电池及配套项目46个 counts projects and names none.
_PROJECT = re.compile(r"(?:的)?项目(?![经部负组方单公审履]|(?:共有?|达|超|近)?\d+余?个)")
# Before what is no name: 23个|集成电路项目, 最大的|风电项目
_NO_NAME = re.compile(r"\d[余多]?个$|最[\u4e00-\u9fff]{1,2}的$|首[个座批]$|唯一的?$")
_PHASE = re.compile(r"[（(]?[一二三四五六]期[)）]?")
_BUILT = re.compile(
    r"(?<!配套)(?:建设|打造|兴建|新建|投建|建立|建成|共建|筹建|布局|设立|落户|扩建|改建|迁建|开建|投用|新上|上马|引进|启用|建)(?:一?[座个条处])?(?:的)?$"
    r"|[亿万](?:美|港|欧|日)?元(?:人民币)?(?:以上)?的$"
)
# What is built, with its sum right after it: 岚洋检测平台（总投资3亿元）.
_WITH_SUM = re.compile(
    r"(?:平台|车间|基地|中心|工厂|园|港|站|厂|产线|生产线|大厦|综合体)(?=[（(，,。：]?(?:计划|预计|估算)?总投资)"
)
# What a company builds and calls by no name: 首钢京唐公司|三期工程, 东风公司|新工厂.
_OF_COMPANY = re.compile(
    r"[一二三四五六]期(?:扩建|扩能|技改)?工程|新(?:工厂|基地|总部|厂区|产线|生产线)(?![长内里区])"
)
_BUILDING = re.compile(r"(?:用于|加快|推进|推动|启动|加速|参与|支持)$")
_INVESTED_IN = re.compile(
    r"[亿万](?:美|港|欧|日)?元(?:人民币)?(?:以上)?(?:建设|打造|投建|新建|兴建|实施)?(?:的|(?<=[设造建施]))$"
)
_SUM_BEFORE = re.compile(r"[亿万](?:美|港|欧|日)?元(?:人民币)?(?:以上)?的$")
# 总投资20亿元的|贵金属富集再生项目: all between the two is the name.
_FUNDED = re.compile(
    r"[亿万](?:美|港|欧|日)?元(?:人民币)?(?:以上)?的([^，。；、：,;:\d的等\n\t“”（）()]{3,30})\Z"
)
_CELL = re.compile(r"[\t\n]([^\n\t，。；、]{2,}项目)(?:[\t\n]|\Z)")
_LOCATING = re.compile(r"其?(?:在|位于)?$")
_MONEY = re.compile(r"投资[^，。；]{0,10}[亿万]")
_JOINING = frozenset(["及", "与", "和"])
# A bare head says too little after a company's name: 宏图科技总部 is a building.
_BARE_HEADS = frozenset(["产线", "生产线", "工厂", "总部", "基地", "大厦", "厂房"])
_OUTER = frozenset(["government", "person", "title", "organization"])
_CITY = ("城", "广场", "中心", "综合体")


@cache
def _heads() -> re.Pattern[str]:
    forms = alternatives(tables.words("project_heads.txt"))
    return re.compile(rf"{forms}(?!\w{{0,6}}项目|的项目|[长内里区])")


@cache
def _inner() -> frozenset[str]:
    return tables.word_set("company_inner.txt", "project_inner.txt")


class ProjectNames:
    """Finds the project names of one text, given its other mentions and its company names.

    `brands` are the company names and their short forms: a project's name mostly begins with one.
    """

    def __init__(self, words: Words, mentions: Sequence[Mention], brands: frozenset[str]) -> None:
        self._words = words
        self._text = words.text
        self._companies = {m.start: m.end for m in mentions if m.type == "company"}
        self._owners = {end: start for start, end in self._companies.items()}
        self._ends = frozenset(m.end for m in mentions if m.type in ("company", "park", "place"))
        self._zones = sorted(m.end for m in mentions if m.type in _OUTER or self._is_zone(m))
        self._parks = {m.end: m.start for m in mentions if m.type == "park"}
        self._places = {m.end: m.start for m in mentions if m.type == "place"}
        self._place_ends = {start: end for end, start in self._places.items()}
        self._company_starts = sorted(self._companies)
        self._brands = re.compile(alternatives(brands)) if brands else None

    def _is_zone(self, mention: Mention) -> bool:
        if mention.type != "park":
            return False
        kind = park_kind(self._text[mention.start : mention.end])
        return kind is not None and kind[1] == "zone"

    def find(self) -> list[Mention]:
        """Return the names, in order, none within another."""
        found = sorted((*self._projects(), *self._undertakings()), key=lambda m: (m.start, -m.end))
        outermost: list[Mention] = []
        for mention in found:
            if not outermost or mention.end > outermost[-1].end:
                outermost.append(mention)
        return outermost

    def _projects(self) -> Iterator[Mention]:
        for match in _PROJECT.finditer(self._text):
            start = self._start(match.start())
            if (
                start < match.start()
                and not _NO_NAME.search(self._text, max(0, start - 8), start)
                and (
                    self._is_particular(start, match.start())
                    or (match.start() - start > 3 and self._is_said_to_be_built(start))
                )
            ):
                yield Mention("project", start, match.end())

    def _undertakings(self) -> Iterator[Mention]:
        for match in _WITH_SUM.finditer(self._text):
            start = self._start(match.start())
            if match.start() - start >= 4 and match.end() not in self._parks:
                yield Mention("project", start, match.end())
        for match in _OF_COMPANY.finditer(self._text):
            if (owner := self._owners.get(match.start())) is not None:
                yield Mention("project", owner, match.end())
        for match in _heads().finditer(self._text):
            start = self._start(match.start())
            phase = _PHASE.match(self._text, match.end())
            if self._is_undertaking(start, match.start(), match.end()):
                yield Mention("project", start, phase.end() if phase else match.end())

    # -- where a name begins -------------------------------------------------------------------

    def _start(self, end: int) -> int:
        """Return where the name begins that ends at `end`; `end` where there is none."""
        zones = bisect_right(self._zones, end)
        floor = max(0, end - _LIMIT, self._zones[zones - 1] if zones else 0)
        phrase = self._funded(end, floor)
        if phrase is not None:
            return self._without_lead(phrase, end)
        start = self._cell(end)
        if start is not None:
            return start
        start = self._reach(end, floor)
        while (joined := self._joined(start, floor)) is not None:
            further = self._reach(joined, floor)
            if further == joined:
                break
            start = further
        brand = self._brand(end, floor)
        if brand is not None:
            return brand
        return self._without_lead(start, end)

    def _funded(self, end: int, floor: int) -> int | None:
        """Return where the words begin that a sum is said of, if they are but the name."""
        phrase = _FUNDED.search(self._text, floor, end)
        if phrase is None:
            return None
        stops = tables.word_set("name_stops.txt")
        words = [t.word for t in self._words.between(phrase.start(1), end)]
        is_more = any(w == "项目" or (w in stops and w not in _inner()) for w in words)
        return None if is_more else phrase.start(1)

    def _cell(self, end: int) -> int | None:
        """Return where the cell of a table begins that the name fills: nothing else is in it."""
        cell = _CELL.search(self._text, max(0, end - _LIMIT), min(len(self._text), end + 3))
        if cell is None or not cell.start(1) < end < cell.end(1):
            return None
        return cell.start(1) if "\t" in cell[0] else None

    def _reach(self, end: int, floor: int) -> int:
        return name_start(
            self._words, end, limit=_LIMIT, floor=floor, inner=_inner(), quotes=True, numbers=True
        )

    def _brand(self, end: int, floor: int) -> int | None:
        """Return the start of the last company in the piece before `end`, its place included.

        What lies between may be nouns and words of time (未来显示技术), but no verb and no pause.
        """
        if self._brands is None:
            return None
        piece = max(self._text.rfind(mark, floor, end) for mark in "，,。；;：:、！？\n") + 1
        for match in self._brands.finditer(self._text, max(piece, floor), end):
            if self._text.startswith(("和", "与", "及", "、"), match.end()):
                continue
            between = self._words.between(match.end(), end)
            if any(t.word == "项目" or self._ends_name(t) for t in between):
                continue
            start = match.start()
            return max(self._places.get(start, start), floor)
        return None

    def _ends_name(self, token: Token) -> bool:
        if token.word in _inner() or token.word in _JOINING or token.tag == "t":
            return False
        if may_be_inside(token):
            return False
        if is_pause(token):
            return token.word not in '“”（）()"·-'
        return is_stop(token) or is_verb(token)

    def _joined(self, start: int, floor: int) -> int | None:
        """Return the start of a conjunction before `start` that belongs to the name.

        智慧汽车及关键零部件项目 is one name; A项目和B项目 and 高新区与B项目 are two.
        """
        index = self._words.index_at(start - 1) if start > floor else -1
        if index < 1:
            return None
        token, previous = self._words.tokens[index], self._words.tokens[index - 1]
        if token.word not in _JOINING or token.end != start or previous.end != token.start:
            return None
        if is_pause(previous) or previous.word.endswith("项目") or previous.end in self._ends:
            return None
        return None if start in self._companies else token.start

    def _without_lead(self, start: int, end: int) -> int:
        """Skip describing words: 省级|重点|宏图产业园."""
        lead = tables.word_set("project_lead.txt")
        for token in self._words.between(start, end):
            if token.word not in lead and (not is_pause(token) or token.word in "“（("):
                return token.start
        return end

    # -- whether it is a name -------------------------------------------------------------------

    def _is_particular(self, start: int, end: int) -> bool:
        """Return whether the name says more than a kind of project (重点, 产业, 招商)."""
        generic = tables.word_set("project_generic.txt", "park_generic.txt")
        rest = [
            t
            for t in self._words.between(start, end)
            if not is_pause(t) and t.word not in generic and not t.word.isdigit()
        ]
        if all(t.word in gazetteer().by_name for t in rest):
            return False  # 德州|招商引资|项目
        return len("".join(t.word for t in rest)) >= 2 and not all(
            t.tag in ("d", "t", "m", "q", "mq", "r") for t in rest
        )

    def _is_undertaking(self, start: int, end: int, stop: int) -> bool:
        """Return whether a base or factory is a project: a company heads it, or a verb of building.

        A park that is only told of (大汉惠普信息产业园) is a park.
        """
        if start >= end:
            return False
        company_end = self._companies.get(start)
        if company_end is None and self._brands is not None:
            branded = self._brands.match(self._text, self._after_place(start))
            company_end = branded.end() if branded else None
        is_park = stop in self._parks
        if company_end is not None and company_end <= end:
            bare = self._after_place(company_end) == end and self._text[end:stop] in _BARE_HEADS
            if is_park and not self._text[:stop].endswith(_CITY):
                return self._is_said_to_be_built(start)  # 投资120亿元建设|宏图新能源产业园
            return not bare
        if self._text[start - 1 : start] == "的" and start - 1 in self._owners:
            return not is_park and end > start  # 宏图科技有限公司的|车载镜头智能工厂
        if not self._is_built(start, stop):
            return False
        if end - start >= 3 and self._has_unknown(start, end) and not is_park:
            return True
        if _SUM_BEFORE.search(self._text, max(0, start - 12), start) and end - start >= 2:
            return True  # 投资5亿元的|边缘算力中心
        if is_park and self._text.endswith("落户", 0, start):
            return False  # where others settle
        return self._is_invested_in(start) and (is_park or end - start >= 4)

    def _is_said_to_be_built(self, start: int) -> bool:
        """Return whether a sum and a verb lead to it: 投资25亿元建设的|高效电池片项目."""
        return _INVESTED_IN.search(self._text, max(0, start - 12), start) is not None

    def _is_built(self, start: int, stop: int) -> bool:
        """Return whether a verb of building, or a sum, stands before: 投资25亿元建设的|…, or one
        around: 加快|…|建设.
        """
        begin = self._before_location(start)
        if _BUILT.search(self._text, max(0, begin - 12), begin) is not None:
            return True
        around = _BUILDING.search(self._text, max(0, begin - 4), begin)
        return around is not None and self._text.startswith("建设", stop)

    def _before_location(self, start: int) -> int:
        """Return `start`, or where the park or place before it begins: 扩建其在|宏图园区的|工厂."""
        end = start - 1 if self._text[start - 1 : start] == "的" else start
        begin = self._parks.get(end, self._places.get(end))
        if begin is None:
            return start
        lead = _LOCATING.search(self._text, max(0, begin - 4), begin)
        return lead.start() if lead else begin

    def _has_unknown(self, start: int, end: int) -> bool:
        tokens = self._words.between(start, end)
        return any(not is_ordinary(t.word) for t in tokens if not is_pause(t))

    def _is_invested_in(self, start: int) -> bool:
        """Return whether a company or an investment stands before in the sentence."""
        begin = max(self._text.rfind(mark, max(0, start - _REACH), start) for mark in "。；;！\n")
        begin = max(begin + 1, start - _REACH)
        if _MONEY.search(self._text, max(begin, start - 60), start) is not None:
            return True
        return bisect_left(self._company_starts, begin) < bisect_left(self._company_starts, start)

    def _after_place(self, start: int) -> int:
        return self._place_ends.get(start, start)


def head_company(words: Words, project: Mention) -> Mention | None:
    """Return the company that a project's name begins with, told by its form alone.

    A coined word that is the whole name or has three or four characters (岚冶|项目,
    凯岚思|覆铜板), a word with a coined one (云天|岚飞), or one with a line of business
    (立岚新能源|二期项目). A place before it is passed over.
    """
    tokens = [t for t in words.between(project.start, project.end) if t.word not in ("项目", "的")]
    while tokens and tokens[0].tag == "ns" and tokens[0].word in gazetteer().by_name:
        tokens = tokens[1:]
    generic = tables.word_set("company_generic.txt", "project_generic.txt")
    business = tables.word_set("company_words.txt")
    if not tokens or tokens[0].word in generic | business or not _COINED.fullmatch(tokens[0].word):
        return None
    if len(tokens[0].word) > 2 and _PRODUCT.search(tokens[0].word):
        return None
    if tokens[0].tag == "" and not is_coined(tokens[0].word):
        return None
    first, second = tokens[0], tokens[1] if len(tokens) > 1 else None
    if first.tag == "company":
        return Mention("company", first.start, first.end)
    coined = first.tag == ""
    if second and second.word in business:
        follows = tokens[2].word if len(tokens) > 2 else ""
        if coined or not follows or _PHASE.fullmatch(follows):
            return Mention("company", first.start, second.end)
    if (
        second
        and second.tag == ""
        and words.text[project.start : project.end].endswith("项目")
        and len(first.word) == len(second.word) == 2
        and _COINED.fullmatch(second.word)
    ):
        return Mention("company", first.start, second.end)
    if coined and (second is None or len(first.word) > 2):
        return Mention("company", first.start, first.end)
    return None


_COINED = re.compile(r"[\u4e00-\u9fff]{2,4}")
# What words for chemicals and goods end with: 丙烯腈, 危化品.
_PRODUCT = re.compile(r"[烷烯烃炔醇醛酮醚酚酸酯酐酰胺腈肼脲肽苷酶碱盐苯萘钠钾锂氟氯品剂料胶脂粉]$")
