import struct
from uuid import UUID

from services.store.groups import Links, pairs
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


def test_every_pair_with_a_fresh_one_that_shares_a_key_comes_once() -> None:
    keys = {"a": [1, 2], "b": [2, 1, 1], "c": [3], "d": [1]}
    assert sorted(map(sorted, pairs(keys, "abcd"))) == [["a", "b"], ["a", "d"], ["b", "d"]]
    assert sorted(map(sorted, pairs(keys, "d"))) == [["a", "d"], ["b", "d"]]


def test_links_hold_every_item_in_one_group() -> None:
    links = Links("abcdef")
    for one, other in ("ab", "cd", "da", "ee"):
        links.join(one, other)
    assert sorted(map(sorted, links.groups())) == [["a", "b", "c", "d"], ["e"], ["f"]]
    assert links.joined("a", "d", "c")
    assert not links.joined("a", "e")


def test_what_is_known_to_be_one_story_stays_one() -> None:
    prints = {UUID(int=n): _print(n, same) for n, same in ((1, 0), (2, 100), (3, 100))}
    one, two, three = prints
    assert sorted(map(sorted, stories(prints, [[one, two]]))) == [[one, two, three]]
