"""Runs the Alembic revisions of a service's schema.

A service keeps its revisions in `migrations/versions/*.py`: plain SQL by `op.execute`, each with
its `downgrade`. There is no `env.py`: which database, which schema and how to connect are the same
for all, and are said here once.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import asyncpg
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateSchema

# One lock for the database, not one per schema: CREATE EXTENSION IF NOT EXISTS races too.
# The number only has to be ours; pg_locks shows it as objid.
LOCK: Final = 0x7061726B  # "park"

_Steps = Callable[[object, MigrationContext], Iterable[RevisionStep]]


async def upgrade(dsn: str, scripts: Path, schema: str) -> None:
    """Bring `schema` to the newest revision in `scripts`/versions.

    All of it is one transaction under an advisory lock: replicas may start together, one does the
    work and the others find it done. Nothing is changed when a revision fails.

    Args:
        dsn: `postgresql://…`, as asyncpg reads it.
        scripts: the service's `migrations` directory.
        schema: is created where it does not exist; keeps the table `alembic_version`.

    Raises:
        alembic.util.CommandError: the database is at a revision that `scripts` does not hold.
        asyncpg.PostgresError: a statement failed.
        TRANSIENT (`services.runtime.postgres`): the database cannot be reached now.
    """
    directory = ScriptDirectory(str(scripts))

    def steps(current: object, _: MigrationContext) -> Iterable[RevisionStep]:
        return directory._upgrade_revs("head", current)  # type: ignore[arg-type]

    await _run(dsn, schema, directory, steps)


async def downgrade(dsn: str, scripts: Path, schema: str, revision: str = "base") -> None:
    """Take `schema` back to `revision`; "base" undoes every revision.

    The schema and its `alembic_version` remain. Locks and raises as `upgrade`.
    """
    directory = ScriptDirectory(str(scripts))

    def steps(current: object, _: MigrationContext) -> Iterable[RevisionStep]:
        return directory._downgrade_revs(revision, current)  # type: ignore[arg-type]

    await _run(dsn, schema, directory, steps)


async def _run(dsn: str, schema: str, directory: ScriptDirectory, steps: _Steps) -> None:
    async def connect() -> asyncpg.Connection:
        # asyncpg reads the DSN, not SQLAlchemy: the pool of `services.runtime.postgres` and the
        # migrations then understand the same ones (sockets, several hosts, sslmode).
        return await asyncpg.connect(dsn, server_settings={"application_name": "parkwire-migrate"})

    def migrate(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        # Asked first: IF NOT EXISTS still demands the right to create schemas, which a service
        # that was given its schema need not have.
        if not connection.dialect.has_schema(connection, schema):
            connection.execute(CreateSchema(schema))
        context = MigrationContext.configure(
            connection,
            opts={"fn": steps, "script": directory, "version_table_schema": schema},
        )
        with Operations.context(context):
            context.run_migrations()

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    except DBAPIError as error:
        # SQLAlchemy wraps twice; the callers tell errors apart by the driver's own classes.
        raise (error.orig and error.orig.__cause__) or error from error
    finally:
        await engine.dispose()
