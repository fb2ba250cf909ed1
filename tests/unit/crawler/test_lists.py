import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.lists import read, same_site

URL = "https://park.example/news/"
PROSE = "示范园区今天举行项目集中签约仪式，共有十二个项目落户，总投资三十亿元。"


def addresses(html: str, url: str = URL) -> list[str]:
    return [link.address for link in read(html, url).links if not link.is_list]


def lists(html: str, url: str = URL) -> list[str]:
    return [link.address for link in read(html, url).links if link.is_list]


def item(href: str, text: str = "示范园区重点项目正式签约落户", after: str = "") -> str:
    return f"<li><a href='{href}'>{text}</a>{after}</li>"


NAVIGATION = "".join(
    f"<a href='/{name}/'>{text}</a>"
    for name, text in [
        ("", "首页"),
        ("about", "关于我们"),
        ("zs", "招商引资"),
        ("lxwm", "联系我们"),
    ]
)


def test_titles_with_a_date_in_the_url() -> None:
    html = NAVIGATION + item("/2024/05/01/a.html") + item("t20240502_11.htm")
    assert addresses(html) == [
        "https://park.example/2024/05/01/a.html",
        "https://park.example/news/t20240502_11.htm",
    ]


def test_titles_with_a_date_beside_them() -> None:
    html = NAVIGATION + item("/a/abc.html", after="<span>05-01</span>") + item("/b/x.html")
    assert addresses(html) == ["https://park.example/a/abc.html"]


def test_titles_whose_urls_are_alike() -> None:
    html = NAVIGATION + item("/n/1.html") + item("/n/2.html") + item("/n/13.html")
    assert len(addresses(html)) == 3


def test_two_titles_alone_with_nothing_else_are_no_evidence() -> None:
    assert addresses(item("/n/1.html") + item("/n/2.html")) == []


def test_a_short_title_among_long_ones_of_the_same_shape() -> None:
    rows = [item(f"/n/{n}.html") for n in range(10001, 10006)]
    assert len(addresses("".join(rows) + item("/n/10009.html", "喜报"))) == 6


def test_titles_in_english() -> None:
    rows = [
        item(f"/n/{n}.html", "New battery plant signed at the park") for n in range(10001, 10004)
    ]
    assert len(addresses("".join(rows))) == 3


def test_the_full_title_may_stand_in_the_attribute() -> None:
    html = "<a href='/n/20240501.html' title='示范园区重点项目正式签约落户'>示范园区…</a>"
    assert len(addresses(html)) == 1


def test_a_picture_and_a_title_that_link_the_same_page_are_one() -> None:
    html = "<a href='/n/20240501.html'><img src=x></a>" + item("/n/20240501.html#c")
    assert addresses(html) == ["https://park.example/n/20240501.html"]


@pytest.mark.parametrize(
    "href",
    [
        "https://elsewhere.example/n/20240501.html",
        "javascript:void(0)",
        "mailto:a@park.example",
        "/n/20240501.pdf",
        "/n/20240501.DOCX",
        "#20240501",
        "",
        "http://[broken/20240501.html",
        "ftp://park.example/20240501.html",
    ],
)
def test_links_that_are_none_of_ours(href: str) -> None:
    assert addresses(item(href)) == []


def test_the_base_element_counts() -> None:
    html = "<head><base href='https://park.example/deep/'></head>" + item("20240501.html")
    assert addresses(html) == ["https://park.example/deep/20240501.html"]


@pytest.mark.parametrize("href", ["/n/2024 0501.html", " /n/2024 05\n01.html\t"])
def test_spaces_in_links(href: str) -> None:
    assert addresses(item(href)) == ["https://park.example/n/2024%200501.html"]


def test_www_and_the_scheme_make_no_difference() -> None:
    assert same_site("http://www.park.example/a", "https://park.example")
    assert same_site("https://park.example:443/a", "http://park.example")
    assert not same_site("https://park.example:8443/a", "https://park.example")
    assert not same_site("https://a.park.example/", "https://park.example")
    assert not same_site("http://[", "http://")


@pytest.mark.parametrize(
    "text",
    ["下一页", " 下 一 页 ", "下页", "下一頁", "Next", "next page", "&gt;", "»", "下一页&gt;"],
)
def test_the_words_for_the_next_page(text: str) -> None:
    assert lists(f"<a href='list_2.html'>{text}</a>") == ["https://park.example/news/list_2.html"]


@pytest.mark.parametrize("text", ["下一篇", "上一页", "末页", "尾页", "首页", "下一页的内容"])
def test_words_that_lead_elsewhere(text: str) -> None:
    assert lists(f"<a href='list_2.html'>{text}</a>") == []


def test_the_relation_of_the_next_page() -> None:
    assert lists("<head><link rel=next href='?page=2'></head>") == [URL + "?page=2"]
    assert lists("<a rel=next href='?page=3'><i></i></a>") == [URL + "?page=3"]


@pytest.mark.parametrize("href", ["javascript:next()", "#", URL, "https://elsewhere.example/2"])
def test_a_next_page_that_is_none(href: str) -> None:
    assert lists(f"<a href='{href}'>下一页</a>") == []


def numbered(*numbers: int) -> str:
    return "".join(f"<a href='list_{n}.html'>{n}</a>" for n in numbers)


def test_a_pager_of_numbers() -> None:
    assert lists("<b>1</b>" + numbered(2, 3, 4)) == [URL + "list_2.html"]
    assert lists(numbered(1, 2, 4, 5), URL + "list_3.html") == [URL + "list_4.html"]
    assert lists(numbered(1, 2, 3), URL + "list_4.html") == []


def test_numbers_that_are_no_pager() -> None:
    assert lists("<a href='/a'>2</a><a href='/b/c'>3</a><a href='/x/y/z'>7</a>") == []


@pytest.mark.parametrize(
    ("call", "following"),
    [
        ('createPageHTML(12, 0, "index", "html");', ["index_1.html"]),
        ("createPageHTML(12,3,'index','htm')", ["index_4.htm"]),
        ('createPageHTML(12, 11, "index", "html");', []),
        ('createPageHTML(1, 0, "index", "html");', []),
    ],
)
def test_a_pager_that_a_script_writes(call: str, following: list[str]) -> None:
    assert lists(f"<script>{call}</script>") == [URL + name for name in following]


def test_more_leads_from_an_overview_to_its_lists() -> None:
    rows = "".join(item(f"/n/{n}.html") for n in range(10001, 10009))
    html = f"<a href='/zsxm/'>更多&gt;&gt;</a>{rows}<a href='/hydt/'>更多</a>"
    assert lists(html, "https://park.example/") == [
        "https://park.example/zsxm/",
        "https://park.example/hydt/",
    ]


ROWS = "".join(item(f"/n/{n}.html", after="2024-05-01") for n in range(10001, 10013))
SUMMARIES = "".join(
    f"<div class=x>{item(f'/n/{n}.html')}<p>{PROSE}</p></div>" for n in range(10001, 10013)
)


@pytest.mark.parametrize(
    "url",
    [
        "https://park.example/",
        "https://park.example/news/",
        "https://park.example/news/index.html",
        "https://park.example/news/list_12.html",
        "https://park.example/col/col12345/index.html",
        "https://park.example/node_7001.htm",
        "https://park.example/dynamic",
    ],
)
def test_a_list_is_a_list(url: str) -> None:
    assert read(NAVIGATION + ROWS, url).verdict == "list"


def test_a_list_with_summaries_is_a_list() -> None:
    assert read(NAVIGATION + SUMMARIES, URL).verdict == "list"


def test_a_list_with_long_summaries_is_a_list() -> None:
    rows = "".join(
        f"<div class=x><h2><a href='/post/{n}.html'>第{n}号重点项目正式签约落户</a></h2>"
        f"<p>{PROSE * 5}</p></div>"
        for n in range(1001, 1007)
    )
    assert read(NAVIGATION + rows, "https://park.example/").verdict == "list"


def test_a_page_of_several_whole_articles_is_no_list() -> None:
    rows = "".join(
        f"<div class=x><h2><a href='/post/{n}.html'>第{n}号重点项目正式签约落户</a></h2>"
        f"{f'<p>{PROSE}</p>' * 20}</div>"
        for n in range(1001, 1007)
    )
    assert read(NAVIGATION + rows, "https://park.example/").verdict != "list"


@pytest.mark.parametrize(
    "url",
    [
        "https://park.example/n/20240501.html",
        "https://park.example/2024/05/01/qianyue.html",
        "https://park.example/article/7370966182997787176/",
        "https://park.example/a/8f14e45fceea167a",
        "https://park.example/t20240501_123456.htm",
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        f"<div>{f'<p>{PROSE}</p>' * 5}</div>",
        f"<div>{f'{PROSE}<br>' * 5}</div>",
        f"<table><tr><td>{f'<p><span>{PROSE}</span></p>' * 5}</td></tr></table>",
    ],
)
def test_an_article_with_many_links_beside_it_is_an_article(url: str, body: str) -> None:
    assert read(NAVIGATION + body + ROWS, url).verdict == "article"


def test_a_long_article_at_a_url_that_says_nothing() -> None:
    assert (
        read(f"<div>{f'<p>{PROSE}</p>' * 20}</div>", "https://park.example/x").verdict == "article"
    )


def test_what_only_articles_have_decides() -> None:
    html = f"<meta name='ArticleTitle' content='签约'><div>{f'<p>{PROSE}</p>' * 5}</div>{ROWS}"
    assert read(html, "https://park.example/x").verdict == "article"


@pytest.mark.parametrize(
    ("html", "url"),
    [
        ("", URL),
        ("<p>短讯。</p>", URL),
        (ROWS, "https://park.example/n/20240501.html"),
        (f"<div><p>{PROSE}</p></div>", URL),
    ],
)
def test_what_is_not_clear(html: str, url: str) -> None:
    assert read(html, url).verdict == "unclear"


@given(st.text(alphabet="<>/ap='\" href:#?&;1中。\n"))
def test_nothing_breaks_the_reader(html: str) -> None:
    read(html, URL)
    read(f"<a href='{html}'>示范园区重点项目正式签约</a>", URL)


@pytest.mark.parametrize(
    "html",
    [
        "<body>" + "<a href='/n/1.html'>示范园区重点项目正式签约</a>" * 40_000,
        "".join(f"<a href='/n/{n}.html'>示范园区重点项目正式签约</a>" for n in range(40_000)),
        "".join(f"<p>{PROSE}<a href='/{n}'>{n}</a></p>" for n in range(20_000)),
        "<div>" * 20_000 + PROSE * 100,
        "<div>园区，" * 5_000,
        "<a href='/x'>" * 50_000,
        "<p>" + "<span>" * 3_000 + PROSE,
        "<script>createPageHTML(" + "1" * 100_000 + "</script>",
        "<a href='/" + "1a" * 500_000 + "'>示范园区重点项目正式签约</a>",
        "<a href='/x'>" + " " * 1_000_000 + "</a>",
    ],
    ids=range(10),
)
def test_hostile_pages_take_no_long_time(html: str) -> None:
    started = time.monotonic()
    read(html, URL)
    assert time.monotonic() - started < 10
