import re

import pytest
from hypothesis import given
from hypothesis.strategies import DataObject, data, from_regex

from services.cleaner.data import load
from services.cleaner.lines import LineRules, line_rules


@pytest.mark.parametrize(
    "line",
    [
        "相关文章",
        "【相关阅读】",
        "延伸阅读：",
        "猜你喜欢",
        "热门推荐 更多>>",
        "推荐阅读",
        "延伸 · 推荐",
    ],
)
def test_lists_of_other_articles(line: str) -> None:
    assert line_rules().kind(line) == "aside"


@pytest.mark.parametrize(
    "line",
    [
        "上一篇：青禾高新区举行集中签约",
        "下一篇:没有了",
        "【上一篇】 某市招商大会召开",
        "网友评论",
        "Copyright © 2024 某某网 版权所有",
        "- THE END -",
        "（完）",
        "青禾园区网 湘ICP备00000001号 客服电话：010-00000000",
        "主办：青禾园区协会 备案号：湘ICP备00000001号 技术支持：某某科技",
    ],
)
def test_ends(line: str) -> None:
    assert line_rules().kind(line) == "end"


@pytest.mark.parametrize(
    "line",
    [
        "当前位置:首页 > 园区动态 > 正文",
        "首页 > 新闻 > 招商",
        "责任编辑：张三",
        "(责编：李四、王五)",
        "【责任编辑:赵六】",
        "原标题：青禾高新区集中签约",
        "（原标题：青禾）",
        "来源：某某日报",
        "版权声明：本文由某某网发布，如需转载请注明出处。",
        "免责声明：本文仅代表作者观点",
        "扫一扫关注公众号",
        "扫描二维码推送至手机访问。",
        "长按识别二维码",
        "手机扫码继续阅读。",
        "共3页 第1页 上一页 下一页",
        "点个“在看”再走",
        "点击上方蓝字关注我们",
        "请阅读并同意本站隐私政策",
        "（本文由企业供稿，编辑有删改）",
        "分享到：",
        "分享给朋友:",
        "某某微信号",
        "【纠错】",
        "关键词：园区 招商",
        "阅读量：1024",
        "本文链接：http://a.example/1",
        "原文地址：<http://a.example/1.html>",
        "（未经授权请勿转载）",
        "字号 大 中 小",
        "微信 微博 QQ空间",
        "图1.jpg",
        "12",
        "园区|招商|项目",
        "版权归原作者所有，如有侵权请联系删除",
        "第06版：区县新闻",
        "A02版 要闻",
        "上一版 下一版",
        "版面导航",
        "（下转第4版）",
        "【打印】 【关闭】",
        "文章目录",
        "导读",
        "3.2万阅读",
        "阅读 12.3万分享收藏评论(4)",
        "相关热词搜索：园区 招商",
        "温馨提示：本文最后更新于2024-03-05，若有错误请在下方留言。",
        "立即下载青禾日报App，阅读更多新闻",
        "广告",
        "我已阅读并同意《用户服务协议》和《隐私政策》",
        "未注册的手机号将自动创建账号",
        "官方回复 答复单位：青禾高新区管委会 2024-03-05",
        "留言内容",
        "办理评价：办理态度 ★★★★★",
        "最佳答案",
        "想要获取更多园区政策，欢迎关注我们的微信公众号“青禾园区”！",
        "点阅次数：1422",
        "※ 来源：青禾论坛",
        "以上内容由某某之星根据公开信息整理，由算法生成，不构成投资建议。",
        "【免责声明】本文仅代表作者本人观点。",
        "您当前试读内容仅为全文的28%，订阅后继续阅读",
        "登录后继续阅读全文",
        "会员专享，开通会员后可畅读全站",
        "海量资讯、精准解读，尽在青禾财经APP",
        "炒股就看青禾分析师研报，权威，专业，及时！",
        "本文导航",
        "第2页：招商引资",
        "1 2 3 下一页 余下全文",
        "共3页： 上一页 1 2 3 下一页",
    ],
)
def test_dropped(line: str) -> None:
    assert line_rules().kind(line) == "drop"


@pytest.mark.parametrize(
    "line", ["图片来源：某某网", "供图：张三", "图为项目开工现场。张三 摄", "张三 李四 摄"]
)
def test_captions(line: str) -> None:
    assert line_rules().kind(line) == "caption"


@pytest.mark.parametrize(
    "line",
    [
        "记者 张三",
        "文/李四",
        "青禾日报全媒体记者/王五",
        "通讯员/赵六 孙七",
        "本报记者 周八 吴九",
        "□ 本报记者 周八 吴九",
        "（记者 张三 通讯员 李四）",
    ],
)
def test_bylines(line: str) -> None:
    assert line_rules().kind(line) == "byline"


@pytest.mark.parametrize(
    "line",
    [
        "青禾高新区今日集中签约十二个项目，总投资超过百亿元。",
        "招大引强，迈出新步伐",
        "项目履约率达100%",
        "编辑部位于青禾高新区，主要从事图书出版业务。",
        "（综合整理自青禾日报、青禾网等）",
        "点赞之余，他也提出了建议：园区配套要跟上。",
        "用手机扫一扫就能查到货柜号，客户投诉的处理时间缩短到三天，这套系统在车间里已经用了一年，"
        "工人们都说好，园区正打算向其他企业推广，让更多的车间用上它，少走弯路。",
        "分享会上，多位企业家介绍了自己的投资经历，气氛热烈。",
        "相关负责人表示，项目将于年底投产。",
        "来源于生活，高于生活，这是该企业产品设计的理念，也是它能够在市场上立足十年之久的原因，"
        "更是它不断开拓新的领域、吸引新的投资者、培养新的人才的底气所在，园区对此给予了充分肯定，"
        "并将继续提供支持，帮助企业在未来三年里实现产值翻番的目标，力争早日上市，成为行业的标杆企业。",
        "会议在图书馆举行",
        "上一版规划实施五年有余",
        "第三版标准厂房图纸通过评审，下月开工",
        "导读十条惠企政策",
        "招商手册第二版：讲好园区故事的三十个案例",
        "记者从发布会上获悉，今年前三季度全市实际利用外资同比增长。",
        "同意与青禾高新区签订投资协议，授权董事长办理。",
        "办理结果令人满意",
        "3.2万人就业",
        "阅读推广活动",
        "推广应用新技术",
        "热词背后的产业",
        "登录平台后，企业即可提交申请，三个工作日内办结。",
        "湖光山色尽在眼前，游客流连忘返。",
        "第2页的图纸上，一条新路穿过园区，连接起东西两个片区，总长三十多公里。",
    ],
)
def test_text_stays(line: str) -> None:
    assert line_rules().kind(line) == "text"


def test_a_rule_holds_up_to_its_length() -> None:
    rules = LineRules({"drop": [{"longest": 8, "head": ["编辑"]}]})
    assert rules.kind("编辑：张三") == "drop"
    assert rules.kind("编辑：张三、李四、王五") == "text"


def test_where_a_pattern_must_match() -> None:
    rules = LineRules(
        {
            "drop": [
                {"longest": 50, "head": ["甲"], "whole": ["乙"], "anywhere": ["丙"], "having": "丙"}
            ]
        }
    )
    assert [rules.kind(x) for x in ("甲x", "x甲", "乙", "乙x", "x丙x")] == [
        "drop",
        "text",
        "drop",
        "text",
        "drop",
    ]


SEARCHED = [
    (pattern, rule["having"])
    for rules in load("lines.toml").values()
    for rule in rules
    for pattern in rule.get("anywhere", ())
]


@pytest.mark.parametrize(("pattern", "having"), SEARCHED)
@given(data())
def test_whatever_is_searched_for_has_one_of_the_characters_that_mark_it(
    pattern: str, having: str, data: DataObject
) -> None:
    match = data.draw(from_regex(re.compile(pattern, re.IGNORECASE)))
    assert set(match) & set(having)
