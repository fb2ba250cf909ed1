"""Finding the culprits of a batch that fails as a whole."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def bisect(
    items: Sequence[Item],
    attempt: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
    poison: tuple[type[BaseException], ...],
    verdict: Callable[[Item, BaseException], Result],
) -> list[Result]:
    """Return one result per item, in order.

    `attempt` deals with some items as a whole. Where it raises one of `poison`, the items are
    halved until each culprit is alone, and `verdict` speaks its result. k culprits among n items
    cost at most about 2 k log2(n) attempts. Any other exception is raised as it is.
    """
    if not items:
        return []
    try:
        return list(await attempt(items))
    except poison as error:
        if len(items) == 1:
            return [verdict(items[0], error)]
    middle = len(items) // 2
    return [
        *await bisect(items[:middle], attempt, poison, verdict),
        *await bisect(items[middle:], attempt, poison, verdict),
    ]
