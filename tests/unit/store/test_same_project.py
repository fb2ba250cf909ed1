from typing import Any
from uuid import UUID

import pytest

from services.store.merge import merge
from services.store.same_project import Known, Link, Telling, keys, projects

PARK: dict[str, Any] = {"park": "云溪高新区", "place": "云溪市", "adcode": "990100"}


def _telling(number: int, name: str, **fields: Any) -> Telling:
    return Telling(article_id=UUID(int=number), position=0, kind="project", name=name, **fields)


def _grouped(*tellings: Telling, passage: str = "") -> list[dict[Any, Link]]:
    return projects({t.at: Known(t, keys(t, passage)) for t in tellings})


SAME = [
    # A name of some length, and the park.
    (("高端轴承生产基地项目", PARK), ("高端轴承生产基地", PARK)),
    # Its investor in the name of one, and the end of a company's name in the other.
    (
        ("远岫精密轴承项目", {"investors": ["远岫精密有限公司"], **PARK}),
        ("轴承项目", {"investors": ["远岫精密股份有限公司"], **PARK}),
    ),
    # No name that agrees, but who invests how much.
    (
        ("智能工厂", {"investors": ["远岫精密"], "amount_low": 3.6e9, "currency": "CNY"}),
        ("投资落户", {"investors": ["远岫精密"], "amount_low": 3.6e9, "currency": "CNY"}),
    ),
    # An amount that has grown a little, in a district of the same city.
    (
        ("高端轴承生产基地", {"amount_low": 3.6e9, "currency": "CNY", "adcode": "990100"}),
        ("高端轴承生产基地", {"amount_low": 3.5e9, "currency": "CNY", "adcode": "990123"}),
    ),
]
OTHER = [
    (("高端轴承生产基地", {}), ("高端轴承生产基地", {})),  # nothing but the name
    (("产业园项目", PARK), ("产业园项目", PARK)),  # a name of few characters
    (("高端轴承一期项目", PARK), ("高端轴承二期项目", PARK)),
    (
        ("高端轴承生产基地", {**PARK, "amount_low": 3.6e9, "currency": "CNY"}),
        ("高端轴承生产基地", {**PARK, "amount_low": 9e9, "currency": "CNY"}),
    ),
    (("高端轴承生产基地", PARK), ("高端轴承生产基地", {**PARK, "adcode": "980100"})),
    # One company builds two things in one park.
    (
        ("轴承厂项目", {**PARK, "investors": ["远岫精密"]}),
        ("研发中心项目", {**PARK, "investors": ["远岫精密"]}),
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_project(one: tuple[str, Any], other: tuple[str, Any]) -> None:
    [group] = _grouped(_telling(1, one[0], **one[1]), _telling(2, other[0], **other[1]))
    assert all(0.85 <= link.confidence < 1 for link in group.values())


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_two_projects(one: tuple[str, Any], other: tuple[str, Any]) -> None:
    assert len(_grouped(_telling(1, one[0], **one[1]), _telling(2, other[0], **other[1]))) == 2


def test_a_repost_is_known_by_its_passage() -> None:
    tellings = _telling(1, "养老院项目"), _telling(2, "养老院项目")
    assert len(_grouped(*tellings)) == 2
    [group] = _grouped(*tellings, passage="养老院项目昨日开工。")
    assert {link.agreement for link in group.values()} == {("short name", "passage")}


def test_two_of_one_article_are_two_whatever_they_have_in_common() -> None:
    one = _telling(1, "高端轴承生产基地", **PARK)
    two = Telling(article_id=one.article_id, position=1, kind="project", name=one.name, **PARK)
    assert len(_grouped(one, two)) == 2


def test_a_total_is_no_project() -> None:
    one = _telling(1, "高端轴承生产基地", **PARK)
    total = Telling(article_id=UUID(int=2), position=0, kind="aggregate", name=one.name, **PARK)
    assert len(_grouped(one, total)) == 2


def test_what_most_say_stands_and_the_newest_among_equals() -> None:
    tellings = [
        _telling(1, "轴承项目", stage="签约", date="2024-03", amount_low=1e8, currency="CNY"),
        _telling(2, "轴承项目", stage="开工", date="2024-05", amount_low=2e8, currency="CNY"),
        _telling(3, "轴承基地", stage="签约", date="2024-02", investors=["远岫"], park="甲区"),
    ]
    merged = merge({t.at: t for t in tellings}, {t.at: Link(0.9, ()) for t in tellings})
    assert (merged.name, merged.amount_low, merged.park) == ("轴承项目", 2e8, "甲区")
    assert (merged.latest, merged.investors) == (tellings[1], ("远岫",))
    assert merged.stages == ("签约 2024-02", "开工 2024-05")
    assert (merged.articles, merged.confidence) == (3, 0.9)
