"""Amounts and the whole extractor, beside what it costs to cut the same texts into words."""

import logging
import time
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import msgspec

from benchmarks.material import material, texts
from benchmarks.measure import TIMES_AS_FAST, Row, each, take_turns_by_pass, times_as_fast
from services.contracts.messages import Article
from services.extractor.amounts import find_amounts
from services.extractor.extract import extract, warm_up

_ROUNDS = 3


@cache
def jieba() -> Any:
    """Return the segmenter, with its dictionary read."""
    with warnings.catch_warnings():  # its sources have invalid escapes
        warnings.simplefilter("ignore")
        import jieba  # noqa: PLC0415 - not to be paid for by the other benchmarks
        import jieba.posseg  # noqa: PLC0415
    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return jieba


def amounts() -> Iterator[Row]:
    """Yield how fast the amounts of a text are found."""
    cut = jieba().lcut

    def ours(article: Article) -> object:
        return find_amounts(article.text)

    def theirs(article: Article) -> object:
        return cut(article.text)

    costs, peers = take_turns_by_pass(texts(), (ours, theirs), _ROUNDS)
    yield _row("amounts.vs_jieba_cut", "jieba.lcut", costs, peers)


def extractor() -> Iterator[Row]:
    """Yield how fast an article's entities, amounts and projects are found."""
    tag = jieba().posseg.lcut

    def theirs(article: Article) -> object:
        return tag(article.text)

    warm_up()
    costs, peers = take_turns_by_pass(texts(), (extract, theirs), _ROUNDS)
    yield _row("extractor.vs_posseg", "jieba.posseg.lcut", costs, peers)


# What a text may be made of to make an extractor slow.
_ADVERSARIAL: Final = {
    "figures": "1",
    "numerals": "一百",
    "units": "亿元",
    "brackets": "（",
    "pauses": "、",
    "sums": "投资5亿元",
    "suffixes": "有限公司",
    "items": "岚洋、",
    "titles": "董事长",
    "cells": "1\t2\n",
}
_SHORT: Final = 100_000
_LONG: Final = 1_000_000


def linear() -> Iterator[Row]:
    """Yield how much dearer a character gets in a text ten times as long, at worst."""
    warm_up()
    growth = {name: _growth(piece) for name, piece in _ADVERSARIAL.items()}
    worst = max(growth, key=growth.__getitem__)
    yield Row(
        "extractor.linear",
        1 / growth[worst],
        TIMES_AS_FAST,
        f"a text of {_SHORT:,} characters, a character of one of {_LONG:,}; 1 is linear, 0.1 would "
        f"be quadratic; the worst of {', '.join(growth)} is {worst}",
    )


def _growth(piece: str) -> float:
    """Return how many times as much a character of the long text costs."""

    def cost(length: int) -> float:
        text = piece * (length // len(piece))
        article = msgspec.structs.replace(texts()[0], title="", text=text, paragraphs=(text,))
        started = time.process_time()
        extract(article)
        return (time.process_time() - started) / length

    return cost(_LONG) / cost(_SHORT)


def _row(name: str, against: str, ours: list[float], peers: list[float]) -> Row:
    articles = texts()
    characters = sum(len(article.text) for article in articles) // len(articles)
    return Row(
        name,
        times_as_fast(ours, peers),
        TIMES_AS_FAST,
        f"{against}; CPU an article: {each(ours, len(articles))} against "
        f"{each(peers, len(articles))}; {len(articles)} articles of {characters:,} characters on "
        f"average, from {material().origin}",
    )
