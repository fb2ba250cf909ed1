import itertools
import string

import pytest

from services.cleaner.limits import MAX_DEPTH, limited

NAMES = [a + b for a, b in itertools.product(string.ascii_lowercase, repeat=2)]


def test_ordinary_nesting_is_left_alone() -> None:
    html = b"<div><p>x</p></div>" * 20_000
    assert limited(html) == html
    deep = b"<div>" * (MAX_DEPTH + 20_000) + b"x"
    assert limited(deep).count(b"<div>") == MAX_DEPTH


@pytest.mark.parametrize("tag", ["pre", "address", "details", "fieldset", "object", "button"])
def test_every_tag_that_nests_has_a_limit(tag: str) -> None:
    html = f"<{tag}>".encode()
    assert limited(html * 30_000).count(html) == MAX_DEPTH


@pytest.mark.parametrize(
    "attributes",
    [
        " ".join(f"a{i}" for i in range(50_000)),
        "/".join(f"a{i}" for i in range(50_000)),
        "".join(f"a{i}=''" for i in range(50_000)),
        " ".join(f"a{i}='>'" for i in range(50_000)),
        " ".join(f"a{i}='' <b" for i in range(50_000)),
    ],
    ids=["bare", "slashes", "close", "with the sign that ends a tag", "with one that begins it"],
)
def test_attributes_without_end_are_cut_to_class_and_id(attributes: str) -> None:
    html = f"<p>前</p><p class='c' {attributes} id=i>尾</p>"
    assert limited(html.encode()).decode() == "<p>前</p><p class='c' id=i>尾</p>"


def test_so_are_those_of_many_tags_with_many_each() -> None:
    html = f"<b {' '.join(NAMES)}>".encode()
    assert limited(html * 10) == html * 10
    assert limited(html * 2_000) == b"<b>" * 2_000


def test_a_tag_that_does_not_end_is_limited() -> None:
    assert limited(b"<p>x</p><b " + b"a b c " * 50_000) == b"<p>x</p><b>"


def test_ordinary_attributes_are_left_alone() -> None:
    picture = f"<img src='data:image/png;base64,{'A' * 90_000}'>".encode()
    words = f"<script>{'var a = 1; ' * 4000}</script><p title='it is \"so\"'>x</p>".encode()
    assert limited(picture) == picture
    assert limited(words) == words
