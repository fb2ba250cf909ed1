from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from steps import record

from services.contracts.codec import SOURCE
from services.contracts.messages import Source
from services.runtime.outcome import Failure, Record
from services.runtime.sink import Sink


class PoisonError(Exception):
    pass


class Table:
    """Takes rows, all or none; refuses `poison`; is away for the first `away` calls."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.rows: list[str] = []

    async def write(self, rows: Sequence[str]) -> None:
        if self.away:
            self.away -= 1
            raise ConnectionError("away")
        if "poison" in rows:
            raise PoisonError
        self.rows += rows


def accept(_record: Record, source: Source) -> str:
    if source.url == "invalid":
        raise ValueError("no URL")
    return source.url


def sink(table: Table) -> Sink[Source, str]:
    return Sink(SOURCE, accept, table.write, (ConnectionError,), (PoisonError,))


VERDICTS = {
    b"good": None,
    b"{": "undecodable",
    b"invalid": "invalid",
    b"poison": "unstorable",
}


@given(values=st.lists(st.sampled_from(list(VERDICTS)), max_size=20))
async def test_good_rows_are_written_once_and_each_culprit_named(values: list[bytes]) -> None:
    table = Table()
    outcomes = await sink(table)([record(value) for value in values])
    found = [o.reason.value if isinstance(o, Failure) else None for o in outcomes]
    assert found == [VERDICTS[value] for value in values]
    assert table.rows == ["good"] * values.count(b"good")


async def test_a_database_that_is_away_is_waited_for() -> None:
    table = Table(away=2)
    (outcome,) = await sink(table)([record(b"good")])
    assert not isinstance(outcome, Failure)
    assert table.rows == ["good"]
