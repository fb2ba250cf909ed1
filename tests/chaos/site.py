"""The sites of the known set, in a process of their own that no fault touches."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Final

from aiohttp import web

from services.cli.guarded import HOST
from tests.chaos.material import Material, Way, body, is_flaky, way

_PICTURE: Final = b"\x89PNG\r\n\x1a\n" + bytes(200)


@contextmanager
def serving(count: int, *, sites: int) -> Iterator[list[str]]:
    """Serve the items 0 to `count`; give the sites' URLs, without a path.

    A flaky item is out of order for each crawler (by its name) once.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(count, sites, there), daemon=True)
    process.start()
    try:
        yield [f"http://{HOST}:{port}" for port in here.recv()]
    finally:
        process.terminate()
        process.join()


def _serve(count: int, sites: int, parent: Connection) -> None:
    asyncio.run(_run(count, sites, parent))


async def _run(count: int, sites: int, parent: Connection) -> None:
    asked: set[tuple[str, int]] = set()
    material = Material(count, ())

    async def page(request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        match way(number):
            case Way.GONE:
                return web.Response(status=404)
            case Way.PICTURE:
                return web.Response(body=_PICTURE, content_type="image/png")
        visit = (request.headers["User-Agent"], number)
        if is_flaky(number) and visit not in asked:
            asked.add(visit)
            return web.Response(status=503)
        return web.Response(body=body(number), content_type="text/html")

    async def links(request: web.Request) -> web.Response:
        paths = material.links(int(request.match_info["number"]))
        items = "".join(
            f'<li><a href="{path}">临湖高新区一批项目集中签约开工</a> 2024-05-06</li>'
            for path in paths
        )
        return web.Response(text=f"<title>要闻</title><ul>{items}</ul>", content_type="text/html")

    app = web.Application()
    app.router.add_get(r"/{number:\d+}.html", page)
    app.router.add_get(r"/list/{number:\d+}.html", links)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    for _ in range(sites):
        await web.TCPSite(runner, HOST, 0).start()
    parent.send([address[1] for address in runner.addresses])
    await asyncio.Event().wait()
