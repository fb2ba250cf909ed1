"""Dead letters from the command line: listed, shown, and sent back with the attempt counted."""

import asyncio
import os
import subprocess
import sys

import typer
from aiokafka import AIOKafkaConsumer
from relay_client import settings_of
from typer.testing import CliRunner, Result

from services.cli.dead_letters import count_letters, read_letters, register
from services.contracts import dead_letters as dead
from services.contracts.dead_letters import Reason
from services.runtime.broker import make_broker, publish_with
from services.runtime.delivery import Delivery
from services.runtime.outcome import Record, failure
from services.runtime.settings import KafkaSettings, StageSettings
from services.runtime.topics import create_topics


def parkwire(kafka: KafkaSettings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli", "dead-letters", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | settings_of(kafka),
        check=False,
        timeout=60,
    )


async def run(kafka: KafkaSettings, *arguments: str) -> Result:
    """Run the command in this process, which is quicker."""
    app = typer.Typer()
    register(app)
    words = ("dead-letters", *arguments)
    return await asyncio.to_thread(CliRunner().invoke, app, words, env=settings_of(kafka))


async def bury(kafka: KafkaSettings, value: bytes, reason: Reason, **headers: str) -> None:
    broker = make_broker(kafka, StageSettings(), "test")
    await broker.connect()
    try:
        delivery = Delivery("cleaner", "1", publish_with(broker, kafka.prefix))
        record = Record(f"{kafka.prefix}pages", 3, 17, 0, b"key", value, headers)
        await delivery.bury(record, failure(reason, ValueError(f"about {value.decode()}")))
    finally:
        await broker.stop()


async def test_list_show_and_replay(kafka: KafkaSettings) -> None:
    await create_topics(kafka, replication=1)
    await bury(kafka, b"first", Reason.STEP_FAILED, mine="kept")
    await bury(kafka, b"second", Reason.UNDECODABLE)
    first, second = sorted(
        [letter async for letter in read_letters(kafka)], key=lambda letter: letter.value or b""
    )

    listed = parkwire(kafka, "list", "--reason", "step_failed")
    assert listed.returncode == 0, listed.stderr
    assert "about first" in listed.stdout
    assert "about second" not in listed.stdout
    assert "1 dead letters" in listed.stdout

    shown = parkwire(kafka, "show", second.id)
    assert "dead-reason: undecodable" in shown.stdout
    assert shown.stdout.endswith("\nsecond\n")
    assert shown.stderr == ""

    missing = parkwire(kafka, "replay", first.id, "5-99999")
    assert missing.returncode == 1
    assert "5-99999" in missing.stderr

    dry = parkwire(kafka, "replay", "--stage", "cleaner", "--dry-run")
    assert "2 dead letters would be sent back" in dry.stderr
    assert parkwire(kafka, "replay", first.id).returncode == 0

    again = await _first_of(kafka, "pages")
    assert (again.key, again.value) == (b"key", b"first")
    assert again.headers["mine"] == "kept"
    assert again.headers[dead.ATTEMPT] == "1"
    assert dead.REASON not in again.headers


async def test_what_is_dropped_is_gone_and_the_rest_stays(kafka: KafkaSettings) -> None:
    await create_topics(kafka, replication=1)
    for value, reason in (
        (b"first", Reason.STEP_FAILED),
        (b"second", Reason.UNDECODABLE),
        (b"third", Reason.STEP_FAILED),
    ):
        await bury(kafka, value, reason)
    assert (await run(kafka, "drop")).exit_code == 2
    assert (await run(kafka, "drop", "--stage", "cleener")).exit_code == 2

    late = await run(kafka, "drop", "--since", "2999-01-01")
    assert late.stderr.endswith("0 dead letters dropped\n")
    dry = await run(kafka, "drop", "--reason", "step_failed", "--until", "2999-01-01", "--dry-run")
    assert dry.stderr.endswith("2 dead letters would be dropped\n")
    assert len([letter async for letter in read_letters(kafka)]) == 3

    dropped = await run(kafka, "drop", "--reason", "step_failed")
    assert dropped.stderr.endswith("2 dead letters dropped\n")
    assert [letter.value async for letter in read_letters(kafka)] == [b"second"]
    assert await count_letters(kafka) == 1
    again = await run(kafka, "replay", "--reason", "step_failed")
    assert again.stderr.endswith("0 dead letters sent back\n")


async def _first_of(kafka: KafkaSettings, topic: str) -> Record:
    consumer = AIOKafkaConsumer(
        kafka.prefix + topic,
        bootstrap_servers=kafka.bootstrap_servers,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        record = await consumer.getone()
    finally:
        await consumer.stop()
    headers = {name: value.decode() for name, value in record.headers}
    return Record(topic, 0, 0, 0, record.key, record.value, headers)
