"""Persons and titles: a surname beside a title, after 记者 or before 说."""

import re
from collections.abc import Set as AbstractSet
from functools import cache

from services.extractor import tables
from services.extractor.entities.gazetteer import gazetteer
from services.extractor.entities.mention import Claims, Mention
from services.extractor.matching import alternatives
from services.extractor.segment import Words, is_ordinary

_SPEECH = r"说|表示|介绍|指出|强调|认为|坦言|告诉|感慨|透露|称|谈到|宣布|直言|回忆|解释|分析|补充"
# What may follow a name at once; without it the next character belongs to the name.
_NEXT = (
    r"(?=[\s、，,。.；;：:！!？?（(）)/·”\"]|$|"
    rf"{_SPEECH}|出席|参加|主持|代表|率|带队|作|致|等|一行|在|对|与|和|向|到|为|就|及|会见|陪同|的|是|以|从|又|也|还"
    r"|接受|深入|调研|兼任|任|来|前往|赴|先生|女士|同志|博士|教授|院士|董事长|总经理|总裁|主任|局长|讲话|发言|签|上台|分别|共同|带领|见证|宣读|将|已|正|揭"
    r"|毕业|出生|出任|担任|当选|创办|创立|曾|现任|现场|指着|看着|拿着|翻开|带着|走|站|给|把|亲自|率先|都|则)"
)
# The second character of a given name is none of these: they begin what follows the name.
_NOT_LAST = "说称等在及是的了与也还又认就将并"
_FOREIGN = r"[\u4e00-\u9fff]{1,6}(?:·[\u4e00-\u9fff]{1,8}?){1,3}"


@cache
def _name() -> str:
    surnames = tables.words("surnames.txt")
    single = "".join(s for s in surnames if len(s) == 1)
    compound = "|".join(s for s in surnames if len(s) > 1)
    return rf"(?:{compound}|[{single}])[\u4e00-\u9fff](?:(?![{_NOT_LAST}])[\u4e00-\u9fff])?"


@cache
def _padded() -> str:
    """Names of two characters that newspapers set as wide as those of three: 陈 露."""
    single = "".join(s for s in tables.words("surnames.txt") if len(s) == 1)
    return rf"[{single}][ \u3000]{{1,2}}(?![{_NOT_LAST}])[\u4e00-\u9fff]"


@cache
def _person() -> re.Pattern[str]:
    return re.compile(rf"(?:{_FOREIGN}|{_name()}|{_padded()}){_NEXT}")


@cache
def _titles() -> re.Pattern[str]:
    return re.compile(alternatives(tables.words("titles.txt")))


_SPACE = re.compile(r"\s+")
# 凯岚（Markus Kailan）, and the name in its own letters.
_WITH_ORIGINAL = re.compile(
    r"([\u4e00-\u9fff·]{2,10})[（(]([A-Z][A-Za-z.'’-]*(?: [A-Z][A-Za-z.'’-]*){1,3})[）)]"
)
_FOREIGN_NAME = re.compile(_FOREIGN + _NEXT)
_BYLINE = re.compile(
    r"(?:记者|通讯员|编辑|实习生|摄影|作者|责编|供稿|撰稿|文/|图/)(?:员)?[/:：\s]*|[讯电]\s*[（(]\s*"
)
_SEPARATOR = re.compile(r"[、\s]{1,2}|[,，](?=\s*[\u4e00-\u9fff]{2,3}[,，、。\s])")


def find_foreign_persons(text: str, claims: Claims) -> None:
    """Claim transcribed names after a title: 首席执行官马丁·施耐德 (施耐德 is a company too)."""
    for match in _titles().finditer(text):
        both = _WITH_ORIGINAL.match(text, match.end())
        if both:
            claims.claim(Mention("person", *both.span(1)))
            claims.claim(Mention("person", *both.span(2)))
        elif name := _FOREIGN_NAME.match(text, match.end()):
            claims.claim(Mention("person", *name.span()))


def find_persons_and_titles(words: Words, claims: Claims) -> None:
    """Claim titles by a name or a body, and persons; a name found once is found everywhere."""
    text = words.text
    names: set[str] = set()
    for byline in _BYLINE.finditer(text):
        _names_from(words, byline.end(), claims, names)
    alone = tables.word_set("title_exclusions.txt")
    bodies = {m.end for m in claims.mentions if m.type == "government"}
    for told in _titles().finditer(text):
        match = _free_part(told, bodies, claims)
        if match is None:
            continue
        persons = _names_from(words, match.end(), claims, names, is_list=match[0].endswith("领导"))
        of_body = match.start() in bodies  # 高新区党工委|委员
        if (
            persons
            or of_body
            or (match[0] not in alone and _stands_alone(words, match.start(), match.end()))
        ):
            claims.claim(Mention("title", *match.span()))
    for speaker in _speakers().finditer(text):
        if not is_ordinary(speaker[1]) and claims.claim(Mention("person", *speaker.span(1))):
            names.add(speaker[1])
    if names:
        for again in re.finditer(
            "|".join(map(re.escape, sorted(names, key=len, reverse=True))), text
        ):
            claims.claim(Mention("person", *again.span()))


@cache
def _speakers() -> re.Pattern[str]:
    """A name at the beginning of a clause that says something, or that a title follows."""
    return re.compile(
        rf"(?<=[，,。、；“”\n：！？])({_name()})(?=说(?![明法])|表示|介绍(?!说明)|告诉记者|坦言|感慨"
        r"|(?<=[\u4e00-\u9fff]{3})副?(?:董事长|总经理|总裁|教授|院士))"
    )


def _names_from(
    words: Words, start: int, claims: Claims, names: set[str], *, is_list: bool = True
) -> int:
    """Claim the person, or the list of persons, that begins at `start`; return how many."""
    text, count = words.text, 0
    if text.startswith((" ", "\u3000"), start):
        start += 1
    while match := _person().match(text, start):
        end = match.end()
        name = _SPACE.sub("", match[0])
        if is_ordinary(name) or _is_city(name):
            break
        if not claims.claim(Mention("person", start, end, name)):
            break
        names |= {name, match[0]}
        count += 1
        separator = _SEPARATOR.match(text, end) if is_list else None
        if separator is None:
            break
        start = separator.end()
    return count


def _free_part(
    title: re.Match[str], bodies: AbstractSet[int], claims: Claims
) -> re.Match[str] | None:
    """Return the title, or what of it a body before leaves: 市政协|主席 (政协主席 is one, too)."""
    if claims.is_free(*title.span()):
        return title
    begin = next((e for e in range(title.start() + 1, title.end()) if e in bodies), None)
    rest = None if begin is None else _titles().fullmatch(title.string, begin, title.end())
    return rest if rest and claims.is_free(*rest.span()) else None


def _is_city(name: str) -> bool:
    """Return whether `name` is that of a city or a province: 记者 宁波 报道."""
    return any(p.level in ("province", "city") for p in gazetteer().by_name.get(name, ()))


_BEFORE_TITLE = re.compile(
    r"[委局厅部府会办协大团司行院所校网报团市省县区州镇位关的、，,。兼任席]$"
)


def _stands_alone(words: Words, start: int, end: int) -> bool:
    """Return whether a title without a person is one: a word of its own, or after a body."""
    text = words.text
    if words.is_aligned(start, end):
        return True
    return _BEFORE_TITLE.search(text[max(0, start - 1) : start]) is not None
