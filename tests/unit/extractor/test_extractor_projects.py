from collections.abc import Callable

import pytest

from services.contracts.messages import Article, Project
from services.extractor.extract import extract

MakeArticle = Callable[..., Article]


@pytest.fixture
def projects(make_article: MakeArticle) -> Callable[..., list[Project]]:
    def find(text: str, title: str = "", kind: str = "project", **more: str) -> list[Project]:
        return [p for p in extract(make_article(text, title, **more)).projects if p.kind == kind]

    return find


Find = Callable[..., list[Project]]


def test_a_project_with_all_that_one_sentence_tells(projects: Find) -> None:
    text = "5月11日，总投资35亿元的中科晶岚硅片项目落户合肥经开区，占地约300亩，预计年产值60亿元。"
    (row,) = projects(text)
    assert row.name == "中科晶岚硅片项目"
    assert row.investors == ("中科晶岚",)
    assert (row.amount_low, row.amount_high, row.currency) == (3.5e9, 3.5e9, "CNY")
    assert row.area_m2 == pytest.approx(200_000)
    assert (row.park, row.place, row.adcode) == ("合肥经开区", "合肥市", "340100")
    assert (row.stage, row.date, row.date_precision) == ("签约", "2024-05-11", "day")
    assert row.date_inferred
    assert row.industry == "集成电路"
    assert [text[start:end] for start, end in row.evidence] == [text]


def test_an_investor_is_told_in_full(projects: Find) -> None:
    text = "江苏瀚岚光电有限公司到访。瀚岚光电车载屏项目总投资8.6亿元，在苏州工业园区开工。"
    (row,) = projects(text)
    assert row.investors == ("江苏瀚岚光电有限公司",)
    assert (row.amount_low, row.stage, row.adcode) == (8.6e8, "开工", "320500")


def test_a_company_that_signs_with_a_park_is_a_project(projects: Find) -> None:
    text = "2022年3月，宏岚智能科技有限公司与株洲高新区签订进区合同。"
    (row,) = projects(text)
    assert row.investors == ("宏岚智能科技有限公司",)
    assert (row.stage, row.date, row.park) == ("签约", "2022-03", "株洲高新区")


def test_a_project_told_twice_is_one_row(projects: Find) -> None:
    text = (
        "4月18日，六合岚机械有限公司与株洲高新区签约，投资3亿元打造车身钣金件产线。"
        "5月13日，六合岚智能制造工厂项目举行开工仪式。"
    )
    (row,) = projects(text)
    assert row.name == "六合岚智能制造工厂项目"
    assert (row.amount_low, row.stage, row.date) == (3e8, "开工", "2024-05-13")
    assert len(row.evidence) == 2


def test_the_total_of_many_belongs_to_none_of_them(projects: Find) -> None:
    text = (
        "5月9日，长沙经开区举行签约活动，宏岚科技芯片项目、远岚生物疫苗项目等7个项目集中签约，"
        "总投资206亿元。"
    )
    assert [(p.name, p.amount_low, p.stage) for p in projects(text)] == [
        ("宏岚科技芯片项目", None, "签约"),
        ("远岚生物疫苗项目", None, "签约"),
    ]
    (total,) = projects(text, kind="aggregate")
    assert (total.amount_low, total.stage, total.park) == (2.06e10, "签约", "长沙经开区")


def test_each_of_two_projects_has_its_own_amount_and_stage(projects: Find) -> None:
    text = "宏岚科技芯片项目总投资5亿元，已开工；远岚生物疫苗项目总投资2亿元，已投产。"
    assert [(p.amount_low, p.stage) for p in projects(text)] == [(5e8, "开工"), (2e8, "投产")]


def test_the_items_of_a_list_share_the_verb(projects: Find) -> None:
    text = "2021年，全区有力岚浦、云岚智城等18个项目动工，张岚科技等9个项目投产。"
    assert [(p.name, p.stage, p.date) for p in projects(text)] == [
        ("力岚浦", "开工", "2021"),
        ("云岚智城", "开工", "2021"),
        ("张岚科技", "投产", "2021"),
    ]


def test_a_sentence_about_the_project_goes_on(projects: Find) -> None:
    text = "孚岚科技电池项目在赣州经开区签约。该项目总投资50亿元，用地600亩。"
    (row,) = projects(text)
    assert row.amount_low == 5e9
    assert row.area_m2 == pytest.approx(400_000)


def test_what_the_project_builds_is_no_other_project(projects: Find) -> None:
    text = (
        "孚岚科技磷酸铁锂项目在赣州经开区开工。该项目总投资45亿元，建设年产20万吨磷酸铁锂生产线。"
    )
    (row,) = projects(text)
    assert (row.name, row.amount_low) == ("孚岚科技磷酸铁锂项目", 4.5e9)


def test_a_park_told_only_by_its_body_is_the_park(projects: Find) -> None:
    text = "宏岚科技有限公司与长沙经济技术开发区管委会签订协议。项目总投资5亿元。"
    (row,) = projects(text)
    assert (row.park, row.amount_low) == ("长沙经开区", 5e8)


def test_what_is_planned_is_built_now(projects: Find) -> None:
    text = "蓝岚视讯显示产业园项目预计年底竣工投产。"
    (row,) = projects(text)
    assert (row.stage, row.date) == ("在建", None)


@pytest.mark.parametrize(
    "text",
    [
        "宏岚科技芯片项目已投产，年产值15亿元。",
        "宏岚科技芯片项目签约，今年计划完成投资2亿元。",
    ],
)
def test_output_and_yearly_plans_are_no_investment(projects: Find, text: str) -> None:
    (row,) = projects(text)
    assert row.amount_low is None


@pytest.mark.parametrize(
    "text",
    [
        "全区优化营商环境，推动重点项目建设。",
        "瞄准千亿目标，亿元以上项目加快推进。",
        "产业项目投资增长9.7%。",
        "",
    ],
)
def test_general_talk_has_no_projects(projects: Find, text: str) -> None:
    assert projects(text) == []


def test_the_occasion_tells_stage_and_date(projects: Find) -> None:
    text = (
        "5月11日，合肥经开区举行重大项目集中签约仪式。\n"
        "总投资20亿元的鼎岚新能电池项目，预计明年6月投产。"
    )
    (row,) = projects(text, title="合肥经开区集中签约18个项目")
    assert (row.stage, row.date) == ("签约", "2024-05-11")


def test_a_table_is_read_by_its_head(projects: Find) -> None:
    text = (
        "长沙经开区发布一览表。\n"
        "序号\t项目名称\t投资方\t总投资（亿元）\t用地（亩）\t落户园区\t进展\n"
        "1\t智能重卡制造项目\t岚一集团有限公司\t32\t480\t长沙经开区\t已签约\n"
        "2\t预制菜中央厨房\t彭岚坊食品有限公司\t3\t45\t浏阳经开区\t已开工\n"
        "合计\t\t\t35\t525\t\t"
    )
    first, second = projects(text)
    assert (first.name, first.investors) == ("智能重卡制造项目", ("岚一集团有限公司",))
    assert first.amount_low == 3.2e9
    assert first.area_m2 == pytest.approx(320_000)
    assert (second.name, second.park, second.stage) == ("预制菜中央厨房", "浏阳经开区", "开工")
    assert second.adcode == "430181"


def test_foreign_money_keeps_its_currency(projects: Find) -> None:
    text = "德国汉岚集团将投资1.2亿美元在苏州工业园区建设研发中心及总部项目。"
    (row,) = projects(text)
    assert (row.amount_low, row.currency) == (1.2e8, "USD")
    assert row.investors == ("德国汉岚集团",)


def test_no_date_is_made_up_without_a_publish_date(projects: Find) -> None:
    (row,) = projects("去年5月，宏岚科技芯片项目签约。", published=None)
    assert row.date is None


def test_each_company_has_the_sum_of_its_own_clause(projects: Find) -> None:
    text = (
        "5月6日，滁州云泽高新区现场签约项目12个，签约总金额208亿元。其中，江苏瀚岚光电有限公司"
        "将投资20亿元建设三期扩产项目，宏岚集团投资5亿元建设研发中心，岚洋集团投资的热泵工厂项目投资额9亿元。"
    )
    rows = projects(text)
    assert [(p.name, p.investors, p.amount_low, p.stage, p.date) for p in rows] == [
        ("三期扩产项目", ("江苏瀚岚光电有限公司",), 2e9, "签约", "2024-05-06"),
        ("研发中心", ("宏岚集团",), 5e8, "签约", "2024-05-06"),
        ("热泵工厂项目", ("岚洋集团",), 9e8, "签约", "2024-05-06"),
    ]


def test_those_who_undertake_it_together_are_its_investors(projects: Find) -> None:
    text = (
        "沙洲工业有限公司与江苏瀚岚光电有限公司合资的岚洋乙烯项目在合肥经开区开工，总投资44亿元。"
    )
    (row,) = projects(text)
    assert row.investors == ("沙洲工业有限公司", "江苏瀚岚光电有限公司")


def test_a_park_is_in_a_place_only_by_its_whole_name(projects: Find) -> None:
    text = "岚洋热泵项目落户甘泉堡经济技术开发区，总投资4亿元。"
    (row,) = projects(text)
    assert (row.park, row.place) == ("甘泉堡经开区", None)


def test_a_company_builds_a_phase_or_a_factory_without_a_name(projects: Find) -> None:
    text = (
        "江苏瀚岚光电有限公司三期工程目前已完成投资78亿元。该工程概算投资120亿元，2023年3月开工。"
    )
    (row,) = projects(text)
    assert (row.name, row.amount_low, row.stage) == ("江苏瀚岚光电有限公司三期工程", 1.2e10, "开工")
    text = "5月28日，江苏瀚岚光电有限公司新工厂在十堰经开区落成投产。新工厂总投资约45亿元。"
    (row,) = projects(text)
    assert (row.name, row.amount_low, row.stage) == ("江苏瀚岚光电有限公司新工厂", 4.5e9, "投产")


def test_what_an_earlier_phase_has_reached_is_not_said_of_this_one(projects: Find) -> None:
    text = (
        "江苏瀚岚光电有限公司投资14亿元的瀚岚电池生产基地二期厂房已建成，计划7月试产。"
        "该基地一期已于去年9月投产。"
    )
    (row,) = projects(text)
    assert (row.stage, row.date) == ("在建", None)


def test_the_place_before_a_park_is_its_place(projects: Find) -> None:
    text = "岚洋热泵项目落户大连长兴岛经济技术开发区，总投资4亿元。"
    (row,) = projects(text)
    assert (row.park, row.place) == ("长兴岛经开区", "大连市")


def test_a_park_named_like_another_place_is_where_its_table_says(projects: Find) -> None:
    text = "10月9日，宜宾三江新区管委会与鼎澄锂电材料公司签约，岚洋热泵项目落户，总投资4亿元。"
    (row,) = projects(text)
    assert (row.park, row.place) == ("三江新区", "宜宾市")


def test_the_title_tells_the_place_where_the_text_does_not(projects: Find) -> None:
    text = "岚洋热泵项目落户南太湖新区，总投资4亿元。"
    (row,) = projects(text, "湖州南太湖新区签约热泵项目")
    assert (row.park, row.place) == ("南太湖新区", "湖州市")


def test_shares_of_the_owners_are_no_projects_of_theirs(projects: Find) -> None:
    text = (
        "9月10日，格尔木100MW/400MWh独立储能电站项目在昆仑经开区开工建设。"
        "项目由青海晟岚储能有限公司和昆仑绿能开发集团共同投资，双方持股比例分别为60%和40%，总投资7.8亿元。"
    )
    (row,) = projects(text)
    assert row.name == "格尔木100MW/400MWh独立储能电站项目"
    assert row.investors == ("青海晟岚储能有限公司", "昆仑绿能开发集团")
    assert row.amount_low == 7.8e8


def test_projects_that_are_counted_are_not_one(projects: Find) -> None:
    text = "截至9月底，云泽新区已签约动力电池及配套项目46个，已有17个项目建成投产。"
    assert projects(text) == []


def test_this_company_is_the_one_told_before(projects: Find) -> None:
    text = (
        "4月26日，岚山轴承有限公司在滁州经开区举行轴承工厂扩建项目开工仪式。"
        "这家来自北欧的制造商宣布增资1.2亿美元，把产能提高一倍。"
    )
    (row,) = projects(text)
    assert (row.amount_low, row.currency, row.stage) == (1.2e8, "USD", "开工")
    text = (
        "江苏瀚岚复材有限公司是第一批客商。"
        "企业早年靠做管材起家，2023年投资11亿元建设碳纤维复合材料产业园。"
    )
    (row,) = projects(text)
    assert row.investors == ("江苏瀚岚复材有限公司",)


def test_a_batch_of_machines_is_no_batch_of_projects(projects: Find) -> None:
    text = "3月，岚洋热泵项目在滁州经开区动工。5月6日,最后一批设备调试完毕,项目全面投产。"
    (row,) = projects(text)
    assert (row.stage, row.date) == ("投产", "2024-05-06")
