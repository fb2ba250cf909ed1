"""Raw pages in the archive: all of them, whatever is killed or away, and back into the line."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import typer
from bucket import bucket
from msgspec.structs import replace
from relay_client import settings_of
from typer.testing import CliRunner, Result

from services.cli.guarded import free_port
from services.cli.reading import careful_producer, read_topic
from services.cli.replay import register
from services.contracts.codec import PAGE
from services.contracts.messages import Page
from services.contracts.topics import PAGES
from services.runtime.migrate import upgrade
from services.runtime.settings import KafkaSettings
from services.runtime.topics import create_topics
from services.store import MIGRATIONS, SCHEMA
from services.store.archive import Archive, new_name
from services.store.warc import KeptPage, pack, unpack

FETCHED = datetime(2026, 3, 1, tzinfo=UTC)
HEADERS = PAGE.headers() | {"correlation_id": "7f", "at-crawler": "1772323200000"}
_LIMIT = 90.0


def page(number: int, body: bytes, days: int = 0) -> Page:
    url = f"http://news{number % 20}.example/{number}"
    return Page(url, url, 200, {"x": "云"}, body, FETCHED + timedelta(days=days), url)


async def publish(kafka: KafkaSettings, values: list[bytes]) -> None:
    producer = careful_producer(kafka, PAGES, linger_ms=10)
    await producer.start()
    headers = [(name, value.encode()) for name, value in HEADERS.items()]
    topic = kafka.prefix + PAGES.name
    sending = [
        producer.send_and_wait(topic, value, key=str(n).encode(), headers=headers)
        for n, value in enumerate(values)
    ]
    await asyncio.gather(*sending)
    await producer.stop()


@asynccontextmanager
async def store(kafka: KafkaSettings, dsn: str, **env: str) -> AsyncIterator[Process]:
    settings = settings_of(kafka) | {
        "PARKWIRE_POSTGRES_DSN": dsn,
        "PARKWIRE_HTTP_PORT": str(free_port()),
        "PARKWIRE_ARCHIVE_GATHER": "0.5",
        "PARKWIRE_STAGE_MAX_RECORDS": "20",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.store", env=os.environ | settings | env
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 30)


async def archived(archive: Archive) -> list[str]:
    return [
        kept.page.url for name in await archive.names() for kept in unpack(await archive.read(name))
    ]


async def holds(archive: Archive, pages: list[Page]) -> bool:
    return {*await archived(archive)} == {page.url for page in pages}


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    while True:
        if await holds():
            return
        await asyncio.sleep(0.1)


async def parkwire(kafka: KafkaSettings, *arguments: str, **env: str) -> Result:
    app = typer.Typer()
    register(app)
    env = settings_of(kafka) | env
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, env=env)


async def test_every_page_is_archived_though_the_store_is_killed(
    kafka: KafkaSettings, postgres_dsn: str, tmp_path: Path
) -> None:
    await create_topics(kafka, replication=1)
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    pages = [page(number, os.urandom(500)) for number in range(300)]
    await publish(kafka, [b"no page", *map(PAGE.encode, pages)])
    archive = Archive(str(tmp_path))
    env = {"PARKWIRE_ARCHIVE_URL": str(tmp_path)}
    async with asyncio.timeout(_LIMIT):
        async with store(kafka, postgres_dsn, **env) as process:
            await until(archive.names)
            process.kill()
            await process.wait()
        assert len({*await archived(archive)}) < 300
        async with store(kafka, postgres_dsn, **env):
            await until(partial(holds, archive, pages))

    # A later fetch, of which the topic knows and the archive does not, is none of the archive's.
    await publish(kafka, [PAGE.encode(page(0, b"later", days=1))])
    done = await parkwire(kafka, "--archive", "--dry-run", **env)
    assert (done.exit_code, done.stderr) == (0, "300 pages would be sent again\n")
    done = await parkwire(kafka, "--archive", "--site", "news7.example", **env)
    assert "15 pages sent again" in done.stderr
    after = FETCHED + timedelta(microseconds=1)
    later = {PAGE.encode(replace(one, fetched_at=after)): one for one in pages}
    again = [record async for record in read_topic(kafka, PAGES) if record.value in later]
    assert len(again) == 15
    for record in again:
        assert record.key == later[record.value].url.encode()
        assert dict(record.headers) == {
            name: value.encode() for name, value in (HEADERS | {"replayed": "1"}).items()
        }


async def test_what_is_sent_again_is_not_archived_again(
    kafka: KafkaSettings, postgres_dsn: str, tmp_path: Path
) -> None:
    await create_topics(kafka, replication=1)
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    await publish(kafka, [PAGE.encode(page(0, b"body"))])
    archive = Archive(str(tmp_path))
    env = {"PARKWIRE_ARCHIVE_URL": str(tmp_path)}
    async with store(kafka, postgres_dsn, **env), asyncio.timeout(_LIMIT):
        await until(archive.names)
        assert "1 pages sent again" in (await parkwire(kafka, "--archive", **env)).stderr
        later = page(1, b"later")
        await publish(kafka, [PAGE.encode(later)])
        await until(partial(holds, archive, [page(0, b"body"), later]))
        copies = await archived(archive)
    assert sorted(copies) == sorted({*copies})


async def test_a_bucket_that_is_away_holds_the_pages_back(
    kafka: KafkaSettings, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_topics(kafka, replication=1)
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    pages = [page(number, b"body") for number in range(60)]
    await publish(kafka, list(map(PAGE.encode, pages)))
    async with bucket(monkeypatch) as made, asyncio.timeout(_LIMIT):
        made.away = True
        url = "s3://pages/raw"
        async with store(kafka, postgres_dsn, PARKWIRE_ARCHIVE_URL=url):
            await made.asked.wait()
            assert not made.objects
            made.away = False
            await until(partial(holds, Archive(url), pages))


async def test_a_damaged_file_is_named_and_the_others_are_sent(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    await create_topics(kafka, replication=1)
    env = {"PARKWIRE_ARCHIVE_URL": str(tmp_path)}
    archive = Archive(str(tmp_path))
    bad = new_name()
    await archive.put(bad, b"no WARC")
    await archive.put(new_name(), pack([KeptPage(page(0, b"body"), HEADERS)]))
    done = await parkwire(kafka, "--archive", **env)
    assert done.exit_code == 1
    assert f"parkwire: {bad}: left out from here on: not compressed, or damaged" in done.stderr
    assert "1 pages sent again" in done.stderr
    assert [PAGE.decode(record.value, {}).body async for record in read_topic(kafka, PAGES)] == [
        b"body"
    ]


async def test_files_of_before_are_not_read(kafka: KafkaSettings, tmp_path: Path) -> None:
    """No page in a file was fetched after the file was written."""
    old = "2026/03/02/20260302T000000Z-0123456789ab.warc.gz"
    await Archive(str(tmp_path)).put(old, b"no WARC, which would be told")
    env = {"PARKWIRE_ARCHIVE_URL": str(tmp_path)}
    done = await parkwire(kafka, "--archive", "--dry-run", "--since", "2026-03-03", **env)
    assert (done.exit_code, done.stderr) == (0, "0 pages would be sent again\n")


async def test_a_bucket_that_is_away_is_told(
    kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bucket(monkeypatch) as made:
        made.away = True
        done = await parkwire(kafka, "--archive", PARKWIRE_ARCHIVE_URL="s3://pages/raw")
    assert str(done.exception).startswith("the archive: Generic S3 error: ")
    assert "\n" not in str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--site", "127.0.0.2:43005"], "a host without its port"),
        (["--site", ""], "a host without its port"),
        (["--since", "2026-03-02", "--until", "2026-03-01"], "lies before --since"),
    ],
)
async def test_a_wrong_call_is_told(kafka: KafkaSettings, arguments: list[str], says: str) -> None:
    done = await parkwire(kafka, *arguments)
    assert done.exit_code == 2
    assert says in done.stderr


async def test_a_folder_without_an_archive_is_told(kafka: KafkaSettings, tmp_path: Path) -> None:
    done = await parkwire(kafka, "--archive", PARKWIRE_ARCHIVE_URL=str(tmp_path))
    assert str(done.exception) == f"no file of an archive lies in {tmp_path}"


async def test_without_an_archive_the_reason_is_told(kafka: KafkaSettings) -> None:
    done = await parkwire(kafka, "--archive")
    assert str(done.exception) == "PARKWIRE_ARCHIVE_URL names no folder and no bucket"
