import struct
from uuid import UUID

from services.store.groups import components, pairs
from services.store.stories import Print, fingerprint, stories


def _print(number: int, same: int) -> Print:
    """Return a fingerprint that agrees with every other in `same` of 128 places."""
    own = [place if place % 128 < same else number * 1000 + place for place in range(128)]
    return fingerprint(struct.pack("<128I", *own), "hash")


def _stories(*same: int) -> list[int]:
    prints = {UUID(int=n): _print(n, places) for n, places in enumerate(same, 1)}
    return sorted(map(len, stories(prints)))


def test_seven_tenths_of_the_places_make_one_story() -> None:
    assert _stories(90, 90) == [2]
    assert _stories(89, 89) == [1, 1]
    assert _stories(128, 128, 40) == [1, 2]


def test_what_is_linked_by_another_is_one_story() -> None:
    assert _stories(95, 128, 95) == [3]


def test_without_a_fingerprint_the_same_text_alone_is_one_story() -> None:
    prints = {
        UUID(int=1): fingerprint(b"", "a"),
        UUID(int=2): fingerprint(b"", "a"),
        UUID(int=3): fingerprint(b"", "b"),
        UUID(int=4): _print(1, 128),
    }
    assert sorted(map(len, stories(prints))) == [1, 1, 2]


def test_every_pair_that_shares_a_key_comes_once() -> None:
    assert sorted(map(sorted, pairs({"a": [1, 2], "b": [2, 1, 1], "c": [3], "d": [1]}))) == [
        ["a", "b"],
        ["a", "d"],
        ["b", "d"],
    ]


def test_components_hold_every_item_once() -> None:
    found = components("abcdef", [("a", "b"), ("c", "d"), ("d", "a"), ("e", "e")])
    assert sorted(map(sorted, found)) == [["a", "b", "c", "d"], ["e"], ["f"]]
