"""Group commit: what many ask for at the same time is asked of the database at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_LINGER: Final = 0.002
"""Seconds for which a batch waits for more to come. A round trip takes as long."""


class Batcher(Generic[Item, Answer]):
    """Answers items one by one, as their callers see it, and deals with them in batches.

    Whoever asks while a batch is under way is in the next one, so batches grow with the load.
    """

    def __init__(
        self,
        act: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        key: Callable[[Item], Hashable],
    ) -> None:
        """`act` returns the answers to a batch, in its order; no two of its items have one key.

        What it raises, it has done nothing: it is then asked item by item, so that the one that
        cannot be answered fails alone.
        """
        self._act = act
        self._key = key
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Answer:
        """Return the answer to `item` once its batch is done; raises what was raised for it.

        A caller that is cancelled takes its item back only if no batch has it yet.
        """
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(_LINGER)
                await self._answer(self._take())
        finally:
            self._running = None

    def _take(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        batch: dict[Hashable, tuple[Item, asyncio.Future[Answer]]] = {}
        later = []
        for item, future in self._waiting:
            if future.cancelled():
                continue
            if batch.setdefault(self._key(item), (item, future))[1] is not future:
                later.append((item, future))
        self._waiting = later
        return list(batch.values())

    async def _answer(self, batch: Sequence[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._act([item for item, _ in batch])
            answered = list(zip(batch, answers, strict=True))
        except Exception as error:
            if len(batch) > 1:
                for one in batch:
                    await self._answer([one])
            elif not batch[0][1].cancelled():
                batch[0][1].set_exception(error)
        else:
            for (_, future), answer in answered:
                if not future.cancelled():
                    future.set_result(answer)
