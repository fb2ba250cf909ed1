"""What relates one article to others, and the views that analysts and the command line read.

All tables here are written by `services.store.link` from those of `0001`, and could be made anew
from them (and `pending`): what questions ask of an article, the names, the indicators of parks,
which articles are one story and which tellings are one project; and the sums of it all.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# pg_trgm makes no trigram of a pattern with two characters, and most Chinese names that people ask
# for have two. With each character doubled, every pair of neighbours has trigrams of its own.
_DOUBLED = """
CREATE FUNCTION parkwire.doubled(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(lower(name), '(.)', '\\1\\1', 'g')
"""

# An article as questions see it (`services.store.documents`). What is asked of many rows stays in
# the row; words, which are long, are kept beside it. Room is left in each page for the row of an
# article whose story changes.
_DOCUMENT = """
CREATE TABLE parkwire.document (
    article_id uuid PRIMARY KEY,
    story_id uuid NOT NULL,
    earliest boolean NOT NULL GENERATED ALWAYS AS (article_id = story_id) STORED,
    alone boolean NOT NULL DEFAULT true,
    published_at timestamptz,
    days daterange,
    month date,
    money double precision,
    parks text[] COLLATE "C" NOT NULL,
    places text[] COLLATE "C" NOT NULL,
    areas text[] COLLATE "C" NOT NULL,
    industries text[] COLLATE "C" NOT NULL,
    told text[] COLLATE "C" NOT NULL,
    words tsvector NOT NULL
) WITH (toast_tuple_target = 512, fillfactor = 90)
"""

_ENTITY = """
CREATE TABLE parkwire.entity (
    type text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    adcode text COLLATE "C",
    PRIMARY KEY (type, name)
)
"""

_INDICATOR = """
CREATE TABLE parkwire.indicator (
    article_id uuid NOT NULL,
    position integer NOT NULL,
    park text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    low double precision,
    high double precision,
    qualifier text NOT NULL,
    text text NOT NULL,
    published_at timestamptz,
    PRIMARY KEY (article_id, position)
)
"""

_STORY = """
CREATE TABLE parkwire.story_article (
    article_id uuid PRIMARY KEY,
    story_id uuid NOT NULL,
    minhash bytea NOT NULL,
    bands bigint[] NOT NULL
)
"""

_TELLING = """
CREATE TABLE parkwire.telling (
    article_id uuid NOT NULL,
    position integer NOT NULL,
    project_id uuid NOT NULL,
    confidence double precision NOT NULL,
    agreement text[] NOT NULL,
    keys bigint[] NOT NULL,
    PRIMARY KEY (article_id, position)
)
"""

# What sums read comes first, and of that what is always as wide: PostgreSQL finds a column by way
# of all before it, which takes half the time of a sum over many rows.
_LINKED_PROJECT = """
CREATE TABLE parkwire.linked_project (
    id uuid PRIMARY KEY,
    article_id uuid NOT NULL,
    position integer NOT NULL,
    articles integer NOT NULL,
    confidence double precision NOT NULL,
    yuan double precision GENERATED ALWAYS AS (
        CASE WHEN currency = 'CNY' THEN coalesce(amount_low, amount_high) END) STORED,
    month date GENERATED ALWAYS AS (date_trunc('month', lower(days)::timestamp)::date) STORED,
    kind text NOT NULL,
    stage text,
    park text COLLATE "C",
    place text COLLATE "C",
    adcode text COLLATE "C",
    industry text COLLATE "C",
    days daterange,
    name text NOT NULL,
    investors text[] COLLATE "C" NOT NULL,
    amount_low double precision,
    amount_high double precision,
    currency text,
    area_m2 double precision,
    stages text[] NOT NULL,
    date text,
    date_precision text,
    date_inferred boolean NOT NULL
)
"""

# What an amount says; the same key for all who say the same.
_STATEMENT = """
CREATE TABLE parkwire.statement (
    article_id uuid NOT NULL,
    position integer NOT NULL,
    key bigint NOT NULL,
    published_at timestamptz,
    days daterange,
    role text NOT NULL,
    unit text NOT NULL,
    value double precision,
    park text COLLATE "C",
    place text COLLATE "C",
    month text COLLATE "C",
    industry text COLLATE "C",
    PRIMARY KEY (article_id, position)
)
"""

# Sums by park, place, month and industry (`facet`); of what has none, the name is empty.
_SUMS = (
    """
    CREATE TABLE parkwire.project_sum (
        facet text COLLATE "C" NOT NULL,
        name text COLLATE "C" NOT NULL,
        kind text COLLATE "C" NOT NULL,
        projects bigint NOT NULL,
        with_amount bigint NOT NULL,
        amount numeric NOT NULL,
        signed bigint NOT NULL,
        building bigint NOT NULL,
        built bigint NOT NULL,
        PRIMARY KEY (facet, name, kind)
    )
    """,
    """
    CREATE TABLE parkwire.article_sum (
        facet text COLLATE "C" NOT NULL,
        name text COLLATE "C" NOT NULL,
        stories bigint NOT NULL,
        articles bigint NOT NULL,
        PRIMARY KEY (facet, name)
    )
    """,
    """
    CREATE TABLE parkwire.amount_sum (
        facet text COLLATE "C" NOT NULL,
        name text COLLATE "C" NOT NULL,
        role text COLLATE "C" NOT NULL,
        unit text COLLATE "C" NOT NULL,
        statements bigint NOT NULL,
        total numeric NOT NULL,
        PRIMARY KEY (facet, name, role, unit)
    )
    """,
)

_TABLES = (
    _DOCUMENT,
    _ENTITY,
    _INDICATOR,
    _STORY,
    _TELLING,
    _LINKED_PROJECT,
    _STATEMENT,
    *_SUMS,
)

_PROJECT_ORDER = (
    "(lower(days)) DESC NULLS LAST, (coalesce(amount_low, amount_high)) DESC NULLS LAST, id"
)

_INDICATOR_ORDER = (
    "park, period DESC, role, unit, published_at DESC NULLS LAST, article_id, position"
)

_INDEXES = (
    """
    CREATE INDEX document_terms
    ON parkwire.document USING gin (words, parks, places, areas, told)
    """,
    """
    CREATE INDEX document_newest ON parkwire.document (published_at DESC NULLS LAST, article_id)
    """,
    """
    CREATE INDEX document_newest_story
    ON parkwire.document (published_at DESC NULLS LAST, article_id) WHERE earliest
    """,
    "CREATE INDEX document_money ON parkwire.document (money)",
    "CREATE INDEX entity_name ON parkwire.entity USING gin (parkwire.doubled(name) gin_trgm_ops)",
    "CREATE INDEX entity_adcode ON parkwire.entity (adcode) WHERE adcode IS NOT NULL",
    f"CREATE INDEX indicator_newest ON parkwire.indicator ({_INDICATOR_ORDER})",
    "CREATE INDEX story_article_story ON parkwire.story_article (story_id)",
    # Looked up in every pass, each time through all that is not yet in its place: put it there.
    """
    CREATE INDEX story_article_bands ON parkwire.story_article USING gin (bands)
    WITH (fastupdate = off)
    """,
    "CREATE INDEX telling_project ON parkwire.telling (project_id)",
    "CREATE INDEX telling_keys ON parkwire.telling USING gin (keys) WITH (fastupdate = off)",
    f"CREATE INDEX linked_project_newest ON parkwire.linked_project ({_PROJECT_ORDER})",
    "CREATE INDEX linked_project_investors ON parkwire.linked_project USING gin (investors)",
    # Holds all that is summed up by park.
    """
    CREATE INDEX linked_project_park ON parkwire.linked_project (park, (upper(days)))
    INCLUDE (kind, yuan, stage, days)
    """,
    "CREATE INDEX linked_project_place ON parkwire.linked_project (place)",
    "CREATE INDEX linked_project_adcode ON parkwire.linked_project (adcode)",
    "CREATE INDEX linked_project_industry ON parkwire.linked_project (industry)",
    f"CREATE INDEX linked_project_stage ON parkwire.linked_project (stage, {_PROJECT_ORDER})",
    "CREATE INDEX linked_project_yuan ON parkwire.linked_project (yuan)",
    "CREATE INDEX statement_key ON parkwire.statement (key, published_at, article_id, position)",
    "CREATE INDEX statement_money ON parkwire.statement (value) WHERE unit = 'CNY'",
    "CREATE INDEX statement_days ON parkwire.statement USING gist (days)",
)

_VIEWS = (
    """
    CREATE VIEW parkwire.articles AS
    SELECT a.id, a.title, a.url, a.site, a.source, a.author,
        parkwire.published(a.published_at, a.published_precision) AS published, a.published_at,
        a.published_days AS days, a.text, a.script, a.fetched_at, a.stored_at,
        coalesce(s.story_id, a.id) AS story_id
    FROM parkwire.article AS a LEFT JOIN parkwire.story_article AS s ON s.article_id = a.id
    """,
    """
    CREATE VIEW parkwire.entities AS
    SELECT e.type, e.name, e.adcode, m.mentions, m.articles
    FROM parkwire.entity AS e, LATERAL (
        SELECT count(*) AS mentions, count(DISTINCT article_id) AS articles
        FROM parkwire.mention WHERE name = e.name AND type = e.type
    ) AS m
    WHERE m.mentions > 0
    """,
    """
    CREATE VIEW parkwire.amounts AS
    SELECT f.article_id, f.position, f.subject, f.role, f.kind, f.low, f.high,
        coalesce(f.low, f.high) AS value, f.unit, f.qualifier, f.period, f.text,
        coalesce(f.period_days, a.published_days) AS days,
        substr(a.text, f.start_offset - 39, f.end_offset - f.start_offset + 80) AS context,
        a.title, a.url, a.site,
        parkwire.published(a.published_at, a.published_precision) AS published, a.published_at
    FROM parkwire.amount AS f JOIN parkwire.article AS a ON a.id = f.article_id
    """,
    """
    CREATE VIEW parkwire.projects AS
    SELECT f.id, f.article_id, f.position, f.kind, f.name, f.investors, f.amount_low,
        f.amount_high, coalesce(f.amount_low, f.amount_high) AS value, f.currency, f.area_m2,
        f.park, f.place, f.adcode, f.stage, f.stages, f.date, f.date_precision, f.date_inferred,
        f.industry, f.days, f.articles, f.confidence, a.title, a.url, a.site,
        parkwire.published(a.published_at, a.published_precision) AS published, a.published_at
    FROM parkwire.linked_project AS f JOIN parkwire.article AS a ON a.id = f.article_id
    """,
    """
    CREATE VIEW parkwire.tellings AS
    SELECT t.project_id, f.article_id, f.position, f.kind, f.name, f.investors, f.amount_low,
        f.amount_high, coalesce(f.amount_low, f.amount_high) AS value, f.currency, f.area_m2,
        f.park, f.place, f.adcode, f.stage, f.date, f.date_precision, f.date_inferred, f.industry,
        coalesce(f.date_days, a.published_days) AS days, t.confidence, t.agreement,
        ARRAY(
            SELECT substr(a.text, (span ->> 0)::integer + 1,
                (span ->> 1)::integer - (span ->> 0)::integer)
            FROM jsonb_array_elements(f.evidence) AS span
        ) AS evidence,
        a.title, a.url, a.site,
        parkwire.published(a.published_at, a.published_precision) AS published, a.published_at
    FROM parkwire.telling AS t
    JOIN parkwire.project AS f USING (article_id, position)
    JOIN parkwire.article AS a ON a.id = f.article_id
    """,
    """
    CREATE VIEW parkwire.stories AS
    SELECT s.story_id AS id, a.title, a.url, a.site, a.source,
        parkwire.published(a.published_at, a.published_precision) AS published, a.published_at,
        a.published_days AS days, s.articles, s.sites
    FROM (
        SELECT story_id, count(*) AS articles, array_agg(DISTINCT site ORDER BY site) AS sites
        FROM parkwire.story_article JOIN parkwire.article ON id = article_id
        GROUP BY story_id
    ) AS s JOIN parkwire.article AS a ON a.id = s.story_id
    """,
    # Of what several articles say of one park, role, unit and period, the newest stands.
    """
    CREATE VIEW parkwire.indicators AS
    SELECT i.*, a.title, a.url,
        parkwire.published(a.published_at, a.published_precision) AS published
    FROM (
        SELECT DISTINCT ON (park, period, role, unit)
            article_id, position, park, period, role, low, high, coalesce(low, high) AS value, unit,
            qualifier, text, published_at
        FROM parkwire.indicator
        ORDER BY park, period DESC, role, unit, published_at DESC NULLS LAST, article_id, position
    ) AS i JOIN parkwire.article AS a ON a.id = i.article_id
    """,
    """
    CREATE VIEW parkwire.parks AS
    SELECT name AS park, projects, with_amount, amount::double precision AS investment, signed,
        building, built, (
            SELECT max(upper(days)) - 1 FROM parkwire.linked_project AS f
            WHERE f.park = s.name AND f.kind = 'project'
        ) AS latest
    FROM parkwire.project_sum AS s
    WHERE facet = 'park' AND name <> '' AND kind = 'project' AND projects > 0
    """,
)

# What `\d+` of psql tells analysts.
_COMMENTS = {
    "VIEW parkwire.articles": "News articles, each in its newest revision",
    "COLUMN parkwire.articles.published": "ISO 8601, as exact as it is known",
    "COLUMN parkwire.articles.days": "The days that the publication time covers; a month or a year "
    "covers all of its days",
    "COLUMN parkwire.articles.story_id": "The same for all re-posts of one story: the id of the "
    "earliest",
    "VIEW parkwire.entities": "What has a name, and how often it is mentioned",
    "VIEW parkwire.amounts": "Quantities as articles state them",
    "COLUMN parkwire.amounts.low": "Lower bound in unit, a base unit; null where the text states "
    "none",
    "COLUMN parkwire.amounts.high": "Upper bound in unit, a base unit; null where the text states "
    "none",
    "COLUMN parkwire.amounts.value": "The lower bound, or else the upper",
    "COLUMN parkwire.amounts.days": "The days of period, or else of publication",
    "COLUMN parkwire.amounts.context": "Forty characters on either side",
    "VIEW parkwire.projects": "Investment projects (kind project) and totals over many (kind "
    "aggregate), each once, whoever tells of it",
    "COLUMN parkwire.projects.value": "The lower bound, or else the upper",
    "COLUMN parkwire.projects.stage": "The furthest that any article tells",
    "COLUMN parkwire.projects.stages": "Its history: each stage and the earliest date told of it",
    "COLUMN parkwire.projects.date": "Of the stage; ISO 8601, as exact as told",
    "COLUMN parkwire.projects.date_inferred": "A part of the date comes from the date of the "
    "article",
    "COLUMN parkwire.projects.days": "The days of date, or else of publication",
    "COLUMN parkwire.projects.confidence": "How sure it is that all its tellings are one project "
    "(the least sure of them)",
    "VIEW parkwire.tellings": "A project as one article tells it, and why it was linked",
    "COLUMN parkwire.tellings.agreement": "What it has in common with another telling",
    "COLUMN parkwire.tellings.evidence": "The passages that it rests on",
    "VIEW parkwire.stories": "Articles that are one text, re-posts included; the earliest stands "
    "for all",
    "VIEW parkwire.indicators": "What is said of a park and a period, each once",
    "VIEW parkwire.parks": "Parks by what is invested in them, each project counted once",
}

_DOWN = (
    "DROP VIEW parkwire.parks, parkwire.indicators, parkwire.stories, parkwire.tellings",
    "DROP VIEW parkwire.projects, parkwire.amounts, parkwire.entities, parkwire.articles",
    "DROP TABLE parkwire.amount_sum, parkwire.article_sum, parkwire.project_sum",
    "DROP TABLE parkwire.statement",
    "DROP TABLE parkwire.linked_project, parkwire.telling, parkwire.story_article",
    "DROP TABLE parkwire.indicator, parkwire.entity, parkwire.document",
    "DROP FUNCTION parkwire.doubled",
)


def upgrade() -> None:
    # Trusted, so whoever may create in the database may add it; left in place by a downgrade, since
    # others may use it too.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for statement in (_DOUBLED, *_TABLES, *_INDEXES, *_VIEWS):
        op.execute(statement)
    for thing, comment in _COMMENTS.items():
        op.execute(f"COMMENT ON {thing} IS '{comment}'")


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
