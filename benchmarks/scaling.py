"""Two replicas of the busiest stage beside one, on the same broker."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from itertools import count
from statistics import median

import httpx

from benchmarks.material import copies, material, texts
from benchmarks.measure import (
    TIMES_AS_FAST,
    NotMeasuredError,
    Row,
    elsewhere,
    take_turns,
    times_as_fast,
)
from benchmarks.place import Broker, broker, send
from services.cli.embedded import embedded_postgres
from services.cli.line import Line, Process
from services.runtime.outcome import output
from services.runtime.settings import KafkaSettings

_ROUNDS = 3
_ARTICLES = 600
_WARM_UP = 48
_LIMIT = 90.0
_POLL = 0.05
_STAGE = "extractor"
_ENV = {"PARKWIRE_STAGE_WORKERS": "1", "PARKWIRE_LOG_LEVEL": "WARNING"}
_DONE = "parkwire_records_total"


def scale() -> Iterator[Row]:
    """Yield what a second replica of the extractor adds."""
    with ExitStack() as stack:
        kafka = stack.enter_context(broker())
        dsn = stack.enter_context(embedded_postgres())
        runner = stack.enter_context(asyncio.Runner())
        closing = AsyncExitStack()
        stack.callback(lambda: runner.run(closing.aclose()))
        one, two = (
            runner.run(_started(closing, kafka, dsn, replicas=replicas)) for replicas in (1, 2)
        )
        alone, together = take_turns(
            (lambda: runner.run(one.measure()), lambda: runner.run(two.measure())), _ROUNDS
        )
    yield Row(
        "scale.two_replicas",
        times_as_fast(together, alone),
        TIMES_AS_FAST,
        f"one replica of the {_STAGE}; each has one worker; {_ARTICLES / median(together):.0f} "
        f"against {_ARTICLES / median(alone):.0f} articles/s by the clock, the broker on the same "
        f"cores; {elsewhere()}; {kafka.name}; articles of {material().origin}",
    )


class _Replicas:
    """Replicas of one stage, in a group of their own."""

    def __init__(self, kafka: KafkaSettings, processes: Sequence[Process]) -> None:
        self._kafka = kafka
        self._processes = processes
        self._turns = count()
        self._client = httpx.AsyncClient(timeout=5, trust_env=False)

    async def measure(self, articles: int = _ARTICLES) -> float:
        """Return the seconds that they need for `articles` articles."""
        name = f"scale-{next(self._turns)}"
        outputs = [output(article) for article in copies(texts(), articles, name)]
        before = sum(await self.done())
        started = time.perf_counter()
        await send(self._kafka, outputs)
        while (done := sum(await self.done()) - before) < articles:
            if time.perf_counter() - started > _LIMIT:
                raise NotMeasuredError(f"{done} of {articles} articles after {_LIMIT:.0f} s")
            await asyncio.sleep(_POLL)
        return time.perf_counter() - started

    async def done(self) -> list[int]:
        """Return how many articles each replica has dealt with."""
        scraped = [await process.scrape(self._client) for process in self._processes]
        return [
            sum(value for (name, _), value in counters.items() if name == _DONE)
            for counters in scraped
        ]

    async def warm_up(self) -> None:
        """Return when every replica has its share of the work."""
        deadline = time.perf_counter() + _LIMIT
        idle = True
        while idle and time.perf_counter() < deadline:
            before = await self.done()
            await self.measure(_WARM_UP)
            idle = any(a == b for a, b in zip(await self.done(), before, strict=True))
        if idle:
            raise NotMeasuredError("a replica was given no partitions")


async def _started(closing: AsyncExitStack, kafka: Broker, dsn: str, *, replicas: int) -> _Replicas:
    settings = kafka.with_prefix(f"scale-{replicas}-")
    line = Line(_ENV, kafka=settings, dsn=dsn, stages=(_STAGE,))
    await closing.enter_async_context(line)
    processes = [line.processes[_STAGE]]
    for number in range(1, replicas):
        log = line.logs / f"{_STAGE}-{number}.log"
        processes.append(Process(_STAGE, {**_ENV, **line.env}, log))
        closing.callback(processes[-1].stop)
        await asyncio.to_thread(processes[-1].start)
    started = _Replicas(settings, processes)
    await started.warm_up()
    return started
