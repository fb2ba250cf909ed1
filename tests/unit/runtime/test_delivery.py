import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError
from hypothesis import given
from hypothesis import strategies as st
from steps import TRANSFORM, record

from services.contracts import dead_letters as dead
from services.contracts.dead_letters import Reason
from services.runtime.delivery import Delivery
from services.runtime.outcome import Done, Failure, Output, failure

OUTPUT = Output("articles", b"id", b"value", {"schema": "parkwire.article/1"})


class Broker:
    """Takes down what is published, or raises."""

    def __init__(self, error: Exception | None = None, only: str = "") -> None:
        self.error = error
        self.only = only
        self.sent: list[tuple[str, bytes | None, bytes | None, dict[str, str]]] = []

    async def publish(
        self, value: bytes | None, topic: str, *, key: bytes | None, headers: dict[str, str]
    ) -> None:
        await asyncio.sleep(0)
        if self.error and self.only in ("", topic):
            raise self.error
        self.sent.append((topic, key, value, headers))


def deliver(broker: Broker, outcome: Any, **headers: str) -> Any:
    delivery = Delivery("cleaner", "1.2.3", broker.publish)
    return delivery.deliver(record(b"original", 42, **headers), outcome, 0)


async def test_an_output_keeps_its_trace_and_gathers_times() -> None:
    broker = Broker()
    await deliver(broker, Done((OUTPUT,)), correlation_id="t", **{"at-crawler": "1", "x": "y"})

    ((topic, key, value, headers),) = broker.sent
    assert (topic, key, value) == ("articles", b"id", b"value")
    assert headers["correlation_id"] == "t"
    assert headers["at-crawler"] == "1"
    assert headers["at-cleaner"].isdecimal()
    assert headers["schema"] == "parkwire.article/1"
    assert "x" not in headers


async def test_an_output_without_a_trace_begins_one() -> None:
    broker = Broker()
    await deliver(broker, Done((OUTPUT,)))
    assert len(broker.sent[0][3]["correlation_id"]) == 32


async def test_a_dead_letter_is_the_original_with_the_reason() -> None:
    broker = Broker()
    why = failure(Reason.UNDECODABLE, ValueError("two\nlines " + "x" * 1000 + "\ud800"))
    await deliver(broker, why, schema="parkwire.page/1", **{dead.ATTEMPT: "2"})

    ((topic, key, value, headers),) = broker.sent
    assert (topic, key, value) == ("dead-letters", b"key", b"original")
    assert headers["schema"] == "parkwire.page/1"
    assert headers[dead.REASON] == "undecodable"
    assert headers[dead.EXCEPTION] == "ValueError"
    assert headers[dead.DETAIL].startswith("two lines xxx")
    assert len(headers[dead.DETAIL]) <= dead.DETAIL_LENGTH
    assert headers[dead.SERVICE] == "cleaner"
    assert headers[dead.VERSION] == "1.2.3"
    assert headers[dead.TOPIC] == "sources"
    assert headers[dead.OFFSET] == "42"
    assert headers[dead.ATTEMPT] == "3"
    assert all(value.encode() for name, value in headers.items() if name != "correlation_id")


async def test_what_is_too_large_for_its_topic_becomes_a_dead_letter() -> None:
    broker = Broker(MessageSizeTooLargeError(), only="articles")
    outcome = await deliver(broker, Done((OUTPUT,)))
    assert isinstance(outcome, Failure)
    assert [topic for topic, *_ in broker.sent] == ["dead-letters"]


async def test_a_dead_letter_that_is_too_large_is_told_of_by_its_place() -> None:
    class Small(Broker):
        async def publish(
            self, value: bytes | None, topic: str, *, key: bytes | None, headers: dict[str, str]
        ) -> None:
            if value:
                raise MessageSizeTooLargeError
            await super().publish(value, topic, key=key, headers=headers)

    broker = Small()
    await deliver(broker, failure(Reason.UNDECODABLE, ValueError("x")))
    ((topic, _, value, headers),) = broker.sent
    assert (topic, value) == ("dead-letters", None)
    assert headers[dead.LEFT_OUT] == "8"
    assert headers[dead.OFFSET] == "42"


@given(
    st.dictionaries(
        st.sampled_from(["schema", "at-crawler", dead.ATTEMPT, "correlation_id", "traceparent"]),
        st.text() | st.from_regex(r"[0-9]{1,5000}", fullmatch=True),
    )
)
async def test_no_header_breaks_the_delivery(headers: dict[str, str]) -> None:
    broker = Broker()
    letter = record(b"http://news.example/", 1, **headers)
    outcome = TRANSFORM(letter)
    await Delivery("cleaner", "1", broker.publish).deliver(letter, outcome, 0)
    assert len(broker.sent) == 1


def test_a_version_of_many_digits_is_unknown() -> None:
    outcome = TRANSFORM(record(b"{}", schema="parkwire.source/" + "9" * 5000))
    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.UNKNOWN_SCHEMA


@pytest.mark.parametrize("outcome", [Done((OUTPUT,)), failure(Reason.INVALID, ValueError("x"))])
async def test_what_cannot_be_published_is_raised(outcome: Any) -> None:
    with pytest.raises(KafkaTimeoutError):
        await deliver(Broker(KafkaTimeoutError()), outcome)
