import pytest
from making import MakeArticle

from services.extractor.extract import extract


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("永嘉经开区成立于2003年。去年，园区产值300亿元。", "永嘉经开区"),
        ("永嘉经开区地处浙南。该区产值300亿元。", "永嘉经开区"),
        ("记者走进温州市。去年，全市产值300亿元。", "温州市"),
        ("永嘉经开区优化服务；去年完成产值300亿元。", "永嘉经开区"),
        ("岚洋科技深耕泵业；产值300亿元。", None),
        ("投资300亿元的岚洋热泵项目在永嘉经开区签约。", "岚洋热泵项目"),
    ],
)
def test_of_whom_an_amount_is_said(
    make_article: MakeArticle, text: str, subject: str | None
) -> None:
    (amount,) = extract(make_article(text)).amounts
    assert amount.subject == subject


def test_a_park_has_one_name_in_an_article(make_article: MakeArticle) -> None:
    text = "滁州市云泽经济开发区集中开工。云泽经开区产值300亿元。"
    facts = extract(make_article(text))
    assert {e.name for e in facts.entities if e.type == "park"} == {"滁州云泽经开区"}
    assert facts.amounts[0].subject == "滁州云泽经开区"
