"""One run of the line on the known set, quiet or under faults."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.cli.lag import READS, offsets
from services.cli.migrate import upgrade_all
from services.crawler.frontier import Frontier
from services.runtime.postgres import TRANSIENT, connect
from services.runtime.settings import KafkaSettings
from services.runtime.topics import create_topics
from tests.chaos.faults import SESSION, Faults
from tests.chaos.fleet import STAGES, Fleet
from tests.chaos.material import Material, Message
from tests.chaos.verdict import Outcome, outcome
from tests.chaos.world import World

_LOOK_SECONDS: Final = 1.0
_LOOKS: Final = 4
"""How often in a row the line must be found at rest."""
_AT_REST: Final = (
    "parkwire_in_flight_records",
    "parkwire_lag_records",
    "parkwire_paused",
    "parkwire_waiting",
    "parkwire_pool_chunks",
    "parkwire_frontier_urls",
)
"""The gauges that are 0 when there is nothing to do."""


Watch = Callable[[Fleet, KafkaSettings], Coroutine[Any, Any, None]]
"""Looks at a line while it runs, until it is cancelled."""


@dataclass(frozen=True)
class Plan:
    """How a run goes."""

    name: str
    """Of its topics, its database and its crawler."""
    seconds: float = 0.0
    """Time over which the messages are sent; 0: as fast as the broker takes them."""
    service_gap: float | None = None
    """Seconds between two faults of services, on average; None: a quiet run."""
    world_gap: float = 20.0
    """Seconds between two faults of the world, on average."""
    victims: tuple[str, ...] = STAGES
    """Stages that faults of services meet."""
    service_faults: tuple[str, ...] | None = None
    """Kinds of faults of services, by name; None: all."""
    replicas: int = 2
    seed: int = 1
    module: str = "tests.chaos.service"
    """What runs a service by its name."""
    patience: float = 90.0
    """Seconds without any progress after which the line is said not to come to rest."""


@dataclass(frozen=True)
class Report:
    """What a run has come to."""

    outcome: Outcome
    faults: Counter[str]
    restarts: int
    """Services that ended by themselves and were started again."""
    unrest: list[str]
    """What has not come to rest."""
    seconds: float
    sending: float
    """Seconds from the first message sent to the last."""
    busy: float
    """Seconds from the first message sent until all was at rest."""


async def run(
    plan: Plan, world: World, material: Material, logs: Path, watch: Watch | None = None
) -> Report:
    """Send the known set through a line of its own, and tell how it ended."""
    started = time.monotonic()

    def say(words: str) -> None:
        print(f"{plan.name} {time.monotonic() - started:5.0f} s  {words}", flush=True)

    await world.execute(f"CREATE DATABASE {plan.name}")
    dsn = world.database(plan.name)
    await upgrade_all(dsn)
    kafka = KafkaSettings(
        bootstrap_servers=world.bootstrap_servers, session=SESSION, prefix=f"{plan.name}-"
    )
    await create_topics(kafka, replication=world.replication)
    async with AsyncExitStack() as stack:
        fleet = Fleet(plan.module, _environments(plan, world, dsn), logs)
        stack.push_async_callback(fleet.stop)
        database = await connect(dsn, size=2, application_name="chaos")
        stack.callback(database.terminate)
        for stage in STAGES:
            for number in range(plan.replicas):
                # One of each stage that needs nothing but the broker.
                far = number == 0 and stage in {"cleaner", "extractor"}
                fleet.add(stage, world.island if far else None)
        await asyncio.gather(*(replica.start() for replica in fleet.replicas))
        say(f"{len(fleet.replicas)} services run")
        await stack.enter_async_context(_beside(fleet.supervise()))
        if watch is not None:
            await stack.enter_async_context(_beside(watch(fleet, kafka)))
        faults = Faults(fleet, world, random.Random(plan.seed), say, plan.victims)
        line = _Line(plan, kafka, fleet, database, say)
        begun = time.monotonic()
        await line.send(material, faults)
        sent = time.monotonic()
        say(f"all is sent, {faults.count.total()} faults")
        unrest = await line.until_at_rest()
        rested = time.monotonic()
        return Report(
            outcome=await outcome(dsn, kafka),
            faults=faults.count,
            restarts=fleet.restarts,
            unrest=unrest,
            seconds=rested - started,
            sending=sent - begun,
            busy=rested - begun,
        )


def _environments(plan: Plan, world: World, dsn: str) -> Callable[[str], Mapping[str, str]]:
    common = {
        "PARKWIRE_KAFKA_BOOTSTRAP_SERVERS": world.bootstrap_servers,
        "PARKWIRE_KAFKA_SESSION": str(SESSION),
        "PARKWIRE_KAFKA_PREFIX": f"{plan.name}-",
        "PARKWIRE_POSTGRES_DSN": dsn,
        "PARKWIRE_LOG_LEVEL": "WARNING",
        "PARKWIRE_STAGE_WORKERS": "1",
        "PARKWIRE_CRAWLER_AGENT": plan.name,
        "PARKWIRE_CRAWLER_ALLOW_NETWORKS": '["127.0.0.0/8"]',
        "PARKWIRE_CRAWLER_PACE": "0.001",
        "PARKWIRE_CRAWLER_POLL": "0.1",
        "PARKWIRE_CRAWLER_LEASE": "10",
        "PARKWIRE_CRAWLER_RETRY_BASE": "0.2",
    }
    temporary = {"TMPDIR": str(world.disk.folder)} if world.disk is not None else {}
    return lambda stage: common | (temporary if stage == "crawler" else {})


@dataclass(frozen=True)
class _Line:
    """A line that runs."""

    plan: Plan
    kafka: KafkaSettings
    fleet: Fleet
    database: asyncpg.Pool
    say: Callable[[str], None]

    async def send(self, material: Material, faults: Faults) -> None:
        """Send all there is, under the plan's faults, until most of it has gone through."""
        plan, enough = self.plan, asyncio.Event()
        async with asyncio.TaskGroup() as group:
            if plan.service_gap is not None:
                services, world = faults.of_the_services(), faults.of_the_world()
                if plan.service_faults is not None:
                    services = {name: services[name] for name in plan.service_faults}
                group.create_task(faults.inject(services, plan.service_gap, enough))
                group.create_task(faults.inject(world, plan.world_gap, enough))
            blocks = list(material.blocks())
            begun = time.monotonic()
            for number, block in enumerate(blocks):
                await asyncio.sleep(begun + plan.seconds * number / len(blocks) - time.monotonic())
                await _publish(self.kafka, block)
                if number % 10 == 9:
                    stored = await self._stored()
                    self.say(f"{number + 1} of {len(blocks)} blocks sent, {stored} articles stored")
            if plan.service_gap is not None:
                expected = material.expected().values()
                await self._until_stored(0.9 * sum(reason is None for reason in expected))
            enough.set()

    async def until_at_rest(self) -> list[str]:
        """Wait until nothing is left to do and every gauge shows it; return what does not."""
        changed = time.monotonic()
        quiet = looks = 0
        before, unrest = [""], ["never looked"]
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            while quiet < _LOOKS and time.monotonic() < changed + self.plan.patience:
                await asyncio.sleep(_LOOK_SECONDS)
                try:
                    unrest = [*await self._unfinished(), *await self._restless(client)]
                except (KafkaError, httpx.HTTPError, *TRANSIENT) as error:
                    unrest = [repr(error)]
                if unrest != before:
                    before, changed = unrest, time.monotonic()
                quiet = 0 if unrest else quiet + 1
                looks += 1
                if unrest and looks % 10 == 0:
                    words = "; ".join(unrest)[:200]
                    self.say(f"{await self._stored()} articles stored; not at rest: {words}")
        return unrest

    async def _until_stored(self, articles: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.plan.patience):
                while (await self._stored() or 0) < articles:  # noqa: ASYNC110 (other processes)
                    await asyncio.sleep(_LOOK_SECONDS)

    async def _stored(self) -> int | None:
        """Return the number of articles, or None while PostgreSQL cannot be asked."""
        count = "SELECT count(*) FROM parkwire.article"
        with suppress(*TRANSIENT):
            return int(await self.database.fetchval(count, timeout=5))
        return None

    async def _unfinished(self) -> list[str]:
        async with offsets(self.kafka) as broker:
            progress = await broker.progress()
        unrest = [f"{stage}: {p.waiting} waiting" for stage, p in progress.items() if p.waiting]
        backlog = await Frontier(self.database).backlog()
        if backlog.pending or backlog.leased:
            unrest.append(f"frontier: {backlog}")
        return unrest

    async def _restless(self, client: httpx.AsyncClient) -> list[str]:
        """Return the gauges that are not at rest, and the topics that are not consumed."""
        unrest = []
        assigned: Counter[str] = Counter()
        for replica in self.fleet.running():
            if not await replica.is_ready(client):
                unrest.append(f"a {replica.stage} is not ready")
            for (name, labels), value in (await replica.gauges(client)).items():
                if name in _AT_REST and labels != "scheduled" and value:
                    unrest.append(f"{name}{{{labels}}} {value}")
                if name == "parkwire_assigned_partitions":
                    assigned[replica.stage] += value
        for stage, topic in READS.items():
            if assigned[stage] != topic.partitions:
                unrest.append(f"{assigned[stage]} of {topic.partitions} partitions of {topic.name}")
        return unrest


async def _publish(kafka: KafkaSettings, messages: list[Message]) -> None:
    """Publish all messages; again, if the broker went away in between."""
    while True:
        producer = AIOKafkaProducer(
            bootstrap_servers=kafka.bootstrap_servers, acks="all", enable_idempotence=True
        )
        with suppress(KafkaError):
            try:
                await producer.start()
                sent = [
                    producer.send_and_wait(
                        kafka.prefix + m.topic, m.value, key=m.key, headers=list(m.headers)
                    )
                    for m in messages
                ]
                await asyncio.gather(*sent)
                return
            finally:
                await producer.stop()
        await asyncio.sleep(_LOOK_SECONDS)


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
