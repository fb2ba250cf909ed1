"""Train the statistical layer's model of names, and tell how good it is.

    python -m training.names CLUENER_TRAIN.jsonl --out services/extractor/statistics/names.npz
    python -m training.names CLUENER_TRAIN.jsonl --folds 0 1 2 3 4

Needs `pip install parkwire[training]`. The data are those of CLUENER2020 (its training file), which
is not shipped. A conditional random field is trained over the very features that the extractor
sees; its weights are cut to 6 bits. The same data give the same file.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from services.extractor.segment import read_words
from services.extractor.statistics.features import BITS, Hashes, features
from services.extractor.statistics.model import Model, pieces
from services.extractor.statistics.tagging import OTHER, TYPES, is_allowed, likely_names, tags_of
from training import crf

MAPPING: Final = {
    "company": "company",
    "government": "government",
    "organization": "organization",
    "name": "person",
    "address": "place",
    "position": "title",
}
"""CLUENER's types to ours; its other four (book, game, movie, scene) are no names to us."""
SETTINGS: Final = crf.Settings()
RAREST: Final = 2
"""A feature that is seen less often than this is left out."""
KEPT: Final = 300_000
"""So many features are kept, those with the largest weights."""
LARGEST: Final = 31
"""The largest weight of the file: so coarse a scale costs no score, and is packed well."""
BOLDNESS: Final = 0.3
"""What every O loses, so that as many names are found too much as too few: the gold is not
consistent, and a field trained on it names too little."""
FOLDS: Final = 5

Span = tuple[str, int, int]


class Sentence(NamedTuple):
    """A labelled sentence: what the model sees of it, its tags (numbers), its names."""

    seen: Hashes
    tags: list[int]
    names: set[Span]


def read(path: Path) -> list[Sentence]:
    """Return the sentences of CLUENER's file."""
    return [_sentence(json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def _sentence(entry: dict[str, dict[str, dict[str, list[list[int]]]]]) -> Sentence:
    text = str(entry["text"])
    told = {
        (MAPPING.get(kind, OTHER), start, last + 1)
        for kind, mentions in entry["label"].items()
        for spans in mentions.values()
        for start, last in spans
    }
    tags = [0] * len(text)
    for kind, start, end in sorted(told, key=lambda n: (n[1] - n[2], n)):
        if not any(tags[start:end]):
            tags[start:end] = tags_of(kind, end - start)
    return Sentence(
        features(read_words(text), pieces(text)), tags, {n for n in told if n[0] != OTHER}
    )


def train(sentences: Sequence[Sentence]) -> dict[str, np.ndarray]:
    """Return the arrays of a model's file."""
    seen = np.concatenate([s.seen for s in sentences])
    is_known = np.bincount(seen.ravel(), minlength=1 << BITS) >= RAREST
    rows = np.where(is_known, np.cumsum(is_known), 0).astype(np.int32)[seen]
    tags = np.array([tag for s in sentences for tag in s.tags], np.int32)
    starts = np.cumsum([0, *(len(s.tags) for s in sentences)])
    weights, transitions = crf.train(crf.Examples(rows, tags, starts), is_allowed(), SETTINGS)
    transitions[:, 0] -= BOLDNESS
    size = np.abs(weights[1:]).max(axis=1)
    is_kept = size >= np.sort(size)[-min(KEPT, len(size))]
    is_known[is_known] = is_kept
    scale = np.float32(size.max() / LARGEST)
    return {
        "features": np.packbits(is_known, bitorder="little"),
        "weights": np.rint(weights[1:][is_kept] / scale).astype(np.int8),
        "scale": scale,
        "transitions": transitions,
    }


def found(model: Model, sentence: Sentence) -> set[Span]:
    """Return the names that the model finds in a whole sentence."""
    scores = model.scores(sentence.seen)
    names = likely_names(scores, np.array([len(scores)]), model.transitions)
    return {(kind, start, end) for start, end, kind in names}


def evaluate(sentences: Sequence[Sentence], folds: Iterable[int]) -> Counter[tuple[str, str]]:
    """Train on all but each fold and test on it; return the counts of all folds together."""
    parts = np.array_split(np.random.default_rng(5).permutation(len(sentences)), FOLDS)
    total: Counter[tuple[str, str]] = Counter()
    for fold in folds:
        held = set(parts[fold].tolist())
        model = Model.of(train([s for n, s in enumerate(sentences) if n not in held]))
        counts: Counter[tuple[str, str]] = Counter()
        for number in sorted(held):
            told, seen = sentences[number].names, found(model, sentences[number])
            for name, spans in (("told", told), ("found", seen), ("right", told & seen)):
                counts.update((name, kind) for kind, _, _ in spans)
        print(f"fold {fold}:", summary(counts), flush=True)
        total += counts
    return total


def summary(counts: Counter[tuple[str, str]]) -> str:
    """Return micro precision, recall and F1, and F1 by type."""

    def total(name: str) -> int:
        return sum(counts[name, kind] for kind in TYPES)

    micro = [
        total("right") / total("found"),
        total("right") / total("told"),
        2 * total("right") / (total("found") + total("told")),
    ]
    kinds = [
        f"{k} {2 * counts['right', k] / max(1, counts['found', k] + counts['told', k]):.3f}"
        for k in TYPES
    ]
    return "P {:.4f} R {:.4f} F1 {:.4f}  ".format(*micro) + "  ".join(kinds)


def main() -> None:
    """Train, or test by folds, as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--folds", type=int, nargs="*", default=[])
    arguments = parser.parse_args()
    sentences = read(arguments.data)
    if arguments.folds:
        print("together:", summary(evaluate(sentences, arguments.folds)))
    if arguments.out:
        arrays = train(sentences)
        np.savez_compressed(arguments.out, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
