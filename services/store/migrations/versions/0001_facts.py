"""Articles and the facts found in them.

The tables (article, mention, amount, project) are the store's; views (`0002`) are what analysts
and the command line read.

Closed sets such as roles and stages are checked where messages are decoded, so that a new one
needs no migration. Bounds and offsets are checked here too: a row that breaks them is a defect
upstream and must not be stored.

No foreign keys: an article and its facts are written as a set, in one transaction, by one
function, and PostgreSQL would check every row of that set by a query of its own, which takes a
third of the writing (decision 6). Nor is the text compressed, which takes a sixth.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What a partial ISO 8601 date covers: a year, a month or a day. Anything else is an error, so
# that a malformed date cannot be stored. Nor can one of the year 9999 (constraints below): what
# follows its last day is a date that most programs do not know.
# Not STRICT, or PostgreSQL would call the function for every row instead of working it out inline;
# so null is asked for here: the range from null to null is all of time.
_ISO_DAYS = """
CREATE FUNCTION parkwire.iso_days(iso text) RETURNS daterange
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN iso IS NULL THEN NULL
    WHEN length(iso) = 4 THEN daterange(
        make_date(iso::integer, 1, 1),
        make_date(iso::integer + 1, 1, 1))
    WHEN length(iso) = 7 THEN daterange(
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
LANGUAGE sql IMMUTABLE PARALLEL SAFE
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
    article_id uuid NOT NULL,
    position integer NOT NULL,
    type text NOT NULL,
    text text NOT NULL,
    start_offset integer NOT NULL,
    end_offset integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    adcode text COLLATE "C",
    PRIMARY KEY (article_id, position),
    CHECK (0 <= start_offset AND start_offset < end_offset)
)
"""

_AMOUNT = """
CREATE TABLE parkwire.amount (
    article_id uuid NOT NULL,
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
    CHECK (low <= high),
    CONSTRAINT amount_period_before_9999 CHECK (upper(period_days) <= DATE '9999-01-01')
)
"""

_PROJECT = """
CREATE TABLE parkwire.project (
    article_id uuid NOT NULL,
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
    CHECK (amount_low <= amount_high),
    CONSTRAINT project_date_before_9999 CHECK (upper(date_days) <= DATE '9999-01-01')
)
"""

_PENDING = """
CREATE TABLE parkwire.pending (
    article_id uuid PRIMARY KEY,
    tokens text NOT NULL,
    minhash bytea NOT NULL CHECK (octet_length(minhash) IN (0, 512))
)
"""

_STORAGE = (
    "ALTER TABLE parkwire.article ALTER COLUMN text SET STORAGE EXTERNAL",
    "ALTER TABLE parkwire.pending ALTER COLUMN tokens SET STORAGE EXTERNAL",
)

_INDEXES = (
    "CREATE INDEX article_newest ON parkwire.article (published_at DESC NULLS LAST, id)",
    "CREATE INDEX article_fetched ON parkwire.article (fetched_at)",  # for retention
    "CREATE INDEX mention_name ON parkwire.mention (name)",
    "CREATE INDEX amount_money ON parkwire.amount ((coalesce(low, high))) WHERE unit = 'CNY'",
    # The statistics of a partial index do not count.
    "CREATE STATISTICS parkwire.amount_value ON (coalesce(low, high)) FROM parkwire.amount",
    # Few amounts have a period. One index walks them from the newest, one finds those that meet a
    # range which hardly any does.
    """
    CREATE INDEX amount_period_newest
    ON parkwire.amount ((lower(period_days)) DESC, article_id, position)
    WHERE period_days IS NOT NULL
    """,
    """
    CREATE INDEX amount_period ON parkwire.amount USING gist (period_days)
    WHERE period_days IS NOT NULL
    """,
)

_DOWN = (
    "DROP TABLE parkwire.pending, parkwire.project, parkwire.amount, parkwire.mention",
    "DROP TABLE parkwire.article",
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
        _PENDING,
        *_STORAGE,
        *_INDEXES,
    ):
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
