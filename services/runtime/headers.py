"""The headers that travel with a message: its trace, and when each stage had finished with it."""

import time
import uuid
from collections.abc import Mapping
from typing import Final

from services.contracts.codec import header_number

TRACE: Final = "correlation_id"
"""FastStream's name for it; the same from source to row."""

TRACEPARENT: Final = "traceparent"
"""W3C Trace Context's name for the span that a message came of, where tracing is on."""

REPLAYED: Final = "replayed"
"""Stands on a page that is sent once more from where it was kept; it does not travel on."""

_FINISHED = "at-"
_FETCHED = "at-crawler"


def new_trace() -> str:
    """Return a new trace id: 32 hexadecimal digits, as W3C Trace Context has them."""
    return uuid.uuid4().hex


def passed_on(incoming: Mapping[str, str], service: str) -> dict[str, str]:
    """Return the headers of what `service` makes of a message that came with `incoming`."""
    kept = {
        name: value
        for name, value in incoming.items()
        if name.startswith(_FINISHED) or name == TRACEPARENT
    }
    return kept | {
        TRACE: incoming.get(TRACE) or new_trace(),
        f"{_FINISHED}{service}": str(_now_ms()),
    }


def age(headers: Mapping[str, str]) -> float | None:
    """Return the seconds since the page was fetched, where the headers tell."""
    fetched = header_number(headers.get(_FETCHED))
    return None if fetched is None else max(0.0, (_now_ms() - fetched) / 1000)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
