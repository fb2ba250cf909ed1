"""Keeps the sums of all that is stored, so that nobody has to add up millions of rows to answer.

They change in the transaction that changes the rows: what a pass is about to touch is taken off as
it was, and added as it is then. Money is added up as `numeric`, which comes out the same in any
order.
"""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

SIGNED: Final = "count(*) FILTER (WHERE stage IN ('洽谈', '签约'))"
"""Projects that are agreed on, or about to be."""
BUILDING: Final = "count(*) FILTER (WHERE stage IN ('开工', '在建'))"
BUILT: Final = "count(*) FILTER (WHERE stage IN ('竣工', '投产'))"

_PROJECTS: Final = f"""
INSERT INTO parkwire.project_sum AS known
    (facet, name, kind, projects, with_amount, amount, signed, building, built)
SELECT facet, coalesce(group_name, ''), kind, $2 * count(*), $2 * count(yuan),
    $2 * coalesce(sum(yuan::numeric), 0),
    $2 * {SIGNED}, $2 * {BUILDING}, $2 * {BUILT}
FROM parkwire.linked_project, LATERAL (
    VALUES ('park', park), ('place', place), ('month', to_char(month, 'YYYY-MM')),
        ('industry', industry)
) AS g (facet, group_name)
WHERE id = ANY($1::uuid[])
GROUP BY 1, 2, 3
ON CONFLICT (facet, name, kind) DO UPDATE SET
    projects = known.projects + excluded.projects,
    with_amount = known.with_amount + excluded.with_amount,
    amount = known.amount + excluded.amount,
    signed = known.signed + excluded.signed,
    building = known.building + excluded.building,
    built = known.built + excluded.built
"""

_ARTICLES: Final = """
INSERT INTO parkwire.article_sum AS known (facet, name, stories, articles)
SELECT facet, coalesce(name, ''), $2 * count(DISTINCT story_id), $2 * count(*)
FROM parkwire.document, LATERAL (
    SELECT 'park', unnest(parks) UNION ALL SELECT 'place', unnest(places)
    UNION ALL SELECT 'industry', unnest(industries)
    UNION ALL SELECT 'month', to_char(month, 'YYYY-MM')
) AS g (facet, name)
WHERE article_id = ANY($1::uuid[])
GROUP BY 1, 2
ON CONFLICT (facet, name) DO UPDATE SET
    stories = known.stories + excluded.stories,
    articles = known.articles + excluded.articles
"""
# A story counts once, so all of its articles are counted together.
_TOGETHER: Final = """
WITH story AS (
    SELECT story_id FROM parkwire.document WHERE article_id = ANY($1::uuid[])
    UNION SELECT story_id FROM parkwire.story_article WHERE article_id = ANY($1::uuid[])
)
SELECT article_id FROM parkwire.story_article WHERE story_id IN (SELECT story_id FROM story)
UNION SELECT unnest($1::uuid[])
"""

# Of all who say the same, only the first counts.
_AMOUNTS: Final = """
INSERT INTO parkwire.amount_sum AS known (facet, name, role, unit, statements, total)
SELECT facet, coalesce(group_name, ''), role, unit, $2 * count(*),
    $2 * coalesce(sum(value::numeric), 0)
FROM unnest($1::bigint[]) AS asked (key), LATERAL (
    SELECT * FROM parkwire.statement AS f
    WHERE f.key = asked.key AND f.article_id <> ALL ($3::uuid[])
    ORDER BY published_at, article_id, position LIMIT 1
) AS f, LATERAL (
    VALUES ('park', park), ('place', place), ('month', month), ('industry', industry)
) AS g (facet, group_name)
GROUP BY 1, 2, 3, 4
ON CONFLICT (facet, name, role, unit) DO UPDATE SET
    statements = known.statements + excluded.statements,
    total = known.total + excluded.total
"""
_KEYS: Final = "SELECT DISTINCT key FROM parkwire.statement WHERE article_id = ANY($1::uuid[])"
_FORGET_STATEMENTS: Final = "DELETE FROM parkwire.statement WHERE article_id = ANY($1::uuid[])"
_WRITE_STATEMENTS: Final = """
INSERT INTO parkwire.statement (article_id, position, key, published_at, days, role, unit, value,
    park, place, month, industry)
SELECT f.article_id, f.position,
    hashtextextended(ROW(f.subject, CASE WHEN f.subject IS NULL THEN d.story_id END, f.role, f.unit,
        f.period, coalesce(f.low, f.high))::text, 0),
    d.published_at, coalesce(f.period_days, d.days), f.role, f.unit, coalesce(f.low, f.high),
    CASE WHEN f.subject = ANY(d.parks) THEN f.subject END,
    CASE WHEN f.subject = ANY(d.places) THEN f.subject END,
    to_char(d.month, 'YYYY-MM'), (SELECT min(industry) FROM unnest(d.industries) AS industry)
FROM parkwire.document AS d JOIN parkwire.amount AS f USING (article_id)
WHERE article_id = ANY($1::uuid[])
RETURNING key
"""


async def take_off_projects(connection: Any, projects: Collection[UUID]) -> None:
    """Take projects off the sums, which are about to be deleted."""
    await connection.execute(_PROJECTS, projects, -1)


async def add_projects(connection: Any, projects: Collection[UUID]) -> None:
    """Add projects to the sums."""
    await connection.execute(_PROJECTS, projects, 1)


async def in_stories(connection: Any, articles: Collection[UUID]) -> list[UUID]:
    """Return all articles of the stories that `articles` are in, or were in, and these too."""
    return [row[0] for row in await connection.fetch(_TOGETHER, articles)]


async def take_off_articles(connection: Any, articles: Collection[UUID]) -> None:
    """Take articles off the sums, as their documents are: those of whole stories."""
    await connection.execute(_ARTICLES, articles, -1)


async def add_articles(connection: Any, articles: Collection[UUID]) -> None:
    """Add articles to the sums, as their documents are: those of whole stories."""
    await connection.execute(_ARTICLES, articles, 1)


async def count_statements(connection: Any, articles: Collection[UUID]) -> None:
    """Count anew what `articles` say, as their documents are now; some may be gone."""
    before = {row[0] for row in await connection.fetch(_KEYS, articles)}
    await connection.execute(_AMOUNTS, before, -1, [])
    await connection.execute(_FORGET_STATEMENTS, articles)
    after = {row[0] for row in await connection.fetch(_WRITE_STATEMENTS, articles)}
    await connection.execute(_AMOUNTS, after - before, -1, articles)
    await connection.execute(_AMOUNTS, before | after, 1, [])
