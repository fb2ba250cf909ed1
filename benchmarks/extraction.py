"""Amounts and the whole extractor, beside what it costs to cut the same texts into words."""

import logging
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

from benchmarks.material import material, texts
from benchmarks.measure import TIMES_AS_FAST, Row, each, take_turns_by_item, times_as_fast
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

    costs, peers = take_turns_by_item(texts(), (ours, theirs), _ROUNDS)
    yield _row("amounts.vs_jieba_cut", "jieba.lcut", costs, peers)


def extractor() -> Iterator[Row]:
    """Yield how fast an article's entities, amounts and projects are found."""
    tag = jieba().posseg.lcut

    def theirs(article: Article) -> object:
        return tag(article.text)

    warm_up()
    costs, peers = take_turns_by_item(texts(), (extract, theirs), _ROUNDS)
    yield _row("extractor.vs_posseg", "jieba.posseg.lcut", costs, peers)


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
