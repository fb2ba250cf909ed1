"""`parkwire add`: sources from arguments, a file or standard input to the `sources` topic."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.progress import Progress

from services.cli.errors import CommandError
from services.cli.reading import careful_producer
from services.contracts.codec import SOURCE, UndecodableError
from services.contracts.identity import canonical_url
from services.contracts.messages import Source
from services.contracts.topics import SOURCES
from services.runtime.headers import TRACE, new_trace
from services.runtime.outcome import output
from services.runtime.settings import KafkaSettings

_AT_ONCE = 1000
_LONG = 200
"""Lines from which on a progress bar is worth its room."""

Line = tuple[str, str]
"""Where it stands, for messages, and what it says."""


def add(
    urls: Annotated[
        list[str] | None, typer.Argument(metavar="URL…|-", help="URLs, or - for standard input.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("-f", "--file", help="A file of URLs or JSON sources, one a line."),
    ] = None,
) -> None:
    """Add sources: pages, lists, feeds or sitemaps to read.

    A line is a URL, or a JSON object such as {"url": "…", "kind": "list", "every": 3600}. Empty
    lines and lines that begin with # are passed over. A line that is no source is named, with its
    number and the reason; the others are added.
    """
    lines = list(_lines(urls or [], file))
    if not lines:
        raise typer.BadParameter("name at least one URL, or a file of them, or - to read them")
    sources, problems = read_sources(lines)
    for problem in problems:
        print(f"parkwire: {problem}", file=sys.stderr)
    added = asyncio.run(publish(sources, KafkaSettings()))
    print(f"{added} source{'s' * (added != 1)} added")
    if problems:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(add)


def read_sources(lines: Iterable[Line]) -> tuple[list[Source], list[str]]:
    """Return the sources of `lines`, and for every line that is none what is wrong with it."""
    sources, problems = [], []
    for place, line in lines:
        try:
            source = SOURCE.decode(line.encode("utf-8", "surrogateescape"), {})
            canonical_url(source.url)
        except (UndecodableError, ValueError) as error:
            problems.append(f"{place}: {' '.join(str(error).split())}")
        else:
            sources.append(source)
    return sources, problems


async def publish(sources: list[Source], settings: KafkaSettings) -> int:
    """Publish `sources`, each awaited until Kafka has it; return how many.

    Raises:
        CommandError: the broker cannot be reached or does not take them.
    """
    producer = careful_producer(settings, SOURCES, linger_ms=10, request_timeout_ms=15_000)
    console = Console(stderr=True)
    try:
        await producer.start()
        with ExitStack() as stack:
            progress = stack.enter_context(Progress(console=console, transient=True))
            bar = progress.add_task("adding", total=len(sources), visible=len(sources) >= _LONG)
            for start in range(0, len(sources), _AT_ONCE):
                part = sources[start : start + _AT_ONCE]
                await asyncio.gather(*(_send(producer, source, settings) for source in part))
                progress.advance(bar, len(part))
    except OSError as error:
        raise CommandError(f"{settings.bootstrap_servers}: {error}") from error
    finally:
        await producer.stop()
    return len(sources)


async def _send(producer: AIOKafkaProducer, source: Source, settings: KafkaSettings) -> None:
    message = output(source)
    headers = message.headers | {TRACE: new_trace()}
    await producer.send_and_wait(
        settings.prefix + SOURCES.name,
        message.value,
        key=message.key,
        headers=[(name, value.encode()) for name, value in headers.items()],
    )


def _lines(urls: list[str], file: Path | None) -> Iterator[Line]:
    for number, url in enumerate(urls, 1):
        if url == "-":
            yield from _of_file("standard input", sys.stdin.read())
        else:
            yield f"argument {number}", url
    if file is not None:
        try:
            text = file.read_text("utf-8-sig", "surrogateescape")
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from error
        yield from _of_file(str(file), text)


def _of_file(name: str, text: str) -> Iterator[Line]:
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield f"{name}, line {number}", stripped
