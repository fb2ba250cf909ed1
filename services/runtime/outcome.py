"""What goes into a stage and what comes out of it: plain data that crosses process borders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.contracts.codec import schema_of
from services.contracts.dead_letters import DETAIL_LENGTH, Reason
from services.contracts.messages import Message
from services.contracts.routes import key_of, topic_of


@dataclass(frozen=True, slots=True)
class Record:
    """A consumed record: bytes, and where they came from."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Milliseconds since the epoch, as the broker has it."""
    key: bytes | None
    value: bytes | None
    headers: dict[str, str] = field(default_factory=dict)
    beside: tuple[Any, ...] = ()
    """What the service gives the step beside the message."""


@dataclass(frozen=True, slots=True)
class Output:
    """A message ready to be published; trace and times are added on delivery."""

    topic: str
    key: bytes
    value: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """A record that was dealt with: what to publish, and what was found, for the metrics."""

    outputs: tuple[Output, ...] = ()
    found: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that cannot be dealt with; it becomes a dead letter."""

    reason: Reason
    exception: str
    detail: str


Outcome = Done | Failure


def failure(reason: Reason, error: BaseException) -> Failure:
    """Return the failure that `error` stands for, its message cut and on one line."""
    detail = " ".join(str(error).split())[:DETAIL_LENGTH]
    return Failure(reason, type(error).__name__, detail.encode("utf-8", "replace").decode())


def output(message: Message) -> Output:
    """Return `message` encoded, with its topic, key and schema headers."""
    schema = schema_of(message)
    return Output(
        topic=topic_of(message).name,
        key=key_of(message),
        value=schema.encode(message),
        headers=schema.headers(),
    )


def done(messages: Sequence[Message], found: Mapping[str, int]) -> Done:
    """Return the outcome of a step that made `messages`."""
    return Done(tuple(map(output, messages)), found)
