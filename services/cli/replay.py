"""`parkwire replay`: raw pages once more through the cleaner and the extractor, when these have
become better.

The topic `pages` keeps what was fetched for some days, an archive for as long as one likes. Of each
page the newest copy is sent again, a microsecond later than it was fetched: the same fetch, read
anew, wins over what was made of it before, and a later fetch wins over both.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Final

import msgspec
import typer
from aiokafka import AIOKafkaProducer
from obstore.exceptions import BaseError
from rich.console import Console
from rich.progress import Progress

from services.cli.errors import CommandError
from services.cli.reading import careful_producer, read_topic
from services.contracts.codec import PAGE, UndecodableError, UnknownSchemaError
from services.contracts.identity import site as host_of
from services.contracts.messages import Page
from services.contracts.routes import key_of
from services.contracts.topics import PAGES
from services.runtime.settings import KafkaSettings
from services.store.archive import Archive, first_line
from services.store.settings import ArchiveSettings
from services.store.warc import DamagedError, KeptPage, unpack

_LATER: Final = timedelta(microseconds=1)
_TIMES: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
_AT_ONCE: Final = 20
"""Pages that are under way to Kafka at a time."""


Pages = Callable[[], AsyncIterator[tuple[Hashable, KeptPage]]]
"""Yields every page that is kept, and the place where it lies."""


def replay(
    site: Annotated[str | None, typer.Option(help="Only pages of this host.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_TIMES, help="Only what was fetched then or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_TIMES, help="Only what was fetched before.")
    ] = None,
    archive: Annotated[
        bool,
        typer.Option(
            "--archive", help="From the archive (PARKWIRE_ARCHIVE_URL), not from the topic."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be sent.")
    ] = False,
) -> None:
    """Send stored pages once more through the cleaner and the extractor."""

    def wanted(page: Page) -> bool:
        return (
            (site is None or host_of(page.final_url) == site)
            and (since is None or page.fetched_at >= since.astimezone())
            and (until is None or page.fetched_at < until.astimezone())
        )

    damaged: dict[str, str] = {}

    async def run() -> int:
        settings = KafkaSettings()
        pages = partial(_in_archive, damaged) if archive else partial(_in_topic, settings)
        newest = await _newest(pages, wanted)
        if not dry_run:
            await _send_again(pages, newest, settings)
        return len(newest)

    try:
        sent = asyncio.run(run())
    except BaseError as error:
        raise CommandError(f"the archive: {first_line(error)}") from error
    for name, why in damaged.items():
        print(f"parkwire: {name}: {why}", file=sys.stderr)
    print(f"{sent} pages {'would be ' * dry_run}sent again", file=sys.stderr)
    if damaged:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(replay)


async def _newest(pages: Pages, wanted: Callable[[Page], bool]) -> set[Hashable]:
    """Return where the newest copy of each page lies."""
    newest: dict[str, tuple[datetime, Hashable]] = {}
    async for place, kept in pages():
        page = kept.page
        if wanted(page) and (page.url not in newest or page.fetched_at >= newest[page.url][0]):
            newest[page.url] = page.fetched_at, place
    return {place for _, place in newest.values()}


async def _send_again(pages: Pages, places: set[Hashable], settings: KafkaSettings) -> None:
    topic = settings.prefix + PAGES.name
    producer = careful_producer(settings, PAGES, linger_ms=10)
    try:
        await producer.start()
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("sending again", total=len(places))
            batch: list[KeptPage] = []
            async for place, kept in pages():
                if place in places:
                    batch.append(kept)
                if len(batch) == _AT_ONCE:
                    await _send(producer, topic, batch)
                    progress.advance(bar, len(batch))
                    batch.clear()
            await _send(producer, topic, batch)
    finally:
        await producer.stop()


async def _send(producer: AIOKafkaProducer, topic: str, batch: Sequence[KeptPage]) -> None:
    async def send(kept: KeptPage) -> None:
        page = msgspec.structs.replace(kept.page, fetched_at=kept.page.fetched_at + _LATER)
        headers = [(name, value.encode()) for name, value in kept.headers.items()]
        await producer.send_and_wait(topic, PAGE.encode(page), key=key_of(page), headers=headers)

    await asyncio.gather(*map(send, batch))


async def _in_topic(settings: KafkaSettings) -> AsyncIterator[tuple[Hashable, KeptPage]]:
    async for record in read_topic(settings, PAGES):
        headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
        try:
            page = PAGE.decode(record.value, headers)
        except (UndecodableError, UnknownSchemaError):
            continue  # no page, which is the cleaner's to say
        yield (record.partition, record.offset), KeptPage(page, headers)


async def _in_archive(damaged: dict[str, str]) -> AsyncIterator[tuple[Hashable, KeptPage]]:
    """Note in `damaged` what is wrong with a file; the pages before that are yielded."""
    url = ArchiveSettings().url
    if url is None:
        raise CommandError("PARKWIRE_ARCHIVE_URL names no folder and no bucket")
    archive = Archive(url)
    for name in await archive.names():
        file = await archive.read(name)
        try:
            for position, kept in enumerate(unpack(file)):
                yield (name, position), kept
        except DamagedError as error:
            damaged[name] = str(error)
