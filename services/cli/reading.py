"""Reading a topic to its end, for the commands that look at what lies in one."""

from collections.abc import AsyncIterator
from typing import Final

from aiokafka.structs import ConsumerRecord

from services.contracts.topics import Topic
from services.runtime.settings import KafkaSettings
from services.runtime.topics import read_from_beginning

_QUIET_MS: Final = 1000


async def read_all(
    settings: KafkaSettings, topic: Topic
) -> AsyncIterator[ConsumerRecord[bytes, bytes]]:
    """Yield every record that `topic` holds now."""
    async with read_from_beginning(settings, topic) as (consumer, ends):
        while True:
            batch = await consumer.getmany(timeout_ms=_QUIET_MS)
            for records in batch.values():
                for record in records:
                    yield record
            positions = [await consumer.position(part) >= end for part, end in ends.items()]
            if not batch and all(positions):
                return
