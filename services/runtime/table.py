"""A compacted topic as a table that every replica holds in memory.

For what replicas share and could lose without losing a message: each reads the topic from its
beginning, in no group, and follows it for as long as it runs.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final, Self

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from services.contracts.topics import Topic
from services.runtime.retry import until_it_works
from services.runtime.settings import KafkaSettings
from services.runtime.topics import TopicError, read_from_beginning, require_topics

Put = Callable[[bytes, bytes | None], None]
"""Takes the newest value of a key; None takes the key out."""

_POLL_MS: Final = 500


class Table:
    """Keeps a table up to date: a resource of a service, and work in its background."""

    def __init__(self, topic: Topic, settings: KafkaSettings, put: Put) -> None:
        self._topic = topic
        self._settings = settings
        self._put = put
        self._consumer: AIOKafkaConsumer | None = None
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Read what the topic holds now; waits for the broker and for the topic."""
        await until_it_works((KafkaError, OSError, TopicError), self._read)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def follow(self, stop: asyncio.Event) -> None:
        """Take in what the topic is given from now on, until `stop`."""
        assert self._consumer is not None, "the table has not been read"
        while not stop.is_set():
            await self._take(self._consumer)

    async def _read(self) -> None:
        await require_topics(self._settings)
        async with AsyncExitStack() as stack:
            reading = read_from_beginning(self._settings, self._topic)
            consumer, ends = await stack.enter_async_context(reading)
            for partition, end in ends.items():
                while await consumer.position(partition) < end:
                    await self._take(consumer)
            self._consumer, self._open = consumer, stack.pop_all()

    async def _take(self, consumer: AIOKafkaConsumer) -> None:
        for records in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
            for record in records:
                self._put(record.key or b"", record.value)
