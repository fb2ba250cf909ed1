"""Relates what was written to what was there: documents, names, indicators, stories, projects.

`write` notes every changed article in `parkwire.pending`; `link` takes some of them, and works out
anew whatever they touch. What is alike is decided pair by pair from the rows alone, and groups are
the connected components, so any order of the same articles ends in the same groups, and a pass
that is repeated, or cut off and done again, changes nothing.

Comparing what is alike takes a thread: among thousands of bulletins of one form it may take
seconds, and the writing beside it must keep its place in its group.
"""

from asyncio import to_thread
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import asyncpg
import msgspec
import structlog

from services.runtime.bisect import bisect
from services.runtime.postgres import TRANSIENT
from services.store.documents import write_documents
from services.store.merge import Merged, merge
from services.store.same_project import Known, Link, Place, Telling, keys, projects
from services.store.search_words import vector
from services.store.stories import Print, fingerprint, stories
from services.store.sums import (
    add_articles,
    add_projects,
    count_statements,
    in_stories,
    take_off_articles,
    take_off_projects,
)

_LOCK: Final = 0x6C696E6B  # "link": one pass at a time, whatever the number of replicas
_ARTICLES: Final = 100
"""Articles of one pass, which is one transaction."""

# All that a pass looks for has a key. A planner that sees the thousands of keys expects to meet
# most rows, and would compare every row with all of them.
_BY_KEY: Final = """
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_seqscan = off
"""

_TAKE: Final = """
DELETE FROM parkwire.pending WHERE article_id IN (
    SELECT article_id FROM parkwire.pending LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING article_id, tokens, minhash
"""

_THERE: Final = """
SELECT id, published_at, fetched_at, content_hash FROM parkwire.article WHERE id = ANY($1::uuid[])
"""

# A name stays when the article that brought it goes: it is a dictionary, not a count.
_ENTITIES: Final = """
INSERT INTO parkwire.entity AS known (type, name, adcode)
SELECT DISTINCT ON (type, name) type, name, adcode FROM (
    SELECT type, name, adcode FROM parkwire.mention WHERE article_id = ANY($1::uuid[])
    UNION ALL
    SELECT 'company', unnest(investors), NULL FROM parkwire.project
    WHERE article_id = ANY($1::uuid[])
    UNION ALL
    SELECT told.type, told.name, told.adcode
    FROM parkwire.project AS p, LATERAL (
        VALUES ('park', p.park, NULL), ('place', p.place, p.adcode), ('industry', p.industry, NULL)
    ) AS told (type, name, adcode)
    WHERE p.article_id = ANY($1::uuid[])
) AS told
WHERE name IS NOT NULL
ORDER BY type, name, adcode DESC NULLS LAST
ON CONFLICT (type, name) DO UPDATE SET adcode = excluded.adcode
WHERE excluded.adcode > coalesce(known.adcode, '')
"""

_INDICATORS: Final = (
    "DELETE FROM parkwire.indicator WHERE article_id = ANY($1::uuid[])",
    """
    INSERT INTO parkwire.indicator (
        article_id, position, park, period, role, unit, low, high, qualifier, text, published_at)
    SELECT f.article_id, f.position, f.subject, f.period, f.role, f.unit, f.low, f.high,
        f.qualifier, f.text, a.published_at
    FROM parkwire.amount AS f JOIN parkwire.article AS a ON a.id = f.article_id
    WHERE f.article_id = ANY($1::uuid[]) AND period IS NOT NULL AND role <> 'other'
        AND EXISTS (
            SELECT FROM parkwire.mention
            WHERE article_id = f.article_id AND type = 'park' AND name = f.subject)
    """,
)

_FORGET_STORIES: Final = """
DELETE FROM parkwire.story_article WHERE article_id = ANY($1::uuid[]) RETURNING story_id
"""
# All of the stories that have lost an article, and of the others those that share a band.
_NEAR_STORIES: Final = """
SELECT s.article_id, s.story_id, s.minhash, s.bands, a.published_at, a.fetched_at
FROM (
    SELECT * FROM parkwire.story_article WHERE story_id = ANY($1::uuid[])
    UNION SELECT * FROM parkwire.story_article WHERE bands && $2::bigint[]
) AS s JOIN parkwire.article AS a ON a.id = s.article_id
"""
_AGES: Final = (
    "SELECT id, published_at, fetched_at FROM parkwire.article WHERE id = ANY($1::uuid[])"
)
_MERGE_STORIES: Final = """
UPDATE parkwire.story_article AS s SET story_id = merged.into_id
FROM unnest($1::uuid[], $2::uuid[]) AS merged (story_id, into_id)
WHERE s.story_id = merged.story_id
RETURNING s.article_id
"""
_WRITE_STORIES: Final = """
INSERT INTO parkwire.story_article AS known (article_id, story_id, minhash, bands)
SELECT article_id, story_id, minhash, ARRAY(SELECT jsonb_array_elements_text(bands)::bigint)
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::jsonb[])
    AS row (article_id, story_id, minhash, bands)
ON CONFLICT (article_id) DO UPDATE SET story_id = excluded.story_id
WHERE known.story_id <> excluded.story_id
"""

_TELLING: Final = """
p.article_id, p.position, p.kind, p.name, p.investors, p.amount_low, p.amount_high, p.currency,
p.area_m2, p.park, p.place, p.adcode, p.stage, p.date, p.date_precision, p.date_inferred,
p.industry, parkwire.published(a.published_at, a.published_precision) AS published
"""
_FORGET_TELLINGS: Final = """
DELETE FROM parkwire.telling WHERE article_id = ANY($1::uuid[]) RETURNING project_id
"""
_NEW_TELLINGS: Final = f"""
SELECT {_TELLING}, a.text, p.evidence
FROM parkwire.project AS p JOIN parkwire.article AS a ON a.id = p.article_id
WHERE p.article_id = ANY($1::uuid[])
"""
# Of articles that have changed too and wait for their own pass: what they told is no more. Of the
# projects $1, and of those with a telling that has one of the keys $2.
_FORGET_STALE: Final = """
DELETE FROM parkwire.telling WHERE article_id IN (SELECT article_id FROM parkwire.pending)
    AND project_id IN (
        SELECT unnest($1::uuid[])
        UNION SELECT project_id FROM parkwire.telling WHERE keys && $2::bigint[])
RETURNING project_id
"""
_KNOWN: Final = f"""
SELECT {_TELLING}, t.keys, t.project_id, t.confidence, t.agreement
FROM parkwire.telling AS t JOIN parkwire.project AS p USING (article_id, position)
JOIN parkwire.article AS a ON a.id = p.article_id
"""
# All of the projects $1, and of the others those that have one of the keys $2.
_NEAR_TELLINGS: Final = f"{_KNOWN} WHERE t.project_id = ANY($1::uuid[]) OR t.keys && $2::bigint[]"
# Of the projects $1, but for those that are read already.
_OTHER_TELLINGS: Final = f"""
{_KNOWN} WHERE t.project_id = ANY($1::uuid[]) AND (t.article_id, t.position) NOT IN (
    SELECT * FROM unnest($2::uuid[], $3::integer[]))
"""
_WRITE_TELLINGS: Final = """
INSERT INTO parkwire.telling AS known
    (article_id, position, project_id, confidence, agreement, keys)
SELECT article_id, position, project_id, confidence,
    ARRAY(SELECT jsonb_array_elements_text(agreement)),
    ARRAY(SELECT jsonb_array_elements_text(keys)::bigint)
FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::double precision[], $5::jsonb[], $6::jsonb[])
    AS row (article_id, position, project_id, confidence, agreement, keys)
ON CONFLICT (article_id, position) DO UPDATE SET project_id = excluded.project_id,
    confidence = excluded.confidence, agreement = excluded.agreement
WHERE (known.project_id, known.confidence, known.agreement)
    <> (excluded.project_id, excluded.confidence, excluded.agreement)
"""
_FORGET_PROJECTS: Final = "DELETE FROM parkwire.linked_project WHERE id = ANY($1::uuid[])"
_WRITE_PROJECTS: Final = """
INSERT INTO parkwire.linked_project (
    id, article_id, position, kind, name, investors, amount_low, amount_high, currency, area_m2,
    park, place, adcode, stage, stages, date, date_precision, date_inferred, industry, days,
    articles, confidence)
SELECT r.id, article_id, position, kind, name, ARRAY(SELECT jsonb_array_elements_text(investors)),
    amount_low, amount_high, currency, area_m2, park, place, adcode, stage,
    ARRAY(SELECT jsonb_array_elements_text(stages)), date, date_precision, date_inferred, industry,
    coalesce(parkwire.period_days(date), a.published_days), articles, confidence
FROM unnest(
    $1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::jsonb[],
    $7::double precision[], $8::double precision[], $9::text[], $10::double precision[],
    $11::text[], $12::text[], $13::text[], $14::text[], $15::jsonb[], $16::text[], $17::text[],
    $18::boolean[], $19::text[], $20::integer[], $21::double precision[]
) AS r (
    id, article_id, position, kind, name, investors, amount_low, amount_high, currency, area_m2,
    park, place, adcode, stage, stages, date, date_precision, date_inferred, industry, articles,
    confidence)
JOIN parkwire.article AS a ON a.id = r.article_id
"""

_log = structlog.get_logger(__name__)

_Age = tuple[bool, datetime, datetime]


async def link(pool: asyncpg.Pool, limit: int = _ARTICLES) -> int:
    """Relate at most `limit` changed articles in one transaction; return how many they were.

    0 says that nothing is to be done, or that another replica is at it. An article that cannot be
    related is left out and logged: it is stored all the same.

    Raises:
        TRANSIENT (`services.runtime.postgres`): the database cannot do it now.
    """
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return 0
        await connection.execute(_BY_KEY)

        async def attempt(taken: Sequence[asyncpg.Record]) -> Sequence[None]:
            try:
                async with connection.transaction():  # a savepoint
                    await _relate(connection, taken)
            except TRANSIENT:
                raise
            except asyncpg.SyntaxOrAccessError:  # a wrong deployment, no article's fault
                raise
            except Exception as error:  # what relates articles must not keep others from storage
                raise _UnrelatedError from error
            return [None] * len(taken)

        taken = await connection.fetch(_TAKE, limit)
        await bisect(taken, attempt, (_UnrelatedError,), _leave_out)
        return len(taken)


async def pending(pool: asyncpg.Pool) -> int:
    """Return how many changed articles wait to be related. Raises as `link`."""
    waiting: int = await pool.fetchval("SELECT count(*) FROM parkwire.pending")
    return waiting


class _UnrelatedError(RuntimeError):
    """One of some articles at least cannot be related."""


def _leave_out(row: asyncpg.Record, error: BaseException) -> None:
    cause = error.__cause__
    _log.error("not linked", article=str(row["article_id"]), error=repr(cause)[:300])


async def _relate(connection: Any, taken: Sequence[asyncpg.Record]) -> None:
    changed = [row["article_id"] for row in taken]
    # Those that are not there any more were pending since they are gone: only forgotten.
    there = {row["id"]: row for row in await connection.fetch(_THERE, changed)}
    words = {
        row["article_id"]: vector(row["tokens"]) for row in taken if row["article_id"] in there
    }
    await connection.execute(_ENTITIES, changed)
    for statement in _INDICATORS:
        await connection.execute(statement, changed)
    moved = {*changed, *await _relate_stories(connection, taken, there)}
    together = await in_stories(connection, moved)
    await take_off_articles(connection, together)
    await write_documents(connection, together, words)
    await add_articles(connection, together)
    await count_statements(connection, moved)
    await _relate_projects(connection, changed)


async def _relate_stories(
    connection: Any, taken: Sequence[asyncpg.Record], there: dict[UUID, asyncpg.Record]
) -> list[UUID]:
    """Return the articles that were given a story."""
    prints: dict[UUID, Print] = {}
    ages: dict[UUID, _Age] = {}
    for row in taken:
        if known := there.get(row["article_id"]):
            prints[known["id"]] = fingerprint(row["minhash"], known["content_hash"])
            ages[known["id"]] = _age(known)
    changed = [row["article_id"] for row in taken]
    torn = {row[0] for row in await connection.fetch(_FORGET_STORIES, changed)}
    bands = {band for found in prints.values() for band in found.bands}
    whole: defaultdict[UUID, list[UUID]] = defaultdict(list)
    story_of: dict[UUID, UUID] = {}
    for row in await connection.fetch(_NEAR_STORIES, torn, bands):
        article = row["article_id"]
        prints[article] = Print(row["minhash"], row["bands"])
        ages[article] = _age(row)
        if row["story_id"] not in torn:
            whole[row["story_id"]].append(article)
            story_of[article] = row["story_id"]
    ages |= {row["id"]: _age(row) for row in await connection.fetch(_AGES, list(whole))}
    written, merged = [], []
    for story in await to_thread(stories, prints, whole.values()):
        before = {story_of[article] for article in story if article in story_of}
        _, earliest = min((ages[article], article) for article in {*story, *before})
        merged += [(old, earliest) for old in before if old != earliest]
        for article in story:
            if article not in story_of:
                found = prints[article]
                written.append((article, earliest, found.minhash, _json(found.bands)))
    moved = await connection.fetch(_MERGE_STORIES, *zip(*merged, strict=True)) if merged else []
    await _write(connection, _WRITE_STORIES, sorted(written, key=lambda row: row[0]))
    return [row[0] for row in (*moved, *written)]


async def _relate_projects(connection: Any, changed: Sequence[UUID]) -> None:
    torn = {row[0] for row in await connection.fetch(_FORGET_TELLINGS, changed)}
    tellings: dict[Place, Known] = {}
    for row in await connection.fetch(_NEW_TELLINGS, changed):
        telling = _telling(row)
        tellings[telling.at] = Known(telling, keys(telling, _passage(row["text"], row["evidence"])))
    own = {key for known in tellings.values() for key in known.keys}
    torn |= {row[0] for row in await connection.fetch(_FORGET_STALE, torn, own)}
    for row in await connection.fetch(_NEAR_TELLINGS, torn, own):
        known = _known(row)
        if known.project_id in torn:
            known = Known(known.telling, known.keys)
        tellings[known.telling.at] = known
    groups: list[dict[Place, Link]] = []
    joined: dict[UUID, dict[Place, Link]] = {}
    for group in await to_thread(projects, tellings):
        before = {tellings[place].project_id for place in group}
        if None in before or len(before) > 1:  # else it is as it was
            groups.append(group)
            joined |= {project_id: group for project_id in before if project_id is not None}
    if joined:  # what is like nothing new goes where its project goes
        read = zip(*tellings, strict=True)
        for row in await connection.fetch(_OTHER_TELLINGS, list(joined), *read):
            known = _known(row)
            tellings[known.telling.at] = known
            joined[row["project_id"]][known.telling.at] = known.link
    links, merged = [], []
    for group in groups:
        # Any name would do that the group alone decides: that of its first telling.
        article, position = min(group)
        identity = uuid5(article, str(position))
        project = merge({place: tellings[place].telling for place in group}, group)
        merged.append(_project_row(identity, project))
        links += [
            (*place, identity, confidence, _json(agreement), _json(tellings[place].keys))
            for place, (confidence, agreement) in group.items()
        ]
    torn |= {*joined, *(row[0] for row in merged)}
    await _write(connection, _WRITE_TELLINGS, links)
    await take_off_projects(connection, torn)
    await connection.execute(_FORGET_PROJECTS, torn)
    await _write(connection, _WRITE_PROJECTS, merged)
    await add_projects(connection, [row[0] for row in merged])


async def _write(connection: Any, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        await connection.execute(statement, *zip(*rows, strict=True))


def _age(article: asyncpg.Record) -> _Age:
    """Order articles from the earliest; those without a time of publication come last."""
    published, fetched = article["published_at"], article["fetched_at"]
    return published is None, published or fetched, fetched


def _telling(row: asyncpg.Record) -> Telling:
    return Telling(**{name: row[name] for name in Telling.__struct_fields__})


def _known(row: asyncpg.Record) -> Known:
    link = Link(row["confidence"], tuple(row["agreement"]))
    return Known(_telling(row), row["keys"], row["project_id"], link)


def _passage(text: str, evidence: str) -> str:
    return "".join(text[start:end] for start, end in msgspec.json.decode(evidence))


def _project_row(identity: UUID, project: Merged) -> tuple[Any, ...]:
    latest = project.latest
    return (
        identity,
        *latest.at,
        latest.kind,
        project.name,
        _json(project.investors),
        project.amount_low,
        project.amount_high,
        project.currency,
        project.area_m2,
        project.park,
        project.place,
        project.adcode,
        latest.stage,
        _json(project.stages),
        latest.date,
        latest.date_precision,
        latest.date_inferred,
        project.industry,
        project.articles,
        project.confidence,
    )


def _json(value: Iterable[object]) -> str:
    # unnest flattens an array of arrays, so lists travel as JSON.
    return msgspec.json.encode(value).decode()
