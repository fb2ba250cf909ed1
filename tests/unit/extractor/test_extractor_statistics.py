import itertools
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.messages import EntityType
from services.extractor.segment import read_words
from services.extractor.statistics.features import BITS, features
from services.extractor.statistics.model import Rows, model, pieces
from services.extractor.statistics.tagging import (
    LIKELY,
    TAGS,
    TYPES,
    allowed,
    likely_names,
    tags_of,
)

_MOST_BYTES = 3_000_000
_ANY: Final[dict[EntityType, float]] = dict.fromkeys(TYPES, 0.0)


def _chances(scores: np.ndarray, transitions: np.ndarray) -> dict[tuple[int, int, str], float]:
    """Return the probability of every name, from all sequences of tags."""
    weights = {path: np.exp(_score(path, scores, transitions)) for path in _paths(len(scores))}
    chances: dict[tuple[int, int, str], float] = {}
    for path, weight in weights.items():
        for start, end, kind in _names(path):
            chance = weight / sum(weights.values())
            chances[start, end, kind] = chances.get((start, end, kind), 0.0) + chance
    return chances


def _paths(length: int) -> list[tuple[int, ...]]:
    """Return all sequences of tags that there may be."""
    rules = allowed(np.zeros((len(TAGS),) * 2, np.float32)) == 0
    paths: list[tuple[int, ...]] = [()]
    for _ in range(length):
        paths = [(*p, t) for p in paths for t in np.flatnonzero(rules[p[-1] if p else 0]).tolist()]
    return [path for path in paths if rules[path[-1], 0]]


def _score(path: tuple[int, ...], scores: np.ndarray, transitions: np.ndarray) -> float:
    steps = [0, *path, 0]
    moves = sum(transitions[a, b] for a, b in itertools.pairwise(steps))
    return float(moves + sum(scores[at, tag] for at, tag in enumerate(path)))


def _names(path: tuple[int, ...]) -> Iterator[tuple[int, int, str]]:
    begin = 0
    for at, (part, _, kind) in enumerate(TAGS[tag].partition("-") for tag in path):
        if part in "BS":
            begin = at
        if part in "ES":
            yield begin, at + 1, kind


@pytest.mark.parametrize("seed", range(4))
def test_the_names_that_are_likely_by_all_sequences_are_found(seed: int) -> None:
    random = np.random.default_rng(seed)
    lengths = np.array([1, 3, 2])
    scores = random.normal(size=(6, len(TAGS))).astype(np.float32) * 3
    transitions = allowed(random.normal(size=(len(TAGS),) * 2).astype(np.float32))
    found = likely_names(scores, lengths, transitions)
    for start, end in ((0, 1), (1, 4), (4, 6)):
        chances = _chances(scores[start:end], transitions)
        likely = {
            (a + start, b + start, kind)
            for (a, b, kind), chance in chances.items()
            if chance >= LIKELY and kind in TYPES
        }
        own = {name for name in found if start <= name[0] < end}
        assert own <= likely
        # What is likely and not found lies across a name that is likelier.
        assert all(any(a < d and c < b for c, d, _ in own) for a, b, _ in likely - own)


def test_of_two_likely_names_that_overlap_the_likelier_is_found() -> None:
    scores = np.full((3, len(TAGS)), -20.0, np.float32)
    ways = {("B-place", "E-place", "O"): 0.6, ("B-place", "I-place", "E-place"): 0.4}
    for tags, chance in ways.items():
        for at, tag in enumerate(tags):
            scores[at, TAGS.index(tag)] = np.log(chance) if at == 1 else 0.0
    rules = allowed(np.zeros((len(TAGS),) * 2, np.float32))
    assert likely_names(scores, np.array([3]), rules) == [(0, 2, "place")]


def test_a_name_of_any_length_has_its_tags() -> None:
    tags = [[TAGS[tag] for tag in tags_of("title", length)] for length in (1, 2, 4)]
    assert tags == [
        ["S-title"],
        ["B-title", "E-title"],
        ["B-title", "I-title", "I-title", "E-title"],
    ]


def test_nothing_goes_on_that_has_not_begun() -> None:
    rules = allowed(np.zeros((len(TAGS), len(TAGS)), np.float32))
    for part in "IE":
        to = TAGS.index(f"{part}-person")
        may = [TAGS[n] for n in range(len(TAGS)) if rules[n, to] == 0]
        assert may == ["B-person", "I-person"]


def test_nothing_ends_in_the_middle_of_a_name() -> None:
    rules = allowed(np.zeros((len(TAGS),) * 2, np.float32))
    may_end = {TAGS[n] for n in range(len(TAGS)) if rules[n, 0] == 0}
    assert may_end == {"O"} | {tag for tag in TAGS if tag[0] in "ES"}


def test_a_clause_is_seen_alike_alone_and_among_others() -> None:
    words = read_words("日前，来自无锡的锦帆电器集团，在株洲签约")
    spans = [(0, 2), (3, 14), (15, 20)]
    every = features(words, spans)
    assert every.max() < 2**BITS
    assert np.array_equal(features(words, spans[1:2]), every[2:13])


def test_all_of_a_text_is_in_a_clause_or_a_pause() -> None:
    assert pieces("\n日前，“锦帆”签约。") == [
        (0, 1),
        (1, 3),
        (3, 5),
        (5, 7),
        (7, 8),
        (8, 10),
        (10, 11),
    ]


_FEATURES = st.integers(0, 2**BITS - 1)


@given(st.sets(_FEATURES, min_size=1), st.lists(_FEATURES))
@settings(max_examples=20, deadline=None)
def test_the_rows_of_features_are_numbered_in_their_order(
    known: set[int], others: list[int]
) -> None:
    is_known = np.zeros(1 << BITS, bool)
    is_known[list(known)] = True
    seen = [*sorted(known), *others]
    number = {feature: n for n, feature in enumerate(sorted(known), 1)}
    rows = Rows(np.packbits(is_known, bitorder="little")).of(np.array(seen, np.uint32))
    assert rows.tolist() == [number.get(feature, 0) for feature in seen]


def test_the_model_is_small() -> None:
    data = files("services.extractor.statistics") / "names.npz"
    assert len(data.read_bytes()) < _MOST_BYTES


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("记者见到了刚下飞机的王晓琳女士", "person", "王晓琳"),
        ("近日，兴业银行发布了新的产品", "company", "兴业银行"),
    ],
)
def test_a_name_is_found_by_what_is_around_it(text: str, kind: str, name: str) -> None:
    found = [(n.type, text[n.start : n.end]) for n in model().find(read_words(text), [0, 5], _ANY)]
    assert (kind, name) in found


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gives_valid_spans_apart_from_each_other(text: str) -> None:
    end = 0
    for name in model().find(read_words(text), range(len(text)), _ANY):
        assert end <= name.start < name.end <= len(text)
        end = name.end
