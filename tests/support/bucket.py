"""A bucket by the S3 interface, as much of it as an archive asks for, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree import ElementTree

import pytest
from aiohttp import web

ACCOUNT = {"AWS_ACCESS_KEY_ID": "parkwire", "AWS_SECRET_ACCESS_KEY": "secret"}


class Bucket:
    """Holds objects; `away` makes it refuse everything."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.away = False
        self.asked = asyncio.Event()
        self.requests = 0

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request of the protocol."""
        self.asked.set()
        self.requests += 1
        if self.away:
            return web.Response(status=503)
        if f"Credential={ACCOUNT['AWS_ACCESS_KEY_ID']}/" not in request.headers["Authorization"]:
            return web.Response(status=403)
        _, _, key = request.path.lstrip("/").partition("/")
        match request.method, key:
            case "PUT", _:
                self.objects[key] = await request.read()
                return web.Response(headers={"ETag": '"1"'})
            case "GET", "":
                return self._list(request.query.get("prefix", ""), request.query.get("delimiter"))
            case "POST", "":
                return self._delete(await request.text())
            case "GET", _ if key in self.objects:
                times = {"ETag": '"1"', "Last-Modified": "Sun, 01 Mar 2026 00:00:00 GMT"}
                return web.Response(body=self.objects[key], headers=times)
            case _:
                return web.Response(status=404)

    def _list(self, prefix: str, delimiter: str | None) -> web.Response:
        keys = [key for key in sorted(self.objects) if key.startswith(prefix)]
        folders: dict[str, None] = {}
        if delimiter is not None:
            inside = [key for key in keys if delimiter in key[len(prefix) :]]
            folders = dict.fromkeys(
                prefix + key[len(prefix) :].partition(delimiter)[0] + delimiter for key in inside
            )
            keys = [key for key in keys if key not in inside]
        found = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-03-01T00:00:00.000Z</LastModified>"
            f"<Size>{len(self.objects[key])}</Size><ETag>1</ETag></Contents>"
            for key in keys
        ) + "".join(
            f"<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>" for folder in folders
        )
        return _xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")

    def _delete(self, order: str) -> web.Response:
        keys = [str(key.text) for key in ElementTree.fromstring(order).iter() if "Key" in key.tag]
        for key in keys:
            del self.objects[key]
        deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return _xml(f"<DeleteResult>{deleted}</DeleteResult>")


@asynccontextmanager
async def bucket(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    """Serve a bucket, and set the variables by which its account reaches it."""
    made = Bucket()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{key:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    place = {"AWS_ENDPOINT": f"http://127.0.0.1:{port}", "AWS_REGION": "none"}
    for name, value in (ACCOUNT | place).items():
        monkeypatch.setenv(name, value)
    try:
        yield made
    finally:
        await runner.cleanup()


def _xml(body: str) -> web.Response:
    return web.Response(text=f'<?xml version="1.0"?>{body}', content_type="application/xml")
