"""Questions to a database of many articles: `python -m benchmarks.many [ARTICLES]`.

Generates the articles (a million without ARTICLES) in the database itself, then asks every question
and every sum by every filter, with a common and with a rare value, and prints how long the answer
takes and how PostgreSQL finds it. Status 1 if one takes longer than 200 ms or reads a whole table
of rows; of a million, some do, mostly sums by a filter that many articles pass (docs/store.md).
"""

import asyncio
import re
import sys
import time
from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any, Final, get_args

import asyncpg

from services.cli.embedded import embedded_postgres
from services.runtime.migrate import upgrade
from services.store import MIGRATIONS, SCHEMA
from services.store.queries import ask, plan
from services.store.questions import (
    AMOUNTS,
    ARTICLES,
    PARKS,
    PROJECTS,
    STORIES,
    Facet,
    Question,
    sums_of_amounts,
    sums_of_articles,
    sums_of_projects,
)
from services.store.rows import Filter

EMPTY: Final = """
DO $$ BEGIN EXECUTE (
    SELECT 'TRUNCATE ' || string_agg(format('parkwire.%I', tablename), ', ')
    FROM pg_tables WHERE schemaname = 'parkwire' AND tablename <> 'alembic_version'
); END $$
"""
"""Removes every row of the store."""

_LIMIT_MS: Final = 200
_SCAN: Final = re.compile(r"Seq Scan on (?!\w+_sum\b)(\w+)")
"""Of a table of rows; the sums that are kept are few."""
_INDEX: Final = re.compile(
    r"(?:Index (?:Only )?Scan(?: Backward)? using|Bitmap Index Scan on) (\w+)"
)

# Everything is skewed as news is: `skew` gives 0 often and large numbers seldom.
_GENERATE: Final = (
    "SELECT setseed(0.5)",
    """
    CREATE FUNCTION pg_temp.skew(most integer) RETURNS integer LANGUAGE sql VOLATILE
    RETURN floor(most * power(random(), 3))::integer
    """,
    """
    CREATE TEMPORARY TABLE made AS
    SELECT n, gen_random_uuid() AS id,
        timestamptz '2015-01-01' + random() * interval '11 years' AS published_at,
        pg_temp.skew(3000) AS city, pg_temp.skew(5000) AS park, pg_temp.skew(200000) AS company,
        pg_temp.skew(60) AS industry,
        (ARRAY['签约', '开工', '投产', '在建', '竣工', '洽谈'])[1 + pg_temp.skew(6)] AS stage,
        1e6 * power(10, 4.5 * random()) AS money, n % 10 < 6 AS tells
    FROM generate_series(1, $count) AS n
    """,
    """
    INSERT INTO parkwire.article (id, url, canonical_url, site, ordinal, title, published_at,
        published_precision, text, script, fetched_at, content_hash, simhash)
    SELECT id, 'https://news.example/' || n, 'https://news.example/' || n, 'news.example', 0,
        '第' || n || '篇', published_at, 'day', repeat('云溪高新区签约。', 20), 'hans',
        published_at, n::text, ''
    FROM made
    """,
    """
    INSERT INTO parkwire.mention (article_id, position, type, text, start_offset, end_offset, name,
        adcode)
    SELECT id, position, type, name, 0, 4, name, adcode
    FROM made, LATERAL (VALUES
        (0, 'place', '城市' || city || '号', (100000 + city * 100)::text),
        (1, 'park', '第' || park || '高新区', NULL),
        (2, 'company', '远岫' || company || '号有限公司', NULL),
        (3, 'company', '云溪' || pg_temp.skew(200000) || '号有限公司', NULL),
        (4, 'government', '城市' || city || '号人民政府', NULL)
    ) AS told (position, type, name, adcode)
    """,
    """
    INSERT INTO parkwire.amount (article_id, position, text, start_offset, end_offset, kind, low,
        high, unit, qualifier, role, subject, period)
    SELECT id, position, '1亿元', 0, 3, kind, value, value, unit, 'exact', role, subject, period
    FROM made, LATERAL (VALUES
        (0, 'money', money, 'CNY', 'total_investment', NULL, NULL),
        (1, 'ratio', 12.5, 'percent', 'growth', '第' || park || '高新区',
            CASE WHEN n % 4 = 0 THEN (extract(year FROM published_at) - n % 3)::text END),
        (2, 'count', 42, '个', 'other', NULL, NULL),
        (3, 'area', 5e4, 'm2', 'land_area', NULL, NULL)
    ) AS told (position, kind, value, unit, role, subject, period)
    """,
    """
    INSERT INTO parkwire.project (article_id, position, kind, name, investors, amount_low,
        amount_high, currency, park, place, adcode, stage, date, date_precision, date_inferred,
        industry, evidence)
    SELECT id, 0, 'project', '第' || n || '号轴承项目', ARRAY['远岫' || company || '号有限公司'],
        money, money, 'CNY', '第' || park || '高新区', '城市' || city || '号',
        (100000 + city * 100)::text, stage, to_char(published_at, 'YYYY-MM'), 'month', false,
        '产业' || industry, '[]'
    FROM made WHERE tells
    """,
    """
    INSERT INTO parkwire.linked_project (id, article_id, position, articles, confidence, kind,
        stage, park, place, adcode, industry, days, name, investors, amount_low, amount_high,
        currency, area_m2, stages, date, date_precision, date_inferred)
    SELECT gen_random_uuid(), article_id, position, 1, 1, kind, stage, park, place, adcode,
        industry, date_days, name, investors, amount_low, amount_high, currency, area_m2, '{}',
        date, date_precision, date_inferred
    FROM parkwire.project
    """,
    """
    INSERT INTO parkwire.telling
    SELECT article_id, position, id, 1, '{}', ARRAY[hashtext(name)::bigint]
    FROM parkwire.linked_project
    """,
    """
    INSERT INTO parkwire.story_article (article_id, story_id, minhash, bands)
    SELECT id, id, '', ARRAY[hashtext(n::text)::bigint] FROM made
    """,
    """
    INSERT INTO parkwire.document (article_id, story_id, published_at, days, month, money, parks,
        places, areas, industries, told, words)
    SELECT id, id, published_at, daterange(published_at::date, published_at::date + 1),
        date_trunc('month', published_at)::date, money, ARRAY['第' || park || '高新区'],
        ARRAY['城市' || city || '号'],
        ARRAY(
            SELECT DISTINCT left(regexp_replace(code, '(00)+$', ''), digits)
            FROM (VALUES ((100000 + city * 100)::text)) AS c (code), generate_series(1, 6) AS digits
        ),
        CASE WHEN tells THEN ARRAY['产业' || industry] ELSE '{}' END,
        CASE WHEN tells THEN ARRAY[stage, '/产业' || industry, stage || '/产业' || industry]
            ELSE '{}' END,
        ('签约:1 高新区:2 词' || pg_temp.skew(20000) || ':3 词'
            || pg_temp.skew(20000) || ':4 罕见' || n % 5000 || ':5')::tsvector
    FROM made
    """,
    """
    INSERT INTO parkwire.indicator
    SELECT article_id, position, subject, period, role, unit, low, high, qualifier, f.text,
        published_at
    FROM parkwire.amount AS f JOIN made ON made.id = f.article_id
    WHERE period IS NOT NULL
    """,
    """
    INSERT INTO parkwire.statement (article_id, position, key, published_at, days, role, unit,
        value, park, month, industry)
    SELECT id, position, hashtextextended(
            CASE WHEN subject IS NULL THEN n::text ELSE subject END || position || value
                || coalesce(period, ''), 0),
        published_at, daterange(published_at::date, published_at::date + 1), role, unit, value,
        subject, to_char(published_at, 'YYYY-MM'), CASE WHEN tells THEN '产业' || industry END
    FROM made JOIN (
        SELECT article_id, position, role, unit, subject, period, coalesce(low, high) AS value
        FROM parkwire.amount
    ) AS f ON f.article_id = id
    """,
    """
    INSERT INTO parkwire.project_sum
    SELECT facet, g.name, kind, count(*), count(*), sum(amount_low), count(*), 0, 0
    FROM parkwire.linked_project, LATERAL (VALUES
        ('park', park), ('place', place), ('month', date), ('industry', industry)
    ) AS g (facet, name)
    GROUP BY 1, 2, 3
    """,
    """
    INSERT INTO parkwire.article_sum
    SELECT facet, name, count(*), count(*)
    FROM parkwire.document, LATERAL (
        VALUES ('park', parks[1]), ('place', places[1]), ('industry', industries[1]),
            ('month', to_char(month, 'YYYY-MM'))
    ) AS told (facet, name)
    WHERE facet <> 'industry' OR name IS NOT NULL
    GROUP BY 1, 2
    """,
    """
    INSERT INTO parkwire.amount_sum
    SELECT facet, coalesce(name, ''), role, unit, count(*), sum(value)
    FROM (SELECT DISTINCT ON (key) * FROM parkwire.statement ORDER BY key, published_at) AS f,
        LATERAL (VALUES ('park', park), ('place', place), ('month', month), ('industry', industry))
            AS g (facet, name)
    GROUP BY 1, 2, 3, 4
    """,
    """
    INSERT INTO parkwire.entity
    SELECT type, name, max(adcode) FROM parkwire.mention GROUP BY 1, 2
    UNION SELECT 'industry', industry, NULL FROM parkwire.project
    """,
)
_SUMS_OF: Final[dict[str, Callable[[Facet], Question[Any]]]] = {
    "projects": sums_of_projects,
    "articles": sums_of_articles,
    "amounts": sums_of_amounts,
}
_ROWS: Final[dict[str, Question[Any]]] = {
    "projects": PROJECTS,
    "articles": ARTICLES,
    "amounts": AMOUNTS,
    "stories": STORIES,
    "parks": PARKS,
}
_QUESTIONS: Final = _ROWS | {
    f"{name} by {facet}": sums(facet)
    for name, sums in _SUMS_OF.items()
    for facet in get_args(Facet)
}
_FILTERS: Final = {
    "nothing": Filter(),
    "a large place": Filter(place="城市0号"),
    "a small place": Filter(place="城市2345号"),
    "a code": Filter(place="1000"),
    "a large park": Filter(park="第0高新"),
    "a small park": Filter(park="第4321高新"),
    "an investor": Filter(investor="远岫150000"),
    "a frequent investor": Filter(investor="远岫0号"),
    "most amounts": Filter(min_amount=1e7),
    "few amounts": Filter(min_amount=3.15e10),
    "a year": Filter(since=date(2020, 1, 1), until=date(2020, 12, 31)),
    "no year": Filter(since=date(2031, 1, 1)),
    "a stage": Filter(stage="签约"),
    "a rare stage": Filter(stage="洽谈"),
    "an industry": Filter(industry="产业0"),
    "a rare industry": Filter(industry="产业59"),
    "a common word": Filter(text="签约"),
    "a rare word": Filter(text="罕见77"),
    "two words": Filter(text="签约 罕见77"),
    "all of it": Filter(
        place="城市0号", stage="签约", min_amount=1e8, since=date(2020, 1, 1), text="高新区"
    ),
}


async def generate(connection: asyncpg.Connection, count: int) -> None:
    """Fill the tables of the store with `count` articles, and what links them."""
    for statement in _GENERATE:
        await connection.execute(statement.replace("$count", str(count)))
    await connection.execute("VACUUM ANALYZE")


async def plans(connection: asyncpg.Connection) -> "list[tuple[str, str, list[str]]]":
    """Return every question with every filter, and the lines of its plan."""
    return [
        (question, name, await plan(connection, asked, where))
        for question, asked in _QUESTIONS.items()
        for name, where in _FILTERS.items()
    ]


def scanned(lines: list[str]) -> list[str]:
    """Return the tables of rows that a plan reads from end to end."""
    return _SCAN.findall("\n".join(lines))


def indexes(lines: list[str]) -> set[str]:
    """Return the indexes that a plan uses."""
    return set(_INDEX.findall("\n".join(lines)))


async def main(count: int) -> int:
    """Measure; return the exit status."""
    bad = 0
    with embedded_postgres() as dsn:
        await upgrade(dsn, MIGRATIONS, SCHEMA)
        connection = await asyncpg.connect(dsn)
        started = time.perf_counter()
        await generate(connection, count)
        print(f"{count:,} articles in {time.perf_counter() - started:.0f} s\n", flush=True)
        for question, name, lines in await plans(connection):
            took = await _took(connection, question, name)
            whole = scanned(lines)
            slow = took > _LIMIT_MS
            bad += slow or bool(whole)
            print(
                f"{question:<20} {name:<20} {took:8.1f} ms{' !' if slow else '  '}"
                f" {'whole ' + ', '.join(whole) if whole else ' '.join(sorted(indexes(lines)))}",
                flush=True,
            )
        await connection.close()
    print(f"\n{bad} of {len(_QUESTIONS) * len(_FILTERS)} too slow or without an index")
    return 1 if bad else 0


async def _took(connection: asyncpg.Connection, question: str, name: str) -> float:
    times = []
    for _ in range(3):
        started = time.perf_counter()
        async for _row in ask(connection, _QUESTIONS[question], _FILTERS[name]):
            pass
        times.append(1000 * (time.perf_counter() - started))
    return median(times)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)))
