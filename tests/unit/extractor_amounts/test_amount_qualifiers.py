import pytest

from services.extractor.amounts import find_amounts


@pytest.mark.parametrize(
    ("text", "span", "qualifier"),
    [
        ("引资近870亿元", "近870亿元", "nearly"),
        ("用地约4150亩", "约4150亩", "approx"),
        ("用地4150亩左右", "4150亩左右", "approx"),
        ("大约十天", "大约十天", "approx"),
        ("总额超过206亿元", "超过206亿元", "over"),
        ("总额逾206亿元", "逾206亿元", "over"),
        ("产值突破千亿元", "突破千亿元", "over"),
        ("收入过1000亿元", "过1000亿元", "over"),
        ("吸引120余家", "120余家", "over"),
        ("花了3000多万元", "3000多万元", "over"),
        ("用了三年多", "三年多", "over"),
        ("用了一年多", "一年多", "over"),
        ("用了2个多月", "2个多月", "over"),
        ("5亿元以上的", "5亿元以上", "at_least"),
        ("亿元以上项目", "亿元以上", "at_least"),
        ("5000万元起，可议", "5000万元起", "at_least"),
        ("不低于5亿元", "不低于5亿元", "at_least"),
        ("至少3家", "至少3家", "at_least"),
        ("上亿元", "上亿元", "at_least"),
        ("不超过3000万元", "不超过3000万元", "at_most"),
        ("最高500万元", "最高500万元", "at_most"),
        ("不到90天", "不到90天", "at_most"),
        ("3个月不到", "3个月不到", "at_most"),
        ("10%以内", "10%以内", "at_most"),
        ("产值达20亿元", "达20亿元", "exact"),
        ("产值达到20亿元", "达到20亿元", "exact"),
        ("超5亿元以上", "超5亿元以上", "over"),
        ("最高不超过100万元", "最高不超过100万元", "at_most"),
        ("突破了3亿元", "突破了3亿元", "over"),
        ("来了数十家", "数十家", "range"),
        ("近三年", "近三年", "exact"),
        ("年产20万吨多晶硅", "20万吨", "exact"),
        ("宏旺达30GWh电池", "30GWh", "exact"),
    ],
)
def test_what_touches_an_amount_belongs_to_it(text: str, span: str, qualifier: str) -> None:
    (amount,) = find_amounts(text)
    assert (amount.text, amount.qualifier) == (span, qualifier)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("新签约128个项目", "128个"),
        ("节约5亿元", "5亿元"),
        ("通过3家企业", "3家"),
        ("经过5个月", "5个月"),
        ("到达3公里外", "3公里"),
        ("附近3公里", "3公里"),
        ("最近5天", "5天"),
        ("耗时不长，共5亿元起草完毕", "5亿元"),
    ],
)
def test_words_that_only_look_like_qualifiers(text: str, span: str) -> None:
    (amount,) = find_amounts(text)
    assert (amount.text, amount.qualifier) == (span, "exact")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("约5亿元", 5e8, 5e8),
        ("近5亿元", 5e8, 5e8),
        ("超5亿元", 5e8, None),
        ("5亿元以上", 5e8, None),
        ("不到5亿元", None, 5e8),
        ("5亿元以下", None, 5e8),
    ],
)
def test_bounds_by_qualifier(text: str, low: float | None, high: float | None) -> None:
    (amount,) = find_amounts(text)
    assert (amount.low, amount.high) == (low, high)
