"""A web server in a process of its own, for whoever crawls."""

import asyncio
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from aiohttp import web

from services.cli.guarded import HOST
from services.contracts.messages import Page

_ROBOTS = "User-agent: *\nDisallow: /private/\n"


@dataclass(frozen=True, slots=True)
class Web:
    """Sites on this machine that serve the same pages under any number of names."""

    ports: tuple[int, ...]

    def urls(self, count: int, run: str) -> list[str]:
        """Return URLs, spread over the sites; the n-th is of the page n (modulo their number)."""
        return [
            f"http://{HOST}:{self.ports[number % len(self.ports)]}/{run}/{number}.html"
            for number in range(count)
        ]


@contextmanager
def serving(pages: Sequence[Page], *, sites: int) -> Iterator[Web]:
    """Serve `pages` on as many sites (ports) as are asked for."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    bodies = [(page.body, page.headers["content-type"]) for page in pages]
    process = context.Process(target=_serve, args=(bodies, sites, there), daemon=True)
    process.start()
    try:
        yield Web(here.recv())
    finally:
        process.terminate()
        process.join()


def _serve(bodies: Sequence[tuple[bytes, str]], sites: int, parent: Connection) -> None:
    asyncio.run(_run(bodies, sites, parent))


async def _run(bodies: Sequence[tuple[bytes, str]], sites: int, parent: Connection) -> None:
    async def page(request: web.Request) -> web.Response:
        body, content_type = bodies[int(request.match_info["number"]) % len(bodies)]
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def robots(_: web.Request) -> web.Response:
        return web.Response(text=_ROBOTS)

    app = web.Application()
    app.router.add_get("/robots.txt", robots)
    app.router.add_get(r"/{run}/{number:\d+}.html", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    for _ in range(sites):
        await web.TCPSite(runner, HOST, 0).start()
    parent.send(tuple(address[1] for address in runner.addresses))
    await asyncio.Event().wait()
