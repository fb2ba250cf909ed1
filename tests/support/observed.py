"""A line on the sample sites with a Prometheus that watches it, as in production but quicker."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import yaml

from services.cli.add import publish
from services.cli.guarded import HOST, Launch, Server, free_port
from services.cli.line import Line
from services.cli.sites import SampleSites
from services.contracts.messages import Source
from services.runtime.postgres import connect
from services.runtime.settings import KafkaSettings

ALERTS = Path(__file__).parents[2] / "deploy" / "prometheus" / "alerts.yml"
SCRAPE_SECONDS = 1
_SETTINGS = {
    "PARKWIRE_CRAWLER_ALLOW_NETWORKS": '["127.0.0.0/8"]',
    "PARKWIRE_CRAWLER_RETRY_BASE": "0.2",
    "PARKWIRE_CRAWLER_MAX_ATTEMPTS": "2",
}
_LIMIT = 120.0


class Prometheus:
    """What a Prometheus server has, by its HTTP interface."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Return the series of an instant query, as of now.

        Raises:
            AssertionError: Prometheus refuses the query; the message says why.
        """
        answer = self._client.get("/api/v1/query", params={"query": expr}).json()
        assert answer["status"] == "success", f"{answer.get('error')}: {expr}"
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def rules(self) -> list[dict[str, Any]]:
        """Return the alerting rules with their health."""
        groups = self._client.get("/api/v1/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


@asynccontextmanager
async def observed_line(
    kafka: KafkaSettings, dsn: str, folder: Path, *, pace: float = 0.05
) -> AsyncIterator[str]:
    """Run a line on the sample sites, drain it, and give the address of its Prometheus.

    `folder` takes the data of Prometheus; `pace` is the time in seconds between two requests to
    a site, which makes the run short or long.
    """
    paces = {"PARKWIRE_CRAWLER_PACE": str(pace), "PARKWIRE_CRAWLER_LONGEST_PACE": str(2 * pace)}
    async with (
        SampleSites() as sites,
        Line(_SETTINGS | paces, kafka=kafka, dsn=dsn) as line,
        _prometheus(folder, _targets(line)) as address,
    ):
        database = await connect(dsn, size=2, application_name="test")
        sources = [*sites.sources, *sites.bad_sources]
        added = 0
        # In two halves: the first that a counter counts is no increase, as Prometheus sees it.
        for half in (sources[::2], sources[1::2]):
            await publish([Source(url) for url in half], kafka)
            added += len(half)
            await _drain(line, database, added)
            await asyncio.sleep(3 * SCRAPE_SECONDS)  # until Prometheus has seen the end of it
        await database.close()
        yield address


async def _drain(line: Line, database: asyncpg.Pool, added: int) -> None:
    async with asyncio.timeout(_LIMIT):
        quiet = 0
        while quiet < 3:
            await asyncio.sleep(0.5)
            quiet = quiet + 1 if await line.is_drained(await line.counts(), added, database) else 0


def _targets(line: Line) -> dict[str, str]:
    # Where a service of the line listens is nobody else's business but Prometheus's.
    return {
        stage: process.metrics_url.removeprefix("http://").removesuffix("/metrics")
        for stage, process in line.processes.items()
    }


@asynccontextmanager
async def _prometheus(folder: Path, targets: Mapping[str, str]) -> AsyncIterator[str]:
    # The job and the label `service` are those of deploy/prometheus/prometheus.yml.
    config = {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": "5s"},
        "rule_files": [str(ALERTS)],
        "scrape_configs": [
            {
                "job_name": "parkwire",
                "static_configs": [
                    {"targets": [address], "labels": {"service": service}}
                    for service, address in targets.items()
                ],
            }
        ],
    }
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))

    def launch() -> Launch:
        port = free_port()
        address = f"http://{HOST}:{port}"
        return Launch(
            argv=[
                "prometheus",
                f"--config.file={path}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={HOST}:{port}",
            ],
            address=address,
            is_ready=lambda: _is_ready(address),
        )

    server = Server("Prometheus", launch)
    address = await asyncio.to_thread(server.start)
    try:
        yield address
    finally:
        await asyncio.to_thread(server.stop)


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/-/ready", timeout=1, trust_env=False).is_success
    except httpx.HTTPError:
        return False
