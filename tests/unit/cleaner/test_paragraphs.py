import pytest

from services.cleaner.paragraphs import continues, is_cut, join_columns


def test_a_column_break_is_joined() -> None:
    assert join_columns(
        [
            "位于青禾科技城的北辰项目,总投资1.5亿元,主要建设碳",
            "化硅设备研发基地,从签约到开建仅用时50天左右。",
            "下一段。",
        ]
    ) == [
        "位于青禾科技城的北辰项目,总投资1.5亿元,主要建设碳化硅设备研发基地,从签约到开建仅用时50天左右。",
        "下一段。",
    ]


def test_three_columns() -> None:
    parts = [
        "今年以来,青禾高新区坚持项目为王,全力推进招",
        "商工作,各部门主动靠前服务,帮助企业解",
        "决难题,成效明显。",
    ]
    assert join_columns(parts) == ["".join(parts)]


@pytest.mark.parametrize(
    "heading", ["招引项目连年增长", "项目履约率达100%", "服务项目“护全程”", "招得好,留得住"]
)
def test_subheadings_stay(heading: str) -> None:
    lines = [heading, "一批批优质项目加速进场,为园区注入发展活水。"]
    assert join_columns(lines) == lines


@pytest.mark.parametrize("end", "。！？；：…”）")
def test_a_whole_sentence_is_not_cut(end: str) -> None:
    assert not is_cut("今年以来,青禾高新区坚持项目为王,全力推进招商工作" + end)


@pytest.mark.parametrize(
    "line",
    [
        "1、总投资10亿元,占地百亩。",
        "（一）签约,开工。",
        "● 甲,乙",
        "一是强化服务,二是",
        "名称\t金额,元",
    ],
)
def test_a_new_item_continues_nothing(line: str) -> None:
    assert not continues(line)


def test_table_rows_are_never_joined() -> None:
    rows = [
        "青禾高新区北辰精密制造产业园项目,一期\t12.5",
        "青禾高新区南湖新材料产业园项目,二期\t8,000",
    ]
    assert join_columns(rows) == rows


def test_a_column_may_break_before_a_decimal() -> None:
    parts = ["今年上半年,全区技工贸总收入同比增长一成,达到", "3.5亿元,其中高新技术产业占六成。"]
    assert join_columns(parts) == ["".join(parts)]
    items = ["今年上半年,全区技工贸总收入同比增长一成,工作有", "3.强化服务,优化环境。"]
    assert join_columns(items) == items


def test_a_telephone_number_ends_a_line() -> None:
    assert not is_cut("联系人：青禾高新区招商局张三，联系电话：0731-88881234")


def test_many_pieces_make_one_paragraph() -> None:
    pieces = ["今年以来,青禾高新区坚持项目为王,全力推进招商工作" for _ in range(3000)]
    assert join_columns([*pieces, "成效，明显。", "另一段，完。"]) == [
        "".join(pieces) + "成效，明显。",
        "另一段，完。",
    ]
