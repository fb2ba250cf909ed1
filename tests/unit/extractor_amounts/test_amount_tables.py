from services.extractor.amounts import find_amounts

TABLE = """项目\t总投资（万元）\t占地(亩)\t进度
云帆电机\t12,000\t150\t60%
青石陶瓷\t3500.5\t—\t在建
两列\t7"""


def test_a_cell_takes_its_unit_from_the_head() -> None:
    found = find_amounts(TABLE)
    assert [(a.text, a.kind, a.low, a.role) for a in found] == [
        ("12,000", "money", 1.2e8, "total_investment"),
        ("150", "area", 1e5, "land_area"),
        ("60%", "ratio", 60.0, "other"),
        ("3500.5", "money", 35_005_000.0, "total_investment"),
    ]
    assert all(TABLE[a.start : a.end] == a.text for a in found)


def test_a_line_without_tabs_ends_the_table() -> None:
    assert find_amounts("名称\t面积（亩）\n合计如下\n甲\t150") == []


def test_a_cell_with_its_own_unit_keeps_it() -> None:
    (amount,) = find_amounts("名称\t投资（万元）\n甲\t5亿元")
    assert (amount.text, amount.low) == ("5亿元", 5e8)


def test_tabs_without_a_head_are_no_table() -> None:
    assert find_amounts("甲\t150\n乙\t200") == []
