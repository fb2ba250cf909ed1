"""Waiting for turns, against a frontier that says what it is told."""

from typing import cast

from services.crawler.frontier import Frontier
from services.crawler.tasks import Turn
from services.crawler.turns import Turns

URL = "http://a.example/1"


class Given:
    """A frontier that gives the turns it was made with."""

    def __init__(self, *turns: Turn) -> None:
        self._turns = iter(turns)

    async def turn(self, _url: str, _patience: float) -> Turn:
        return next(self._turns)


def turns(*given: Turn) -> tuple[Turns, list[float]]:
    waits: list[float] = []
    return Turns(cast("Frontier", Given(*given)), 5.0, waits.append), waits


async def test_a_turn_that_is_far_away_is_not_waited_for() -> None:
    made, waits = turns(Turn(taken=False, wait=600.0), Turn(taken=False, wait=0.0))
    assert await made.take(URL) == 600.0
    assert await made.take(URL) == 5.0
    assert waits == []


async def test_a_pace_has_passed_since_the_last_answer_even_if_the_turn_is_earlier() -> None:
    now = Turn(taken=True, wait=0.0, pace=0.1)
    made, waits = turns(now, now, now)
    assert await made.take(URL) == 0.0
    made.answered(URL)
    assert await made.take(URL) == 0.0
    assert await made.take("http://b.example/") == 0.0
    assert (waits[0], waits[2]) == (0.0, 0.0)
    assert 0 < waits[1] <= 0.1


async def test_a_pace_that_has_become_longer_holds_from_the_next_request_on() -> None:
    made, waits = turns(
        Turn(taken=True, wait=0.0, pace=0.01), Turn(taken=True, wait=0.01, pace=30.0)
    )
    await made.take(URL)
    made.answered(URL)
    await made.take(URL)
    assert waits[1] < 1


async def test_who_has_never_answered_is_not_known() -> None:
    made, _ = turns()
    assert made.since("a.example") is None
    made.answered(URL)
    since = made.since("a.example")
    assert since is not None
    assert since >= 0
