"""Pages of every kind of system and genre that is read often, all with one article."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.cleaner.clean import clean
from services.contracts.messages import Article, Page

MakePage = Callable[..., Page]

TITLE = "白鹭湖高新区举行二季度重大项目集中签约"
STORY = (
    "6月18日上午，白鹭湖高新区举行二季度重大项目集中签约仪式，九个项目现场签约，总投资七十二亿元。",
    "其中，远岫半导体封装项目投资二十亿元，用地一百二十亩，计划明年九月投产。",
    "区管委会主任周某某出席并致辞，他说，园区将为企业提供全周期服务。",
)
BODY = "".join(f"<p>　　{paragraph}</p>" for paragraph in STORY)
NAV = '<div class="top"><a href="/">首页</a><a href="/zw">政务公开</a><a href="/hd">互动</a></div>'
FOOT = '<div class="foot">主办单位：白鹭湖管委会 苏ICP备12345678号-1</div>'

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))


def only(cleaning: Any) -> Article:
    (article,) = cleaning.articles
    assert isinstance(article, Article)
    return article


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_the_article_and_nothing_else(file: Path, make_page: MakePage) -> None:
    article = only(clean(make_page(file.read_bytes())))
    assert article.paragraphs == STORY
    assert article.title == TITLE
    assert article.published_at is not None
    assert article.published_at.date().isoformat() == "2024-06-18"
    assert article.source == "白鹭湖发布"


def page_with(line: str) -> str:
    return f"<title>{TITLE}-某网</title>{NAV}<h1>{TITLE}</h1><div>{line}</div><div>{BODY}</div>"


@pytest.mark.parametrize(
    "line",
    [
        "06-18 17:30 白鹭湖日报",
        "二〇二四年六月十八日",
        "Tue, 18 Jun 2024 09:30:00 GMT",
        "Jun 18, 2024",
        "18 June 2024 by admin",
        "前天",
        "6月18日",
        "发布日期: 20240618",
        "时间：24-06-18",
        "【2024-06-18】【白鹭湖日报】",
        "2024年6月18日 下午5:30",
        "發布日期：113年6月18日",
        "民國113年6月18日",
    ],
)
def test_dates_in_odd_forms(line: str, make_page: MakePage) -> None:
    article = only(clean(make_page(page_with(line))))
    assert article.published_at is not None
    assert article.published_at.date().isoformat() == "2024-06-18"
    assert article.paragraphs == STORY


def test_afternoon_is_told(make_page: MakePage) -> None:
    article = only(clean(make_page(page_with("2024年6月18日 下午5:30"))))
    assert article.published_at is not None
    assert article.published_at.hour == 17


@pytest.mark.parametrize(
    ("line", "outlet", "author"),
    [
        ("来源： 白鹭湖日报 作者： 张三 李四 编辑：王五 2024-06-18", "白鹭湖日报", "张三 李四"),
        ("2024.06.18 来源:白鹭湖日报 记者 张三", "白鹭湖日报", "张三"),
        ("文/张三　图/李四 2024-06-18", None, "张三"),
        ("来源 / 远方氪 作者 / 张三 2024-06-18", "远方氪", "张三"),
        ("06-18 17:30 白鹭湖日报", "白鹭湖日报", None),
        ("2024-06-18 | 白鹭湖新闻网 | 阅读 12", "白鹭湖新闻网", None),
        ("2024-06-18 作者：佚名", None, None),
    ],
)
def test_outlets_and_authors_in_odd_forms(
    line: str, outlet: str | None, author: str | None, make_page: MakePage
) -> None:
    article = only(clean(make_page(page_with(line))))
    assert (article.source, article.author) == (outlet, author)


@pytest.mark.parametrize(
    ("opening", "author"),
    [
        ("白鹭湖日报讯（全媒体记者/李某峰 通讯员/左某）", "李某峰 左某"),
        ("本报讯（记者 王娜、赵小文）", "王娜 赵小文"),
        ("（园区又有好消息）", None),
    ],
)
def test_reporters_are_named_by_the_dateline(
    opening: str, author: str | None, make_page: MakePage
) -> None:
    html = f"<title>{TITLE}</title><h1>{TITLE}</h1><div><p>{opening}{STORY[0]}</p>{BODY}</div>"
    assert only(clean(make_page(html))).author == author


def test_the_account_of_a_mirror_is_its_outlet(make_page: MakePage) -> None:
    script = '<script>var nickname = htmlDecode("白鹭湖之声");</script>'
    html = f"<title>{TITLE}</title><h1>{TITLE}</h1><div id=js_content>{BODY}</div>{script}"
    assert only(clean(make_page(html))).source == "白鹭湖之声"


def test_a_brief_of_one_sentence_is_an_article(make_page: MakePage) -> None:
    brief = "远岫能源公告，拟向子公司增资5亿元，用于基地建设。"
    html = (
        f"<title>快讯：远岫增资 - 财经在线</title>{NAV}<h1>快讯：远岫增资</h1><p>{brief}</p>{FOOT}"
    )
    assert only(clean(make_page(html))).paragraphs == (brief,)
    elsewhere = f"<title>财经在线</title>{NAV}<p>{brief}</p>{FOOT}"
    assert clean(make_page(elsewhere)).no_article == "no_text"


CREDIT = "6月18日，工人在白鹭湖高新区一家企业的生产线上作业。白鹭湖日报记者 张三 摄"


def test_captions_of_whole_sentences_are_known_by_their_credit(make_page: MakePage) -> None:
    html = f"<h1>{TITLE}</h1><div>{BODY}<p>{CREDIT}</p>{BODY}</div>"
    assert only(clean(make_page(html))).paragraphs == (*STORY, *STORY)


def test_a_photo_story_is_told_by_its_captions(make_page: MakePage) -> None:
    html = f"<title>{TITLE}</title><h1>{TITLE}</h1><div><p><img></p><p>{CREDIT}</p></div>"
    assert CREDIT in only(clean(make_page(html))).paragraphs


def test_a_promotion_in_front_of_the_text_goes(make_page: MakePage) -> None:
    promotion = "<p>年度人物评选火热进行中，快来参与！【点击投票】选出您的榜样</p>"
    html = f"<h1>{TITLE}</h1><div>{promotion}{BODY}</div>"
    assert only(clean(make_page(html))).paragraphs == STORY


def test_a_heading_of_two_lines_is_one_title(make_page: MakePage) -> None:
    heading = f"<h1>{TITLE[:7]}<br>{TITLE[7:]}</h1>"
    html = f"<title>{TITLE}-某网</title>{heading}<div>2024-06-18</div><div>{BODY}</div>"
    article = only(clean(make_page(html)))
    assert (article.title, article.paragraphs) == (TITLE, STORY)


def test_a_deck_above_the_date_is_not_the_text(make_page: MakePage) -> None:
    deck = "<h2>半导体项目领衔 明年投产</h2><div>2024-06-18 来源：白鹭湖日报</div>"
    html = f"<title>{TITLE}</title><h1>{TITLE}</h1>{deck}<div>{BODY}</div>"
    assert only(clean(make_page(html))).paragraphs == STORY


def test_comments_may_be_longer_than_the_article(make_page: MakePage) -> None:
    said = (
        "<div><b>网友</b><p>这个项目真的非常好，希望能够早日建成投产，带来更多就业机会。</p></div>"
    )
    html = f"<h1>{TITLE}</h1><div>{BODY}</div><div class=pinglun>{said * 9}</div>"
    assert only(clean(make_page(html))).paragraphs == STORY


def test_questions_of_an_interview_are_text(make_page: MakePage) -> None:
    talk = ("记者：今年招商情况如何？", "主任：上半年签约四十二个项目，总投资三百亿元。")
    html = f"<h1>对话园区主任</h1><div>{''.join(f'<p>{t}</p>' for t in talk)}{BODY}</div>"
    assert only(clean(make_page(html))).paragraphs == (*talk, *STORY)


@pytest.mark.parametrize("title", ["园区概况", "园区概况-白鹭湖高新区"])
def test_a_plain_line_above_the_date_is_the_title_below_the_name_of_a_channel(
    title: str, make_page: MakePage
) -> None:
    line = "<div>作者：办公室　　发布时间：2024-6-18　　点击：24次</div>"
    html = f"<title>{title}</title>{NAV}<div><p><b>{TITLE}</b></p>{line}{BODY}</div>"
    article = only(clean(make_page(html)))
    assert (article.title, article.paragraphs, article.author) == (TITLE, STORY, "办公室")


@pytest.mark.parametrize("tag", ["ul", "section", "x-page"])
def test_markup_is_known_wherever_it_begins(tag: str, make_page: MakePage) -> None:
    html = f"{' ' * 200_000}<{tag}>{''.join(f'<{tag}>{p}</{tag}>' for p in STORY)}</{tag}>"
    assert only(clean(make_page(html, content_type="text/plain"))).paragraphs == STORY


@pytest.mark.parametrize(
    ("url", "kept"),
    [("1_2.html", False), ("1.html?page=2", False), ("1_3.html", True), ("1.html", True)],
)
def test_the_number_of_a_page_is_no_part_of_the_title(
    url: str, kept: bool, make_page: MakePage
) -> None:
    html = f"<title>{TITLE}(2)_某网</title>{NAV}<h1>{TITLE}(2)</h1><div>{BODY}</div>"
    article = only(clean(make_page(html, f"http://news.example.com/a/{url}")))
    assert article.title == TITLE + "(2)" * kept


def test_a_short_last_paragraph_below_links_among_the_text(make_page: MakePage) -> None:
    links = "".join(f"<p><a href=/{i}>另一个园区举行了集中开工仪式</a></p>" for i in range(3))
    last = "签约仪式由区长主持。"
    aside = f"<p>相关阅读</p>{links}"
    html = f"<h1>{TITLE}</h1><div>{BODY}{aside}<p>　　{last}</p></div>"
    assert only(clean(make_page(html))).paragraphs == (*STORY, last)
    elsewhere = f"<h1>{TITLE}</h1><div>{BODY}{aside}<div><p>{last}</p></div></div>"
    assert only(clean(make_page(elsewhere))).paragraphs == STORY


def test_an_abstract_in_a_box_of_its_own_leads_the_text(make_page: MakePage) -> None:
    lead = "核心提示：白鹭湖高新区九个项目集中签约，总投资七十二亿元。"
    motto = "<div>白鹭湖高新区，一座向湖而兴的园区，欢迎您。</div>"
    above = f"<h1>{TITLE}</h1>{motto}<div>{lead}</div>{NAV * 9}"
    html = f"{above}<div class=article-content>{BODY}</div>"
    assert only(clean(make_page(html))).paragraphs == (lead, *STORY)


def test_an_office_answers_a_letter(make_page: MakePage) -> None:
    letter = "我是青禾新区的居民，请问三期安置房什么时候能够交付，过渡费能否提高？"
    answer = "您好，三期安置房共十八栋，计划明年六月底前交付，过渡费按原标准的一倍半发放。"
    box = f"<div class=reply><b>官方回复</b> 2024-06-18<p>{answer}</p></div>"
    page = f"<title>{TITLE}</title>{NAV}<h1>{TITLE}</h1><div><p>{letter}</p>{box}</div>"
    assert only(clean(make_page(page))).paragraphs == (letter, answer)
    readers = f"<div class=reply><p>{answer}</p></div>"
    page = f"<title>{TITLE}</title>{NAV}<h1>{TITLE}</h1><div><p>{letter}</p>{readers}</div>"
    assert only(clean(make_page(page))).paragraphs == (letter,)


def test_a_document_is_signed_below_its_attachments(make_page: MakePage) -> None:
    signed = ("白鹭湖市工业和信息化局", "2024年6月18日")
    attached = "<p>附件：<a href=1.xls>名单.xls</a></p><p><a href=2.pdf>申请表.pdf</a></p>"
    lines = "".join(f"<p>{line}</p>" for line in signed)
    page = page_with("2024-06-18").replace(BODY, f"{BODY}{attached}{lines}")
    assert only(clean(make_page(page))).paragraphs == (*STORY, *signed)


@pytest.mark.parametrize(
    ("line", "day"), [("2024年6月18日 08:30", 18), ("2024年6月20日 星期四", 0)]
)
def test_a_date_may_stand_above_the_headline(line: str, day: int, make_page: MakePage) -> None:
    page = f"<title>{TITLE}-某网</title>{NAV}<h4>{line}</h4><h1>{TITLE}</h1><div>{BODY}</div>"
    published = only(clean(make_page(page))).published_at
    assert (published.day if published else 0) == day


def test_a_byline_below_the_deck_names_the_author(make_page: MakePage) -> None:
    deck = "<p>入园、上链、换芯，传统产业这样焕新</p><p>■ 本报记者 张三 通讯员 李四</p>"
    caption = "<p>▲车间一角。（本报记者 王五 摄）</p>"
    page = f"<title>{TITLE}-某网</title>{NAV}<h1>{TITLE}</h1><div>{deck}{caption}{BODY}</div>"
    assert only(clean(make_page(page))).author == "张三 李四"


def test_a_notice_below_the_name_of_an_office_is_an_article(make_page: MakePage) -> None:
    notice = "根据有关规定，我局受理以下项目环评文件，现予以公示，公示期为5个工作日。"
    links = "".join(f"<li><a href=/{i}>白鹭湖市第{i}个项目环评公示</a></li>" for i in range(9))
    head = f"<title>白鹭湖市生态环境局</title><meta name=ArticleTitle content={TITLE}>"
    page = f"{head}<ul>{links}</ul><div>{TITLE}</div><div><p>{notice}</p></div>"
    article = only(clean(make_page(page)))
    assert (article.title, article.paragraphs) == (TITLE, (notice,))
