"""What is stored, as an analyst asks for it."""

import datetime
import re
from typing import Final

import asyncpg
from msgspec import Struct

Database = asyncpg.Pool | asyncpg.Connection


class Filter(Struct, frozen=True, kw_only=True):
    """What the rows must match; a field that is None asks nothing.

    Names match where they contain the value, in any case.
    """

    place: str | None = None
    """A park or a place with all that lies within it; a place may be its GB/T 2260 code."""
    park: str | None = None
    investor: str | None = None
    min_amount: float | None = None
    """CNY. The lower bound counts where the text states two; other currencies do not pass."""
    since: datetime.date | None = None
    """The row's own date (a stage's, a period), else its article's; a month or year passes when
    any day of it does."""
    until: datetime.date | None = None
    """The last day that passes."""
    stage: str | None = None
    industry: str | None = None
    text: str | None = None
    """Stands in the article's title or text."""
    aggregates: bool = False
    """Totals over many projects pass as projects too."""
    limit: int = 50


# In all rows `published` is the article's time and `date` that of a stage: ISO 8601, as exact as it
# is known (a year, a month, a day, a minute with its offset).


class ProjectRow(Struct, frozen=True):
    """A project, and the article that tells of it."""

    name: str
    kind: str
    investors: list[str]
    amount_low: float | None
    amount_high: float | None
    currency: str | None
    area_m2: float | None
    park: str | None
    place: str | None
    stage: str | None
    date: str | None
    industry: str | None
    title: str
    published: str | None
    url: str


class ArticleRow(Struct, frozen=True):
    """An article, and how much was found in it."""

    title: str
    site: str
    source: str | None
    published: str | None
    projects: int
    amounts: int
    entities: int
    url: str


class AmountRow(Struct, frozen=True):
    """An amount, what it is said of, and the article that says it."""

    subject: str | None
    role: str
    kind: str
    text: str
    low: float | None
    high: float | None
    unit: str
    qualifier: str
    period: str | None
    context: str
    """The text around it, some forty characters on either side."""
    title: str
    published: str | None
    url: str


# Every filter stands in the statement, as a condition that is true where its parameter is null:
# one constant text a query, whatever is asked. PostgreSQL drops such conditions when it plans.
#   $1 place  $2 codes within it  $3 park  $4 investor  $5 min amount  $6 since  $7 until  $8 stage
#   $9 industry  $10 text  $11 aggregates  $12 limit
_PROJECTS: Final = """
SELECT name, kind, investors, amount_low, amount_high, currency, area_m2, park, place, stage, date,
    industry, title, published, url
FROM parkwire.projects
WHERE ($1::text IS NULL OR place ILIKE $1 OR park ILIKE $1 OR adcode LIKE ANY ($2::text[]))
    AND ($3::text IS NULL OR park ILIKE $3)
    AND ($4::text IS NULL
        OR EXISTS (SELECT FROM unnest(investors) AS investor WHERE investor ILIKE $4))
    AND ($5::double precision IS NULL OR currency = 'CNY' AND value >= $5)
    AND ($6::date IS NULL AND $7::date IS NULL OR days && daterange($6, $7, '[]'))
    AND ($8::text IS NULL OR stage = $8)
    AND ($9::text IS NULL OR industry ILIKE $9)
    AND ($10::text IS NULL OR article_id IN (
        SELECT id FROM parkwire.article WHERE title ILIKE $10 OR text ILIKE $10))
    AND (kind = 'project' OR $11::boolean)
ORDER BY lower(days) DESC NULLS LAST, value DESC NULLS LAST, article_id, position
LIMIT $12
"""

_ARTICLES: Final = """
SELECT title, site, source, published,
    (SELECT count(*) FROM parkwire.project WHERE article_id = id) AS projects,
    (SELECT count(*) FROM parkwire.amount WHERE article_id = id) AS amounts,
    (SELECT count(*) FROM parkwire.mention WHERE article_id = id) AS entities,
    url
FROM parkwire.articles
WHERE ($1::text IS NULL OR id IN (
        SELECT article_id FROM parkwire.mention
        WHERE type IN ('place', 'park') AND (name ILIKE $1 OR adcode LIKE ANY ($2::text[]))))
    AND ($3::text IS NULL OR id IN (
        SELECT article_id FROM parkwire.mention WHERE type = 'park' AND name ILIKE $3))
    AND ($4::text IS NULL OR id IN (
        SELECT article_id FROM parkwire.mention WHERE type = 'company' AND name ILIKE $4))
    AND ($5::double precision IS NULL OR id IN (
        SELECT article_id FROM parkwire.amount
        WHERE unit = 'CNY' AND coalesce(low, high) >= $5))
    AND ($6::date IS NULL AND $7::date IS NULL OR days && daterange($6, $7, '[]'))
    AND ($8::text IS NULL OR id IN (
        SELECT article_id FROM parkwire.project
        WHERE stage = $8 AND (kind = 'project' OR $11::boolean)))
    AND ($9::text IS NULL OR id IN (
        SELECT article_id FROM parkwire.project
        WHERE industry ILIKE $9 AND (kind = 'project' OR $11::boolean)))
    AND ($10::text IS NULL OR title ILIKE $10 OR text ILIKE $10)
ORDER BY published_at DESC NULLS LAST, id
LIMIT $12
"""

_AMOUNTS: Final = """
SELECT subject, role, kind, text, low, high, unit, qualifier, period, context, title, published, url
FROM parkwire.amounts
WHERE ($1::text IS NULL OR subject ILIKE $1 OR article_id IN (
        SELECT article_id FROM parkwire.mention
        WHERE type IN ('place', 'park') AND (name ILIKE $1 OR adcode LIKE ANY ($2::text[]))))
    AND ($3::text IS NULL OR subject ILIKE $3 OR article_id IN (
        SELECT article_id FROM parkwire.mention WHERE type = 'park' AND name ILIKE $3))
    AND ($4::text IS NULL OR subject ILIKE $4 OR article_id IN (
        SELECT article_id FROM parkwire.mention WHERE type = 'company' AND name ILIKE $4))
    AND ($5::double precision IS NULL OR unit = 'CNY' AND value >= $5)
    AND ($6::date IS NULL AND $7::date IS NULL OR days && daterange($6, $7, '[]'))
    AND ($8::text IS NULL OR article_id IN (
        SELECT article_id FROM parkwire.project
        WHERE stage = $8 AND (kind = 'project' OR $11::boolean)))
    AND ($9::text IS NULL OR article_id IN (
        SELECT article_id FROM parkwire.project
        WHERE industry ILIKE $9 AND (kind = 'project' OR $11::boolean)))
    AND ($10::text IS NULL OR article_id IN (
        SELECT id FROM parkwire.article WHERE title ILIKE $10 OR text ILIKE $10))
ORDER BY published_at DESC NULLS LAST, article_id, position
LIMIT $12
"""

# GB/T 2260 codes nest by pairs of digits: 320500 is a city of 320000 and holds 320583.
_CODES: Final = """
SELECT DISTINCT regexp_replace(adcode, '(00)+$', '') || '%'
FROM parkwire.mention
WHERE type = 'place' AND adcode IS NOT NULL AND name ILIKE $1
"""


async def projects(database: Database, where: Filter) -> list[ProjectRow]:
    """Return the projects that match, newest first.

    Raises:
        asyncpg.DataError: `since` lies after `until`.
        TRANSIENT (`services.runtime.postgres`): the database cannot be reached now.
    """
    rows = await database.fetch(_PROJECTS, *await _parameters(database, where))
    return [ProjectRow(**dict(row)) for row in rows]


async def articles(database: Database, where: Filter) -> list[ArticleRow]:
    """Return the articles that match, newest first; those that hold such a fact. Raises as above.

    An investor is any company that the article names; an amount is any in it.
    """
    rows = await database.fetch(_ARTICLES, *await _parameters(database, where))
    return [ArticleRow(**dict(row)) for row in rows]


async def amounts(database: Database, where: Filter) -> list[AmountRow]:
    """Return the amounts that match, in the order of their articles, newest first. Raises as above.

    Names match the amount's subject or anything that its article names; stage and industry
    match the projects of its article.
    """
    rows = await database.fetch(_AMOUNTS, *await _parameters(database, where))
    return [AmountRow(**dict(row)) for row in rows]


async def _parameters(database: Database, where: Filter) -> tuple[object, ...]:
    return (
        _containing(where.place),
        await _within(database, where.place),
        _containing(where.park),
        _containing(where.investor),
        where.min_amount,
        where.since,
        where.until,
        where.stage,
        _containing(where.industry),
        _containing(where.text),
        where.aggregates,
        where.limit,
    )


def _containing(value: str | None) -> str | None:
    """Return the LIKE pattern of what contains `value`, its own wildcards taken literally."""
    if value is None:
        return None
    for special in "\\%_":
        value = value.replace(special, f"\\{special}")
    return f"%{value}%"


async def _within(database: Database, place: str | None) -> list[str]:
    """Return the LIKE patterns of the codes within a place, which is named or a code itself."""
    if place is None:
        return []
    if not (place.isascii() and place.isdigit()):
        return [row[0] for row in await database.fetch(_CODES, _containing(place))]
    return [re.sub("(00)+$", "", place) + "%"]
