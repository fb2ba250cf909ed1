"""`parkwire projects | articles | amounts | stories | parks`: what is stored, for people and for
programs.
"""

import asyncio
import calendar
import re
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NoReturn, TextIO, TypeVar

import asyncpg
import typer
from msgspec import Struct

from services.cli.export import write_csv, write_jsonl, write_xlsx
from services.cli.table import print_table
from services.contracts.messages import Stage
from services.extractor.search import search_tokens
from services.extractor.segment import read_words
from services.runtime.postgres import CONNECT_TIMEOUT, STATEMENT_TIMEOUT, TRANSIENT
from services.runtime.settings import PostgresSettings
from services.store import questions
from services.store.queries import ask
from services.store.questions import Facet, Question
from services.store.rows import Filter

Format = Literal["table", "csv", "jsonl", "xlsx"]
Result = TypeVar("Result")
Sums = Callable[[Facet], Question[Any]]

_CHUNK: Final = 500
"""Rows that are passed on at a time, so that an answer of any size fits into memory."""

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
Text = Annotated[
    str | None,
    typer.Option("--text", help="Words that stand in the article's title or text, in any order."),
]
GroupBy = Annotated[
    Facet | None,
    typer.Option(help="Sums for each, in which no project and no statement counts twice."),
]
Limit = Annotated[int, typer.Option(min=1, help="At most so many rows.")]
Everything = Annotated[bool, typer.Option("--all", help="All rows, however many.")]
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
    """Add the commands to `app`."""
    for name, question, sums, text in (
        (
            "projects",
            questions.PROJECTS,
            questions.sums_of_projects,
            "Show the investment projects, each once, newest first.",
        ),
        (
            "articles",
            questions.ARTICLES,
            questions.sums_of_articles,
            "Show the articles, newest first; with --text, those that match best.",
        ),
        (
            "amounts",
            questions.AMOUNTS,
            questions.sums_of_amounts,
            "Show the amounts: how much, of what, said where.",
        ),
        (
            "stories",
            questions.STORIES,
            None,
            "Show what was told, re-posts as one, by the earliest article.",
        ),
        (
            "parks",
            questions.PARKS,
            None,
            "Show the parks: what is invested there, and figures that are said of them.",
        ),
    ):
        app.command(name, help=text)(_command(question, sums))


def _command(question: Question[Any], sums: Sums | None) -> Callable[..., None]:
    # The commands differ in what they ask for, not in how one asks.
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
        text: Text = None,
        aggregates: Aggregates = False,
        group_by: GroupBy = None,
        limit: Limit = 50,
        everything: Everything = False,
        form: FormatName = "table",
        output: Output = None,
    ) -> None:
        if since and until and since > until:
            raise typer.BadParameter("--since lies after --until")
        if form == "xlsx" and output is None and sys.stdout.isatty():
            raise typer.BadParameter("a workbook is not for a terminal: name a file by --output")
        if group_by and sums is None:
            raise typer.BadParameter("--group-by: of projects, articles and amounts only")
        where = Filter(
            place=place,
            park=park,
            investor=investor,
            min_amount=min_amount,
            since=since,
            until=until,
            stage=stage,
            industry=industry,
            text=text and search_tokens(read_words(text)),
            aggregates=aggregates,
            limit=None if everything else limit,
        )
        asked = sums(group_by) if sums and group_by else question
        with _answer(asked, where) as rows:
            count = _write(rows, asked.row, form, output)
        if not count:
            typer.echo("nothing matches", err=True)
        elif count == limit and not everything:
            typer.echo(f"the first {limit}; --limit or --all shows more", err=True)

    return command


@contextmanager
def _answer(question: Question[Any], where: Filter) -> Iterator[Iterator[Struct]]:
    """Give the rows as the database gives them."""
    with asyncio.Runner() as runner:

        def wait_for(work: Coroutine[Any, Any, Result]) -> Result:
            with _database_failures():
                return runner.run(work)

        connection = wait_for(_connect())
        answer = ask(connection, question, where)
        chunks = iter(lambda: wait_for(_chunk(answer)), [])
        try:
            yield chain.from_iterable(chunks)
        finally:
            connection.terminate()


@contextmanager
def _database_failures() -> Iterator[None]:
    try:
        yield
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        _give_up("the database has no tables of parkwire yet: run `parkwire migrate`")
    except _FAILURES as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        _give_up(f"the database cannot be asked (PARKWIRE_POSTGRES_DSN): {reason}")


async def _connect() -> asyncpg.Connection:
    return await asyncpg.connect(
        PostgresSettings().dsn.get_secret_value(),
        timeout=CONNECT_TIMEOUT.total_seconds(),
        command_timeout=STATEMENT_TIMEOUT.total_seconds(),
        server_settings={
            "application_name": "parkwire-query",
            "default_transaction_read_only": "on",
        },
    )


async def _chunk(rows: AsyncIterator[Struct]) -> list[Struct]:
    chunk = []
    async for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            break
    return chunk


def _write(
    rows: Iterator[Struct], row_type: type[Struct], form: Format, output: Path | None
) -> int:
    """Write the rows; return how many they were."""
    count = 0

    def counted() -> Iterator[Struct]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    if output is None:
        _write_to(sys.stdout, counted(), row_type, form)
        return count
    try:
        file = output.open("w", encoding="utf-8", newline="")
    except OSError as error:
        _give_up(f"{output} cannot be written: {error.strerror}")
    with file:
        _write_to(file, counted(), row_type, form)
    return count


def _write_to(out: TextIO, rows: Iterable[Struct], row_type: type[Struct], form: Format) -> None:
    match form:
        case "table":
            print_table(list(rows), row_type, out)
        case "csv":
            write_csv(rows, row_type, out)
        case "jsonl":
            write_jsonl(rows, out)
        case "xlsx":
            write_xlsx(rows, row_type, out.buffer)


def _give_up(reason: str) -> NoReturn:
    typer.echo(f"parkwire: {reason}", err=True)
    raise typer.Exit(1)
