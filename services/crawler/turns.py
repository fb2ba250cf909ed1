"""Waiting for a host's turn, so that its requests are a pace apart also as the host sees them."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from services.crawler.frontier import Frontier
from services.crawler.tasks import host_of

_MOST_REMEMBERED: Final = 4096


class Turns:
    """Takes turns on hosts, for one replica.

    The frontier hands out moments. A request may leave later than its moment (a busy process, a
    slow connection), and the next one on time would then be too close to it; so a pace must also
    have passed since the host was last seen to answer.
    """

    def __init__(
        self, frontier: Frontier, patience: float, waited: Callable[[float], None]
    ) -> None:
        """`waited` is told the seconds that each request waits."""
        self._frontier = frontier
        self._patience = patience
        self._waited = waited
        self._paces: dict[str, float] = {}
        self._answered: dict[str, float] = {}

    async def take(self, url: str) -> float:
        """Wait for the turn of the URL's host; return 0.

        If that would take too long, no turn is taken and nothing waited for: the answer is then
        the seconds after which it is worth coming back.
        """
        turn = await self._frontier.turn(url, self._patience)
        if not turn.taken:
            return max(turn.wait, self._patience)
        host = host_of(url)
        since = self.since(host)
        # A pace that has become longer holds from this request on.
        pace = min(turn.pace, self._paces.get(host, turn.pace))
        self._paces[host] = turn.pace
        wait = turn.wait if since is None else max(turn.wait, pace - since)
        self._waited(wait)
        await asyncio.sleep(wait)
        return 0.0

    def answered(self, url: str) -> None:
        """Note that the URL's host has answered, or that it was given up."""
        host = host_of(url)
        self._answered.pop(host, None)
        self._answered[host] = time.monotonic()
        if len(self._answered) > _MOST_REMEMBERED:
            oldest = next(iter(self._answered))
            del self._answered[oldest]
            self._paces.pop(oldest, None)

    def since(self, host: str) -> float | None:
        """Return the seconds since the host has answered, or None if that is not known."""
        answered = self._answered.get(host)
        return None if answered is None else time.monotonic() - answered
