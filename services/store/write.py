"""Writes facts: each article once, in its newest revision, with its facts as a set.

The revision of an article is (fetched_at, content_hash). A stored article changes only when a
newer revision comes, so replays and reorderings change nothing, and any order of the same
messages ends in the same rows. What relates one article to others is left to `link`, for which
every changed article is noted in `parkwire.pending`.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from services.contracts.messages import Facts

# Keys come sorted (see `write`), so two writers that meet lock the same articles in the same
# order and cannot deadlock. Who holds an article's lock has its facts to himself.
_ARTICLES: Final = """
INSERT INTO parkwire.article AS stored (
    id, url, canonical_url, site, ordinal, title, published_at, published_precision, source,
    author, text, script, fetched_at, content_hash, simhash)
SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::timestamptz[],
    $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[],
    $14::text[], $15::text[])
ON CONFLICT (id) DO UPDATE SET
    url = excluded.url,
    canonical_url = excluded.canonical_url,
    site = excluded.site,
    ordinal = excluded.ordinal,
    title = excluded.title,
    published_at = excluded.published_at,
    published_precision = excluded.published_precision,
    source = excluded.source,
    author = excluded.author,
    text = excluded.text,
    script = excluded.script,
    fetched_at = excluded.fetched_at,
    content_hash = excluded.content_hash,
    simhash = excluded.simhash,
    stored_at = excluded.stored_at
WHERE (excluded.fetched_at, excluded.content_hash) > (stored.fetched_at, stored.content_hash)
RETURNING id, xmax <> 0 AS replaced
"""

_CLEAR: Final = (
    "DELETE FROM parkwire.mention WHERE article_id = ANY($1::uuid[])",
    "DELETE FROM parkwire.amount WHERE article_id = ANY($1::uuid[])",
    "DELETE FROM parkwire.project WHERE article_id = ANY($1::uuid[])",
)

_PENDING: Final = """
INSERT INTO parkwire.pending (article_id, tokens, minhash)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[])
ON CONFLICT (article_id) DO UPDATE SET tokens = excluded.tokens, minhash = excluded.minhash
"""

_Row = tuple[Any, ...]


async def write(pool: asyncpg.Pool, batch: Sequence[Facts]) -> int:
    """Write `batch` in one transaction; return how many articles were new or newer.

    Of several revisions of an article in the batch, the newest is written. All of the batch is
    written or none of it.

    Raises:
        POISON (`services.runtime.postgres`): a row cannot be stored: text with NUL or a lone
            surrogate, a time without offset, a malformed date, bounds or offsets that cross.
        TRANSIENT (`services.runtime.postgres`): the database cannot do it now.
    """
    newest = _newest(batch)
    if not newest:
        return 0
    articles = [_article(key, facts) for key, facts in newest]
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(_ARTICLES, *_columns(articles))
        if replaced := [row["id"] for row in rows if row["replaced"]]:
            for clear in _CLEAR:
                await connection.execute(clear, replaced)
        changed = {row["id"] for row in rows}
        written = [(key, facts) for key, facts in newest if key in changed]
        if written:
            for table, columns, rows_of in _FACTS:
                found = [row for key, facts in written for row in rows_of(key, facts)]
                await _copy(connection, table, columns, found)
            pending = [_pending(key, facts) for key, facts in written]
            await connection.execute(_PENDING, *_columns(pending))
    return len(changed)


async def _copy(connection: Any, table: str, columns: Sequence[str], rows: Sequence[_Row]) -> None:
    try:
        await connection.copy_records_to_table(
            table, schema_name="parkwire", columns=columns, records=rows
        )
    except (UnicodeEncodeError, OverflowError) as error:
        # COPY lets pass what a statement's arguments have translated (a lone surrogate).
        raise asyncpg.DataError(f"{table}: {error}") from error


def _newest(batch: Iterable[Facts]) -> list[tuple[UUID, Facts]]:
    """Return the newest revision of each article, sorted by id."""
    newest: dict[UUID, Facts] = {}
    for facts in batch:
        key = _key(facts)
        revision = _revision(facts)
        if key not in newest or revision > _revision(newest[key]):
            newest[key] = facts
    return sorted(newest.items(), key=lambda item: item[0])


# These two raise the driver's error, as it does itself for what it cannot encode: a bad row is
# one kind of failure wherever it is noticed.


def _key(facts: Facts) -> UUID:
    try:
        return UUID(facts.article.id)
    except ValueError as error:
        raise asyncpg.DataError(f"the article's id is no UUID: {facts.article.id!r}") from error


def _revision(facts: Facts) -> tuple[datetime, str]:
    article = facts.article
    for time in (article.fetched_at, article.published_at):
        if time is not None and time.utcoffset() is None:
            # PostgreSQL would read it in the time zone of whoever writes.
            raise asyncpg.DataError(f"a time without its offset from UTC: {time.isoformat()}")
        if time is not None and time.year in {MINYEAR, MAXYEAR}:
            # In another time zone, or at its end, it is in a year that Python does not know.
            raise asyncpg.DataError(f"a time that nobody could read: {time.isoformat()}")
    return article.fetched_at, article.content_hash


def _columns(rows: Iterable[_Row]) -> Iterable[_Row]:
    return zip(*rows, strict=True)


def _article(key: UUID, facts: Facts) -> _Row:
    article = facts.article
    return (
        key,
        article.url,
        article.canonical_url,
        article.site,
        article.ordinal,
        article.title,
        article.published_at,
        article.published_precision,
        article.source,
        article.author,
        article.text,
        article.script,
        article.fetched_at,
        article.content_hash,
        article.simhash,
    )


def _mentions(key: UUID, facts: Facts) -> list[_Row]:
    return [
        (
            key,
            position,
            entity.type,
            entity.text,
            entity.start,
            entity.end,
            entity.name,
            entity.adcode,
        )
        for position, entity in enumerate(facts.entities)
    ]


def _amounts(key: UUID, facts: Facts) -> list[_Row]:
    return [
        (
            key,
            position,
            amount.text,
            amount.start,
            amount.end,
            amount.kind,
            amount.low,
            amount.high,
            amount.unit,
            amount.qualifier,
            amount.role,
            amount.subject,
            amount.period,
        )
        for position, amount in enumerate(facts.amounts)
    ]


def _projects(key: UUID, facts: Facts) -> list[_Row]:
    return [
        (
            key,
            position,
            project.kind,
            project.name,
            project.investors,
            project.amount_low,
            project.amount_high,
            project.currency,
            project.area_m2,
            project.park,
            project.place,
            project.adcode,
            project.stage,
            project.date,
            project.date_precision,
            project.date_inferred,
            project.industry,
            json.dumps(project.evidence),
        )
        for position, project in enumerate(facts.projects)
    ]


def _pending(key: UUID, facts: Facts) -> _Row:
    try:
        minhash = base64.b64decode(facts.article.minhash, validate=True)
    except binascii.Error as error:
        raise asyncpg.DataError(f"the article's minhash is no base64: {error}") from error
    return key, facts.tokens, minhash


_FACTS: Final[tuple[tuple[str, tuple[str, ...], Callable[[UUID, Facts], list[_Row]]], ...]] = (
    (
        "mention",
        ("article_id", "position", "type", "text", "start_offset", "end_offset", "name", "adcode"),
        _mentions,
    ),
    (
        "amount",
        (
            "article_id",
            "position",
            "text",
            "start_offset",
            "end_offset",
            "kind",
            "low",
            "high",
            "unit",
            "qualifier",
            "role",
            "subject",
            "period",
        ),
        _amounts,
    ),
    (
        "project",
        (
            "article_id",
            "position",
            "kind",
            "name",
            "investors",
            "amount_low",
            "amount_high",
            "currency",
            "area_m2",
            "park",
            "place",
            "adcode",
            "stage",
            "date",
            "date_precision",
            "date_inferred",
            "industry",
            "evidence",
        ),
        _projects,
    ),
)
"""The tables of an article's facts, their columns in the order of the rows."""
