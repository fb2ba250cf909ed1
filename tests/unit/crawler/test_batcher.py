"""Many who ask at once, answered in batches."""

import asyncio
from collections.abc import Sequence

import pytest

from services.crawler.batcher import Batcher


class Doubling:
    """Answers numbers with their doubles, and remembers what came together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def act(self, numbers: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(numbers))
        await self.may_answer.wait()
        if 0 in numbers:
            raise ZeroDivisionError
        return [2 * number for number in numbers]


@pytest.fixture
def doubling() -> Doubling:
    return Doubling()


def by_value(number: int) -> int:
    return number


async def test_what_is_asked_together_is_answered_together(doubling: Doubling) -> None:
    batcher = Batcher(doubling.act, by_value)
    assert await asyncio.gather(*map(batcher, range(1, 6))) == [2, 4, 6, 8, 10]
    assert doubling.batches == [[1, 2, 3, 4, 5]]
    assert await batcher(6) == 12


async def test_who_comes_while_a_batch_is_under_way_is_in_the_next(doubling: Doubling) -> None:
    doubling.may_answer.clear()
    batcher = Batcher(doubling.act, by_value)
    first = asyncio.create_task(batcher(1))
    while not doubling.batches:  # noqa: ASYNC110 (what is waited for knows no events)
        await asyncio.sleep(0)
    others = [asyncio.create_task(batcher(number)) for number in (2, 3)]
    await asyncio.sleep(0)
    doubling.may_answer.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6]
    assert doubling.batches == [[1], [2, 3]]


async def test_a_batch_has_one_item_of_a_key(doubling: Doubling) -> None:
    batcher = Batcher(doubling.act, lambda number: number % 10)
    assert await asyncio.gather(*map(batcher, (1, 11, 2, 21))) == [2, 22, 4, 42]
    assert doubling.batches == [[1, 2], [11], [21]]


async def test_an_item_that_cannot_be_answered_fails_alone(doubling: Doubling) -> None:
    batcher = Batcher(doubling.act, by_value)
    zero, *others = await asyncio.gather(*map(batcher, (0, 1, 2)), return_exceptions=True)
    assert isinstance(zero, ZeroDivisionError)
    assert others == [2, 4]
    assert doubling.batches == [[0, 1, 2], [0], [1], [2]]


async def test_answers_that_are_not_one_an_item_are_an_error() -> None:
    async def act(_: Sequence[int]) -> Sequence[int]:
        return []

    with pytest.raises(ValueError, match="shorter"):
        await Batcher(act, by_value)(1)


async def test_who_has_given_up_is_not_asked_for(doubling: Doubling) -> None:
    batcher = Batcher(doubling.act, by_value)
    tasks = [asyncio.create_task(batcher(number)) for number in (1, 2)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    assert await tasks[1] == 4
    assert doubling.batches == [[2]]


async def test_who_gives_up_during_a_batch_keeps_no_one_else_from_the_answer(
    doubling: Doubling,
) -> None:
    doubling.may_answer.clear()
    batcher = Batcher(doubling.act, by_value)
    tasks = [asyncio.create_task(batcher(number)) for number in (1, 2)]
    while not doubling.batches:  # noqa: ASYNC110 (what is waited for knows no events)
        await asyncio.sleep(0)
    tasks[0].cancel()
    doubling.may_answer.set()
    assert await tasks[1] == 4
