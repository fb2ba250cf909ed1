"""Forgets articles that were fetched too long ago."""

from datetime import timedelta
from typing import Final

import asyncpg

_BATCH: Final = 500
# Locks articles in the order of their keys, as `write` does. What else the article was related to
# is worked out anew by `link`, for which it is pending; its document too, by which the sums know
# what to take off.
_OLDEST: Final = """
SELECT id FROM parkwire.article WHERE fetched_at < now() - $1::interval
ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""
_FORGET: Final = (
    *(
        f"DELETE FROM parkwire.{table} WHERE article_id = ANY($1::uuid[])"  # noqa: S608 -- ours
        for table in ("mention", "amount", "project", "indicator")
    ),
    "DELETE FROM parkwire.article WHERE id = ANY($1::uuid[])",
    """
    INSERT INTO parkwire.pending (article_id, tokens, minhash)
    SELECT unnest($1::uuid[]), '', '' ON CONFLICT DO NOTHING
    """,
)


async def forget(pool: asyncpg.Pool, older_than: timedelta, limit: int = _BATCH) -> int:
    """Delete at most `limit` articles that were last fetched so long ago; return how many.

    Raises:
        TRANSIENT (`services.runtime.postgres`): the database cannot do it now.
    """
    async with pool.acquire() as connection, connection.transaction():
        old = [row["id"] for row in await connection.fetch(_OLDEST, older_than, limit)]
        if old:
            for statement in _FORGET:
                await connection.execute(statement, old)
        return len(old)
