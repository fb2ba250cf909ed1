"""The questions: one statement each, with the conditions that a filter asks for."""

from collections.abc import Callable, Mapping
from typing import Final, Generic, Literal, TypeVar

from msgspec import Struct

from services.store import search_words
from services.store.conditions import (
    Names,
    Statement,
    in_period,
    of_amount,
    of_article,
    of_park,
    of_project,
    of_statement,
    of_story,
)
from services.store.rows import (
    AmountRow,
    AmountSum,
    ArticleRow,
    ArticleSum,
    Filter,
    ParkRow,
    ProjectRow,
    ProjectSum,
    StoryRow,
)
from services.store.sums import BUILDING, BUILT, SIGNED

Facet = Literal["park", "place", "month", "industry"]
Row = TypeVar("Row", bound=Struct)


class Question(Struct, Generic[Row], frozen=True):
    """Something that can be asked of the database."""

    row: type[Row]
    statement: Callable[[Filter, Names], tuple[str, list[object]]]
    """The statement for a filter, and its parameters."""


_Conditions = Callable[[Statement, Filter, Names], None]


def _statement(
    conditions: _Conditions, template: str
) -> Callable[[Filter, Names], tuple[str, list[object]]]:
    """Return a maker of statements: `{where}` and `{limit}` of `template` come from the filter."""

    def make(where: Filter, names: Names) -> tuple[str, list[object]]:
        statement = Statement()
        conditions(statement, where, names)
        sql = template.format(where=statement.where, limit=statement.limit(where.limit))
        return sql, statement.parameters

    return make


_PUBLISHED: Final = "parkwire.published(a.published_at, a.published_precision) AS published"
_NEWEST: Final = "d.published_at DESC NULLS LAST, d.article_id"
_RANKED: Final = 200
"""Articles that are ranked, the newest that match."""


def _documents(where: Filter) -> str:
    """Return the articles to ask, as `d`; by dates alone, also those that wait to be related."""
    if where.asks_facts:
        return "parkwire.document AS d"
    dates = "id AS article_id, published_at, published_days AS days"
    return f"(SELECT {dates} FROM parkwire.article) AS d"


PROJECTS: Final = Question(
    ProjectRow,
    _statement(
        of_project,
        f"""
SELECT f.name, f.kind, f.investors, f.amount_low, f.amount_high, f.currency, f.area_m2, f.park,
    f.place, f.stage, f.date, f.industry, f.stages, f.articles, f.confidence, a.title,
    {_PUBLISHED}, a.url
FROM (
    SELECT f.* FROM parkwire.linked_project AS f
    {{where}}
    ORDER BY lower(days) DESC NULLS LAST, coalesce(amount_low, amount_high) DESC NULLS LAST, id
    {{limit}}
) AS f JOIN parkwire.article AS a ON a.id = f.article_id
ORDER BY lower(days) DESC NULLS LAST, coalesce(amount_low, amount_high) DESC NULLS LAST, f.id
""",
    ),
)
"""Projects, each once, newest first."""


def _amounts_statement(where: Filter, names: Names) -> tuple[str, list[object]]:
    """Return the newest amounts; by date, those by period and those by article apart.

    The two have an index each, and no condition on both could use either.
    """
    statement = Statement()
    order = "f.published_at DESC NULLS LAST, f.article_id, f.position"
    found = _amounts_by_article(statement, where, names)
    if where.asks_dates:
        order = f"lower(coalesce(f.period_days, f.days)) DESC, {order}"
        found = f"{_amounts_by_period(statement, where, names)} UNION ALL {found}"
    sql = f"""
SELECT f.subject, f.role, f.kind, f.text, f.low, f.high, f.unit, f.qualifier, f.period,
    substr(a.text, f.start_offset - 39, f.end_offset - f.start_offset + 80) AS context,
    a.title, {_PUBLISHED}, a.url
FROM ({found}) AS f JOIN parkwire.article AS a ON a.id = f.article_id
ORDER BY {order}
{statement.limit(where.limit)}
"""
    return sql, statement.parameters


def _amounts_by_article(statement: Statement, where: Filter, names: Names) -> str:
    """Return the amounts of the newest articles that pass; by date, those that have no period.

    The articles come first: PostgreSQL takes the amounts of an article for scattered, and would
    walk through all articles rather than look up those of a few.
    """
    amount, article = statement.branch(), statement.branch()
    of_amount(amount, where)
    if where.asks_dates:
        amount.also("f.period_days IS NULL")
    of_article(article, where, names)
    article.also(f"EXISTS (SELECT FROM parkwire.amount AS f {amount.where})")
    return f"""(
    SELECT f.*, d.published_at, d.days
    FROM (
        SELECT d.article_id, d.published_at, d.days FROM {_documents(where)}
        {article.where}
        ORDER BY {_NEWEST}
        {statement.limit(where.limit)}
    ) AS d, parkwire.amount AS f
    {amount.where}
    ORDER BY {_NEWEST}, f.position
    {statement.limit(where.limit)}
)"""


def _amounts_by_period(statement: Statement, where: Filter, names: Names) -> str:
    amount = statement.branch()
    in_period(amount, where, names)
    return f"""(
    SELECT f.*, d.published_at, d.days
    FROM {_documents(where)}, parkwire.amount AS f
    {amount.where}
    ORDER BY lower(f.period_days) DESC, f.article_id, f.position
    {statement.limit(where.limit)}
)"""


AMOUNTS: Final = Question(AmountRow, _amounts_statement)
"""Amounts in the order of their articles, newest first; by date, in the order of their own.

Names match what the amount's article names; stage and industry match the projects of its article.
"""

STORIES: Final = Question(
    StoryRow,
    _statement(
        of_story,
        f"""
SELECT a.title, a.site, a.source, {_PUBLISHED}, s.articles, s.sites, a.url
FROM (
    SELECT d.article_id, d.published_at FROM parkwire.document AS d
    {{where}}
    ORDER BY {_NEWEST}
    {{limit}}
) AS d JOIN parkwire.article AS a ON a.id = d.article_id, LATERAL (
    SELECT count(*) AS articles, array_agg(DISTINCT p.site ORDER BY p.site) AS sites
    FROM parkwire.story_article AS s JOIN parkwire.article AS p ON p.id = s.article_id
    WHERE s.story_id = d.article_id
) AS s
ORDER BY {_NEWEST}
""",
    ),
)
"""Stories by their earliest article, newest first; the filter is asked of that article."""

_FILTERED_PARKS: Final = f"""
SELECT f.park, count(*) AS projects,
    coalesce(sum(yuan), 0) AS investment, count(yuan) AS with_amount,
    {SIGNED} AS signed, {BUILDING} AS building, {BUILT} AS built,
    max(upper(days)) - 1 AS latest
FROM parkwire.linked_project AS f
{{where}}
GROUP BY f.park
ORDER BY investment DESC, projects DESC, park
{{limit}}
"""
_ALL_PARKS: Final = """
SELECT f.*, (
    SELECT max(upper(days)) - 1 FROM parkwire.linked_project AS l WHERE l.park = f.park {kind}
) AS latest
FROM (
    SELECT name AS park, sum(projects)::bigint AS projects,
        sum(amount)::double precision AS investment, sum(with_amount)::bigint AS with_amount,
        sum(signed)::bigint AS signed, sum(building)::bigint AS building,
        sum(built)::bigint AS built
    FROM parkwire.project_sum
    WHERE facet = 'park' AND name <> '' AND projects > 0 {kind}
    GROUP BY name
    ORDER BY investment DESC, projects DESC, park
    {limit}
) AS f
"""


def _parks_statement(where: Filter, names: Names) -> tuple[str, list[object]]:
    """Return the parks of the projects that pass; where all do, of the sums that are kept."""
    statement = Statement()
    if where.asks_nothing:
        kind = "" if where.aggregates else "AND kind = 'project'"
        found = _ALL_PARKS.format(kind=kind, limit=statement.limit(where.limit))
    else:
        of_park(statement, where, names)
        found = _FILTERED_PARKS.format(where=statement.where, limit=statement.limit(where.limit))
    sql = f"""
SELECT p.park, p.projects, p.investment, p.with_amount, p.signed, p.building, p.built,
    p.latest::text AS latest,
    ARRAY(
        SELECT concat_ws(' ', period, role, text) FROM (
            SELECT DISTINCT ON (period, role, unit) period, role, text
            FROM parkwire.indicator AS i
            WHERE i.park = p.park
            ORDER BY period DESC, role, unit, published_at DESC NULLS LAST, article_id, position
            LIMIT 10
        ) AS i
    ) AS indicators
FROM ({found}) AS p
ORDER BY investment DESC, projects DESC, park
"""
    return sql, statement.parameters


PARKS: Final = Question(ParkRow, _parks_statement)
"""Parks by what is invested there, most first; the filter is asked of the projects."""


def _articles_statement(where: Filter, names: Names) -> tuple[str, list[object]]:
    """Return the newest articles, or of those in which words stand the best of the newest."""
    statement = Statement()
    words, rank, match, most = "", "", "''", where.limit
    if where.text is not None:
        asked = statement.value(search_words.query(where.text))
        words = ", d.words"
        rank = f"ts_rank(d.words, {asked}::text::tsquery) DESC,"
        match = "a.text"
        most = where.limit and max(where.limit, _RANKED)
    of_article(statement, where, names)
    sql = f"""
SELECT a.title, a.site, a.source, {_PUBLISHED},
    (SELECT count(*) FROM parkwire.project WHERE article_id = a.id) AS projects,
    (SELECT count(*) FROM parkwire.amount WHERE article_id = a.id) AS amounts,
    (SELECT count(*) FROM parkwire.mention WHERE article_id = a.id) AS entities,
    {match} AS match, a.url
FROM (
    SELECT d.article_id, d.published_at{words} FROM {_documents(where)}
    {statement.where}
    ORDER BY {_NEWEST}
    {statement.limit(most)}
) AS d JOIN parkwire.article AS a ON a.id = d.article_id
ORDER BY {rank} {_NEWEST}
{statement.limit(where.limit)}
"""
    return sql, statement.parameters


ARTICLES: Final = Question(ArticleRow, _articles_statement)
"""Articles, newest first; where words are asked for, by how well they match.

An investor is any company that the article names; an amount is any in it.
"""


_ARTICLE_FACETS: Final[Mapping[Facet, str]] = {
    "park": "unnest(d.parks)",
    "place": "unnest(d.places)",
    "month": "d.month",
    "industry": "unnest(d.industries)",
}


# A sum is worked out whole and then ordered: PostgreSQL would take a limit for a reason to walk to
# the first groups row by row, of which there are fewer than it thinks.


def sums_of_projects(facet: Facet) -> Question[ProjectSum]:
    """Ask for projects by park, place, month or industry, each counted once, most money first."""
    order = f"{_order(facet, 'amount DESC, projects DESC')}, kind"
    kept = f"""
SELECT nullif(name, '') AS group_name, kind, projects, with_amount,
    amount::double precision AS amount
FROM parkwire.project_sum
WHERE facet = '{facet}' AND projects > 0 {{kind}}
ORDER BY {order}
{{limit}}
"""
    template = f"""
WITH sum AS MATERIALIZED (
    SELECT f.{facet} AS facet, f.kind, count(*) AS projects,
        count(yuan) AS with_amount, coalesce(sum(yuan), 0) AS amount
    FROM parkwire.linked_project AS f
    {{where}}
    GROUP BY facet, f.kind
)
SELECT {_name(facet)} AS group_name, kind, projects, with_amount, amount FROM sum
ORDER BY {order}
{{limit}}
"""
    return Question(ProjectSum, _sums_statement(kept, of_project, template))


_ADDS_UP: Final = "unit NOT IN ('percent', 's') AND unit NOT LIKE '%/%'"
"""Whether amounts of a unit can be added up: 12 % and 8 % are not 20 %."""


def sums_of_amounts(facet: Facet) -> Question[AmountSum]:
    """Ask for amounts by park or place (their subject), month (of publication) or industry.

    What is said twice counts once, where it is said first: the same figure of the same subject,
    role and period, whoever repeats it; without a subject, in all re-posts of the story.
    """
    order = f"{_order(facet, 'statements DESC')}, role, unit"
    kept = f"""
SELECT nullif(name, '') AS group_name, role, unit, statements,
    CASE WHEN {_ADDS_UP} THEN total::double precision END AS total
FROM parkwire.amount_sum
WHERE facet = '{facet}' AND statements > 0
ORDER BY {order}
{{limit}}
"""
    # The document is left out of the plan where nothing is asked of it. The key is inverted, since
    # PostgreSQL might else walk all statements by the index of keys, a look-up each.
    template = f"""
WITH sum AS MATERIALIZED (
    SELECT group_name, role, unit, count(*) AS statements,
        CASE WHEN {_ADDS_UP} THEN coalesce(sum(value), 0) END AS total
    FROM (
        SELECT DISTINCT ON (~key) f.{facet} AS group_name, role, unit, value
        FROM parkwire.statement AS f LEFT JOIN parkwire.document AS d USING (article_id)
        {{where}}
        ORDER BY ~key, f.published_at, article_id, position
    ) AS f
    GROUP BY group_name, role, unit
)
SELECT * FROM sum
ORDER BY {order}
{{limit}}
"""
    return Question(AmountSum, _sums_statement(kept, of_statement, template))


def sums_of_articles(facet: Facet) -> Question[ArticleSum]:
    """Ask for articles by park, place, month or industry; one that names two counts in both."""
    order = _order(facet, "stories DESC")
    kept = f"""
SELECT nullif(name, '') AS group_name, stories, articles FROM parkwire.article_sum
WHERE facet = '{facet}' AND articles > 0
ORDER BY {order}
{{limit}}
"""
    # Stories of one article, as most are, are counted without sorting them.
    template = f"""
WITH sum AS MATERIALIZED (
    SELECT facet, sum(CASE WHEN story IS NULL THEN articles ELSE 1 END)::bigint AS stories,
        sum(articles)::bigint AS articles
    FROM (
        SELECT {_ARTICLE_FACETS[facet]} AS facet,
            CASE WHEN NOT d.alone THEN d.story_id END AS story, count(*) AS articles
        FROM parkwire.document AS d
        {{where}}
        GROUP BY facet, story
    ) AS by_story
    GROUP BY facet
)
SELECT {_name(facet)} AS group_name, stories, articles FROM sum
ORDER BY {order}
{{limit}}
"""
    return Question(ArticleSum, _sums_statement(kept, of_article, template))


def _sums_statement(
    kept: str, conditions: _Conditions, template: str
) -> Callable[[Filter, Names], tuple[str, list[object]]]:
    """Return a maker of statements: `kept`, where all rows pass, else as `_statement` does."""
    filtered = _statement(conditions, template)

    def make(where: Filter, names: Names) -> tuple[str, list[object]]:
        if not where.asks_nothing:
            return filtered(where, names)
        statement = Statement()
        kind = "" if where.aggregates else "AND kind = 'project'"
        return kept.format(kind=kind, limit=statement.limit(where.limit)), statement.parameters

    return make


def _name(facet: Facet) -> str:
    return "to_char(facet, 'YYYY-MM')" if facet == "month" else "facet"


def _order(facet: Facet, by_size: str) -> str:
    return "group_name DESC NULLS LAST" if facet == "month" else f"{by_size}, group_name"
