import time
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.cleaner.clean import Cleaning, clean, warm_up
from services.contracts.identity import article_id, canonical_url, content_hash

SENTENCE = "青禾高新区今日举行集中开工仪式，十二个项目同时开工，总投资约一百亿元。"
STORY = f"<p>青禾日报讯（记者 张三）{SENTENCE}</p><p>{SENTENCE * 2}</p>"
PAGE = f"""<!doctype html><title>青禾高新区十二个项目集中开工_某某网</title>
<div class=nav><a href=/>首页</a></div><h1>青禾高新区十二个项目集中开工</h1>
<div>2024-03-05 10:30 来源：青禾日报 作者：张三</div><div class=article-content>{STORY}</div>"""


def only(cleaning: Cleaning) -> Any:
    assert cleaning.no_article is None
    (article,) = cleaning.articles
    return article


def test_an_article(make_page: Any) -> None:
    url = "http://News.example.com/a/1.html?utm_source=x"
    page = make_page(PAGE, url)
    article = only(clean(page))
    canonical = canonical_url(url)
    assert article.id == article_id(canonical, 0)
    assert (article.url, article.canonical_url, article.site) == (
        url,
        canonical,
        "news.example.com",
    )
    assert article.title == "青禾高新区十二个项目集中开工"
    assert article.published_at.isoformat() == "2024-03-05T10:30:00+08:00"
    assert article.published_precision == "minute"
    assert (article.source, article.author) == ("青禾日报", "张三")
    assert article.paragraphs == (f"青禾日报讯（记者 张三）{SENTENCE}", SENTENCE * 2)
    assert article.text == "\n".join(article.paragraphs)
    assert article.content_hash == content_hash(article.text)
    assert article.script == "hans"
    assert article.fetched_at == page.fetched_at


def test_the_final_url_is_the_page(make_page: Any) -> None:
    page = msgspec.structs.replace(make_page(PAGE), final_url="https://b.example/2")
    article = only(clean(page))
    assert article.canonical_url == "https://b.example/2"
    assert article.url == page.url


def test_the_same_page_gives_the_same_article(make_page: Any) -> None:
    assert clean(make_page(PAGE)) == clean(make_page(PAGE))


def test_traditional_characters_with_notes(make_page: Any) -> None:
    story = "青禾高新區(qū)聚焦優(yōu)勢產(chǎn)業(yè)，鋪排市級重點項目九十六個。" * 6
    article = only(
        clean(make_page(f"<title>優(yōu)勢產(chǎn)業(yè)鋪排重點項目</title><p>{story}"))
    )
    assert article.script == "hant"
    assert article.title == "优势产业铺排重点项目"
    assert article.paragraphs == ("青禾高新区聚焦优势产业，铺排市级重点项目九十六个。" * 6,)


def test_a_table_row_is_a_paragraph(make_page: Any) -> None:
    table = (
        "<table><tr><th>项目<th>总投资（亿元）<th>备注<tr><td>北辰<td>12.5<td>"
        "<tr><td>南湖<td>8<td>二期</table>"
    )
    article = only(clean(make_page(f"<h1>项目表</h1><div>{STORY}{table}<p>{SENTENCE}</p></div>")))
    assert article.paragraphs[2:-1] == ("项目\t总投资（亿元）\t备注", "北辰\t12.5", "南湖\t8\t二期")


def test_a_table_that_lays_out_the_page_is_none(make_page: Any) -> None:
    rows = "".join(f"<tr><td>{name}</td><td>{STORY}</td></tr>" for name in ("首页", "导航"))
    html = f"<table>{rows}</table>"
    assert "\t" not in only(clean(make_page(html))).text


def test_several_articles_in_one_page(make_page: Any) -> None:
    parts = "".join(
        f"<h2>第{n}条：项目开工</h2><p>青禾日报讯（记者 {n}某）{SENTENCE}</p><p>{SENTENCE}</p>"
        for n in "一二三"
    )
    articles = clean(make_page(f"<title>青禾日报第三版</title><div>{parts}</div>")).articles
    assert [article.title for article in articles] == [f"第{n}条：项目开工" for n in "一二三"]
    assert [article.ordinal for article in articles] == [0, 1, 2]
    assert len({article.id for article in articles}) == 3


def test_an_outlet_below_the_text(make_page: Any) -> None:
    page = make_page(
        f"<h1>项目集中开工</h1><div><p>{SENTENCE * 3}</p><p>（来源：某某晚报）</p></div>"
    )
    article = only(clean(page))
    assert article.source == "某某晚报"
    assert article.paragraphs == (SENTENCE * 3,)


def test_plain_text(make_page: Any) -> None:
    lines = ["某区集中开工十二个项目", "9个月前 (09-21)园区动态", f"青禾时刻3月23日讯 {SENTENCE}"]
    dump = "\n\n".join([*lines, "扫一扫关注公众号"])
    article = only(clean(make_page(dump, content_type="text/plain; charset=utf-8")))
    assert article.title == "某区集中开工十二个项目"
    assert article.published_at.date().isoformat() == "2023-09-21"
    assert article.source == "青禾时刻"


LINKS = "".join(
    f"<li><a href=/{i}>某市某区第{i}个项目落户开工</a>2024-03-05</li>" for i in range(30)
)
TEASERS = "".join(
    f"<h3><a href=/{i}>某市某区第{i}个项目开工</a></h3><p>{SENTENCE}</p>" for i in range(10)
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"%PDF-1.5 x", "not_text"),
        (bytes(100), "not_text"),
        (f"<title>园区动态</title><ul>{LINKS}</ul>", "list_page"),
        (f"<title>园区动态</title><div>{TEASERS}</div>", "list_page"),
        (
            "<title>404</title><p>抱歉，您访问的页面不存在，请返回首页继续浏览其他内容。</p>",
            "soft_404",
        ),
        ("<p>该文章已被删除</p>", "soft_404"),
        ("<div id=app></div><script src=/app.js></script>", "script_shell"),
        ("<h1>航拍青禾高新区</h1><video src=/1.mp4></video>", "video"),
        ("<h1>联系我们</h1><p>青禾市青禾路一号</p>", "no_text"),
        ("首页\n新闻", "no_text"),
        ("这一句只是填充，没有别的。" * 40, "no_text"),
        ("<p>" + "这一句只是填充，没有别的。" * 40, "no_text"),
    ],
)
def test_no_article(make_page: Any, body: bytes | str, reason: str) -> None:
    cleaning = clean(make_page(body))
    assert (cleaning.articles, cleaning.no_article) == ((), reason)


def test_an_image_by_its_type(make_page: Any) -> None:
    assert clean(make_page(b"x", content_type="image/svg+xml")).no_article == "not_text"


def test_an_error_page_is_no_article(make_page: Any) -> None:
    body = f"<p>{SENTENCE}</p>"
    assert clean(make_page(body, status=404)).no_article == "soft_404"
    assert clean(make_page(body)).no_article is None


def test_a_url_that_is_none(make_page: Any) -> None:
    assert clean(make_page(PAGE, url="mailto:a@example.com")).no_article == "bad_url"


def test_gbk_under_a_false_label(make_page: Any) -> None:
    article = only(
        clean(make_page(PAGE.encode("gb18030"), content_type="text/html; charset=utf-8"))
    )
    assert article.title == "青禾高新区十二个项目集中开工"


def test_warm_up_may_be_called_twice() -> None:
    warm_up()
    warm_up()


FRAGMENTS = st.sampled_from(
    [
        "<div>",
        "</div>",
        "<p>",
        "<table>",
        "<tr>",
        "<td>",
        "</html>",
        "<a href=x>",
        "</a>",
        "<h1>",
        "<br>",
        "<title>",
        "</title>",
        "<script>",
        "</script>",
        "<!--",
        "&#0;",
        "&#x1F600;",
        SENTENCE,
        "相关文章",
        "责任编辑：张三",
        "2024-03-05",
        "来源：",
        "9个月前 (09-31)",
        "\x00",
        "\t",
        "首页",
        "(qū)",
        "<h2>项目集中开工</h2>",
        "<p>青禾日报讯（记者 张三）",
        "招商热线：400 800 1234",
        "昨天 10:20",
        "999年前",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FRAGMENTS, max_size=40).map("".join))
def test_broken_markup_has_an_outcome(make_page: Any, html: str) -> None:
    cleaning = clean(make_page(html))
    assert bool(cleaning.articles) is (cleaning.no_article is None)
    for article in cleaning.articles:
        assert article.text == "\n".join(article.paragraphs)
        assert all(paragraph.strip(" ") == paragraph for paragraph in article.paragraphs)
        assert "" not in article.paragraphs


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_have_an_outcome(make_page: Any, body: bytes) -> None:
    cleaning = clean(make_page(body))
    assert bool(cleaning.articles) is (cleaning.no_article is None)


URLS = st.one_of(st.text(max_size=60), st.text(max_size=40).map("http://a.example/".__add__))
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "Content-Type", "x"]),
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(["text/html; charset=", "text/plain", "text/html; charset=utf-16"]),
        st.text(max_size=12).map("text/html; charset=".__add__),
    ),
)
BODIES = st.lists(
    st.one_of(
        st.binary(max_size=20),
        FRAGMENTS.map(str.encode),
        FRAGMENTS.map(lambda text: text.encode("gb18030", "replace")),
    ),
    max_size=30,
).map(b"".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    body=BODIES,
    headers=HEADERS,
    urls=st.tuples(URLS, URLS),
    status=st.integers(),
    fetched_at=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
)
def test_any_response_has_an_outcome(
    make_page: Any,
    *,
    body: bytes,
    headers: dict[str, str],
    urls: tuple[str, str],
    status: int,
    fetched_at: datetime,
) -> None:
    page = msgspec.structs.replace(
        make_page(body, status=status, fetched_at=fetched_at),
        headers=headers,
        url=urls[0],
        final_url=urls[1],
    )
    cleaning = clean(page)
    assert bool(cleaning.articles) is (cleaning.no_article is None)


@pytest.mark.parametrize(
    "body",
    [
        "<" * 500_000,
        "<p>" + "2024-" * 200_000,
        "<p>" + "（" * 300_000,
        "首页 > " * 100_000,
        "<div>" * 100_000 + SENTENCE,
        "<td>" * 50_000,
        "园区\n" * 100_000,
        f"<p>{SENTENCE}</p>" * 20_000,
        "<p>招商热线：400 800 1234</p><p>欢迎来电咨询</p>" * 30_000,
        "<p>" + "13800138000 " * 200_000,
        f"<h2>第一个项目开工</h2><p>青禾日报讯（记者 张三）{SENTENCE}</p>" * 15_000,
        "<pre>" + f"{SENTENCE}\n" * 20_000,
        "<title>" + "青禾网-" * 200_000 + f"</title><p>{SENTENCE}</p>",
    ],
)
def test_huge_pages_do_not_hang(make_page: Any, body: str) -> None:
    started = time.process_time()
    clean(make_page(body))
    assert time.process_time() - started < 10
