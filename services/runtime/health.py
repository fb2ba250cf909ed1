"""Whether a service is alive and ready, and its metrics, over HTTP.

/livez fails when the service should be restarted: a consumer's task is dead, a batch has been in
hand for too long, or the event loop stands still. /readyz fails until the service has started and
been given partitions. Neither fails because Kafka or PostgreSQL is away: a restart would not
bring them back.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from socket import AF_INET, AF_INET6, create_server
from typing import Any

import msgspec
import uvicorn
from prometheus_client import make_asgi_app

from services.runtime import metrics
from services.runtime.settings import HttpSettings

Check = Callable[[], bool]

_BEAT = 1.0
_LATE = 30.0


class Health:
    """The checks of one service. Each returns True while all is well."""

    def __init__(self) -> None:
        self.live: dict[str, Check] = {}
        self.ready: dict[str, Check] = {}
        self._beat = time.monotonic()
        self.live["event_loop"] = lambda: time.monotonic() - self._beat < _LATE

    async def beat(self) -> None:
        """Measure how late the event loop wakes up, for ever."""
        while True:
            self._beat = time.monotonic()
            await asyncio.sleep(_BEAT)
            metrics.LOOP_LAG.set(max(0.0, time.monotonic() - self._beat - _BEAT))


@asynccontextmanager
async def serve_health(health: Health, settings: HttpSettings) -> AsyncIterator[None]:
    """Answer /livez, /readyz and /metrics while the context lasts.

    Raises:
        OSError: the address is in use.
    """
    family = AF_INET6 if ":" in settings.host else AF_INET
    socket = create_server((settings.host, settings.port), family=family)
    config = uvicorn.Config(
        _app(health),
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([socket]))
    beating = asyncio.create_task(health.beat())
    try:
        yield
    finally:
        beating.cancel()
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving
        socket.close()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the service."""
        yield


def _app(health: Health) -> Any:
    metrics_app = make_asgi_app()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        match scope["path"]:
            case "/livez":
                await _answer(send, health.live)
            case "/readyz":
                await _answer(send, health.ready)
            case "/metrics":
                await metrics_app(scope, receive, send)
            case _:
                await _send(send, 404, {"error": "not found"})

    return app


async def _answer(send: Any, checks: Mapping[str, Check]) -> None:
    states = {name: check() for name, check in checks.items()}
    await _send(send, 200 if all(states.values()) else 503, states)


async def _send(send: Any, status: int, body: object) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(body)})
