"""Two replicas of the cleaner and of the extractor beside one, on the same broker.

What two cores can give more than one is measured in the same turns, by two processes that do the
step alone: cores of a virtual machine may share one, or a neighbour may have them.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from itertools import count
from multiprocessing import get_context
from statistics import median
from typing import Self

import httpx
import msgspec

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
from services.cleaner.clean import clean
from services.cli.embedded import embedded_postgres
from services.cli.line import Line, Process
from services.extractor.extract import extract
from services.runtime.outcome import Output, output
from services.runtime.settings import KafkaSettings

_ROUNDS = 3
_MESSAGES = 1_600
_WARM_UP = 48
_PASSES = 4
_LIMIT = 90.0
_POLL = 0.25
_STAGES = ("cleaner", "extractor")
_ENV = {"PARKWIRE_STAGE_WORKERS": "1", "PARKWIRE_LOG_LEVEL": "WARNING"}
_DONE = "parkwire_records_total"


def scale() -> Iterator[Row]:
    """Yield what a second replica adds, of the stage where it adds less."""
    with ExitStack() as stack:
        kafka = stack.enter_context(broker())
        dsn = stack.enter_context(embedded_postgres())
        found = [_of_stage(stage, kafka, dsn) for stage in _STAGES]
    yield Row(
        "scale.two_replicas",
        min(times for times, _ in found),
        TIMES_AS_FAST,
        "one replica, each has one worker, by the clock while messages wait, the broker on the "
        "same cores: "
        f"{'; '.join(told for _, told in found)}; {elsewhere()}; {kafka.name}; "
        f"{material().origin}",
    )


def _of_stage(stage: str, kafka: Broker, dsn: str) -> tuple[float, str]:
    """Return how many times as fast two replicas are, and how fast in words."""
    with asyncio.Runner() as runner, _Apart(stage) as apart:
        closing = AsyncExitStack()
        try:
            one, two = (
                runner.run(_started(closing, kafka, dsn, stage=stage, replicas=replicas))
                for replicas in (1, 2)
            )
            contenders = (
                lambda: runner.run(one.measure()),
                lambda: runner.run(two.measure()),
                partial(apart.measure, 1),
                partial(apart.measure, 2),
            )
            alone, together, one_apart, two_apart = take_turns(contenders, _ROUNDS)
        finally:
            runner.run(closing.aclose())
    times = times_as_fast(together, alone)
    rates = (f"{1 / median(costs):.0f}" for costs in (together, alone))
    cores = times_as_fast(two_apart, one_apart)
    return times, (
        f"{stage} {times:.2f} ({' against '.join(rates)}/s), two processes that share nothing "
        f"{cores:.2f}"
    )


class _Apart:
    """Processes that do a stage's step by themselves, without a service or a broker."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        context = get_context("forkserver")
        self._pools = [ProcessPoolExecutor(1, context) for _ in range(2)]

    def __enter__(self) -> Self:
        for pool in self._pools:
            pool.submit(_step_through, self._stage).result()
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools:
            pool.shutdown()

    def measure(self, processes: int) -> float:
        """Return the seconds that so many of them at once need for one message."""
        started = time.perf_counter()
        work = [pool.submit(_step_through, self._stage) for pool in self._pools[:processes]]
        done = sum(future.result() for future in work)
        return (time.perf_counter() - started) / done


def _step_through(stage: str) -> int:
    """Do the step of `stage` for some messages; return for how many."""
    if stage == "cleaner":
        for page in material().pages * _PASSES:
            clean(page)
        return len(material().pages) * _PASSES
    for article in texts() * _PASSES:
        extract(article)
    return len(texts()) * _PASSES


def _messages(stage: str, number: int, run: str) -> list[Output]:
    """Return what `stage` takes, each with an identity of its own."""
    if stage == "extractor":
        return [output(article) for article in copies(texts(), number, run)]
    pages = material().pages
    urls = (f"http://{run}.example/{n}.html" for n in range(number))
    return [
        output(msgspec.structs.replace(pages[n % len(pages)], url=url, final_url=url))
        for n, url in enumerate(urls)
    ]


class _Replicas:
    """Replicas of one stage, in a group of their own."""

    def __init__(self, stage: str, kafka: KafkaSettings, processes: Sequence[Process]) -> None:
        self._stage = stage
        self._kafka = kafka
        self._processes = processes
        self._turns = count()
        self._client = httpx.AsyncClient(timeout=5, trust_env=False)

    async def measure(self, messages: int = _MESSAGES) -> float:
        """Return the seconds that they need for one of `messages` messages that wait for them.

        Neither the sending counts nor the end, when not every replica has a batch left.
        """
        outputs = _messages(self._stage, messages, f"scale-{next(self._turns)}")
        before = sum(await self.done())
        await send(self._kafka, outputs)
        first = last = time.perf_counter()
        at_first = at_last = sum(await self.done()) - before
        while (done := sum(await self.done()) - before) < messages:
            last, at_last = time.perf_counter(), done
            if last - first > _LIMIT:
                raise NotMeasuredError(f"{done} of {messages} messages after {_LIMIT:.0f} s")
            await asyncio.sleep(_POLL)
        return (last - first) / max(1, at_last - at_first)

    async def done(self) -> list[int]:
        """Return how many messages each replica has dealt with."""
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


async def _started(
    closing: AsyncExitStack, kafka: Broker, dsn: str, *, stage: str, replicas: int
) -> _Replicas:
    settings = kafka.with_prefix(f"scale-{stage}-{replicas}-")
    line = Line(_ENV, kafka=settings, dsn=dsn, stages=(stage,))
    await closing.enter_async_context(line)
    processes = [line.processes[stage]]
    for number in range(1, replicas):
        log = line.logs / f"{stage}-{number}.log"
        processes.append(Process(stage, {**_ENV, **line.env}, log))
        closing.callback(processes[-1].stop)
        await asyncio.to_thread(processes[-1].start)
    started = _Replicas(stage, settings, processes)
    await started.warm_up()
    return started
