"""The store's shell: facts in, rows in PostgreSQL; beside it, what relates them, and the archive of
raw pages.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Self

import asyncpg

from services.contracts.codec import FACTS as FACTS_SCHEMA
from services.contracts.messages import Facts
from services.contracts.topics import FACTS, PAGES
from services.runtime import metrics
from services.runtime.outcome import Outcome, Record
from services.runtime.postgres import POISON, TRANSIENT, connect
from services.runtime.retry import until_it_works
from services.runtime.service import Service
from services.runtime.settings import PostgresSettings
from services.runtime.sink import Sink
from services.store.archive import Archive, Archiver
from services.store.link import link, pending
from services.store.retention import forget
from services.store.settings import ArchiveSettings, StoreSettings
from services.store.write import write

_LOOK_SECONDS: Final = 5.0
"""Time between two looks for what other replicas have written."""
_FORGET_SECONDS: Final = 3600.0


class Writer:
    """The handler of the store's stage, with the connections it writes by."""

    def __init__(self, settings: PostgresSettings, store: StoreSettings) -> None:
        self._settings = settings
        self._store = store
        self._opened: asyncpg.Pool | None = None
        self._sink = Sink(FACTS_SCHEMA, _accept, self._write, TRANSIENT, POISON)
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        dsn = self._settings.dsn.get_secret_value()
        self._opened = await until_it_works(
            TRANSIENT,
            connect,
            dsn,
            size=self._settings.pool_size,
            application_name="parkwire-store",
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._opened is not None:
            self._opened.terminate()  # nothing is under way that anybody has acknowledged

    async def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return the outcome of each record, in order, once all rows are written."""
        return await self._sink(records)

    async def link(self, stop: asyncio.Event) -> None:
        """Relate whatever was written, by this replica or another, until `stop`."""
        while not stop.is_set():
            self._changed.clear()
            linked = await until_it_works(TRANSIENT, link, self._pool)
            metrics.ARTICLES_LINKED.inc(linked)
            metrics.PENDING.set(await until_it_works(TRANSIENT, pending, self._pool))
            if not linked:
                await _first_of(_LOOK_SECONDS, self._changed, stop)

    async def forget(self, stop: asyncio.Event) -> None:
        """Delete what is older than it is to be kept, until `stop`."""
        while self._store.keep_days is not None and not stop.is_set():
            age = timedelta(days=self._store.keep_days)
            forgotten = await until_it_works(TRANSIENT, forget, self._pool, age)
            metrics.ARTICLES_FORGOTTEN.inc(forgotten)
            if not forgotten:
                await _first_of(_FORGET_SECONDS, stop)

    @property
    def _pool(self) -> asyncpg.Pool:
        assert self._opened is not None, "entered before the first batch"
        return self._opened

    async def _write(self, facts: Sequence[Facts]) -> None:
        changed = await write(self._pool, facts)
        if changed:
            self._changed.set()
        metrics.ARTICLES_WRITTEN.labels("changed").inc(changed)
        metrics.ARTICLES_WRITTEN.labels("unchanged").inc(len(facts) - changed)


def _accept(_record: Record, facts: Facts) -> Facts:
    return facts


async def _first_of(seconds: float, *events: asyncio.Event) -> None:
    """Return when one of `events` is set, or after `seconds`."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


def make_service() -> Service:
    """Return the service, ready to run."""
    service = Service("store")
    writer = Writer(PostgresSettings(), StoreSettings())
    service.resource(writer)
    service.stage(FACTS, writer)
    service.background(writer.link)
    service.background(writer.forget)
    archive = ArchiveSettings()
    if archive.url is not None:
        archiver = Archiver(Archive(archive.url, make=True), archive.keep_days)
        service.stage(PAGES, archiver, name="archive", gather=archive.gather)
        service.background(archiver.forget)
    return service
