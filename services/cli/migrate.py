"""`parkwire migrate`: the database's schemas, each brought to its newest revision."""

import asyncio
from typing import Final

import alembic.util
import typer

from services import store
from services.cli.errors import CommandError
from services.crawler import frontier
from services.runtime.migrate import upgrade
from services.runtime.postgres import TRANSIENT
from services.runtime.retry import until_it_works
from services.runtime.settings import PostgresSettings

SCHEMAS: Final = {
    store.SCHEMA: store.MIGRATIONS,
    frontier.SCHEMA: frontier.MIGRATIONS,
}
"""The database's schemas, and the revisions of each."""


def migrate() -> None:
    """Bring the database's schemas to their newest revision; waits for the database."""
    try:
        asyncio.run(upgrade_all(PostgresSettings().dsn.get_secret_value()))
    except alembic.util.CommandError as error:
        raise CommandError(str(error)) from error
    print("migrated: " + ", ".join(SCHEMAS))


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(migrate)


async def upgrade_all(dsn: str) -> None:
    """Bring every schema of the database to its newest revision."""
    for schema, scripts in SCHEMAS.items():
        await until_it_works(TRANSIENT, upgrade, dsn, scripts, schema)
