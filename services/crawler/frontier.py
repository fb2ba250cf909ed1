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

import contextlib
import math
import re
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

import asyncpg
import msgspec

from services.contracts.identity import canonical_url
from services.contracts.messages import Source, SourceKind
from services.crawler.batcher import Batcher
from services.crawler.guard import LONGEST_URL, refusal
from services.crawler.patterns import Patterns, Seen
from services.crawler.robots import Stored
from services.runtime.headers import TRACE, new_trace
from services.runtime.outcome import Record

SCHEMA: Final = "frontier"
MIGRATIONS: Final = Path(__file__).with_name("migrations")

_CREDENTIALS: Final = re.compile(r"//[^/]*@")

_LINKS_AT_ONCE: Final = 1000
"""Links that are added in one transaction; crawlers wait for the locks of their hosts."""
_WHOLE_SECONDS: Final = 60.0
"""Time after which the whole queue is searched again."""

DEEPEST: Final = 20
LONGEST_EVERY: Final = 366 * 24 * 3600

State = Literal["retry", "recrawl", "done", "gone", "failed"]
"""`gone` failed for good, `failed` too often; with these and `done`, a URL has come to an end."""


@dataclass(frozen=True, slots=True)
class FrontierSource:
    """A source that a person added, and the record that it came in."""

    url: str
    """Canonical."""
    address: str
    host: str
    kind: SourceKind
    every: float | None
    depth: int
    trace_id: str
    record: Record


@dataclass(frozen=True, slots=True)
class Link:
    """A URL that was found on a page."""

    address: str
    kind: SourceKind
    depth: int
    modified: datetime | None = None
    """When it changed last, where the page says so (feeds and sitemaps do)."""


@dataclass(frozen=True, slots=True)
class Task:
    """A URL to fetch, with what is known of it."""

    url: str
    address: str
    host: str
    kind: SourceKind
    depth: int
    source: str
    trace_id: str
    round: int
    every: float | None
    period: float | None
    attempts: int
    etag: str | None
    last_modified: str | None
    content_hash: bytes | None
    fetched_at: datetime | None
    record: Record | None
    host_failures: int


@dataclass(frozen=True, slots=True)
class Finish:
    """What became of a task, and when its URL is due again."""

    state: State
    outcome: str
    detail: str = ""
    due_in: float | None = None
    """Seconds; None where the URL has come to an end."""
    attempts: int = 0
    period: float | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_hash: bytes | None = None
    fetched: bool = False
    host_failed: bool = False
    host_rest: float = 0.0
    """Seconds for which the host is left alone."""
    moved_to: str | None = None
    """Where redirects have led to, where that is another page."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer to who asks for a turn on a host."""

    taken: bool
    wait: float
    """Seconds until the turn that was taken; where none was, until it is worth asking again."""
    pace: float = 0.0
    """Seconds between two requests to the host."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much there is to do. Nothing is under way or to come soon when `pending` is 0."""

    due: int
    """URLs that are due now, those being fetched included."""
    retries: int
    """URLs that failed and will be due again."""
    scheduled: int
    """URLs whose recrawl lies ahead."""
    leased: int
    """Hosts that a crawler holds."""
    paused: int = 0
    """URLs of sources or hosts that an operator has paused."""
    backed_off: int = 0
    """Hosts that have failed and are left alone for now."""
    full_hosts: int = 0
    """Hosts of which further URLs were left out, as they are at their limit."""
    full_sources: int = 0
    """Sources of which URLs were left out lately, as they or the URLs' hosts are at a limit."""

    @property
    def pending(self) -> int:
        """URLs that have not come to an end: the due ones and the retries."""
        return self.due + self.retries


def accept(record: Record, source: Source) -> FrontierSource:
    """Return `source` as the frontier keeps it.

    Raises:
        ValueError: its URL cannot be fetched, whoever tries.
    """
    address = source.url.strip().partition("#")[0]
    if (reason := refusal(address)) is not None:
        # This is logged and kept with the dead letter: no place for a password.
        raise ValueError(f"{reason}: {_CREDENTIALS.sub('//…@', address)[:200]!r}")
    url = canonical_url(address)
    if len(url) > LONGEST_URL:
        raise ValueError(f"longer than {LONGEST_URL} characters once it is encoded")
    return FrontierSource(
        url=url,
        address=address,
        host=host_of(url),
        kind=source.kind,
        every=None if source.every is None else float(min(max(source.every, 1), LONGEST_EVERY)),
        depth=min(max(source.depth, 0), DEEPEST),
        trace_id=record.headers.get(TRACE) or new_trace(),
        record=record,
    )


@lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    """Return the authority that politeness is owed to: host, and port unless it is the default."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    elif not host.isascii():
        with contextlib.suppress(UnicodeError):
            host = host.encode("idna").decode()
    default = {"http": 80, "https": 443}.get(parts.scheme.lower())
    return host if parts.port in {None, default} else f"{host}:{parts.port}"


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
            await connection.execute(_ADD_HOSTS, [s.host for s in latest], 0)
            await connection.execute(_NOTE_SOURCES, [s.url for s in latest])
            await connection.execute(
                _ADD_SOURCES,
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
            await connection.execute(_ADD_HOSTS, hosts, 1)
            # Held until the end: the source is not dropped, and its count is right.
            if await connection.fetchval(_LOCK_SOURCE, task.source) is None:
                return 0
            return int(
                await connection.fetchval(
                    _ADD_LINKS,
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
        rows = await self._pool.fetch(_LEASE, owner, hosts, seconds, self._head)
        found_all = len(rows) == hosts
        self._head = min((row["turn_at"] for row in rows), default=None) if found_all else None
        return [row["host"] for row in rows]

    async def renew(self, owner: str, hosts: Collection[str], seconds: float) -> set[str]:
        """Extend the owner's leases of `hosts`; return those that are still its own."""
        rows = await self._pool.fetch(_RENEW, owner, seconds, hosts)
        return {row["host"] for row in rows}

    async def release(self, owner: str, host: str, since: float | None = None) -> None:
        """Give the host back.

        `since` are the seconds since it has answered the last request; the next one is a pace
        from then at the earliest, even if that request was sent later than its turn.
        """
        await self._releases((host, owner, since))

    async def release_all(self, owner: str) -> None:
        """Give back every host that the owner holds."""
        rows = await self._pool.fetch(_OWN, owner)
        await self._note_releases([(row["host"], owner, None) for row in rows])

    async def _note_releases(
        self, releases: Sequence[tuple[str, str, float | None]]
    ) -> Sequence[None]:
        columns = _columns(releases, 3)
        async with self._pool.acquire() as connection, connection.transaction():
            # Two statements: the second must see the URLs of whoever held the rows' locks before.
            await connection.execute(_LOCK_OWN, *columns[:2])
            await connection.execute(_RELEASE, *columns, self._pace, self._longest_pace)
        return [None] * len(releases)

    async def next_url(self, owner: str, host: str, patience: float) -> Task | None:
        """Return the URL of the leased host that is most due.

        None: nothing is due, the lease is lost, or the host's next turn is more than `patience`
        seconds away.
        """
        return await self._next_urls((host, owner, patience))

    async def _give_urls(self, requests: Sequence[tuple[str, str, float]]) -> Sequence[Task | None]:
        rows = await self._pool.fetch(_NEXT_URLS, *_columns(requests, 3))
        tasks = {row["host"]: _task(row) for row in rows}
        return [tasks.get(host) for host, *_ in requests]

    async def turn(self, url: str, patience: float) -> Turn:
        """Take the next turn on the URL's host, if it comes within `patience` seconds."""
        return await self._turns((host_of(url), patience))

    async def _give_turns(self, requests: Sequence[tuple[str, float]]) -> Sequence[Turn]:
        columns = _columns(requests, 2)
        rows = await self._pool.fetch(_TURNS, *columns, self._pace, self._longest_pace)
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
        await self._pool.execute(_FINISH, *_columns(rows, 16))
        return [None] * len(finishes)

    async def backlog(self) -> Backlog:
        """Count what there is to do."""
        row = await self._pool.fetchrow(_BACKLOG)
        assert row is not None  # an aggregate without groups has one row
        return Backlog(**dict(row))

    async def robots(self, origin: str) -> Stored | None:
        """Return the robots.txt that is stored for `origin` (scheme and authority)."""
        row = await self._pool.fetchrow(_ROBOTS, origin)
        return None if row is None else Stored(row["body"], float(row["age"]))

    async def keep_robots(self, origin: str, body: bytes, crawl_delay: float) -> None:
        """Store a robots.txt and the pace that it asks for."""
        await self._pool.execute(_KEEP_ROBOTS, origin, body, host_of(origin), crawl_delay)

    async def patterns(self, host: str) -> Patterns:
        """Return what is known of the shapes of the host's URLs."""
        return await self._patterns(host)

    async def _read_patterns(self, hosts: Sequence[str]) -> Sequence[Patterns]:
        seen: dict[str, dict[str, Seen]] = {host: {} for host in hosts}
        for row in await self._pool.fetch(_PATTERNS, hosts):
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
        await self._pool.execute(_LEARN, *_columns(rows, 4))
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


# Rows are locked in the order hosts (by name), source, URLs (by name): no two writers deadlock.
_ADD_HOSTS = """
INSERT INTO frontier.hosts AS known (host, due_at, turn_at)
SELECT DISTINCT added.host, now(), now() + $2 * interval '10 minutes'
FROM unnest($1::text[]) AS added (host)
ORDER BY added.host
ON CONFLICT (host) DO UPDATE SET
    due_at = least(known.due_at, excluded.due_at),
    turn_at = least(known.turn_at, greatest(excluded.turn_at, known.next_at)),
    -- A person who adds a source wants its host.
    state = CASE WHEN known.state = 'dropped' AND $2 = 0 THEN 'open' ELSE known.state END
"""

_NOTE_SOURCES = """
INSERT INTO frontier.sources (url)
SELECT added.url FROM unnest($1::text[]) AS added (url) ORDER BY added.url
ON CONFLICT (url) DO UPDATE SET full_at = NULL
"""

_ADD_SOURCES = """
WITH added AS (
    INSERT INTO frontier.urls AS known (
        url, address, host, kind, depth, every, trace_id,
        record_topic, record_partition, record_offset, record_timestamp,
        record_key, record_value, record_headers, source, rank, due_at
    )
    SELECT added.*, added.url, 0,
        CASE WHEN sources.state = 'paused' THEN 'infinity' ELSE now() END
    FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::float8[], $7::text[],
        $8::text[], $9::integer[], $10::bigint[], $11::bigint[], $12::bytea[], $13::bytea[],
        $14::bytea[]
    ) AS added (url, address, host, kind, depth, every, trace_id, topic, partition, "offset",
                timestamp, key, value, headers)
    JOIN frontier.sources USING (url)
    ORDER BY added.url
    ON CONFLICT (url) DO UPDATE SET
        address = excluded.address, kind = excluded.kind, depth = excluded.depth,
        every = excluded.every, trace_id = excluded.trace_id, source = excluded.source,
        record_topic = excluded.record_topic, record_partition = excluded.record_partition,
        record_offset = excluded.record_offset, record_timestamp = excluded.record_timestamp,
        record_key = excluded.record_key, record_value = excluded.record_value,
        record_headers = excluded.record_headers,
        state = 'new', rank = 0, due_at = excluded.due_at, round = known.round + 1, attempts = 0,
        period = NULL, etag = NULL, last_modified = NULL, content_hash = NULL
    WHERE (known.record_topic, known.record_partition, known.record_offset, known.record_timestamp)
        IS DISTINCT FROM (excluded.record_topic, excluded.record_partition, excluded.record_offset,
                          excluded.record_timestamp)
    RETURNING host, (xmax = 0) AS unknown
)
UPDATE frontier.hosts SET urls = hosts.urls + counted.urls
FROM (SELECT host, count(*) AS urls FROM added WHERE unknown GROUP BY host) AS counted
WHERE hosts.host = counted.host
"""

_LOCK_SOURCE = "SELECT true FROM frontier.sources WHERE url = $1 FOR NO KEY UPDATE"

_ADD_LINKS = """
WITH found AS (
    SELECT found.*, known.url IS NULL AS unknown,
        row_number() OVER (PARTITION BY found.host, known.url IS NULL ORDER BY nth) + hosts.urls
            <= coalesce(hosts.most_urls, $10) AS host_has_room,
        row_number() OVER (PARTITION BY known.url IS NULL ORDER BY nth) + sources.urls
            <= coalesce(sources.most_urls, $11) AS source_has_room,
        CASE WHEN sources.state = 'paused' THEN 'infinity' ELSE now() END AS due_at
    FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::timestamptz[]
    ) WITH ORDINALITY AS found (url, address, host, kind, depth, modified, nth)
    JOIN frontier.hosts ON hosts.host = found.host
    JOIN frontier.sources ON sources.url = $7
    LEFT JOIN frontier.urls AS known ON known.url = found.url
    WHERE hosts.state <> 'dropped'
), added AS (
    INSERT INTO frontier.urls AS known (
        url, address, host, kind, depth, source, trace_id, rank, due_at
    )
    SELECT url, address, host, kind, depth, $7, $8, 1, due_at
    FROM found WHERE NOT unknown OR (host_has_room AND source_has_room)
    ORDER BY url
    ON CONFLICT (url) DO UPDATE
    SET state = 'recrawl', rank = 2, due_at = excluded.due_at, attempts = 0,
        round = known.round + 1
    -- Only downwards: lists that link each other would keep each other due for ever.
    WHERE known.due_at IS NULL AND known.depth <= excluded.depth AND (
        $9 OR (known.state = 'failed' AND known.record_topic IS NULL) OR known.fetched_at < (
            SELECT max(found.modified)
            FROM unnest($1::text[], $6::timestamptz[]) AS found (url, modified)
            WHERE found.url = known.url
        )
    )
    RETURNING host, (xmax = 0) AS unknown
), of_hosts AS (
    UPDATE frontier.hosts SET urls = hosts.urls + coalesce(counted.urls, 0),
        full_at = CASE WHEN room.is_left THEN NULL ELSE now() END
    FROM (
        SELECT host, bool_and(host_has_room) AS is_left FROM found WHERE unknown GROUP BY host
    ) AS room
    LEFT JOIN (
        SELECT host, count(*) AS urls FROM added WHERE unknown GROUP BY host
    ) AS counted USING (host)
    WHERE hosts.host = room.host
), of_source AS (
    UPDATE frontier.sources SET urls = sources.urls + (SELECT count(*) FROM added WHERE unknown),
        full_at = CASE WHEN EXISTS (
            SELECT FROM found WHERE unknown AND NOT (host_has_room AND source_has_room)
        ) THEN now() ELSE full_at END
    WHERE url = $7
)
SELECT count(*) FILTER (WHERE unknown) FROM added
"""

# No host with a due URL queues later than the longest delay from now: the scan ends there. Nobody
# gets a place in the past, so whoever is new is found also by a scan that starts at a given place.
_LEASE = """
WITH turn AS MATERIALIZED (
    SELECT host FROM frontier.hosts
    WHERE turn_at >= CASE WHEN $4::timestamptz IS NULL THEN '-infinity'
            ELSE least($4, now() - interval '2 minutes') END
        AND turn_at <= now() + interval '20 minutes' AND state = 'open'
        AND due_at <= now() AND next_at <= now() AND (lease_until IS NULL OR lease_until <= now())
    ORDER BY turn_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
UPDATE frontier.hosts AS known
SET owner = $1, lease_until = clock_timestamp() + make_interval(secs => $3)
FROM turn WHERE known.host = turn.host
RETURNING known.host, known.turn_at
"""

_RENEW = """
UPDATE frontier.hosts SET lease_until = clock_timestamp() + make_interval(secs => $2)
WHERE owner = $1 AND host = ANY ($3::text[])
RETURNING host
"""

_OWN = "SELECT host FROM frontier.hosts WHERE owner = $1"

_LOCK_OWN = """
SELECT FROM frontier.hosts
JOIN unnest($1::text[], $2::text[]) AS given (host, owner) USING (host, owner)
ORDER BY host
FOR UPDATE OF hosts
"""

_RELEASE = """
UPDATE frontier.hosts
SET owner = NULL, lease_until = NULL,
    next_at = greatest(hosts.next_at, clock_timestamp() + make_interval(
        secs => coalesce(pace, least(greatest(crawl_delay, $4), $5)) - given.since)),
    due_at = best.due_at,
    turn_at = greatest(best.due_at, hosts.next_at, now()) + best.rank * interval '10 minutes'
FROM unnest($1::text[], $2::text[], $3::float8[]) AS given (host, owner, since)
LEFT JOIN LATERAL (
    SELECT first.rank, first.due_at
    FROM (VALUES (0::smallint), (1::smallint), (2::smallint)) AS ranks (rank),
    LATERAL (
        SELECT urls.rank, urls.due_at FROM frontier.urls
        WHERE urls.host = given.host AND urls.rank = ranks.rank AND urls.due_at IS NOT NULL
        ORDER BY urls.due_at LIMIT 1
    ) AS first
    ORDER BY greatest(first.due_at, now()), first.rank
    LIMIT 1
) AS best ON true
WHERE hosts.host = given.host AND hosts.owner = given.owner
"""

# Of each rank the first that is due; a recrawl that has waited for ten minutes is as urgent as a
# new source, so that a long backlog of links does not keep it from finding what is new.
_NEXT_URLS = """
SELECT best.url, best.address, best.host, best.kind, best.depth, best.source, best.trace_id,
    best.round, best.every, best.period, best.attempts, best.etag, best.last_modified,
    best.content_hash, best.fetched_at, hosts.failures AS host_failures,
    best.record_topic, best.record_partition, best.record_offset, best.record_timestamp,
    best.record_key, best.record_value, best.record_headers
FROM unnest($1::text[], $2::text[], $3::float8[]) AS asked (host, owner, patience)
JOIN frontier.hosts ON hosts.host = asked.host AND hosts.owner = asked.owner
CROSS JOIN LATERAL (
    SELECT first.*
    FROM (VALUES (0::smallint), (1::smallint), (2::smallint)) AS ranks (rank),
    LATERAL (
        SELECT * FROM frontier.urls
        WHERE urls.host = asked.host AND urls.rank = ranks.rank AND urls.due_at <= now()
        ORDER BY urls.due_at LIMIT 1
    ) AS first
    ORDER BY
        CASE WHEN first.rank = 2 AND first.due_at < now() - interval '10 minutes' THEN 0
            ELSE first.rank END,
        first.due_at
    LIMIT 1
) AS best
WHERE hosts.lease_until > now() AND hosts.state = 'open'
    AND hosts.next_at <= now() + make_interval(secs => asked.patience)
"""

# clock_timestamp(), not now(): the moment after the wait for the row's lock counts. Who gets no
# turn is told when it is worth asking again.
_TURNS = """
WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::float8[]) AS asked (host, patience)
), taken AS (
    INSERT INTO frontier.hosts AS known (host, next_at)
    SELECT host, clock_timestamp() + make_interval(secs => $3) FROM asked ORDER BY host
    ON CONFLICT (host) DO UPDATE
    SET next_at = greatest(known.next_at, clock_timestamp()) + make_interval(secs => coalesce(
        known.pace, least(greatest(known.crawl_delay, $3), $4)))
    WHERE known.state = 'open' AND known.next_at <= clock_timestamp() + make_interval(
        secs => (SELECT patience FROM asked WHERE asked.host = known.host))
    RETURNING host, next_at, coalesce(pace, least(greatest(crawl_delay, $3), $4)) AS pace
)
SELECT host, taken.host IS NOT NULL AS taken, coalesce(taken.pace, 0) AS pace,
    CASE WHEN taken.host IS NOT NULL
            THEN extract(epoch FROM taken.next_at - clock_timestamp()) - taken.pace
        WHEN hosts.state <> 'open' THEN 60
        ELSE coalesce(extract(epoch FROM hosts.next_at - clock_timestamp()), 0)
    END::float8 AS wait
FROM asked LEFT JOIN taken USING (host) LEFT JOIN frontier.hosts USING (host)
"""

# Rows are locked first, in everybody's order: hosts, then URLs.
_FINISH = """
WITH done AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::integer[], $4::text[], $5::float8[], $6::integer[],
        $7::float8[], $8::text[], $9::text[], $10::bytea[], $11::text[], $12::text[],
        $13::boolean[], $14::boolean[], $15::float8[], $16::text[]
    ) AS done (url, host, round, state, due_in, attempts, period, etag, last_modified,
               content_hash, outcome, detail, fetched, host_failed, host_rest, moved_to)
), shaken AS MATERIALIZED (
    SELECT hosts.host FROM frontier.hosts JOIN done USING (host)
    WHERE host_failed OR failures > 0 OR host_rest > 0
    ORDER BY hosts.host
    FOR UPDATE OF hosts
), counted AS (
    UPDATE frontier.hosts
    SET failures = CASE WHEN done.host_failed THEN failures + 1 ELSE 0 END,
        next_at = greatest(next_at, clock_timestamp() + make_interval(secs => done.host_rest))
    FROM shaken JOIN done USING (host)
    WHERE hosts.host = shaken.host
    RETURNING 1
), held AS MATERIALIZED (
    SELECT url FROM frontier.urls
    WHERE url = ANY($1::text[]) AND (SELECT count(*) FROM counted) >= 0
    ORDER BY url
    FOR UPDATE
)
UPDATE frontier.urls SET
    outcome = done.outcome, detail = done.detail, moved_to = done.moved_to,
    fetched_at = CASE WHEN done.fetched THEN now() ELSE urls.fetched_at END,
    state = CASE WHEN urls.round = done.round THEN done.state ELSE urls.state END,
    rank = CASE WHEN urls.round = done.round AND done.state = 'recrawl' THEN 2
        ELSE urls.rank END,
    due_at = CASE WHEN urls.round = done.round THEN now() + make_interval(secs => done.due_in)
        ELSE urls.due_at END,
    attempts = CASE WHEN urls.round = done.round THEN done.attempts ELSE urls.attempts END,
    period = CASE WHEN urls.round = done.round THEN done.period ELSE urls.period END,
    etag = CASE WHEN urls.round = done.round THEN done.etag ELSE urls.etag END,
    last_modified = CASE WHEN urls.round = done.round THEN done.last_modified
        ELSE urls.last_modified END,
    content_hash = CASE WHEN urls.round = done.round THEN done.content_hash
        ELSE urls.content_hash END
FROM held JOIN done USING (url)
WHERE urls.url = held.url
"""

_BACKLOG = """
WITH closed AS (
    SELECT count(*) AS urls FROM frontier.hosts JOIN frontier.urls USING (host)
    WHERE hosts.state <> 'open' AND urls.due_at <= now()
)
SELECT count(*) FILTER (WHERE due_at <= now()) - (SELECT urls FROM closed) AS due,
    count(*) FILTER (WHERE due_at > now() AND due_at < 'infinity' AND state <> 'recrawl')
        AS retries,
    count(*) FILTER (WHERE due_at > now() AND due_at < 'infinity' AND state = 'recrawl')
        AS scheduled,
    count(*) FILTER (WHERE due_at = 'infinity') + (SELECT urls FROM closed) AS paused,
    (SELECT count(*) FROM frontier.hosts WHERE lease_until > now()) AS leased,
    (SELECT count(*) FROM frontier.hosts WHERE failures > 0 AND next_at > now()) AS backed_off,
    (SELECT count(*) FROM frontier.hosts WHERE full_at IS NOT NULL) AS full_hosts,
    (SELECT count(*) FROM frontier.sources WHERE full_at > now() - interval '7 days')
        AS full_sources
FROM frontier.urls WHERE due_at IS NOT NULL
"""

_ROBOTS = """
SELECT body, extract(epoch FROM now() - fetched_at) AS age FROM frontier.robots WHERE origin = $1
"""

_KEEP_ROBOTS = """
WITH kept AS (
    INSERT INTO frontier.robots (origin, body, fetched_at) VALUES ($1, $2, now())
    ON CONFLICT (origin) DO UPDATE SET body = excluded.body, fetched_at = excluded.fetched_at
)
INSERT INTO frontier.hosts (host, crawl_delay) VALUES ($3, $4)
ON CONFLICT (host) DO UPDATE SET crawl_delay = excluded.crawl_delay
"""

_PATTERNS = """
SELECT known.*
FROM unnest($1::text[]) AS asked (host), LATERAL (
    SELECT host, shape, articles, lists FROM frontier.patterns
    WHERE patterns.host = asked.host
    ORDER BY articles + lists DESC LIMIT 500
) AS known
"""

_LEARN = """
INSERT INTO frontier.patterns AS known (host, shape, articles, lists)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[])
    AS seen (host, shape, articles, lists)
ORDER BY host, shape
ON CONFLICT (host, shape) DO UPDATE SET
    articles = known.articles + excluded.articles, lists = known.lists + excluded.lists
"""
