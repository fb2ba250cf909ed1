"""The Robots Exclusion Protocol (RFC 9309): what a site wants left alone, and at what pace."""

import time
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from protego import Protego

from services.crawler.fetch import Failure, Http, Turn, status_failure, wait_for

LARGEST: Final = 500 * 1024
"""Bytes of a robots.txt that are read (RFC 9309 section 2.5)."""
FRESH: Final = 24 * 3600.0
"""Seconds that a robots.txt is used for without asking again (section 2.4)."""

_MOST_PARSED = 1000


@dataclass(frozen=True, slots=True)
class Stored:
    """A robots.txt as it was fetched; `body` is empty where the site has none."""

    body: bytes
    age: float
    """Seconds since it was fetched."""


class Store(Protocol):
    """Keeps robots.txt files for all replicas and restarts."""

    def robots(self, origin: str) -> Awaitable[Stored | None]:
        """Return what is stored for `origin`."""
        ...

    def keep_robots(self, origin: str, body: bytes, crawl_delay: float) -> Awaitable[None]:
        """Store what was fetched for `origin`, and the pace (s) that its host asks for."""
        ...


class Rules:
    """One parsed robots.txt, as it addresses one agent."""

    def __init__(self, body: bytes, agent: str) -> None:
        self._agent = agent
        text = body[:LARGEST].decode("utf-8-sig", "replace")
        self._parsed = Protego.parse(text.replace("\0", ""))

    def allows(self, url: str) -> bool:
        """Return whether the agent may fetch `url`."""
        return bool(self._parsed.can_fetch(url, self._agent))

    @property
    def sitemaps(self) -> list[str]:
        """The sitemaps that the file names."""
        return list(self._parsed.sitemaps)

    @property
    def crawl_delay(self) -> float:
        """Seconds between two requests that the site asks for; 0 where it asks for none."""
        rate = self._parsed.request_rate(self._agent)
        by_rate = rate.seconds / rate.requests if rate and rate.requests > 0 else 0.0
        return max(self._parsed.crawl_delay(self._agent) or 0.0, by_rate, 0.0)


class Robots:
    """Answers whether a URL may be fetched, fetching robots.txt where none is known."""

    def __init__(self, http: Http, store: Store, turn: Turn, agent: str) -> None:
        self._http = http
        self._store = store
        self._turn = turn
        self._agent = agent
        self._parsed: OrderedDict[str, tuple[float, Rules]] = OrderedDict()

    async def check(self, url: str) -> Failure | None:
        """Return why `url` must not be fetched (now), or None if it may be.

        A robots.txt that answers with a client error allows all; one that cannot be reached, or
        answers with a server error, allows nothing for now (RFC 9309 sections 2.3.1.3 and 4).
        """
        rules = await self._rules(url)
        if isinstance(rules, Failure):
            return rules
        return None if rules.allows(url) else Failure("robots_disallowed", "robots.txt says so")

    async def sitemaps(self, url: str) -> list[str]:
        """Return the sitemaps that the robots.txt of the URL's site names."""
        rules = await self._rules(url)
        return [] if isinstance(rules, Failure) else rules.sitemaps

    async def _rules(self, url: str) -> Rules | Failure:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
        expires, rules = self._parsed.get(origin, (0.0, None))
        if rules is not None and time.monotonic() < expires:
            self._parsed.move_to_end(origin)
            return rules
        stored = await self._store.robots(origin)
        if stored is not None and stored.age < FRESH:
            rules, left = Rules(stored.body, self._agent), FRESH - stored.age
        else:
            body = await self._fetch(f"{origin}/robots.txt")
            if isinstance(body, Failure):
                return body
            rules, left = Rules(body, self._agent), FRESH
            await self._store.keep_robots(origin, body, rules.crawl_delay)
        self._parsed[origin] = (time.monotonic() + left, rules)
        if len(self._parsed) > _MOST_PARSED:
            self._parsed.popitem(last=False)
        return rules

    async def _fetch(self, url: str) -> bytes | Failure:
        async def before(hop: str) -> Failure | None:
            return await wait_for(self._turn, hop)

        response = await self._http.follow(url, {}, before)
        if isinstance(response, Failure):
            # Too many redirects or a file beyond all bounds: as good as none (section 2.3.1.2).
            unusable = response.reason in {"bad_redirect", "too_large", "bad_encoding"}
            return b"" if unusable else response
        failure = status_failure(response)
        if failure is None:
            return response.body[:LARGEST]
        if failure.permanent:
            return b""
        return Failure("robots_unreachable", failure.detail, failure.retry_after)
