"""Where a name begins, read leftwards from its suffix.

Chinese has no spaces and no capitals: the suffix (有限公司, 高新区, 项目) tells where a name ends,
and the words before it, up to a pause, a verb or a function word, tell where it begins.
"""

import re
from collections.abc import Set as AbstractSet

from services.extractor import tables
from services.extractor.segment import UNKNOWN, Token, Words

_WORD = re.compile(r"[\w·\-+&.]+")
_NUMBER = re.compile(r"[\d.,%]+")
_OPENERS = {"）": "（", ")": "(", "”": "“", '"': '"'}
_BRACKET_LIMIT = 14
_OFTEN_FIRST = frozenset("新中大上同正原前名金万三百千")
_NEVER_FIRST = frozenset(
    "个家座位项批款条栋号次届到其该本此每各某向往至朝替帮令自因若虽既还更最很仅只就才又再均皆无未没"
    "现说看见问请拟获赴经据讯电比于像如即来去使得称时"
)
# Soft stops that may also stand within a name: 合肥岚投资|本|创业投资, 阳光|电|动力.
_OFTEN_INSIDE = frozenset("新中大上同正原名本电全共兴家建外经能")
# Parts of speech that are no part of a name: conjunctions, prepositions, pronouns, adverbs,
# particles, words of time; and the titles of people.
_STOP_TAGS = frozenset(
    ["c", "p", "r", "rr", "rz", "d", "df", "dg", "u", "uj", "ul", "uv", "uz", "ud", "ug", "y", "e"]
) | {"o", "t", "tg", "title"}
_MEASURE_TAGS = frozenset(["m", "q", "mq"])


def is_pause(token: Token) -> bool:
    """Return whether `token` is punctuation or a space."""
    return _WORD.fullmatch(token.word) is None


def is_stop(token: Token) -> bool:
    """Return whether a name to the right of `token` begins after it."""
    if token.word in tables.word_set("name_stops.txt") or _is_soft(token):
        return True
    return len(token.word) > 1 and token.tag in _STOP_TAGS


def may_be_inside(token: Token) -> bool:
    """Return whether a word at which names mostly begin may yet stand within one."""
    return token.word in _OFTEN_INSIDE


def is_verb(token: Token) -> bool:
    """Return whether `token` is a verb that names do not have inside."""
    return token.tag in ("v", "vd", "vi") and token.word not in tables.word_set("name_verbs.txt")


def _is_soft(token: Token) -> bool:
    return token.word in tables.word_set("name_stops_soft.txt")


def _is_first_of_name(words: Words, index: int) -> bool:
    """Return whether a function word may yet be the first or second character of a name.

    That is so after a pause (、的鲁技术; ，六合岚), and for those that names like to begin with
    also after a verb (位于新马创新园).
    """
    token = words.tokens[index]
    if token.tag not in _MEASURE_TAGS and not _is_soft(token):
        return False
    if token.word in _NEVER_FIRST:
        return False
    if len(token.word) > 1 and token.word in tables.word_set("name_stops.txt"):
        return False  # 一季度|云澜科技
    previous = words.tokens[index - 1] if index else None
    if previous is None or previous.end != token.start or previous.word in "、，,":
        return True
    if len(previous.word) == 1 and not is_stop(previous) and not is_pause(previous):
        return index == 1 or _begins_name(words.tokens[index - 2], previous)
    return token.word in _OFTEN_FIRST and (is_stop(previous) or is_verb(previous))


def _goes_on(words: Words, index: int, *, numbers: bool) -> bool:
    """Return whether a name goes on before a soft stop: 宁德时代贵州|新|能源动力.

    That is so after a place, a company or a bracket, and in a product's name (高端|全|合成) also
    after an adjective or a noun in no table.
    """
    token, before = words.tokens[index], words.tokens[index - 1] if index else None
    if before is None or before.end != token.start:
        return False
    if token.word in _OFTEN_FIRST and (before.tag in ("ns", "company") or before.word in "）)"):
        return True
    is_product = numbers and may_be_inside(token) and before.tag in ("a", "b", "n", UNKNOWN)
    return is_product and len(before.word) > 1 and not is_pause(before) and not is_stop(before)


def _is_split_name(words: Words, index: int) -> bool:
    """Return whether two characters after a place, taken for two words, are one: 长春|净|月."""
    if index < 2:
        return False
    place, first, second = words.tokens[index - 2 : index + 1]
    return (
        place.tag == "ns"
        and len(first.word) == len(second.word) == 1
        and place.end == first.start
        and first.end == second.start
        and not is_pause(first)
    )


def _begins_name(before: Token, first: Token) -> bool:
    """Return whether a name may begin with `first`: after a pause or a place (衡阳|炬原储能)."""
    return before.word in "、，,。；;：" or (before.tag == "ns" and before.end == first.start)


def _bracket(words: Words, index: int, floor: int) -> int | None:
    """Return the index of the bracket or quote that the one at `index` closes."""
    closer = words.tokens[index]
    opener = _OPENERS.get(closer.word)
    if opener is None:
        return None
    for i in range(index - 1, -1, -1):
        token = words.tokens[i]
        if token.start < max(floor, closer.start - _BRACKET_LIMIT):
            return None
        if token.word == opener:
            return i
    return None


def name_start(
    words: Words,
    end: int,
    *,
    limit: int,
    floor: int = 0,
    inner: AbstractSet[str] = frozenset(),
    verbs: bool = False,
    quotes: bool = False,
    numbers: bool = False,
) -> int:
    """Return where the name begins whose suffix begins at `end`; `end` itself where there is none.

    At most `limit` characters are taken, none before `floor`. Words of `inner` belong to the name
    as long as only such words lie between them and the suffix. A verb ends the name unless `verbs`
    (see `is_verb`), a quoted part
    unless `quotes`, a number unless `numbers` and it measures the product (12英寸, 年产10GWh).
    """
    start = edge = end
    floor = max(floor, end - limit)
    index = words.index_at(end - 1) if end > floor else -1
    only_inner = True
    while index >= 0:
        token = words.tokens[index]
        if token.end < min(edge, end) or token.end <= floor:
            break  # a newline lies between, or the floor is reached
        if is_pause(token):
            if numbers and _is_inner_mark(words, index):
                edge, index = token.start, index - 1
                continue
            opening = _bracket(words, index, floor)
            if opening is None or (token.word in '”"' and not quotes):
                break
            start = edge = words.tokens[opening].start
            index = opening - 1
            continue
        if only_inner and token.word in inner:
            pass
        elif numbers and (_is_dimension(words, index) or _is_grade(words, index)):
            only_inner = False
        elif _NUMBER.fullmatch(token.word):
            break
        elif token.tag in _MEASURE_TAGS or is_stop(token) or (not verbs and is_verb(token)):
            if start < end and _goes_on(words, index, numbers=numbers):
                start = edge = token.start
                index -= 1
                continue
            if (start < end or _is_split_name(words, index)) and _is_first_of_name(words, index):
                start = _with_place(words, _first_character(words, index), floor)
            break
        else:
            only_inner = False
        start = edge = max(token.start, floor)
        index -= 1
    return _without_leading_bracket(words.text, start, end)


def _is_inner_mark(words: Words, index: int) -> bool:
    """Return whether a mark stands within a name: Mini LED产业园, 100MW/200MWh储能电站,
    10万吨/年多晶硅项目.
    """
    if not 0 < index < len(words.tokens) - 1:
        return False
    before, mark, after = (words.tokens[i].word for i in (index - 1, index, index + 1))
    if not before.strip() or not after.strip():
        return False
    if mark == " ":
        return before.isascii() or after.isascii()
    return mark == "/" and (after in _PER or (before.isascii() and after.isascii()))


def _with_place(words: Words, start: int, floor: int) -> int:
    """Return `start`, or the start of the place that stands right before it."""
    place = words.tokens[words.index_at(start - 1)] if start > floor else None
    if place and place.tag == "ns" and place.end == start and place.start >= floor:
        return place.start
    return start


_COUNTS = frozenset("个家项批亿万年月日元亩人名位条座栋余多次届天期户")
_ROUND = re.compile(r"[十百千]?[万亿]|[十百千]")
_PER = frozenset(["年", "天", "日"])
_COUNTING = ("亿元", "万元", "平方米", "万平方米", "平方公里", "亿美元", "余个", "多个", "余家")


def _is_dimension(words: Words, index: int) -> bool:
    """Return whether the token is a number, or its unit, that says what a product measures."""
    token = words.tokens[index]
    after = words.tokens[index + 1] if index + 1 < len(words.tokens) else None
    before = words.tokens[index - 1] if index else None
    if token.word in _PER and before is not None and before.word == "/":
        return True  # 10万吨/年
    if token.word == "第" and after is not None and _NUMBER.fullmatch(after.word):
        return True  # 第8.5代
    if token.word in _COUNTS or token.word in _COUNTING or token.word.endswith("."):
        return False  # the last is the number of an item: 3.岚洋热泵项目
    if _ROUND.fullmatch(token.word):  # 百万|头生猪, 百万|千瓦
        return (
            after is not None
            and after.start == token.end
            and after.word[0] not in _COUNTS
            and not is_pause(after)
        )
    if _NUMBER.fullmatch(token.word):
        return (
            after is not None
            and after.start == token.end
            and after.word not in _COUNTS
            and not after.word.startswith(_COUNTING)
            and not is_pause(after)
        )
    return (
        token.tag in ("q", "m")
        and before is not None
        and _NUMBER.fullmatch(before.word) is not None
    )


def _is_grade(words: Words, index: int) -> bool:
    """Return whether the token makes a grade of the word before it: 宇航|级, 万吨|级."""
    token, before = words.tokens[index], words.tokens[index - 1] if index else None
    return (
        token.word == "级"
        and before is not None
        and before.end == token.start
        and not is_pause(before)
        and not is_stop(before)
    )


def _first_character(words: Words, index: int) -> int:
    previous = words.tokens[index - 1] if index else None
    token = words.tokens[index]
    if (
        previous
        and previous.end == token.start
        and len(previous.word) == 1
        and not is_pause(previous)
        and not is_stop(previous)
    ):
        return previous.start
    return token.start


def _without_leading_bracket(text: str, start: int, end: int) -> int:
    """Skip a bracketed part with nothing before it: （天元区）高新区."""
    while start < end and text[start] in "（(":
        closing = max(text.find("）", start, end), text.find(")", start, end))
        if closing < 0:
            return end
        start = closing + 1
    return start
