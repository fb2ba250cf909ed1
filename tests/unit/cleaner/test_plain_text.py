from services.cleaner.plain_text import is_headline, read_lines, read_pieces

BODY = [
    "青禾时刻3月23日讯(通讯员 张三)早春时节,青禾高新区各大园区里一派繁忙。项目建设如火如荼。",
    "招大引强,迈出新步伐",
    "今年以来,该区新签项目十二个,总投资一百亿元。",
]


def test_a_dump_of_a_blog_page() -> None:
    dump = "\n\n".join(
        [
            "当前位置:首页 > 园区动态 > 正文内容",
            "青禾高新区:勇当排头兵",
            "admin9个月前 (09-21)园区动态26",
            *BODY,
            "某某微信号\n厂房土地租售:400 800 1234\n长按扫一扫加某某的微信号",
            "版权声明:本文由某某网发布,如需转载请注明出处。",
            "本文链接:http://a.example/1",
            "相关文章",
            "另一个园区举行集中签约",
            "另一个园区今日举行集中签约。总投资十亿元。",
        ]
    )
    (piece,) = read_pieces(read_lines(dump))
    assert piece.title == "青禾高新区:勇当排头兵"
    assert piece.meta == ["admin9个月前 (09-21)园区动态26"]
    assert piece.lines == BODY


def test_navigation_above_and_links_below() -> None:
    dump = "\n".join(
        [
            "搜索热词:",
            "• 首页",
            "• 资讯中心",
            "打开菜单",
            "通知公告",
            "当前位置:首页> 新闻",
            "做优重点、做强优势,青禾探索新模式",
            "来源:青禾发布 发布时间:2022年03月23日 12:24 点击量:697",
            "  " + BODY[0],
            "  " + BODY[2],
            "国家部委社会团体新闻媒体开发区协会",
            "• 留言箱",
        ]
    )
    (piece,) = read_pieces(read_lines(dump))
    assert piece.title == "做优重点、做强优势,青禾探索新模式"
    assert piece.lines == [BODY[0], BODY[2]]


PAPER = """

近三年,项目和金额均居全市第一

——解码高质量发展之七

青禾日报全媒体记者/张三
通讯员/李四

竞速项目招引,青禾高新区拼出了亮眼答卷。众所周知,近年压力叠加。

招引项目连年增长

2021年以来,高新区迎难而上。

北岸街道 又一家餐厅 试运营

青禾日报讯(全媒体记者/王五)近日,餐厅试运营。环境整洁。



洪水退去 全力清淤

7月31日,洪水退去后,街道迅速组织开展清淤行动。

青禾日报全媒体记者/赵六 摄

电力护航致富路

青禾日报讯(通讯员/孙七)近日,一场电力服务为当地增添了温暖。
"""


def test_an_e_paper_page_holds_several_articles() -> None:
    pieces = read_pieces(read_lines(PAPER))
    assert [piece.title for piece in pieces] == [
        "近三年,项目和金额均居全市第一",
        "北岸街道 又一家餐厅 试运营",
        "洪水退去 全力清淤",
        "电力护航致富路",
    ]
    assert pieces[0].meta == ["青禾日报全媒体记者/张三", "通讯员/李四"]
    assert pieces[0].lines == [
        "竞速项目招引,青禾高新区拼出了亮眼答卷。众所周知,近年压力叠加。",
        "招引项目连年增长",
        "2021年以来,高新区迎难而上。",
    ]
    assert pieces[2].lines == ["7月31日,洪水退去后,街道迅速组织开展清淤行动。"]


def test_subheadings_do_not_split_an_article() -> None:
    text = "\n\n".join(
        ["标题是这样一行字", BODY[0], "服务项目全程", BODY[2], "最后一个小标题", BODY[2]]
    )
    (piece,) = read_pieces(read_lines(text))
    assert piece.lines[1] == "服务项目全程"


def test_nothing_to_read() -> None:
    assert read_pieces(read_lines("")) == []
    assert read_pieces(read_lines("首页\n新闻\n招商")) == []


def test_headlines() -> None:
    kinds = {
        line.text: is_headline(line)
        for line in read_lines("\n".join([*BODY, "——之七", "总投资206亿元！高新区种下“金种子”"]))
    }
    assert list(kinds.values()) == [False, True, False, False, True]
