"""How far each stage has come: offsets and members of its consumer group, as Kafka has them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import TopicPartition

from services.contracts.topics import ARTICLES, FACTS, PAGES, SOURCES, Topic
from services.runtime.connection import connection
from services.runtime.settings import KafkaSettings
from services.runtime.topics import admin_client, partitions

READS: Final[dict[str, Topic]] = {
    "crawler": SOURCES,
    "cleaner": PAGES,
    "extractor": ARTICLES,
    "store": FACTS,
}
"""The topic that each stage reads, in the order of the line."""
_BESIDE: Final = {"archive": PAGES}
"""What reads beside the line, where it is set."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Records of a stage's topic: how many it has acknowledged, and how many wait."""

    done: int
    waiting: int
    members: int
    """Replicas in the stage's group."""


class Offsets:
    """Asks a broker about the line's topics and groups."""

    def __init__(
        self, settings: KafkaSettings, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer
    ) -> None:
        self._prefix = settings.prefix
        self._admin = admin
        self._consumer = consumer

    async def progress(self) -> dict[str, Progress]:
        """Return the progress of every stage, in the order of the line, and of what runs beside."""
        found = {stage: await self._stage(stage, topic) for stage, topic in READS.items()}
        for stage, topic in _BESIDE.items():
            beside = await self._stage(stage, topic)
            if beside.members or beside.done:
                found[stage] = beside
        return found

    async def _stage(self, stage: str, topic: Topic) -> Progress:
        group = f"{self._prefix}parkwire-{stage}"
        ends, begins = await self._bounds(topic)
        try:
            committed = await self._admin.list_consumer_group_offsets(group, partitions=list(ends))
            members = await self._members(group)
        except GroupCoordinatorNotAvailableError:  # no group has ever been on this broker
            committed, members = {}, 0
        done = waiting = 0
        for partition, end in ends.items():
            begin = begins[partition]
            found = committed.get(partition)
            position = found.offset if found is not None and found.offset >= 0 else begin
            done += max(0, position - begin)
            waiting += max(0, end - position)
        return Progress(done, waiting, members)

    async def _bounds(
        self, topic: Topic
    ) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
        parts = await partitions(self._admin, self._prefix + topic.name)
        return (
            await self._consumer.end_offsets(parts),
            await self._consumer.beginning_offsets(parts),
        )

    async def _members(self, group: str) -> int:
        (response,) = await self._admin.describe_consumer_groups([group])
        return len(response.groups[0][5])  # error, group, state, protocol type, protocol, members


@asynccontextmanager
async def offsets(settings: KafkaSettings) -> AsyncIterator[Offsets]:
    """Connect to the broker for as long as the context lasts.

    Raises:
        KafkaError: the broker cannot be reached.
    """
    async with admin_client(settings) as admin:
        consumer = AIOKafkaConsumer(**connection(settings), enable_auto_commit=False)
        try:
            await consumer.start()
            yield Offsets(settings, admin, consumer)
        finally:
            await consumer.stop()
