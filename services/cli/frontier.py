"""`parkwire sources` and `parkwire hosts`: what is followed and how it fares; pause, pace, drop."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

import asyncpg
import typer
from rich.table import Table

from services.cli.console import as_markup, console
from services.cli.errors import CommandError
from services.contracts.identity import canonical_url
from services.crawler.control import Control, Host, SourceRow, host_name
from services.runtime.postgres import CONNECT_TIMEOUT, STATEMENT_TIMEOUT, TRANSIENT
from services.runtime.retry import until_it_works
from services.runtime.settings import PostgresSettings

T = TypeVar("T")

_FAILURES: Final[tuple[type[Exception], ...]] = (*TRANSIENT, asyncpg.PostgresError)

hosts = typer.Typer(
    help="Hosts that are crawled: list, pause, resume, drop; their pace and limits.",
    invoke_without_command=True,
)
sources = typer.Typer(
    help="Sources that are followed: list, pause, resume, drop; their limits.",
    invoke_without_command=True,
)


def _host(given: str) -> str:
    try:
        return host_name(given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _url(given: str) -> str:
    try:
        return canonical_url(given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


Hosts = Annotated[
    list[str], typer.Argument(parser=_host, metavar="HOST…", help="A host, or a URL on it.")
]
Urls = Annotated[list[str], typer.Argument(parser=_url, metavar="URL…", help="As it was added.")]
Part = Annotated[str, typer.Option("--match", help="Only those that have this in their name.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]
Most = Annotated[
    int | None, typer.Option("--urls", min=1, help="URLs to keep; none: as in the settings.")
]


def register(to: typer.Typer) -> None:
    """Add the commands to `to`."""
    to.add_typer(sources, name="sources")
    to.add_typer(hosts, name="hosts")


@sources.callback()
def list_sources(context: typer.Context, part: Part = "", limit: Limit = 50) -> None:
    """List sources, the newest first."""
    if context.invoked_subcommand is None:
        found = _operate(lambda control: control.sources(part, limit))
        console().print(_sources_table(found) if found else "no sources: parkwire add URL…")


@sources.command("pause")
def pause_sources(urls: Urls) -> None:
    """Fetch nothing more of sources and of what was found from them."""
    _tell("paused", urls, _operate(lambda control: control.pause_sources(urls)))


@sources.command("resume")
def resume_sources(urls: Urls) -> None:
    """Go on with paused sources."""
    _tell("resumed", urls, _operate(lambda control: control.resume_sources(urls)))


@sources.command("drop")
def drop_sources(urls: Urls) -> None:
    """Forget sources and what was found from them; what is stored of it stays."""
    _tell("dropped", urls, _operate(lambda control: control.drop_sources(urls)))


@sources.command("limit")
def limit_sources(urls: Urls, most: Most = None) -> None:
    """Limit how many URLs are kept of what is found from sources."""
    _tell("limited", urls, _operate(lambda control: control.set_source_limit(urls, most)))


@hosts.callback()
def list_hosts(context: typer.Context, part: Part = "", limit: Limit = 50) -> None:
    """List hosts, those with most to do first."""
    if context.invoked_subcommand is None:
        found = _operate(lambda control: control.hosts(part, limit))
        console().print(_hosts_table(found) if found else "no hosts: parkwire add URL…")


@hosts.command("pause")
def pause_hosts(names: Hosts) -> None:
    """Send hosts no more requests."""
    _tell("paused", names, _operate(lambda control: control.set_host_state(names, "paused")))


@hosts.command("resume")
def resume_hosts(names: Hosts) -> None:
    """Go on with paused or dropped hosts."""
    _tell("resumed", names, _operate(lambda control: control.set_host_state(names, "open")))


@hosts.command("drop")
def drop_hosts(names: Hosts) -> None:
    """Forget hosts' URLs and take up no links to them; what is stored of it stays."""
    _tell("dropped", names, _operate(lambda control: control.set_host_state(names, "dropped")))


@hosts.command("pace")
def pace_hosts(
    names: Hosts,
    seconds: Annotated[
        float | None,
        typer.Option(min=0.01, help="Between two requests; none: as settings and robots.txt say."),
    ] = None,
) -> None:
    """Set the seconds between two requests to hosts, whatever robots.txt asks for."""
    _tell("paced", names, _operate(lambda control: control.set_pace(names, seconds)))


@hosts.command("limit")
def limit_hosts(names: Hosts, most: Most = None) -> None:
    """Limit how many URLs are kept of hosts."""
    _tell("limited", names, _operate(lambda control: control.set_host_limit(names, most)))


def _operate(action: Callable[[Control], Awaitable[T]]) -> T:
    async def run() -> T:
        connection = await asyncpg.connect(
            PostgresSettings().dsn.get_secret_value(),
            timeout=CONNECT_TIMEOUT.total_seconds(),
            command_timeout=STATEMENT_TIMEOUT.total_seconds(),
            server_settings={"application_name": "parkwire-operate"},
        )
        try:

            async def act() -> T:
                return await action(Control(connection))

            # A deadlock: a crawler's transaction has met ours.
            return await until_it_works((asyncpg.TransactionRollbackError,), act)
        finally:
            await connection.close()

    try:
        return asyncio.run(run())
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
        raise CommandError("the database has no frontier yet: run `parkwire migrate`") from error
    except _FAILURES as error:
        reason = str(error) or type(error).__name__
        raise CommandError(
            f"the database cannot be asked (PARKWIRE_POSTGRES_DSN): {reason}"
        ) from error


def _tell(done: str, given: list[str], known: list[str]) -> None:
    if known:
        print(f"{done}: {', '.join(sorted(known))}")
    if unknown := sorted(set(given) - set(known)):
        raise CommandError(f"not known: {', '.join(unknown)}")


def _sources_table(rows: list[SourceRow]) -> Table:
    table = Table(
        "source", "kind", "state", "every", "found", "fetched", "waiting", "lost", "last", "next"
    )
    for column in table.columns[3:8]:
        column.justify = "right"
    for row in rows:
        name = as_markup(row.url) + (f"\n→ {as_markup(row.moved_to)}" if row.moved_to else "")
        state = "paused" if row.paused else row.state
        last = f"{_ago(row.fetched_at)} {row.outcome or ''}".strip()
        table.add_row(
            name,
            row.kind,
            state,
            _span(row.every),
            f"{row.urls:,}{' full' if row.is_full else ''}",
            f"{row.done:,}",
            f"{row.waiting:,}",
            f"{row.lost:,}",
            last,
            _ahead(row.due_at),
        )
    return table


def _hosts_table(rows: list[Host]) -> Table:
    table = Table("host", "state", "URLs", "due", "pace", "failures", "not before")
    for column in table.columns[2:6]:
        column.justify = "right"
    for row in rows:
        state: str = row.state
        if state == "open":
            state = "backed off" if row.backed_off else "being crawled" if row.leased else "open"
        pace = f"{row.pace:g} s" if row.pace is not None else ""
        if not pace and row.crawl_delay:
            pace = f"{row.crawl_delay:g} s (robots.txt)"
        table.add_row(
            as_markup(row.host),
            state,
            f"{row.urls:,}"
            + (f" of {row.most_urls:,}" if row.most_urls is not None else "")
            + (" full" if row.is_full else ""),
            f"{row.due:,}",
            pace,
            str(row.failures),
            _ahead(row.next_at),
        )
    return table


def _span(seconds: float | None) -> str:
    """Return seconds as people say them: 90 s, 15 min, 12 h, 7 d."""
    if seconds is None:
        return ""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _ago(moment: datetime | None) -> str:
    return "" if moment is None else f"{_span((datetime.now(UTC) - moment).total_seconds())} ago:"


def _ahead(moment: datetime | None) -> str:
    if moment is None:
        return ""
    seconds = (moment - datetime.now(UTC)).total_seconds()
    return "now" if seconds <= 0 else f"in {_span(seconds)}"
