"""A crawler that is killed at any moment loses no page."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from ipaddress import ip_network

import asyncpg
import pytest
from aiohttp import web

from services.contracts.messages import Page, Source
from services.crawler.crawl import crawling
from services.crawler.frontier import MIGRATIONS, SCHEMA, Frontier, accept
from services.crawler.settings import CrawlerSettings
from services.runtime.migrate import upgrade
from services.runtime.outcome import Record
from services.runtime.postgres import connect

PAGES = 60
SETTINGS = CrawlerSettings(
    pace=0.002, poll=0.02, lease=0.5, host_pages=7, allow_networks=(ip_network("127.0.0.0/8"),)
)


def crawl(dsn: str) -> None:
    """Crawl until killed; a table stands in for the broker."""
    asyncio.run(_crawl(dsn))


async def _crawl(dsn: str) -> None:
    pool = await connect(dsn, size=4, application_name="victim")

    async def publish(page: Page, _: str) -> None:
        await pool.execute("INSERT INTO published VALUES ($1)", page.url)

    async def bury(record: Record, reason: str, detail: str) -> None:
        raise AssertionError((record, reason, detail))

    async with crawling(
        SETTINGS,
        Frontier(pool, pace=SETTINGS.pace),
        publish=publish,
        bury=bury,
        observe=lambda *_: None,
        waited=lambda _: None,
    ) as running:
        await running.run(asyncio.Event())


@pytest.fixture
async def site() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        if request.path == "/feed":
            links = "".join(f"<item><link>/a/{n}</link></item>" for n in range(PAGES))
            return web.Response(text=f"<rss>{links}</rss>", content_type="application/rss+xml")
        await asyncio.sleep(0.005)
        return web.Response(text=f"<p>{request.path}</p>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_every_page_is_published_though_crawlers_are_killed(
    postgres_dsn: str, site: str
) -> None:
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    pool = await connect(postgres_dsn, size=2, application_name="test")
    await pool.execute("CREATE TABLE published (url text)")
    frontier = Frontier(pool)
    record = Record("sources", 0, 0, 0, None, b"x", {})
    await frontier.add_sources([accept(record, Source(f"{site}/feed", every=3600))])
    spawn = multiprocessing.get_context("spawn")
    for goal in (5, 20, 40, PAGES):
        victims = [spawn.Process(target=crawl, args=(postgres_dsn,)) for _ in range(2)]
        for victim in victims:
            victim.start()
        async with asyncio.timeout(60):
            while await _published(pool) < goal or (  # noqa: ASYNC110 (other processes)
                goal == PAGES and (await frontier.backlog()).pending
            ):
                await asyncio.sleep(0.02)
        for victim in victims:
            victim.kill()
            victim.join()
            victim.close()
    urls = [row["url"] for row in await pool.fetch("SELECT url FROM published")]
    await pool.close()
    assert set(urls) == {f"{site}/a/{n}" for n in range(PAGES)}
    # Twice is allowed, but only for what was in hand at a kill: three kills of two crawlers.
    assert len(urls) <= PAGES + 6


async def _published(pool: asyncpg.Pool) -> int:
    return int(await pool.fetchval("SELECT count(DISTINCT url) FROM published"))
