import pytest

from services.cleaner.dom import parse
from services.cleaner.lines import is_prose
from services.cleaner.main_text import body_blocks, find_body

SENTENCE = "青禾高新区今日举行集中开工仪式，十二个项目同时开工，总投资约一百亿元。"
PARAGRAPHS = [f"第{n}段，{SENTENCE * 2}" for n in "一二三"]
STORY = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
LINKS = "".join(f"<li><a href=/{i}>某市某区第{i}个项目落户开工</a></li>" for i in range(12))


def lines(html: str) -> list[str]:
    document = parse(html.encode())
    body = find_body(document)
    assert body is not None
    return [document.blocks[i].text for i in body_blocks(document, body, 0)]


@pytest.mark.parametrize(
    "html",
    [
        f"<div>{STORY}</div>",
        f"<div><ul>{LINKS}</ul></div><div class=content>{STORY}</div><ul>{LINKS}</ul>",
        f"<div class=content>{STORY}<div class=related><p>{SENTENCE}</p></div></div>",
        f"<div class=content>{STORY}<p>相关阅读</p><ul>{LINKS}</ul></div>",
        f"<div class=content>{STORY}<p>上一篇：某市某区项目开工</p><p>{SENTENCE}</p></div>",
        f"<div class=content>{STORY}<p>责任编辑：张三</p><p>扫一扫关注公众号</p></div>",
        f"<div class='padding header2'>{STORY}</div><footer><p>{SENTENCE}</p></footer>",
        f"<div style='display:none'>{SENTENCE}</div><div>{STORY}</div>",
        f"<div>{STORY}</div><div class=comment>{'<p>说得真好，支持家乡建设！</p>' * 4}</div>",
    ],
)
def test_the_story_and_nothing_else(html: str) -> None:
    assert lines(html) == PARAGRAPHS


def test_the_article_is_below_the_headline() -> None:
    head = "<title>青禾精密荣获省级称号-青禾精密</title>"
    about = f"<div class=left><h3>公司简介</h3><p>{SENTENCE * 3}</p><ul>{LINKS}</ul></div>"
    news = f"<div class=right><div>青禾精密荣获省级称号</div><p>{SENTENCE * 2}</p></div>"
    assert lines(f"{head}{about}{news}") == ["青禾精密荣获省级称号", SENTENCE * 2]
    name = "<title>青禾精密机械有限公司</title>"
    foot = "<p>青禾精密机械有限公司</p>"
    assert lines(f"{name}<div>{STORY}</div><div>{foot}</div>") == PARAGRAPHS


def test_a_body_that_is_named_like_noise_is_kept() -> None:
    assert lines(f"<ul>{LINKS}</ul><div class='right sidebar'>{STORY}</div>") == PARAGRAPHS


def test_teasers_of_other_articles_are_no_text() -> None:
    teasers = "".join(
        f"<h3><a href=/{i}>某市某区第{i}个项目开工</a></h3><p>{SENTENCE}</p>" for i in range(8)
    )
    assert lines(f"<div>{STORY}</div><div>{teasers}</div>") == PARAGRAPHS


def test_links_inside_the_story() -> None:
    inner = "<p>相关新闻：</p><p><a href=/1>某市某区另一个项目开工了</a></p>"
    first, *rest = (f"<p>{p}</p>" for p in PARAGRAPHS)
    assert lines(f"<div>{first}{inner}{''.join(rest)}</div>") == PARAGRAPHS
    assert lines(f"<div><p><a href=/1>{PARAGRAPHS[0]}</a></p>{''.join(rest)}</div>") == PARAGRAPHS


def test_subheadings_and_short_last_lines_stay() -> None:
    first, second, _ = PARAGRAPHS
    html = f"<div><p>{first}</p><h2>开局良好</h2><p>{second}</p><p>（青禾发布）</p></div>"
    assert lines(html) == [first, "开局良好", second, "（青禾发布）"]


def test_a_short_brief_is_an_article() -> None:
    assert lines(f"<ul>{LINKS}</ul><div><p>{SENTENCE}</p></div><ul>{LINKS}</ul>") == [SENTENCE]


@pytest.mark.parametrize("html", ["", "<p>首页</p>", f"<ul>{LINKS}</ul>", "<p>12 34</p>"])
def test_no_prose_no_body(html: str) -> None:
    assert find_body(parse(html.encode())) is None


def test_prose() -> None:
    assert is_prose(SENTENCE)
    assert not is_prose("园区动态")
    assert not is_prose("青禾高新区集中开工仪式举行")


def test_a_promotion_below_the_links_is_no_text() -> None:
    promotion = f"<div><a href=/x>某某榜单今日正式发布了</a><p>{SENTENCE}</p></div>"
    assert lines(f"<div><div>{STORY}</div><ul>{LINKS}</ul>{promotion}</div>") == PARAGRAPHS
