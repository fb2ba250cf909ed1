"""Fetching beside Scrapy: one process each, the same pages, in turns."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from ipaddress import IPv4Network
from itertools import count
from statistics import median

import asyncpg

from benchmarks.material import material
from benchmarks.measure import (
    TIMES_AS_FAST,
    NotMeasuredError,
    Row,
    each,
    peer,
    take_turns,
    times_as_fast,
)
from benchmarks.usual import Bill, Order, crawl
from benchmarks.web import serving
from services.cli.embedded import embedded_postgres
from services.contracts.messages import Page, Source
from services.crawler import frontier as frontier_package
from services.crawler.crawl import crawling
from services.crawler.fetch import Failure, Fetched, Fetcher, Http
from services.crawler.frontier import Frontier
from services.crawler.settings import CrawlerSettings
from services.crawler.tasks import accept
from services.runtime.migrate import upgrade
from services.runtime.outcome import Record
from services.runtime.postgres import connect

_ROUNDS = 3
_PAGES = 1000
_SITES = 32
_LIMIT = 60.0


def crawler() -> Iterator[Row]:
    """Yield how fast pages are fetched, without the frontier and with it."""
    scrapy = peer("scrapy")
    settings = CrawlerSettings(
        allow_networks=(IPv4Network("127.0.0.0/8"),), concurrency=_SITES, pace=0.001, poll=0.02
    )
    with (
        serving(material().pages, sites=_SITES) as web,
        embedded_postgres() as dsn,
        asyncio.Runner() as runner,
    ):
        runner.run(upgrade(dsn, frontier_package.MIGRATIONS, frontier_package.SCHEMA))
        pool = runner.run(connect(dsn, size=4, application_name="benchmark"))
        turns = count()
        bills: list[list[Bill]] = [[], [], [], []]

        def note(number: int, bill: Bill) -> float:
            bills[number].append(bill)
            return bill.cpu

        def urls() -> list[str]:
            return web.urls(_PAGES, f"turn-{next(turns)}")

        costs = take_turns(
            (
                lambda: note(0, runner.run(_fetch(settings, urls()))),
                lambda: note(1, crawl(Order(urls(), _SITES, robots=False))),
                lambda: note(2, runner.run(_with_frontier(settings, pool, urls()))),
                lambda: note(3, crawl(Order(urls(), _SITES))),
            ),
            _ROUNDS,
        )
        pool.terminate()
    rates = [_PAGES / median(bill.seconds for bill in some) for some in bills]
    for name, ours, theirs, what in (
        ("crawler.vs_scrapy", 0, 1, "robots.txt and pace off; fetching"),
        (
            "crawler.frontier_vs_scrapy",
            2,
            3,
            "robots.txt heeded; the crawl with its frontier in PostgreSQL",
        ),
    ):
        yield Row(
            name,
            times_as_fast(costs[ours], costs[theirs]),
            TIMES_AS_FAST,
            f"Scrapy {scrapy.__version__}, {_SITES} requests at a time, {what}; CPU a page of the "
            f"crawling process: {each(costs[ours], _PAGES)} against {each(costs[theirs], _PAGES)}; "
            f"by the clock {rates[ours]:,.0f} against {rates[theirs]:,.0f} pages/s; {_PAGES} pages "
            f"({material().origin}) of {_SITES} local sites",
        )


async def _fetch(settings: CrawlerSettings, urls: Sequence[str]) -> Bill:
    http = Http(settings)
    fetcher = Fetcher(http, _allowed, _at_once)
    waiting = iter(urls)

    async def work() -> None:
        for url in waiting:
            result = await fetcher.fetch(url)
            if not isinstance(result, Fetched):
                raise NotMeasuredError(f"a page was not fetched: {result}")

    async def run() -> None:
        await asyncio.gather(*(work() for _ in range(settings.concurrency)))

    try:
        return await _billed(run, len(urls))
    finally:
        await http.close()


async def _allowed(_url: str) -> Failure | None:
    return None


async def _at_once(_url: str) -> float:
    return 0.0


async def _with_frontier(
    settings: CrawlerSettings, pool: asyncpg.Pool, urls: Sequence[str]
) -> Bill:
    frontier = Frontier(pool, pace=settings.pace, longest_pace=settings.longest_pace)
    stop = asyncio.Event()
    published = 0

    async def publish(_page: Page, _trace: str) -> None:
        nonlocal published
        published += 1
        if published == len(urls):
            stop.set()

    async def bury(record: Record, reason: str, detail: str) -> None:
        raise NotMeasuredError(f"a page was not fetched: {reason}: {detail}")

    async with crawling(
        settings,
        frontier,
        publish=publish,
        bury=bury,
        observe=lambda *_: None,
        waited=lambda _: None,
    ) as running:

        async def run() -> None:
            record = Record("sources", 0, 0, 0, None, None)
            await frontier.add_sources(
                [accept(record, Source(url, kind="article")) for url in urls]
            )
            async with asyncio.timeout(_LIMIT):
                await running.run(stop)

        try:
            return await _billed(run, len(urls))
        except TimeoutError as error:
            reason = f"{published} of {len(urls)} pages after {_LIMIT:.0f} s"
            raise NotMeasuredError(reason) from error


async def _billed(work: Callable[[], Awaitable[None]], pages: int) -> Bill:
    started, cpu = time.perf_counter(), time.process_time()
    await work()
    return Bill(pages, time.perf_counter() - started, time.process_time() - cpu)
