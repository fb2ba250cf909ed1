"""The frontier with a million URLs: how long a crawler waits for a batch of hosts."""

import asyncio
import time
from collections.abc import Iterator
from statistics import quantiles

import asyncpg

from benchmarks.measure import Row, elsewhere
from services.cli.embedded import embedded_postgres
from services.crawler.frontier import MIGRATIONS, SCHEMA, Frontier
from services.runtime.migrate import upgrade
from services.runtime.postgres import connect

_HOSTS = 20_000
_URLS = 1_000_000
_BATCH = 32
_CRAWLERS = 3
_BATCHES = 70

# Every other host has something due now; the URLs that have come to an end are the most.
_FILL = (
    """
    INSERT INTO frontier.hosts (host, urls)
    SELECT 'h' || n || '.example', $2::integer / $1::integer FROM generate_series(1, $1::integer) n
    """,
    """
    INSERT INTO frontier.urls
        (url, address, host, kind, depth, source, trace_id, state, rank, due_at, fetched_at)
    SELECT url, url, host, 'auto', 1, 'http://' || host || '/', '',
        CASE WHEN due_at IS NULL THEN 'done' WHEN rank = 2 THEN 'recrawl' ELSE 'new' END,
        rank, due_at, now()
    FROM (
        SELECT 'http://h' || n % $1 + 1 || '.example/' || n AS url,
            'h' || n % $1 + 1 || '.example' AS host, 1 + (n / $1) % 2 AS rank,
            CASE WHEN (n / $1) % 5 > 0 THEN NULL
                WHEN n % $1 % 2 = 0 THEN now() - random() * interval '1 day'
                ELSE now() + random() * interval '1 day' END AS due_at
        FROM generate_series(1, $2::integer) n
    ) AS made
    """,
)
_QUEUE = """
UPDATE frontier.hosts SET due_at = first.due_at, turn_at = first.due_at + interval '10 minutes'
FROM (SELECT host, min(due_at) AS due_at FROM frontier.urls GROUP BY host) AS first
WHERE first.host = hosts.host
"""


def frontier() -> Iterator[Row]:
    """Yield the time of a lease, of the 95th in a hundred."""
    with embedded_postgres() as dsn:
        alone, together = asyncio.run(_run(dsn))
    percentiles = quantiles(together, n=100)
    yield Row(
        "crawler.lease_p95_ms",
        1000 * percentiles[94],
        "ms",
        f"no peer, less is better: leases of {_BATCH} hosts by {_CRAWLERS} crawlers at once, which "
        f"then take a turn and a URL of each and release it, from {_URLS:,} URLs of {_HOSTS:,} "
        f"hosts, embedded PostgreSQL; median {1000 * percentiles[49]:.3g} ms; one crawler alone "
        f"{1000 * quantiles(alone, n=100)[94]:.3g} ms; {elsewhere()}",
    )


async def _run(dsn: str) -> tuple[list[float], list[float]]:
    """Return how long leases take (s): of one crawler alone, and of several at once."""
    await upgrade(dsn, MIGRATIONS, SCHEMA)
    pool = await connect(dsn, size=2 * _CRAWLERS, application_name="benchmark")
    try:
        for statement in _FILL:
            await pool.execute(statement, _HOSTS, _URLS, timeout=600)
        await pool.execute(_QUEUE)
        await pool.execute("VACUUM ANALYZE frontier.urls")
        await pool.execute("VACUUM ANALYZE frontier.hosts")
        alone = await _crawler(pool, "alone")
        runs = await asyncio.gather(*(_crawler(pool, f"crawler-{n}") for n in range(_CRAWLERS)))
        return alone, [seconds for run in runs for seconds in run]
    finally:
        pool.terminate()


async def _crawler(pool: asyncpg.Pool, owner: str) -> list[float]:
    frontier = Frontier(pool, pace=5.0)
    times = []

    async def serve(host: str) -> None:
        task = await frontier.next_url(owner, host, 5.0)
        assert task is not None, "a host that is due has a URL that is due"
        await frontier.turn(task.url, 5.0)
        await frontier.release(owner, host)

    for _ in range(_BATCHES):
        started = time.perf_counter()
        hosts = await frontier.lease(owner, _BATCH, 60.0)
        times.append(time.perf_counter() - started)
        assert len(hosts) == _BATCH, "there is more due than is taken"
        await asyncio.gather(*map(serve, hosts))
    return times
