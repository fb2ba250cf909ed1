"""Waiting out the world's failures: a broker, a database or a network that is away."""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import structlog

from services.runtime import metrics

P = ParamSpec("P")
Result = TypeVar("Result")

_FIRST_WAIT = 0.2
_LONGEST_WAIT = 30.0

_last_wait = -math.inf

_log = structlog.get_logger(__name__)


async def until_it_works(
    errors: tuple[type[BaseException], ...],
    operation: Callable[P, Awaitable[Result]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Result:
    """Return the operation's result, trying again for as long as it raises one of `errors`.

    Waits between tries by exponential backoff with full jitter, at most 30 s. Other exceptions
    are raised as they are.
    """
    failures = 0
    try:
        while True:
            try:
                return await operation(*args, **kwargs)
            except errors as error:
                failures += 1
                await _wait_out(error, _name(operation), failures)
    finally:
        # Also where nothing failed: an alert needs the series before the first failure.
        metrics.WAITING.labels(_name(operation)).set(0)


def seconds_since_wait() -> float:
    """Return how long ago something last waited for the world; infinite if nothing has."""
    return time.monotonic() - _last_wait


async def _wait_out(error: BaseException, operation: str, failures: int) -> None:
    global _last_wait  # noqa: PLW0603 -- one process, one world to wait for
    longest = min(_FIRST_WAIT * 2.0 ** min(failures - 1, 30), _LONGEST_WAIT)
    seconds = random.uniform(0, longest)  # noqa: S311 (it spreads tries and guards nothing)
    metrics.WAITING.labels(operation).set(1)
    metrics.RETRIES.labels(operation).inc()
    _log.warning(
        "retrying",
        operation=operation,
        attempt=failures,
        wait=round(seconds, 2),
        error=repr(error)[:300],
    )
    _last_wait = time.monotonic() + seconds
    await asyncio.sleep(seconds)


def _name(operation: Callable[..., object]) -> str:
    return getattr(operation, "__qualname__", type(operation).__name__)
