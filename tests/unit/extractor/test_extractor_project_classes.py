"""One project a text, by the way in which the press tells it."""

import pytest
from making import MakeArticle

from services.contracts.messages import Project
from services.extractor.extract import extract


def _project(make_article: MakeArticle, text: str, title: str = "") -> Project:
    told = [p for p in extract(make_article(text, title)).projects if p.kind == "project"]
    assert len(told) == 1, [p.name for p in told]
    return told[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "阜阳经开区与安徽淮澜化工有限公司签约，投资3亿元上马水性树脂生产项目。",
            "水性树脂生产项目",
        ),
        ("总投资9亿元的年产8万吨锂盐项目在宜春经开区开工。", "年产8万吨锂盐项目"),
        ("由澜阀科技投资建设的第7.5代电子纸模组项目在广安经开区开工。", "第7.5代电子纸模组项目"),
        ("第6代柔性面板模组项目在广安经开区投产，总投资30亿元。", "第6代柔性面板模组项目"),
        ("50MW/100MWh用户侧储能项目在镇海经开区开工，总投资2亿元。", "50MW/100MWh用户侧储能项目"),
        ("岚启Mini LED背光项目在芜湖经开区投产，总投资6亿元。", "岚启Mini LED背光项目"),
        ("1.淮澜热泵制造项目。总投资7.3亿元，在阜阳经开区投产。", "淮澜热泵制造项目"),
        ("总投资4亿元的海上升压站配套项目在如东经开区竣工。", "海上升压站配套项目"),
    ],
)
def test_a_name_begins_where_it_begins(make_article: MakeArticle, text: str, name: str) -> None:
    assert _project(make_article, text).name == name


@pytest.mark.parametrize(
    "text",
    [
        "阀门扩产项目在永嘉经开区开工。项目由浙江澜阀科技有限公司投资建设，总投资2亿元。",
        "阀门扩产项目在永嘉经开区开工，总投资2亿元，投资方为浙江澜阀科技有限公司。",
        "浙江澜阀科技有限公司与永嘉经开区签下阀门扩产项目，总投资2亿元。",
        "浙江澜阀科技有限公司深耕永嘉多年。公司拟投资2亿元实施阀门扩产项目。",
        "浙江澜阀科技有限公司在永嘉经开区举行阀门扩产项目开工仪式，总投资2亿元。",
    ],
)
def test_the_investor_however_told(make_article: MakeArticle, text: str) -> None:
    project = _project(make_article, text)
    assert project.investors == ("浙江澜阀科技有限公司",)
    assert project.amount_low == 200_000_000


def test_all_who_pay_together_are_investors(make_article: MakeArticle) -> None:
    text = (
        "星湾氢能装备项目在乌海高新区开工。项目总投资8亿元，由内蒙古星湾能源有限公司和"
        "乌海海澜实业有限公司按7:3的比例共同出资建设。"
    )
    assert _project(make_article, text).investors == (
        "内蒙古星湾能源有限公司",
        "乌海海澜实业有限公司",
    )


@pytest.mark.parametrize(
    "text",
    [
        "淮澜正极材料项目落户遂宁高新区。其中，一期投资12亿元。项目计划总投资40亿元。",
        "淮澜正极材料项目落户遂宁高新区。根据协议，项目总投资40亿元，其中一期投资12亿元。",
    ],
)
def test_the_total_is_preferred_to_a_phase(make_article: MakeArticle, text: str) -> None:
    assert _project(make_article, text).amount_low == 4_000_000_000


def test_the_phase_of_a_phase_is_its_total(make_article: MakeArticle) -> None:
    text = "江西禾铜科技有限公司的铜箔二期项目在鹰潭高新区开工。二期项目总投资14亿元。"
    assert _project(make_article, text).amount_low == 1_400_000_000


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "江苏舟仓装备有限公司的智能货架生产基地在孝感高新区投产，投资3.2亿元。",
            "智能货架生产基地",
        ),
        ("由宿迁云舸数据有限公司投资5亿元的边缘算力中心在宿迁高新区动工。", "边缘算力中心"),
        ("宿迁高新区内，云舸检测平台（总投资3亿元）竣工。", "云舸检测平台"),
        (
            "在宿迁高新区的云舸智造产业园施工现场，塔吊林立。该园区由宿迁云舸科技有限公司投资8亿元建设。",
            "云舸智造产业园",
        ),
    ],
)
def test_an_undertaking_without_the_word(make_article: MakeArticle, text: str, name: str) -> None:
    project = _project(make_article, text)
    assert project.name == name
    assert project.amount_low is not None


def test_a_project_told_twice_is_one(make_article: MakeArticle) -> None:
    text = (
        "舟岚储能华南基地项目在清远高新区开工。项目由广东舟岚储能科技有限公司投资，总投资9亿元。\n"
        "高新区为舟岚项目配备了服务专员。"
    )
    assert _project(make_article, text).name == "舟岚储能华南基地项目"


def test_today_is_the_day_of_the_dateline(make_article: MakeArticle) -> None:
    text = "粤北网5月18日讯 今天，舟岚储能电池项目在清远高新区开工，总投资9亿元。"
    assert _project(make_article, text).date == "2024-05-18"


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("舟岚电池项目2023年3月签约，2024年4月投产，总投资9亿元。", "投产"),
        ("舟岚电池项目总投资9亿元，目前主体厂房已经完工。", "在建"),
        ("舟岚电池项目总投资9亿元，2023年10月动工，2026年底建成投产。", "开工"),
        ("就总投资9亿元的舟岚电池项目，双方尚在磋商。", "洽谈"),
    ],
)
def test_the_stage_that_is_reached(make_article: MakeArticle, text: str, stage: str) -> None:
    assert _project(make_article, text).stage == stage


def test_each_section_has_its_own_park(make_article: MakeArticle) -> None:
    text = (
        "一、德阳经开区。德阳舟泵科技有限公司的水泵扩产项目开工，总投资1亿元。\n"
        "二、长治高新区。长治岚灯光电有限公司的灯珠封装项目投产，总投资2亿元。\n"
        "三、益阳高新区。益阳禾芯电子有限公司的电容扩产项目签约，总投资3亿元。"
    )
    projects = extract(make_article(text)).projects
    assert [p.park for p in projects] == ["德阳经开区", "长治高新区", "益阳高新区"]


def test_a_form_of_labelled_lines(make_article: MakeArticle) -> None:
    text = (
        "项目名称：航空铝材扩产项目\n建设单位：江苏穹铝业有限公司\n总投资：14.2亿元\n项目进度：施工\n"
        "项目名称：燃料电池基地\n建设单位：镇江舟动力有限公司\n总投资：8.6亿元\n项目进度：签约"
    )
    rows = extract(make_article(text, "镇江新区重大项目清单")).projects
    assert [(p.name, p.amount_low, p.stage, p.park) for p in rows] == [
        ("航空铝材扩产项目", 1_420_000_000, "在建", "镇江新区"),
        ("燃料电池基地", 860_000_000, "签约", "镇江新区"),
    ]


def test_the_unit_told_over_a_table(make_article: MakeArticle) -> None:
    text = (
        "签约项目见下表（单位：亿元）：\n项目名称\t投资方\t总投资\t用地（亩）\n"
        "水泵项目\t德阳舟泵科技有限公司\t2.5\t40"
    )
    project = _project(make_article, text)
    assert (project.amount_low, project.investors) == (250_000_000, ("德阳舟泵科技有限公司",))


def test_what_several_invest_goes_to_each_with_its_investor(make_article: MakeArticle) -> None:
    text = (
        "浙江澜阀科技有限公司、安徽淮澜化工有限公司分别投资2亿元和5亿元，"
        "在永嘉经开区建设阀门扩产项目和水性树脂项目。"
    )
    told = extract(make_article(text)).projects
    assert [(p.name, p.investors, p.amount_low) for p in told] == [
        ("阀门扩产项目", ("浙江澜阀科技有限公司",), 2e8),
        ("水性树脂项目", ("安徽淮澜化工有限公司",), 5e8),
    ]


def test_a_list_of_sums_and_names_is_one_project_each(make_article: MakeArticle) -> None:
    text = (
        "总投资4亿元的岚洋热泵、总投资7.5亿元的淮澜风电轴承、总投资2亿元的澜阀二期等项目也将开工。"
    )
    told = extract(make_article(text)).projects
    assert [(p.name, p.amount_low) for p in told] == [
        ("岚洋热泵", 4e8),
        ("淮澜风电轴承", 7.5e8),
        ("澜阀二期", 2e8),
    ]


def test_a_count_in_words_with_a_sum_is_an_aggregate(make_article: MakeArticle) -> None:
    text = "永嘉经开区昨天集中开工的项目共有四个，总投资36亿元，年度计划投资9亿元。"
    (total,) = extract(make_article(text)).projects
    assert (total.kind, total.amount_low, total.stage) == ("aggregate", 3.6e9, "开工")


def test_a_class_of_projects_is_no_aggregate(make_article: MakeArticle) -> None:
    facts = extract(make_article("永嘉经开区签约总投资5亿元以上项目4个。"))
    assert [p.amount_low for p in facts.projects] == [None]


def test_a_row_of_sums_is_no_project(make_article: MakeArticle) -> None:
    text = (
        "序号\t项目名称\t投资单位\t总投资（万元）\n"
        "1\t丙烯腈扩能项目\t安徽淮澜化工有限公司\t52000\n"
        "合计\t52000\n"
        "小  计\t\t\t52000"
    )
    facts = extract(make_article(text))
    assert [p.name for p in facts.projects] == ["丙烯腈扩能项目"]
    assert [e.name for e in facts.entities if e.type == "company"] == ["安徽淮澜化工有限公司"]


def test_a_signing_told_from_the_side_of_the_zone(make_article: MakeArticle) -> None:
    text = (
        "5月16日，永嘉经开区与澜阀半导体（上海）有限公司签订投资协议。\n"
        "该项目总投资6亿元，建设陶瓷基板生产线。"
    )
    project = _project(make_article, text)
    assert (project.name, project.stage, project.date) == ("澜阀半导体项目", "签约", "2024-05-16")


def test_own_funds_are_the_investment(make_article: MakeArticle) -> None:
    text = "浙江澜阀科技有限公司拟以自有资金1.8亿元建设年产3万套控制阀项目。"
    assert _project(make_article, text).amount_low == 1.8e8


def test_a_project_is_gone_on_with_after_its_investor_was_told_of(
    make_article: MakeArticle,
) -> None:
    text = (
        "岚洋集团控制阀制造基地项目签约落户永嘉经开区。\n"
        "岚洋集团有员工800人。\n"
        "此次签约项目总投资3亿元，计划明年开工。"
    )
    project = _project(make_article, text)
    assert (project.amount_low, project.stage) == (3e8, "签约")


def test_what_is_reached_wins_over_what_a_plan_says(make_article: MakeArticle) -> None:
    text = (
        "浙江澜阀科技有限公司公告，拟投资2亿元建设阀门扩产项目，预计明年10月投产。\n"
        "该项目已与永嘉经开区签约。"
    )
    assert _project(make_article, text).stage == "签约"


def test_a_deadline_is_no_stage(make_article: MakeArticle) -> None:
    text = "浙江澜阀科技有限公司的阀门扩产项目总投资2亿元，自交地之日起6个月内开工。"
    assert _project(make_article, text).stage is None


def test_what_is_done_of_a_sum_is_not_the_sum(make_article: MakeArticle) -> None:
    text = "阀门扩产项目在永嘉经开区开工。项目已完成投资1.2亿元，总投资5亿元。"
    assert _project(make_article, text).amount_low == 5e8


def test_a_total_of_the_county_is_none_of_the_park(make_article: MakeArticle) -> None:
    text = "永嘉经开区产值90亿元。\n今年1-4月，全县新开工项目17个，总投资52亿元。"
    (total,) = extract(make_article(text)).projects
    assert (total.kind, total.park, total.date) == ("aggregate", None, "2024")


def test_a_batch_of_so_many_is_an_aggregate(make_article: MakeArticle) -> None:
    text = "永嘉经开区项目集中动工。本批集中开工项目86个，总投资512亿元。"
    told = [p for p in extract(make_article(text)).projects if p.kind == "aggregate"]
    assert [p.amount_low for p in told] == [5.12e10]


def test_a_total_of_another_place_is_none_of_the_park(make_article: MakeArticle) -> None:
    text = "活动在温州市永嘉经开区举行。\n瑞安市开工项目11个，总投资67亿元。"
    (total,) = [p for p in extract(make_article(text)).projects if p.kind == "aggregate"]
    assert (total.park, total.place) == (None, "瑞安市")


def test_all_who_invest_before_the_name_are_investors(make_article: MakeArticle) -> None:
    text = "由岚洋集团与淮澜科技联合投资3亿元打造的陶瓷基板项目在永嘉经开区投产。"
    assert _project(make_article, text).investors == ("岚洋集团", "淮澜科技")
