import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest
from store_samples import facts

from services.contracts.messages import Project
from services.runtime.migrate import upgrade
from services.runtime.postgres import POISON, TRANSIENT, connect
from services.store import MIGRATIONS, SCHEMA
from services.store.write import write

_WAITING = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'parkwire.project'::regclass"
)


@pytest.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    opened = await connect(postgres_dsn, size=2, application_name="test-store")
    yield opened
    opened.terminate()


async def _terminate(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'test-store' AND pid <> pg_backend_pid()"
    )
    await connection.close()


async def test_a_pool_says_who_it_is_and_limits_its_statements(pool: asyncpg.Pool) -> None:
    assert await pool.fetchval("SHOW application_name") == "test-store"
    assert await pool.fetchval("SHOW statement_timeout") == "1min"
    assert await pool.fetchval("SHOW idle_in_transaction_session_timeout") == "1min"


async def test_a_server_that_is_away_is_the_worlds_failure() -> None:
    with pytest.raises(TRANSIENT):
        await connect("postgresql://127.0.0.1:1/nowhere", size=1, application_name="test")


async def test_a_database_that_does_not_exist_is_neither(postgres_dsn: str) -> None:
    with pytest.raises(asyncpg.InvalidCatalogNameError) as caught:
        await connect(postgres_dsn + "_not", size=1, application_name="test")
    assert not isinstance(caught.value, TRANSIENT + POISON)


async def test_missing_tables_are_neither(postgres_dsn: str) -> None:
    pool = await connect(postgres_dsn, size=1, application_name="test")
    with pytest.raises(asyncpg.UndefinedTableError) as caught:
        await write(pool, [facts()])
    await pool.close()
    assert not isinstance(caught.value, TRANSIENT + POISON)


async def test_a_connection_cut_in_mid_transaction_is_the_worlds_failure(
    pool: asyncpg.Pool, postgres_dsn: str
) -> None:
    async with pool.acquire() as blocker:
        # The writer waits for this lock with its transaction open.
        await blocker.execute("BEGIN; LOCK TABLE parkwire.project IN ACCESS EXCLUSIVE MODE")
        writing = asyncio.create_task(
            write(pool, [facts(projects=[Project("project", "高端轴承项目")])])
        )
        async with asyncio.timeout(10):
            while not await blocker.fetchval(_WAITING):
                await blocker.execute("SELECT pg_sleep(0.01)")
        await _terminate(postgres_dsn)
        with pytest.raises(TRANSIENT):
            await writing
        with contextlib.suppress(*TRANSIENT):
            await blocker.execute("ROLLBACK")
    assert await pool.fetchval("SELECT count(*) FROM parkwire.article") == 0


async def test_a_pool_recovers_from_cut_connections(pool: asyncpg.Pool, postgres_dsn: str) -> None:
    await write(pool, [facts(0)])
    await _terminate(postgres_dsn)
    async with asyncio.timeout(10):
        while True:
            try:
                assert await write(pool, [facts(1)]) == 1
            except TRANSIENT:
                continue
            break
    assert await pool.fetchval("SELECT count(*) FROM parkwire.article") == 2


async def test_a_standby_is_the_worlds_failure(pool: asyncpg.Pool, postgres_dsn: str) -> None:
    await pool.execute(
        "DO $$ BEGIN EXECUTE format("
        "'ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$"
    )
    standby = await connect(postgres_dsn, size=1, application_name="test")
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError) as caught:
        await write(standby, [facts()])
    await standby.close()
    assert isinstance(caught.value, TRANSIENT)
