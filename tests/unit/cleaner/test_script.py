from hypothesis import given
from hypothesis import strategies as st

from services.cleaner.script import has_pinyin_notes, script_of, simplify

HANT = "今年青禾高新區聚焦優勢產業,鋪排市級重點項目,帶動投資增長。"
NOTED = "今年青禾高新區(qū)聚焦優(yōu)勢產(chǎn)業(yè),鋪排市級重點項目,帶動投資增長。"
HANS = "今年青禾高新区聚焦优势产业,铺排市级重点项目,带动投资增长。"


def test_script() -> None:
    assert script_of(HANT) == "hant"
    assert script_of(HANS) == "hans"
    assert script_of("") == "hans"


def test_notes_are_removed_where_they_are_many() -> None:
    assert has_pinyin_notes(NOTED)
    assert simplify(NOTED, "hant", notes=True) == HANS
    assert simplify("企业(yè)发(fā)展", "hans", notes=True) == "企业发展"


def test_brackets_elsewhere_are_text() -> None:
    text = "地区生产总值(GDP)增长,八佾（yì）之舞,见图(a),面积(约数)" + HANS * 20
    assert not has_pinyin_notes(text)
    assert simplify(text, "hans", notes=False) == text


def test_the_gate_lets_acronyms_be() -> None:
    assert simplify("总值(GDP)和区(qū)内", "hans", notes=True) == "总值(GDP)和区内"


@given(st.text(max_size=200))
def test_simplified_text_stays_as_it_is(text: str) -> None:
    assert simplify(text, "hans", notes=False) == text
