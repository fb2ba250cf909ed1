import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.bisect import bisect


class PoisonError(Exception):
    pass


@given(items=st.lists(st.booleans(), max_size=64))
async def test_every_item_has_its_own_result_in_order(items: list[bool]) -> None:
    attempts = 0

    async def attempt(part: Sequence[tuple[int, bool]]) -> list[str]:
        nonlocal attempts
        attempts += 1
        if any(bad for _, bad in part):
            raise PoisonError
        return [f"good {number}" for number, _ in part]

    numbered = list(enumerate(items))
    results = await bisect(numbered, attempt, (PoisonError,), lambda item, _: f"bad {item[0]}")

    assert results == [f"{'bad' if bad else 'good'} {number}" for number, bad in numbered]
    culprits = sum(items)
    assert attempts <= 1 + 2 * culprits * math.ceil(math.log2(max(2, len(items))))


async def test_the_worlds_failure_is_raised() -> None:
    async def attempt(_: Sequence[int]) -> list[int]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await bisect([1, 2], attempt, (PoisonError,), lambda item, _: item)
