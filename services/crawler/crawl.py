"""The crawl: due hosts are leased, their URLs fetched, pages published, and only then marked done.

A URL stays due until the broker has its page and the frontier knows its links, so a crawler that
is killed at any moment loses nothing; at worst a page is fetched and published twice.
"""

import asyncio
import contextlib
import hashlib
import random
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final, ParamSpec, TypeVar
from urllib.parse import urlsplit

import msgspec
import structlog

from services.contracts.identity import canonical_url
from services.contracts.messages import Page, SourceKind
from services.crawler.discover import Discovery, discover, join, next_part
from services.crawler.fetch import Failure, Fetched, Fetcher, FetchReason, Http, NotModified
from services.crawler.frontier import Frontier
from services.crawler.parts import MOST_PARTS
from services.crawler.patterns import Patterns
from services.crawler.robots import Robots
from services.crawler.schedule import host_rest, next_period, retry_wait
from services.crawler.settings import CrawlerSettings
from services.crawler.tasks import Finish, Link, Task
from services.crawler.turns import Turns
from services.crawler.verdict import Verdict
from services.runtime.outcome import Record
from services.runtime.postgres import TRANSIENT
from services.runtime.retry import until_it_works

Publish = Callable[[Page, str], Awaitable[object]]
"""Sends a page with its trace id and returns once the broker has it."""
Bury = Callable[[Record, FetchReason, str], Awaitable[object]]
"""Sends the record of a source that failed for good to the dead letters, with reason and detail;
returns once the broker has it."""
Observe = Callable[[str, float, int], None]
"""Is told of every URL: the outcome (one of `OUTCOMES` or a `FetchReason`), the seconds that it
took with its waits, the bytes of its body."""

OUTCOMES: Final = ("published", "links", "nothing", "unchanged", "not_modified")

# A page beyond this is looked through in a thread, so that other hosts need not wait.
_LARGE = 512 * 1024
_RELEASE_SECONDS = 5.0
_MOST_SITEMAPS = 100

P = ParamSpec("P")
T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Crawl:
    """One replica's crawl."""

    def __init__(
        self,
        settings: CrawlerSettings,
        frontier: Frontier,
        fetcher: Fetcher,
        robots: Robots,
        turns: Turns,
        *,
        publish: Publish,
        bury: Bury,
        observe: Observe,
        owner: str | None = None,
    ) -> None:
        """`owner` names this replica's leases; it must differ between replicas and starts."""
        self._settings = settings
        self._frontier = frontier
        self._fetcher = fetcher
        self._robots = robots
        self._turns = turns
        self._publish = publish
        self._bury = bury
        self._observe = observe
        self._owner = owner or uuid.uuid4().hex
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._stopping = False
        self.last_turn = time.monotonic()
        """When its loop last went round, or tried to ask the database, by the monotonic clock; for
        a liveness probe. It does so every few seconds, also while the database is away."""

    async def run(self, stop: asyncio.Event) -> None:
        """Crawl until `stop` is set, then finish what is in hand and give the hosts back.

        What `publish` and `bury` raise ends the crawl: the URL stays due.
        """
        stopped = asyncio.create_task(stop.wait())
        loops = [asyncio.create_task(self._intake()), asyncio.create_task(self._renewal())]
        try:
            await asyncio.wait({stopped, *loops}, return_when=asyncio.FIRST_COMPLETED)
            for loop in loops:
                if loop.done():
                    loop.result()
        finally:
            stopped.cancel()
            await self._wind_up(*loops)

    async def _intake(self) -> None:
        while True:
            self.last_turn = time.monotonic()
            self._collect()
            if (room := self._settings.concurrency - len(self._workers)) > 0:
                for host in await _persist(self._lease, room):
                    self._workers[host] = asyncio.create_task(self._serve(host))
            if self._workers:
                await asyncio.wait(
                    self._workers.values(),
                    timeout=self._settings.poll,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            else:
                await asyncio.sleep(self._settings.poll)

    async def _lease(self, room: int) -> list[str]:
        # Here as well as in the loop: a crawl that waits for the database is alive.
        self.last_turn = time.monotonic()
        return await self._frontier.lease(self._owner, room, self._settings.lease)

    def _collect(self) -> None:
        """Forget the workers that are done; raise what one of them has raised."""
        for host, worker in list(self._workers.items()):
            if worker.done():
                del self._workers[host]
                if not worker.cancelled():
                    worker.result()

    async def _renewal(self) -> None:
        while True:
            await asyncio.sleep(self._settings.lease / 3)
            # Of these alone: a host that nobody works at is to be leased anew, and one that is
            # leased while the database answers is not among those that it tells of.
            workers = dict(self._workers)
            held = await _persist(
                self._frontier.renew, self._owner, workers.keys(), self._settings.lease
            )
            for host, worker in workers.items():
                if host not in held and not worker.done():
                    # Too late (a stalled process): another crawler may be at the host by now.
                    _log.warning("lease lost", host=host)
                    worker.cancel()

    async def _wind_up(self, intake: asyncio.Task[None], renewal: asyncio.Task[None]) -> None:
        self._stopping = True
        intake.cancel()
        if workers := set(self._workers.values()):
            _, late = await asyncio.wait(workers, timeout=self._settings.grace)
            for worker in late:
                worker.cancel()
        renewal.cancel()
        ends = await asyncio.gather(intake, renewal, *workers, return_exceptions=True)
        try:
            async with asyncio.timeout(_RELEASE_SECONDS):
                await self._frontier.release_all(self._owner)
        except TRANSIENT:
            _log.warning("leases not released; they will expire")
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def _serve(self, host: str) -> None:
        site = _Site(await _persist(self._frontier.patterns, host))
        for _ in range(self._settings.host_pages):
            task = await _persist(
                self._frontier.next_url, self._owner, host, self._settings.patience
            )
            if task is None:
                break
            await self._do(task, site)
            if self._stopping:
                break
        if site.learnt.seen:
            await _persist(self._frontier.learn, host, site.learnt)
        await _persist(self._frontier.release, self._owner, host, self._turns.since(host))

    async def _do(self, task: Task, site: "_Site") -> None:
        started = time.monotonic()
        size = 0
        result = await _persist(self._fetcher.fetch, task.address, task.etag, task.last_modified)
        match result:
            case Fetched():
                size = len(result.body)
                finish = await self._fetched(task, result, site)
            case NotModified():
                finish = self._ended(
                    task, "not_modified", listing=task.period is not None, changed=False
                )
            case Failure():
                finish = await self._failed(task, result)
        await _persist(self._frontier.finish, task, finish)
        self._observe(finish.outcome, time.monotonic() - started, size)

    async def _fetched(self, task: Task, response: Fetched, site: "_Site") -> Finish:
        page = _page(task, response)
        found = await self._discover(page, task.kind, site.patterns)
        site.learn(page.final_url, found.evidence)
        if found.next_part:
            whole = await self._whole(page, found)
            if isinstance(whole, Failure):
                return await self._failed(task, whole)
            page = whole
        content_hash = hashlib.sha256(page.body).digest()
        changed = content_hash != task.content_hash
        if task.record is not None and task.kind in {"auto", "sitemap"} and task.depth > 0:
            await self._follow_sitemaps(task)
        if found.is_article and changed:
            await self._publish(page, task.trace_id)
        if found.links and task.depth >= 0:
            await self._follow(task, found)
        listing = bool(found.links) or not found.is_article
        return replace(
            self._ended(task, _outcome(found, changed=changed), listing=listing, changed=changed),
            etag=response.headers.get("etag"),
            last_modified=response.headers.get("last-modified"),
            content_hash=content_hash,
            moved_to=_moved(task, response),
        )

    async def _whole(self, page: Page, found: Discovery) -> Page | Failure:
        """Return `page` with the text of the pages on which its article goes on.

        A failure that may pass is the whole article's; what is gone for good is left out.
        """
        first = page.final_url
        asked = [first]
        pages = [page]
        following = found.next_part
        while following and following not in asked and len(pages) < MOST_PARTS:
            asked.append(following)
            result = await _persist(self._fetcher.fetch, following)
            if isinstance(result, Failure) and not result.permanent:
                return result
            if not isinstance(result, Fetched):
                break
            part = msgspec.structs.replace(
                page, final_url=result.final_url, headers=result.headers, body=result.body
            )
            pages.append(part)
            if sum(len(one.body) for one in pages) > self._settings.max_body:
                break
            following = await asyncio.to_thread(next_part, part, first)
        return await asyncio.to_thread(join, pages)

    async def _follow_sitemaps(self, task: Task) -> None:
        """Follow the sitemaps that robots.txt names, where the source is a whole site."""
        parts = urlsplit(task.address)
        if parts.path not in {"", "/"} or parts.query:
            return
        named = await _persist(self._robots.sitemaps, task.address)
        links = [Link(address, "sitemap", task.depth) for address in named[:_MOST_SITEMAPS]]
        await _persist(self._frontier.add_links, task, links, again=True)

    async def _discover(self, page: Page, kind: SourceKind, patterns: Patterns) -> Discovery:
        try:
            arguments = page, kind, self._settings.max_links, patterns
            if len(page.body) > _LARGE:
                return await asyncio.to_thread(discover, *arguments)
            return discover(*arguments)
        except Exception:
            # A page that breaks the reader of lists may still be an article.
            _log.exception("discovery failed", url=page.final_url)
            return Discovery(is_article=True)

    async def _follow(self, task: Task, found: Discovery) -> None:
        below = task.depth - 1
        articles, lists = (
            [
                Link(link.address, link.kind, below, link.modified)
                for link in found.links
                if link.is_list == is_list
            ]
            for is_list in (False, True)
        )
        unknown = await _persist(self._frontier.add_links, task, articles)
        if below >= 0:
            # A list whose articles are all known has nothing new on its further pages either.
            again = unknown > 0 or not articles
            await _persist(self._frontier.add_links, task, lists, again=again)

    async def _failed(self, task: Task, failure: Failure) -> Finish:
        finish = Finish(
            "retry",
            failure.reason,
            failure.detail,
            period=task.period,
            etag=task.etag,
            last_modified=task.last_modified,
            content_hash=task.content_hash,
        )
        if failure.reason == "busy":  # nobody's failure
            return replace(finish, due_in=failure.retry_after, attempts=task.attempts)
        attempts = task.attempts + 1
        finish = replace(
            finish,
            attempts=attempts,
            host_failed=not failure.permanent,
            host_rest=host_rest(self._settings, failure, task.host_failures),
        )
        if not failure.permanent:
            if attempts < self._settings.max_attempts:
                jitter = random.random()  # noqa: S311 (it spreads retries and guards nothing)
                wait = retry_wait(self._settings, attempts, jitter)
                return replace(finish, due_in=max(failure.retry_after, wait))
            if (period := task.every or task.period) and task.fetched_at is not None:
                # It has worked before and is to be watched: the next period is its next chance.
                return replace(finish, state="recrawl", due_in=period, attempts=0)
        if task.record is not None:
            await self._bury(task.record, failure.reason, failure.detail)
        return replace(finish, state="gone" if failure.permanent else "failed")

    def _ended(self, task: Task, outcome: str, *, listing: bool, changed: bool) -> Finish:
        """Return the end of a task that went well; a page that gives links is looked at again."""
        period = None
        if listing:
            period = next_period(self._settings, task.period, changed=changed)
        due_in = None if task.record is None else task.every or period
        return Finish(
            "done" if due_in is None else "recrawl",
            outcome,
            due_in=due_in,
            period=period,
            etag=task.etag,
            last_modified=task.last_modified,
            content_hash=task.content_hash,
            fetched=True,
        )


@contextlib.asynccontextmanager
async def crawling(
    settings: CrawlerSettings,
    frontier: Frontier,
    *,
    publish: Publish,
    bury: Bury,
    observe: Observe,
    waited: Callable[[float], None],
    owner: str | None = None,
) -> AsyncIterator[Crawl]:
    """Give a crawl with its HTTP client, which is closed at the end.

    `waited` is told the seconds that each request waits for its host's turn.
    """
    turns = Turns(frontier, settings.patience, waited)
    http = Http(settings, turns.answered)
    try:
        robots = Robots(http, frontier, turns.take, settings.agent)
        fetcher = Fetcher(http, robots.check, turns.take)
        yield Crawl(
            settings,
            frontier,
            fetcher,
            robots,
            turns,
            publish=publish,
            bury=bury,
            observe=observe,
            owner=owner,
        )
    finally:
        await http.close()


@dataclass(slots=True)
class _Site:
    """What is known of the host that is being served, and what was learnt on the way."""

    patterns: Patterns
    learnt: Patterns = field(default_factory=Patterns)

    def learn(self, url: str, verdict: Verdict) -> None:
        """Note what the page at `url` has turned out to be."""
        self.patterns = self.patterns.and_also(url, verdict)
        self.learnt = self.learnt.and_also(url, verdict)


def _page(task: Task, response: Fetched) -> Page:
    return Page(
        url=task.address,
        final_url=response.final_url,
        status=response.status,
        headers=response.headers,
        body=response.body,
        fetched_at=response.fetched_at,
        source=task.source,
    )


def _outcome(found: Discovery, *, changed: bool) -> str:
    if found.is_article:
        return "published" if changed else "unchanged"
    return "links" if found.links else "nothing"


def _moved(task: Task, response: Fetched) -> str | None:
    """Return where the task's page is now, or None if it is where it was."""
    if response.final_url == task.address:
        return None
    try:
        final = canonical_url(response.final_url)
    except ValueError:
        return None
    return None if final == task.url else final


async def _persist(operation: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Wait out a database that is away, with what is in hand."""
    return await until_it_works(TRANSIENT, operation, *args, **kwargs)
