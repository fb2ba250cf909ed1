from datetime import UTC, datetime

import pytest

from services.cleaner.dom import parse
from services.cleaner.main_text import find_body, first_prose
from services.cleaner.meta_lines import has_publication_label, is_dateline, is_meta_line
from services.cleaner.metadata import (
    agree,
    bare_title,
    find_author,
    find_date,
    find_masthead,
    find_outlet,
    find_title,
    lines_about,
    strip_site_name,
)

FETCHED = datetime(2024, 6, 20, 4, 0, tzinfo=UTC)
STORY = (
    "<p>" + "青禾高新区今日举行集中开工仪式，十二个项目同时开工，总投资约一百亿元。" * 4 + "</p>"
)
TITLE = "青禾高新区十二个项目集中开工"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("青禾高新区集中签约十二个项目_园区动态_某某网", "青禾高新区集中签约十二个项目"),
        ("青禾高新区集中签约十二个项目 - 园区动态 - 某某招商网", "青禾高新区集中签约十二个项目"),
        ("青禾高新区集中签约十二个项目-某某网", "青禾高新区集中签约十二个项目"),
        ("青禾高新区集中签约十二个项目--经济--某某网", "青禾高新区集中签约十二个项目"),
        ("园区动态|青禾高新区集中签约十二个项目", "青禾高新区集中签约十二个项目"),
        ("青禾高新区集中签约", "青禾高新区集中签约"),
        ("前5月-6月增长8.5%", "前5月-6月增长8.5%"),
        ("", ""),
    ],
)
def test_site_names_go(title: str, expected: str) -> None:
    assert strip_site_name(title) == expected


def title_of(html: str) -> str:
    document = parse(html.encode())
    body = find_body(document)
    assert body is not None
    return find_title(document, body, first_prose(document, body, 0))[0]


@pytest.mark.parametrize(
    "html",
    [
        f"<title>{TITLE}_园区动态_某某网</title><h1>某某网</h1><h1>{TITLE}</h1>{STORY}",
        f"<title>{TITLE}-某某网</title>{STORY}",
        f"<title>{TITLE}-某某网</title><div>{TITLE}</div>{STORY}",
        f"<title>某某网</title><div class=art-title>{TITLE}</div><div>2024-03-05</div>{STORY}",
        f"<title>园区动态</title><h5>{TITLE}</h5>{STORY}",
        f"<title></title><h2><a href=/>首页</a></h2><h2>{TITLE}</h2>{STORY}",
        f"<title>{TITLE}_某某网</title><h1>{TITLE}</h1>{STORY}<h1>{TITLE}的后续报道</h1>",
        f"<title>新闻详情</title><meta property=og:title content={TITLE}><div>{TITLE}</div>{STORY}",
        f"<title>青禾市人民政府</title><meta name=ArticleTitle content={TITLE}>{STORY}",
        f"<title>青禾市新型建筑材料工业协会-行业统计</title><div class=rtit>{TITLE}</div>{STORY}",
    ],
)
def test_title(html: str) -> None:
    assert title_of(html) == TITLE


def date_of(html: str, url: str = "http://a.example/1") -> str | None:
    document = parse(html.encode())
    body = find_body(document)
    assert body is not None
    opening = first_prose(document, body, 0)
    found = find_date(
        document,
        html,
        url,
        head=range(opening),
        before=range(0),
        tail=range(opening, len(document.blocks)),
        fetched_at=FETCHED,
    )
    return found.at.date().isoformat() if found else None


@pytest.mark.parametrize(
    "html",
    [
        f"<div>2024-03-05 10:00 来源：某某日报</div>{STORY}",
        f"<div>05</div><div>2024年03月</div>{STORY}",
        f"<meta name=publishdate content=2024-03-05>{STORY}",
        f"<p><time datetime=2024-03-05T10:00:00+08:00>三月</time></p>{STORY}",
        f'<script>{{"datePublished": "2024-03-05T10:00:00+08:00"}}</script>{STORY}',
        f'<script>var ct = "1709604000";</script>{STORY}',
        f"{STORY}<div>发布日期：2024-03-05 责任编辑：某</div>",
        f"<div>3个月前 (03-05)</div>{STORY}",
        f"<div>2024-03-05</div><meta name=pubdate content=2024-06-19>{STORY}",
        f"<title>青禾日报-2024年03月05日-第02版</title>{STORY}",
        f"<div>有效期至2030-01-01</div><meta name=pubdate content=2024-03-05>{STORY}",
    ],
)
def test_date(html: str) -> None:
    assert date_of(html) == "2024-03-05"


def test_date_from_the_url_comes_last() -> None:
    assert date_of(STORY, "http://a.example/2024/0305/c1.html") == "2024-03-05"
    dated = f"<div>2024-03-06</div>{STORY}"
    assert date_of(dated, "http://a.example/2024/0305/c1.html") == "2024-03-06"


def test_a_title_that_is_not_closed_ends_somewhere() -> None:
    html = f"<body>{STORY}<title>青禾新区签约三个项目" + "甲乙" * 5000
    document = parse(html.encode())
    title, _ = find_title(document, None, 0)
    assert title.startswith("青禾新区签约三个项目甲乙")
    assert len(title) == 400


def test_a_date_of_the_story_is_not_the_date_of_its_publication() -> None:
    line = "（2007年6月29日某某市第十届人民代表大会常务委员会第二十八次会议审议并通过）"
    assert date_of(f"<div>{line}</div>{STORY}") is None


@pytest.mark.parametrize(
    ("lines", "paragraphs", "outlet"),
    [
        (["来源：某某日报 发布时间：2024年3月5日"], [], "某某日报"),
        (["信息来源:青禾高新区管委会 点击量:12"], [], "青禾高新区管委会"),
        (["2024-03-05 稿源：某某新闻网"], [], "某某新闻网"),
        (["来源：本站"], ["青禾时刻3月23日讯(通讯员 张三)春来早。"], "青禾时刻"),
        ([], ["青禾日报·掌上青禾讯(记者/张三) 近日,项目开工。"], "青禾日报·掌上青禾"),
        (["青禾日报全媒体记者/张三"], ["近日,项目开工。"], "青禾日报"),
        ([], ["新华社北京3月5日电 记者获悉,项目开工。"], "新华社"),
        ([], ["青禾晚报讯（记者 张三）项目开工。"], "青禾晚报"),
        ([], ["本报讯（记者 张三）项目开工。"], None),
        ([], ["青禾电机厂今日开工。", "他说，客户发来讯息，表示祝贺。"], None),
        ([], ["据某某新闻消息，项目开工。"], "某某新闻"),
        ([], ["青禾社南湖3月5日电 项目开工。"], "青禾社"),
        (["来源：青禾产业评论"], [], "青禾产业评论"),
        (["来源：青禾发布 作者：张三"], [], "青禾发布"),
        (["来源：青禾时报记者：张三"], [], "青禾时报"),
        (["来源：青禾时报阅读：102"], [], "青禾时报"),
        (["来源丨青禾观察 图文编辑丨阿梨"], [], "青禾观察"),
        (["来源：中国青禾网-《青禾日报》"], [], "中国青禾网-《青禾日报》"),
        (["文章来源：青禾新区报 发布时间：2024-03-05"], [], "青禾新区报"),
        (["转自：青禾财经"], [], "青禾财经"),
        (["来自：青禾园区网"], [], "青禾园区网"),
        (["来源：网络"], [], None),
        (["来源：本站"], ["近日,项目开工。"], "本站"),
        (["来源：本站"], ["本报讯（记者 张三）项目开工。"], "本站"),
        ([], ["青禾晚报南湖3月5日讯（记者 张三）项目开工。"], "青禾晚报"),
        ([], ["青禾日报客户端3月5日讯（记者 张三）项目开工。"], "青禾日报客户端"),
        ([], ["央广网青禾2024年3月5日消息（记者 张三）项目开工。"], "央广网"),
        ([], ["青禾产业周刊7月4日消息(记者 张三)项目开工。"], "青禾产业周刊"),
        (["2024-03-05 07:20:12青禾时报"], [], "青禾时报"),
        (["青禾财经 2024-03-05 07:20 听新闻"], [], None),
        ([], [], None),
    ],
)
def test_outlet(lines: list[str], paragraphs: list[str], outlet: str | None) -> None:
    assert find_outlet(lines, paragraphs) == outlet


@pytest.mark.parametrize("opening", ["本报讯（记者 张三）", "本网综合消息 ", "本报3月5日讯 "])
def test_the_masthead_is_meant_by_our_paper(opening: str) -> None:
    assert find_outlet([], [f"{opening}项目开工。"], "青禾日报") == "青禾日报"
    assert find_outlet([], [f"{opening}项目开工。"]) is None


@pytest.mark.parametrize(
    ("title", "masthead"),
    [
        ("青禾日报数字报-第A01版:要闻", "青禾日报"),
        ("青禾晚报多媒体数字报", "青禾晚报"),
        ("项目集中开工 - 园区动态 - 青禾园区资讯网", "青禾园区资讯网"),
        ("项目集中开工", ""),
        ("", ""),
    ],
)
def test_masthead(title: str, masthead: str) -> None:
    assert find_masthead(parse(f"<title>{title}</title>".encode())) == masthead


def test_articles_of_a_page_agree_on_their_outlet() -> None:
    assert agree(["青禾日报", None, "青禾日报", "新华社"]) == [
        "青禾日报",
        "青禾日报",
        "青禾日报",
        "新华社",
    ]
    assert agree(["青禾日报", None]) == ["青禾日报", None]
    assert agree([]) == []


def test_the_head_of_the_page_tells_the_outlet() -> None:
    document = parse(f"<meta name=ContentSource content=青禾日报><p>2024-03-05</p>{STORY}".encode())
    body = find_body(document)
    assert body is not None
    assert find_outlet(lines_about(document, body, range(1), 1), []) == "青禾日报"


def test_a_caption_tells_nothing_about_the_article() -> None:
    caption = "▲车间一角。（本报记者 王五 摄）"
    document = parse(f"<div>{caption}</div><div>2024-03-05</div>{STORY}".encode())
    body = find_body(document)
    assert body is not None
    assert lines_about(document, body, range(2), 2) == ["2024-03-05"]


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        (f"【{TITLE}】", TITLE),
        (f"【园区】{TITLE}", f"【园区】{TITLE}"),
        (f"{TITLE}(2)", f"{TITLE}(2)"),
    ],
)
def test_brackets_around_all_of_a_title_go(title: str, bare: str) -> None:
    assert bare_title(title, "http://a.example/1") == bare


def test_a_label_alone_is_joined_to_its_value() -> None:
    document = parse(f"<div>来源：</div><div>青禾晚报</div><div>2024-03-05</div>{STORY}".encode())
    body = find_body(document)
    assert body is not None
    assert lines_about(document, body, range(3), 3) == ["来源：青禾晚报", "2024-03-05"]


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("作者：张三 来源：某网", "张三"),
        ("2024-03-05 作者:李四", "李四"),
        ("来源：某网", None),
        ("2024-03-05来源：青禾日报作者：张三点击数：0", "张三"),
        ("作者：管理员", None),
    ],
)
def test_author(line: str, author: str | None) -> None:
    assert find_author([line]) == author


@pytest.mark.parametrize(
    "line",
    [
        "2024-03-05 10:00 某某网",
        "admin9个月前 (09-21)园区动态26",
        "来源：某某日报",
        "发布时间：今天",
        "2024年02月",
    ],
)
def test_meta_lines(line: str) -> None:
    assert is_meta_line(line)


@pytest.mark.parametrize(
    "line",
    ["招大引强，迈出新步伐", "2020年，该区新签项目162个，全年完成重点开工项目42个，竣工44个。"],
)
def test_text_is_no_meta_line(line: str) -> None:
    assert not is_meta_line(line)
    assert not has_publication_label(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("某某日报讯(全媒体记者/张三)近日", True),
        ("某某日报讯（通讯员/张三 李四）近日", True),
        ("新华社北京3月5日电 项目", True),
        ("本报讯 近日", True),
        ("青禾晚报3月5日讯（记者 张三）近日", True),
        ("他给日报社发来讯息", False),
        ("近日，记者从园区获悉", False),
    ],
)
def test_datelines(line: str, expected: bool) -> None:
    assert is_dateline(line) is expected
