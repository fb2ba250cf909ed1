"""A broker and PostgreSQL for every test that asks, each started once a session, when first asked.

KAFKA_BOOTSTRAP_SERVERS and PARKWIRE_TEST_POSTGRES_DSN put others in their place, such as Apache
Kafka (`make test-kafka`). The fixtures are plain functions, so they serve any event loop.
"""

import asyncio
import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from services.cli.embedded import embedded_broker, embedded_postgres
from services.cli.line import embedded_settings
from services.runtime.settings import KafkaSettings

# How long something takes is for the benchmarks to say; a machine may be slow.
settings.register_profile(
    "any machine", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def bootstrap_servers() -> Iterator[str]:
    """The broker's address. All tests share it: name topics and groups with `unique_name`."""
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield given
    else:
        with embedded_broker() as address:
            yield address


@pytest.fixture(scope="session")
def broker_is_kafka() -> bool:
    """Whether the broker is Apache Kafka, which can do more than the embedded one."""
    return "KAFKA_BOOTSTRAP_SERVERS" in os.environ


@pytest.fixture
def kafka(
    bootstrap_servers: str, broker_is_kafka: bool, unique_name: Callable[[str], str]
) -> KafkaSettings:
    """How to use the broker, with topics and groups that are this test's alone."""
    prefix = unique_name("test") + "-"
    if not broker_is_kafka:
        return embedded_settings(bootstrap_servers, prefix)
    return KafkaSettings(bootstrap_servers=bootstrap_servers, session=6, prefix=prefix)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """DSN of a superuser on the session's server."""
    if given := os.environ.get("PARKWIRE_TEST_POSTGRES_DSN"):
        yield given
    else:
        with embedded_postgres() as dsn:
            yield dsn


@pytest.fixture
def postgres_dsn(postgres_server: str) -> Iterator[str]:
    """DSN of an empty database that is this test's alone and is dropped after it."""
    with _database(postgres_server) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def module_dsn(postgres_server: str) -> Iterator[str]:
    """DSN of an empty database that all tests of a module share."""
    with _database(postgres_server) as dsn:
        yield dsn


@contextmanager
def _database(postgres_server: str) -> Iterator[str]:
    database = f"test_{uuid.uuid4().hex}"
    _execute(postgres_server, f"CREATE DATABASE {database}")
    yield urlsplit(postgres_server)._replace(path=f"/{database}").geturl()
    _execute(postgres_server, f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture
def unique_name() -> Callable[[str], str]:
    """Return a maker of names (topics, groups) that no other test or run has: `base-1f0c…`."""
    suffix = uuid.uuid4().hex[:12]
    return lambda base: f"{base}-{suffix}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs Apache Kafka where there is none, and beside it what needs no broker."""
    if "KAFKA_BOOTSTRAP_SERVERS" in os.environ:
        items[:] = [item for item in items if _meets_kafka(item)]
        return
    skip = pytest.mark.skip(reason="needs Apache Kafka: make test-kafka")
    for item in items:
        if item.get_closest_marker("kafka"):
            item.add_marker(skip)


def _meets_kafka(item: pytest.Item) -> bool:
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return "bootstrap_servers" in fixtures or item.get_closest_marker("kafka") is not None


def _execute(dsn: str, statement: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    # In a thread of its own: the test's event loop is none of this function's business.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, execute()).result()
