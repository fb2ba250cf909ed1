import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError

from services.contracts.dead_letters import Reason
from services.runtime.delivery import Delivery
from services.runtime.outcome import Done, Failure, Outcome, Output, Record, failure
from services.runtime.stage import Brake, Stage


def batch(*values: bytes) -> Any:
    return SimpleNamespace(
        raw_message=tuple(
            SimpleNamespace(
                topic="pages", partition=0, offset=n, timestamp=0, key=None, value=value, headers=()
            )
            for n, value in enumerate(values)
        )
    )


async def echo(records: Sequence[Record]) -> list[Outcome]:
    return [Done((Output("articles", b"", r.value or b"", {}),)) for r in records]


async def test_a_batch_returns_only_when_all_is_published() -> None:
    acknowledged = asyncio.Event()
    sent = []

    async def publish(value: Any, topic: str, *, key: Any, headers: Any) -> None:
        sent.append(value)
        await acknowledged.wait()

    stage = Stage("s", echo, Delivery("s", "1", publish), on_error=print)
    task = asyncio.create_task(stage.on_batch(batch(b"a", b"b")))
    await asyncio.sleep(0.01)
    assert sent == [b"a", b"b"]
    assert not task.done()
    assert stage.oldest() > 0
    acknowledged.set()
    await task
    assert stage.oldest() == 0


async def test_an_error_stops_the_service_and_never_returns_normally() -> None:
    async def publish(value: Any, topic: str, *, key: Any, headers: Any) -> None:
        raise KafkaTimeoutError

    errors: list[BaseException] = []
    stage = Stage("s", echo, Delivery("s", "1", publish), on_error=errors.append)
    with pytest.raises(asyncio.CancelledError):
        await stage.on_batch(batch(b"a"))
    assert len(errors) == 1


async def test_the_brake_waits_when_most_records_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    dead: Failure = failure(Reason.UNDECODABLE, ValueError("x"))
    brake = Brake("s")
    brake.note([dead] * (Brake.WINDOW - 1))
    await brake.hold()
    assert waited == []
    brake.note([dead])
    await brake.hold()
    await brake.hold()
    assert waited == [Brake.SECONDS]
    brake.note([dead] * (Brake.WINDOW // 2) + [Done()] * (Brake.WINDOW // 2))
    await brake.hold()
    assert waited == [Brake.SECONDS]
