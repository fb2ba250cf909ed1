"""`parkwire dead-letters list | show | replay`: what could not be processed, and another try."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from aiokafka import AIOKafkaProducer
from aiokafka.structs import ConsumerRecord
from rich.markup import escape
from rich.table import Table

from services.cli.console import console
from services.cli.errors import CommandError
from services.cli.reading import read_all
from services.contracts import dead_letters as dead
from services.contracts.topics import DEAD_LETTERS
from services.runtime.connection import connection
from services.runtime.settings import KafkaSettings

_PREVIEW: Final = 2000

app = typer.Typer(help="Messages that could not be processed.", no_args_is_help=True)

ReasonOption = Annotated[
    dead.Reason | None, typer.Option(help="Only those that failed for this reason.")
]
StageOption = Annotated[str | None, typer.Option(help="Only those of this service.")]


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


@app.command("list")
def list_letters(
    reason: ReasonOption = None,
    stage: StageOption = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many, the oldest first.")] = 50,
) -> None:
    """List dead letters: when, where and why each failed."""
    letters = asyncio.run(_select(reason, stage))
    table = Table("id", "failed", "service", "reason", "detail", "key")
    for letter in letters[:limit]:
        headers = letter.headers
        detail = f"{headers.get(dead.EXCEPTION, '')}: {headers.get(dead.DETAIL, '')}"
        key = (letter.key or b"").decode("utf-8", "replace")
        table.add_row(
            letter.id,
            _time(headers.get(dead.FIRST_FAILED_AT, "")),
            headers.get(dead.SERVICE, ""),
            headers.get(dead.REASON, ""),
            escape(detail),
            escape(key),
        )
    out = console()
    out.print(table)
    out.print(f"{len(letters):,} dead letters" + f", {limit} shown" * (len(letters) > limit))


@app.command()
def show(letter: Annotated[str, typer.Argument(metavar="ID", help="As `list` names it.")]) -> None:
    """Show one dead letter: its headers, and its value as far as it is text."""
    found = asyncio.run(_find(letter))
    for name, value in sorted(found.headers.items()):
        print(f"{name}: {value}")
    body = found.value or b""
    print(f"\n{body[:_PREVIEW].decode('utf-8', 'replace')}")
    if len(body) > _PREVIEW:
        print(f"… {len(body):,} bytes in all")


@app.command()
def replay(
    letters: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Those to send again.")
    ] = None,
    reason: ReasonOption = None,
    stage: StageOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be sent.")
    ] = False,
) -> None:
    """Send dead letters back to where they came from, with the attempt counted.

    They stay in the topic, so name those that are meant, by id, reason or service.
    """
    if not letters and reason is None and stage is None:
        raise typer.BadParameter("name ids, or --reason, or --stage")
    found = {letter.id for letter in asyncio.run(_select(reason, stage))}
    wanted = set(letters) if letters else found
    if missing := wanted - found:
        raise CommandError(f"no dead letter {', '.join(sorted(missing))}")
    if not dry_run:
        asyncio.run(_send_back(wanted))
    print(f"{len(wanted)} dead letters {'would be ' * dry_run}sent back", file=sys.stderr)


def register(to: typer.Typer) -> None:
    """Add the commands to `to`."""
    to.add_typer(app, name="dead-letters")


async def _select(reason: dead.Reason | None, stage: str | None) -> list[Letter]:
    """Return the letters that match, without their values, which could be too much to hold."""
    return [
        replace(letter, value=None)
        async for letter in read_letters(KafkaSettings())
        if (reason is None or letter.headers.get(dead.REASON) == reason.value)
        and (stage is None or letter.headers.get(dead.SERVICE) == stage)
    ]


async def _find(identity: str) -> Letter:
    async for letter in read_letters(KafkaSettings()):
        if letter.id == identity:
            return letter
    raise CommandError(f"no dead letter {identity!r}")


async def read_letters(settings: KafkaSettings) -> AsyncIterator[Letter]:
    """Yield every dead letter that the topic holds now."""
    async for record in read_all(settings, DEAD_LETTERS):
        yield _letter(record)


async def _send_back(wanted: set[str]) -> None:
    settings = KafkaSettings()
    producer = AIOKafkaProducer(
        **connection(settings),
        acks="all",
        enable_idempotence=settings.idempotence,
        max_request_size=DEAD_LETTERS.max_message_bytes,
    )
    try:
        await producer.start()
        async for letter in read_letters(settings):
            if letter.id not in wanted:
                continue
            if dead.TOPIC not in letter.headers or dead.LEFT_OUT in letter.headers:
                raise CommandError(f"{letter.id} does not hold what was sent, or whereto")
            await producer.send_and_wait(
                letter.headers[dead.TOPIC],
                letter.value,
                key=letter.key,
                headers=[(n, v.encode()) for n, v in letter.original_headers().items()],
            )
    finally:
        await producer.stop()


def _letter(record: ConsumerRecord[bytes, bytes]) -> Letter:
    return Letter(
        id=f"{record.partition}-{record.offset}",
        key=record.key,
        value=record.value,
        headers={name: value.decode("utf-8", "replace") for name, value in record.headers},
    )


def _time(milliseconds: str) -> str:
    if not milliseconds.isdecimal():
        return ""
    moment = datetime.fromtimestamp(int(milliseconds) / 1000, UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")
