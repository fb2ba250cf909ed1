"""`parkwire replay`: raw pages once more through the cleaner and the extractor, when these have
become better.

The topic `pages` keeps what was fetched for some days, an archive for as long as one likes. Of each
page the newest copy is sent again, a microsecond later than it was fetched: the same fetch, read
anew, wins over what was made of it before, and a later fetch wins over both.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence, Set
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Final, Protocol, TypeVar

import msgspec
import typer
from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.progress import Progress

from services.cli.errors import CommandError
from services.cli.reading import careful_producer, read_topic
from services.contracts.codec import PAGE, UndecodableError, UnknownSchemaError
from services.contracts.identity import site as host_of
from services.contracts.messages import Page
from services.contracts.routes import key_of
from services.contracts.topics import PAGES
from services.runtime.headers import REPLAYED
from services.runtime.settings import KafkaSettings
from services.store.archive import AWAY, Archive, first_line, written_at
from services.store.settings import ArchiveSettings
from services.store.warc import DamagedError, KeptPage, unpack

_LATER: Final = timedelta(microseconds=1)
_TIMES: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
_AT_ONCE: Final = 20
"""Pages that are under way to Kafka at a time."""

T = TypeVar("T")
Place = tuple[Hashable, int]
"""A partition and an offset, or a file and a position in it."""


class Pages(Protocol):
    """Where raw pages are kept."""

    def read(self, only: Set[Hashable] | None) -> AsyncIterator[tuple[Place, KeptPage]]:
        """Yield every page and its place; `only` names the partitions or files that are needed."""
        ...


def replay(
    site: Annotated[str | None, typer.Option(help="Only pages of this host.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=_TIMES, help="Only what was fetched then (local time) or later."),
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
    if site is not None and not re.fullmatch(r"[^/:\s]+", site):
        raise typer.BadParameter(
            "a host without its port, such as news.example", param_hint="--site"
        )
    if since is not None and until is not None and since >= until:
        raise typer.BadParameter("lies before --since", param_hint="--until")

    def wanted(page: Page) -> bool:
        return (
            (site is None or host_of(page.final_url) == site)
            and (since is None or page.fetched_at >= since.astimezone())
            and (until is None or page.fetched_at < until.astimezone())
        )

    settings = KafkaSettings()
    pages = InArchive(ArchiveSettings(), since) if archive else InTopic(settings)

    async def run() -> int:
        places = await _newest(pages, wanted)
        if not dry_run:
            await _send_again(pages, places, settings)
        return len(places)

    sent = asyncio.run(run())
    print(f"{sent} pages {'would be ' * dry_run}sent again", file=sys.stderr)
    if isinstance(pages, InArchive) and pages.damaged:
        for name, why in pages.damaged.items():
            print(f"parkwire: {name}: left out from here on: {why}", file=sys.stderr)
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(replay)


async def _newest(pages: Pages, wanted: Callable[[Page], bool]) -> set[Place]:
    """Return where the newest copy of each page lies."""
    newest: dict[bytes, tuple[datetime, Place]] = {}
    async for place, kept in pages.read(None):
        page = kept.page
        if wanted(page):
            # An archive may hold millions of pages, and URLs are long.
            url = blake2b(page.url.encode(), digest_size=16).digest()
            if url not in newest or page.fetched_at >= newest[url][0]:
                newest[url] = page.fetched_at, place
    return {place for _, place in newest.values()}


async def _send_again(pages: Pages, places: set[Place], settings: KafkaSettings) -> None:
    topic = settings.prefix + PAGES.name
    producer = careful_producer(settings, PAGES, linger_ms=10)
    try:
        await producer.start()
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("sending again", total=len(places))
            batch: list[KeptPage] = []
            async for place, kept in pages.read({where for where, _ in places}):
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
        headers = kept.headers | {REPLAYED: "1"}
        sent = [(name, value.encode()) for name, value in headers.items()]
        await producer.send_and_wait(topic, PAGE.encode(page), key=key_of(page), headers=sent)

    await asyncio.gather(*map(send, batch))


class InTopic:
    """The pages that the topic still holds."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    async def read(self, only: Set[Hashable] | None) -> AsyncIterator[tuple[Place, KeptPage]]:
        """Yield every page; what is none is the cleaner's to put aside."""
        async for record in read_topic(self._settings, PAGES):
            if only is None or record.partition in only:
                headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
                try:
                    page = PAGE.decode(record.value, headers)
                except (UndecodableError, UnknownSchemaError):
                    continue
                yield (record.partition, record.offset), KeptPage(page, headers)


class InArchive:
    """The pages of the archive."""

    def __init__(self, settings: ArchiveSettings, since: datetime | None) -> None:
        if settings.url is None:
            raise CommandError("PARKWIRE_ARCHIVE_URL names no folder and no bucket")
        self._url = settings.url
        self._archive = Archive(settings.url)
        self._since = since and since.astimezone()
        self.damaged: dict[str, str] = {}
        """Files that could not be read to their end, and why."""

    async def read(self, only: Set[Hashable] | None) -> AsyncIterator[tuple[Place, KeptPage]]:
        """Yield every page of the files that were written since, but what follows a damage."""
        for name in await self._names() if only is None else sorted(map(str, only)):
            try:
                file = await _answer(self._archive.read(name))
                for position, kept in enumerate(unpack(file)):
                    yield (name, position), kept
            except DamagedError as error:
                self.damaged[name] = str(error)
            except FileNotFoundError:
                continue  # forgotten meanwhile

    async def _names(self) -> list[str]:
        names = await _answer(self._archive.names())
        if not names:
            raise CommandError(f"no file of an archive lies in {self._url}")
        return [name for name in names if self._since is None or written_at(name) >= self._since]


async def _answer(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except FileNotFoundError:
        raise
    except AWAY as error:
        raise CommandError(f"the archive: {first_line(error)}") from error
