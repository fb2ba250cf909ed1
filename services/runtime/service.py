"""Starting, watching and stopping a service: the thin shell around its stages.

A service is a FastStream application with its stages, and what lives as long as it does (worker
processes, connection pools, the crawl loop). It ends on SIGTERM or SIGINT with status 0, having
finished or abandoned the batch in hand, or on an error that it cannot wait out with status 1.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition
from faststream import FastStream
from faststream.kafka.subscriber.usecase import BatchSubscriber
from faststream.specification import AsyncAPI

from services.contracts.dead_letters import Reason
from services.contracts.topics import Topic
from services.runtime import metrics
from services.runtime.broker import check_delivery, make_broker, publish_with, subscribe
from services.runtime.consumer import consumed, isolate
from services.runtime.delivery import Delivery
from services.runtime.health import Health, serve_health
from services.runtime.logs import configure
from services.runtime.outcome import Outcome, Record, failure
from services.runtime.pool import StepPool
from services.runtime.retry import seconds_since_wait, until_it_works
from services.runtime.settings import (
    HttpSettings,
    KafkaSettings,
    LogSettings,
    SettingsError,
    StageSettings,
    TracingSettings,
)
from services.runtime.stage import Assignment, Handler, Stage
from services.runtime.table import Put, Table
from services.runtime.topics import TopicError, require_topics
from services.runtime.tracing import make_tracing
from services.runtime.transform import Transform

Background = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
Beside = Callable[[Record], tuple[Any, ...]]

_LOOK_SECONDS = 2.0
_CANCEL_SECONDS = 5.0
_WAITED_LATELY = 60.0
"""A batch that is old since the database is away is not stuck."""

VERSION: Final = version("parkwire")

_log = structlog.get_logger(__name__)


class Service:
    """One of the four services: its broker, its stages, its health."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.settings = StageSettings()
        self.kafka = KafkaSettings()
        self.http = HttpSettings()
        self.broker = make_broker(self.kafka, self.settings, f"parkwire-{name}")
        self._tracing = make_tracing(name, VERSION, TracingSettings())
        self.delivery = self._deliver_as(name)
        self.app = FastStream(
            self.broker,
            logger=None,
            specification=AsyncAPI(title=f"parkwire {name}", version=VERSION),
        )
        self.health = Health()
        self.health.ready["started"] = lambda: self._started
        self._started = False
        self.tables: list[Topic] = []
        """The topics that it holds in memory."""
        self._beside: set[str] = set()
        """The topics that another service puts the unreadable records of aside."""
        self._resources: list[AbstractAsyncContextManager[Any]] = []
        self._background: list[Background] = []
        self._stop = asyncio.Event()
        self._error: BaseException | None = None

    def stage(
        self,
        topic: Topic,
        handler: Handler,
        *,
        name: str | None = None,
        gather: float | None = None,
    ) -> None:
        """Consume `topic` with `handler`, in a group that all replicas of this service share.

        `name` is that of a stage beside the service's own; what it cannot read is for the topic's
        first reader to put aside. `gather` is how many seconds the broker waits for a batch to be
        large.
        """
        if name is None:
            name = self.name
        else:
            self._beside.add(self.kafka.prefix + topic.name)
        stage = Stage(name, handler, self._deliver_as(name), on_error=self.fail)
        metrics.begin(name)
        assignment = Assignment(name)
        subscriber = subscribe(
            self.broker,
            topic,
            f"parkwire-{name}",
            stage.on_batch,
            kafka=self.kafka,
            settings=self.settings,
            listener=assignment,
            gather=gather,
        )
        self.background(partial(self._watch, stage, subscriber))
        self.health.live[f"{name}_batch"] = lambda: (
            stage.oldest() < self.settings.stuck_seconds or seconds_since_wait() < _WAITED_LATELY
        )
        self.health.ready[f"{name}_group"] = lambda: assignment.joined

    def transform(
        self,
        topic: Topic,
        transform: Transform[Any],
        *,
        writes: Topic,
        beside: Beside | None = None,
    ) -> None:
        """Consume `topic` with a pure step that runs in worker processes and makes `writes`.

        `beside` says what the step is given beside a record's message.
        """
        pool = StepPool(
            transform,
            workers=self.settings.workers,
            seconds=self.settings.step_seconds,
            memory=self.settings.step_memory,
        )
        self.resource(pool)
        self.stage(topic, pool if beside is None else _with(beside, pool))
        self.publishes(writes)

    def table(self, topic: Topic, put: Put) -> None:
        """Give `put` all that the compacted `topic` holds, before the first message and after."""
        self.tables.append(topic)
        table = Table(topic, self.kafka, put)
        self.resource(table)
        self.background(table.follow)

    def publishes(self, topic: Topic) -> None:
        """Name a topic that this service writes, in its AsyncAPI document."""
        self.broker.publisher(topic.name, title=topic.name)

    def resource(self, resource: AbstractAsyncContextManager[Any]) -> None:
        """Hold `resource` open from before the first message until after the last."""
        self._resources.append(resource)

    def background(self, work: Background) -> None:
        """Run `work` beside the stages; its event tells it to finish what it has in hand."""
        self._background.append(work)

    def fail(self, error: BaseException) -> None:
        """Stop the service with status 1: going on could lose messages or repeat without end."""
        if self._error is None:
            _log.critical("stopping after an error", exc_info=error)
            self._error = error
            self._stop.set()

    async def run(self) -> int:
        """Run until told to stop; return the exit status."""
        metrics.BUILD.info({"version": VERSION, "service": self.name})
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self._stop.set)
        async with serve_health(self.health, self.http):
            working = asyncio.create_task(self._supervised(self._work()))
            await self._stop.wait()
            if not self._started:
                working.cancel()
            with suppress(asyncio.CancelledError):
                await working
        await asyncio.to_thread(self._tracing.close)
        _log.info("stopped")
        return 0 if self._error is None else 1

    def _deliver_as(self, stage: str) -> Delivery:
        publish = publish_with(self.broker, self.kafka.prefix)
        return Delivery(stage, VERSION, publish, self._tracing)

    async def _supervised(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            self.fail(error)

    async def _work(self) -> None:
        check_delivery(self.broker)
        async with AsyncExitStack() as stack:
            for resource in self._resources:
                await stack.enter_async_context(resource)
            # FastStream's start fails for good when the broker is away, so wait for it before.
            away = (KafkaError, OSError, TopicError)
            await until_it_works(away, require_topics, self.kafka)
            stack.push_async_callback(self.app.stop)  # also of a start that was interrupted
            await self.broker.connect()
            isolate(self.broker, self._bury_unreadable, self.fail)
            await self.app.start()
            self._started = True
            _log.info("started", version=VERSION)
            works = [
                asyncio.create_task(self._supervised(work(self._stop))) for work in self._background
            ]
            await self._stop.wait()
            await self._wind_up(works)

    async def _wind_up(self, works: Sequence[asyncio.Task[None]]) -> None:
        """Stop the intake, and give what is in hand the grace period, all at the same time."""
        stopping = [asyncio.create_task(s.stop()) for s in self.broker.subscribers]
        _, late = await asyncio.wait([*stopping, *works], timeout=self.settings.grace_seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_CANCEL_SECONDS)

    async def _watch(self, stage: Stage, subscriber: BatchSubscriber, stop: asyncio.Event) -> None:
        """See that the consumer lives, and keep lag and commits up to date, until `stop`."""
        (consuming,) = subscriber.tasks
        while not stop.is_set():
            stage.note_commit()
            metrics.LAG.labels(stage.name).set(stage.in_hand + _behind(subscriber))
            # FastStream starts a loop that has failed again, after what it had taken is lost.
            if consuming.done() or len(subscriber.tasks) > 1:
                raise ConsumerEndedError(f"the consumer of {stage.name} has ended by itself")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)

    async def _bury_unreadable(
        self, partition: TopicPartition, offset: int, error: Exception
    ) -> None:
        if partition.topic in self._beside:
            return
        record = Record(partition.topic, partition.partition, offset, 0, None, None)
        await self.delivery.bury(record, failure(Reason.UNREADABLE, error))


def _with(beside: Beside, handler: Handler) -> Handler:
    async def handle(records: Sequence[Record]) -> list[Outcome]:
        return await handler([replace(record, beside=beside(record)) for record in records])

    return handle


class ConsumerEndedError(RuntimeError):
    """A consumer's task is dead although nobody has told it to stop."""


def _behind(subscriber: BatchSubscriber) -> int:
    """Return the records that lie in Kafka for this consumer, as far as it knows."""
    consumer = subscriber.consumer
    if consumer is None:
        return 0
    behind = 0
    for partition, position in consumed(consumer).items():
        end = consumer.highwater(partition)
        behind += max(0, (end or 0) - position)
    return behind


def run(make_service: Callable[[], Service]) -> int:
    """Make a service and run it in an event loop of its own; return the exit status.

    0 when it was told to stop, 1 after an error, 2 when a setting is wrong.
    """
    try:
        service = make_service()
        configure(service.name, LogSettings())
    except SettingsError as error:
        print(f"parkwire: {error}", file=sys.stderr)
        return 2
    try:
        return asyncio.run(service.run())
    except OSError as error:  # of the port that it answers on
        print(f"parkwire: {service.http.host}:{service.http.port}: {error}", file=sys.stderr)
        return 1
