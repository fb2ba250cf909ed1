"""A Kafka client that cannot lose messages: every setting that delivery rests on, in one place.

Why each has its value is told in `docs/delivery.md`. `check_delivery` refuses a broker whose
subscribers were made otherwise.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from aiokafka import ConsumerRecord
from aiokafka.abc import ConsumerRebalanceListener
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber, LogicSubscriber
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from services.contracts.topics import Topic
from services.runtime.connection import tls_context
from services.runtime.delivery import Publish
from services.runtime.settings import KafkaSettings, StageSettings

_MAX_REQUEST: Final = 25 * 1024 * 1024
"""Above the largest message, below the topics' and the broker's own limit (26 MiB)."""
_WORTH_WAITING: Final = 1024 * 1024
"""Bytes of a batch that is gathered."""
_WAIT_MS: Final = 500
"""Until an empty answer, where nothing is gathered."""

_MECHANISMS: Final = {
    "SCRAM-SHA-512": SASLScram512,
    "SCRAM-SHA-256": SASLScram256,
    "PLAIN": SASLPlaintext,
}


class UnsafeSubscriberError(RuntimeError):
    """A subscriber is set up so that it could lose messages."""


def make_broker(settings: KafkaSettings, stage: StageSettings, client_id: str) -> KafkaBroker:
    """Return a broker whose producer waits for every in-sync replica."""
    return KafkaBroker(
        settings.bootstrap_servers.split(","),  # FastStream takes a string for one server
        security=_security(settings),
        client_id=client_id,
        acks="all",
        enable_idempotence=settings.idempotence,
        compression_type=settings.compression,
        linger_ms=10,
        max_batch_size=256 * 1024,
        max_request_size=_MAX_REQUEST,
        # A broker that restarts may be away for a while; past this the service stops (fail-stop).
        request_timeout_ms=120_000,
        graceful_timeout=stage.grace_seconds,
        allow_auto_create_topics=False,
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,  # of every message; errors have a level of their own
    )


def _security(settings: KafkaSettings) -> BaseSecurity:
    """Return the same as `connection`, as FastStream wants to be told."""
    context = tls_context(settings)
    if settings.user is None or settings.password is None:
        return BaseSecurity(ssl_context=context, use_ssl=settings.tls)
    return _MECHANISMS[settings.mechanism](
        username=settings.user,
        password=settings.password.get_secret_value(),
        ssl_context=context,
        use_ssl=settings.tls,
    )


def publish_with(broker: KafkaBroker, prefix: str) -> Publish:
    """Return a function that publishes by `broker`, and returns when Kafka has the message."""

    async def publish(
        value: bytes | None, topic: str, *, key: bytes | None, headers: dict[str, str]
    ) -> None:
        await broker.publish(value, prefix + topic, key=key, headers=headers)

    return publish


def subscribe(
    broker: KafkaBroker,
    topic: Topic,
    group: str,
    on_batch: Callable[[KafkaMessage], Awaitable[None]],
    *,
    kafka: KafkaSettings,
    settings: StageSettings,
    listener: ConsumerRebalanceListener,
    gather: float | None = None,
) -> BatchSubscriber:
    """Subscribe `on_batch` to `topic`: a batch is acknowledged when it returns, and only then.

    `gather` is how many seconds the broker waits for a megabyte; None: it does not wait.
    """
    subscriber = broker.subscriber(
        kafka.prefix + topic.name,
        group_id=kafka.prefix + group,
        batch=True,
        max_records=settings.max_records,
        batch_timeout_ms=int(settings.batch_wait * 1000),
        fetch_min_bytes=1 if gather is None else _WORTH_WAITING,
        fetch_max_wait_ms=_WAIT_MS if gather is None else int(gather * 1000),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        auto_offset_reset="earliest",
        no_reply=True,
        parser=_with_safe_headers,
        decoder=_raw,
        session_timeout_ms=int(kafka.session * 1000),
        heartbeat_interval_ms=int(kafka.session * 100),
        rebalance_timeout_ms=60_000,
        max_poll_interval_ms=30 * 60 * 1000,
        listener=listener,
        title=group,
        description=f"Batches of {topic.name}, acknowledged once all that came of them is stored.",
    )
    subscriber(on_batch)
    return subscriber


def check_delivery(broker: KafkaBroker) -> None:
    """Refuse to start where a subscriber could lose messages.

    Raises:
        UnsafeSubscriberError: one acknowledges before its work is done or by a policy that
            skips failures, starts at the latest offset, has no group, or works on batches
            concurrently.
    """
    for subscriber in broker.subscribers:
        for problem in _problems(subscriber):
            raise UnsafeSubscriberError(f"{subscriber!r} {problem}")


def _problems(subscriber: Any) -> list[str]:
    if not isinstance(subscriber, LogicSubscriber):
        return ["is no Kafka subscriber"]
    consumer = subscriber._connection_args
    rules = {
        "does not take batches one after the other": type(subscriber) is BatchSubscriber,
        "acknowledges what has failed": subscriber.ack_policy is AckPolicy.NACK_ON_ERROR,
        "commits by itself": consumer.get("enable_auto_commit") is False,
        "starts at the latest offset": consumer.get("auto_offset_reset") == "earliest",
        "has no consumer group": bool(subscriber.group_id),
    }
    return [problem for problem, holds in rules.items() if not holds]


async def _with_safe_headers(
    records: Sequence[ConsumerRecord[Any, Any]], original: Callable[[Any], Awaitable[Any]]
) -> Any:
    # FastStream's own parser raises on a header that is not UTF-8, and then drops the record.
    for record in records:
        record.headers = tuple(
            (name, (value or b"").decode("utf-8", "replace").encode())
            for name, value in record.headers
        )
    return await original(records)


async def _raw(message: KafkaMessage) -> Any:
    # Decoding belongs to the step, where an error becomes a dead letter.
    return message.raw_message
