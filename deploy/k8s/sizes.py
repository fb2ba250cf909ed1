"""Measures what a page costs in bytes: in Kafka, in PostgreSQL, in memory. docs/scaling.md has it.

Run from the project's root, in its environment: python deploy/k8s/sizes.py
"""

import asyncio
import resource
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import asyncpg
import cramjam
import msgspec

from benchmarks.material import copies, material, texts
from services.cleaner.clean import clean
from services.cleaner.clean import warm_up as warm_up_cleaner
from services.cli.embedded import embedded_postgres
from services.contracts.codec import ARTICLE, FACTS, PAGE, SOURCE
from services.contracts.messages import Facts, Source
from services.crawler import frontier
from services.extractor.extract import extract
from services.extractor.extract import warm_up as warm_up_extractor
from services.runtime.migrate import upgrade
from services.runtime.outcome import Record
from services.runtime.postgres import connect
from services.store import MIGRATIONS, SCHEMA
from services.store.write import write

_ARTICLES = 20_000
_URLS = 100_000
_BATCH = 100


def _sizes(values: Iterable[bytes]) -> str:
    raw = list(values)
    packed = [len(bytes(cramjam.zstd.compress(value))) for value in raw]
    return f"{sum(map(len, raw)) / len(raw):9,.0f} bytes, {sum(packed) / len(raw):7,.0f} by zstd"


def _clean_all() -> int:
    warm_up_cleaner()
    for page in material().pages:
        clean(page)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _extract_all() -> int:
    warm_up_extractor()
    for article in texts():
        extract(article)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _memory(work: Callable[[], int]) -> str:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return f"{pool.submit(work).result() / 1024:9,.0f} MiB"


def _facts() -> list[Facts]:
    found = {article.text: extract(article) for article in texts()}
    return [
        msgspec.structs.replace(found[article.text], article=article)
        for article in copies(texts(), _ARTICLES, "sizes")
    ]


def _source(number: int) -> frontier.FrontierSource:
    url = f"https://www.park{number % 1000}.example.cn/news/2026/{number % 12 + 1:02}/{number}.html"
    record = Record("sources", 0, number, 0, b"", url.encode(), {})
    return frontier.accept(record, Source(url))


async def _table(pool: asyncpg.Pool, table: str, rows: int) -> str:
    query = "SELECT pg_table_size($1::regclass), pg_indexes_size($1::regclass)"
    row = await pool.fetchrow(query, table)
    assert row is not None
    heap, indexes = row
    return f"{heap / rows:9,.0f} bytes, {indexes / rows:7,.0f} of indexes"


async def _database(dsn: str, facts: Sequence[Facts]) -> None:
    await upgrade(dsn, MIGRATIONS, SCHEMA)
    await upgrade(dsn, frontier.MIGRATIONS, frontier.SCHEMA)
    pool = await connect(dsn, size=1, application_name="sizes")
    log = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"
    before = await pool.fetchval(log)
    for start in range(0, _ARTICLES, _BATCH):
        await write(pool, facts[start : start + _BATCH])
    written = await pool.fetchval(log) - before
    print(f"write-ahead log, an article {written / _ARTICLES:9,.0f} bytes")
    for table in ("article", "mention", "amount", "project"):
        print(f"{table + 's, an article':27}", await _table(pool, f"parkwire.{table}", _ARTICLES))
    urls = frontier.Frontier(pool, pace=1, longest_pace=60)
    begun = time.perf_counter()
    for start in range(0, _URLS, _BATCH):
        await urls.add_sources([_source(start + number) for number in range(_BATCH)])
    print(f"{'URLs taken in a second':27} {_URLS / (time.perf_counter() - begun):9,.0f}")
    print(f"{'frontier, a URL':27}", await _table(pool, "frontier.urls", _URLS))
    pool.terminate()


def main() -> None:
    """Print the figures."""
    print(f"{'a cleaning worker':27}", _memory(_clean_all))
    print(f"{'an extracting worker':27}", _memory(_extract_all))
    pages = material().pages
    print(f"{len(texts()) / len(pages):.2f} articles a page, of {material().origin}")
    facts = _facts()
    print(f"{'source':27}", _sizes([SOURCE.encode(Source(page.url)) for page in pages]))
    print(f"{'page':27}", _sizes(map(PAGE.encode, pages)))
    print(f"{'article':27}", _sizes(map(ARTICLE.encode, texts())))
    print(f"{'facts':27}", _sizes(map(FACTS.encode, facts[: len(texts())])))
    with embedded_postgres() as dsn:
        asyncio.run(_database(dsn, facts))


if __name__ == "__main__":
    main()
