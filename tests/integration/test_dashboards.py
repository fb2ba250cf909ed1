"""Every query of every dashboard and alert, on a real line, Prometheus and PostgreSQL.

A query that returns nothing on a line that works is a typing error, save where it asks for what
has not happened: those are named here.
"""

import json
import math
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import yaml
from observed import ALERTS, Prometheus, observed_line

from services.cli.line import embedded_settings
from services.runtime.settings import KafkaSettings

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is not installed"
)

BOARDS = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"
WINDOW = "10m"
"""Longer than the whole run."""

NOT_HAPPENED = {
    # All that is due has been fetched, none waits for another try.
    "crawl: Hosts with the largest backlog",
    # The sample sites have one page for each reason, and a first count is no increase.
    "quality: Pages without an article, 24 h",
}
NO_SAMPLES = {
    # Counted or set for the first time when it happens.
    "parkwire_paused": "no stage has paused",
    "pg_up": "of the profile exporters",
    "kafka_brokers": "of the profile exporters",
    "node_filesystem_avail_bytes": "of node_exporter",
    "node_filesystem_size_bytes": "of node_exporter",
}


def _queries(key: str) -> list[Any]:
    return list(_find(key))


def _find(key: str) -> Iterator[Any]:
    for path in sorted(BOARDS.glob("*.json")):
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            for target in panel.get("targets", ()):
                if key in target:
                    name = f"{path.stem}: {panel['title']}"
                    legend = target.get("legendFormat", "")
                    yield pytest.param(name, target[key], id=f"{name} {legend}".strip())


def _rules() -> list[Any]:
    return [
        pytest.param(rule["expr"], id=rule["alert"])
        for group in yaml.safe_load(ALERTS.read_text())["groups"]
        for rule in group["rules"]
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(
    bootstrap_servers: str,
    broker_is_kafka: bool,
    module_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Prometheus]:
    prefix = f"observed-{datetime.now(UTC):%H%M%S%f}-"
    kafka = (
        KafkaSettings(bootstrap_servers=bootstrap_servers, session=6, prefix=prefix)
        if broker_is_kafka
        else embedded_settings(bootstrap_servers, prefix)
    )
    folder = tmp_path_factory.mktemp("prometheus")
    async with observed_line(kafka, module_dsn, folder) as address:
        client = Prometheus(address)
        yield client
        client.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader(prometheus: Prometheus, module_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may do what deploy/postgres/10-roles.sh lets `parkwire_reader` do."""
    role = f"reader_{datetime.now(UTC):%H%M%S%f}"
    connection = await asyncpg.connect(module_dsn)
    await connection.execute(f"""
        CREATE ROLE {role};
        GRANT USAGE ON SCHEMA frontier, parkwire TO {role};
        GRANT SELECT ON ALL TABLES IN SCHEMA frontier, parkwire TO {role};
        SET default_transaction_read_only = on;
        SET ROLE {role};
    """)
    yield connection
    await connection.execute("RESET ROLE; RESET default_transaction_read_only")
    await connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    await connection.close()


def _sql(raw: str) -> str:
    """Return the SQL that Grafana makes of its macros, for a time that holds everything."""
    start, end = "'2000-01-01T00:00:00Z'", f"'{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}'"
    raw = re.sub(r"\$__timeFilter\(([\w.]+)\)", rf"\1 BETWEEN {start} AND {end}", raw)
    return raw.replace("$__timeFrom()", start).replace("$__timeTo()", end)


@pytest.mark.parametrize(("panel", "expr"), _queries("expr"))
@pytest.mark.asyncio(loop_scope="module")
async def test_a_panel_has_metrics(prometheus: Prometheus, panel: str, expr: str) -> None:
    series = prometheus.query(expr.replace("$__rate_interval", WINDOW))
    if panel in NOT_HAPPENED:
        return
    assert series
    assert all(math.isfinite(float(each["value"][1])) for each in series)


@pytest.mark.parametrize(("panel", "sql"), _queries("rawSql"))
@pytest.mark.asyncio(loop_scope="module")
async def test_a_panel_has_rows(reader: asyncpg.Connection, panel: str, sql: str) -> None:
    rows = await reader.fetch(_sql(sql))
    if panel in NOT_HAPPENED:
        return
    assert rows
    assert any(row[-1] is not None for row in rows)
    if "ARRAY" not in sql and sql.count("SELECT") == 1 and "GROUP" not in sql:
        assert len(rows) == 1


@pytest.mark.parametrize("expr", _rules())
@pytest.mark.asyncio(loop_scope="module")
async def test_an_alert_watches_what_there_is(prometheus: Prometheus, expr: str) -> None:
    assert isinstance(prometheus.query(expr), list)
    selectors = set(
        re.findall(r"\b(?:parkwire_\w+|node_\w+|pg_up|kafka_brokers|up\b)(?:\{[^}]*\})?", expr)
    )
    selectors.discard('up{job=~"kafka|postgres"}')  # of the profile exporters
    for selector in selectors:
        name = selector.partition("{")[0]
        # An outcome that did not occur is no series, and none of a `~` of several need be.
        if name not in NO_SAMPLES and "outcome=" not in selector:
            assert prometheus.query(selector), selector


@pytest.mark.asyncio(loop_scope="module")
async def test_prometheus_evaluates_every_alert_and_none_pages(prometheus: Prometheus) -> None:
    rules = prometheus.rules()
    assert {rule["name"] for rule in rules} == {param.id for param in _rules()}
    assert {rule["health"] for rule in rules} == {"ok"}
    firing = {
        rule["name"]
        for rule in rules
        if rule["state"] == "firing" and rule["labels"]["severity"] == "page"
    }
    assert firing == set()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_reader_can_change_nothing(reader: asyncpg.Connection) -> None:
    for statement in ("DELETE FROM parkwire.article", "UPDATE frontier.urls SET depth = 0"):
        with pytest.raises(
            (asyncpg.ReadOnlySQLTransactionError, asyncpg.InsufficientPrivilegeError)
        ):
            await reader.execute(statement)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_sum_of_investment_counts_each_project_once(
    reader: asyncpg.Connection,
) -> None:
    (sql,) = [p.values[1] for p in _queries("rawSql") if p.id == "facts: Investment"]
    rows = await reader.fetch(
        "SELECT value FROM parkwire.projects"
        " WHERE kind = 'project' AND currency = 'CNY' AND days IS NOT NULL"
    )
    expected = sum(row["value"] or 0 for row in rows) / 1e8
    assert expected > 100
    assert await reader.fetchval(_sql(sql)) == pytest.approx(expected)
