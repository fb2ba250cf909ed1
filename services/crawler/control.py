"""What an operator sees and decides: sources and hosts, paused, resumed, dropped, slowed down.

All of it is data in the frontier. Crawlers look at it before every request, so it holds at once on
every replica; a request that is under way is finished.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.contracts.identity import canonical_url
from services.crawler.tasks import host_of

Connection = asyncpg.Connection | PoolConnectionProxy
_FORGET: Final = 5000
"""URLs that are forgotten in one transaction."""

HostState = Literal["open", "paused", "dropped"]


@dataclass(frozen=True, slots=True)
class Host:
    """A host and how it fares."""

    host: str
    state: HostState
    backed_off: bool
    """It has failed and is left alone for now."""
    urls: int
    due: int
    """URLs that are due now."""
    pace: float | None
    """Seconds between two requests that an operator has set."""
    crawl_delay: float
    """Those that its robots.txt asks for; 0 where it asks for none."""
    most_urls: int | None
    is_full: bool
    """Further URLs of it were left out, as it is at its limit."""
    failures: int
    """Failures in a row."""
    next_at: datetime | None
    """No request before this moment; None where none has ever been made."""
    leased: bool


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source and how it fares."""

    url: str
    kind: str
    paused: bool
    state: str
    outcome: str | None
    """What became of its last request; None before the first."""
    detail: str | None
    every: float | None
    """Seconds between two looks at it, as it was added or as the crawler has found to be right."""
    urls: int
    """URLs that were found from it."""
    most_urls: int | None
    is_full: bool
    """URLs were left out within the last week, as it or their host is at its limit."""
    done: int
    """Those that were fetched."""
    waiting: int
    """Those that are to be fetched, be it again."""
    lost: int
    """Those that are gone or were given up."""
    fetched_at: datetime | None
    due_at: datetime | None
    """When it is fetched next; None if never, or not while it is paused."""
    moved_to: str | None
    added_at: datetime


class Control:
    """An operator's hands on the frontier that `connection` is connected to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hosts(self, part: str = "", limit: int = 50) -> list[Host]:
        """Return at most `limit` hosts with `part` in their name, those with most to do first."""
        rows = await self._connection.fetch(_HOSTS, part.lower(), limit)
        return [Host(**dict(row)) for row in rows]

    async def sources(self, part: str = "", limit: int = 50) -> list[SourceRow]:
        """Return at most `limit` sources with `part` in their URL, the newest first."""
        rows = await self._connection.fetch(_SOURCES, part, limit)
        return [SourceRow(**dict(row)) for row in rows]

    async def set_host_state(self, hosts: Iterable[str], state: HostState) -> list[str]:
        """Open, pause or drop hosts; return those that are known.

        A dropped host's URLs are forgotten and its links are not taken up again, until somebody
        adds a source on it or opens it.
        """
        names = sorted({host_name(host) for host in hosts})
        rows = await self._connection.fetch(_HOST_STATE, names, state)
        if state == "dropped":
            while await self._forget(names):
                pass
        return [row["host"] for row in rows]

    async def set_pace(self, hosts: Iterable[str], pace: float | None) -> list[str]:
        """Set the seconds between two requests to hosts; None leaves it to the settings again.

        An operator's word: it goes before a Crawl-delay too. Returns the hosts that are known.
        """
        return await self._set_host(_HOST_PACE, hosts, pace)

    async def set_host_limit(self, hosts: Iterable[str], most: int | None) -> list[str]:
        """Limit how many URLs are kept of hosts; None leaves it to the settings again."""
        return await self._set_host(_HOST_LIMIT, hosts, most)

    async def set_source_limit(self, urls: Iterable[str], most: int | None) -> list[str]:
        """Limit how many URLs are kept of what is found from sources."""
        rows = await self._connection.fetch(_SOURCE_LIMIT, _canonical(urls), most)
        return [row["url"] for row in rows]

    async def pause_sources(self, urls: Iterable[str]) -> list[str]:
        """Fetch nothing more that was found from the sources; return those that are known."""
        return await self._switch_sources(_canonical(urls), "paused", _PAUSE_URLS)

    async def resume_sources(self, urls: Iterable[str]) -> list[str]:
        """Go on with paused sources, what waits for it at once; return those that are known."""
        known = await self._switch_sources(_canonical(urls), "open", _RESUME_URLS)
        await self._connection.execute(_WAKE_HOSTS, known)
        return known

    async def drop_sources(self, urls: Iterable[str]) -> list[str]:
        """Forget sources and all that was found from them; return those that were known."""
        names = _canonical(urls)
        async with self._connection.transaction():
            # Whoever adds links of a source holds its row; then they are there to be deleted.
            rows = await self._connection.fetch(_LOCK_SOURCES, names)
            known = [row["url"] for row in rows]
            await self._connection.execute(_FORGET_SOURCES, known)
            await self._connection.execute(
                "DELETE FROM frontier.sources WHERE url = ANY($1)", known
            )
        return known

    async def _forget(self, hosts: list[str]) -> int:
        """Forget some URLs of dropped hosts; return how many.

        Few at a time: crawlers wait for the locks of those that are being deleted.
        """
        async with self._connection.transaction():
            rows = await self._connection.fetch(_LOCK_DROPPED, hosts)
            dropped = [row["host"] for row in rows]
            forgotten = int(await self._connection.fetchval(_FORGET_URLS, dropped, _FORGET))
            if not forgotten:
                await self._connection.execute(_FORGET_HOSTS, dropped)
        return forgotten

    async def _set_host(
        self, statement: str, hosts: Iterable[str], value: float | None
    ) -> list[str]:
        names = sorted({host_name(host) for host in hosts})
        return [row["host"] for row in await self._connection.fetch(statement, names, value)]

    async def _switch_sources(self, urls: list[str], state: str, statement: str) -> list[str]:
        async with self._connection.transaction():
            rows = await self._connection.fetch(_SOURCE_STATE, urls, state)
            known = [row["url"] for row in rows]
            await self._connection.execute(statement, known)
        return known


def host_name(given: str) -> str:
    """Return the host as the frontier names it, of a host or of a URL on it.

    Raises:
        ValueError: it is neither.
    """
    host = host_of(given if "://" in given else f"http://{given}")
    if not host:
        raise ValueError(f"neither a host nor a URL: {given!r}")
    return host


def _canonical(urls: Iterable[str]) -> list[str]:
    return sorted({canonical_url(url) for url in urls})


_HOSTS: Final = """
SELECT host, state, failures > 0 AND next_at > now() AS backed_off, urls, due, pace, crawl_delay,
    most_urls, full_at IS NOT NULL AS is_full, failures, nullif(next_at, '-infinity') AS next_at,
    coalesce(lease_until > now(), false) AS leased
FROM frontier.hosts
CROSS JOIN LATERAL (
    SELECT count(*) AS due FROM frontier.urls
    WHERE urls.host = hosts.host AND urls.due_at <= now()
) AS counted
WHERE strpos(host, $1) > 0
ORDER BY due DESC, urls DESC, host
LIMIT $2
"""

_SOURCES: Final = """
SELECT sources.url, own.kind, sources.state = 'paused' AS paused, own.state, own.outcome,
    own.detail,
    coalesce(own.every, own.period) AS every, sources.urls, sources.most_urls,
    coalesce(sources.full_at > now() - interval '7 days', false) AS is_full,
    counted.done, counted.waiting, counted.lost, own.fetched_at,
    nullif(own.due_at, 'infinity') AS due_at, own.moved_to, sources.added_at
FROM (
    SELECT * FROM frontier.sources WHERE strpos(url, $1) > 0 ORDER BY added_at DESC, url LIMIT $2
) AS sources
JOIN frontier.urls AS own USING (url)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE found.fetched_at IS NOT NULL) AS done,
        count(*) FILTER (WHERE found.due_at IS NOT NULL) AS waiting,
        count(*) FILTER (WHERE found.state IN ('gone', 'failed')) AS lost
    FROM frontier.urls AS found WHERE found.source = sources.url AND found.url <> sources.url
) AS counted
ORDER BY sources.added_at DESC, sources.url
"""

_HOST_STATE: Final = """
UPDATE frontier.hosts SET state = $2 WHERE host = ANY($1::text[]) RETURNING host
"""

_HOST_PACE: Final = """
UPDATE frontier.hosts SET pace = $2,
    -- A longer turn that was given by the old pace does not hold a shorter one up.
    next_at = CASE WHEN failures = 0
        THEN least(next_at, clock_timestamp() + make_interval(secs => $2)) ELSE next_at END
WHERE host = ANY($1::text[]) RETURNING host
"""

_HOST_LIMIT: Final = """
UPDATE frontier.hosts SET most_urls = $2, full_at = NULL WHERE host = ANY($1::text[]) RETURNING host
"""

_SOURCE_LIMIT: Final = """
UPDATE frontier.sources SET most_urls = $2, full_at = NULL WHERE url = ANY($1::text[]) RETURNING url
"""

_LOCK_DROPPED: Final = """
SELECT host FROM frontier.hosts WHERE host = ANY($1::text[]) AND state = 'dropped'
ORDER BY host FOR UPDATE
"""

_FORGET_URLS: Final = """
WITH forgotten AS (
    DELETE FROM frontier.urls
    WHERE url IN (SELECT url FROM frontier.urls WHERE host = ANY($1::text[]) LIMIT $2)
    RETURNING url
), sources AS (
    DELETE FROM frontier.sources USING forgotten WHERE sources.url = forgotten.url
)
SELECT count(*) FROM forgotten
"""

_FORGET_HOSTS: Final = """
WITH patterns AS (DELETE FROM frontier.patterns WHERE host = ANY($1::text[]))
UPDATE frontier.hosts SET urls = 0, full_at = NULL, due_at = NULL, turn_at = NULL
WHERE host = ANY($1::text[])
"""

_SOURCE_STATE: Final = """
UPDATE frontier.sources SET state = $2 WHERE url = ANY($1::text[]) RETURNING url
"""

# The round tells those who have a URL in work that somebody has decided otherwise since.
_PAUSE_URLS: Final = """
UPDATE frontier.urls SET due_at = 'infinity', round = round + 1
WHERE source = ANY($1::text[]) AND due_at IS NOT NULL
"""

_RESUME_URLS: Final = """
UPDATE frontier.urls SET due_at = now()
WHERE source = ANY($1::text[]) AND due_at = 'infinity'
"""

_WAKE_HOSTS: Final = """
UPDATE frontier.hosts SET due_at = least(due_at, now()), turn_at = least(turn_at, now())
WHERE host IN (
    SELECT host FROM frontier.urls WHERE source = ANY($1::text[]) AND due_at IS NOT NULL
)
"""

_LOCK_SOURCES: Final = """
SELECT url FROM frontier.sources WHERE url = ANY($1::text[]) ORDER BY url FOR UPDATE
"""

_FORGET_SOURCES: Final = """
WITH forgotten AS (
    DELETE FROM frontier.urls WHERE source = ANY($1::text[]) RETURNING host
)
UPDATE frontier.hosts SET urls = greatest(0, hosts.urls - counted.urls)
FROM (SELECT host, count(*) AS urls FROM forgotten GROUP BY host) AS counted
WHERE hosts.host = counted.host
"""
