import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cleaner.fingerprint import MINHASHES, minhash, shingles, simhash

STORY = "".join(
    f"第{i}个项目落户青禾高新区，总投资{i * 7 % 97}亿元，由{chr(0x4E00 + i * 31)}氏集团建设。"
    for i in range(60)
)
OTHER = "".join(
    f"{chr(0x5E00 + i * 17)}河流域降水偏{chr(0x6200 + i * 13)}，气象台提醒{chr(0x7000 + i * 29)}。"
    for i in range(60)
)
TAIL = "厂房租售热线请联系某某，扫一扫关注公众号。"


def distance(a: str, b: str) -> int:
    return (int(simhash(shingles(a)), 16) ^ int(simhash(shingles(b)), 16)).bit_count()


def likeness(a: str, b: str) -> float:
    signatures = [
        np.frombuffer(base64.b64decode(minhash(shingles(text))), "<u4") for text in (a, b)
    ]
    return float(np.mean(signatures[0] == signatures[1]))


def jaccard(a: str, b: str) -> float:
    left, right = set(shingles(a).tolist()), set(shingles(b).tolist())
    return len(left & right) / len(left | right)


def test_shape() -> None:
    assert simhash(shingles("")) == "0" * 16
    assert len(simhash(shingles("园"))) == 16
    assert minhash(shingles("，。")) == ""
    assert len(base64.b64decode(minhash(shingles("园")))) == MINHASHES * 4


def test_space_and_punctuation_do_not_count() -> None:
    assert np.array_equal(shingles("青禾 高新区，开工。"), shingles("青禾高新区开工"))


def test_a_tail_changes_little_another_text_much() -> None:
    assert distance(STORY, STORY + TAIL) <= 10
    assert distance(STORY, OTHER) >= 17
    assert likeness(STORY, STORY + TAIL) > 0.9
    assert likeness(STORY, OTHER) < 0.1


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8, 1.0])
def test_minhash_estimates_the_share_of_common_shingles(share: float) -> None:
    other = STORY[: int(share * len(STORY))] + OTHER
    # 128 trials: three standard deviations are 0.13 at most.
    assert likeness(STORY, other) == pytest.approx(jaccard(STORY, other), abs=0.13)


def test_they_stay_the_same_between_versions() -> None:
    # Stored fingerprints are compared with new ones.
    assert simhash(shingles("青禾高新区今日集中开工十二个项目")) == "9676489281f098b6"
    assert simhash(shingles("青禾高新区今日开工")) == "5052c0b389229906"
    assert minhash(shingles("青禾高新区今日开工"))[:32] == "q92DGyDPsQIfDGpAb0dbOWgzfAHww65s"


def test_a_long_text_is_worked_on_in_parts() -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 20_000)))
    assert likeness(text, text[10_000:] + text[:10_000]) > 0.95


@given(st.text(max_size=300))
def test_any_text_has_them(text: str) -> None:
    grams = shingles(text)
    assert len(simhash(grams)) == 16
    assert bool(minhash(grams)) == bool(grams.size)
