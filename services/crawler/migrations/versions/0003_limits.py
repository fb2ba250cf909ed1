"""Leases are written in place, dead rows soon cleared; hosts and sources at their limit say so."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of use at a crawler's stop alone; without it a lease changes no index.
    op.execute("DROP INDEX frontier.hosts_owner")
    op.execute("""
        ALTER TABLE frontier.hosts SET (
            fillfactor = 50,
            autovacuum_vacuum_scale_factor = 0.05,
            autovacuum_vacuum_cost_delay = 0
        )
    """)
    # When a URL was last left out; a host's is null again once there is room for all that is found.
    op.execute("ALTER TABLE frontier.hosts ADD COLUMN full_at timestamptz")
    op.execute("ALTER TABLE frontier.sources ADD COLUMN full_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE frontier.sources DROP COLUMN full_at")
    op.execute("ALTER TABLE frontier.hosts DROP COLUMN full_at")
    op.execute("""
        ALTER TABLE frontier.hosts RESET (
            fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_cost_delay
        )
    """)
    op.execute("CREATE INDEX hosts_owner ON frontier.hosts (owner) WHERE owner IS NOT NULL")
