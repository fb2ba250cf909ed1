"""The frontier: which URLs are due, on which hosts, and whose turn it is. Kept in PostgreSQL.

A crawler leases hosts, not URLs: whoever holds a host is the only one that fetches its URLs, one
after the other. Every request, robots.txt and redirects included, first takes a turn on its host,
and turns are at least the host's pace apart, whichever replica takes them. The database's clock
decides, so replicas need not agree on the time.

Hosts queue by the moment when their most urgent URL became due, delayed by its rank: new sources
go before new links and these before recrawls, but whoever has waited for longer than the delays
goes first, and a host that was served goes to the end. So nothing starves, and a huge host has its
turns among the small ones.

Every method raises the errors of asyncpg; those in `services.runtime.postgres.TRANSIENT` pass.
"""

import math
import time
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg
import msgspec

from services.contracts.identity import canonical_url
from services.crawler import statements
from services.crawler.batcher import Batcher
from services.crawler.guard import refusal
from services.crawler.patterns import Patterns, Seen
from services.crawler.robots import Stored
from services.crawler.tasks import Backlog, Finish, FrontierSource, Link, Task, Turn, host_of
from services.runtime.outcome import Record

SCHEMA: Final = "frontier"
MIGRATIONS: Final = Path(__file__).with_name("migrations")

_LINKS_AT_ONCE: Final = 5000
"""Links that are added in one transaction; crawlers wait for the locks of their hosts."""
_WHOLE_SECONDS: Final = 60.0
"""Time after which the whole queue is searched again."""


class Frontier:
    """The frontier in the database that `pool` is connected to."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        pace: float = 1.0,
        longest_pace: float = 60.0,
        host_urls: int = 1_000_000,
        source_urls: int = 200_000,
    ) -> None:
        """Requests to a host are `pace` seconds apart, or as its robots.txt asks for up to
        `longest_pace`. Of a host at most `host_urls` are kept, and of what is found from one source
        `source_urls`. What an operator has set for a host or source comes first.
        """
        self._pool = pool
        self._pace = pace
        self._longest_pace = max(pace, longest_pace)
        self._host_urls = host_urls
        self._source_urls = source_urls
        self._head: datetime | None = None
        self._searched_whole = -math.inf
        self._next_urls = Batcher(self._give_urls, key=lambda item: item[0])
        self._turns = Batcher(self._give_turns, key=lambda item: item[0])
        self._finishes = Batcher(self._note_finishes, key=lambda item: item[0].url)
        self._releases = Batcher(self._note_releases, key=lambda item: item[0])
        self._patterns = Batcher(self._read_patterns, key=str)
        self._lessons = Batcher(self._note_lessons, key=lambda item: item[0])

    async def add_sources(self, sources: Sequence[FrontierSource]) -> None:
        """Make the sources due now, all or none of them.

        A source that is known is fetched again as if it were new, unless it is paused. The same
        record once more (a redelivery) changes nothing.
        """
        latest = list({source.url: source for source in sources}.values())
        records = [source.record for source in latest]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(statements.ADD_HOSTS, [s.host for s in latest], 0)
            await connection.execute(statements.NOTE_SOURCES, [s.url for s in latest])
            await connection.execute(
                statements.ADD_SOURCES,
                [s.url for s in latest],
                [s.address for s in latest],
                [s.host for s in latest],
                [s.kind for s in latest],
                [s.depth for s in latest],
                [s.every for s in latest],
                [s.trace_id for s in latest],
                [r.topic for r in records],
                [r.partition for r in records],
                [r.offset for r in records],
                [r.timestamp for r in records],
                [r.key for r in records],
                [r.value for r in records],
                [msgspec.json.encode(r.headers) for r in records],
            )

    async def add_links(self, task: Task, links: Iterable[Link], *, again: bool = False) -> int:
        """Add what was found on the page of `task`; return how many URLs were unknown.

        A known URL that has come to an end is due again if it has changed since it was fetched, if
        it failed for reasons that may have passed, or if `again` is set. What is no URL that can be
        fetched is left out, and so is what goes beyond the limit of its host or source (which then
        count as full), is on a host that was dropped, or was found from a source that was dropped.
        """
        found = list(_fetchable(task, links).items())
        unknown = 0
        for start in range(0, len(found), _LINKS_AT_ONCE):
            unknown += await self._add_some(task, found[start : start + _LINKS_AT_ONCE], again)
        return unknown

    async def _add_some(self, task: Task, found: Sequence[tuple[str, Link]], again: bool) -> int:
        hosts = [host_of(url) for url, _ in found]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(statements.ADD_HOSTS, hosts, 1)
            # Held until the end: the source is not dropped, and its count is right.
            if await connection.fetchval(statements.LOCK_SOURCE, task.source) is None:
                return 0
            return int(
                await connection.fetchval(
                    statements.ADD_LINKS,
                    [url for url, _ in found],
                    [link.address for _, link in found],
                    hosts,
                    [link.kind for _, link in found],
                    [link.depth for _, link in found],
                    [_with_zone(link.modified) for _, link in found],
                    task.source,
                    task.trace_id,
                    again,
                    self._host_urls,
                    self._source_urls,
                )
            )

    async def lease(self, owner: str, hosts: int, seconds: float) -> list[str]:
        """Lease at most `hosts` hosts that have due URLs and may be asked now.

        New sources come first, then new links, then recrawls, unless one has waited for long.
        """
        # The queue's head is strewn with the dead versions of those who were served. So the scan
        # starts where the last one has found its first, unless there may be others before it:
        # hosts that were held or resting then.
        now = time.monotonic()
        if now - self._searched_whole > _WHOLE_SECONDS:
            self._head = None
        if self._head is None:
            self._searched_whole = now
        rows = await self._pool.fetch(statements.LEASE, owner, hosts, seconds, self._head)
        found_all = len(rows) == hosts
        self._head = min((row["turn_at"] for row in rows), default=None) if found_all else None
        return [row["host"] for row in rows]

    async def renew(self, owner: str, hosts: Collection[str], seconds: float) -> set[str]:
        """Extend the owner's leases of `hosts`; return those that are still its own."""
        rows = await self._pool.fetch(statements.RENEW, owner, seconds, hosts)
        return {row["host"] for row in rows}

    async def release(self, owner: str, host: str, since: float | None = None) -> None:
        """Give the host back.

        `since` are the seconds since it has answered the last request; the next one is a pace
        from then at the earliest, even if that request was sent later than its turn.
        """
        await self._releases((host, owner, since))

    async def release_all(self, owner: str) -> None:
        """Give back every host that the owner holds."""
        rows = await self._pool.fetch(statements.OWN, owner)
        await self._note_releases([(row["host"], owner, None) for row in rows])

    async def _note_releases(
        self, releases: Sequence[tuple[str, str, float | None]]
    ) -> Sequence[None]:
        columns = _columns(releases, 3)
        async with self._pool.acquire() as connection, connection.transaction():
            # Two statements: the second must see the URLs of whoever held the rows' locks before.
            await connection.execute(statements.LOCK_OWN, *columns[:2])
            await connection.execute(statements.RELEASE, *columns, self._pace, self._longest_pace)
        return [None] * len(releases)

    async def next_url(self, owner: str, host: str, patience: float) -> Task | None:
        """Return the URL of the leased host that is most due.

        None: nothing is due, the lease is lost, or the host's next turn is more than `patience`
        seconds away.
        """
        return await self._next_urls((host, owner, patience))

    async def _give_urls(self, requests: Sequence[tuple[str, str, float]]) -> Sequence[Task | None]:
        rows = await self._pool.fetch(statements.NEXT_URLS, *_columns(requests, 3))
        tasks = {row["host"]: _task(row) for row in rows}
        return [tasks.get(host) for host, *_ in requests]

    async def turn(self, url: str, patience: float) -> Turn:
        """Take the next turn on the URL's host, if it comes within `patience` seconds."""
        return await self._turns((host_of(url), patience))

    async def _give_turns(self, requests: Sequence[tuple[str, float]]) -> Sequence[Turn]:
        columns = _columns(requests, 2)
        rows = await self._pool.fetch(statements.TURNS, *columns, self._pace, self._longest_pace)
        turns = {
            row["host"]: Turn(row["taken"], max(0.0, row["wait"]), row["pace"]) for row in rows
        }
        return [turns[host] for host, _ in requests]

    async def finish(self, task: Task, finish: Finish) -> None:
        """Record what became of the task.

        A URL that was added again in the meantime stays due.
        """
        await self._finishes((task, finish))

    async def _note_finishes(self, finishes: Sequence[tuple[Task, Finish]]) -> Sequence[None]:
        rows = [
            (
                task.url,
                task.host,
                task.round,
                finish.state,
                finish.due_in,
                finish.attempts,
                finish.period,
                finish.etag,
                finish.last_modified,
                finish.content_hash,
                finish.outcome,
                finish.detail.replace("\0", "").encode("utf-8", "replace").decode(),
                finish.fetched,
                finish.host_failed,
                finish.host_rest,
                finish.moved_to,
            )
            for task, finish in finishes
        ]
        await self._pool.execute(statements.FINISH, *_columns(rows, 16))
        return [None] * len(finishes)

    async def backlog(self) -> Backlog:
        """Count what there is to do."""
        row = await self._pool.fetchrow(statements.BACKLOG)
        assert row is not None  # an aggregate without groups has one row
        return Backlog(**dict(row))

    async def robots(self, origin: str) -> Stored | None:
        """Return the robots.txt that is stored for `origin` (scheme and authority)."""
        row = await self._pool.fetchrow(statements.ROBOTS, origin)
        return None if row is None else Stored(row["body"], float(row["age"]))

    async def keep_robots(self, origin: str, body: bytes, crawl_delay: float) -> None:
        """Store a robots.txt and the pace that it asks for."""
        await self._pool.execute(statements.KEEP_ROBOTS, origin, body, host_of(origin), crawl_delay)

    async def patterns(self, host: str) -> Patterns:
        """Return what is known of the shapes of the host's URLs."""
        return await self._patterns(host)

    async def _read_patterns(self, hosts: Sequence[str]) -> Sequence[Patterns]:
        seen: dict[str, dict[str, Seen]] = {host: {} for host in hosts}
        for row in await self._pool.fetch(statements.PATTERNS, hosts):
            seen[row["host"]][row["shape"]] = Seen(row["articles"], row["lists"])
        return [Patterns(seen[host]) for host in hosts]

    async def learn(self, host: str, learnt: Patterns) -> None:
        """Add what further pages of the host have turned out to be."""
        await self._lessons((host, learnt))

    async def _note_lessons(self, lessons: Sequence[tuple[str, Patterns]]) -> Sequence[None]:
        rows = [
            (host, shape, counts.articles, counts.lists)
            for host, learnt in lessons
            for shape, counts in learnt.seen.items()
        ]
        await self._pool.execute(statements.LEARN, *_columns(rows, 4))
        return [None] * len(lessons)


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """Return the columns of `rows`, which have `width` of them: arrays for a statement."""
    return [[row[number] for row in rows] for number in range(width)]


def _fetchable(task: Task, links: Iterable[Link]) -> dict[str, Link]:
    """Return those links that can be fetched and are not the task's own page, by canonical URL."""
    found: dict[str, Link] = {}
    for link in links:
        try:
            url = canonical_url(link.address)
        except ValueError:
            continue
        if refusal(url) is None and refusal(link.address) is None and url != task.url:
            found.setdefault(url, link)
    return found


def _task(row: asyncpg.Record) -> Task:
    values = dict(row)
    record = {
        name: values.pop(f"record_{name}")
        for name in ("topic", "partition", "offset", "timestamp", "key", "value", "headers")
    }
    if record["topic"] is None:
        return Task(**values, record=None)
    headers = msgspec.json.decode(record.pop("headers"), type=dict[str, str])
    return Task(**values, record=Record(**record, headers=headers))


def _with_zone(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
