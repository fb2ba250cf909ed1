"""Waiting out the world's failures: a broker, a database or a network that is away."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import structlog
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    wait_random_exponential,
)

from services.runtime import metrics

P = ParamSpec("P")
Result = TypeVar("Result")

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
    retrying = AsyncRetrying(
        retry=retry_if_exception_type(errors),
        wait=wait_random_exponential(multiplier=0.2, max=_LONGEST_WAIT),
        before_sleep=_say,
        sleep=_wait,
    )
    try:
        return await retrying(operation, *args, **kwargs)
    finally:
        metrics.WAITING.labels(_name(operation)).set(0)


def seconds_since_wait() -> float:
    """Return how long ago something last waited for the world; infinite if nothing has."""
    return time.monotonic() - _last_wait


async def _wait(seconds: float) -> None:
    global _last_wait  # noqa: PLW0603 -- one process, one world to wait for
    _last_wait = time.monotonic() + seconds
    await asyncio.sleep(seconds)


def _name(operation: Callable[..., object]) -> str:
    return getattr(operation, "__qualname__", type(operation).__name__)


def _say(state: RetryCallState) -> None:
    operation = _name(state.fn) if state.fn else ""
    metrics.WAITING.labels(operation).set(1)
    metrics.RETRIES.labels(operation).inc()
    error = state.outcome.exception() if state.outcome else None
    _log.warning(
        "retrying",
        operation=operation,
        attempt=state.attempt_number,
        wait=round(state.upcoming_sleep, 2),
        error=repr(error)[:300],
    )
