"""A line on the sample sites with a Prometheus that watches it, as in production but quicker."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from services.cli.add import publish
from services.cli.guarded import HOST, Launch, Server, free_port
from services.cli.line import Line
from services.cli.sites import SampleSites
from services.contracts.messages import Source
from services.runtime.postgres import connect
from services.runtime.settings import KafkaSettings

SCRAPE_SECONDS = 1
SETTINGS = {
    "PARKWIRE_CRAWLER_ALLOW_NETWORKS": '["127.0.0.0/8"]',
    "PARKWIRE_CRAWLER_PACE": "0.05",
    "PARKWIRE_CRAWLER_LONGEST_PACE": "0.2",
    "PARKWIRE_CRAWLER_RETRY_BASE": "0.2",
    "PARKWIRE_CRAWLER_MAX_ATTEMPTS": "2",
}
_LIMIT = 120.0


class Prometheus:
    """What a Prometheus server has, by its HTTP interface."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=10, trust_env=False)

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
    kafka: KafkaSettings, dsn: str, folder: Path, rules: Path, settings: Mapping[str, str]
) -> AsyncIterator[str]:
    """Run a line on the sample sites, drain it, and give the address of its Prometheus.

    `folder` takes the data of Prometheus; it must be empty.
    """
    async with (
        SampleSites() as sites,
        Line(settings, kafka=kafka, dsn=dsn) as line,
        _prometheus(folder, rules, _targets(line)) as address,
    ):
        database = await connect(dsn, size=2, application_name="test")
        # A source that will never be fetched makes a dead letter.
        sources = [*sites.sources, *sites.bad_sources]
        await publish([Source(url) for url in sources], kafka)
        async with asyncio.timeout(_LIMIT):
            quiet = 0
            while quiet < 3:
                await asyncio.sleep(0.5)
                drained = await line.is_drained(await line.counts(), len(sources), database)
                quiet = quiet + 1 if drained else 0
        await asyncio.sleep(5 * SCRAPE_SECONDS)  # until it has seen the end of it, twice
        await database.close()
        yield address


def _targets(line: Line) -> dict[str, str]:
    # Where a service of the line listens is nobody else's business but Prometheus's.
    return {
        stage: process._metrics_url.removeprefix("http://").removesuffix("/metrics")
        for stage, process in line.processes.items()
    }


@asynccontextmanager
async def _prometheus(folder: Path, rules: Path, targets: Mapping[str, str]) -> AsyncIterator[str]:
    # The job and the label `service` are those of deploy/prometheus/prometheus.yml.
    config = {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": "5s"},
        "rule_files": [str(rules)],
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


def load_board(path: Path) -> dict[str, Any]:
    """Return a dashboard as Grafana reads it."""
    board: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return board
