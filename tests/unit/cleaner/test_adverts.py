import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cleaner.adverts import advert_lines, advert_rules
from services.cleaner.lines import kinds_of

STORY = "青禾高新区今日举行集中开工仪式，十二个项目同时开工，总投资约一百亿元。"
PLEDGE = "园区负责人表示，将继续优化营商环境，欢迎更多企业前来投资兴业。"


def kept(lines: list[str]) -> list[str]:
    return [
        line
        for line, kind in zip(lines, kinds_of(lines, [False] * len(lines)), strict=True)
        if kind == "text"
    ]


@pytest.mark.parametrize(
    "advert",
    [
        ["厂房租售热线：400 800 1234"],
        ["招商微信13800138000"],
        ["或加手机微信:138 0013 8000 137 0013 8000"],
        ["或加手机微信:138 0013 8000?;137 0013 8000?"],
        ["或微信/手机:138001380001370013800013600138000"],
        ["园区招商热线：0731-8888 1234 刘经理（微信同号）", "请说明您的需求、用途、联系人"],
        ["选址咨询:王先生 139-0013-8000", "张女士 13700138000", "欢迎来电垂询！"],
        ["小青微信号", "来电请告知面积、行业、预算和联系方式，我们安排专人对接房源。"],
        ["厂房出租、土地转让、政策申报", "咨询电话：13800138000", "欢迎实地看房"],
        ["▼ 长按识别二维码咨询 ▼", "扫码添加园区小青", "如需了解更多园区政策，请联系客服小青"],
        ["一站式服务：厂房出租、土地转让、政策申报", "13800138000"],
        ["免费选址热线：400-800-1234", "青禾有100—500亩工业用地，可按揭，带产权，欢迎咨询！"],
    ],
)
def test_adverts_go_wherever_they_stand(advert: list[str]) -> None:
    assert kept([STORY, PLEDGE, *advert]) == [STORY, PLEDGE]
    assert kept([STORY, *advert, PLEDGE]) == [STORY, PLEDGE]
    assert kept([*advert, STORY, PLEDGE]) == [STORY, PLEDGE]


@pytest.mark.parametrize(
    "line",
    [
        PLEDGE,
        "来电请告知面积、行业、预算和联系方式，我们安排专人对接房源。",
        "欢迎更多企业来园区投资兴业。",
        "企业可拨打园区服务热线0731-88881234反映问题，工作人员将在两小时内回应。",
        "游客咨询电话：4006688022",
        "“招商热线0731-88881234一天要接上百个电话。”园区招商局局长说。",
        "记者拨打招商热线13800138000了解情况。",
        "厂房租金13800000000元，分三年付清。",
        "合同编号为20240013800138000的项目已经开工。",
    ],
)
def test_a_line_by_itself_is_text(line: str) -> None:
    assert kept([STORY, line, STORY]) == [STORY, line, STORY]


def test_a_story_ends_the_run() -> None:
    lines = ["招商热线：400 800 1234", PLEDGE, "欢迎来电咨询", STORY]
    assert kept(lines) == lines[1:]


def test_an_enquiry_needs_a_line_that_speaks_to_the_reader() -> None:
    number = "咨询电话：0731-88881234"
    assert advert_lines([STORY, number, STORY], [False] * 3) == set()
    assert advert_lines([STORY, number, "免费看房"], [False] * 3) == {1, 2}


def test_a_code_counts_only_where_a_rule_dropped_the_line() -> None:
    lines = ["每块组件都有二维码", "欢迎关注"]
    assert advert_lines(lines, [False, False]) == set()
    assert advert_lines(lines, [True, False]) == {0, 1}


def test_numbers() -> None:
    rules = advert_rules()
    for line in ("138-0013-8000", "400 800 1234", "8008001234", "(0731)88881234", "010-88881234"):
        assert rules.has_number(line)
    for line in ("2024年3月5日", "1,380,013,800元", "13800138000元", "编号1234567890123456"):
        assert not rules.has_number(line)


LINES = st.lists(st.sampled_from([STORY, PLEDGE, "13800138000", "微信号", "欢迎您", "厂房土地"]))


@given(LINES)
def test_stories_are_never_adverts(lines: list[str]) -> None:
    found = advert_lines(lines, [line == "微信号" for line in lines])
    assert all(lines[i] not in {STORY, PLEDGE} for i in found)
    assert {i for i, line in enumerate(lines) if line == "13800138000"} <= found
