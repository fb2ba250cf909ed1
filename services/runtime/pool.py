"""Running a pure step in processes, so that the event loop only moves bytes.

A worker may die: the step crashed the interpreter, used up its memory, or ran out of time (the
kernel then kills it, even inside a C extension). The pool is replaced, and the records that were
under way are tried again, one part after the other, until each culprit is alone.
"""

import asyncio
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any, Self

from services.contracts.dead_letters import Reason
from services.runtime import metrics
from services.runtime.bisect import bisect
from services.runtime.outcome import Outcome, Record, failure
from services.runtime.transform import Transform

_CHUNK = 25
"""Records that cross to a worker at once: pickling costs less, and work still spreads evenly."""


class StepPool:
    """A handler of a stage: runs a transform on every record of a batch, in worker processes."""

    def __init__(
        self, transform: Transform[Any], *, workers: int, seconds: float, memory: int
    ) -> None:
        self._transform = transform
        self._workers = workers
        self._seconds = seconds
        self._memory = memory
        self._executor = self._start()

    async def __aenter__(self) -> Self:
        """Wait until every worker has started and warmed up."""
        metrics.POOL_WORKERS.set(self._workers)
        await asyncio.gather(*(self._attempt(()) for _ in range(self._workers)))
        return self

    async def __aexit__(self, *_: object) -> None:
        # Whatever still runs belongs to a batch that nobody has acknowledged. Left alone, the
        # workers would keep the process alive until they are done.
        for worker in list((self._executor._processes or {}).values()):
            worker.kill()
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return the outcome of each record, in order."""
        size = max(1, min(_CHUNK, -(-len(records) // self._workers)))
        chunks = [records[start : start + size] for start in range(0, len(records), size)]
        executor = self._executor
        results = await asyncio.gather(*map(self._attempt, chunks), return_exceptions=True)
        outcomes: list[Outcome] = []
        for chunk, result in zip(chunks, results, strict=True):
            match result:
                case BrokenProcessPool():
                    if self._executor is executor:
                        self._replace()
                    # Alone in the pool now: a chunk that breaks it again holds the culprit.
                    outcomes += await bisect(chunk, self._alone, (BrokenProcessPool,), _died)
                case BaseException():
                    raise result
                case _:
                    outcomes += result
        return outcomes

    async def _attempt(self, chunk: Sequence[Record]) -> list[Outcome]:
        with metrics.POOL_BUSY.track_inprogress():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, _run, chunk)

    async def _alone(self, chunk: Sequence[Record]) -> list[Outcome]:
        try:
            return await self._attempt(chunk)
        except BrokenProcessPool:
            self._replace()
            raise

    def _replace(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._start()
        metrics.POOL_REPLACED.inc()

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._workers,
            mp_context=multiprocessing.get_context("forkserver"),
            initializer=_prepare,
            initargs=(self._transform, self._seconds, self._memory),
        )


def _died(_record: Record, error: BaseException) -> Outcome:
    return failure(Reason.WORKER_DIED, error)


# What follows runs in the worker processes.

_state: dict[str, Any] = {}


def _prepare(transform: Transform[Any], seconds: float, memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    threading.Thread(target=_follow_parent, daemon=True).start()
    transform.warm_up()
    _state.update(transform=transform, seconds=seconds)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _run(records: Sequence[Record]) -> list[Outcome]:
    transform, seconds = _state["transform"], _state["seconds"]
    outcomes = []
    for record in records:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        outcomes.append(transform(record))
    signal.setitimer(signal.ITIMER_REAL, 0)
    return outcomes
