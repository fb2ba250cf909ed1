from typing import Any

import pytest

from services.contracts.messages import Amount
from services.extractor.amounts import find_amounts


def one(text: str) -> Amount:
    found = find_amounts(text)
    assert len(found) == 1, found
    return found[0]


def texts(text: str) -> list[str]:
    return [amount.text for amount in find_amounts(text)]


@pytest.mark.parametrize(
    ("text", "span", "kind", "value", "unit"),
    [
        ("青石电子总投资36亿元。", "36亿元", "money", 3.6e9, "CNY"),
        ("斥资1.2亿美元建厂", "1.2亿美元", "money", 1.2e8, "USD"),
        ("募资30亿港元", "30亿港元", "money", 3e9, "HKD"),
        ("贷款9佰日元", "9佰日元", "money", 900, "JPY"),
        ("合同额5000万欧元", "5000万欧元", "money", 5e7, "EUR"),
        ("捐款三十万英镑", "三十万英镑", "money", 3e5, "GBP"),
        ("订单8亿新台币", "8亿新台币", "money", 8e8, "TWD"),
        ("注资8亿元人民币", "8亿元人民币", "money", 8e8, "CNY"),
        ("售价￥300", "￥300", "money", 300, "CNY"),
        ("每台US$1.5万", "US$1.5万", "money", 15_000, "USD"),
        ("退还人民币 50元", "人民币 50元", "money", 50, "CNY"),
        ("港币两千元", "港币两千元", "money", 2000, "HKD"),
        ("付了五元三角二分", "五元三角二分", "money", 5.32, "CNY"),
        ("才一块二", "一块二", "money", 1.2, "CNY"),
        ("壹佰贰拾万圆整", "壹佰贰拾万圆整", "money", 1.2e6, "CNY"),
        ("拿下5个亿", "5个亿", "money", 5e8, "CNY"),
        ("流转3071.5亩", "3071.5亩", "area", 3071.5 * 2000 / 3, "m2"),
        ("新城30平方公里", "30平方公里", "area", 3e7, "m2"),
        ("林地12公顷", "12公顷", "area", 120_000, "m2"),
        ("租下850㎡", "850㎡", "area", 850, "m2"),
        ("厂房6.8万平方米", "6.8万平方米", "area", 68_000, "m2"),
        ("合格率99.5%", "99.5%", "ratio", 99.5, "percent"),
        ("持股百分之三十", "百分之三十", "ratio", 30, "percent"),
        ("费率千分之五", "千分之五", "ratio", 0.5, "percent"),
        ("提高2.1个百分点", "2.1个百分点", "ratio", 2.1, "percent"),
        ("六成订单来自海外", "六成", "ratio", 60, "percent"),
        ("产量是去年的3.5倍", "3.5倍", "ratio", 350, "percent"),
        ("三八折出售", "三八折", "ratio", 38, "percent"),
        ("装机1.2GW", "1.2GW", "power", 1.2e9, "W"),
        ("风电300万千瓦", "300万千瓦", "power", 3e9, "W"),
        ("光伏50兆瓦", "50兆瓦", "power", 5e7, "W"),
        ("年产20GWh电池", "20GWh", "energy", 2e10, "Wh"),
        ("发电3.5亿千瓦时", "3.5亿千瓦时", "energy", 3.5e11, "Wh"),
        ("全年用电12亿度", "12亿度", "energy", 1.2e12, "Wh"),
        ("处理污泥5万吨", "5万吨", "mass", 50_000, "t"),
        ("提取3千克", "3千克", "mass", 0.003, "t"),
        ("全长126.8公里", "126.8公里", "length", 126_800, "m"),
        ("线宽28纳米", "28纳米", "length", 2.8e-8, "m"),
        ("蓄水2亿立方米", "2亿立方米", "volume", 2e8, "m3"),
        ("工期18个月", "18个月", "duration", 18 * 30 * 86_400, "s"),
        ("审批压到3个工作日", "3个工作日", "duration", 3 * 86_400, "s"),
        ("质保十五年", "十五年", "duration", 15 * 365 * 86_400, "s"),
        ("签约162个项目", "162个", "count", 162, "个"),
        ("入驻企业17家", "17家", "count", 17, "家"),
        ("吞吐量150万标箱", "150万标箱", "count", 1_500_000, "标箱"),
        ("客流1200万人次", "1200万人次", "count", 12_000_000, "人次"),
        ("常住人口20万，环境宜居", "20万", "count", 200_000, "人"),
        ("目标千亿", "千亿", "money", 1e11, "CNY"),
        ("投资20亿建设新区", "20亿", "money", 2e9, "CNY"),
    ],
)
def test_one_exact_amount(text: str, span: str, kind: str, value: float, unit: str) -> None:
    amount = one(text)
    assert (amount.text, amount.kind, amount.unit) == (span, kind, unit)
    assert amount.qualifier == "exact"
    assert amount.low == amount.high == pytest.approx(value)
    assert text[amount.start : amount.end] == amount.text


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("均价2.2万元/㎡", "CNY/m2", 22_000),
        ("地价30万元/亩", "CNY/m2", 450),
        ("电价0.5元/千瓦时", "CNY/Wh", 0.0005),
        ("水价3.2元/吨", "CNY/t", 3.2),
        ("租金25元/平方米·月", "CNY/m2/month", 25),
        ("门票130元/人", "CNY/人", 130),
        ("以每亩30万元出让", "CNY/m2", 450),
        ("租金每平方米每月15元", "CNY/m2/month", 15),
    ],
)
def test_prices(text: str, unit: str, value: float) -> None:
    amount = one(text)
    assert (amount.kind, amount.unit, amount.role) == ("price", unit, "price")
    assert amount.low == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("处理污水5万吨/日", "t/d", 50_000),
        ("供水3000立方米/小时", "m3/h", 3000),
        ("产能10万吨/年", "t/year", 100_000),
    ],
)
def test_rates(text: str, unit: str, value: float) -> None:
    amount = one(text)
    assert (amount.kind, amount.unit, amount.low) == ("rate", unit, value)


@pytest.mark.parametrize(
    ("text", "span", "low", "high"),
    [
        ("投资3.6亿至5亿元", "3.6亿至5亿元", 3.6e8, 5e8),
        ("投资3.6亿元至5亿元", "3.6亿元至5亿元", 3.6e8, 5e8),
        ("奖励30-50万元", "30-50万元", 3e5, 5e5),
        ("奖励500-1000万元", "500-1000万元", 5e6, 1e7),
        ("奖励5000-1万元", "5000-1万元", 5000, 1e4),
        ("每栋850—930㎡", "850—930㎡", 850, 930),
        ("月薪10k~15k", "10k~15k", 10_000, 15_000),
        ("占比10%-15%", "10%-15%", 10, 15),
        ("增幅5～8%", "5～8%", 5, 8),
        ("直径1.6m-3.9m", "1.6m-3.9m", 1.6, 3.9),
        ("投入十八至三十万元", "十八至三十万元", 180_000, 300_000),
        ("卖出八百到九百亿元", "八百到九百亿元", 8e10, 9e10),
        ("花了三到五百万元", "三到五百万元", 3e6, 5e6),
        ("投资3千至5千万元", "3千至5千万元", 3e7, 5e7),
        ("投资500万至1亿元", "500万至1亿元", 5e6, 1e8),
        ("收入一万（含）-五万元", "一万（含）-五万元", 10_000, 50_000),
    ],
)
def test_ranges(text: str, span: str, low: float, high: float) -> None:
    amount = one(text)
    assert (amount.text, amount.qualifier) == (span, "range")
    assert (amount.low, amount.high) == pytest.approx((low, high))


def test_two_units_with_a_slash_are_two_amounts() -> None:
    assert [(a.text, a.kind, a.low) for a in find_amounts("100MW/400MWh储能")] == [
        ("100MW", "power", 1e8),
        ("400MWh", "energy", 4e8),
    ]


def test_a_comma_does_not_glue_two_numbers() -> None:
    assert texts("项目48个,5亿元以上17个") == ["48个", "5亿元以上", "17个"]


def test_a_full_width_comma_groups_digits_but_not_after_a_sign() -> None:
    assert texts("投资1，200万元") == ["1，200万元"]
    assert texts("净利43，814，929元") == ["43，814，929元"]
    assert texts("选一个：$20，300美元") == ["$20", "300美元"]


def test_a_change_and_a_level_are_no_range() -> None:
    assert texts("上调0.6个百分点至1%") == ["0.6个百分点", "1%"]


def test_unlike_units_are_no_range() -> None:
    assert texts("提高50%到2025年") == ["50%"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("增速为-1.5%", -1.5),
        ("同比-3.2%", -3.2),
        ("负0.5%", -0.5),
        ("自负六成", 60),
        ("下降3.1%", 3.1),
    ],
)
def test_negative_ratios_as_written(text: str, value: float) -> None:
    assert one(text).low == value


def test_spaces_of_typesetting() -> None:
    assert one("投资 460 亿元").text == "460 亿元"
    assert one("百 分之 一百二十点五").low == 120.5
    assert one("四点 五个百分点").low == 4.5


@pytest.mark.parametrize(
    ("text", "value"), [("三斤半", 0.00175), ("等了一年半", 1.5 * 31_536_000), ("三成半", 35)]
)
def test_a_half_behind_the_unit(text: str, value: float) -> None:
    assert one(text).low == pytest.approx(value)


def test_fractions() -> None:
    amount: Any = one("占全市的三分之一")
    assert amount.low == pytest.approx(33.3333, abs=1e-3)


def test_degrees_are_energy_only_near_electricity() -> None:
    assert texts("气温升到38度") == []
    assert texts("每天用电38度") == ["38度"]


@pytest.mark.parametrize(
    "text",
    [
        "一年时间建成",
        "不到一年就投产",
        "反映问题1小时内答复",
        "半年完成封顶",
        "三年来，产值翻番",
        "未来五年，力争翻番",
        "24小时不停工",
    ],
)
def test_a_frame_of_time_is_no_amount(text: str) -> None:
    assert find_amounts(text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("近三年引进", "近三年"),
        ("一年半建成", "一年半"),
        ("约1小时车程", "约1小时"),
        ("1个工作日办结", "1个工作日"),
        ("用时不到半年", "不到半年"),
        ("24小时内办结", "24小时"),
        ("晚了25年", "25年"),
    ],
)
def test_a_measured_time_is_an_amount(text: str, told: str) -> None:
    assert [a.text for a in find_amounts(text)] == [told]


def test_a_currency_told_twice_is_taken_once() -> None:
    (amount,) = find_amounts("折合美元2.5亿美元")
    assert (amount.text, amount.unit) == ("2.5亿美元", "USD")
