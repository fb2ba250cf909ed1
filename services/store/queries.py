"""Asks the database: looks up the names of a filter, then answers a question row by row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import msgspec

from services.store import search_words
from services.store.conditions import Names
from services.store.questions import PROJECTS, Question, Row
from services.store.rows import ArticleRow, Filter, ProjectRow

Database = asyncpg.Pool | asyncpg.Connection

_AT_ONCE: Final = 500
"""Rows that are taken from the server at a time."""
_MEMORY: Final = "SET LOCAL work_mem = '64MB'"
"""What sums over millions of rows need to stay off the disk; nothing else takes as much."""


async def ask(database: Database, question: Question[Row], where: Filter) -> AsyncIterator[Row]:
    """Yield the rows of the answer as the server gives them.

    Raises:
        asyncpg.DataError: `since` lies after `until`.
        TRANSIENT (`services.runtime.postgres`): the database cannot be reached now.
    """
    async with _connection(database) as connection, connection.transaction(readonly=True):
        await connection.execute(_MEMORY)
        names = await _resolve(connection, where)
        sql, parameters = question.statement(where, names)
        async for record in _records(connection, sql, parameters, where.limit):
            row = question.row(**record)
            if isinstance(row, ArticleRow) and where.text is not None:
                passage = search_words.highlight(row.match, where.text)
                row = msgspec.structs.replace(row, match=passage)
            yield row


async def _records(
    connection: Any, sql: str, parameters: list[object], limit: int | None
) -> AsyncIterator[asyncpg.Record]:
    if limit is not None and limit <= _AT_ONCE:
        # Not by a cursor, whose query PostgreSQL works out without its parallel workers.
        for record in await connection.fetch(sql, *parameters):
            yield record
    else:
        async for record in connection.cursor(sql, *parameters, prefetch=_AT_ONCE):
            yield record


async def plan(connection: asyncpg.Connection, question: Question[Any], where: Filter) -> list[str]:
    """Return the lines of PostgreSQL's plan for a question. Raises as `ask`."""
    async with connection.transaction(readonly=True):
        await connection.execute(_MEMORY)
        sql, parameters = question.statement(where, await _resolve(connection, where))
        return [row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *parameters)]


async def projects(database: Database, where: Filter) -> list[ProjectRow]:
    """Return the projects that match, newest first. Raises as `ask`."""
    return [row async for row in ask(database, PROJECTS, where)]


@asynccontextmanager
async def _connection(database: Database) -> AsyncIterator[Any]:
    if isinstance(database, asyncpg.Pool):
        async with database.acquire() as connection:
            yield connection
    else:
        yield database


# Of a place, all that lies within it too: GB/T 2260 codes nest by pairs of digits, 320500 is a
# city of 320000 and holds 320583. A letter sorts after every digit.
_PLACES: Final = """
WITH named AS (
    SELECT name, adcode FROM parkwire.entity
    WHERE type IN ('place', 'park') AND parkwire.doubled(name) LIKE $1
), within AS (
    SELECT DISTINCT regexp_replace(adcode, '(00)+$', '') AS prefix FROM named
    UNION SELECT regexp_replace($2, '(00)+$', '')
)
SELECT name, adcode FROM named
UNION
SELECT name, adcode FROM within
JOIN parkwire.entity ON adcode >= prefix AND adcode < prefix || 'A'
"""
_NAMES: Final = """
SELECT name FROM parkwire.entity WHERE type = $1 AND parkwire.doubled(name) LIKE $2
"""


async def _resolve(connection: Any, where: Filter) -> Names:
    async def names(kind: str, part: str | None) -> list[str]:
        if part is None:
            return []
        return [row[0] for row in await connection.fetch(_NAMES, kind, _containing(part))]

    places: list[asyncpg.Record] = []
    if where.place is not None:
        is_code = where.place.isascii() and where.place.isdigit()
        asked = (None, where.place) if is_code else (_containing(where.place), None)
        places = await connection.fetch(_PLACES, *asked)
    return Names(
        places=[place["name"] for place in places],
        codes=[place["adcode"] for place in places if place["adcode"] is not None],
        parks=await names("park", where.park),
        investors=await names("company", where.investor),
        industries=await names("industry", where.industry),
    )


def _containing(value: str) -> str:
    """Return the LIKE pattern of what contains `value`, as `parkwire.doubled` has it."""
    doubled = "".join(
        f"\\{character}" * 2 if character in "\\%_" else character * 2
        for character in value.lower()
    )
    return f"%{doubled}%"
