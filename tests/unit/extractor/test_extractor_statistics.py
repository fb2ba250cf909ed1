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
from services.extractor.statistics.tagging import TAGS, TYPES, allowed, best_tags

_MOST_BYTES = 3_000_000
_ANY: Final[dict[EntityType, float]] = dict.fromkeys(TYPES, 0.0)


def _likeliest(scores: np.ndarray, transitions: np.ndarray) -> float:
    """Return the score of the best of all sequences of tags."""
    return max(_score(path, scores, transitions) for path in _paths(len(scores)))


def _paths(length: int) -> Iterator[tuple[int, ...]]:
    return itertools.product(range(len(TAGS)), repeat=length)


def _score(path: tuple[int, ...], scores: np.ndarray, transitions: np.ndarray) -> float:
    steps = [0, *path, 0]
    moves = sum(transitions[a, b] for a, b in itertools.pairwise(steps))
    return float(moves + sum(scores[at, tag] for at, tag in enumerate(path)))


@pytest.mark.parametrize("seed", range(4))
def test_the_best_of_all_sequences_is_found_for_every_clause(seed: int) -> None:
    random = np.random.default_rng(seed)
    lengths = np.array([1, 3, 2])
    scores = random.normal(size=(6, len(TAGS))).astype(np.float32)
    transitions = allowed(random.normal(size=(len(TAGS),) * 2).astype(np.float32))
    tags = best_tags(scores, lengths, transitions)
    for start, end in ((0, 1), (1, 4), (4, 6)):
        own = _score(tuple(tags[start:end].tolist()), scores[start:end], transitions)
        assert own == pytest.approx(_likeliest(scores[start:end], transitions), abs=1e-4)


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
