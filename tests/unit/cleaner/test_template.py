"""What recurs on the pages of a host, learned and applied."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from services.cleaner.clean import Cleaning, clean
from services.cleaner.memory import HostMemory
from services.cleaner.template import (
    SLOTS,
    Seen,
    furniture,
    line_key,
    lines_to_remember,
    remember,
    without_furniture,
)
from services.contracts.codec import PAGE_LINES
from services.contracts.messages import Page, PageLines
from services.contracts.routes import key_of

MakePage = Callable[..., Page]

STORIES = (
    (
        "青禾高新区新能源项目开工",
        "远岫能源在青禾高新区开工建设储能基地，总投资二十亿元。",
    ),
    ("白鹭湖引进三家芯片企业", "白鹭湖科学城本周与三家芯片设计企业签约，计划投资九亿元。"),
    ("云杉新材料二期投产", "云杉新材料公司的二期厂房昨日投产，年产轻质合金四万吨。"),
    ("临湖园区出台人才新政", "临湖园区印发人才新政，对来园区就业的博士给予安家补贴。"),
    ("北辰机器人落户南塘", "北辰机器人总部项目落户南塘开发区，用地一百二十亩。"),
)
# Nothing in the rules knows these lines.
BOX = "<p>青禾之窗带您看遍八方好园区，好厂房，好机会。</p><p>小窗陪伴每一天</p>"


def url(i: int) -> str:
    return f"http://window.example/post/{i}.html"


def page(make_page: MakePage, i: int, box: str = BOX, story: str | None = None) -> Page:
    title, text = STORIES[i % len(STORIES)]
    html = (
        f"<title>{title}</title><div><h1>{title}</h1><p>{story or text}</p>"
        f"<p>园区负责人就“{title}”表示，将全力做好服务，推动早见效益。</p>{box}</div>"
    )
    return make_page(html, url(i))


def learned(pages: list[Page]) -> list[Seen]:
    seen: list[Seen] = []
    for one in pages:
        cleaning = clean(one)
        lines = lines_to_remember(one, cleaning.articles, cleaning.lines, seen)
        assert lines is not None
        seen.append(remember(lines))
    return seen


def text(cleaning: Cleaning) -> str:
    (article,) = cleaning.articles
    return article.text


def test_three_pages_are_enough(make_page: MakePage) -> None:
    seen = learned([page(make_page, i) for i in range(3)])
    last = page(make_page, 3)
    assert "好园区" in text(clean(last))
    assert "好园区" not in text(clean(last, seen))
    assert "小窗" not in text(clean(last, seen))
    assert clean(last, seen).articles[0].paragraphs == clean(last).articles[0].paragraphs[:2]


def test_one_other_page_proves_nothing(make_page: MakePage) -> None:
    seen = learned([page(make_page, 0)])
    assert clean(page(make_page, 3), seen) == clean(page(make_page, 3))


def test_a_story_that_was_posted_again_counts_once(make_page: MakePage) -> None:
    posted = [page(make_page, 0), page(make_page, 5), page(make_page, 1)]
    again = page(make_page, 10)
    assert STORIES[0][1] in text(clean(again, learned(posted)))


def test_the_page_itself_does_not_count(make_page: MakePage) -> None:
    pages = [page(make_page, i) for i in range(2)]
    assert text(clean(pages[0], learned(pages))) == text(clean(pages[0]))


def test_an_opening_that_all_pages_show_stays_where_it_belongs(make_page: MakePage) -> None:
    teaser = f"<ul><li><p>{STORIES[0][1]}</p></li></ul>"
    seen = learned([page(make_page, i, teaser) for i in range(1, 5)])
    assert line_key(STORIES[0][1]) in furniture(seen, url(0))
    assert STORIES[0][1] in text(clean(page(make_page, 0), seen))
    assert STORIES[0][1] not in text(clean(page(make_page, 1, teaser), seen))


def test_where_every_line_recurs_the_page_is_read_without_memory(make_page: MakePage) -> None:
    lines = tuple(clean(page(make_page, 0)).lines)
    seen = [
        remember(PageLines("window.example", i, url(i + 9), f"{i}", lines, datetime.now(UTC)))
        for i in range(3)
    ]
    assert clean(page(make_page, 0), seen).articles == clean(page(make_page, 0)).articles


def test_keys_know_no_digits_and_no_punctuation() -> None:
    assert line_key("阅读 1,204 次") == line_key("阅读：88次")
    assert line_key("2024-05-01") == line_key("·") == 0


def test_a_heading_between_the_articles_own_lines_stays() -> None:
    lines = ["项目概况", "储能基地位于青禾高新区，占地一百亩。", "项目概况", "由远岫公司投资。"]
    template = frozenset({line_key("项目概况")})
    assert without_furniture(lines, ["text"] * 4, template, "") == ["drop", "text", "text", "text"]


def test_a_line_of_the_title_stays() -> None:
    template = frozenset({line_key("园区简报")})
    assert without_furniture(["园区简报"], ["text"], template, "园区简报第三期") == ["text"]


def test_most_of_many_pages_must_have_a_line() -> None:
    def seen(i: int, lines: tuple[str, ...]) -> Seen:
        return remember(PageLines("h", i, url(i), str(i), lines, datetime.now(UTC)))

    pages = [seen(i, (f"第{chr(0x4E00 + i)}条消息", "每页都有")) for i in range(11)]
    pages += [seen(20 + i, ("偶尔才有",)) for i in range(2)]
    # Two of thirteen are less than a fifth.
    assert furniture(pages, "") == {line_key("每页都有")}


def test_a_host_has_few_slots_and_each_page_one(make_page: MakePage) -> None:
    pages = [page(make_page, i) for i in range(SLOTS)]
    seen = learned(pages)
    assert {s.slot for s in seen} == set(range(SLOTS))
    another = page(make_page, SLOTS)
    cleaning = clean(another)
    assert lines_to_remember(another, cleaning.articles, cleaning.lines, seen) is None

    later = msgspec.structs.replace(another, fetched_at=another.fetched_at + timedelta(days=31))
    assert lines_to_remember(later, cleaning.articles, cleaning.lines, seen) is not None

    again = msgspec.structs.replace(pages[2], fetched_at=later.fetched_at)
    lines = lines_to_remember(again, clean(again).articles, clean(again).lines, seen)
    assert lines is not None
    assert lines.slot == seen[2].slot


def test_pages_without_articles_are_not_learned_from(make_page: MakePage) -> None:
    shell = make_page("<div id=app></div><script src=/app.js></script>")
    assert lines_to_remember(shell, (), ("首页",), ()) is None


def test_what_is_remembered_of_a_page_is_bounded(make_page: MakePage) -> None:
    lines = [f"{chr(0x4E00 + i)}{chr(0x5E00 + i)}" * 60 for i in range(900)]
    articles = clean(page(make_page, 0)).articles
    kept = lines_to_remember(page(make_page, 0), articles, lines, ())
    assert kept is not None
    assert len(kept.lines) == 200
    assert max(map(len, kept.lines)) == 80


def test_plain_text_has_templates_too(make_page: MakePage) -> None:
    def dump(i: int) -> Page:
        title, told = STORIES[i]
        body = f"青禾之窗\n\n{title}\n\n{told * 2}\n青禾之窗带您看遍八方好园区，好厂房，好机会。\n"
        return make_page(body, url(i), "text/plain; charset=utf-8")

    seen = learned([dump(i) for i in range(3)])
    assert text(clean(dump(3), seen)) == STORIES[3][1] * 2
    assert text(clean(dump(3))) != STORIES[3][1] * 2


@pytest.fixture
def message(make_page: MakePage) -> PageLines:
    one = page(make_page, 0)
    cleaning = clean(one)
    lines = lines_to_remember(one, cleaning.articles, cleaning.lines, ())
    assert lines is not None
    return lines


def test_memory_keeps_the_newest_of_a_slot(message: PageLines) -> None:
    memory = HostMemory()
    memory.put(key_of(message), PAGE_LINES.encode(message))
    memory.put(key_of(message), PAGE_LINES.encode(message))
    assert memory.pages_of(b"http://WINDOW.example/else") == (remember(message),)
    memory.put(key_of(message), None)
    assert memory.pages_of(url(0).encode()) == ()


def test_memory_forgets_the_host_that_was_asked_for_least_recently(message: PageLines) -> None:
    memory = HostMemory(most_hosts=2)
    value = PAGE_LINES.encode(message)
    memory.put(b"a.example/0", value)
    memory.put(b"b.example/0", value)
    memory.pages_of(b"http://a.example/")
    memory.put(b"c.example/0", value)
    kept = [h for h in "abc" if memory.pages_of(f"http://{h}.example/".encode())]
    assert kept == ["a", "c"]


@pytest.mark.parametrize("value", [b"", b"{}", b"\xff"])
def test_memory_survives_what_it_cannot_read(value: bytes) -> None:
    memory = HostMemory()
    memory.put(b"a.example/0", value)
    assert memory.pages_of(b"http://a.example/") == ()
    assert memory.pages_of(b"http://[broken") == ()
