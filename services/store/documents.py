"""All that a question asks of an article, on one row: its words, names, dates, and what it tells.

PostgreSQL knows how often each value of a column occurs, but not how those of several tables occur
together; and a condition on the row at hand costs a tenth of one that must look up another.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from services.store.rows import Filter

_FORGET: Final = """
DELETE FROM parkwire.document AS d
WHERE article_id = ANY($1::uuid[]) AND NOT EXISTS (
    SELECT FROM parkwire.article WHERE id = d.article_id)
"""
# GB/T 2260 codes nest: what lies within 3205 has codes that begin so. A month is that of China.
_WRITE: Final = """
INSERT INTO parkwire.document (article_id, story_id, published_at, days, month, money, parks,
    places, areas, industries, told, words)
SELECT a.id, s.story_id, a.published_at, a.published_days,
    date_trunc('month', a.published_at AT TIME ZONE 'Asia/Shanghai')::date,
    stated.money, named.parks, named.places, within.areas, projects.industries, projects.told,
    row.words::tsvector
FROM unnest($1::uuid[], $2::text[]) AS row (article_id, words)
JOIN parkwire.article AS a ON a.id = row.article_id
JOIN parkwire.story_article AS s ON s.article_id = a.id,
LATERAL (
    SELECT max(coalesce(low, high)) AS money
    FROM parkwire.amount WHERE article_id = a.id AND unit = 'CNY'
) AS stated,
LATERAL (
    SELECT coalesce(array_agg(DISTINCT name) FILTER (WHERE type = 'park'), '{}') AS parks,
        coalesce(array_agg(DISTINCT name) FILTER (WHERE type = 'place'), '{}') AS places
    FROM parkwire.mention WHERE article_id = a.id
) AS named,
LATERAL (
    SELECT coalesce(array_agg(DISTINCT left(code, digits)), '{}') AS areas
    FROM (
        SELECT regexp_replace(adcode, '(00)+$', '') AS code
        FROM parkwire.mention WHERE article_id = a.id AND type IN ('park', 'place')
    ) AS coded, generate_series(1, length(code)) AS digits
) AS within,
LATERAL (
    SELECT coalesce(array_agg(DISTINCT industry), '{}') AS industries,  -- null: one has none
        coalesce(array_agg(DISTINCT mark || entry) FILTER (WHERE entry IS NOT NULL), '{}') AS told
    FROM parkwire.project AS p,
    LATERAL (VALUES (CASE WHEN kind = 'project' THEN '' ELSE '+' END)) AS m (mark),
    LATERAL (VALUES (stage), ('/' || industry), (stage || '/' || industry)) AS e (entry)
    WHERE article_id = a.id
) AS projects
ON CONFLICT (article_id) DO UPDATE SET story_id = excluded.story_id,
    published_at = excluded.published_at, days = excluded.days, month = excluded.month,
    money = excluded.money, parks = excluded.parks, places = excluded.places,
    areas = excluded.areas, industries = excluded.industries, told = excluded.told,
    words = excluded.words
"""
_MOVE: Final = """
UPDATE parkwire.document AS d SET story_id = s.story_id
FROM parkwire.story_article AS s
WHERE s.article_id = d.article_id AND d.article_id = ANY($1::uuid[]) AND d.story_id <> s.story_id
"""
# Known beforehand, so that stories are counted without sorting them.
_ALONE: Final = """
UPDATE parkwire.document AS d SET alone = s.alone
FROM (
    SELECT story_id, count(*) = 1 AS alone
    FROM parkwire.document WHERE article_id = ANY($1::uuid[]) GROUP BY story_id
) AS s
WHERE d.article_id = ANY($1::uuid[]) AND d.story_id = s.story_id AND d.alone <> s.alone
"""


async def write_documents(
    connection: Any, articles: Collection[UUID], words: Mapping[UUID, str]
) -> None:
    """Write the documents of `articles`: those with `words` (`vector`) anew, of others their story.

    The articles are those of whole stories. Of one that is gone, the document goes too.
    """
    await connection.execute(_FORGET, articles)
    await connection.execute(_WRITE, list(words), list(words.values()))
    await connection.execute(_MOVE, articles)
    await connection.execute(_ALONE, articles)


def told(where: Filter, industries: Collection[str]) -> list[str]:
    """Return the entries of `document.told` of which an article must have one.

    An entry is a stage (签约), an industry (/新能源) or both of one project (签约/新能源); that of
    a total over many projects begins with +.
    """
    ends = [""] if where.industry is None else [f"/{industry}" for industry in industries]
    found = [f"{where.stage or ''}{end}" for end in ends]
    return found + [f"+{one}" for one in found] if where.aggregates else found
