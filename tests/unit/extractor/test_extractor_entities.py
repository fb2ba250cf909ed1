from itertools import pairwise

import pytest

from services.extractor.entities.recognise import recognise
from services.extractor.segment import read_words


def found(text: str, kind: str, title: str = "") -> list[str]:
    return [e.text for e in recognise(read_words(text), title).entities if e.type == kind]


def names(text: str, kind: str, title: str = "") -> list[str]:
    return [e.name for e in recognise(read_words(text), title).entities if e.type == kind]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("近日，湖南麦岭科技有限公司在园区投产。", ["湖南麦岭科技有限公司"]),
        ("4月18日，六和盛鼎机械有限公司与高新区签约。", ["六和盛鼎机械有限公司"]),
        ("来的有宏图集团、的鲁技术有限公司等。", ["宏图集团", "的鲁技术有限公司"]),
        ("易时特（湖南）科技有限公司的产线", ["易时特（湖南）科技有限公司"]),
        ("位于科技城的诺岚科技项目", ["诺岚科技"]),
        ("江苏华岚投资发展集团有限公司到访", ["江苏华岚投资发展集团有限公司"]),
        ("比亚迪、宁德时代先后落户", ["比亚迪", "宁德时代"]),
        ("格力电器（赣州）智能制造基地", ["格力电器（赣州）"]),
        ("我县与中岚睿辉集团签署协议", ["中岚睿辉集团"]),
        ("项目由中睿集团投资", ["中睿集团"]),
        ("年初，一季度云澜科技有限公司投产", ["云澜科技有限公司"]),
        ("园区已有云澜科技有限公司", ["云澜科技有限公司"]),
        ("记者据新辉科技有限公司介绍", ["新辉科技有限公司"]),
        ("由衡阳高新投资集团有限公司建设", ["衡阳高新投资集团有限公司"]),
        ("与岚山控股集团有限公司签约", ["岚山控股集团有限公司"]),
        ("与中国电子科技集团公司签约", ["中国电子科技集团公司"]),
        ("中国船舶集团公司第七研究所到访", ["中国船舶集团公司第七研究所"]),
        ("国有企业和上市公司都是龙头企业", []),
        ("这家公司是高新技术企业，该公司运营良好", []),
        ("发展电子信息、生物医药、新材料产业", []),
        ("打造先进制造业集群，建设科技园", []),
        ("优化营商环境，推动信息科技创新", []),
        ("纵观三省一市生态环境", []),
    ],
)
def test_companies(text: str, expected: list[str]) -> None:
    assert found(text, "company") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("早春时节的株洲高新区", ["株洲高新区"]),
        ("2024年云泽高新区完成产值90亿元", ["云泽高新区"]),
        ("5月6日云泽高新区签约", ["云泽高新区"]),
        ("项目落户合肥经济技术开发区。", ["合肥经济技术开发区"]),
        ("位于新岭创新园的项目", ["新岭创新园"]),
        ("选址成都天府国际生物城", ["成都天府国际生物城"]),
        ("在苏州工业园区投资", ["苏州工业园区"]),
        ("武汉东湖高新区、中关村和雄安新区", ["武汉东湖高新区", "中关村", "雄安新区"]),
        ("项目在沈阳中德产业园开工", ["沈阳中德产业园"]),
        ("全国高新区排名，国家级经开区", []),
        ("各产业园区要建设现代化新区", []),
        ("对标“五好”园区标准", []),
        ("这些园区和民营科技园", []),
    ],
)
def test_parks(text: str, expected: list[str]) -> None:
    assert found(text, "park") == expected


def test_a_bare_type_stands_for_the_park_that_the_article_names() -> None:
    text = "株洲高新区签约项目7个。高新区党工委书记致辞，新区发展势头好，国家级高新区不少。"
    entities = recognise(read_words(text), "").entities
    parks = [(e.text, e.name) for e in entities if e.type == "park"]
    assert parks == [("株洲高新区", "株洲高新区"), ("新区", "株洲高新区")]
    assert [e.text for e in entities if e.type == "government"] == ["高新区党工委"]


def test_a_bare_type_is_none_where_no_park_is_named() -> None:
    assert found("高新区是创新的主阵地，新区也是。", "park") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("湖南省工业和信息化厅发布文件", ["湖南省工业和信息化厅"]),
        ("省委、省政府高度重视", ["省委", "省政府"]),
        ("株洲市委常委、市人民政府副市长", ["株洲市委", "市人民政府"]),
        ("与苏州工业园区管委会签署协议", ["苏州工业园区管委会"]),
        ("商务部和国家发改委", ["商务部", "国家发改委"]),
        ("受委托的委员会委员来到城市", []),
    ],
)
def test_government(text: str, expected: list[str]) -> None:
    assert found(text, "government") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("岳阳日报·掌上岳阳讯（记者/周岚）", ["岳阳日报", "掌上岳阳"]),
        ("新华社北京3月3日电（记者李明）", ["新华社"]),
        ("引进长沙市一中合作办学", ["长沙市一中"]),
        ("与湖南大学、中国半导体行业协会合作", ["湖南大学", "中国半导体行业协会"]),
        ("中国人民政治协商会议召开，学院和研究院很多", []),
    ],
)
def test_organizations(text: str, expected: list[str]) -> None:
    assert found(text, "organization") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("积极对接长沙市雨花区、浏阳市", ["长沙市雨花区", "浏阳市"]),
        ("株洲和湘潭联动，融入长三角", ["株洲", "湘潭", "长三角"]),
        ("产品销往德国、日本", ["德国", "日本"]),
        ("城铁开到长沙高铁南站", ["长沙高铁南站"]),
        ("资源丰富，和平发展，朝阳产业", []),
        ("先行探路，思路决定出路", []),
    ],
)
def test_places(text: str, expected: list[str]) -> None:
    assert found(text, "place") == expected


def test_a_place_within_another_name_is_not_told_again() -> None:
    text = "株洲高新区、湖南麦岭科技有限公司和湖南省商务厅"
    assert found(text, "place") == []


def test_a_place_has_its_code() -> None:
    (entity,) = recognise(read_words("项目在株洲落地"), "").entities
    assert (entity.type, entity.name, entity.adcode) == ("place", "株洲市", "430200")


@pytest.mark.parametrize(
    ("text", "persons", "titles"),
    [
        (
            "市委常委、统战部部长龙志诚，副市长杨岚节",
            ["龙志诚", "杨岚节"],
            ["常委", "统战部部长", "副市长"],
        ),
        ("通讯员 赵丽 殷莎 文小可)春日", ["赵丽", "殷莎", "文小可"], []),
        ("记者/李娟 通讯员/张海岚) 近日", ["李娟", "张海岚"], []),
        ("总经理周立说，董事长张英等出席", ["周立", "张英"], ["总经理", "董事长"]),
        ("区领导陈安岚、黄立民、蒋成参加", ["陈安岚", "黄立民", "蒋成"], ["区领导"]),
        ("首席执行官马丁·施耐德出席仪式", ["马丁·施耐德"], ["首席执行官"]),
        ("产业高端化，高度重视，方案落实", [], []),
    ],
)
def test_persons_and_titles(text: str, persons: list[str], titles: list[str]) -> None:
    assert found(text, "person") == persons
    assert found(text, "title") == titles


def test_a_person_named_once_is_found_again() -> None:
    assert found("董事长罗岚生到会。罗岚生很有感触。", "person") == ["罗岚生", "罗岚生"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("总投资36亿元的新能源产业基地项目", ["新能源产业基地项目"]),
        ("诺岚科技碳化硅设备项目于今年签约", ["诺岚科技碳化硅设备项目"]),
        ("总投资35亿元的中科晶岚12英寸硅片项目落户", ["中科晶岚12英寸硅片项目"]),
        ("引进重点项目、重大产业项目、该项目、7个项目", []),
        ("优质农业项目和先进制造业项目", []),
        ("建筑新材料铝合金模板“双循环”基地建设项目", ["建筑新材料铝合金模板“双循环”基地建设项目"]),
    ],
)
def test_projects(text: str, expected: list[str]) -> None:
    assert found(text, "project") == expected


def test_a_project_holds_its_company() -> None:
    text = "易时特科技有限公司到场。易时特充电桩合作项目签约。"
    entities = recognise(read_words(text), "").entities
    inner = [e for e in entities if e.type == "company" and e.text == "易时特"]
    outer = [e for e in entities if e.type == "project"]
    assert [e.name for e in inner] == ["易时特科技有限公司"]
    assert outer[0].start == inner[0].start
    assert outer[0].end > inner[0].end


def test_items_of_a_count_of_projects_are_projects() -> None:
    text = "全区有力岚浦、云岚智城等18个项目动工，张岚科技等9个项目投产。"
    assert found(text, "project") == ["力岚浦", "云岚智城", "张岚科技"]
    assert "张岚科技" in found(text, "company")


def test_a_short_name_has_the_full_name() -> None:
    text = "安徽鼎岚新能源科技股份有限公司（以下简称“鼎岚新能”）到会，鼎岚新能将扩产。"
    assert set(names(text, "company")) == {"安徽鼎岚新能源科技股份有限公司"}


def test_names_do_not_overlap_but_for_projects() -> None:
    text = "合肥市委常委、合肥经开区党工委书记陈建岚到安徽鼎岚科技有限公司合肥基地调研。"
    spans = [(e.start, e.end) for e in recognise(read_words(text), "").entities]
    assert len(spans) == 7
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_the_group_keeps_its_name_beside_a_company_of_it() -> None:
    text = "法国岚维德集团到访。岚维德集团设立了岚维德（昆山）医疗科技有限公司。"
    assert names(text, "company")[:2] == ["法国岚维德集团"] * 2


def test_a_city_told_twice_is_no_county_of_its_own() -> None:
    entities = recognise(read_words("项目落户衡阳。衡阳今年还有三个。"), "").entities
    assert [(e.name, e.adcode) for e in entities if e.type == "place"] == [("衡阳市", "430400")] * 2
