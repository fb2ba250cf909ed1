"""The store's shell: facts in, rows in PostgreSQL."""

from collections.abc import Sequence
from typing import Self

import asyncpg

from services.contracts.codec import FACTS as FACTS_SCHEMA
from services.contracts.messages import Facts
from services.contracts.topics import FACTS
from services.runtime import metrics
from services.runtime.outcome import Outcome, Record
from services.runtime.postgres import POISON, TRANSIENT, connect
from services.runtime.retry import until_it_works
from services.runtime.service import Service
from services.runtime.settings import PostgresSettings
from services.runtime.sink import Sink
from services.store.write import write


class Writer:
    """The handler of the store's stage, with the connections it writes by."""

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._pool: asyncpg.Pool | None = None
        self._sink = Sink(FACTS_SCHEMA, _accept, self._write, TRANSIENT, POISON)

    async def __aenter__(self) -> Self:
        dsn = self._settings.dsn.get_secret_value()
        self._pool = await until_it_works(
            TRANSIENT,
            connect,
            dsn,
            size=self._settings.pool_size,
            application_name="parkwire-store",
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.terminate()  # nothing is under way that anybody has acknowledged

    async def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return the outcome of each record, in order, once all rows are written."""
        return await self._sink(records)

    async def _write(self, facts: Sequence[Facts]) -> None:
        assert self._pool is not None, "entered before the first batch"
        changed = await write(self._pool, facts)
        metrics.ARTICLES_WRITTEN.labels("changed").inc(changed)
        metrics.ARTICLES_WRITTEN.labels("unchanged").inc(len(facts) - changed)


def _accept(_record: Record, facts: Facts) -> Facts:
    return facts


def make_service() -> Service:
    """Return the service, ready to run."""
    service = Service("store")
    writer = Writer(PostgresSettings())
    service.resource(writer)
    service.stage(FACTS, writer)
    return service
