from typing import Any

import pytest

from services.cleaner.clean import clean

SENTENCE = "青禾高新区今日举行集中开工仪式，十二个项目同时开工，总投资约一百亿元。"
PLEDGE = "下一步，园区将继续优化营商环境，全力推动项目早开工、早投产、早见效。"
DATELINE = "青禾日报讯（记者 张三）"
LONG = f"<p>{SENTENCE}{PLEDGE}</p>" * 8
HEAD = "<title>青禾日报数字报-第A02版:要闻</title><div>2024年03月05日 星期二</div>"


def box(heading: str, text: str, byline: str = "") -> str:
    return f"<div class=item><h2>{heading}</h2>{byline}<div class=content>{text}</div></div>"


BOXES = (
    box("园区里的加减法", LONG, "<h4>——产业升级见闻之三</h4><p>青禾日报全媒体记者/张三</p>")
    + box("智慧粮仓落成", f"<p>{DATELINE}{SENTENCE}</p><p>{PLEDGE}</p>")
    + box("高温下的坚守", f"<p>{SENTENCE}</p><p>青禾日报全媒体记者/张三 摄</p>")
)
CELLS = "".join(
    f"<tr><td><div class=bt>{title}</div><div class=zw>{text}</div></td></tr>"
    for title, text in (
        ("园区里的加减法", f"本报讯（记者 张三）{SENTENCE}<br>{PLEDGE}"),
        ("智慧粮仓落成", f"本报讯 {SENTENCE}"),
        ("高温下的坚守", f"{SENTENCE}{PLEDGE}"),
    )
)
FLAT = "".join(
    f"<p><strong>{title}</strong></p><p>{DATELINE}{SENTENCE}</p><p>{PLEDGE}</p>"
    for title in ("园区里的加减法", "智慧粮仓落成", "高温下的坚守")
)


PLAIN = "".join(
    f"<table><tr><td><b>{title}</b></td></tr><tr><td>青禾日报记者 张三</td></tr>"
    f"<tr><td><x-content><p>{SENTENCE}</p><p>{PLEDGE}</p></x-content></td></tr></table>"
    for title in ("园区里的加减法", "智慧粮仓落成", "高温下的坚守")
)


@pytest.mark.parametrize("body", [BOXES, f"<table>{CELLS}</table>", f"<div>{FLAT}</div>", PLAIN])
def test_a_page_of_a_newspaper(make_page: Any, body: str) -> None:
    articles = clean(make_page(HEAD + body)).articles
    assert [a.title for a in articles] == ["园区里的加减法", "智慧粮仓落成", "高温下的坚守"]
    assert [a.source for a in articles] == ["青禾日报"] * 3
    assert {a.published_at.isoformat()[:10] for a in articles if a.published_at} == {"2024-03-05"}
    assert [a.ordinal for a in articles] == [0, 1, 2]
    assert all(SENTENCE in a.text for a in articles)
    assert all("摄" not in a.text and "星期二" not in a.text for a in articles)


def test_a_kicker_stands_above_its_own_headline(make_page: Any) -> None:
    parts = "".join(
        f"<h4>引题{n}</h4><h2>第{n}个项目开工</h2><p>{DATELINE}{SENTENCE}</p>" for n in "一二三"
    )
    articles = clean(make_page(f"<title>青禾日报</title><div>{parts}</div>")).articles
    assert [a.title for a in articles] == [f"第{n}个项目开工" for n in "一二三"]
    assert all("引题" not in a.text for a in articles)


@pytest.mark.parametrize(
    "body",
    [
        # One dateline, then subheadings.
        f"<h1>集中开工</h1><p>{DATELINE}{SENTENCE}</p><h2>主动作为</h2><p>{PLEDGE}</p>",
        # Decks between the headline and its dateline.
        f"<h1>集中开工</h1><p>加快形成新格局</p><p>新突破</p><p>新华社青禾3月5日电 {SENTENCE}</p>",
        # A digest has headings without datelines,
        f"<h1>一周速递</h1><h3>北辰开工</h3><p>{SENTENCE}</p><h3>南湖签约</h3><p>{PLEDGE}</p>",
        # or datelines without headings.
        f"<h1>一周速递</h1><p>{DATELINE}{SENTENCE}</p><p>青禾晚报讯（记者 李四）{PLEDGE}</p>",
    ],
)
def test_one_article_is_not_split(make_page: Any, body: str) -> None:
    assert len(clean(make_page(f"<title>青禾网</title><div>{body}</div>")).articles) == 1


def test_subheadings_set_as_the_headlines_do_not_split_flat_text(make_page: Any) -> None:
    first = f"<h2>第一个项目开工</h2><p>{DATELINE}{SENTENCE}</p>"
    subheadings = "".join(f"<h2>小标题{n}</h2><p>{PLEDGE}</p>" for n in "一二三")
    last = f"<h2>第二个项目开工</h2><p>{DATELINE}{SENTENCE}</p>"
    page = make_page(f"<title>青禾日报</title><div>{first}{subheadings}{last}</div>")
    assert [a.title for a in clean(page).articles] == ["第一个项目开工", "第二个项目开工"]


def test_a_plain_page_of_a_newspaper(make_page: Any) -> None:
    lines = ["青禾日报 2024年3月5日 星期二 第B02版 综合", ""]
    for n in "一二":
        lines += [f"第{n}个项目开工", "", f"{DATELINE}{SENTENCE}", "", PLEDGE, "", ""]
    page = make_page("\n".join(lines), content_type="text/plain; charset=utf-8")
    articles = clean(page).articles
    assert [a.title for a in articles] == ["第一个项目开工", "第二个项目开工"]
    assert [str(a.published_at)[:10] for a in articles] == ["2024-03-05"] * 2


def test_a_plain_page_is_dated_by_its_url_at_last(make_page: Any) -> None:
    url = "http://paper.example.com/qhrb/20240305/a01.txt"
    page = make_page(f"项目集中开工\n\n{SENTENCE}", url, "text/plain; charset=utf-8")
    (article,) = clean(page).articles
    assert str(article.published_at)[:10] == "2024-03-05"
