"""`parkwire dead-letters list | show | replay | drop`: what could not be processed, and what
becomes of it.

A topic cannot lose single records, so what is dropped is named in a record of its own, and hidden
from then on; Kafka deletes it with the topic's retention.
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import typer
from aiokafka.structs import ConsumerRecord
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.cli.console import as_markup, console, printable
from services.cli.errors import CommandError
from services.cli.reading import careful_producer, read_topic
from services.contracts import dead_letters as dead
from services.contracts.topics import DEAD_LETTERS
from services.runtime.settings import KafkaSettings

_PREVIEW: Final = 2000
_DROPPED_AT_ONCE: Final = 10_000

app = typer.Typer(help="Messages that could not be processed.", no_args_is_help=True)

ReasonOption = Annotated[
    dead.Reason | None, typer.Option(help="Only those that failed for this reason.")
]
StageOption = Annotated[
    Literal["crawler", "cleaner", "extractor", "store"] | None,
    typer.Option(help="Only those of this service."),
]
_TIMES: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
SinceOption = Annotated[
    datetime | None, typer.Option(formats=_TIMES, help="Only those that failed then or later.")
]
UntilOption = Annotated[
    datetime | None, typer.Option(formats=_TIMES, help="Only those that failed before.")
]
Ids = Annotated[list[str] | None, typer.Argument(metavar="ID…", help="As `list` names them.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter as it lies in the topic."""

    id: str
    """Partition and offset, `3-17`."""
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]

    def original_headers(self) -> dict[str, str]:
        """Return the headers to send it again with: its own, and how often it has failed."""
        added = dead.OF_THIS_FAILURE
        return {name: value for name, value in self.headers.items() if name not in added}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters are meant; what is None asks nothing."""

    reason: dead.Reason | None
    stage: str | None
    since: datetime | None
    until: datetime | None

    def __contains__(self, letter: Letter) -> bool:
        failed = _failed_at(letter)
        return (
            (self.reason is None or letter.headers.get(dead.REASON) == self.reason.value)
            and (self.stage is None or letter.headers.get(dead.SERVICE) == self.stage)
            and (self.since is None or (failed is not None and failed >= self.since.astimezone()))
            and (self.until is None or (failed is not None and failed < self.until.astimezone()))
        )

    def asks_nothing(self) -> bool:
        """Return whether every letter is meant."""
        return (self.reason, self.stage, self.since, self.until) == (None, None, None, None)


@app.command("list")
def list_letters(
    reason: ReasonOption = None,
    stage: StageOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many, the oldest first.")] = 50,
) -> None:
    """List dead letters: when, where and why each failed."""
    letters = asyncio.run(_select(Choice(reason, stage, since, until)))
    table = Table("id", "failed", "service", "reason", "detail", "key")
    for letter in letters[:limit]:
        headers = letter.headers
        detail = f"{headers.get(dead.EXCEPTION, '')}: {headers.get(dead.DETAIL, '')}"
        key = (letter.key or b"").decode("utf-8", "replace")
        table.add_row(
            letter.id,
            _time(letter),
            headers.get(dead.SERVICE, ""),
            headers.get(dead.REASON, ""),
            as_markup(detail),
            as_markup(key),
        )
    out = console()
    out.print(table)
    out.print(f"{len(letters):,} dead letters" + f", {limit} shown" * (len(letters) > limit))


@app.command()
def show(letter: Annotated[str, typer.Argument(metavar="ID", help="As `list` names it.")]) -> None:
    """Show one dead letter: its headers, and its value as far as it is text."""
    found = asyncio.run(_find(letter))
    for name, value in sorted(found.headers.items()):
        print(f"{name}: {printable(value)}")
    body = found.value or b""
    print()
    for line in body[:_PREVIEW].decode("utf-8", "replace").split("\n"):
        print(printable(line))
    if len(body) > _PREVIEW:
        print(f"… {len(body):,} bytes in all")


@app.command()
def replay(
    letters: Ids = None,
    *,
    reason: ReasonOption = None,
    stage: StageOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    dry_run: DryRun = False,
) -> None:
    """Send dead letters back to where they came from, with the attempt counted.

    They stay in the topic until they are dropped, so name those that are meant, by id, reason,
    service or time.
    """
    choice = Choice(reason, stage, since, until)
    _deal_with(letters, choice, _send_back, "sent back", dry_run=dry_run)


@app.command()
def drop(
    letters: Ids = None,
    *,
    reason: ReasonOption = None,
    stage: StageOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    dry_run: DryRun = False,
) -> None:
    """Forget dead letters: they are listed and sent back no more."""
    choice = Choice(reason, stage, since, until)
    _deal_with(letters, choice, _drop, "dropped", dry_run=dry_run)


def _deal_with(
    letters: list[str] | None,
    choice: Choice,
    deal: Callable[[set[str]], Coroutine[Any, Any, None]],
    done: str,
    *,
    dry_run: bool,
) -> None:
    if not letters and choice.asks_nothing():
        raise typer.BadParameter("name ids, or --reason, --stage, --since or --until")
    found = {letter.id for letter in asyncio.run(_select(choice))}
    wanted = set(letters) if letters else found
    if missing := wanted - found:
        raise CommandError(f"no dead letter {', '.join(sorted(missing))}")
    if not dry_run:
        asyncio.run(deal(wanted))
    print(f"{len(wanted)} dead letters {'would be ' * dry_run}{done}", file=sys.stderr)


def register(to: typer.Typer) -> None:
    """Add the commands to `to`."""
    to.add_typer(app, name="dead-letters")


async def _select(choice: Choice) -> list[Letter]:
    """Return the letters that are meant, without their values, which could be too much to hold."""
    return [
        replace(letter, value=None)
        async for letter in read_letters(KafkaSettings())
        if letter in choice
    ]


async def _find(identity: str) -> Letter:
    async with aclosing(read_letters(KafkaSettings())) as letters:
        async for letter in letters:
            if letter.id == identity:
                return letter
    raise CommandError(f"no dead letter {identity!r}")


async def read_letters(settings: KafkaSettings) -> AsyncGenerator[Letter]:
    """Yield every dead letter that the topic holds now, but for those that were dropped."""
    dropped: set[str] = set()
    async for record in read_topic(settings, DEAD_LETTERS):
        if _is_drop(record):
            dropped.update(json.loads(record.value or b"[]"))
    async with aclosing(read_topic(settings, DEAD_LETTERS)) as records:
        async for record in records:
            letter = _letter(record)
            if letter.id not in dropped and not _is_drop(record):
                yield letter


async def count_letters(settings: KafkaSettings) -> int:
    """Return how many dead letters the topic holds now, but for those that were dropped."""
    letters: set[str] = set()
    dropped: set[str] = set()
    async for record in read_topic(settings, DEAD_LETTERS):
        if _is_drop(record):
            dropped.update(json.loads(record.value or b"[]"))
        else:
            letters.add(_place(record))
    return len(letters - dropped)


async def _send_back(wanted: set[str]) -> None:
    settings = KafkaSettings()
    producer = careful_producer(settings, DEAD_LETTERS)
    try:
        await producer.start()
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("sending back", total=len(wanted))
            async with aclosing(read_letters(settings)) as letters:
                async for letter in letters:
                    if letter.id in wanted:
                        await _send(producer, letter)
                        progress.advance(bar)
    finally:
        await producer.stop()


async def _send(producer: Any, letter: Letter) -> None:
    if dead.TOPIC not in letter.headers or dead.LEFT_OUT in letter.headers:
        raise CommandError(f"{letter.id} does not hold what was sent, or whereto")
    await producer.send_and_wait(
        letter.headers[dead.TOPIC],
        letter.value,
        key=letter.key,
        headers=[(n, v.encode()) for n, v in letter.original_headers().items()],
    )


async def _drop(wanted: set[str]) -> None:
    settings = KafkaSettings()
    producer = careful_producer(settings, DEAD_LETTERS)
    try:
        await producer.start()
        for ids in _parts(sorted(wanted)):
            await producer.send_and_wait(
                settings.prefix + DEAD_LETTERS.name,
                json.dumps(ids).encode(),
                headers=[(dead.DROPS, b"ids")],
            )
    finally:
        await producer.stop()


def _parts(ids: list[str]) -> Iterable[list[str]]:
    for start in range(0, len(ids), _DROPPED_AT_ONCE):
        yield ids[start : start + _DROPPED_AT_ONCE]


def _is_drop(record: ConsumerRecord[bytes, bytes]) -> bool:
    return any(name == dead.DROPS for name, _ in record.headers)


def _place(record: ConsumerRecord[bytes, bytes]) -> str:
    return f"{record.partition}-{record.offset}"


def _letter(record: ConsumerRecord[bytes, bytes]) -> Letter:
    return Letter(
        id=_place(record),
        key=record.key,
        value=record.value,
        headers={name: value.decode("utf-8", "replace") for name, value in record.headers},
    )


def _failed_at(letter: Letter) -> datetime | None:
    milliseconds = letter.headers.get(dead.FIRST_FAILED_AT, "")
    if not milliseconds.isdecimal():
        return None
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC).astimezone()


def _time(letter: Letter) -> str:
    failed = _failed_at(letter)
    return failed.strftime("%Y-%m-%d %H:%M:%S") if failed else ""
