import sys
import time
from collections.abc import Callable

import pytest

from benchmarks.measure import (
    NotMeasuredError,
    each,
    elsewhere,
    peer,
    take_turns,
    take_turns_by_pass,
    times_as_fast,
)


def test_contenders_take_turns_and_every_other_round_goes_backwards() -> None:
    calls: list[str] = []

    def contender(name: str, costs: list[float]) -> Callable[[], float]:
        def run() -> float:
            calls.append(name)
            return costs.pop(0)

        return run

    found = take_turns([contender("a", [1, 2, 3]), contender("b", [4, 5, 6])], 3)
    assert "".join(calls) == "abbaab"
    assert found == [[1, 2, 3], [4, 5, 6]]


def test_each_contender_passes_through_all_items_and_costs_are_added() -> None:
    now = 0.0
    calls: list[tuple[str, int]] = []

    def contender(name: str, factor: float) -> Callable[[int], None]:
        def run(item: int) -> None:
            nonlocal now
            now += factor * item
            calls.append((name, item))

        return run

    found = take_turns_by_pass(
        [1, 10], [contender("a", 1), contender("b", 3)], 2, clock=lambda: now
    )
    first = [("a", 1), ("a", 10), ("b", 1), ("b", 10)]
    assert calls == [*first, *first, *first[2:], *first[:2]]
    assert found == [[11, 11], [33, 33]]


def test_the_default_clock_does_not_count_waiting() -> None:
    ((cost,),) = take_turns_by_pass([0.05], [time.sleep], 1)
    assert cost < 0.04


@pytest.mark.parametrize(
    ("ours", "theirs", "ratio"),
    [
        ([1.0], [2.0], 2.0),
        ([2.0], [1.0], 0.5),
        # A round in which the machine was busy is slow for both, or is not the middle one.
        ([1.0, 10.0, 1.0], [2.0, 20.0, 2.0], 2.0),
        ([1.0, 10.0, 1.0], [2.0, 2.0, 2.0], 2.0),
    ],
)
def test_times_as_fast_is_the_median_of_the_rounds_ratios(
    ours: list[float], theirs: list[float], ratio: float
) -> None:
    assert times_as_fast(ours, theirs) == pytest.approx(ratio)


def test_rounds_without_a_partner_are_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        times_as_fast([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("costs", "items", "text"),
    [
        ([1.0, 3.0, 2.0], 100, "20 ms"),
        ([0.0321], 100, "321 µs"),
        ([1.2345], 1, "1.23 s"),
    ],
)
def test_the_cost_of_one_item_is_the_median_as_people_write_it(
    costs: list[float], items: int, text: str
) -> None:
    assert each(costs, items) == text


def test_a_peer_that_is_installed_is_its_module() -> None:
    assert peer("json") is sys.modules["json"]


def test_a_peer_that_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scrapy", None)
    monkeypatch.setitem(sys.modules, "scrapy.crawler", None)
    with pytest.raises(NotMeasuredError, match=r"no scrapy here: pip install parkwire\[bench\]"):
        peer("scrapy.crawler")


def test_figures_by_the_clock_say_what_else_the_machine_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (3.14, 1.0, 1.0))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert elsewhere() == "load average at the end 3.1 on 2 cores"
