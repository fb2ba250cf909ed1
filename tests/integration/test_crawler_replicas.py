"""Three crawlers on fifty hosts, one of them killed midway: no host is hurried, no page is lost."""

import asyncio
import multiprocessing
import os
import signal
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import pairwise

import asyncpg
import pytest
from aiohttp import web

from services.contracts.messages import Page, Source
from services.crawler.crawl import crawling
from services.crawler.frontier import MIGRATIONS, SCHEMA, Frontier
from services.crawler.settings import CrawlerSettings
from services.crawler.tasks import accept
from services.runtime.migrate import upgrade
from services.runtime.outcome import Record
from services.runtime.postgres import connect

HOSTS = [f"127.0.1.{n}" for n in range(1, 51)]
ARTICLES = 4
PACE = 0.3
SETTINGS = CrawlerSettings(
    pace=PACE,
    poll=0.05,
    lease=2.0,
    concurrency=20,
    host_pages=3,
    allow_networks=(ip_network("127.0.0.0/8"),),
)


@dataclass
class Hosts:
    """What the fifty hosts were asked for, and when."""

    port: int = 0
    asked: defaultdict[str, list[tuple[float, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    async def answer(self, request: web.Request) -> web.Response:
        self.asked[request.url.host or ""].append((time.monotonic(), request.path))
        if request.path == "/robots.txt":
            return web.Response(status=404)
        if request.path == "/feed":
            links = "".join(f"<item><link>/a/{n}</link></item>" for n in range(ARTICLES))
            return web.Response(text=f"<rss>{links}</rss>", content_type="application/rss+xml")
        return web.Response(text=f"<p>{request.path}</p>", content_type="text/html")


@pytest.fixture
async def hosts() -> AsyncIterator[Hosts]:
    made = Hosts()
    app = web.Application()
    app.router.add_get("/{path:.*}", made.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    for host in HOSTS:
        await web.TCPSite(runner, host, made.port).start()
        made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


def crawl(dsn: str, owner: str) -> None:
    """Crawl until killed; a table stands in for the broker."""
    asyncio.run(_crawl(dsn, owner))


async def _crawl(dsn: str, owner: str) -> None:
    pool = await connect(dsn, size=6, application_name=owner)

    async def publish(page: Page, _: str) -> None:
        await pool.execute("INSERT INTO published VALUES ($1)", page.url)

    async def bury(record: Record, reason: str, detail: str) -> None:
        raise AssertionError((record, reason, detail))

    async with crawling(
        SETTINGS,
        Frontier(pool, pace=PACE),
        publish=publish,
        bury=bury,
        observe=lambda *_: None,
        waited=lambda _: None,
        owner=owner,
    ) as running:
        await running.run(asyncio.Event())


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="needs all of 127.0.0.0/8")
async def test_no_host_is_hurried_and_no_page_is_lost(postgres_dsn: str, hosts: Hosts) -> None:
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    pool = await connect(postgres_dsn, size=2, application_name="test")
    await pool.execute("CREATE TABLE published (url text)")
    feeds = [Source(f"http://{host}:{hosts.port}/feed", every=3600) for host in HOSTS]
    sources = [
        accept(Record("sources", 0, n, 0, None, b"x", {}), feed) for n, feed in enumerate(feeds)
    ]
    await Frontier(pool).add_sources(sources)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["services.crawler.crawl"])
    crawlers = [context.Process(target=crawl, args=(postgres_dsn, f"c{n}")) for n in range(3)]
    for crawler in crawlers:
        crawler.start()
    try:
        await _until(pool, len(HOSTS) * ARTICLES // 3)
        assert crawlers[0].pid is not None
        os.kill(crawlers[0].pid, signal.SIGKILL)
        held = await pool.fetch("SELECT host FROM frontier.hosts WHERE owner = 'c0'")
        await _until(pool, len(HOSTS) * ARTICLES)
        async with asyncio.timeout(20):
            while (await Frontier(pool).backlog()).pending:  # noqa: ASYNC110 (other processes)
                await asyncio.sleep(0.05)
    finally:
        for crawler in crawlers:
            crawler.kill()
            crawler.join()
    published = await pool.fetch("SELECT url FROM published")
    await pool.close()

    assert held, "it was in the midst of its work"
    of_the_killed = {row["host"].partition(":")[0] for row in held}
    assert {row["url"] for row in published} == {
        f"http://{host}:{hosts.port}/a/{n}" for host in HOSTS for n in range(ARTICLES)
    }
    for host in HOSTS:
        times, paths = zip(*hosts.asked[host], strict=True)
        assert min(b - a for a, b in pairwise(times)) >= PACE, host
        again = sum(count - 1 for count in Counter(paths).values())
        assert again <= (1 if host in of_the_killed else 0), (host, paths)


async def _until(pool: asyncpg.Pool, goal: int) -> None:
    async with asyncio.timeout(60):
        while await pool.fetchval("SELECT count(DISTINCT url) FROM published") < goal:  # noqa: ASYNC110 (other processes)
            await asyncio.sleep(0.02)
