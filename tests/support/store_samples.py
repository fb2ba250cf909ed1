"""Facts as the extractor sends them, and a database for them, for the tests of the store."""

import asyncio
import base64
import struct
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import msgspec

from services.contracts.identity import article_id, content_hash
from services.contracts.messages import Amount, Article, Entity, Facts, Project
from services.runtime.migrate import upgrade
from services.runtime.postgres import connect
from services.store import MIGRATIONS, SCHEMA
from services.store.link import link
from services.store.write import write

CHINA = timezone(timedelta(hours=8))
FIRST_FETCH = datetime(2024, 3, 6, 1, 30, tzinfo=UTC)


def article(number: int = 0, **fields: Any) -> Article:
    """Return the n-th article; `fields` replace its own."""
    url = f"https://news.example/{number}"
    text = fields.pop("text", f"第{number}篇报道。\n云溪高新区签约项目总投资36亿元。")
    sample = Article(
        id=article_id(url, 0),
        url=url,
        canonical_url=url,
        site="news.example",
        ordinal=0,
        title=f"云溪高新区签约（{number}）",
        published_at=datetime(2024, 3, 5, tzinfo=CHINA),
        published_precision="day",
        source="云溪日报",
        author="林小禾",
        paragraphs=tuple(text.split("\n")),
        text=text,
        script="hans",
        fetched_at=FIRST_FETCH,
        content_hash=content_hash(text),
        simhash="00ff00ff00ff00ff",
        minhash=minhash(number),
    )
    return msgspec.structs.replace(sample, **fields)


def facts(
    number: int = 0,
    *,
    entities: Iterable[Entity] = (),
    amounts: Iterable[Amount] = (),
    projects: Iterable[Project] = (),
    **fields: Any,
) -> Facts:
    """Return the n-th article with facts; `fields` replace the article's."""
    told = article(number, **fields)
    tokens = " ".join(words(told.title + "\n" + told.text))
    return Facts(told, tuple(entities), tuple(amounts), tuple(projects), tokens)


def minhash(number: int, same: int = 0) -> str:
    """Return the n-th fingerprint; in `same` of its 128 places it agrees with all others."""
    own = [same_place(0 if place < same else number + 1, place) for place in range(128)]
    return base64.b64encode(struct.pack("<128I", *own)).decode()


def same_place(number: int, place: int) -> int:
    """Return what the n-th fingerprint has in one place."""
    return (number * 2_654_435_761 + place * 40_503) % 2**32


def words(text: str) -> list[str]:
    """Return every one, two and three neighbouring characters: all that a test may ask for."""
    parts = (text[i : i + n] for n in (1, 2, 3) for i in range(len(text)))
    return [part for part in parts if part.split()]


async def link_all(pool: asyncpg.Pool) -> None:
    """Relate all that was written."""
    while await link(pool):
        pass


async def stored(pool: asyncpg.Pool) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, but for the time of writing, and for names and sums of
    which nothing is left.
    """
    tables = await pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'parkwire'"
        " AND tablename NOT IN ('alembic_version', 'entity')"
    )
    return {
        table: [
            tuple(value for name, value in row.items() if name != "stored_at")
            for row in await pool.fetch(f"SELECT * FROM parkwire.{table} AS t ORDER BY t::text")
            if not {row.get("projects"), row.get("articles"), row.get("statements")} & {0}
        ]
        for table in ("entities", *(row[0] for row in tables))
    }


@contextmanager
def database(server: str, *stored_facts: Facts) -> Iterator[str]:
    """DSN of a database with the store's tables and some facts, for a module's tests to share."""
    name = f"store_{uuid.uuid4().hex}"
    dsn = urlsplit(server)._replace(path=f"/{name}").geturl()
    asyncio.run(_execute(server, f"CREATE DATABASE {name}"))
    try:
        asyncio.run(_fill(dsn, stored_facts))
        yield dsn
    finally:
        asyncio.run(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()


async def _fill(dsn: str, stored_facts: Iterable[Facts]) -> None:
    await upgrade(dsn, MIGRATIONS, SCHEMA)
    pool = await connect(dsn, size=1, application_name="test")
    await write(pool, tuple(stored_facts))
    await link_all(pool)
    await pool.close()
