"""What the tests of the crawl share."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from crawl_line import FAST, Line, Site, serving

from services.crawler.frontier import MIGRATIONS, SCHEMA, Frontier
from services.runtime.migrate import upgrade
from services.runtime.postgres import connect


@pytest.fixture
async def frontier_pool(postgres_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A database with an empty frontier."""
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    pool = await connect(postgres_dsn, size=6, application_name="test")
    yield pool
    await pool.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A web site on this machine."""
    async with serving() as made:
        yield made


@pytest.fixture
def line(frontier_pool: asyncpg.Pool) -> Line:
    """A crawl, and what comes out of it."""
    return Line(Frontier(frontier_pool, pace=FAST.pace), frontier_pool)
