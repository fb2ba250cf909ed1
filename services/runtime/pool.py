"""Running a pure step in processes, so that the event loop only moves bytes.

A worker may die: the step crashed the interpreter, used up its memory, or ran out of time (the
kernel then kills it, even inside a C extension). It is replaced, and the records that it had are
tried again in ever smaller parts, until each culprit is alone. The other workers go on meanwhile.
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


class WorkerNotStartedError(RuntimeError):
    """A new worker died before its first record, so no record is to blame."""


class StepPool:
    """A handler of a stage: runs a transform on every record of a batch, in worker processes.

    Each worker is an executor of its own. One executor with many workers breaks as a whole when
    one of them dies, and may never end then: a worker that it starts at that moment is neither
    told to stop nor killed, and the interpreter waits for it at exit.
    """

    def __init__(
        self, transform: Transform[Any], *, workers: int, seconds: float, memory: int
    ) -> None:
        self._workers = workers
        self._initargs = (transform, seconds, memory)
        self._running: set[ProcessPoolExecutor] = set()
        self._idle: asyncio.Queue[ProcessPoolExecutor] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        """Wait until every worker has started and warmed up.

        Raises:
            WorkerNotStartedError: one could not.
        """
        metrics.POOL_WORKERS.set(self._workers)
        try:
            for started in await asyncio.gather(*(self._start() for _ in range(self._workers))):
                self._idle.put_nowait(started)
        except BaseException:
            self._kill()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._kill()

    async def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return the outcome of each record, in order.

        Raises:
            ExceptionGroup: of WorkerNotStartedError, where a dead worker could not be replaced.
        """
        size = max(1, min(_CHUNK, -(-len(records) // self._workers)))
        chunks = [records[start : start + size] for start in range(0, len(records), size)]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(bisect(chunk, self._attempt, (BrokenProcessPool,), _died))
                for chunk in chunks
            ]
        return [outcome for task in tasks for outcome in task.result()]

    async def _attempt(self, chunk: Sequence[Record]) -> list[Outcome]:
        worker = await self._idle.get()
        try:
            with metrics.POOL_BUSY.track_inprogress():
                return await _submit(worker, chunk)
        except BrokenProcessPool:
            worker.shutdown(wait=False)
            self._running.discard(worker)
            metrics.POOL_REPLACED.inc()
            worker = await self._start()
            raise
        finally:
            self._idle.put_nowait(worker)

    async def _start(self) -> ProcessPoolExecutor:
        worker = ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("forkserver"),
            initializer=_prepare,
            initargs=self._initargs,
        )
        self._running.add(worker)
        try:
            await _submit(worker, ())
        except BrokenProcessPool as error:
            raise WorkerNotStartedError("a worker process could not start") from error
        return worker

    def _kill(self) -> None:
        # Whatever still runs belongs to a batch that nobody has acknowledged. Left alone, the
        # workers would keep the process alive until they are done.
        for worker in self._running:
            for process in list((worker._processes or {}).values()):
                process.kill()
            worker.shutdown(wait=False, cancel_futures=True)


def _submit(
    worker: ProcessPoolExecutor, records: Sequence[Record]
) -> "asyncio.Future[list[Outcome]]":
    return asyncio.get_running_loop().run_in_executor(worker, _run, records)


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
