import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cleaner.decode import MAX_BYTES, decode, is_binary

HANS = "青禾高新区今日开工建设三个项目，总投资约十亿元，达产后年产值预计二十亿元。" * 4
HANT = "青禾高新區今日開工建設三個項目，總投資約十億元，達產後年產值預計二十億元。" * 4


def text_of(body: bytes, content_type: str = "") -> str:
    return decode(body, content_type).text


def test_utf8_needs_no_label() -> None:
    assert text_of(HANS.encode()) == HANS


@pytest.mark.parametrize("label", ["gb2312", "GBK", "gb18030", "utf-8", ""])
def test_gbk_whatever_the_label_says(label: str) -> None:
    page = f"<meta charset='{label}'><p>{HANS}"
    assert HANS in text_of(page.encode("gbk"), f"text/html; charset={label}")


@pytest.mark.parametrize("label", ["big5", "utf-8", "gb2312"])
def test_utf8_under_any_label(label: str) -> None:
    assert HANT in text_of(f"<meta charset={label}><p>{HANT}".encode())


def test_big5_by_header_and_by_meta() -> None:
    assert HANT in text_of(HANT.encode("big5"), "text/html; charset=big5")
    assert HANT in text_of(b"<meta charset=big5>" + HANT.encode("big5"))


def test_gb18030_beyond_gb2312() -> None:
    name = "镕炜喆项目" + HANS
    assert name in text_of(b"<meta charset=gb2312>" + name.encode("gb18030"))


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_a_byte_order_mark_decides(bom: bytes, encoding: str) -> None:
    assert text_of(bom + HANS.encode(encoding), "text/html; charset=gbk") == HANS


def test_one_bad_byte_costs_one_character() -> None:
    body = HANS.encode()
    text = text_of(body[:30] + b"\xff" + body[30:])
    assert text.count("�") == 1
    assert text.replace("�", "") == HANS


def test_a_character_cut_by_the_end_is_left_out() -> None:
    assert text_of(HANS.encode()[:-1]) == HANS[:-1]


@pytest.mark.parametrize("code", [*range(0x20), 0x7F])
def test_control_characters_go_and_white_space_stays(code: int) -> None:
    kept = chr(code) if chr(code) in "\t\n\f\r" else ""
    assert text_of(f"青禾{chr(code)}园区".encode()) == f"青禾{kept}园区"


def test_what_lies_beyond_the_limit_is_not_read() -> None:
    assert len(text_of(b"a" * (MAX_BYTES + 10))) == MAX_BYTES


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.7 ...",
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"\xff\xd8\xff\xe0rest",
        b"PK\x03\x04rest",
        bytes(500),
    ],
)
def test_binary(body: bytes) -> None:
    assert is_binary(body)


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "big5", "utf-16"])
def test_text_is_not_binary(encoding: str) -> None:
    assert not is_binary(("園區" * 200).encode(encoding, "replace"))


@given(st.binary(max_size=600), st.text(max_size=60))
def test_every_byte_sequence_has_an_answer(body: bytes, content_type: str) -> None:
    text = text_of(body, content_type)
    assert "\x00" not in text
    assert len(text) <= len(body)
