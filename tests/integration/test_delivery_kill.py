"""Nothing is lost when services are killed, stopped or joined in the middle of the work."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition
from relay_client import BATCH, settings_of

from services.cli.add import publish
from services.cli.dead_letters import read_letters
from services.cli.guarded import Launch, Server, free_port
from services.contracts import dead_letters as dead
from services.contracts.codec import PAGE
from services.contracts.messages import Source
from services.contracts.topics import PAGES
from services.runtime.settings import KafkaSettings
from services.runtime.topics import create_topics

RELAY = Path(__file__).parents[1] / "support" / "relay.py"
COUNT = 1500
POISON = 25
FAULTS = (COUNT // 5, COUNT // 3, COUNT // 2)
"""Pages after which a replica is killed or stopped, and started again."""


def replica(kafka: KafkaSettings) -> Server:
    def launch() -> Launch:
        port = free_port()
        return Launch(
            argv=[sys.executable, str(RELAY)],
            address=f"http://127.0.0.1:{port}",
            is_ready=lambda: _status(f"http://127.0.0.1:{port}/livez") == 200,
            env=settings_of(kafka) | {"PARKWIRE_HTTP_PORT": str(port)},
        )

    return Server("relay", launch)


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=1, trust_env=False).status_code
    except httpx.HTTPError:
        return 0


@asynccontextmanager
async def pages_of(kafka: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    consumer.assign([TopicPartition(kafka.prefix + PAGES.name, n) for n in range(PAGES.partitions)])
    try:
        yield consumer
    finally:
        await consumer.stop()


async def test_kill_stop_and_join(kafka: KafkaSettings) -> None:
    chance = random.Random(1)
    await create_topics(kafka, replication=1)
    good = {f"http://news{n % 50}.example/{n}" for n in range(COUNT)}
    bad = {f"poison:{n}" for n in range(POISON)}
    sources = [Source(url) for url in (*good, *bad)]
    chance.shuffle(sources)
    await publish(sources, kafka)

    replicas = [replica(kafka), replica(kafka)]
    seen: Counter[str] = Counter()
    try:
        for server in replicas:
            await asyncio.to_thread(server.start)
        async with asyncio.timeout(120), pages_of(kafka) as consumer:
            faults = list(FAULTS)
            while not good <= seen.keys():
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    seen.update(PAGE.decode(r.value, {}).url for r in records if r.value)
                if faults and len(seen) > faults[0]:
                    faults.pop(0)
                    victim = chance.choice(replicas)
                    end = chance.choice([victim.kill, victim.kill, victim.stop])
                    await asyncio.to_thread(end)
                    await asyncio.to_thread(victim.start)
    finally:
        for server in replicas:
            await asyncio.to_thread(server.stop)

    assert not faults, "every fault was injected"
    assert seen.keys() == good
    # A fault repeats the victim's batch, and each of its two rebalances those of the others.
    assert seen.total() <= COUNT + len(FAULTS) * 3 * BATCH
    letters = [letter async for letter in read_letters(kafka)]
    assert {(letter.value or b"").decode() for letter in letters} == {
        f'{{"url":"{url}"}}' for url in bad
    }
    assert {letter.headers[dead.REASON] for letter in letters} == {"step_failed"}


async def test_a_service_says_how_it_is(kafka: KafkaSettings) -> None:
    server = replica(kafka)
    address = await asyncio.to_thread(server.start)
    try:
        async with asyncio.timeout(60):
            assert _status(f"{address}/readyz") == 503, "there are no topics yet"
            assert _status(f"{address}/livez") == 200, "which a restart would not mend"
            await create_topics(kafka, replication=1)
            while await asyncio.to_thread(_status, f"{address}/readyz") != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        await asyncio.to_thread(server.stop)
    assert _status(f"{address}/livez") == 0
