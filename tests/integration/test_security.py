"""What a hostile source or page must not achieve, asked of running services."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from services.cli.add import publish
from services.cli.dead_letters import read_letters
from services.cli.guarded import HOST
from services.cli.line import Line, Process
from services.contracts import dead_letters as dead
from services.contracts.messages import Source
from services.runtime.postgres import connect
from services.runtime.settings import KafkaSettings

# Every way to write an address of this machine that resolvers and libraries have been fooled by.
LOOPBACK = (
    "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "127.0.1", "0x7f.1", "0x7f000001",
    "2130706433", "0177.0.0.1", "017700000001", "127.0.0.1.", "0.0.0.0", "0", "[::1]", "[::]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1",
)  # fmt: skip
SECRET = "hunter2-7f3b9c"


async def test_no_spelling_and_no_redirect_leads_the_crawler_inside(
    kafka: KafkaSettings, postgres_dsn: str
) -> None:
    visits: list[str] = []
    landed: list[str] = []

    async def inside(request: web.Request) -> web.Response:
        visits.append(f"{request.host}{request.path}")
        return web.Response(text="<p>secret</p>", content_type="text/html")

    async def outside(request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        landed.append(request.path)
        number = int(request.match_info["path"])
        target = f"http://{LOOPBACK[number % len(LOOPBACK)]}:{secret_port}/by-redirect"
        if number < len(LOOPBACK):
            status = (301, 302, 303, 307, 308)[number % 5]
            return web.Response(status=status, headers={"Location": target})
        refresh = f'<meta http-equiv="refresh" content="0;url={target}">'
        return web.Response(text=refresh, content_type="text/html")

    async with _serving(inside, HOST) as secret_port, _serving(outside, "127.0.0.2") as port:
        direct = [
            f"http://{host}{where}/"
            for host in LOOPBACK
            for where in ("", f":{secret_port}", ":22", ":5432")
        ]
        redirects = [f"http://127.0.0.2:{port}/{n}" for n in range(2 * len(LOOPBACK))]
        sources = [Source(url, kind="article") for url in (*direct, *redirects)]
        settings = {
            "PARKWIRE_CRAWLER_ALLOW_NETWORKS": '["127.0.0.2/32"]',
            "PARKWIRE_CRAWLER_PACE": "0.001",
            "PARKWIRE_CRAWLER_POLL": "0.05",
            "PARKWIRE_CRAWLER_RETRY_BASE": "0.05",
            "PARKWIRE_CRAWLER_MAX_ATTEMPTS": "2",
        }
        async with Line(settings, kafka=kafka, dsn=postgres_dsn, stages=("crawler",)) as line:
            database = await connect(postgres_dsn, size=1, application_name="test")
            await publish(sources, kafka)
            async with asyncio.timeout(120):
                while not await line.is_drained(await line.counts(), len(sources), database):  # noqa: ASYNC110 (another process)
                    await asyncio.sleep(0.2)
            await database.close()
            counts = await line.counts()
        letters = [letter async for letter in read_letters(kafka)]
    assert visits == []
    assert len(landed) >= len(redirects)
    assert counts.total("crawler", "parkwire_published_total") == 0
    why = Counter(letter.headers[dead.EXCEPTION] for letter in letters)
    assert set(why) <= {
        "forbidden_address",
        "ValueError",
        "unknown_host",
        "bad_redirect",
        "bad_url",
        "dns",
    }
    assert why["forbidden_address"] > len(LOOPBACK)


@pytest.mark.parametrize("stage", ["crawler", "store"])
async def test_secrets_are_not_told(stage: str, kafka: KafkaSettings, tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    process = Process(
        stage,
        {
            "PARKWIRE_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "PARKWIRE_POSTGRES_DSN": f"postgresql://reader:{SECRET}@{HOST}:1/parkwire",
            "PARKWIRE_LOG_LEVEL": "DEBUG",
        },
        log,
    )
    try:
        await asyncio.to_thread(process.start)
        async with asyncio.timeout(30):
            while "retrying" not in log.read_text():  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.1)
    finally:
        await asyncio.to_thread(process.stop)
    assert SECRET not in log.read_text()


@asynccontextmanager
async def _serving(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]], host: str
) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
