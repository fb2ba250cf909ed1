"""`parkwire topics | status`: setting the line up, and seeing how it fares."""

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from services.cli.console import console
from services.cli.dead_letters import count_letters
from services.cli.errors import CommandError
from services.cli.lag import Progress, offsets
from services.runtime.settings import KafkaSettings
from services.runtime.topics import TopicError, alter_topics, create_topics


def topics(
    *,
    replication: Annotated[int, typer.Option(min=1, help="Replicas of every partition.")] = 1,
    alter: Annotated[
        bool,
        typer.Option(
            "--alter", help="Give those that are there the retention that the settings say."
        ),
    ] = False,
) -> None:
    """Create the topics that are missing, and set the retention of the others if asked to."""
    settings = KafkaSettings()
    try:
        created = asyncio.run(create_topics(settings, replication=replication))
        altered = asyncio.run(alter_topics(settings)) if alter else []
    except TopicError as error:
        raise CommandError(str(error)) from error
    print("created: " + (", ".join(created) or "nothing, all are there"))
    if alter:
        print("altered: " + (", ".join(altered) or "nothing, all have that retention"))


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
    settings = KafkaSettings()
    async with offsets(settings) as broker:
        before = await broker.progress()
        await asyncio.sleep(seconds)
        after = await broker.progress()
    return before, after, await count_letters(settings)
