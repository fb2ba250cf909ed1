import pytest

from services.extractor.entities.names import brand_forms, company_name, park_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("宏图(湖南)科技有限公司", "宏图（湖南）科技有限公司"),
        ("宏图 科技", "宏图科技"),
    ],
)
def test_a_company_is_spelt_one_way(text: str, name: str) -> None:
    assert company_name(text) == name


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("湖南远岚医疗科技发展有限公司", ("远岚医疗科技发展", "远岚医疗科技", "远岚医疗", "远岚")),
        ("宏图仕（湖南）科技有限公司", ("宏图仕科技", "宏图仕")),
        ("深圳市北岭生物有限公司", ("北岭生物", "北岭")),
        ("岚山集团", ("岚山",)),
    ],
)
def test_short_names_are_made_from_the_full_one(name: str, forms: tuple[str, ...]) -> None:
    assert brand_forms(name) == forms


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("株洲高新区", "株洲高新区"),
        ("株洲市高新技术产业开发区", "株洲高新区"),
        ("湖南省株洲市高新技术产业开发区", "株洲高新区"),
        ("长沙经济技术开发区", "长沙经开区"),
        ("常州国家高新区", "常州高新区"),
        ("赣州综合保税区", "赣州综保区"),
        ("云岭科技城", "云岭科技城"),
    ],
)
def test_a_park_has_the_short_form_of_its_place_and_type(text: str, name: str) -> None:
    assert park_name(text) == name
