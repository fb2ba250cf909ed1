"""Train the statistical layer's model of names, and tell how good it is.

    python training/names.py CLUENER_TRAIN.jsonl --out services/extractor/statistics/names.npz
    python training/names.py CLUENER_TRAIN.jsonl --folds 0 1 2 3 4

Needs `pip install parkwire[training]`. The data are those of CLUENER2020 (its training file), which
is not shipped. A conditional random field (L-BFGS, L1 and L2) is trained over the very features
that the extractor sees; weights that L1 has left are cut to 8 bits. The same data give the same
file.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pycrfsuite

from services.extractor.segment import read_words
from services.extractor.statistics.features import BITS, Hashes, features
from services.extractor.statistics.model import Model
from services.extractor.statistics.tagging import TAGS, TYPES, best_tags

MAPPING: Final = {
    "company": "company",
    "government": "government",
    "organization": "organization",
    "name": "person",
    "address": "place",
    "position": "title",
}
"""CLUENER's types to ours; its other four (book, game, movie, scene) are no names to us."""
SETTINGS: Final = {"c1": 0.2, "c2": 0.02, "max_iterations": 70}
RAREST: Final = 3
"""A feature that is seen less often than this is left out."""
MOST_ROWS: Final = 65_535
"""A row's number has 16 bits."""
FOLDS: Final = 5

Span = tuple[str, int, int]


class Sentence(NamedTuple):
    """A labelled sentence: what the model sees of it, its tags, its names."""

    seen: Hashes
    tags: list[str]
    names: set[Span]


def read(path: Path) -> list[Sentence]:
    """Return the sentences of CLUENER's file."""
    return [_sentence(json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def _sentence(entry: dict[str, dict[str, dict[str, list[list[int]]]]]) -> Sentence:
    text = str(entry["text"])
    names = {
        (MAPPING[kind], start, last + 1)
        for kind, told in entry["label"].items()
        if kind in MAPPING
        for spans in told.values()
        for start, last in spans
    }
    tags = ["O"] * len(text)
    for kind, start, end in sorted(names, key=lambda n: (n[1] - n[2], n)):
        if all(tag == "O" for tag in tags[start:end]):
            tags[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start - 1)
    return Sentence(features(read_words(text), np.arange(len(text))), tags, names)


def train(sentences: Sequence[Sentence]) -> dict[str, np.ndarray]:
    """Return the arrays of a model's file."""
    counts = np.bincount(np.concatenate([s.seen.ravel() for s in sentences]), minlength=1 << BITS)
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.select("lbfgs")
    trainer.set_params(SETTINGS)
    for sentence in sentences:
        kept = [[str(f) for f in row if counts[f] >= RAREST] for row in sentence.seen.tolist()]
        trainer.append(kept, sentence.tags)
    with tempfile.TemporaryDirectory() as folder:
        trained = str(Path(folder) / "crf")
        trainer.train(trained)
        tagger = pycrfsuite.Tagger()
        tagger.open(trained)
        found = tagger.info()
    number = {tag: n for n, tag in enumerate(TAGS)}
    rows = np.array(sorted({int(name) for name, _ in found.state_features}), np.uint32)
    place = {row: n for n, row in enumerate(rows.tolist())}
    weights = np.zeros((len(rows), len(TAGS)), np.float32)
    for (name, tag), weight in found.state_features.items():
        weights[place[int(name)], number[tag]] = weight
    scale = np.float32(np.abs(weights).max() / 127)
    cut = np.rint(weights / scale).astype(np.int8)
    used = cut.any(axis=1)
    if used.sum() > MOST_ROWS:
        raise SystemExit(f"{used.sum()} features are too many: a larger c1 leaves fewer")
    transitions = np.zeros((len(TAGS), len(TAGS)), np.float32)
    for (before, after), weight in found.transitions.items():
        transitions[number[before], number[after]] = weight
    return {
        "features": rows[used],
        "weights": cut[used],
        "scale": scale,
        "transitions": transitions,
    }


def names(model: Model, sentence: Sentence) -> set[Span]:
    """Return the names that the model finds in a whole sentence."""
    scores = model.scores(sentence.seen)
    tags = best_tags(scores, np.array([len(scores)]), model.transitions)
    found: set[Span] = set()
    start = None
    for at, tag in enumerate([*tags.tolist(), 0]):
        if start is not None and tag != tags[start] + 1:
            found.add((TAGS[tags[start]][2:], start, at))
            start = None
        if tag % 2:
            start = at
    return found


def evaluate(sentences: Sequence[Sentence], folds: Iterable[int]) -> Counter[tuple[str, str]]:
    """Train on all but each fold and test on it; return the counts of all folds together."""
    parts = np.array_split(np.random.default_rng(5).permutation(len(sentences)), FOLDS)
    counts: Counter[tuple[str, str]] = Counter()
    for fold in folds:
        held = set(parts[fold].tolist())
        model = Model.of(train([s for n, s in enumerate(sentences) if n not in held]))
        for number in sorted(held):
            told, found = sentences[number].names, names(model, sentences[number])
            for name, spans in (("told", told), ("found", found), ("right", told & found)):
                counts.update((name, kind) for kind, _, _ in spans)
        print(f"after fold {fold}:", summary(counts), flush=True)
    return counts


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
        evaluate(sentences, arguments.folds)
    if arguments.out:
        arrays = train(sentences)
        np.savez_compressed(arguments.out, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
