import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator

import pytest

from services.crawler.fetch import Budget, Failure, Http
from services.crawler.resolve import Resolver
from services.crawler.settings import CrawlerSettings


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    client = Http(CrawlerSettings())
    yield client
    await client.close()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.EAI_NONAME, "unknown_host"),
        (socket.EAI_AGAIN, "dns"),
        (socket.EAI_FAIL, "dns"),
    ],
)
async def test_what_the_resolver_says(
    http: Http, monkeypatch: pytest.MonkeyPatch, error: int, reason: str
) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(error, "as the system puts it")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    result = await http.get("http://park.example/", {}, Budget(5))
    assert isinstance(result, Failure)
    assert result.reason == reason
    assert "as the system puts it" in result.detail


async def test_a_resolver_that_hangs_ends_with_the_time_for_the_url(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def getaddrinfo(*_: object, **__: object) -> list[object]:
        release.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    started = time.monotonic()
    result = await http.get("http://park.example/", {}, Budget(0.2))
    release.set()
    assert isinstance(result, Failure)
    assert result.reason == "timeout"
    assert time.monotonic() - started < 5


async def test_names_that_hang_do_not_hold_up_others(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    lookup = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, **options: int) -> object:
        if host == "hangs.example":
            release.wait(10)
        return lookup("127.0.0.1", port)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    resolver = Resolver(threads=20)
    hanging = [asyncio.create_task(resolver.resolve("hangs.example")) for _ in range(19)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        (found, *_) = await resolver.resolve("park.example", 80)
    assert (found["host"], found["port"], found["hostname"]) == ("127.0.0.1", 80, "park.example")
    release.set()
    await asyncio.gather(*hanging)
    await resolver.close()
