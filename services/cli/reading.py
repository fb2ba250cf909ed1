"""A topic as it lies in Kafka now, and sending to one so that nothing is lost."""

from collections.abc import AsyncGenerator
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.structs import ConsumerRecord

from services.contracts.topics import Topic
from services.runtime.connection import connection
from services.runtime.settings import KafkaSettings
from services.runtime.topics import read_from_beginning

_QUIET_MS: Final = 1000


async def read_topic(
    settings: KafkaSettings, topic: Topic
) -> AsyncGenerator[ConsumerRecord[bytes, bytes]]:
    """Yield every record that `topic` holds, until no more come.

    Who may stop before the end closes it (`contextlib.aclosing`), as it holds a connection.

    Raises:
        KafkaError: the broker cannot be reached.
    """
    async with read_from_beginning(settings, topic) as (consumer, ends):
        while True:
            batch = await consumer.getmany(timeout_ms=_QUIET_MS)
            for records in batch.values():
                for record in records:
                    yield record
            # Quiet as well: the embedded broker may tell of an end that it has passed.
            positions = [await consumer.position(part) >= end for part, end in ends.items()]
            if not batch and all(positions):
                return


def careful_producer(settings: KafkaSettings, topic: Topic, **more: Any) -> AIOKafkaProducer:
    """Return a producer, not yet started, that waits until Kafka has a message of `topic`.

    `more` are further arguments of it.
    """
    return AIOKafkaProducer(
        **connection(settings),
        acks="all",
        enable_idempotence=settings.idempotence,
        max_request_size=topic.max_message_bytes,
        compression_type=settings.compression,
        **more,
    )
