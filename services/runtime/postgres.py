"""PostgreSQL as the services use it: a pool with time limits, and what its errors mean.

An error is of one of three kinds. `TRANSIENT` is the world's: hold the batch, back off, try again.
`POISON` is the data's own: bisect the batch and dead-letter the culprit. Anything else (a missing
table, a privilege, a syntax error) is a wrong deployment or a defect: stop, and lose nothing.
"""

from datetime import timedelta
from typing import Final

import asyncpg

CONNECT_TIMEOUT: Final = timedelta(seconds=10)
STATEMENT_TIMEOUT: Final = timedelta(seconds=60)
# The client waits a little longer than the server, so that the server's own verdict arrives where
# it can; the client's limit is for a network that swallows packets.
COMMAND_TIMEOUT: Final = STATEMENT_TIMEOUT + timedelta(seconds=5)

TRANSIENT: Final[tuple[type[Exception], ...]] = (
    OSError,  # refused, reset, unreachable, name not found; TimeoutError is one
    asyncpg.PostgresConnectionError,  # class 08: the connection is gone
    asyncpg.InterfaceError,  # the driver's word for "closed while it was in use"
    asyncpg.InternalClientError,  # the stream was cut in mid-message
    asyncpg.TransactionRollbackError,  # class 40: serialization failure, deadlock
    asyncpg.InsufficientResourcesError,  # class 53: connections, memory, disk
    asyncpg.OperatorInterventionError,  # class 57: shutdown, starting up, time limits
    asyncpg.PostgresSystemError,  # class 58: the server's own input and output
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby, before or after a failover
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
)
"""The world's failures: the same call can succeed later."""

POISON: Final[tuple[type[Exception], ...]] = (
    asyncpg.DataError,  # class 22, and what the driver cannot encode
    asyncpg.IntegrityConstraintViolationError,  # class 23
    asyncpg.ProgramLimitExceededError,  # class 54: a row or an index entry too large
)
"""The row's own failures: the same row fails for ever."""


async def connect(dsn: str, *, size: int, application_name: str) -> asyncpg.Pool:
    """Return an open pool of at most `size` connections to `dsn`.

    Every statement has `STATEMENT_TIMEOUT`; a connection left idle in a transaction is closed by
    the server after the same time, so that a stalled process holds no locks.

    Raises:
        TRANSIENT: the database cannot be reached now.
        asyncpg.PostgresError: it refuses this user or has no such database.
    """
    limit_ms = str(STATEMENT_TIMEOUT // timedelta(milliseconds=1))
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        timeout=CONNECT_TIMEOUT.total_seconds(),
        command_timeout=COMMAND_TIMEOUT.total_seconds(),
        server_settings={
            "application_name": application_name,
            "statement_timeout": limit_ms,
            "idle_in_transaction_session_timeout": limit_ms,
        },
        reset=_leave,
    )


async def _leave(_connection: asyncpg.Connection) -> None:
    """Give a connection back as it is.

    Nobody here changes a session, and asyncpg ends what transaction is open by itself; its own way
    is one more round trip for every statement.
    """
