"""Storing in batches, beside one transaction an article and one statement a row."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

import asyncpg
import msgspec

from benchmarks.many import EMPTY
from benchmarks.material import copies, texts
from benchmarks.measure import TIMES_AS_FAST, Row, elsewhere, take_turns, times_as_fast
from services.cli.embedded import embedded_postgres
from services.contracts.messages import Facts
from services.extractor.extract import extract, warm_up
from services.runtime.migrate import upgrade
from services.runtime.postgres import connect
from services.store import MIGRATIONS, SCHEMA
from services.store.link import link
from services.store.write import write

_ROUNDS = 5
_ARTICLES = 600
_BATCH = 100

_COLUMNS: Final = {
    "article": "id, url, canonical_url, site, ordinal, title, published_at, published_precision, "
    "source, author, text, script, fetched_at, content_hash, simhash",
    "mention": "article_id, position, type, text, start_offset, end_offset, name, adcode",
    "amount": "article_id, position, text, start_offset, end_offset, kind, low, high, unit, "
    "qualifier, role, subject, period",
    "project": "article_id, position, kind, name, investors, amount_low, amount_high, currency, "
    "area_m2, park, place, adcode, stage, date, date_precision, date_inferred, industry, evidence",
    "pending": "article_id, tokens, minhash",
}
_INSERT: Final = {
    table: f"INSERT INTO parkwire.{table} ({columns}) VALUES "
    f"({', '.join(f'${n}' for n in range(1, columns.count(',') + 2))})"
    for table, columns in _COLUMNS.items()
}


def storing() -> Iterator[Row]:
    """Yield how many articles with all their facts are stored a second."""
    facts = sample_facts(_ARTICLES, "stored")
    with embedded_postgres() as dsn, asyncio.Runner() as runner:
        runner.run(upgrade(dsn, MIGRATIONS, SCHEMA))
        pool = runner.run(connect(dsn, size=1, application_name="benchmark"))

        def batches() -> float:
            return runner.run(_in_batches(pool, facts))

        def rows() -> float:
            return runner.run(_row_by_row(pool, facts))

        def linking() -> float:
            return runner.run(_linked(pool, facts))

        ours, theirs, linked = take_turns((batches, rows, linking), _ROUNDS)
        pool.terminate()
    rows_each = sum(1 + len(f.entities) + len(f.amounts) + len(f.projects) for f in facts)
    shape = f"{_ARTICLES} new articles of {rows_each / _ARTICLES:.0f} rows, embedded PostgreSQL"
    yield Row(
        "store.articles_per_second",
        _ARTICLES / median(ours),
        "articles/s",
        f"no peer: batches of {_BATCH}, one connection; {shape}; {elsewhere()}",
    )
    yield Row(
        "store.vs_row_by_row",
        times_as_fast(ours, theirs),
        TIMES_AS_FAST,
        "the same rows by the same driver, one transaction an article and one statement a row "
        f"({_ARTICLES / median(theirs):,.0f} articles/s); {shape}",
    )
    yield Row(
        "store.linked_per_second",
        _ARTICLES / median(linked),
        "articles/s",
        "no peer: documents, stories and projects of the same articles, behind the writing; "
        f"{elsewhere()}",
    )


def sample_facts(count: int, run: str) -> list[Facts]:
    """Return the facts of `count` articles, each with an identity of its own."""
    warm_up()
    some = [extract(article) for article in texts()]
    articles = copies(texts(), count, run)
    return [
        msgspec.structs.replace(facts, article=article)
        for number, article in enumerate(articles)
        for facts in (some[number % len(some)],)
    ]


async def _in_batches(pool: asyncpg.Pool, facts: Sequence[Facts]) -> float:
    await pool.execute(EMPTY)
    started = time.perf_counter()
    for start in range(0, len(facts), _BATCH):
        await write(pool, facts[start : start + _BATCH])
    return time.perf_counter() - started


async def _linked(pool: asyncpg.Pool, facts: Sequence[Facts]) -> float:
    await _in_batches(pool, facts)
    started = time.perf_counter()
    while await link(pool):
        pass
    return time.perf_counter() - started


async def _row_by_row(pool: asyncpg.Pool, facts: Sequence[Facts]) -> float:
    await pool.execute(EMPTY)
    started = time.perf_counter()
    for one in facts:
        await _write_rows(pool, one)
    return time.perf_counter() - started


async def _write_rows(pool: asyncpg.Pool, facts: Facts) -> None:
    article = msgspec.structs.asdict(facts.article)
    del article["paragraphs"]
    minhash = base64.b64decode(article.pop("minhash"))
    key = facts.article.id
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_INSERT["article"], *article.values())
        for table, found in (("mention", facts.entities), ("amount", facts.amounts)):
            for position, one in enumerate(found):
                values = msgspec.structs.astuple(one)
                await connection.execute(_INSERT[table], key, position, *values)
        for position, project in enumerate(facts.projects):
            *others, evidence = msgspec.structs.astuple(project)
            row = (key, position, *others, json.dumps(evidence))
            await connection.execute(_INSERT["project"], *row)
        await connection.execute(_INSERT["pending"], key, facts.tokens, minhash)
