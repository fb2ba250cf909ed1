"""A Kafka consumer that loses nothing when a record cannot be read.

aiokafka raises out of `getmany` when a record's framing is broken (a header name that is not UTF-8,
a checksum that does not match). What the call had already taken from other partitions is dropped
then, although their positions have advanced, and the next commit would pass over it.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import ConsumerStoppedError, CorruptRecordException, KafkaError
from aiokafka.structs import TopicPartition
from faststream.kafka import KafkaBroker

OnUnreadable = Callable[[TopicPartition, int, Exception], Awaitable[None]]
"""Puts the record at an offset aside; it is passed over once this has returned."""
OnError = Callable[[BaseException], None]

_REFETCH_MS: Final = 1000
_MOST: Final = 500


class IsolatingConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    """Takes a record that cannot be read out of the stream, alone."""

    def __init__(
        self, *topics: str, on_unreadable: OnUnreadable, on_error: OnError, **options: Any
    ) -> None:
        super().__init__(*topics, **options)
        self._on_unreadable = on_unreadable
        self._on_error = on_error

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord[Any, Any]]]:
        """Return records as aiokafka does; those beside an unreadable one are not lost."""
        before = consumed(self)
        try:
            return await super().getmany(  # type: ignore[no-any-return]
                *partitions, timeout_ms=timeout_ms, max_records=max_records
            )
        except Exception as error:
            if not _is_unreadable(error):
                raise
        try:
            return await self._one_by_one(before, max_records or _MOST)
        except Exception as error:
            self._seek(before)
            self._on_error(error)
            raise

    def _seek(self, positions: dict[TopicPartition, int]) -> None:
        for partition in self.assignment() & positions.keys():
            self.seek(partition, positions[partition])

    async def _one_by_one(
        self, before: dict[TopicPartition, int], most: int
    ) -> dict[TopicPartition, list[ConsumerRecord[Any, Any]]]:
        """Read on from `before` until the unreadable record has been passed over."""
        self._seek(before)
        taken: dict[TopicPartition, list[ConsumerRecord[Any, Any]]] = {}
        for partition in before:
            wait = _REFETCH_MS  # the seek has dropped what was fetched
            while sum(map(len, taken.values())) < most:
                try:
                    found = await super().getmany(partition, timeout_ms=wait, max_records=1)
                except Exception as error:
                    if not _is_unreadable(error):
                        raise
                    offset = consumed(self)[partition]
                    await self._on_unreadable(partition, offset, error)
                    self.seek(partition, offset + 1)
                    return taken
                if not found:
                    break
                wait = 0
                taken.setdefault(partition, []).extend(found[partition])
        return taken


def consumed(consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
    """Return the next offset to be taken from each partition, where it is known."""
    subscription = consumer._subscription.subscription
    if subscription is None or subscription.assignment is None:
        return {}
    positions = subscription.assignment.all_consumed_offsets()
    return {partition: position.offset for partition, position in positions.items()}


def _is_unreadable(error: Exception) -> bool:
    """Return whether a record's bytes are to blame, and not the broker or the group."""
    if isinstance(error, CorruptRecordException):
        return True
    return not isinstance(error, KafkaError | ConsumerStoppedError)


def isolate(broker: KafkaBroker, on_unreadable: OnUnreadable, on_error: OnError) -> None:
    """Make the subscribers of a connected broker consume by `IsolatingConsumer`."""
    config = broker.config.broker_config
    made_by: Any = config.builder  # a partial of AIOKafkaConsumer, once connected
    config.builder = partial(
        IsolatingConsumer,
        *made_by.args,
        **made_by.keywords,
        on_unreadable=on_unreadable,
        on_error=on_error,
    )
