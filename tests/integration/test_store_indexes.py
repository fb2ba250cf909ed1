"""Every filter has an index: shown on a few thousand generated articles, without scans of tables.

`python -m benchmarks.many` asks a million, and tells how long that takes.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, get_args

import asyncpg
import pytest
from store_samples import database

from benchmarks.many import generate, indexes, scanned
from services.store.queries import plan
from services.store.questions import (
    AMOUNTS,
    ARTICLES,
    PARKS,
    PROJECTS,
    STORIES,
    Facet,
    Question,
    sums_of_amounts,
    sums_of_articles,
    sums_of_projects,
)
from services.store.rows import Filter

_RARE = {
    "place": Filter(place="城市2345号"),
    "park": Filter(park="第4321高新"),
    "investor": Filter(investor="远岫150000"),
    "amount": Filter(min_amount=3.15e10),
    "date": Filter(since=date(2031, 1, 1)),
    "text": Filter(text="罕见77"),
}
_ALL = {
    "nothing": Filter(),
    "stage": Filter(stage="洽谈"),
    "industry": Filter(industry="产业59"),
} | _RARE


def _name(question: Question[Any]) -> str:
    return question.row.__name__


@pytest.fixture(scope="module")
def dsn(postgres_server: str) -> Iterator[str]:
    async def fill(dsn: str) -> None:
        connection = await asyncpg.connect(dsn)
        await generate(connection, 4000)
        await connection.close()

    with database(postgres_server) as made:
        asyncio.run(fill(made))
        yield made


async def _plan(dsn: str, question: Question[Any], where: Filter) -> list[str]:
    connection = await asyncpg.connect(dsn, server_settings={"enable_seqscan": "off"})
    try:
        return await plan(connection, question, where)
    finally:
        await connection.close()


@pytest.mark.parametrize("where", _ALL.values(), ids=_ALL)
@pytest.mark.parametrize("question", [PROJECTS, ARTICLES, AMOUNTS, STORIES, PARKS], ids=_name)
async def test_no_question_needs_a_whole_table(
    dsn: str, question: Question[Any], where: Filter
) -> None:
    assert scanned(await _plan(dsn, question, where)) == []


@pytest.mark.parametrize("where", _ALL.values(), ids=_ALL)
@pytest.mark.parametrize("facet", get_args(Facet))
@pytest.mark.parametrize("sums", [sums_of_projects, sums_of_articles, sums_of_amounts])
async def test_no_sum_needs_a_whole_table(
    dsn: str, sums: Callable[[Facet], Question[Any]], facet: Facet, where: Filter
) -> None:
    assert scanned(await _plan(dsn, sums(facet), where)) == []


@pytest.mark.parametrize(
    ("question", "asked", "index"),
    [
        (PROJECTS, "place", "linked_project_place"),
        (PROJECTS, "park", "linked_project_park"),
        (PROJECTS, "investor", "linked_project_investors"),
        (PROJECTS, "amount", "linked_project_yuan"),
        (PROJECTS, "date", "linked_project_newest"),
        (PROJECTS, "text", "document_terms"),
        (ARTICLES, "place", "document_terms"),
        (ARTICLES, "park", "document_terms"),
        (ARTICLES, "investor", "mention_name"),
        (ARTICLES, "amount", "document_money"),
        (ARTICLES, "date", "article_newest"),
        (ARTICLES, "industry", "document_terms"),
        (ARTICLES, "stage", "document_terms"),
        (ARTICLES, "text", "document_terms"),
        (AMOUNTS, "place", "document_terms"),
        (AMOUNTS, "park", "document_terms"),
        (AMOUNTS, "investor", "mention_name"),
        (AMOUNTS, "industry", "document_terms"),
        (AMOUNTS, "amount", "amount_money"),
        (AMOUNTS, "text", "document_terms"),
        (STORIES, "date", "document_newest_story"),
        (STORIES, "text", "document_terms"),
        (STORIES, "place", "document_terms"),
        (STORIES, "investor", "mention_name"),
        (STORIES, "industry", "document_terms"),
        (PARKS, "park", "linked_project_park"),
        (sums_of_articles("month"), "place", "document_terms"),
        (sums_of_articles("month"), "amount", "document_money"),
        (sums_of_articles("month"), "date", "document_newest"),
        (sums_of_amounts("month"), "park", "statement_pkey"),
        (sums_of_amounts("month"), "amount", "statement_money"),
        (sums_of_amounts("month"), "date", "statement_days"),
    ],
)
async def test_what_few_rows_match_is_found_by_its_own_index(
    dsn: str, question: Question[Any], asked: str, index: str
) -> None:
    assert index in indexes(await _plan(dsn, question, _ALL[asked]))


@pytest.mark.parametrize(
    ("question", "index"),
    [
        (PARKS, "project_sum_pkey"),
        (sums_of_projects("park"), "project_sum_pkey"),
        (sums_of_articles("month"), "article_sum_pkey"),
        (sums_of_amounts("industry"), "amount_sum_pkey"),
    ],
)
async def test_sums_of_everything_are_those_that_are_kept(
    dsn: str, question: Question[Any], index: str
) -> None:
    assert index in indexes(await _plan(dsn, question, Filter()))


async def test_names_are_found_by_two_of_their_characters(dsn: str) -> None:
    connection = await asyncpg.connect(dsn, server_settings={"enable_seqscan": "off"})
    lines = await connection.fetch(
        "EXPLAIN SELECT name FROM parkwire.entity WHERE parkwire.doubled(name) LIKE '%市市22%'"
    )
    await connection.close()
    assert "entity_name" in indexes([line[0] for line in lines])


async def test_what_is_too_old_is_found_by_an_index(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    lines = await connection.fetch(
        "EXPLAIN SELECT id FROM parkwire.article WHERE fetched_at < '2015-01-02'"
    )
    await connection.close()
    assert indexes([line[0] for line in lines]) == {"article_fetched"}
