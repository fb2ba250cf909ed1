"""Waiting out failures."""

import asyncio
import contextlib

import pytest
from prometheus_client import REGISTRY

from services.runtime.retry import seconds_since_wait, until_it_works


class Flaky:
    """Fails by the given errors, one a call, and then works."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def work(self, answer: str) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return answer


def waiting() -> float | None:
    return REGISTRY.get_sample_value("parkwire_waiting", {"operation": "Flaky.work"})


async def test_it_is_tried_until_it_works() -> None:
    flaky = Flaky(OSError("away"), OSError("still away"))
    assert await until_it_works((OSError,), flaky.work, answer="done") == "done"
    assert flaky.errors == []
    assert waiting() == 0
    assert seconds_since_wait() < 60


async def test_another_error_is_raised() -> None:
    flaky = Flaky(OSError("away"), ValueError("wrong"), ValueError("never"))
    with pytest.raises(ValueError, match="wrong"):
        await until_it_works((OSError,), flaky.work, "done")
    assert len(flaky.errors) == 1
    assert waiting() == 0


async def test_a_lambda_that_returns_a_coroutine_is_awaited() -> None:
    flaky = Flaky(OSError("away"))
    assert await until_it_works((OSError,), lambda: flaky.work("done")) == "done"
    assert flaky.errors == []


async def test_what_waits_is_told() -> None:
    flaky = Flaky(*(OSError("away") for _ in range(100)))
    attempt = asyncio.create_task(until_it_works((OSError,), flaky.work, "done"))
    while len(flaky.errors) == 100:  # noqa: ASYNC110 (what is waited for knows no events)
        await asyncio.sleep(0)
    assert waiting() == 1
    attempt.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await attempt
    assert waiting() == 0
