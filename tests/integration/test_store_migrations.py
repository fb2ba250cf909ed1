import asyncio
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from alembic.util import CommandError

from services.runtime.migrate import downgrade, upgrade
from services.runtime.postgres import TRANSIENT
from services.store import MIGRATIONS, SCHEMA

_OBJECTS = """
SELECT relname::text AS name FROM pg_class
WHERE relnamespace = 'parkwire'::regnamespace AND relkind IN ('r', 'v')
UNION ALL
SELECT proname::text FROM pg_proc WHERE pronamespace = 'parkwire'::regnamespace
"""


async def _fetch(dsn: str, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


async def _objects(dsn: str) -> set[str]:
    return {row[0] for row in await _fetch(dsn, _OBJECTS)}


def _write_revision(directory: Path, revision: str, previous: str | None, up: str) -> None:
    (directory / "versions").mkdir(parents=True, exist_ok=True)
    (directory / "versions" / f"{revision}.py").write_text(
        "from alembic import op\n"
        f"revision = {revision!r}\ndown_revision = {previous!r}\n"
        f"def upgrade():\n    op.execute({up!r})\n"
        "def downgrade():\n    pass\n"
    )


async def test_upgrade_makes_what_analysts_read(postgres_dsn: str) -> None:
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    assert await _objects(postgres_dsn) >= {"articles", "entities", "amounts", "projects"}


async def test_upgrade_again_changes_nothing(postgres_dsn: str) -> None:
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    before = await _fetch(postgres_dsn, "SELECT xmin::text, * FROM parkwire.alembic_version")
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    after = await _fetch(postgres_dsn, "SELECT xmin::text, * FROM parkwire.alembic_version")
    assert before == after


async def test_replicas_may_start_together(postgres_dsn: str) -> None:
    await asyncio.gather(*(upgrade(postgres_dsn, MIGRATIONS, SCHEMA) for _ in range(6)))
    assert len(await _fetch(postgres_dsn, "SELECT * FROM parkwire.alembic_version")) == 1


async def test_downgrade_leaves_nothing_but_the_version_table(postgres_dsn: str) -> None:
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    await downgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    assert await _objects(postgres_dsn) == {"alembic_version"}
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)


async def test_a_failed_revision_undoes_all_of_the_upgrade(
    postgres_dsn: str, tmp_path: Path
) -> None:
    _write_revision(tmp_path, "0001", None, "CREATE TABLE parkwire.kept (id integer)")
    _write_revision(tmp_path, "0002", "0001", "SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await upgrade(postgres_dsn, tmp_path, SCHEMA)
    schemas = await _fetch(postgres_dsn, "SELECT 1 FROM pg_namespace WHERE nspname = 'parkwire'")
    assert schemas == []


async def test_a_later_revision_is_added(postgres_dsn: str, tmp_path: Path) -> None:
    _write_revision(tmp_path, "0001", None, "CREATE TABLE parkwire.one (id integer)")
    await upgrade(postgres_dsn, tmp_path, SCHEMA)
    _write_revision(tmp_path, "0002", "0001", "CREATE TABLE parkwire.two (id integer)")
    await upgrade(postgres_dsn, tmp_path, SCHEMA)
    assert await _objects(postgres_dsn) == {"alembic_version", "one", "two"}


async def test_a_role_that_was_given_schema_and_extension_needs_no_right_on_the_database(
    postgres_dsn: str,
) -> None:
    await _fetch(postgres_dsn, "CREATE EXTENSION pg_trgm")
    role = f"store_{uuid.uuid4().hex}"
    await _fetch(postgres_dsn, f"CREATE ROLE {role} LOGIN PASSWORD 'opensesame'")
    await _fetch(postgres_dsn, f"CREATE SCHEMA parkwire AUTHORIZATION {role}")
    parts = urlsplit(postgres_dsn)
    own = parts._replace(netloc=f"{role}:opensesame@{parts.hostname}:{parts.port}").geturl()
    await upgrade(own, MIGRATIONS, SCHEMA)
    assert "projects" in await _objects(own)
    await _fetch(postgres_dsn, f"DROP OWNED BY {role}")
    await _fetch(postgres_dsn, f"DROP ROLE {role}")


async def test_two_services_keep_their_versions_apart(postgres_dsn: str, tmp_path: Path) -> None:
    _write_revision(tmp_path, "0001", None, "CREATE TABLE other.one (id integer)")
    await asyncio.gather(
        upgrade(postgres_dsn, MIGRATIONS, SCHEMA), upgrade(postgres_dsn, tmp_path, "other")
    )
    await downgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    assert len(await _fetch(postgres_dsn, "SELECT * FROM other.one")) == 0


async def test_a_database_ahead_of_the_program_is_refused(postgres_dsn: str) -> None:
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    await _fetch(postgres_dsn, "UPDATE parkwire.alembic_version SET version_num = '9999'")
    with pytest.raises(CommandError, match="9999"):
        await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)


async def test_a_database_that_is_away_is_the_worlds_failure() -> None:
    with pytest.raises(TRANSIENT):
        await upgrade("postgresql://127.0.0.1:1/nowhere", MIGRATIONS, SCHEMA)
