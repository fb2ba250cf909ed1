"""The crawler's shell: sources into the frontier, pages out of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Self, TypeVar

import asyncpg

from services.contracts.codec import SOURCE
from services.contracts.dead_letters import Reason
from services.contracts.messages import Page
from services.contracts.topics import PAGES, SOURCES
from services.crawler.crawl import Crawl, crawling
from services.crawler.frontier import Frontier
from services.crawler.settings import CrawlerSettings
from services.crawler.tasks import accept
from services.runtime import metrics
from services.runtime.delivery import Delivery
from services.runtime.headers import TRACE
from services.runtime.outcome import Failure, Outcome, Record, output
from services.runtime.postgres import POISON, TRANSIENT, connect
from services.runtime.retry import until_it_works
from services.runtime.service import Service
from services.runtime.settings import PostgresSettings
from services.runtime.sink import Sink

_LOOK_SECONDS = 5.0
_STUCK_SECONDS = 300.0

Answer = TypeVar("Answer")


class Crawler:
    """The handler of `sources`, and the crawl beside it, on one frontier."""

    def __init__(
        self, settings: CrawlerSettings, postgres: PostgresSettings, delivery: Delivery
    ) -> None:
        self._settings = settings
        self._postgres = postgres
        self._delivery = delivery
        self._stack = AsyncExitStack()
        self._frontier: Frontier | None = None
        self._crawl: Crawl | None = None

    async def __aenter__(self) -> Self:
        pool = await until_it_works(
            TRANSIENT,
            connect,
            self._postgres.dsn.get_secret_value(),
            size=self._postgres.pool_size,
            application_name="parkwire-crawler",
        )
        self._stack.push_async_callback(_close, pool)
        self._frontier = Frontier(
            pool,
            pace=self._settings.pace,
            longest_pace=self._settings.longest_pace,
            host_urls=self._settings.host_urls,
            source_urls=self._settings.source_urls,
        )
        self._crawl = await self._stack.enter_async_context(
            crawling(
                self._settings,
                self._frontier,
                publish=self._publish,
                bury=self._bury,
                observe=_observe,
                waited=metrics.POLITENESS_SECONDS.observe,
            )
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Take sources into the frontier; return the outcome of each record, in order."""
        assert self._frontier is not None, "entered before the first batch"
        sink = Sink(SOURCE, accept, self._frontier.add_sources, TRANSIENT, POISON)
        return await sink(records)

    async def crawl(self, stop: asyncio.Event) -> None:
        """Crawl until `stop` is set."""
        assert self._crawl is not None, "entered before"
        await self._crawl.run(stop)

    async def watch_frontier(self, stop: asyncio.Event) -> None:
        """Keep the gauges of the frontier until `stop` is set."""
        assert self._frontier is not None, "entered before"
        while not stop.is_set():
            backlog, seconds = await until_it_works(TRANSIENT, _timed, self._frontier.backlog)
            metrics.FRONTIER.labels("due").set(backlog.due)
            metrics.FRONTIER.labels("retry").set(backlog.retries)
            metrics.FRONTIER.labels("scheduled").set(backlog.scheduled)
            metrics.FRONTIER.labels("paused").set(backlog.paused)
            metrics.FRONTIER.labels("leased_hosts").set(backlog.leased)
            metrics.FRONTIER.labels("backed_off_hosts").set(backlog.backed_off)
            metrics.FRONTIER.labels("full_hosts").set(backlog.full_hosts)
            metrics.FRONTIER.labels("full_sources").set(backlog.full_sources)
            # Counting a large frontier takes its time: a twentieth of it is enough to give.
            rest = max(_LOOK_SECONDS, 20 * seconds)
            try:
                await asyncio.wait_for(stop.wait(), rest)
            except TimeoutError:
                continue

    def is_turning(self) -> bool:
        """Return whether the crawl has lately looked for work."""
        return self._crawl is None or time.monotonic() - self._crawl.last_turn < _STUCK_SECONDS

    async def _publish(self, page: Page, trace: str) -> None:
        incoming = {TRACE: trace}
        fetched_ns = int(page.fetched_at.timestamp() * 1e9)
        with self._delivery.tracing.span("crawler page", incoming, fetched_ns) as parent:
            await self._delivery.send(output(page), incoming | parent)

    async def _bury(self, record: Record, reason: str, detail: str) -> None:
        await self._delivery.bury(record, Failure(Reason.UNFETCHABLE, reason, detail))


def make_service() -> Service:
    """Return the service, ready to run."""
    service = Service("crawler")
    crawler = Crawler(CrawlerSettings(), PostgresSettings(), service.delivery)
    service.resource(crawler)
    service.stage(SOURCES, crawler)
    service.background(crawler.crawl)
    service.background(crawler.watch_frontier)
    service.publishes(PAGES)
    service.health.live["crawl"] = crawler.is_turning
    return service


def _observe(outcome: str, seconds: float, size: int) -> None:
    metrics.FETCHES.labels(outcome).inc()
    metrics.FETCH_SECONDS.observe(seconds)
    metrics.FETCHED_BYTES.inc(size)


async def _timed(ask: Callable[[], Awaitable[Answer]]) -> tuple[Answer, float]:
    """Return an answer and the seconds that it took."""
    asked = time.monotonic()
    return await ask(), time.monotonic() - asked


async def _close(pool: asyncpg.Pool) -> None:
    pool.terminate()  # nothing is under way that anybody has acknowledged
