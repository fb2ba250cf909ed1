"""Creating the topics, and waiting for them: one explicit step, which may be run again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import IncompatibleBrokerVersion, TopicAlreadyExistsError, for_code
from aiokafka.structs import TopicPartition

from services.contracts.topics import DEAD_LETTERS, PAGES, TOPICS, Topic
from services.runtime.connection import connection
from services.runtime.settings import KafkaSettings, RetentionSettings

_DAY_MS = 24 * 3600 * 1000
_RETENTION = "retention.ms"
_OF_THE_TOPIC = 1
"""Where a setting comes from: given to this topic, not a default."""


class TopicError(RuntimeError):
    """A topic could not be created, or is not there."""


async def create_topics(settings: KafkaSettings, *, replication: int) -> list[str]:
    """Create the topics that are missing and return their names.

    Raises:
        TopicError: the broker refuses one.
        KafkaError: the broker cannot be reached.
    """
    async with admin_client(settings) as admin:
        there = set(await admin.list_topics())
        names = {topic: settings.prefix + topic.name for topic in TOPICS}
        missing = {topic: name for topic, name in names.items() if name not in there}
        if missing:
            kept = RetentionSettings()
            new = [_new(topic, name, replication, kept) for topic, name in missing.items()]
            response = await admin.create_topics(new)
            _check(response.topic_errors)
    return list(missing.values())


async def alter_topics(settings: KafkaSettings) -> list[str]:
    """Give the topics the retention that the settings say; return the names of those it changes.

    Raises:
        TopicError: the broker refuses, or cannot do it.
        KafkaError: the broker cannot be reached.
    """
    kept = RetentionSettings()
    wanted = {settings.prefix + topic.name: _retention_ms(topic, kept) for topic in TOPICS}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted]
    async with admin_client(settings) as admin:
        (described,) = await admin.describe_configs(asked)
        _check([(name, code) for code, _, _, name, _ in described.resources])
        altered = []
        for _, _, kind, name, entries in described.resources:
            # What is not named again falls back to its default.
            given = {entry[0]: entry[1] for entry in entries if entry[3] == _OF_THE_TOPIC}
            if given.get(_RETENTION) != wanted[name]:
                given[_RETENTION] = wanted[name]
                altered.append(ConfigResource(ConfigResourceType(kind), name, given))
        if altered:
            try:
                (response,) = await admin.alter_configs(altered)
            except IncompatibleBrokerVersion as error:
                raise TopicError("this broker cannot alter topics; Apache Kafka can") from error
            _check([(name, code) for code, _, _, name in response.resources])
    return [resource.name for resource in altered]


async def require_topics(settings: KafkaSettings) -> None:
    """Return if every topic is there.

    Raises:
        TopicError: one is not.
        KafkaError: the broker cannot be reached.
    """
    async with admin_client(settings) as admin:
        needed = {settings.prefix + topic.name for topic in TOPICS}
        missing = needed - set(await admin.list_topics())
    if missing:
        raise TopicError(f"topics {sorted(missing)} are missing: create them by `parkwire topics`")


async def partitions(admin: AIOKafkaAdminClient, topic: str) -> list[TopicPartition]:
    """Return the partitions of a topic, however many it has been given since it was created."""
    (described,) = await admin.describe_topics([topic])
    return [TopicPartition(topic, part["partition"]) for part in described["partitions"]]


@asynccontextmanager
async def read_from_beginning(
    settings: KafkaSettings, topic: Topic
) -> AsyncIterator[tuple[AIOKafkaConsumer, dict[TopicPartition, int]]]:
    """Have a consumer, in no group, at the beginning of `topic`; and where the topic ends now.

    Raises:
        KafkaError: the broker cannot be reached.
    """
    async with admin_client(settings) as admin:
        parts = await partitions(admin, settings.prefix + topic.name)
    consumer = AIOKafkaConsumer(**connection(settings), enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign(parts)
        await consumer.seek_to_beginning()
        yield consumer, await consumer.end_offsets(parts)
    finally:
        await consumer.stop()


@asynccontextmanager
async def admin_client(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect to the broker for as long as the context lasts.

    Raises:
        KafkaError: the broker cannot be reached.
    """
    admin = AIOKafkaAdminClient(**connection(settings))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


def _new(topic: Topic, name: str, replication: int, kept: RetentionSettings) -> NewTopic:
    return NewTopic(
        name=name,
        num_partitions=topic.partitions,
        replication_factor=replication,
        topic_configs={
            "cleanup.policy": topic.cleanup_policy,
            _RETENTION: _retention_ms(topic, kept),
            "max.message.bytes": str(topic.max_message_bytes),
            # Two of three replicas must have a message before it counts as sent.
            "min.insync.replicas": str(max(1, replication - 1)),
        },
    )


def _retention_ms(topic: Topic, kept: RetentionSettings) -> str:
    days = {PAGES: kept.pages_days, DEAD_LETTERS: kept.dead_letters_days}.get(topic)
    return str(topic.retention_ms if days is None else days * _DAY_MS)


def _check(topic_errors: list[tuple[Any, ...]]) -> None:
    for name, code, *_ in topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:  # another process may be as quick
            raise TopicError(f"topic {name!r}: {error.__name__}")
