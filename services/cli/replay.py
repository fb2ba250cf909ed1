"""`parkwire replay`: stored raw pages once more through the cleaner and the extractor, when these
have become better.

The topic `pages` keeps what was fetched (seven days, or as its retention says). Of each page the
newest copy is sent again, a microsecond later than it was fetched: the same fetch, read anew, wins
over what was made of it before, and a later fetch wins over both.
"""

import asyncio
import sys
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
import typer
from aiokafka.structs import ConsumerRecord
from rich.console import Console
from rich.progress import Progress

from services.cli.reading import careful_producer, read_topic
from services.contracts.codec import PAGE, UndecodableError, UnknownSchemaError
from services.contracts.identity import site as host_of
from services.contracts.messages import Page
from services.contracts.topics import PAGES
from services.runtime.settings import KafkaSettings

_LATER: Final = timedelta(microseconds=1)
_TIMES: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]

_Place = tuple[int, int]


def replay(
    site: Annotated[str | None, typer.Option(help="Only pages of this host.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_TIMES, help="Only what was fetched then or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_TIMES, help="Only what was fetched before.")
    ] = None,
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

    async def run() -> int:
        settings = KafkaSettings()
        newest: dict[str, tuple[datetime, _Place]] = {}
        async for record in read_topic(settings, PAGES):
            page = _page(record)
            if page is not None and wanted(page):
                found = page.fetched_at, (record.partition, record.offset)
                newest[page.url] = max(found, newest.get(page.url, found))
        if not dry_run:
            await _send_again(settings, {place for _, place in newest.values()})
        return len(newest)

    print(f"{asyncio.run(run())} pages {'would be ' * dry_run}sent again", file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(replay)


async def _send_again(settings: KafkaSettings, places: set[_Place]) -> None:
    producer = careful_producer(settings, PAGES)
    try:
        await producer.start()
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("sending again", total=len(places))
            async for record in read_topic(settings, PAGES):
                page = _page(record)
                if page is None or (record.partition, record.offset) not in places:
                    continue
                later = msgspec.structs.replace(page, fetched_at=page.fetched_at + _LATER)
                await producer.send_and_wait(
                    settings.prefix + PAGES.name,
                    PAGE.encode(later),
                    key=record.key,
                    headers=list(record.headers),
                )
                progress.advance(bar)
    finally:
        await producer.stop()


def _page(record: ConsumerRecord[bytes, bytes]) -> Page | None:
    """Return the page of a record; None where it is none, which is the cleaner's to say."""
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    try:
        return PAGE.decode(record.value, headers)
    except (UndecodableError, UnknownSchemaError):
        return None
