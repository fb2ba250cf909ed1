"""Pages in the manner of the sites that are read most: what comes out is the article alone."""

from typing import Any

import pytest

from services.cleaner.clean import clean
from services.contracts.messages import Article

TITLE = "青禾高新区十二个项目集中开工"
PARAGRAPHS = (
    "青禾高新区今日举行集中开工仪式，十二个项目同时开工，总投资约一百亿元。",
    "活动现场，北辰新材料有限公司与园区签署协议，计划投资八亿元建设生产基地，预计明年六月投产。",
    "园区负责人表示，下一步将继续优化营商环境，全力推动项目早开工、早投产、早见效。",
)
STORY = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
NAV = "<div class=nav><a href=/>首页</a><a href=/news>新闻</a></div>"
FOOT = "<div class=foot>版权所有 青禾网 湘ICP备00000001号 电话：0731-88880000</div>"
OTHERS = "".join(f"<li><a href=/{i}>某市某区第{i}个项目落户开工</a></li>" for i in range(12))

BLOG = f"""<title>{TITLE} - 园区动态 - 青禾园区网</title>{NAV}<div class=post><h1>{TITLE}</h1>
<div class=info>admin2年前 (2022-05-10)园区动态88</div><div class=single>{STORY}<p>小青微信号</p>
<p>园区招商/厂房租售热线:400 800 1234</p><p>或加手机微信:138 0013 8000 137 0013 8000</p>
<p>来电请告知面积、行业、预算和联系方式,我们安排专人对接房源。</p><p>长按识别二维码</p></div>
<div class=copynotice><p>手机扫码继续阅读。</p></div></div><p>上一篇：<a href=/1>某某项目</a></p>
<h4>相关推荐</h4><ul>{OTHERS}</ul>{FOOT}"""
PORTAL = f"""<title>{TITLE}_要闻_青禾能源网</title><table><tr><td class=bt>{TITLE}</td></tr><tr>
<td>日期：2022 05/10　信息来源：青禾商报　【字体：大 中 小】</td></tr><tr><td id=zoom>
　　{"<br><br>　　".join(PARAGRAPHS)}<br><div>（责任编辑：小禾）</div></td></tr></table>
<table><tr><td>上一条：<a href=/2>某某项目签约</a></td></tr></table>{FOOT}"""
WECHAT = f"""<title>{TITLE}</title><h2 class=rich_media_title>{TITLE}</h2>
<div id=js_content class=rich_media_content><p>点击上方蓝字关注我们</p>
{
    "".join(
        f"<section><p><span><span>{p[:9]}</span><span>{p[9:]}</span></span></p></section>"
        for p in PARAGRAPHS
    )
}<p>来源丨青禾发布 图文编辑丨小禾</p><p>点个“在看”再走</p></div>
<script>var ct = "1652155200";</script>"""
ASSOCIATION = f"""<title>{TITLE}-青禾开发区协会</title>{NAV}<ul>{OTHERS}</ul><p>加入QQ群</p>
<div class=position>当前位置：<a href=/>首页</a> &gt; 要闻</div><h2 class=detail-title>{TITLE}</h2>
<div><span>来源：青禾评论</span> <span>发布时间：2022年05月10日 12:24</span> 点击量：697</div>
<div class=padding-box><p>原标题：某某开工</p>{STORY}<p>编辑：小禾　审核：小青</p></div>{FOOT}"""


def only(cleaning: Any) -> Article:
    assert cleaning.no_article is None
    (article,) = cleaning.articles
    assert isinstance(article, Article)
    return article


@pytest.mark.parametrize(
    ("html", "charset", "source"),
    [
        (BLOG, "utf-8", None),
        (PORTAL, "gbk", "青禾商报"),
        (WECHAT, "utf-8", "青禾发布"),
        (ASSOCIATION, "utf-8", "青禾评论"),
    ],
    ids=["blog", "portal", "wechat", "association"],
)
def test_genres(make_page: Any, html: str, charset: str, source: str | None) -> None:
    article = only(clean(make_page(html.encode(charset), content_type="text/html")))
    assert article.title == TITLE
    assert article.paragraphs == PARAGRAPHS
    assert article.source == source
    assert str(article.published_at)[:10] == "2022-05-10"


def test_a_mirror_in_traditional_characters(make_page: Any) -> None:
    noted = "青禾高新區(qū)聚焦優(yōu)勢產(chǎn)業(yè)，鋪排市級重點項目，總投資一百億元。"
    html = (
        f"<title>{noted[:20]}-轉載站</title><h1>{noted[:20]}</h1><div>時間：2022-05-10</div><div>"
        + f"<p><section>{noted}</section></p>" * 5
        + "<p>園區(qū)招商/廠房租售熱線:400 800 1234</p><p>或加手機微信:138 0013 8000?</p></div>"
    )
    article = only(clean(make_page(html)))
    assert article.script == "hant"
    assert set(article.paragraphs) == {"青禾高新区聚焦优势产业，铺排市级重点项目，总投资一百亿元。"}
    assert str(article.published_at)[:10] == "2022-05-10"


@pytest.mark.parametrize("separator", ["_", "-", " - ", "--", "——", " – ", "|", " | ", "·", " :: "])
def test_site_names(make_page: Any, separator: str) -> None:
    html = f"<title>{TITLE}{separator}青禾园区网</title><div>2022-05-10</div>{STORY}"
    assert only(clean(make_page(html))).title == TITLE


def test_items_of_a_list_are_whole(make_page: Any) -> None:
    items = ("北辰项目，总投资八亿元，占地一百亩", "南湖项目，总投资十亿元，占地二百亩")
    listed = "".join(f"<li>{item}</li>" for item in items)
    html = f"<h1>{TITLE}</h1><div>{STORY}<ul>{listed}</ul><p>{PARAGRAPHS[0]}</p></div>"
    assert only(clean(make_page(html))).paragraphs == (*PARAGRAPHS, *items, PARAGRAPHS[0])


def test_a_list_of_links_between_the_paragraphs(make_page: Any) -> None:
    links = "<p>延伸阅读：</p><p><a href=/2>另一个园区举行集中签约仪式</a></p>"
    last = "<p>" + PARAGRAPHS[2] * 3 + "</p>"
    html = f"<h1>{TITLE}</h1><div>{STORY * 3}{links}{last}<p>责任编辑：小禾</p></div>"
    assert only(clean(make_page(html))).paragraphs == (*PARAGRAPHS * 3, PARAGRAPHS[2] * 3)


def item(i: int, inside: str) -> str:
    return f"<li>{inside.format(link=f'<a href=/{i}>某市某区第{i}个项目落户开工建设</a>')}</li>"


@pytest.mark.parametrize("size", [3, 8])
@pytest.mark.parametrize(
    "inside",
    [
        "<h3>{link}</h3><p>" + PARAGRAPHS[1] + "</p>",
        "<h3>{link}</h3><div>2022-05-10 浏览：12</div><p>" + PARAGRAPHS[1] + "...</p>",
        "<span>2022-05-10</span>{link}",
    ],
)
def test_lists_are_no_articles(make_page: Any, size: int, inside: str) -> None:
    items = "".join(item(i, inside) for i in range(size))
    page = make_page(f"<title>园区动态_青禾网</title>{NAV}<ul>{items}</ul>{FOOT}")
    assert clean(page).articles == ()


@pytest.mark.parametrize(
    "message",
    [
        "抱歉，您访问的页面不存在或已被删除！系统将在 5 秒后自动跳转到首页。",
        "对不起，您要查看的文章不存在或者尚未通过审核，请返回上一页浏览其他内容。",
        "您的访问过于频繁，请拖动滑块完成验证，通过后即可继续浏览。",
    ],
)
def test_pages_that_are_gone(make_page: Any, message: str) -> None:
    page = make_page(f"<title>提示信息 - 青禾网</title>{NAV}<div><p>{message}</p></div>{FOOT}")
    assert clean(page).no_article == "soft_404"


def test_a_front_page_that_tells_of_the_site(make_page: Any) -> None:
    about = "<h3>关于我们</h3><p>青禾网是专业的园区招商平台，为企业提供选址、政策、融资等服务。</p>"
    page = make_page(f"<title>青禾网</title>{NAV}<ul>{OTHERS}</ul><div>{about}</div>{FOOT}")
    assert clean(page).no_article == "list_page"


def test_a_brief_among_many_links(make_page: Any) -> None:
    brief = "3月4日，北辰新材料二期项目主体封顶，总投资3亿元，预计年底投产。"
    head = f"<title>北辰二期封顶_青禾网</title>{NAV}<h1>北辰二期封顶</h1>"
    html = f"{head}<p>{brief}</p><ul>{OTHERS}</ul>"
    assert only(clean(make_page(html))).paragraphs == (brief,)


def test_what_follows_the_end(make_page: Any) -> None:
    after = "<p>- END -</p><p>青禾园区招商</p><p>专注园区招商、厂房租售服务，欢迎咨询。</p>"
    html = f"<h1>{TITLE}</h1><div>{STORY}{after}</div>"
    assert only(clean(make_page(html))).paragraphs == PARAGRAPHS


def test_a_listing_keeps_what_is_let_and_not_whom_to_call(make_page: Any) -> None:
    offers = ("【项目体量】总建筑面积约8.6万㎡，最小600㎡起分割。", "【租金价格】首层18元/㎡/月。")
    contact = "<p>【联系方式】王经理 13800138000（微信同号）</p><p>看房请提前一天预约</p>"
    html = f"<h1>青禾厂房招租</h1><div>{''.join(f'<p>{o}</p>' for o in offers)}{contact}</div>"
    assert only(clean(make_page(html))).paragraphs == offers


def test_preformatted_lines_are_paragraphs(make_page: Any) -> None:
    html = f"<h1>{TITLE}</h1><pre>{chr(10).join(PARAGRAPHS)}</pre>"
    assert only(clean(make_page(html))).paragraphs == PARAGRAPHS


@pytest.mark.parametrize(
    "line",
    [
        "（记者 张三 通讯员 李四）",
        "张三 摄",
        "（来源：青禾日报）",
        "责任编辑：小禾",
        "版权归原作者所有",
    ],
)
def test_credit_lines_at_the_end(make_page: Any, line: str) -> None:
    html = f"<h1>{TITLE}</h1><div>{STORY}<p>{line}</p></div>"
    assert only(clean(make_page(html))).paragraphs == PARAGRAPHS
