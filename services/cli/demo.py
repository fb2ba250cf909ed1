"""`parkwire demo`: the whole line on this machine, on sample sites or on real ones."""

import asyncio
import shlex
import shutil
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from typing import Annotated, Final, Literal

import asyncpg
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from services.cli.add import publish, read_sources
from services.cli.console import as_markup, console
from services.cli.errors import CommandError
from services.cli.lag import READS
from services.cli.line import STAGES, Counts, Line
from services.cli.sites import SampleSites
from services.cli.table import figure
from services.contracts.messages import Source
from services.runtime.postgres import connect
from services.store import queries
from services.store.rows import Filter, ProjectRow

_POLL: Final = 0.5
_QUIET: Final = 3
"""Looks in a row at a drained line before it counts as drained."""

# The sample sites are this machine's own: nobody needs to be spared.
_SAMPLE: Final = {
    "PARKWIRE_CRAWLER_ALLOW_NETWORKS": '["127.0.0.0/8"]',
    "PARKWIRE_CRAWLER_PACE": "0.05",
    "PARKWIRE_CRAWLER_LONGEST_PACE": "0.2",
    "PARKWIRE_CRAWLER_RETRY_BASE": "0.5",
    "PARKWIRE_CRAWLER_MAX_ATTEMPTS": "3",
}


def demo(
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL", help="Crawl this instead of the sample sites. May be repeated."
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the line running until Ctrl-C.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds after which to give up waiting.")
    ] = 600,
) -> None:
    """Run the whole line here: a broker, PostgreSQL, four services, and sites to read.

    It needs nothing but Python packages, ends when everything found has been stored, and prints
    what the line has found.
    """
    sources, problems = read_sources((f"source {n}", url) for n, url in enumerate(source or [], 1))
    if problems:
        raise typer.BadParameter("; ".join(problems))
    with suppress(KeyboardInterrupt):
        asyncio.run(_demo(sources, keep=keep, limit=timeout))


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(demo)


async def _demo(given: list[Source], *, keep: bool, limit: float) -> None:
    out = console()
    started = time.monotonic()
    async with AsyncExitStack() as stack:
        with out.status("starting a broker, PostgreSQL and four services"):
            sources, env = given, dict[str, str]()
            if not given:
                sites = await stack.enter_async_context(SampleSites())
                sources, env = [Source(url) for url in sites.sources], _SAMPLE
            line = await stack.enter_async_context(Line(env))
            database = await connect(line.dsn, size=2, application_name="parkwire-demo")
            stack.push_async_callback(database.close)
            added = await publish(sources, line.kafka)
        counts = await _watch(out, line, database, added, limit)
        out.print(f"drained after {time.monotonic() - started:.0f} s\n")
        await _report(out, counts, added, database)
        if keep:
            _say_how_to_go_on(out, line)
            while True:  # as a supervisor would
                await line.counts()
                await asyncio.sleep(_POLL)
        out.print(_NEXT, soft_wrap=True)
    shutil.rmtree(line.logs, ignore_errors=True)


async def _watch(
    out: Console, line: Line, database: asyncpg.Pool, added: int, limit: float
) -> Counts:
    """Show progress until the line has drained; return its counts."""
    deadline = time.monotonic() + limit
    quiet = 0
    spinner = Spinner("dots", f"reading {added} source{'s' * (added != 1)}")
    with Live(console=out, refresh_per_second=8, transient=True) as live:
        while quiet < _QUIET:
            await asyncio.sleep(_POLL)
            counts = await line.counts()
            live.update(Group(spinner, stages_table(counts, added)))
            quiet = quiet + 1 if await line.is_drained(counts, added, database) else 0
            if time.monotonic() > deadline:
                raise CommandError(f"not drained after {limit:.0f} s; logs are in {line.logs}")
    return counts


async def _report(out: Console, counts: Counts, added: int, database: asyncpg.Pool) -> None:
    rows = await queries.projects(database, Filter(limit=200))
    out.print(f"[bold]Projects found: {len(rows)}")
    out.print(projects_table(rows))
    out.print(stages_table(counts, added))


def projects_table(rows: Sequence[ProjectRow]) -> Table:
    """Return a table of what an analyst came for: who, how much, where, what stages, when."""
    table = Table(box=SIMPLE_HEAD)
    for heading in ("date", "project", "investor", "amount", "park", "stage"):
        justify: Literal["left", "right"] = "right" if heading == "amount" else "left"
        table.add_column(heading, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(
            row.date or "",
            as_markup(row.name),
            as_markup("、".join(row.investors)),
            figure(row.amount_low, row.amount_high, row.currency),
            as_markup(row.park or row.place or ""),
            " → ".join(stage.partition(" ")[0] for stage in row.stages),
        )
    return table


def stages_table(counts: Counts, added: int) -> Table:
    """Return a table of what each stage has done, what waits, and what it found."""
    table = Table("stage", "reads", "arrived", "done", "waiting", "found", title_justify="left")
    for column in table.columns[2:5]:
        column.justify = "right"
    for stage in STAGES:
        arrived, done = counts.arrived(stage, added), counts.records(stage)
        found = ", ".join(
            f"{n} {what.replace('_', ' ')}"
            for what, n in counts.found(stage).items()
            if not what.startswith("charset_")  # for those who watch the metrics
        )
        waiting = max(0, arrived - done)
        table.add_row(stage, READS[stage].name, str(arrived), str(done), str(waiting), found)
    if dead := counts.dead():
        table.caption = f"{dead} dead letters: parkwire dead-letters list"
    return table


def _say_how_to_go_on(out: Console, line: Line) -> None:
    out.print("The line goes on until Ctrl-C. In another terminal:\n")
    for name, value in line.env.items():
        out.print(f"  export {name}={shlex.quote(value)}", soft_wrap=True, highlight=False)
    out.print("\n  parkwire add https://…", "  parkwire projects", "  parkwire status", sep="\n")
    out.print(f"\nLogs: {line.logs}", soft_wrap=True)


_NEXT: Final = """
How to go on:
  parkwire demo --keep                     leave it running, to add and query
  parkwire demo --source https://…         read a real site
  parkwire inspect FILE|URL                what the line makes of one page
  docker compose up -d --build --wait      the same services, to stay (see README.md)"""
