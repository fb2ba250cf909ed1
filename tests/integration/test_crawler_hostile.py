"""Servers that mean harm cost a bounded time and memory, and each has its outcome."""

import asyncio
import contextlib
import gzip
import multiprocessing
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path

import brotli
import cramjam
import pytest

from services.crawler.fetch import Failure, Fetcher, Http
from services.crawler.settings import CrawlerSettings

Writer = asyncio.StreamWriter

BOMB_BYTES = 64 * 1024 * 1024
AT_ONCE = 4
MOST_MEMORY = 300 * 1024
"""Of the whole process, KiB."""
LOCAL = CrawlerSettings(allow_networks=(ip_network("127.0.0.0/8"),))


def response(body: bytes, **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    ).encode() + body


def sends(answer: bytes) -> Callable[[Writer], Awaitable[None]]:
    async def send(writer: Writer) -> None:
        writer.write(answer)
        await writer.drain()

    return send


async def endless_body(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        writer.write(b"<p>" * 20_000)
        await writer.drain()


async def endless_chunks(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1;" + b"x" * 1000 + b"\r\na\r\n")
        await writer.drain()


async def slow_drip(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        writer.write(b"<")
        await writer.drain()
        await asyncio.sleep(0.1)


async def slow_headers(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)


async def header_flood(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n" * 5_000)
        await writer.drain()


async def one_long_header(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-A: ")
    while True:
        writer.write(b"b" * 50_000)
        await writer.drain()


REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: /redirectx\r\nContent-Length: 0\r\n\r\n"


@cache
def hostile() -> dict[str, tuple[Callable[[Writer], Awaitable[None]], str]]:
    bomb = bytes(BOMB_BYTES)
    return {
        "gzip-bomb": (sends(response(gzip.compress(bomb), Content_Encoding="gzip")), "too_large"),
        "gzip-file": (sends(response(gzip.compress(bomb))), "too_large"),
        "br-bomb": (
            sends(response(brotli.compress(bomb, quality=1), Content_Encoding="br")),
            "too_large",
        ),
        "zstd-bomb": (
            sends(response(bytes(cramjam.zstd.compress(bomb)), Content_Encoding="zstd")),
            "too_large",
        ),
        "layered-bomb": (
            sends(
                response(
                    gzip.compress(gzip.compress(gzip.compress(bomb))),
                    Content_Encoding="gzip, gzip, gzip",
                )
            ),
            "too_large",
        ),
        "endless-body": (endless_body, "too_large"),
        "header-flood": (header_flood, "connection"),
        "one-long-header": (one_long_header, "connection"),
        "redirect": (sends(REDIRECT), "bad_redirect"),
        "not-http": (sends(b"220 mail.example ESMTP\r\n"), "connection"),
        "lies-about-length": (sends(response(b"short", Content_Length="99")), "connection"),
    }


# These never end: the time for a URL ends them.
ENDLESS: dict[str, Callable[[Writer], Awaitable[None]]] = {
    "endless-chunks": endless_chunks,
    "slow-drip": slow_drip,
    "slow-headers": slow_headers,
}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if await reader.readexactly(1) != b"G":  # a TLS handshake
                writer.write(b"no TLS here\r\n")
            else:
                request = await reader.readuntil(b"\r\n\r\n")
                name = request.split()[1].decode().strip("/").removesuffix("x")
                await (ENDLESS.get(name) or hostile()[name][0])(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for task in serving:
        task.cancel()
    await asyncio.wait(serving, timeout=5)


def visit(urls: list[str], endless: list[str], answer: Connection) -> None:
    """Fetch every URL several times at once; answer the outcomes and the peak of memory in KiB."""
    outcomes = asyncio.run(_visit(LOCAL, urls))
    short = LOCAL.model_copy(update={"total_timeout": 1.5})
    outcomes += asyncio.run(_visit(short, endless))
    # Not getrusage's peak, which a new process inherits from the one that starts it.
    (peak,) = re.findall(
        r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE
    )
    answer.send((outcomes, int(peak)))


async def _visit(settings: CrawlerSettings, urls: list[str]) -> list[tuple[str, str]]:
    async def allowed(_: str) -> None:
        return None

    async def at_once(_: str) -> float:
        return 0.0

    http = Http(settings)
    fetcher = Fetcher(http, allowed, at_once)

    async def one(url: str) -> tuple[str, str]:
        result = await fetcher.fetch(url)
        return url, result.reason if isinstance(result, Failure) else type(result).__name__

    try:
        async with asyncio.timeout(60):
            return await asyncio.gather(*(one(url) for url in urls for _ in range(AT_ONCE)))
    finally:
        await http.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells of memory in /proc")
async def test_hostile_servers(port: int) -> None:
    # .invalid never resolves (RFC 6761).
    site = f"http://127.0.0.1:{port}"
    expected = {f"{site}/{name}": reason for name, (_, reason) in hostile().items()}
    expected[f"https://127.0.0.1:{port}/tls"] = "connection"
    expected["http://nobody.invalid/"] = "unknown_host|dns"
    endless = [f"{site}/{name}" for name in ENDLESS]
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    visitor = context.Process(target=visit, args=(list(expected), endless, there))
    visitor.start()
    try:
        assert await asyncio.to_thread(here.poll, 90)
        outcomes, memory = here.recv()
    finally:
        visitor.kill()
        visitor.join()
    expected |= dict.fromkeys(endless, "timeout")
    counted = Counter(outcomes)
    assert sum(counted.values()) == AT_ONCE * len(expected)
    for url, outcome in counted:
        assert outcome in expected[url].split("|"), (url, outcome)
    assert memory < MOST_MEMORY
