import pytest

from services.cleaner.plain_text import find_paper, is_headline, read_lines, read_pieces

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
    assert piece.paragraphs == BODY


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
    assert piece.paragraphs == [BODY[0], BODY[2]]


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
    assert pieces[0].paragraphs == [
        "竞速项目招引,青禾高新区拼出了亮眼答卷。众所周知,近年压力叠加。",
        "招引项目连年增长",
        "2021年以来,高新区迎难而上。",
    ]
    assert pieces[2].paragraphs == ["7月31日,洪水退去后,街道迅速组织开展清淤行动。"]


def test_subheadings_do_not_split_an_article() -> None:
    text = "\n\n".join(
        ["标题是这样一行字", BODY[0], "服务项目全程", BODY[2], "最后一个小标题", BODY[2]]
    )
    (piece,) = read_pieces(read_lines(text))
    assert piece.paragraphs[1] == "服务项目全程"


def test_nothing_to_read() -> None:
    assert read_pieces(read_lines("")) == []
    assert read_pieces(read_lines("首页\n新闻\n招商")) == []


def test_headlines() -> None:
    kinds = {
        line.text: is_headline(line)
        for line in read_lines("\n".join([*BODY, "——之七", "总投资206亿元！高新区种下“金种子”"]))
    }
    assert list(kinds.values()) == [False, True, False, False, True]


@pytest.mark.parametrize("indent", ["　　", "    ", "\t"])
def test_an_indented_line_begins_a_paragraph(indent: str) -> None:
    quoted = f'{indent}负责人说："今年签约十二个项目,总投资一百亿元。"'
    cut = f"{indent}青禾高新区今年将继续落实专班机制,让更多的企业在这里安心地落户、成长"
    dump = "\n".join(["专班机制助企成长", quoted, cut, f"{indent}截至目前,已开工九个,开工率过半。"])
    (piece,) = read_pieces(read_lines(dump))
    assert piece.paragraphs == [
        line.strip() for line in (quoted, cut, f"{indent}截至目前,已开工九个,开工率过半。")
    ]


def test_rows_of_a_table_stay_with_their_introduction_and_signature() -> None:
    rows = ["序号\t项目名称\t总投资（万元）", "1\t青禾仓储项目\t12000", "合计\t\t12000"]
    dump = [
        "首页\t新闻\t公示",
        "关于青禾园区拟供地项目的公示",
        "发布时间：2024-06-18\t来源：青禾市自然资源局",
        "根据规定，现将拟供地项目公示如下：",
        *rows,
        "公示期为七个工作日。",
        "青禾市自然资源局",
        "2024年6月18日",
        "返回首页",
    ]
    (piece,) = read_pieces(read_lines("\n".join(dump)))
    assert piece.title == dump[1]
    assert piece.paragraphs == dump[3:-1]


@pytest.mark.parametrize(
    "head",
    [
        ["青禾日报数字报", "2024年6月18日 星期二", "第06版：区县新闻"],
        ["第A2版", "青禾晚报", "2024年6月18日"],
        ["青禾在线", "标题：{title}", "来源：青禾日报"],
    ],
)
def test_the_head_of_a_page_is_not_the_title(head: list[str]) -> None:
    title = "青禾高新区：重点项目拔节生长"
    lines = [line.format(title=title) for line in head]
    if lines == head:
        lines.append(title)
    (piece,) = read_pieces(read_lines("\n".join([*lines, "本报记者 张三 通讯员 李四", *BODY])))
    assert (piece.title, piece.paragraphs) == (title, BODY)
    assert "本报记者 张三 通讯员 李四" in piece.meta


@pytest.mark.parametrize(
    ("line", "paper"),
    [
        ("青禾日报", "青禾日报"),
        ("青禾晚报 数字报", "青禾晚报"),
        ("织密园区安全防护网", ""),
        ("青禾日报 2024年6月18日 星期二", "青禾日报"),
    ],
)
def test_the_newspaper_of_a_page(line: str, paper: str) -> None:
    assert find_paper(read_lines("\n".join([line, *BODY]))) == paper


INDENTED_PAPER = """
青禾日报
2024年6月18日 星期二 第03版：经济
上一版 下一版

园区向“新” 动能澎湃
——青禾高新区一线观察
□ 本报记者 张三 李四

    盛夏时节,青禾高新区机声隆隆。今年前五个月,
该区新签项目二十六个,总投资一百亿元。

    抓招引 强链条

    围绕主导产业,高新区派出八支小分队。

社区食堂开进园区

    本报讯（通讯员 王五）近日,首个园区食堂开业。

港口一季度吞吐量增长一成

    本报讯（记者 赵六）一季度,港口吞吐量增长一成。

本版责编：钱七 版式：孙八
"""


def test_subheadings_of_an_e_paper_page_stand_further_in_than_its_headlines() -> None:
    first, *others = read_pieces(read_lines(INDENTED_PAPER))
    assert first.title == "园区向“新” 动能澎湃"
    assert first.meta == ["□ 本报记者 张三 李四"]
    assert first.paragraphs == [
        "盛夏时节,青禾高新区机声隆隆。今年前五个月,该区新签项目二十六个,总投资一百亿元。",
        "抓招引 强链条",
        "围绕主导产业,高新区派出八支小分队。",
    ]
    assert [other.title for other in others] == ["社区食堂开进园区", "港口一季度吞吐量增长一成"]


def test_an_official_document_is_named_below_its_issuer() -> None:
    lines = ["青禾县人民政府办公室", "关于印发重点项目计划的通知", "青政办发〔2024〕12号"]
    (piece,) = read_pieces(read_lines("\n".join([*lines, BODY[2], "【打印】 【关闭】"])))
    assert (piece.title, piece.paragraphs) == (lines[1], [BODY[2]])


def test_a_headline_of_two_lines_is_one_title() -> None:
    head = ["2024年6月18日\t星期二\t青禾晚报\tA03 园区", "", "青禾高新区：", "一座园区的加减法"]
    (piece,) = read_pieces(read_lines("\n".join([*head, "本报记者 王五", *BODY, "（下转A04版）"])))
    assert (piece.title, piece.paragraphs) == ("青禾高新区：一座园区的加减法", BODY)
