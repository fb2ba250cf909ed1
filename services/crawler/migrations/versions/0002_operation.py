"""What operators decide (pause, pace, limits), a fair queue of hosts, what is learnt of sites."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UP = (
    "DROP INDEX frontier.hosts_turn",
    """
    ALTER TABLE frontier.hosts
        -- The host's place in the queue, earliest first: when its most urgent URL became due, or
        -- when it was served last, and a delay by rank.
        ADD COLUMN turn_at timestamptz,
        ADD COLUMN state text NOT NULL DEFAULT 'open'
            CHECK (state IN ('open', 'paused', 'dropped')),
        -- An operator's; where there is none, the crawler's setting and robots.txt decide.
        ADD COLUMN pace double precision,
        ADD COLUMN urls integer NOT NULL DEFAULT 0,
        ADD COLUMN most_urls integer,
        DROP COLUMN rank,
        DROP COLUMN served_at
    """,
    """
    UPDATE frontier.hosts SET turn_at = due_at,
        urls = (SELECT count(*) FROM frontier.urls WHERE urls.host = hosts.host)
    """,
    """
    CREATE INDEX hosts_turn ON frontier.hosts (turn_at)
    WHERE turn_at IS NOT NULL AND state = 'open'
    """,
    # What a person added: the switch for everything that was found from it.
    """
    CREATE TABLE frontier.sources (
        url text COLLATE "C" PRIMARY KEY,
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paused')),
        -- URLs that were first found from it.
        urls integer NOT NULL DEFAULT 0,
        most_urls integer,
        added_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    INSERT INTO frontier.sources (url, urls)
    SELECT url, (SELECT count(*) - 1 FROM frontier.urls AS found WHERE found.source = urls.url)
    FROM frontier.urls WHERE record_topic IS NOT NULL
    """,
    "CREATE INDEX urls_source ON frontier.urls (source)",
    # Where redirects have led to, canonical, where that is another URL.
    "ALTER TABLE frontier.urls ADD COLUMN moved_to text",
    # How many pages of a host whose URLs have the same shape turned out to be what.
    """
    CREATE TABLE frontier.patterns (
        host text NOT NULL,
        shape text NOT NULL,
        articles integer NOT NULL,
        lists integer NOT NULL,
        PRIMARY KEY (host, shape)
    )
    """,
)

_DOWN = (
    "DROP TABLE frontier.patterns",
    "ALTER TABLE frontier.urls DROP COLUMN moved_to",
    "DROP INDEX frontier.urls_source",
    "DROP TABLE frontier.sources",
    "DROP INDEX frontier.hosts_turn",
    """
    ALTER TABLE frontier.hosts
        DROP COLUMN turn_at,
        DROP COLUMN state,
        DROP COLUMN pace,
        DROP COLUMN urls,
        DROP COLUMN most_urls,
        ADD COLUMN rank smallint NOT NULL DEFAULT 2,
        ADD COLUMN served_at timestamptz NOT NULL DEFAULT '-infinity'
    """,
    "CREATE INDEX hosts_turn ON frontier.hosts (rank, served_at) WHERE due_at IS NOT NULL",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    # A paused source's URLs are due at infinity; an older crawler takes them up again.
    op.execute("UPDATE frontier.urls SET due_at = now() WHERE due_at = 'infinity'")
    for statement in _DOWN:
        op.execute(statement)
