"""Asks the database: looks up the names of a filter, then answers a question row by row."""

import re
from collections.abc import AsyncIterator, Collection, Iterable
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
_PLANNED: Final = """
SET LOCAL plan_cache_mode = force_custom_plan;
SET LOCAL work_mem = '64MB';
SET LOCAL random_page_cost = 4
"""
"""Each question is planned for its own values: a name that all have is found otherwise than a rare
one. Sums over millions of rows need the memory to stay off the disk; nothing else takes as much.
PostgreSQL's own cost of a look-up, whatever the server has: where all is in memory, one by an index
takes some microseconds and a row of a scan a third of one, and a server that is told otherwise adds
up millions of rows by look-ups."""


async def ask(database: Database, question: Question[Row], where: Filter) -> AsyncIterator[Row]:
    """Yield the rows of the answer as the server gives them.

    Raises:
        asyncpg.DataError: `since` lies after `until`.
        TRANSIENT (`services.runtime.postgres`): the database cannot be reached now.
    """
    async with _connection(database) as connection, connection.transaction(readonly=True):
        await connection.execute(_PLANNED)
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
        await connection.execute(_PLANNED)
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


_NAMES: Final = """
SELECT name, adcode FROM parkwire.entity
WHERE type = ANY($1::text[]) AND parkwire.doubled(name) LIKE $2
"""
# A letter sorts after every digit.
_PARKS_WITHIN: Final = """
SELECT name FROM unnest($1::text[]) AS area
JOIN parkwire.entity ON adcode >= area AND adcode < area || 'A' AND type = 'park'
"""


async def _resolve(connection: Any, where: Filter) -> Names:
    async def found(part: str | None, *kinds: str) -> list[asyncpg.Record]:
        if part is None:
            return []
        rows: list[asyncpg.Record] = await connection.fetch(_NAMES, kinds, _containing(part))
        return rows

    is_code = where.place is not None and where.place.isascii() and where.place.isdigit()
    named = await found(None if is_code else where.place, "place", "park")
    codes = [where.place] if is_code else [place["adcode"] for place in named]
    areas = _outermost({_area(code) for code in codes if code is not None})
    within = await connection.fetch(_PARKS_WITHIN, areas) if areas else []
    return Names(
        named=_names(named),
        areas=areas,
        parks_within=_names(within),
        parks=_names(await found(where.park, "park")),
        investors=_names(await found(where.investor, "company")),
        industries=_names(await found(where.industry, "industry")),
    )


def _names(entities: Iterable[asyncpg.Record]) -> list[str]:
    return [entity["name"] for entity in entities]


def _area(code: str) -> str:
    """Return what the codes of all places begin with that lie within that of a GB/T 2260 code.

    They nest by pairs of digits: 320500 is a city of 320000 and holds 320583.
    """
    return re.sub("(00)+$", "", code)


def _outermost(areas: Collection[str]) -> list[str]:
    """Return those that lie within no other; all of China is no area."""
    return [
        area for area in areas if area and not any(area[:n] in areas for n in range(1, len(area)))
    ]


def _containing(value: str) -> str:
    """Return the LIKE pattern of what contains `value`, as `parkwire.doubled` has it."""
    doubled = "".join(
        f"\\{character}" * 2 if character in "\\%_" else character * 2
        for character in value.lower()
    )
    return f"%{doubled}%"
