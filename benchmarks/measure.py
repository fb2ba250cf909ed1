"""Measuring side by side: contenders take turns in one run, and medians are compared.

A busy machine slows down whoever happens to run, so a figure alone says little; turns a moment
apart meet the same machine, and the median of their ratios forgives the moments that do not.
"""

import importlib
import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

T = TypeVar("T")

TIMES_AS_FAST: Final = "x as fast"


class NotMeasuredError(RuntimeError):
    """A row cannot be measured here; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, and what it was measured against."""

    name: str
    value: float | None
    """None where it could not be measured; `against` then says why."""
    unit: str
    against: str


def take_turns(contenders: Sequence[Callable[[], float]], rounds: int) -> list[list[float]]:
    """Call each contender once a round; return what each has returned, by round.

    Every other round goes backwards, so that nobody always comes after the same one.
    """
    costs: list[list[float]] = [[0.0] * rounds for _ in contenders]
    for turn in range(rounds):
        order = range(len(contenders))
        for number in order if turn % 2 == 0 else reversed(order):
            costs[number][turn] = contenders[number]()
    return costs


def take_turns_by_pass(
    items: Sequence[T],
    contenders: Sequence[Callable[[T], object]],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> list[list[float]]:
    """Let each contender go through all items, in turn; return what each pass has cost, by round.

    Costs are in seconds of `clock`: by default the processor time of this process. A pass that is
    not counted comes first. Turns by item would let each drive the other's tables out of the
    processor's caches, which happens to neither where it runs by itself.
    """

    def passing(contender: Callable[[T], object]) -> float:
        started = clock()
        for item in items:
            contender(item)
        return clock() - started

    passes = [partial(passing, contender) for contender in contenders]
    take_turns(passes, 1)
    return take_turns(passes, rounds)


def times_as_fast(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """Return how many times as fast we are: the median of the rounds' ratios of cost."""
    return statistics.median(their / our for our, their in zip(ours, theirs, strict=True))


def each(costs: Iterable[float], items: int) -> str:
    """Return the median cost of one of the round's items, as a person writes it."""
    seconds = statistics.median(costs) / items
    for unit, factor in (("s", 1), ("ms", 1000)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1_000_000:.3g} µs"


def elsewhere() -> str:
    """Return what the machine does beside, for figures by the clock."""
    return f"load average at the end {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def peer(module: str) -> Any:
    """Return the module of a peer.

    Raises:
        NotMeasuredError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        name = module.partition(".")[0]
        reason = f"no {name} here: pip install parkwire[bench]"
        raise NotMeasuredError(reason) from None
