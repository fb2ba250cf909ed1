"""PostgreSQL goes away in mid-load and comes back: nothing is lost, nothing stored twice."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from pydantic import SecretStr
from store_samples import facts, link_all

from services.cli.embedded import embedded_postgres
from services.contracts.codec import FACTS
from services.contracts.messages import Amount, Entity, Facts, Project
from services.runtime.migrate import upgrade
from services.runtime.outcome import Done, Record
from services.runtime.settings import PostgresSettings
from services.store import MIGRATIONS, SCHEMA
from services.store.app import Writer
from services.store.settings import StoreSettings

_ARTICLES = 600
_BATCH = 20
_AWAY_SECONDS = float(os.environ.get("PARKWIRE_TEST_AWAY_SECONDS", "1"))


class _Door:
    """A port that leads to a server which may move."""

    def __init__(self) -> None:
        self.leads_to: int | None = None
        self.port = 0

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            if self.leads_to is not None:
                behind = await asyncio.open_connection("127.0.0.1", self.leads_to)
                await asyncio.wait(
                    [
                        asyncio.create_task(_copy(reader, behind[1])),
                        asyncio.create_task(_copy(behind[0], writer)),
                    ],
                    return_when=asyncio.FIRST_COMPLETED,
                )
                behind[1].close()
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def _door() -> AsyncIterator[_Door]:
    door = _Door()
    server = await asyncio.start_server(door.pass_on, "127.0.0.1", 0)
    door.port = server.sockets[0].getsockname()[1]
    yield door
    server.close()


def _facts(number: int) -> Facts:
    return facts(
        number,
        entities=[Entity("park", "云溪高新区", 0, 5, "云溪高新区")],
        amounts=[Amount("1亿元", 0, 3, "money", 1e8, 1e8, "CNY") for _ in range(3)],
        projects=[Project("project", f"第{number}号轴承项目")],
    )


def _records() -> list[Record]:
    return [
        Record("facts", 0, number, 0, b"", FACTS.encode(_facts(number)), FACTS.headers())
        for number in range(_ARTICLES)
    ]


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder that whoever runs PostgreSQL can reach."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


async def test_what_is_written_while_postgresql_is_away_is_written_once(data: Path) -> None:
    records = _records()
    async with embedded_postgres(data) as dsn:
        await upgrade(dsn, MIGRATIONS, SCHEMA)
    async with _door() as door:
        # Wherever the server listens next, its password stays.
        outside = dsn.rpartition(":")[0] + f":{door.port}/postgres"
        settings = PostgresSettings(dsn=SecretStr(outside))
        stop, under_way = asyncio.Event(), asyncio.Event()
        outcomes: list[object] = []
        async with embedded_postgres(data) as dsn:
            door.leads_to = urlsplit(dsn).port
            writer = await Writer(settings, StoreSettings()).__aenter__()
            linking = asyncio.create_task(writer.link(stop))

            async def load() -> None:
                for start in range(0, _ARTICLES, _BATCH):
                    outcomes.extend(await writer(records[start : start + _BATCH]))
                    if len(outcomes) >= _ARTICLES // 3:
                        under_way.set()

            loading = asyncio.create_task(load())
            await under_way.wait()
        door.leads_to = None
        assert not loading.done()
        await asyncio.sleep(_AWAY_SECONDS)
        assert not loading.done()
        async with embedded_postgres(data) as dsn:
            door.leads_to = urlsplit(dsn).port
            await loading
            stop.set()
            await linking
            await writer.__aexit__()
            await _check(dsn)
        assert outcomes == [Done()] * _ARTICLES


async def _check(dsn: str) -> None:
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        await link_all(pool)
        for table, each in (("article", 1), ("mention", 1), ("amount", 3), ("linked_project", 1)):
            count = await pool.fetchval(f"SELECT count(*) FROM parkwire.{table}")
            assert count == each * _ARTICLES, table
