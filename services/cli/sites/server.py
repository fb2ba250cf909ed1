"""Serve the sample sites on this machine, each at an address and port of its own."""

import contextlib
import socket
import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web

from services.cli.sites import corner, pages
from services.cli.sites.answers import Answer, answers
from services.cli.sites.articles import SITES
from services.cli.sites.resources import Resource

MAX_VISITS = 100_000


@dataclass(frozen=True)
class Visit:
    """A request that a site got; `at` is in seconds of `time.monotonic`."""

    site: str
    path: str
    at: float
    user_agent: str


class SampleSites:
    """The six sample sites as HTTP servers; an async context manager.

        async with SampleSites() as sites:
            await crawl(sites.sources)
            assert found == sites.answers

    `host` None gives each site a loopback address of its own where the system has them (Linux:
    127.0.0.1 to 127.0.0.6), else 127.0.0.1. `port_base` 0 takes free ports, else the ports
    `port_base`+1 and up are used, one a site. `public_host` is the name that the pages and
    `sources` carry, where it differs from the address that is bound.

    Raises OSError at start if an address cannot be bound.
    """

    def __init__(
        self, *, host: str | None = None, port_base: int = 0, public_host: str | None = None
    ) -> None:
        self._host = host
        self._port_base = port_base
        self._public_host = public_host
        self._runners: list[web.AppRunner] = []
        self._resources: dict[str, dict[str, Resource]] = {}
        self.bases: dict[str, str] = {}
        """URL of every site, without a path."""
        self.visits: list[Visit] = []
        """The requests so far (at most `MAX_VISITS`), in order."""

    @property
    def sources(self) -> list[str]:
        """The URLs to add: from them every article of `answers` is reached."""
        return pages.sources(self.bases)

    @property
    def bad_sources(self) -> dict[str, str]:
        """URLs from which no article may come, and why."""
        return {self.bases["corner"] + path: why for path, why in corner.NOTHING.items()}

    @property
    def forbidden(self) -> str:
        """The URL that robots.txt forbids, though a list links to it."""
        return self.bases["association"] + pages.HIDDEN_PATH

    @property
    def answers(self) -> list[Answer]:
        """What the line should find on the sites."""
        return answers(self.bases)

    async def start(self) -> None:
        """Bind every site, render its pages and serve them."""
        sockets: dict[str, socket.socket] = {}
        try:
            for number, site in enumerate(SITES, 1):
                port = self._port_base + number if self._port_base else 0
                sockets[site] = socket.create_server((self._address(number), port))
                bound, port = sockets[site].getsockname()[:2]
                self.bases[site] = f"http://{self._public_host or bound}:{port}"
            self._resources = pages.render(self.bases)
            for site, listening in sockets.items():
                await self._serve(site, listening)
        except BaseException:
            await self.close()
            for listening in sockets.values():
                listening.close()
            raise

    async def close(self) -> None:
        """Stop serving and free the ports."""
        while self._runners:
            await self._runners.pop().cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _address(self, number: int) -> str:
        if self._host is not None:
            return self._host
        # All of 127.0.0.0/8 is the loopback interface on Linux; macOS has only the one address.
        return f"127.0.0.{number}" if sys.platform == "linux" else "127.0.0.1"

    async def _serve(self, site: str, listening: socket.socket) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._answer(site, request)

        app = web.Application()
        app.router.add_route("GET", "/{path:.*}", answer)
        app.router.add_route("HEAD", "/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runners.append(runner)
        await web.SockSite(runner, listening).start()

    async def _answer(self, site: str, request: web.Request) -> web.StreamResponse:
        if len(self.visits) < MAX_VISITS:
            agent = request.headers.get("User-Agent", "")
            self.visits.append(Visit(site, request.path, time.monotonic(), agent))
        if site == "corner" and request.path == corner.HUGE_PATH:
            return await _stream_huge(request)
        resource = self._resources[site].get(request.path)
        if resource is None:
            return web.Response(status=404, text="404 Not Found")
        headers = {**resource.headers, "Content-Type": resource.content_type}
        if resource.status == 200:
            headers["ETag"] = resource.etag
            if request.headers.get("If-None-Match") == resource.etag:
                return web.Response(status=304, headers={"ETag": resource.etag})
        response = web.Response(status=resource.status, body=resource.body, headers=headers)
        if resource.compress:
            response.enable_compression()
        return response


async def _stream_huge(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html; charset=utf-8"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):  # nobody needs to read all of it
        for chunk in corner.huge_chunks():
            await response.write(chunk)
        await response.write_eof()
    return response
