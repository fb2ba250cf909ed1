"""A service as a process: how it ends, and what is left of the work it had in hand."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from relay_client import settings_of, urls_of_pages

from services.cli.add import publish
from services.cli.dead_letters import read_letters
from services.cli.guarded import free_port
from services.contracts import dead_letters as dead
from services.contracts.messages import Source
from services.contracts.topics import SOURCES as SOURCES_TOPIC
from services.runtime.settings import KafkaSettings
from services.runtime.topics import create_topics

SUPPORT = Path(__file__).parents[1] / "support"
# Of many hosts, so that every partition has its share.
SOURCES = [Source(f"http://news{number % 50}.example/{number}") for number in range(1200)]


async def start(script: str, kafka: KafkaSettings, **env: str) -> Process:
    settings = settings_of(kafka) | {"PARKWIRE_HTTP_PORT": str(free_port())} | env
    return await asyncio.create_subprocess_exec(
        sys.executable, str(SUPPORT / script), env=os.environ | settings, stderr=PIPE
    )


async def end(process: Process, limit: float = 60) -> tuple[int | None, str]:
    async with asyncio.timeout(limit):
        _, words = await process.communicate()
    return process.returncode, words.decode()


async def test_a_service_that_is_told_to_stop_ends_with_0(kafka: KafkaSettings) -> None:
    await create_topics(kafka, replication=1)
    await publish(SOURCES, kafka)
    first = await start("relay.py", kafka)
    async with asyncio.timeout(60):
        await urls_of_pages(kafka, enough=1, settled=False)
    first.send_signal(signal.SIGTERM)
    assert (await end(first))[0] == 0

    left = len(SOURCES) - len(await urls_of_pages(kafka, enough=1))
    assert left > 0
    second = await start("relay.py", kafka)
    async with asyncio.timeout(60):
        seen = await urls_of_pages(kafka, enough=len(SOURCES))
    second.send_signal(signal.SIGTERM)
    assert (await end(second))[0] == 0
    assert set(seen) == {source.url for source in SOURCES}
    assert len(seen) == len(SOURCES), "a batch that was finished is not repeated"


async def test_a_service_that_waits_for_the_broker_can_be_stopped(kafka: KafkaSettings) -> None:
    away = kafka.model_copy(update={"bootstrap_servers": "127.0.0.1:1"})
    process = await start("relay.py", away)
    assert process.stderr is not None
    async with asyncio.timeout(30):
        while b"retrying" not in await process.stderr.readline():
            continue
    process.send_signal(signal.SIGTERM)
    assert (await end(process, limit=10))[0] == 0


async def test_a_defect_stops_the_service_and_loses_nothing(kafka: KafkaSettings) -> None:
    await create_topics(kafka, replication=1)
    await publish(SOURCES[:20], kafka)
    status, words = await end(await start("failing.py", kafka))
    assert status == 1
    assert "a defect" in words

    process = await start("relay.py", kafka)
    async with asyncio.timeout(60):
        seen = await urls_of_pages(kafka, enough=20)
    process.send_signal(signal.SIGTERM)
    await end(process)
    assert set(seen) == {source.url for source in SOURCES[:20]}


async def test_a_record_that_cannot_be_read_is_put_aside_alone(kafka: KafkaSettings) -> None:
    await create_topics(kafka, replication=1)
    await publish(SOURCES[:200], kafka)
    topic = kafka.prefix + SOURCES_TOPIC.name
    command = [sys.executable, str(SUPPORT / "bad_record.py"), kafka.bootstrap_servers, topic]
    for partition in ("1", "4"):
        bad = await asyncio.create_subprocess_exec(*command, partition)
        assert await bad.wait() == 0
    await publish(SOURCES[200:400], kafka)

    process = await start("relay.py", kafka)
    async with asyncio.timeout(60):
        seen = await urls_of_pages(kafka, enough=400)
    process.send_signal(signal.SIGTERM)
    assert (await end(process))[0] == 0
    assert set(seen) == {source.url for source in SOURCES[:400]}
    letters = [letter async for letter in read_letters(kafka)]
    assert {letter.headers[dead.REASON] for letter in letters} == {"unreadable"}
    assert {letter.headers[dead.PARTITION] for letter in letters} == {"1", "4"}
    assert len(letters) == 2


async def test_a_wrong_setting_is_one_line_and_status_2(kafka: KafkaSettings) -> None:
    process = await start("relay.py", kafka, PARKWIRE_STAGE_WORKERS="many")
    status, words = await end(process)
    assert status == 2
    assert words.startswith("parkwire: PARKWIRE_STAGE_WORKERS: ")
    assert words.count("\n") == 1
