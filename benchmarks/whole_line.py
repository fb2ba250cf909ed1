"""The whole line, from sources to rows, beside its floors and one process that does it all."""

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from itertools import count
from typing import Final

import asyncpg
import msgspec

from benchmarks.floors import Floors, Load
from benchmarks.material import material
from benchmarks.measure import (
    TIMES_AS_FAST,
    NotMeasuredError,
    Row,
    each,
    elsewhere,
    peer,
    take_turns,
    times_as_fast,
)
from benchmarks.place import broker, send, services_cpu
from benchmarks.usual import Bill, Order, crawl
from benchmarks.web import Web, serving
from services.cleaner.clean import clean
from services.cli.embedded import embedded_postgres
from services.cli.line import Line
from services.contracts.messages import Page, Source
from services.runtime.outcome import output
from services.runtime.postgres import connect

_ROUNDS = 3
_PAGES = 400
_PEERS_PAGES = 200
_WARM_UP = 100
_SITES = 16
_LIMIT = 120.0
_POLL = 0.05

_SETTINGS: Final = {
    "PARKWIRE_CRAWLER_ALLOW_NETWORKS": '["127.0.0.0/8"]',
    "PARKWIRE_CRAWLER_PACE": "0.001",
    "PARKWIRE_CRAWLER_POLL": "0.05",
    "PARKWIRE_LOG_LEVEL": "WARNING",
}
_STORED: Final = "SELECT count(*) FROM parkwire.article WHERE url LIKE $1"


def line() -> Iterator[Row]:
    """Yield how fast the line is, by the clock and by processor time."""
    for module in ("scrapy", "trafilatura", "recognizers_date_time", "psycopg", "psutil"):
        peer(module)
    with ExitStack() as stack:
        kafka = stack.enter_context(broker())
        dsn = stack.enter_context(embedded_postgres())
        web = stack.enter_context(serving(material().pages, sites=_SITES))
        runner = stack.enter_context(asyncio.Runner())
        closing = AsyncExitStack()
        stack.callback(lambda: runner.run(closing.aclose()))
        running = Line(_SETTINGS, kafka=kafka.with_prefix("line-"), dsn=dsn)
        runner.run(closing.enter_async_context(running))
        pool = runner.run(connect(dsn, size=2, application_name="benchmark"))
        stack.callback(pool.terminate)
        through = _Through(running, pool, web)
        runner.run(through(_WARM_UP))
        urls = web.urls(_PEERS_PAGES, "floors")
        floors = Floors(Load(urls, [_served(url) for url in urls]), kafka.kafka, pool)
        bills: list[Bill] = []
        lights: list[Bill] = []
        heavies: list[Bill] = []
        steps: list[dict[str, float]] = []

        def ours() -> float:
            bills.append(runner.run(through(_PAGES)))
            return bills[-1].cpu / _PAGES

        def theirs(spent: list[Bill], *, recognizers: bool) -> float:
            urls = web.urls(_PEERS_PAGES, f"peer-{recognizers:d}-{len(spent)}")
            spent.append(crawl(Order(urls, _SITES, dsn, recognizers)))
            return spent[-1].cpu / _PEERS_PAGES

        def least() -> float:
            steps.append(runner.run(floors.measure()))
            return sum(steps[-1].values()) / _PEERS_PAGES

        light = partial(theirs, lights, recognizers=False)
        heavy = partial(theirs, heavies, recognizers=True)
        cpu, light_cpu, heavy_cpu, least_cpu = take_turns((ours, light, heavy, least), _ROUNDS)
    on = f"{material().origin}, {_SITES} local sites, {kafka.name}, embedded PostgreSQL"
    clock = [bill.seconds / bill.pages for bill in bills]
    for name, found_by, peers_bills, peers_cpu in (
        ("line.vs_peer", "recognizers-text for amounts and dates", heavies, heavy_cpu),
        ("line.vs_light_peer", "a pattern for amounts, no dates", lights, light_cpu),
    ):
        peers_clock = [bill.seconds / bill.pages for bill in peers_bills]
        yield Row(
            name,
            times_as_fast(clock, peers_clock),
            TIMES_AS_FAST,
            f"one process of Scrapy, trafilatura, OpenCC, jieba.posseg, {found_by}, and psycopg "
            f"row by row; by the clock {1 / statistics.median(clock):.0f} against "
            f"{1 / statistics.median(peers_clock):.3g} pages/s; CPU a page of our four services "
            f"and their workers {each(cpu, 1)} against {each(peers_cpu, 1)}; {elsewhere()}; {on}",
        )
    parts = ", ".join(
        f"{name} {each([step[name] for step in steps], _PEERS_PAGES)}" for name in steps[0]
    )
    yield Row(
        "line.vs_floors",
        times_as_fast(cpu, least_cpu),
        TIMES_AS_FAST,
        "the libraries alone, nothing found or kept safe: CPU a page of our four services and "
        f"their workers {each(cpu, 1)} against {each(least_cpu, 1)} ({parts}); {on}",
    )


def _served(url: str) -> Page:
    pages = material().pages
    number = int(url.rsplit("/", 1)[1].removesuffix(".html"))
    return msgspec.structs.replace(pages[number % len(pages)], url=url, final_url=url)


class _Through:
    """Sends pages through a line that runs, and waits until their articles are stored."""

    def __init__(self, line: Line, pool: asyncpg.Pool, web: Web) -> None:
        self._line = line
        self._pool = pool
        self._web = web
        self._turns = count()

    async def __call__(self, pages: int) -> Bill:
        run = f"line-{next(self._turns)}"
        urls = self._web.urls(pages, run)
        expected = sum(len(clean(_served(url)).articles) for url in urls)
        sources = [output(Source(url, kind="article")) for url in urls]
        cpu, started = services_cpu(), time.perf_counter()
        await send(self._line.kafka, sources)
        stored = -1
        while stored < expected:
            if time.perf_counter() - started > _LIMIT:
                raise NotMeasuredError(f"{stored} of {expected} articles after {_LIMIT:.0f} s")
            await asyncio.sleep(_POLL)
            stored = await self._pool.fetchval(_STORED, f"%/{run}/%")
        return Bill(pages, time.perf_counter() - started, services_cpu() - cpu)
