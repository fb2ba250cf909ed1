from typing import Any

import pytest
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from services.contracts.topics import PAGES
from services.runtime.broker import (
    UnsafeSubscriberError,
    check_delivery,
    make_broker,
    subscribe,
)
from services.runtime.settings import KafkaSettings, StageSettings
from services.runtime.stage import Assignment

SAFE: dict[str, Any] = {
    "group_id": "g",
    "batch": True,
    "ack_policy": AckPolicy.NACK_ON_ERROR,
    "auto_offset_reset": "earliest",
}


def test_our_own_subscribers_are_safe() -> None:
    broker = make_broker(KafkaSettings(), StageSettings(), "t")

    async def on_batch(_: Any) -> None: ...

    subscribe(
        broker,
        PAGES,
        "g",
        on_batch,
        kafka=KafkaSettings(),
        settings=StageSettings(),
        listener=Assignment("t"),
    )
    check_delivery(broker)


@pytest.mark.parametrize(
    "unsafe",
    [
        {"ack_policy": AckPolicy.ACK_FIRST},
        {"ack_policy": AckPolicy.MANUAL},
        {"ack_policy": AckPolicy.ACK},
        {"auto_offset_reset": "latest"},
        {"batch": False},
        {"batch": False, "max_workers": 2},
        {"group_id": None},
    ],
    ids=str,
)
def test_a_subscriber_that_could_lose_messages_is_refused(unsafe: dict[str, Any]) -> None:
    broker = KafkaBroker()

    async def handle(_: Any) -> None: ...

    broker.subscriber("pages", **{**SAFE, **unsafe})(handle)

    with pytest.raises(UnsafeSubscriberError):
        check_delivery(broker)
