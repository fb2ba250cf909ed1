import pytest

from services.extractor import tables
from services.extractor.entities.divisions import short_form
from services.extractor.entities.gazetteer import by_code, gazetteer
from services.extractor.entities.place import resolve


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("株洲市", "株洲"),
        ("湖南省", "湖南"),
        ("广西壮族自治区", "广西"),
        ("湘西土家族苗族自治州", "湘西"),
        ("黔西南布依族苗族自治州", "黔西南"),
        ("双江拉祜族佤族布朗族傣族自治县", "双江"),
        ("锡林郭勒盟", "锡林郭勒"),
        ("理县", "理县"),
        ("雨花区", "雨花区"),
    ],
)
def test_the_short_form_is_the_name_without_its_class(name: str, short: str) -> None:
    assert short_form(name) == short


@pytest.mark.parametrize(
    ("form", "name", "adcode"),
    [
        ("株洲", "株洲市", "430200"),
        ("北京", "北京市", "110000"),
        ("东莞", "东莞市", "441900"),
        ("内蒙古", "内蒙古自治区", "150000"),
        ("仙桃市", "仙桃市", "429004"),
        ("吉林", "吉林省", "220000"),
    ],
)
def test_a_form_is_resolved_to_a_name_and_a_code(form: str, name: str, adcode: str) -> None:
    place = resolve(form, ())
    assert place is not None
    assert (place.name, place.adcode) == (name, adcode)


def test_a_name_of_several_places_is_told_by_those_around_it() -> None:
    fuzhou = by_code("350100")
    assert fuzhou is not None
    assert resolve("鼓楼区", ()) is None
    place = resolve("鼓楼区", [fuzhou])
    assert place is not None
    assert place.adcode == "350102"


def test_every_code_has_six_digits() -> None:
    codes = {p.adcode for places in gazetteer().by_name.values() for p in places if p.adcode}
    assert len(codes) > 3000
    assert all(len(code) == 6 and code.isdecimal() for code in codes)


def test_an_unknown_name_is_no_place() -> None:
    assert resolve("宏图", ()) is None


def test_every_park_lies_in_a_division_that_there_is() -> None:
    codes = {code for _, code in tables.rows("parks.tsv") if code != "-"}
    assert [code for code in sorted(codes) if by_code(code) is None] == []
