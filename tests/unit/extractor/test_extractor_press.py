"""How newspapers, announcements and tables of all provinces write names and projects."""

from collections.abc import Callable

import pytest
from making import MakeArticle

from services.contracts.messages import Project
from services.extractor.entities.recognise import recognise
from services.extractor.extract import extract
from services.extractor.segment import read_words

Find = Callable[..., list[Project]]


def found(text: str, kind: str, title: str = "") -> list[str]:
    return [e.text for e in recognise(read_words(text), title).entities if e.type == kind]


@pytest.fixture
def projects(make_article: MakeArticle) -> Find:
    def find(text: str, title: str = "") -> list[Project]:
        told = extract(make_article(text, title)).projects
        return [p for p in told if p.kind == "project"]

    return find


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今年以来，余杭已出让工业用地9宗。", ["余杭"]),
        ("佛山顺德的企业到访", ["佛山", "顺德"]),
        ("项目落户北川县和恩施州", ["北川县", "恩施州"]),
        ("位于杭州市西湖区文二西路52号", ["杭州市西湖区文二西路"]),
        ("沣西新城、临港新城同日开工，打造产业新城", ["沣西新城", "临港新城"]),
        ("地块东至云台路，南至规划绿地", ["云台路"]),
        ("“吉林三号”卫星在轨运行", []),
    ],
)
def test_places(text: str, expected: list[str]) -> None:
    assert found(text, "place") == expected


def test_a_district_and_an_autonomous_county_have_their_codes() -> None:
    told = recognise(read_words("余杭与北川县签约"), "").entities
    assert [(e.name, e.adcode) for e in told] == [
        ("余杭区", "330110"),
        ("北川羌族自治县", "510726"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("由合肥岚投资本创业投资管理有限公司管理", ["合肥岚投资本创业投资管理有限公司"]),
        ("合肥阳光电澜科技有限公司", ["合肥阳光电澜科技有限公司"]),
        ("内蒙古大全新岚能源有限公司", ["内蒙古大全新岚能源有限公司"]),
        ("安徽省岚山投资集团控股有限公司", ["安徽省岚山投资集团控股有限公司"]),
        ("合肥市建设投资控股（集团）有限公司到访", ["合肥市建设投资控股（集团）有限公司"]),
        ("暨无锡市廊岚运输有限公司揭牌", ["无锡市廊岚运输有限公司"]),
        ("四川能投与中铁十六局合作", ["四川能投", "中铁十六局"]),
        ("来自韩国的HANLAN公司", ["HANLAN公司"]),
        ("巴斯夫（BASF）与园区合作", ["巴斯夫", "BASF"]),
        ("夷陵区与金澜循环签约", ["金澜循环"]),
        ("国家电投投资的项目", ["国家电投"]),
        ("厦钨新能源与厦钨新能到访", ["厦钨新能源", "厦钨新能"]),
        ("光学应用材料项目落户", []),
        ("开发区与高新区签约", []),
        ("据港媒报道，外媒关注", []),
        ("有80亿元项目1个、15亿元项目2个等项目", []),
    ],
)
def test_companies(text: str, expected: list[str]) -> None:
    assert found(text, "company") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("潜江日报讯（记者 陈 岚 唐小云）昨日", ["陈 岚", "唐小云"]),
        ("赣江日报讯（刘 岚 特约记者肖 云）走进园区", ["刘 岚", "肖 云"]),
        ("市长李 岚致辞", ["李 岚"]),
        ("董事长 王 岚告诉记者", ["王 岚"]),
        ("，李海岚董事长、邹检云副董事长到场", ["李海岚", "邹检云"]),
        ("执行董事会成员凯岚（Markus Kailan）说", ["凯岚", "Markus Kailan"]),
        ("记者 宁波 报道", []),
        ("记者：黄石、安庆", []),
    ],
)
def test_persons(text: str, expected: list[str]) -> None:
    assert found(text, "person") == expected


def test_a_name_set_wide_is_the_name() -> None:
    told = recognise(read_words("市长李 岚致辞，李岚说"), "").entities
    assert [e.name for e in told if e.type == "person"] == ["李岚", "李岚"]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("高新区党工委委员、管委会副主任曾云", "title", ["委员", "副主任"]),
        ("市政协主席周云", "title", ["主席"]),
        ("高新区党工委委员、管委会副主任曾云", "government", ["高新区党工委", "管委会"]),
        ("市国资委、省委改革办", "government", ["市国资委", "省委改革办"]),
        ("市自然资源局余杭分局", "government", ["市自然资源局余杭分局"]),
        ("市税务局高新区分局", "government", ["市税务局高新区分局"]),
        ("四川省天府新区建设管理委员会", "government", ["四川省天府新区建设管理委员会"]),
        ("以自然资源部门测量为准", "government", []),
        ("中科院岚光所", "organization", ["中科院岚光所"]),
        ("浙江省发展规划研究院", "organization", ["浙江省发展规划研究院"]),
    ],
)
def test_bodies(text: str, kind: str, expected: list[str]) -> None:
    assert found(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("长春净月高新区开工", ["长春净月高新区"]),
        ("无为经开区签约", ["无为经开区"]),
        ("武汉经开综合保税区封关", ["武汉经开综合保税区"]),
        ("西安国际港务区、榆神工业区", ["西安国际港务区", "榆神工业区"]),
        ("在甘肃省武威市凉州区云滩光伏治沙示范园区", ["甘肃省武威市凉州区云滩光伏治沙示范园区"]),
        ("厦门软件园与余杭数字科技产业园", ["厦门软件园", "余杭数字科技产业园"]),
        ("中国（南昌）中医药科创城", ["中国（南昌）中医药科创城"]),
        ("依托余杭装备制造园区", ["余杭装备制造园区"]),
        ("发展LED产业园", []),
        ("东部地区国家级经开区", []),
    ],
)
def test_parks(text: str, expected: list[str]) -> None:
    assert found(text, "park") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("百万头生猪屠宰项目开工", ["百万头生猪屠宰项目"]),
        ("宇航级岚钛板材项目开工", ["宇航级岚钛板材项目"]),
        ("电池级碳酸锂项目开工", ["电池级碳酸锂项目"]),
        ("总投资8亿元的岚洋公司落户岚光科技园", []),
        ("10万吨/年高纯石英项目开工", ["10万吨/年高纯石英项目"]),
        ("总投资20亿元的贵金属富集再生现代产业基地项目", ["贵金属富集再生现代产业基地项目"]),
        ("投资5亿元的岚洋公司落户高新区建设岚洋电池生产基地", ["岚洋电池生产基地"]),
        ("投资6亿元的岚湖提锂项目落户余杭工业园", ["岚湖提锂项目"]),
        ("1\t精密带钢轧制项目\t岚钢集团", ["精密带钢轧制项目"]),
        ("1\t年处理尾矿综合利用项目\t岚钢集团", ["年处理尾矿综合利用项目"]),
        ("岚工重装风电基地（总投资32亿元）、岚海装备项目等", ["岚工重装风电基地", "岚海装备项目"]),
        ("宏岚科技园项目和云海电池项目签约", ["宏岚科技园项目", "云海电池项目"]),
        ("加快宏岚科技风电装备制造基地建设", ["宏岚科技风电装备制造基地"]),
        ("签下23个集成电路项目", []),
        ("是全省最大的风电项目", []),
        ("德州招商引资项目集中开工", []),
        ("二期工程项目总投资15亿元", []),
    ],
)
def test_names_of_projects(text: str, expected: list[str]) -> None:
    assert found(text, "project") == expected


def test_a_fair_for_investment_is_no_talk_of_a_project(projects: Find) -> None:
    text = "投资贸易洽谈会上，总投资8亿元的岚洋热泵项目落户余杭区。"
    (row,) = projects(text)
    assert row.stage == "签约"


def test_a_meeting_to_sign_is_a_signing(projects: Find) -> None:
    text = "5月11日，余杭区招商签约会上，总投资8亿元的岚洋热泵项目亮相。"
    (row,) = projects(text)
    assert (row.stage, row.date) == ("签约", "2024-05-11")


def test_a_stage_after_which_something_follows_is_none(projects: Find) -> None:
    text = "岚洋热泵项目总投资8亿元，建成投产后年产值9亿元。"
    (row,) = projects(text)
    assert row.stage is None


@pytest.mark.parametrize(
    "text",
    [
        "岚洋集团认缴出资12亿元，占比40%。",
        "余杭经开区、岚洋集团签约，设立规模50亿元的产业基金，首期10亿元。",
        "岚洋集团出资3800万元，持股38%。",
        "岚洋集团等8家企业签约，总投资23亿元。",
    ],
)
def test_shares_and_funds_are_no_investments_in_a_project(projects: Find, text: str) -> None:
    assert [p.amount_low for p in projects(text) if p.amount_low] == []


def test_a_project_lies_in_the_county_of_its_sentence(projects: Find) -> None:
    text = (
        "绵阳市32个项目集中开工，绵阳市领导出席。"
        "在江油市分会场，岚钢合金项目开工，总投资12亿元。"
        "在三台县，岚农屠宰项目开工，总投资5亿元。"
    )
    assert [(p.name, p.place) for p in projects(text)] == [
        ("岚钢合金项目", "江油市"),
        ("岚农屠宰项目", "三台县"),
    ]


def test_who_pays_is_the_investor(projects: Find) -> None:
    text = "国家电投投资5亿元建设的纳岚光伏制氢项目开工。"
    (row,) = projects(text)
    assert row.investors == ("国家电投",)


def test_a_park_that_is_built_is_not_where_the_others_lie(projects: Find) -> None:
    text = "总投资30亿元的岚洋家电产业园项目、总投资10亿元的宏岚磷酸铁锂项目开工。"
    assert [(p.name, p.park) for p in projects(text)] == [
        ("岚洋家电产业园项目", None),
        ("宏岚磷酸铁锂项目", None),
    ]


def test_nor_is_it_where_the_sum_of_several_is_invested(make_article: MakeArticle) -> None:
    text = "宏岚科技园项目等12个项目集中开工，总投资80亿元。"
    told = extract(make_article(text)).projects
    assert [p.park for p in told if p.kind == "aggregate"] == [None]


def test_what_several_cost_is_not_what_one_of_them_costs(projects: Find) -> None:
    text = "岚洋热泵项目开工，宏岚电池等新能源项目预计总投资80亿元。"
    assert [(p.name, p.amount_low) for p in projects(text)] == [("岚洋热泵项目", None)]


def test_a_park_lies_in_the_last_of_the_divisions_before_its_name(projects: Find) -> None:
    text = "云南省曲靖市沾益区工业园区传来喜讯。岚钢合金项目开工，总投资12亿元。"
    (row,) = projects(text)
    assert row.place == "沾益区"
