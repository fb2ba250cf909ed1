"""Articles and the facts found in them.

The tables (article, mention, amount, project) are the store's; the views (articles, entities,
amounts, projects) are what analysts and the command line read.

Closed sets such as roles and stages are checked where messages are decoded, so that a new one
needs no migration. Bounds and offsets are checked here too: a row that breaks them is a defect
upstream and must not be stored.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What a partial ISO 8601 date covers: a year, a month or a day. Anything else is an error, so
# that a malformed date cannot be stored.
_ISO_DAYS = """
CREATE FUNCTION parkwire.iso_days(iso text) RETURNS daterange
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE length(iso)
    WHEN 4 THEN daterange(
        make_date(iso::integer, 1, 1),
        make_date(iso::integer + 1, 1, 1))
    WHEN 7 THEN daterange(
        make_date(left(iso, 4)::integer, substr(iso, 6)::integer, 1),
        (make_date(left(iso, 4)::integer, substr(iso, 6)::integer, 1) + interval '1 month')::date)
    ELSE daterange(
        make_date(left(iso, 4)::integer, substr(iso, 6, 2)::integer, substr(iso, 9)::integer),
        make_date(left(iso, 4)::integer, substr(iso, 6, 2)::integer, substr(iso, 9)::integer) + 1)
END
"""

# The same, or an interval A/B, from the first day of A to the last of B.
_PERIOD_DAYS = """
CREATE FUNCTION parkwire.period_days(iso text) RETURNS daterange
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN strpos(iso, '/') > 0 THEN daterange(
        lower(parkwire.iso_days(split_part(iso, '/', 1))),
        upper(parkwire.iso_days(split_part(iso, '/', 2))))
    ELSE parkwire.iso_days(iso)
END
"""

# What a publication time covers, on the Chinese calendar, as exactly as it is known.
_PUBLISHED_DAYS = """
CREATE FUNCTION parkwire.published_days(at timestamptz, known_to text) RETURNS daterange
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE known_to
    WHEN 'year' THEN daterange(
        date_trunc('year', at AT TIME ZONE 'Asia/Shanghai')::date,
        (date_trunc('year', at AT TIME ZONE 'Asia/Shanghai') + interval '1 year')::date)
    WHEN 'month' THEN daterange(
        date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date,
        (date_trunc('month', at AT TIME ZONE 'Asia/Shanghai') + interval '1 month')::date)
    ELSE daterange(
        (at AT TIME ZONE 'Asia/Shanghai')::date,
        (at AT TIME ZONE 'Asia/Shanghai')::date + 1)
END
"""

# A publication time as people write it: ISO 8601, on the Chinese clock, as exact as it is known.
_PUBLISHED = """
CREATE FUNCTION parkwire.published(at timestamptz, known_to text) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN to_char(at AT TIME ZONE 'Asia/Shanghai', CASE known_to
    WHEN 'year' THEN 'YYYY'
    WHEN 'month' THEN 'YYYY-MM'
    WHEN 'day' THEN 'YYYY-MM-DD'
    ELSE 'YYYY-MM-DD"T"HH24:MI"+08:00"'
END)
"""

_ARTICLE = """
CREATE TABLE parkwire.article (
    id uuid PRIMARY KEY,
    url text NOT NULL,
    canonical_url text NOT NULL,
    site text NOT NULL,
    ordinal integer NOT NULL CHECK (ordinal >= 0),
    title text NOT NULL,
    published_at timestamptz,
    published_precision text,
    published_days daterange GENERATED ALWAYS AS (
        CASE WHEN published_at IS NOT NULL
        THEN parkwire.published_days(published_at, published_precision) END) STORED,
    source text,
    author text,
    text text NOT NULL,
    script text NOT NULL,
    fetched_at timestamptz NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    simhash text NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now()
)
"""

_MENTION = """
CREATE TABLE parkwire.mention (
    article_id uuid NOT NULL REFERENCES parkwire.article ON DELETE CASCADE,
    position integer NOT NULL,
    type text NOT NULL,
    text text NOT NULL,
    start_offset integer NOT NULL,
    end_offset integer NOT NULL,
    name text NOT NULL,
    adcode text,
    PRIMARY KEY (article_id, position),
    CHECK (0 <= start_offset AND start_offset < end_offset)
)
"""

_AMOUNT = """
CREATE TABLE parkwire.amount (
    article_id uuid NOT NULL REFERENCES parkwire.article ON DELETE CASCADE,
    position integer NOT NULL,
    text text NOT NULL,
    start_offset integer NOT NULL,
    end_offset integer NOT NULL,
    kind text NOT NULL,
    low double precision,
    high double precision,
    unit text NOT NULL,
    qualifier text NOT NULL,
    role text NOT NULL,
    subject text,
    period text,
    period_days daterange GENERATED ALWAYS AS (parkwire.period_days(period)) STORED,
    PRIMARY KEY (article_id, position),
    CHECK (0 <= start_offset AND start_offset < end_offset),
    CHECK (low <= high)
)
"""

_PROJECT = """
CREATE TABLE parkwire.project (
    article_id uuid NOT NULL REFERENCES parkwire.article ON DELETE CASCADE,
    position integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    investors text[] NOT NULL,
    amount_low double precision,
    amount_high double precision,
    currency text,
    area_m2 double precision,
    park text,
    place text,
    adcode text,
    stage text,
    date text,
    date_precision text,
    date_inferred boolean NOT NULL,
    date_days daterange GENERATED ALWAYS AS (parkwire.period_days(date)) STORED,
    industry text,
    evidence jsonb NOT NULL,
    PRIMARY KEY (article_id, position),
    CHECK (amount_low <= amount_high)
)
"""

_INDEXES = (
    "CREATE INDEX article_newest ON parkwire.article (published_at DESC NULLS LAST, id)",
    "CREATE INDEX mention_name ON parkwire.mention (name)",
    "CREATE INDEX mention_place ON parkwire.mention (name, adcode) WHERE type = 'place'",
    "CREATE INDEX amount_value ON parkwire.amount (unit, (coalesce(low, high)))",
    """
    CREATE INDEX project_value
    ON parkwire.project (currency, (coalesce(amount_low, amount_high)))
    """,
)

_VIEWS = (
    """
    CREATE VIEW parkwire.articles AS
    SELECT id, title, url, site, source, author,
        parkwire.published(published_at, published_precision) AS published, published_at,
        published_days AS days, text, script, fetched_at, stored_at
    FROM parkwire.article
    """,
    """
    CREATE VIEW parkwire.entities AS
    SELECT type, name, max(adcode) AS adcode, count(*) AS mentions,
        count(DISTINCT article_id) AS articles
    FROM parkwire.mention
    GROUP BY type, name
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
    SELECT f.article_id, f.position, f.kind, f.name, f.investors, f.amount_low, f.amount_high,
        coalesce(f.amount_low, f.amount_high) AS value, f.currency, f.area_m2, f.park, f.place,
        f.adcode, f.stage, f.date, f.date_precision, f.date_inferred, f.industry,
        coalesce(f.date_days, a.published_days) AS days,
        a.title, a.url, a.site,
        parkwire.published(a.published_at, a.published_precision) AS published, a.published_at
    FROM parkwire.project AS f JOIN parkwire.article AS a ON a.id = f.article_id
    """,
)

# What `\d+` of psql tells analysts.
_COMMENTS = (
    "COMMENT ON VIEW parkwire.articles IS 'News articles, each in its newest revision'",
    "COMMENT ON VIEW parkwire.entities IS 'What has a name, and how often it is mentioned'",
    "COMMENT ON VIEW parkwire.amounts IS 'Quantities as articles state them'",
    """
    COMMENT ON VIEW parkwire.projects IS
    'Investment projects (kind project) and totals over many (kind aggregate)'
    """,
    "COMMENT ON COLUMN parkwire.articles.published IS 'ISO 8601, as exact as it is known'",
    """
    COMMENT ON COLUMN parkwire.articles.days IS
    'The days that the publication time covers; a month or a year covers all of its days'
    """,
    """
    COMMENT ON COLUMN parkwire.amounts.low IS
    'Lower bound in unit, a base unit; null where the text states none'
    """,
    """
    COMMENT ON COLUMN parkwire.amounts.high IS
    'Upper bound in unit, a base unit; null where the text states none'
    """,
    "COMMENT ON COLUMN parkwire.amounts.value IS 'The lower bound, or else the upper'",
    "COMMENT ON COLUMN parkwire.amounts.days IS 'The days of period, or else of publication'",
    "COMMENT ON COLUMN parkwire.amounts.context IS 'Forty characters on either side'",
    "COMMENT ON COLUMN parkwire.projects.value IS 'The lower bound, or else the upper'",
    "COMMENT ON COLUMN parkwire.projects.date IS 'Of the stage; ISO 8601, as exact as told'",
    """
    COMMENT ON COLUMN parkwire.projects.date_inferred IS
    'A part of the date comes from the date of the article'
    """,
    "COMMENT ON COLUMN parkwire.projects.days IS 'The days of date, or else of publication'",
)

_DOWN = (
    "DROP VIEW parkwire.projects, parkwire.amounts, parkwire.entities, parkwire.articles",
    "DROP TABLE parkwire.project, parkwire.amount, parkwire.mention, parkwire.article",
    "DROP FUNCTION parkwire.published, parkwire.published_days",
    "DROP FUNCTION parkwire.period_days, parkwire.iso_days",
)


def upgrade() -> None:
    for statement in (
        _ISO_DAYS,
        _PERIOD_DAYS,
        _PUBLISHED_DAYS,
        _PUBLISHED,
        _ARTICLE,
        _MENTION,
        _AMOUNT,
        _PROJECT,
        *_INDEXES,
        *_VIEWS,
        *_COMMENTS,
    ):
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
