"""What the cleaner learns of a host: kept in a compacted topic, shown and reset by an operator."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer
from relay_client import settings_of
from typer.testing import CliRunner, Result

from services.cleaner.memory import HostMemory
from services.cli.__main__ import make_app
from services.contracts.messages import PageLines
from services.contracts.topics import TEMPLATES
from services.runtime.outcome import output
from services.runtime.settings import KafkaSettings
from services.runtime.table import Table
from services.runtime.topics import create_topics

LIMIT = 30


def parkwire(*arguments: str) -> Result:
    return CliRunner().invoke(make_app(), ["templates", *arguments])


async def publish(kafka: KafkaSettings, *pages: PageLines) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap_servers, enable_idempotence=kafka.idempotence
    )
    await producer.start()
    try:
        for page in pages:
            out = output(page)
            await producer.send_and_wait(kafka.prefix + out.topic, out.value, key=out.key)
    finally:
        await producer.stop()


def lines(slot: int, host: str = "window.example") -> PageLines:
    url = f"http://{host}/{slot}"
    own = f"第{'一二三四'[slot]}个项目开工"
    return PageLines(host, slot, url, own, (own, "青禾之窗每日相伴"), datetime.now(UTC))


async def test_a_table_is_read_then_followed_and_reset_by_an_operator(
    kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings_of(kafka).items():
        monkeypatch.setenv(name, value)
    await create_topics(kafka, replication=1)
    await publish(kafka, lines(0), lines(1), lines(0, "other.example"))
    memory, stop = HostMemory(), asyncio.Event()

    async def wait_for(pages: int) -> None:
        async with asyncio.timeout(LIMIT):
            while len(memory.pages_of(b"http://window.example/x")) != pages:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async with Table(TEMPLATES, kafka, memory.put) as table:
        follow = asyncio.create_task(table.follow(stop))
        await wait_for(2)
        await publish(kafka, lines(2))
        await wait_for(3)

        listed = await asyncio.to_thread(parkwire, "list")
        assert "window.example" in listed.stdout
        assert "2 hosts" in listed.stdout
        shown = await asyncio.to_thread(parkwire, "show", "window.example")
        assert "3 of 3  青禾之窗每日相伴" in shown.stdout
        assert "个项目开工" not in shown.stdout

        done = await asyncio.to_thread(parkwire, "reset", "window.example")
        assert done.stdout == "3 pages of window.example forgotten\n"
        await wait_for(0)
        assert len(memory.pages_of(b"http://other.example/")) == 1
        unknown = await asyncio.to_thread(parkwire, "show", "window.example")
        assert "nothing is known" in str(unknown.exception)
        stop.set()
        await follow
