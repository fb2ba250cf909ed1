"""Publishing outcomes: every output and every dead letter, each awaited until Kafka has it."""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from typing import Protocol

from aiokafka.errors import MessageSizeTooLargeError

from services.contracts import dead_letters as dead
from services.contracts.codec import header_number
from services.contracts.dead_letters import Reason
from services.contracts.topics import DEAD_LETTERS
from services.runtime import metrics
from services.runtime.headers import TRACE, age, passed_on
from services.runtime.outcome import Done, Failure, Outcome, Output, Record, failure
from services.runtime.tracing import NoTracing, Tracing

_KEY = 1024
"""Bytes of the key of a dead letter that is too large to be kept whole."""


class Publish(Protocol):
    """Sends bytes to a topic and returns once every in-sync replica has them."""

    def __call__(
        self, value: bytes | None, topic: str, *, key: bytes | None, headers: dict[str, str]
    ) -> Awaitable[object]:
        """Raise a KafkaError when it cannot be done."""
        ...


class Delivery:
    """What a service publishes, counted and with the headers that travel along."""

    def __init__(
        self, service: str, version: str, publish: Publish, tracing: Tracing | None = None
    ) -> None:
        self._service = service
        self._version = version
        self._publish = publish
        self.tracing = tracing or NoTracing()

    async def deliver(self, record: Record, outcome: Outcome, started_ns: int) -> Outcome:
        """Publish all that came of `record`; return the outcome as it then stands.

        `started_ns` is when the work on it began, in nanoseconds since the epoch.

        An output that is too large for its topic turns the outcome into a failure.

        Raises:
            KafkaError: it could not be published; the record must not be acknowledged.
        """
        place: dict[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.destination.name": record.topic,
            "messaging.destination.partition.id": record.partition,
            "messaging.kafka.offset": record.offset,
        }
        name = f"{self._service} {record.topic}"
        with self.tracing.span(name, record.headers, started_ns, **place) as parent:
            if isinstance(outcome, Done):
                outcome = await self._publish_all(outcome, record.headers | parent)
            if isinstance(outcome, Failure):
                await self.bury(record, outcome)
        return outcome

    async def _publish_all(self, done: Done, incoming: Mapping[str, str]) -> Outcome:
        sent = [self.send(output, incoming) for output in done.outputs]
        errors = [e for e in await asyncio.gather(*sent, return_exceptions=True) if e is not None]
        for error in errors:
            if not isinstance(error, MessageSizeTooLargeError):
                raise error
        if errors:
            return failure(Reason.TOO_LARGE, errors[0])
        if (seconds := age(incoming)) is not None:
            metrics.AGE_SECONDS.labels(self._service).observe(seconds)
        return done

    async def send(self, output: Output, incoming: Mapping[str, str]) -> None:
        """Publish one output that came of a message with the headers `incoming`."""
        headers = output.headers | passed_on(incoming, self._service)
        await self._publish(output.value, output.topic, key=output.key, headers=headers)
        metrics.PUBLISHED.labels(self._service, output.topic).inc()

    async def bury(self, record: Record, why: Failure) -> None:
        """Publish `record` as it came to the dead letters, with the reason in its headers."""
        headers = dead_letter_headers(record, why, self._service, self._version)
        topic = DEAD_LETTERS.name
        try:
            await self._publish(record.value, topic, key=record.key, headers=headers)
        except MessageSizeTooLargeError:
            # Small as it came, compressed; where it lies is then all that can be kept of it.
            headers[dead.LEFT_OUT] = str(len(record.value or b""))
            await self._publish(None, topic, key=(record.key or b"")[:_KEY], headers=headers)
        metrics.DEAD_LETTERS.labels(self._service, why.reason.value).inc()


def dead_letter_headers(record: Record, why: Failure, service: str, version: str) -> dict[str, str]:
    """Return the record's own headers and those that tell why, where and when it failed."""
    attempt = header_number(record.headers.get(dead.ATTEMPT)) or 0
    now = str(time.time_ns() // 1_000_000)
    return record.headers | {
        TRACE: record.headers.get(TRACE, ""),
        dead.REASON: why.reason.value,
        dead.SERVICE: service,
        dead.VERSION: version,
        dead.EXCEPTION: why.exception,
        dead.DETAIL: why.detail,
        dead.TOPIC: record.topic,
        dead.PARTITION: str(record.partition),
        dead.OFFSET: str(record.offset),
        dead.TIMESTAMP: str(record.timestamp),
        dead.FIRST_FAILED_AT: record.headers.get(dead.FIRST_FAILED_AT, now),
        dead.ATTEMPT: str(attempt + 1),
    }
