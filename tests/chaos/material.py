"""A known set of pages, computed from their numbers: what is sent, and how each must end.

A block of 200 numbers holds sources of one page each, a list with links to 50 more, pages that
come into the line past the crawler, and every kind of message that must become a dead letter.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Final

from services.contracts.codec import FACTS, PAGE, SOURCE
from services.contracts.dead_letters import Reason
from services.contracts.messages import Article, Facts, Page, Source
from services.contracts.topics import ARTICLES, PAGES, SOURCES, Topic
from services.contracts.topics import FACTS as FACTS_TOPIC

BLOCK: Final = 200
CASE: Final = "case"
"""The header that holds an item's number, in what is sent and in its dead letter."""

_FETCHED: Final = datetime(2026, 3, 1, tzinfo=UTC)


class Way(Enum):
    """How an item comes into the line."""

    SOURCE = auto()
    LINKED = auto()
    """By a link of its block's list."""
    PAGE = auto()
    """As a page, past the crawler."""
    GONE = auto()
    PICTURE = auto()
    BAD_SOURCE = auto()
    BAD_PAGE = auto()
    BAD_ARTICLE = auto()
    BAD_FACTS = auto()


DEAD: Final = {
    Way.GONE: Reason.UNFETCHABLE,
    Way.PICTURE: Reason.UNFETCHABLE,
    Way.BAD_SOURCE: Reason.INVALID,
    Way.BAD_PAGE: Reason.UNDECODABLE,
    Way.BAD_ARTICLE: Reason.UNDECODABLE,
    Way.BAD_FACTS: Reason.UNSTORABLE,
}
"""The ways that end in the dead letters, each with its reason; the others end in a row."""


def way(number: int) -> Way:
    """Return how the item of this number comes in."""
    match number % BLOCK:
        case 13:
            return Way.BAD_PAGE
        case 63:
            return Way.BAD_ARTICLE
        case 113:
            return Way.BAD_FACTS
        case 163:
            return Way.BAD_SOURCE
        case rest if rest % 40 == 7:
            return Way.GONE
        case rest if rest % 40 == 27:
            return Way.PICTURE
        case rest if rest % 20 == 11:
            return Way.PAGE
        case rest if rest % 4 == 0:
            return Way.LINKED
    return Way.SOURCE


def is_flaky(number: int) -> bool:
    """Return whether the server is out of order when the item is first asked for."""
    return number % 25 == 3


def number_of(url: str) -> int:
    """Return the number of a stored item."""
    return int(url.rsplit("/", 1)[1].removesuffix(".html"))


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes for a topic."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Material:
    """The items 0 to `count`, on the sites that serve them."""

    count: int
    sites: Sequence[str]
    """URLs without a path."""

    def expected(self) -> dict[int, Reason | None]:
        """Return how each item must end: None in a row, else in the dead letters."""
        return {number: DEAD.get(way(number)) for number in range(self.count)}

    def blocks(self) -> Iterator[list[Message]]:
        """Yield what has to be sent, block by block."""
        for block in range(-(-self.count // BLOCK)):
            items = [m for number in self._numbers(block) for m in self._messages(number)]
            yield [*items, self._list(block)]

    def links(self, block: int) -> list[str]:
        """Return the paths that the list of a block links to."""
        return [_path(number) for number in self._numbers(block) if way(number) is Way.LINKED]

    def _numbers(self, block: int) -> range:
        return range(block * BLOCK, min((block + 1) * BLOCK, self.count))

    def _messages(self, number: int) -> Iterator[Message]:
        url = self._site(number) + _path(number)
        match way(number):
            case Way.SOURCE | Way.GONE | Way.PICTURE:
                yield _source(number, Source(url, kind="article"))
            case Way.BAD_SOURCE:
                yield _source(number, Source(f"ftp://files.example/{number}"))
            case Way.PAGE:
                headers = {"content-type": "text/html"}
                page = Page(url, url, 200, headers, body(number), _FETCHED, url)
                yield _message(number, PAGES, PAGE.encode(page))
            case Way.BAD_PAGE:
                page = Page(url, url, 200, {}, body(number), _FETCHED, url)
                yield _message(number, PAGES, PAGE.encode(page)[:-100])
            case Way.BAD_ARTICLE:
                yield _message(number, ARTICLES, b'{"id": %d' % number)
            case Way.BAD_FACTS:
                facts = Facts(_article(url, f"NUL\0 {number}"))
                yield _message(number, FACTS_TOPIC, FACTS.encode(facts))

    def _list(self, block: int) -> Message:
        url = f"{self._site(block)}/list/{block}.html"
        return _source(-1 - block, Source(url, kind="list"))

    def _site(self, number: int) -> str:
        return self.sites[number % len(self.sites)]


def _path(number: int) -> str:
    return f"/{number}.html"


def _source(number: int, source: Source) -> Message:
    return _message(number, SOURCES, SOURCE.encode(source))


def _message(number: int, topic: Topic, value: bytes) -> Message:
    name = str(number).encode()
    return Message(topic.name, name, value, ((CASE, name),))


def _article(url: str, text: str) -> Article:
    return Article(
        id="5f1e3a52-57f0-5b9b-b0d5-0d9b1f6a7c11",
        url=url,
        canonical_url=url,
        site="facts.example",
        ordinal=0,
        title="标题",
        published_at=None,
        published_precision=None,
        source=None,
        author=None,
        paragraphs=(text,),
        text=text,
        script="hans",
        fetched_at=_FETCHED,
        content_hash="00" * 32,
        simhash="00" * 8,
    )


_PLACES: Final = ("株洲", "襄阳", "芜湖", "绵阳", "赣州", "洛阳", "南通", "咸阳")
_TRADES: Final = ("铝箔", "储能电池", "传感器", "轴承", "医用耗材", "光伏玻璃", "预制菜", "碳纤维")
_SYLLABLES: Final = "云杉临湖启岳远澜瑞禾金梭海棠星槎松柏兰芷清溪碧梧丹枫鸿雁麒麟瑶琴"
_STAGES: Final = ("签约落户", "正式开工", "建成投产", "竣工验收")


def body(number: int) -> bytes:
    """Return the page of an item: a short article that nobody else has, between furniture.

    Every paragraph has a name in it that no other page has: what stands on many pages of a host
    would rightly be taken for furniture, and then it mattered which page came first.
    """
    chance = random.Random(number)
    place, trade, stage = (chance.choice(words) for words in (_PLACES, _TRADES, _STAGES))
    base = len(_SYLLABLES)
    name = "".join(_SYLLABLES[number // base**digit % base] for digit in range(3))
    company = f"{name}{trade}科技有限公司"
    money, land, jobs = chance.randint(2, 90), chance.randint(20, 900), chance.randint(60, 3000)
    month, day = chance.randint(1, 12), chance.randint(1, 28)
    title = f"{place}高新区{trade}项目{stage}（{number}号）"
    paragraphs = (
        f"{month}月{day}日，{company}与{place}高新区管委会举行仪式，{trade}生产基地项目{stage}。"
        f"项目编号为{number}，总投资{money}.{number % 10}亿元，占地约{land}亩。",
        f"据了解，{company}的项目分两期建设，一期投资{money // 2 + 1}亿元，"
        f"建设厂房{land * 300}平方米，预计明年年底前投产，可提供就业岗位{jobs}个。",
        f"{place}高新区有关负责人表示，今年以来园区新签约项目{number % 40 + 2}个，"
        f"地区生产总值同比增长{number % 13}.{day % 10}%，将为{company}做好全程服务。",
    )
    links = "".join(f'<li><a href="/c/{n}.html">栏目{n}</a></li>' for n in range(12))
    text = "".join(f"<p>　　{paragraph}</p>\n" for paragraph in paragraphs)
    charset = "gb18030" if number % 5 == 1 else "utf-8"
    page = (
        f'<!doctype html><html><head><meta charset="{charset}"><title>{title}_临湖新闻网</title>'
        f'</head><body><div class="nav"><ul>{links}</ul></div>\n<div class="main"><h1>{title}</h1>'
        f'<div class="info">2024-{month:02d}-{day:02d} 08:{number % 60:02d} 来源：临湖日报</div>'
        f'<div class="content">\n{text}</div></div>\n'
        f'<div class="footer">版权所有 临湖新闻网 联系电话：0700-5550100</div></body></html>'
    )
    return page.encode(charset)
