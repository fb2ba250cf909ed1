import time

import pytest

from services.cleaner.dom import Document, squeeze, visible
from services.cleaner.dom import parse as parse_utf8


def parse(html: str) -> Document:
    return parse_utf8(html.encode())


def texts(html: str) -> list[str]:
    return [block.text for block in parse(html).blocks]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>一</p><p>二</p>", ["一", "二"]),
        ("<p>甲<b>乙</b>丙", ["甲乙丙"]),
        ("<div>前<p>中</p>后</div>", ["前", "中", "后"]),
        ("<p>一<br>二<br/>三", ["一", "二", "三"]),
        ("<p>一<script>var a = '<p>x</p>'</script>二", ["一二"]),
        ("<p>区<rt>qū</rt></p>", ["区"]),
        ("<p>a\u3000\u00a0 b\n\n c</p>", ["a b c"]),
        ("</html><p>之后</p>", ["之后"]),
        ("<ul><li>一<li>二</ul>", ["一", "二"]),
        ("<x-lead>一</x-lead><x-body>二</x-body>", ["一", "二"]),
        ("<o:p>一</o:p><font>二</font>", ["一二"]),
        ("<!-- 注 --><p>正文", ["正文"]),
        ("", []),
    ],
)
def test_lines(html: str, expected: list[str]) -> None:
    assert texts(html) == expected


def test_links_are_counted() -> None:
    (block,) = parse("<p>看<a href=/x>全文</a>吧").blocks
    assert (block.text, block.linked) == ("看全文吧", 2)


def test_class_and_id_are_whole_words_in_one_spelling() -> None:
    document = parse('<div class="Article-Content box_padding" id="art_1">x</div>')
    assert document.elements[-1].tokens == {"articlecontent", "boxpadding", "art1"}


def test_every_element_covers_its_blocks() -> None:
    document = parse("<div><p>一</p><section><p>二</p><p>三</p></section></div><p>四</p>")
    section = next(e for e in document.elements if e.tag == "section")
    assert [b.text for b in document.blocks[section.first : section.last]] == ["二", "三"]
    for i, block in enumerate(document.blocks):
        element = document.elements[block.element]
        assert element.first <= i < element.last


def test_table_cells_have_places() -> None:
    blocks = parse("<table><tr><td>一<td><p>二<td>三<tr><td>四<td>五</table>").blocks
    assert [block.cell for block in blocks] == [0, 1, 2, 0, 1]
    assert len({block.row for block in blocks}) == 2


@pytest.mark.parametrize(
    ("span", "column"), [("3", 3), ("", 1), ("x", 1), ("0", 1), ("9" * 30, 50), ("²", 1)]
)
def test_a_wide_cell_takes_its_columns(span: str, column: int) -> None:
    html = f"<table><tr><td colspan='{span}'>一<td>二<tr><td>三<td>四</table>"
    assert [block.cell for block in parse(html).blocks] == [0, column, 0, 1]


def test_head() -> None:
    document = parse(
        "<title> 题 目 </title><meta name=PubDate content='2024-01-02'>"
        "<meta property=og:title content=甲><meta name=pubdate content=second>"
        "<p><time datetime=2024-01-03>昨天</time>"
    )
    assert document.title == "题 目"
    assert document.meta == {"pubdate": "2024-01-02", "og:title": "甲"}
    assert document.times == ["2024-01-03"]


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display:none">乙</span>',
        '<span style="display: none">乙<span style="display:none">丙</span></span>',
        '<font class="jammer">乙</font>',
        '<span class="jammer" style="display:none">乙</span>',
    ],
)
def test_what_is_hidden_within_a_line_is_not_read(hidden: str) -> None:
    head = '<meta name="generator" content="Discuz! X3.4">'
    lines = f"<p>甲{hidden}丁</p><p><span style='color:red'>戊</span></p>"
    assert texts(f"{head}<body>{lines}") == ["甲丁", "戊"]


def test_that_needs_no_forum_where_it_is_written_so() -> None:
    assert texts('<p>甲<span style="display:none">乙</span>丁</p>') == ["甲丁"]


def test_hidden_elements_are_marked() -> None:
    document = parse('<div style="color:red; display : none">x</div><div style="color:red">y</div>')
    assert [e.hidden for e in document.elements if e.tag == "div"] == [True, False]


@pytest.mark.parametrize("html", ["<div>" * 200_000 + "尾", "<section><div>" * 60_000 + "尾"])
def test_nesting_without_end_takes_no_time(html: str) -> None:
    started = time.process_time()
    assert texts(html) == ["尾"]
    assert time.process_time() - started < 5


def test_squeeze_and_visible() -> None:
    assert squeeze(" 一\u3000\n二\u00a0") == "一 二"
    assert visible("一\u200b二\ufeff\u00ad三") == "一二三"
