import json
from typing import Any

import pytest

from services.cleaner.clean import clean
from services.cleaner.scripted import find_fuller, find_story

TITLE = "青禾高新区十二个项目集中开工"
FIRST = "青禾高新区今日举行集中开工仪式，十二个项目同时开工，总投资约一百亿元。"
SECOND = "仪式上，管委会主任表示，全部项目将在明年年底前建成，年产值可达一百五十亿元。"
MARKUP = f"<p>{FIRST}</p><p>{SECOND}</p><p>责任编辑：张三</p>"
ARTICLE = {
    "title": TITLE,
    "content": MARKUP,
    "publish_time": "2024-03-05 10:30:00",
    "sourceName": "青禾日报",
    "author": {"name": "李四"},
}
STATE = {"user": None, "detail": {"info": ARTICLE}, "hot": [{"title": "另有一条新闻的标题"}]}


def shell(script: str, attributes: str = "") -> str:
    return f"<title>青禾在线</title><div id=app></div><script {attributes}>{script}</script>"


def escaped(value: Any) -> str:
    return "".join(f"%{byte:02X}" for byte in json.dumps(value).encode())


@pytest.mark.parametrize(
    "script",
    [
        json.dumps(STATE),
        f"window.__INITIAL_STATE__={json.dumps(STATE, ensure_ascii=False)};(function(){{}}());",
        f'window.__DATA__ = {json.dumps(STATE)[:-1]}, "none":undefined}}',
        f"var a=[];var state = JSON.parse({json.dumps(json.dumps(STATE))})",
        escaped(STATE),
    ],
)
def test_an_article_in_the_state_of_a_program(make_page: Any, script: str) -> None:
    (article,) = clean(make_page(shell(script))).articles
    assert article.title == TITLE
    assert article.paragraphs == (FIRST, SECOND)
    assert article.published_at
    assert article.published_at.isoformat() == "2024-03-05T10:30:00+08:00"
    assert (article.source, article.author) == ("青禾日报", "李四")


@pytest.mark.parametrize("date", [1709605800, 1709605800000, "1709605800"])
def test_a_date_in_seconds_or_milliseconds(make_page: Any, date: int | str) -> None:
    state = {"article": {"headline": TITLE, "text": f"{FIRST}\n{SECOND}", "pubTime": date}}
    (article,) = clean(make_page(shell(json.dumps(state)))).articles
    assert article.published_at
    assert article.published_at.isoformat() == "2024-03-05T10:30:00+08:00"
    assert article.paragraphs == (FIRST, SECOND)


def test_a_body_in_parts() -> None:
    parts = {"contentList": [{"data": f"<p>{FIRST}</p>"}, {"data": f"<p>{SECOND}</p>"}]}
    story = find_story(shell(json.dumps({"title": TITLE, "contentData": parts})))
    assert story is not None
    assert story.body == f"<p>{FIRST}</p>\n<p>{SECOND}</p>"


def test_switches_and_keys_are_no_text() -> None:
    keys = {"source": True, "media": 16, "author": False, "writer": "李四", "showTime": True}
    story = find_story(
        shell(json.dumps({**keys, "title": TITLE, "content": MARKUP, "ctime": "今日"}))
    )
    assert story is not None
    assert (story.outlet, story.author, story.date) == ("", "李四", "今日")


def test_no_more_of_the_scripts_is_read_than_the_memory_bears() -> None:
    state = shell(json.dumps(STATE))
    assert find_story(shell("x" * 1000) + state) is not None
    assert find_story(shell("x" * 1024 * 1024) + state) is None


def test_escaped_markup_is_markup(make_page: Any) -> None:
    state = {"title": TITLE, "content": f"&lt;p&gt;{FIRST}&lt;/p&gt;&lt;p&gt;{SECOND}&lt;/p&gt;"}
    (article,) = clean(make_page(shell(json.dumps(state)))).articles
    assert article.paragraphs == (FIRST, SECOND)


@pytest.mark.parametrize(
    "state",
    [
        {"list": [ARTICLE, {**ARTICLE, "title": "青禾高新区又有八个项目签约"}]},
        {"title": "用户服务协议", "content": MARKUP},
        {"content": MARKUP},
        {"title": TITLE, "content": "敬请期待"},
        [],
    ],
)
def test_a_list_or_a_text_of_the_program_is_no_article(make_page: Any, state: Any) -> None:
    assert clean(make_page(shell(json.dumps(state)))).no_article == "script_shell"


@pytest.mark.parametrize(
    "script", ["x={", "x=[[[", '{"a":', "%7B%", "=" * 99, "[" * 9999, "x=[" + "1" * 9999 + "]"]
)
def test_scripts_that_are_no_data(script: str) -> None:
    assert find_story(shell(script)) is None


def test_what_no_page_may_hold_is_not_in_the_article(make_page: Any) -> None:
    state = {"title": TITLE, "content": f"\x00\x1b{FIRST}\ud83d"}
    (article,) = clean(make_page(shell(json.dumps(state)))).articles
    assert article.paragraphs == (f"{FIRST}?",)


def test_what_the_page_shows_counts_unless_it_is_but_the_beginning(make_page: Any) -> None:
    def page(shown: str, told: str) -> str:
        data = {"@type": "NewsArticle", "headline": TITLE, "articleBody": told}
        told = json.dumps(data, ensure_ascii=False)
        return f"<script type='application/ld+json'>{told}</script><h1>{TITLE}</h1>{shown}"

    begun = page(f"<p>{FIRST}</p><p>展开全文</p>", f"{FIRST}\n{SECOND * 2}")
    (article,) = clean(make_page(begun)).articles
    assert article.paragraphs == (FIRST, SECOND * 2)
    whole = page(f"<p>{FIRST}</p><p>{SECOND}</p>", FIRST + SECOND)
    (article,) = clean(make_page(whole)).articles
    assert article.paragraphs == (FIRST, SECOND)
    assert find_fuller(page("", SECOND * 3), FIRST) is None
