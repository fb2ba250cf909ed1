"""Real page dumps, served over HTTP and added as a person would, arrive as rows."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest
from aiohttp import web

from services.cli.line import Line
from services.runtime.postgres import connect
from services.runtime.settings import KafkaSettings

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seeds are not beside the project")
async def test_seeds_arrive_as_rows(kafka: KafkaSettings, postgres_dsn: str) -> None:
    env = {"PARKWIRE_CRAWLER_ALLOW_NETWORKS": '["127.0.0.0/8"]', "PARKWIRE_CRAWLER_PACE": "0.05"}
    app = web.Application()
    app.router.add_static("/", SEEDS)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    urls = [f"http://127.0.0.1:{port}/{path.name}" for path in sorted(SEEDS.glob("*.txt"))]
    try:
        async with Line(env, kafka=kafka, dsn=postgres_dsn) as line:
            await _add(urls, line.env)
            database = await connect(postgres_dsn, size=2, application_name="test")
            try:
                await _drain(line, len(urls), database)
                rows = await database.fetch(
                    "SELECT url, count(*) AS articles, sum(cardinality(amounts)) AS amounts,"
                    " sum(projects) AS projects FROM (SELECT a.url,"
                    " ARRAY(SELECT text FROM parkwire.amount WHERE article_id = a.id) AS amounts,"
                    " (SELECT count(*) FROM parkwire.project WHERE article_id = a.id) AS projects"
                    " FROM parkwire.article AS a) AS found GROUP BY url"
                )
            finally:
                await database.close()
    finally:
        await runner.cleanup()
    found = {row["url"]: row for row in rows}
    assert sorted(found) == urls
    assert all(row["amounts"] >= 5 and row["projects"] >= 3 for row in rows)


async def _add(urls: list[str], env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "services.cli", "add", *urls]
    process = await asyncio.create_subprocess_exec(*command, env=os.environ | env)
    assert await process.wait() == 0


async def _drain(line: Line, added: int, database: asyncpg.Pool) -> None:
    async with asyncio.timeout(120):
        quiet = 0
        while quiet < 3:
            await asyncio.sleep(0.5)
            drained = await line.is_drained(await line.counts(), added, database)
            quiet = quiet + 1 if drained else 0
