"""`parkwire topics | migrate | status`: setting the line up, and seeing how it fares."""

import asyncio
from typing import Annotated, Final

import typer
from rich.table import Table

from services import store
from services.cli.console import console
from services.cli.errors import CommandError
from services.cli.lag import Progress, offsets
from services.crawler import frontier
from services.runtime.migrate import upgrade
from services.runtime.postgres import TRANSIENT
from services.runtime.retry import until_it_works
from services.runtime.settings import KafkaSettings, PostgresSettings
from services.runtime.topics import TopicError, create_topics

SCHEMAS: Final = {
    store.SCHEMA: store.MIGRATIONS,
    frontier.SCHEMA: frontier.MIGRATIONS,
}
"""The database's schemas, and the revisions of each."""


def topics(
    replication: Annotated[int, typer.Option(min=1, help="Replicas of every partition.")] = 1,
) -> None:
    """Create the topics that are missing."""
    try:
        created = asyncio.run(create_topics(KafkaSettings(), replication=replication))
    except TopicError as error:
        raise CommandError(str(error)) from error
    print("created: " + (", ".join(created) or "nothing, all are there"))


def migrate() -> None:
    """Bring the database's schemas to their newest revision; waits for the database."""
    asyncio.run(upgrade_all(PostgresSettings().dsn.get_secret_value()))
    print("migrated: " + ", ".join(SCHEMAS))


async def upgrade_all(dsn: str) -> None:
    """Bring every schema of the database to its newest revision."""
    for schema, scripts in SCHEMAS.items():
        await until_it_works(TRANSIENT, upgrade, dsn, scripts, schema)


def status(
    seconds: Annotated[float, typer.Option(min=0.1, help="Time to measure throughput over.")] = 2.0,
) -> None:
    """Show every stage's replicas, lag and throughput."""
    before, after, dead = asyncio.run(_measure(seconds))
    table = Table("stage", "replicas", "done", "waiting", "records/s")
    for stage, now in after.items():
        rate = (now.done - before[stage].done) / seconds
        replicas = str(now.members) if now.members else "[red]none"
        table.add_row(stage, replicas, f"{now.done:,}", f"{now.waiting:,}", f"{rate:,.1f}")
    out = console()
    out.print(table)
    out.print(f"dead letters: {dead:,}" + ("  (parkwire dead-letters list)" if dead else ""))


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(topics)
    app.command()(migrate)
    app.command()(status)


async def _measure(seconds: float) -> tuple[dict[str, Progress], dict[str, Progress], int]:
    async with offsets(KafkaSettings()) as broker:
        before = await broker.progress()
        await asyncio.sleep(seconds)
        return before, await broker.progress(), await broker.dead_letters()
