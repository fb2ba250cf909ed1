"""`parkwire projects`, `articles` and `amounts`: what is stored, for people and for programs."""

import asyncio
import calendar
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, NoReturn, TextIO, TypeVar

import asyncpg
import typer
from msgspec import Struct

from services.cli.export import write_csv, write_jsonl, write_xlsx
from services.cli.table import print_table
from services.contracts.messages import Stage
from services.runtime.postgres import CONNECT_TIMEOUT, STATEMENT_TIMEOUT, TRANSIENT
from services.runtime.settings import PostgresSettings
from services.store import queries
from services.store.queries import AmountRow, ArticleRow, Database, Filter, ProjectRow

Format = Literal["table", "csv", "jsonl", "xlsx"]
Row = TypeVar("Row", bound=Struct)
Query = Callable[[Database, Filter], Awaitable[list[Row]]]

_FAILURES: Final[tuple[type[Exception], ...]] = (*TRANSIENT, asyncpg.PostgresError)

_SCALES: Final = {
    "": 1.0,
    "百": 1e2,
    "千": 1e3,
    "万": 1e4,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "百亿": 1e10,
    "千亿": 1e11,
    "万亿": 1e12,
}
_AMOUNT: Final = re.compile(r"(\d[\d,，]*(?:\.\d+)?)([百千]?[万亿]|万亿|[百千]|)元?")
_DATE: Final = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?")


def parse_amount(value: str) -> float:
    """Return the CNY of an amount such as 1亿, 5000万元 or 300000000."""
    match = _AMOUNT.fullmatch("".join(value.split()))
    if match is None:
        raise typer.BadParameter(f"{value!r} is no amount; write 1亿, 5000万 or 300000000")
    return float(re.sub("[,，]", "", match[1])) * _SCALES[match[2]]


def parse_since(value: str) -> date:
    """Return the first day of a year, month or day in ISO 8601."""
    return _days(value)[0]


def parse_until(value: str) -> date:
    """Return the last day of a year, month or day in ISO 8601."""
    return _days(value)[1]


def _days(value: str) -> tuple[date, date]:
    match = _DATE.fullmatch(value.strip())
    try:
        if match is not None:
            year, month, day = match.groups()
            first = date(int(year), int(month or 1), int(day or 1))
            last_month = first.month if month else 12
            last_day = first.day if day else calendar.monthrange(first.year, last_month)[1]
            return first, date(first.year, last_month, last_day)
    except ValueError:
        pass  # 2024-13
    raise typer.BadParameter(f"{value!r} is no date; write 2024, 2024-03 or 2024-03-05")


Place = Annotated[
    str | None, typer.Option(help="A place or park, or a GB/T 2260 code (3205: all of 苏州市).")
]
Park = Annotated[str | None, typer.Option(help="Part of a park's name.")]
Investor = Annotated[str | None, typer.Option(help="Part of a company's name.")]
MinAmount = Annotated[
    float | None,
    typer.Option(
        parser=parse_amount,
        metavar="AMOUNT",
        help="At least so much in CNY: 1亿, 5000万, 300000000. Other currencies do not pass.",
    ),
]
Since = Annotated[
    date | None,
    typer.Option(parser=parse_since, metavar="DATE", help="2024, 2024-03 or 2024-03-05."),
]
Until = Annotated[
    date | None, typer.Option(parser=parse_until, metavar="DATE", help="The last day, included.")
]
StageName = Annotated[Stage | None, typer.Option(help="How far the project is.")]
Industry = Annotated[str | None, typer.Option(help="Part of an industry's name.")]
Words = Annotated[str | None, typer.Option("--text", help="Stands in the article's title or text.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many rows.")]
FormatName = Annotated[Format, typer.Option("--format", help="How to write the rows.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", dir_okay=False, help="A file, instead of standard output."),
]
Aggregates = Annotated[
    bool,
    typer.Option("--aggregates", help="Totals over many projects too (全年签约162个项目)."),
]


def register(app: typer.Typer) -> None:
    """Add the three commands to `app`."""
    app.command("projects", help="Show the investment projects that are stored, newest first.")(
        _command(queries.projects, ProjectRow)
    )
    app.command("articles", help="Show the articles that are stored, newest first.")(
        _command(queries.articles, ArticleRow)
    )
    app.command("amounts", help="Show the amounts that are stored: how much, of what, said where.")(
        _command(queries.amounts, AmountRow)
    )


def _command(ask: Query[Row], row_type: type[Row]) -> Callable[..., None]:
    # The three commands differ in what they ask for, not in how one asks.
    def command(
        *,
        place: Place = None,
        park: Park = None,
        investor: Investor = None,
        min_amount: MinAmount = None,
        since: Since = None,
        until: Until = None,
        stage: StageName = None,
        industry: Industry = None,
        words: Words = None,
        aggregates: Aggregates = False,
        limit: Limit = 50,
        form: FormatName = "table",
        output: Output = None,
    ) -> None:
        if since and until and since > until:
            raise typer.BadParameter("--since lies after --until")
        if form == "xlsx" and output is None and sys.stdout.isatty():
            raise typer.BadParameter("a workbook is not for a terminal: name a file by --output")
        where = Filter(
            place=place,
            park=park,
            investor=investor,
            min_amount=min_amount,
            since=since,
            until=until,
            stage=stage,
            industry=industry,
            text=words,
            aggregates=aggregates,
            limit=limit,
        )
        rows = _answer(ask, where)
        _write(rows, row_type, form, output)
        if not rows:
            typer.echo("nothing matches", err=True)
        elif len(rows) == limit:
            typer.echo(f"the first {limit}; --limit shows more", err=True)

    return command


def _answer(ask: Query[Row], where: Filter) -> list[Row]:
    dsn = PostgresSettings().dsn.get_secret_value()

    async def run() -> list[Row]:
        connection = await asyncpg.connect(
            dsn,
            timeout=CONNECT_TIMEOUT.total_seconds(),
            command_timeout=STATEMENT_TIMEOUT.total_seconds(),
            server_settings={
                "application_name": "parkwire-query",
                "default_transaction_read_only": "on",
            },
        )
        try:
            return await ask(connection, where)
        finally:
            await connection.close()

    try:
        return asyncio.run(run())
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        _give_up("the database has no tables of parkwire yet: run `parkwire migrate`")
    except _FAILURES as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        _give_up(f"the database cannot be asked (PARKWIRE_POSTGRES_DSN): {reason}")


def _write(
    rows: Sequence[Struct], row_type: type[Struct], form: Format, output: Path | None
) -> None:
    if output is None:
        _write_to(sys.stdout, rows, row_type, form)
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as file:
            _write_to(file, rows, row_type, form)
    except OSError as error:
        _give_up(f"{output} cannot be written: {error.strerror}")


def _write_to(out: TextIO, rows: Sequence[Struct], row_type: type[Struct], form: Format) -> None:
    match form:
        case "table" if rows:
            print_table(rows, row_type, out)
        case "csv":
            write_csv(rows, row_type, out)
        case "jsonl":
            write_jsonl(rows, out)
        case "xlsx":
            write_xlsx(rows, row_type, out.buffer)


def _give_up(reason: str) -> NoReturn:
    typer.echo(f"parkwire: {reason}", err=True)
    raise typer.Exit(1)
