"""`parkwire topics | status`: setting the line up, and seeing how it fares."""

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from services.cli.console import console
from services.cli.errors import CommandError
from services.cli.lag import Progress, offsets
from services.runtime.settings import KafkaSettings
from services.runtime.topics import TopicError, create_topics


def topics(
    replication: Annotated[int, typer.Option(min=1, help="Replicas of every partition.")] = 1,
) -> None:
    """Create the topics that are missing."""
    try:
        created = asyncio.run(create_topics(KafkaSettings(), replication=replication))
    except TopicError as error:
        raise CommandError(str(error)) from error
    print("created: " + (", ".join(created) or "nothing, all are there"))


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
    app.command()(status)


async def _measure(seconds: float) -> tuple[dict[str, Progress], dict[str, Progress], int]:
    async with offsets(KafkaSettings()) as broker:
        before = await broker.progress()
        await asyncio.sleep(seconds)
        return before, await broker.progress(), await broker.dead_letters()
