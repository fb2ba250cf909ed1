"""The one loop of every stage: batch, handle, deliver all, acknowledge.

Nothing is acknowledged before everything that came of it has been acknowledged. What a message
itself provokes ends in the dead letters; what the world does (broker or database away) holds the
batch; what should not happen stops the service, and the batch is delivered again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiokafka import ConsumerRecord
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition
from faststream.kafka import KafkaMessage
from faststream.message import AckStatus

from services.runtime import metrics
from services.runtime.delivery import Delivery
from services.runtime.headers import TRACE
from services.runtime.outcome import Done, Failure, Outcome, Record

Handler = Callable[[Sequence[Record]], Awaitable[list[Outcome]]]

_log = structlog.get_logger(__name__)


class Stage:
    """Handles batches of one topic and delivers what comes of them."""

    def __init__(
        self,
        name: str,
        handler: Handler,
        delivery: Delivery,
        *,
        on_error: Callable[[BaseException], None],
    ) -> None:
        self.name = name
        self._handler = handler
        self._delivery = delivery
        self._on_error = on_error
        self._brake = Brake(name)
        self._handed_back: KafkaMessage | None = None
        self._since: float | None = None
        self.in_hand = 0
        """Records of the batch that is being dealt with."""

    def oldest(self) -> float:
        """Return the age in seconds of the batch in hand, 0 where there is none."""
        return time.monotonic() - self._since if self._since is not None else 0.0

    async def on_batch(self, message: KafkaMessage) -> None:
        """Deal with one batch; return only when it may be acknowledged."""
        self.note_commit()
        await self._brake.hold()
        raw = message.raw_message
        records = [_record(r) for r in (raw if isinstance(raw, tuple) else (raw,))]
        self._since = started = time.monotonic()
        started_ns = time.time_ns()
        self.in_hand = len(records)
        metrics.IN_FLIGHT.labels(self.name).set(self.in_hand)
        try:
            outcomes = await self._handler(records)
            delivered = await self._deliver(records, outcomes, started_ns)
        except Exception as error:
            # Raising it would redeliver at once, and again. Cancelled, the consumer's task ends
            # with the batch unacknowledged, and a supervisor starts the service anew.
            self._on_error(error)
            raise asyncio.CancelledError from error
        else:
            self._count(records, delivered, time.monotonic() - started)
            self._brake.note(delivered)
            self._handed_back = message
        finally:
            self._since = None
            self.in_hand = 0
            metrics.IN_FLIGHT.labels(self.name).set(0)

    def note_commit(self) -> None:
        """Count the last batch as committed, if it has been since."""
        if self._handed_back is not None and self._handed_back.committed is AckStatus.ACKED:
            metrics.COMMITS.labels(self.name).inc()
            self._handed_back = None

    async def _deliver(
        self, records: Sequence[Record], outcomes: Sequence[Outcome], started_ns: int
    ) -> list[Outcome]:
        # Concurrent, so that the producer's linger fills its batches.
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._delivery.deliver(record, outcome, started_ns))
                for record, outcome in zip(records, outcomes, strict=True)
            ]
        return [task.result() for task in tasks]

    def _count(
        self, records: Sequence[Record], outcomes: Sequence[Outcome], seconds: float
    ) -> None:
        metrics.BATCH_RECORDS.labels(self.name).observe(len(outcomes))
        metrics.BATCH_SECONDS.labels(self.name).observe(seconds)
        for record, outcome in zip(records, outcomes, strict=True):
            match outcome:
                case Done(outputs=outputs, found=found):
                    metrics.RECORDS.labels(self.name, "done").inc()
                    if found and not outputs:
                        _log.info("nothing to pass on", found=dict(found), **place(record))
                    for what, count in found.items():
                        metrics.FOUND.labels(self.name, what).inc(count)
                case Failure(reason=reason, exception=exception, detail=detail):
                    metrics.RECORDS.labels(self.name, "dead").inc()
                    why = {"reason": reason.value, "exception": exception, "detail": detail}
                    _log.warning("dead letter", **why, **place(record))


class Brake:
    """Slows a stage down when most of what it sees becomes dead letters.

    Something upstream broke then, and going on would only bury good messages. After a window of
    `WINDOW` records of which more than half failed it waits `SECONDS`, says so in log and metric,
    and tries the next window.
    """

    WINDOW = 200
    SECONDS = 60.0

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._seen = 0
        self._failed = 0
        self._wait = 0.0

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Take note of a batch's outcomes."""
        self._seen += len(outcomes)
        self._failed += sum(isinstance(outcome, Failure) for outcome in outcomes)
        if self._seen < self.WINDOW:
            return
        if self._failed * 2 > self._seen:
            self._wait = self.SECONDS
            _log.error("most records fail: pausing", seen=self._seen, failed=self._failed)
        self._seen = self._failed = 0

    async def hold(self) -> None:
        """Wait if too many failed; nothing is in hand meanwhile that was not there before."""
        wait, self._wait = self._wait, 0.0
        if wait:
            with metrics.PAUSED.labels(self._stage).track_inprogress():
                await asyncio.sleep(wait)


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Keeps count of the partitions that this replica consumes."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self.joined = False
        """Whether the group has given it its share, which may be none."""

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Forget the partitions; the next assignment names all anew."""
        self._set(0)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Take note of the partitions."""
        self._set(len(assigned))
        self.joined = True
        metrics.REBALANCES.labels(self._stage).inc()
        _log.info("partitions assigned", stage=self._stage, partitions=len(assigned))

    def _set(self, partitions: int) -> None:
        metrics.ASSIGNED.labels(self._stage).set(partitions)


def place(record: Record) -> dict[str, object]:
    """Return what a log line needs to find the record again."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": (record.key or b"").decode("utf-8", "replace"),
        "trace": record.headers.get(TRACE, ""),
    }


def _record(raw: ConsumerRecord[bytes, bytes]) -> Record:
    return Record(
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        timestamp=raw.timestamp,
        key=raw.key,
        value=raw.value,
        headers={name: value.decode() for name, value in raw.headers},
    )
