"""A crawl under test: sites on 127.0.0.1, and what comes out of the crawl of them."""

import asyncio
import contextlib
import json
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import asyncpg
from aiohttp import web

from services.contracts.messages import Page, Source, SourceKind
from services.crawler.crawl import Crawl, crawling
from services.crawler.frontier import Frontier
from services.crawler.settings import CrawlerSettings
from services.crawler.tasks import accept
from services.runtime.outcome import Record

Answer = web.Response | Callable[[web.Request], Awaitable[web.StreamResponse]]

PROSE = "示范园区今天举行项目集中签约仪式，共有十二个项目落户，总投资三十亿元。" * 20
FAST = CrawlerSettings(
    pace=0.01,
    poll=0.02,
    retry_base=0.05,
    max_attempts=3,
    grace=5,
    connect_timeout=2,
    read_timeout=2,
    total_timeout=5,
    allow_networks=(ip_network("127.0.0.0/8"),),
)


def html(body: str, title: str = "") -> web.Response:
    text = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
    return web.Response(text=text, content_type="text/html")


def article(number: int) -> web.Response:
    return html(f"<h1>第{number}个项目在示范园区签约</h1><div><p>{number}：{PROSE}</p></div>")


def links(*numbers: int) -> str:
    rows = "".join(
        f"<li><a href='/news/2024/{1000 + n}.html'>示范园区第{n}个重点项目正式签约落户</a>"
        f"<span>2024-05-{n:02}</span></li>"
        for n in numbers
    )
    return f"<ul>{rows}</ul>"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 (what is waited for knows no events)
            await asyncio.sleep(0.01)


@dataclass
class Site:
    """A web site on 127.0.0.1, and who asked for what, when."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[float, str]] = field(default_factory=list)
    headers: defaultdict[str, list[dict[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path_qs
        self.asked.append((time.monotonic(), path))
        self.headers[path].append(dict(request.headers))
        answer = self.answers.get(path)
        if answer is None:
            return web.Response(status=404)
        if isinstance(answer, web.Response):
            return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
        return await answer(request)

    def paths(self) -> list[str]:
        return [path for _, path in self.asked]


@contextlib.asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    made = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    made.url = f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@dataclass
class Line:
    """What comes out of a crawl."""

    frontier: Frontier
    pool: asyncpg.Pool
    pages: list[Page] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    dead: list[tuple[Record, str, str]] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    offset: int = 0

    async def add(self, url: str, kind: SourceKind = "auto", **options: Any) -> Record:
        self.offset += 1
        value = json.dumps({"url": url, "kind": kind} | options).encode()
        record = Record(
            "sources", 0, self.offset, 1, b"key", value, {"correlation_id": f"t{self.offset}"}
        )
        await self.frontier.add_sources([accept(record, Source(url=url, kind=kind, **options))])
        return record

    async def publish(self, page: Page, trace: str) -> None:
        self.pages.append(page)
        self.traces.append(trace)

    async def bury(self, record: Record, reason: str, detail: str) -> None:
        self.dead.append((record, reason, detail))

    def observe(self, outcome: str, seconds: float, size: int) -> None:
        assert seconds >= 0
        assert size >= 0
        self.outcomes.append(outcome)

    @contextlib.asynccontextmanager
    async def running(
        self, settings: CrawlerSettings = FAST, **options: Any
    ) -> AsyncIterator[Crawl]:
        """Run a crawl while the body does; what it raises is raised here."""
        stop = asyncio.Event()
        hooks: dict[str, Any] = {
            "publish": self.publish,
            "bury": self.bury,
            "observe": self.observe,
            "waited": self.waits.append,
        }
        hooks |= options
        async with crawling(settings, self.frontier, **hooks) as crawl:
            run = asyncio.create_task(crawl.run(stop))
            try:
                yield crawl
            finally:
                stop.set()
                await run

    async def drain(self, settings: CrawlerSettings = FAST, **options: Any) -> None:
        """Crawl until nothing is due and nothing is to be tried again."""
        async with self.running(settings, **options):
            await self.drained()

    async def drained(self) -> None:
        async with asyncio.timeout(20):
            while (await self.frontier.backlog()).pending:  # noqa: ASYNC110 (it is in a database)
                await asyncio.sleep(0.02)

    async def state(self, url: str) -> asyncpg.Record:
        row = await self.pool.fetchrow("SELECT * FROM frontier.urls WHERE url = $1", url)
        assert row is not None
        return row

    def published(self) -> list[str]:
        return [page.url for page in self.pages]
