"""Whether a message or a row costs the same when many have come before it.

    python -m benchmarks.growth --messages 1000000 --rows 10000000

A running extractor is given ever more short articles, and the store's own writing ever more
articles with their facts. Each row that is printed tells what a message or row has cost up to every
tenfold, and the memory then. `make bench` goes as far as the defaults.
"""

import argparse
import asyncio
import resource
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from benchmarks.material import copies
from benchmarks.measure import NotMeasuredError, Row, elsewhere, peer
from benchmarks.place import broker, send, services_cpu, services_memory
from benchmarks.report import table
from benchmarks.storing import sample_facts
from services.cli.embedded import embedded_postgres
from services.cli.line import Line
from services.contracts.identity import article_id
from services.contracts.messages import Article, Facts
from services.runtime.migrate import upgrade
from services.runtime.outcome import output
from services.runtime.postgres import connect
from services.store import MIGRATIONS, SCHEMA
from services.store.write import write

_MESSAGES: Final = 100_000
_FEWEST_MESSAGES: Final = 1_000
_ROWS: Final = 1_000_000
_FEWEST_ROWS: Final = 10_000
_BATCH: Final = 100
"""Articles that are written at once, and messages that warm the stage up."""
_AT_ONCE: Final = 5_000
"""Messages that wait for the stage at most."""
_LEAST_RATE: Final = 20.0
"""Messages a second; a stage that is slower is stuck."""
_POLL: Final = 0.05
_DONE: Final = "parkwire_records_total"
_AS_CHEAP: Final = "x as cheap"
_FETCHED: Final = datetime(2026, 1, 1, tzinfo=UTC)
_TEXT: Final = "青禾新区今天签约岚洋热泵项目，总投资3亿元，占地50亩。"


@dataclass(frozen=True, slots=True)
class Decade:
    """What the messages or rows since the last tenfold have cost."""

    total: int
    """How many there have been, those before counted too."""
    cost: float
    """Seconds for each of this part."""
    memory: int
    """Bytes that the services hold at its end; of writing, the most that this process has held."""

    def __str__(self) -> str:
        """Return it as a person writes it."""
        return f"to {self.total:,}: {self.cost * 1e6:,.0f} µs each, {self.memory >> 20} MiB"


def growth(messages: int = _MESSAGES, rows: int = _ROWS) -> Iterator[Row]:
    """Yield how cheap the last messages and rows are beside the first: 1 is as cheap."""
    yield _beside_the_first(
        "scale.per_message",
        _messages(messages),
        "the last messages beside the first, processor time of one extractor and its workers "
        "with short articles",
    )
    yield _beside_the_first(
        "scale.per_row",
        _rows(rows),
        "the last rows beside the first, by the clock, of the store's writing in batches of "
        f"{_BATCH} articles",
    )


def _beside_the_first(name: str, decades: list[Decade], against: str) -> Row:
    first, last = decades[0].cost, decades[-1].cost
    told = "; ".join(map(str, decades))
    return Row(name, last and first / last, _AS_CHEAP, f"{against} ({told}); {elsewhere()}")


def _messages(most: int) -> list[Decade]:
    """Return what the messages of one stage cost, by decade."""
    with ExitStack() as stack:
        kafka = stack.enter_context(broker()).with_prefix("growth-")
        dsn = stack.enter_context(embedded_postgres())
        runner = stack.enter_context(asyncio.Runner())
        closing = AsyncExitStack()
        stack.callback(lambda: runner.run(closing.aclose()))
        line = Line({"PARKWIRE_LOG_LEVEL": "WARNING"}, kafka=kafka, dsn=dsn, stages=("extractor",))
        runner.run(closing.enter_async_context(line))
        runner.run(_pass(line, 0, _BATCH))
        decades: list[Decade] = []
        done, until = 0, _FEWEST_MESSAGES
        while done < most:
            before = services_cpu()
            runner.run(_pass(line, done + _BATCH, until - done))
            cost = (services_cpu() - before) / (until - done)
            decades.append(Decade(until, cost, services_memory()))
            done, until = until, min(until * 10, most)
    return decades


async def _pass(line: Line, first: int, number: int) -> None:
    """Send `number` articles through the stage and wait for them."""
    for start in range(first, first + number, _AT_ONCE):
        stop = min(start + _AT_ONCE, first + number)
        await send(line.kafka, [output(_article(n)) for n in range(start, stop)])
        # Not all at once: what waits would be the benchmark's own memory, and the broker's disk.
        deadline = time.monotonic() + 30 + (stop - start) / _LEAST_RATE
        while (done := (await line.counts()).total("extractor", _DONE)) < stop:
            if time.monotonic() > deadline:
                raise NotMeasuredError(f"{done} of {stop} messages, and no more")
            await asyncio.sleep(_POLL)


def _article(number: int) -> Article:
    url = f"http://growth.example/{number}.html"
    return Article(
        id=article_id(url, 0),
        url=url,
        canonical_url=url,
        site="growth.example",
        ordinal=0,
        title="岚洋热泵项目签约",
        published_at=_FETCHED,
        published_precision="day",
        source=None,
        author=None,
        paragraphs=(_TEXT,),
        text=_TEXT,
        script="hans",
        fetched_at=_FETCHED,
        content_hash=str(number),
        simhash="",
        minhash="",
    )


def _rows(most: int) -> list[Decade]:
    """Return what the rows cost that the store writes, by decade."""
    some = sample_facts(_BATCH, "rows")
    each = sum(1 + len(f.entities) + len(f.amounts) + len(f.projects) for f in some)
    with embedded_postgres() as dsn, asyncio.Runner() as runner:
        runner.run(upgrade(dsn, MIGRATIONS, SCHEMA))
        pool = runner.run(connect(dsn, size=1, application_name="benchmark"))
        runner.run(write(pool, _renamed(some, 0)))
        decades: list[Decade] = []
        batches, done, until = 1, 0, _FEWEST_ROWS
        while done < most:
            seconds, began = 0.0, done
            while done < until:
                facts = _renamed(some, batches)
                started = time.perf_counter()
                runner.run(write(pool, facts))
                seconds += time.perf_counter() - started
                batches, done = batches + 1, done + each
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            decades.append(Decade(done, seconds / (done - began), memory))
            until = min(until * 10, most)
        pool.terminate()
    return decades


def _renamed(some: list[Facts], batch: int) -> list[Facts]:
    articles = copies(tuple(facts.article for facts in some), len(some), f"rows-{batch}")
    return [
        msgspec.structs.replace(facts, article=article)
        for facts, article in zip(some, articles, strict=True)
    ]


def main() -> None:
    """Measure as far as the arguments say, and print the rows."""
    parser = argparse.ArgumentParser(description="Cost by how much there is.")
    parser.add_argument("--messages", type=int, default=_MESSAGES)
    parser.add_argument("--rows", type=int, default=_ROWS)
    given = parser.parse_args()
    peer("psutil")
    for row in growth(given.messages, given.rows):
        print(table(row), flush=True)


if __name__ == "__main__":
    main()
