"""Articles over several pages."""

import pytest

from services.crawler.parts import is_part, joined, may_go_on

FIRST = "http://a.example/2024/0501/1234.html"
PROSE = "示范园区今天举行项目集中签约仪式，共有十二个项目落户，总投资三十亿元。"


PARTS = [
    ("http://a.example/2024/0501/1234_2.html", FIRST),
    ("http://a.example/2024/0501/1234-3.html", FIRST),
    ("http://a.example/2024/0501/1234/2.html", FIRST),
    ("http://a.example/show-12-2.html", "http://a.example/show-12-1.html"),
    ("http://a.example/a.php?id=7&page=2", "http://a.example/a.php?id=7"),
    ("http://a.example/a.php?page=2&id=7", "http://a.example/a.php?id=7&page=1"),
    ("http://a.example/post/7/2", "http://a.example/post/7"),
]


@pytest.mark.parametrize(("address", "first"), PARTS)
def test_a_further_page_of_the_same_article(address: str, first: str) -> None:
    assert is_part(address, first)


@pytest.mark.parametrize(
    ("address", "first"),
    [
        (FIRST, FIRST),
        ("", FIRST),
        ("http://a.example/2024/0501/1235.html", FIRST),
        ("http://b.example/2024/0501/1234_2.html", FIRST),
        ("http://a.example/2024/0501/1234_2.pdf", FIRST),
        ("http://a.example/2024/0501/1234_20240501.html", FIRST),
        ("http://a.example/show-12-3.html", "http://a.example/show-12-2.html"),
        ("http://a.example/a.php?id=8&page=2", "http://a.example/a.php?id=7"),
        ("http://a.example/a.php?id=8", "http://a.example/a.php?id=7"),
    ],
)
def test_another_page(address: str, first: str) -> None:
    assert not is_part(address, first)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_what_may_go_on(encoding: str) -> None:
    assert may_go_on("<a href='1234_2.html'>下一页</a>".encode(encoding), FIRST)
    assert may_go_on("<a href='1234_2.html'>2</a>".encode(encoding), FIRST)
    assert not may_go_on("<a href='1235.html'>下一篇：别的新闻</a>".encode(encoding), FIRST)
    assert not may_go_on("<a href='/list_2.html'>下一页</a>".encode(encoding), FIRST)


@pytest.mark.parametrize(("address", "first"), PARTS)
def test_an_article_with_a_link_to_its_next_page_may_go_on(address: str, first: str) -> None:
    relative = address.removeprefix("http://a.example").replace("&", "&amp;")
    assert may_go_on(f"<a href='{relative}'>下一页</a>".encode(), first)


@pytest.mark.parametrize("first", ["http://a.example/", "http://a.example/公告.html"])
def test_an_article_whose_url_tells_nothing_may_go_on(first: str) -> None:
    assert may_go_on("<a href='公告_2.html'>下一页</a>".encode(), first)


def test_an_article_whose_pager_is_written_by_a_script_may_go_on() -> None:
    assert may_go_on(b"<script>createPageHTML(2, 0, 'd_1234', 'html')</script>", FIRST)


def page(number: int, text: str) -> str:
    pager = "".join(
        f"<a href='1234{f'_{n}' if n > 1 else ''}.html'>{n}</a>" for n in (1, 2) if n != number
    )
    return (
        "<html><head><title>签约</title></head><body><div class='nav'><a href='/'>首页</a></div>"
        f"<div class='content'><h1>项目签约</h1><p>{text}{PROSE}</p><p>{PROSE}</p>"
        f"<div>上一页 {pager} 下一页</div></div><div class='foot'>版权所有</div></body></html>"
    )


def test_the_pages_become_one() -> None:
    html = joined(page(1, "甲"), FIRST, [page(2, "乙")])
    assert html.index("甲" + PROSE) < html.index("乙" + PROSE) < html.index("版权所有")
    assert html.count("项目签约") == 1
    assert html.count("版权所有") == 1
    assert "下一页" not in html
    assert html.count('class="content"') == 1


def test_a_short_last_page_is_read_at_the_same_place() -> None:
    last = (
        "<html><body><div class='side'><p>" + PROSE * 3 + "</p></div>"
        "<div class='content'><p>全文完，谢谢。</p></div></body></html>"
    )
    html = joined(page(1, "甲"), FIRST, [last])
    assert "全文完" in html
    assert PROSE * 3 not in html


def test_pages_without_prose_change_nothing() -> None:
    assert joined("<p>x</p>", FIRST, ["<p>y</p>"]) == "<p>x</p>"
