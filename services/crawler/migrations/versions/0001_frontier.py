"""The frontier: hosts with their pace and lease, URLs with their schedule, robots.txt files."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_UP = (
    # A host is an authority: the name, and the port where it is not the default one.
    """
    CREATE TABLE frontier.hosts (
        host text PRIMARY KEY,
        -- The earliest due URL, or earlier: releasing the host makes it exact again.
        due_at timestamptz,
        rank smallint NOT NULL DEFAULT 2,
        -- No request before this moment.
        next_at timestamptz NOT NULL DEFAULT '-infinity',
        crawl_delay double precision NOT NULL DEFAULT 0,
        failures integer NOT NULL DEFAULT 0,
        served_at timestamptz NOT NULL DEFAULT '-infinity',
        owner text,
        lease_until timestamptz
    )
    """,
    "CREATE INDEX hosts_turn ON frontier.hosts (rank, served_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX hosts_owner ON frontier.hosts (owner) WHERE owner IS NOT NULL",
    """
    CREATE TABLE frontier.urls (
        url text COLLATE "C" PRIMARY KEY,
        -- The URL as it was given; `url` is its canonical spelling.
        address text NOT NULL,
        host text NOT NULL REFERENCES frontier.hosts,
        kind text NOT NULL,
        depth integer NOT NULL,
        source text NOT NULL,
        trace_id text NOT NULL,
        -- new, retry, recrawl: due_at is set; done, gone (for good), failed (too often): not.
        state text NOT NULL DEFAULT 'new',
        -- 0 a person's new source, 1 a new link, 2 a recrawl.
        rank smallint NOT NULL,
        due_at timestamptz,
        -- Counts the times that it was made due from outside while it may have been in work.
        round integer NOT NULL DEFAULT 0,
        every double precision,
        period double precision,
        attempts integer NOT NULL DEFAULT 0,
        etag text,
        last_modified text,
        content_hash bytea,
        outcome text,
        detail text,
        fetched_at timestamptz,
        -- The record of a URL that a person added, as it came, for a dead letter.
        record_topic text,
        record_partition integer,
        record_offset bigint,
        record_timestamp bigint,
        record_key bytea,
        record_value bytea,
        record_headers bytea,
        CHECK ((due_at IS NULL) = (state IN ('done', 'gone', 'failed')))
    )
    """,
    "CREATE INDEX urls_due ON frontier.urls (host, rank, due_at) WHERE due_at IS NOT NULL",
    """
    CREATE TABLE frontier.robots (
        origin text PRIMARY KEY,
        body bytea NOT NULL,
        fetched_at timestamptz NOT NULL
    )
    """,
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for table in ("robots", "urls", "hosts"):
        op.execute(f"DROP TABLE frontier.{table}")
