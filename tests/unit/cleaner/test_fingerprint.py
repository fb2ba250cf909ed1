from hypothesis import given
from hypothesis import strategies as st

from services.cleaner.fingerprint import simhash

STORY = "".join(
    f"第{i}个项目落户青禾高新区，总投资{i * 7 % 97}亿元，由{chr(0x4E00 + i * 31)}氏集团建设。"
    for i in range(60)
)
OTHER = "".join(
    f"{chr(0x5E00 + i * 17)}河流域降水偏{chr(0x6200 + i * 13)}，气象台提醒{chr(0x7000 + i * 29)}。"
    for i in range(60)
)


def distance(a: str, b: str) -> int:
    return (int(simhash(a), 16) ^ int(simhash(b), 16)).bit_count()


def test_shape() -> None:
    assert simhash("") == "0" * 16
    assert len(simhash("园")) == 16


def test_space_and_punctuation_do_not_count() -> None:
    assert simhash("青禾 高新区，开工。") == simhash("青禾高新区开工")


def test_a_tail_changes_little_another_text_much() -> None:
    assert distance(STORY, STORY + "厂房租售热线请联系某某，扫一扫关注公众号。") <= 10
    assert distance(STORY, OTHER) >= 17


def test_it_stays_the_same_between_versions() -> None:
    # Stored fingerprints are compared with new ones.
    assert simhash("青禾高新区今日集中开工十二个项目") == "9676489281f098b6"
    assert simhash("青禾高新区今日开工") == "5052c0b389229906"


@given(st.text(max_size=300))
def test_any_text_has_one(text: str) -> None:
    assert len(simhash(text)) == 16
