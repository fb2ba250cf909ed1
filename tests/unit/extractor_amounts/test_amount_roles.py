import pytest

from services.extractor.amounts import find_amounts


def roles(text: str) -> list[tuple[str, str]]:
    return [(amount.text, amount.role) for amount in find_amounts(text)]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("项目总投资36亿元", "total_investment"),
        ("计划投资约100亿元建设产业园", "total_investment"),
        ("一家投资百亿的平台", "total_investment"),
        ("年度计划投资125.5亿元", "annual_plan"),
        ("2024年计划投资3亿元", "annual_plan"),
        ("一期工程投资5.6亿元", "phase_investment"),
        ("累计合同引资额460.5亿元", "contract_value"),
        ("实际利用外资2.1亿美元", "contract_value"),
        ("实现地区生产总值467.3亿元", "gdp"),
        ("园区产值达20亿元", "output_value"),
        ("预计带来30亿元产值", "output_value"),
        ("技工贸收入5000亿元", "revenue"),
        ("年纳税3000万元", "tax"),
        ("固定资产投资268.9亿元", "other"),
        ("注册资本1亿元", "other"),
        ("工业增加值增长27.7%", "growth"),
        ("履约率达100%", "other"),
        ("占地200亩", "land_area"),
        ("出让面积46218平方米", "land_area"),
        ("配套储能，年制氢2万吨", "capacity"),
        ("设计处理规模为每日5万立方米", "capacity"),
        ("以自筹资金2亿元建设", "total_investment"),
        ("新增到账外资3亿美元", "contract_value"),
        ("用地面积12公顷", "land_area"),
        ("盘活3071亩", "land_area"),
        ("总建筑面积35万平方米", "floor_area"),
        ("2万㎡标准厂房", "floor_area"),
        ("员工3000余人", "headcount"),
        ("提供500个就业岗位", "headcount"),
        ("新签项目162个", "project_count"),
        ("96个市级重点项目", "project_count"),
        ("年产5万吨正极材料", "capacity"),
        ("装机容量1.2GW", "capacity"),
        ("日供水能力20万吨", "capacity"),
        ("3000吨/日水泥熟料生产线", "capacity"),
        ("新建12条生产线", "other"),
        ("人均GDP突破9万元", "other"),
        ("8个部门联合推进项目", "other"),
    ],
)
def test_role_of_one_amount(text: str, role: str) -> None:
    ((_, found),) = roles(text)
    assert found == role


def test_each_amount_of_a_sentence_has_its_own_role() -> None:
    text = "项目总投资12亿元，用地120亩，达产后年产值30亿元、年税收1.5亿元，带动就业800人。"
    assert [role for _, role in roles(text)] == [
        "total_investment",
        "land_area",
        "output_value",
        "tax",
        "headcount",
    ]


def test_the_second_of_a_list_is_said_of_the_same() -> None:
    assert roles("产值分别达3亿元、5亿元") == [
        ("达3亿元", "output_value"),
        ("5亿元", "output_value"),
    ]
    assert roles("总投资50亿元（约合7亿美元）")[1] == ("约合7亿美元", "total_investment")
    assert roles("年产100万套座椅、50万台电机")[1] == ("50万台", "capacity")
    assert roles("年产电表500万只、充电桩2万台")[1] == ("2万台", "capacity")


def test_completed_projects_are_counted_by_the_verb() -> None:
    assert roles("全年开工项目42个，竣工44个")[1] == ("44个", "project_count")


def test_the_bucket_is_no_investment_of_the_projects_before_it() -> None:
    assert roles("产业项目42个，5亿元以上项目14个")[1] == ("5亿元以上", "other")


def test_what_it_was_and_what_it_is_are_said_of_the_same() -> None:
    assert roles("年产能由20GWh提升至32GWh") == [("20GWh", "capacity"), ("32GWh", "capacity")]
    assert roles("产值突破千亿元，达1062亿元")[1] == ("达1062亿元", "output_value")
    assert roles("去年销售额达到12亿元，今年有望突破15亿元")[1] == ("突破15亿元", "revenue")
    assert roles("注册资本5亿元，员工2000人")[1] == ("2000人", "headcount")


def test_a_list_of_capacities_goes_on_over_units_and_commas() -> None:
    assert roles("年产2000吨磁材和1000万台套组件")[1] == ("1000万台套", "capacity")
    assert roles("年产4000吨保温材料，5万吨晶须材料")[1] == ("5万吨", "capacity")
    assert roles("年制绿氢3万吨、绿氧24万吨") == [("3万吨", "capacity"), ("24万吨", "capacity")]


def test_what_a_project_is_to_make_is_its_capacity() -> None:
    assert roles("岚疆2400吨高纯铝项目开工") == [("2400吨", "capacity")]
