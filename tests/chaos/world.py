"""What the line stands on, and what can be done to it: brokers, PostgreSQL, a cable, a disk."""

import asyncio
import contextlib
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

import asyncpg

from services.cli.embedded import embedded_postgres
from services.cli.guarded import HOST, Server, free_port
from services.runtime.postgres import TRANSIENT
from services.runtime.retry import until_it_works
from tests.kafka.apache_kafka import apache_kafka_cluster

Part = TypeVar("Part", "Island", "Disk")


class UnavailableError(RuntimeError):
    """This machine does not allow it; the message says why."""


class Island:
    """A network namespace for some services, joined to this machine by a cable.

    Needs root and iproute2.
    """

    def __init__(self) -> None:
        number = random.randrange(1, 250 * 250)
        self._name = f"parkwire-{number}"
        self._cable = (f"pw{number}a", f"pw{number}b")
        net = f"10.{200 + number % 50}.{number // 250}"
        self.mainland, self.host = f"{net}.1", f"{net}.2"
        """The addresses of this machine and of the island, as each sees the other."""

    def __enter__(self) -> Self:
        """Lay the cable.

        Raises:
            UnavailableError: this machine does not allow it.
        """
        here, there = self._cable
        try:
            _call("ip", "netns", "add", self._name)
            _call("ip", "link", "add", here, "type", "veth", "peer", "name", there)
            _call("ip", "link", "set", there, "netns", self._name)
            _call("ip", "addr", "add", f"{self.mainland}/30", "dev", here)
            _call("ip", "link", "set", here, "up")
            self._there("ip", "addr", "add", f"{self.host}/30", "dev", there)
            self._there("ip", "link", "set", "lo", "up")
            self.mend()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(UnavailableError):
            _call("ip", "netns", "delete", self._name)  # the cable goes with it

    def within(self, argv: list[str]) -> list[str]:
        """Return the command that runs `argv` on the island."""
        return ["ip", "netns", "exec", self._name, *argv]

    def cut(self) -> None:
        """Let nothing through any more; no connection is told."""
        self._there("ip", "link", "set", self._cable[1], "down")

    def mend(self) -> None:
        """Let everything through again."""
        self._there("ip", "link", "set", self._cable[1], "up")

    def _there(self, *argv: str) -> None:
        _call(*self.within(list(argv)))


class Disk:
    """A file system of one MiB, to be filled. Needs root."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="parkwire-disk-"))
        self._ballast = self.folder / "ballast"

    def __enter__(self) -> Self:
        """Mount it.

        Raises:
            UnavailableError: this machine does not allow it.
        """
        try:
            _call("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(self.folder))
        except UnavailableError:
            self.folder.rmdir()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        _call("umount", "--lazy", str(self.folder))
        self.folder.rmdir()

    def fill(self) -> None:
        """Leave no byte free."""
        with contextlib.suppress(OSError), self._ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)

    def files(self) -> list[str]:
        """Return the names of what others have put there."""
        return [path.name for path in self.folder.iterdir() if path != self._ballast]


@dataclass(frozen=True)
class World:
    """Everything outside the services."""

    brokers: list[Server]
    """Those that may be stopped and started; none where the cluster is somebody else's."""
    bootstrap_servers: str
    replication: int
    postgres: Server
    dsn: str
    """Of the superuser."""
    island: Island | None = None
    disk: Disk | None = None

    def database(self, name: str) -> str:
        """Return the DSN of a database."""
        return urlsplit(self.dsn)._replace(path=f"/{name}").geturl()

    async def execute(self, *statements: str) -> None:
        """Run statements as the superuser, once PostgreSQL can be reached."""
        connection = await until_it_works(TRANSIENT, asyncpg.connect, self.dsn, timeout=10)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


@asynccontextmanager
async def own_world(nodes: int) -> AsyncIterator[World]:
    """Give a world with a cluster of Apache Kafka, and all that this machine allows."""
    async with AsyncExitStack() as stack:
        island, disk = _or_none(stack, Island), _or_none(stack, Disk)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parkwire-chaos-")))
        host = island.mainland if island is not None else HOST
        brokers = apache_kafka_cluster(folder, nodes, host=host)
        for broker in brokers:
            stack.callback(broker.stop)
        addresses = await asyncio.gather(*(asyncio.to_thread(b.start) for b in brokers))
        postgres, dsn = await stack.enter_async_context(own_postgres())
        servers = ",".join(addresses)
        yield World(brokers, servers, min(nodes, 3), postgres, dsn, island, disk)


@asynccontextmanager
async def own_postgres() -> AsyncIterator[tuple[Server, str]]:
    """Give a PostgreSQL that may be killed and started again, and the DSN of its superuser."""
    data = Path(tempfile.mkdtemp(prefix="parkwire-postgres-"))
    server = embedded_postgres(data, port=free_port())
    try:
        yield server, await asyncio.to_thread(server.start)
    finally:
        await asyncio.to_thread(server.stop)
        shutil.rmtree(data, ignore_errors=True)


def _or_none(stack: AsyncExitStack, make: type[Part]) -> Part | None:
    try:
        return stack.enter_context(make())
    except UnavailableError as error:
        print(f"skipped: no {make.__name__.lower()} here: {error}")
        return None


def _call(*argv: str) -> None:
    if shutil.which(argv[0]) is None:
        raise UnavailableError(f"{argv[0]} is not installed")
    if os.geteuid() != 0:
        raise UnavailableError(f"{argv[0]} needs root")
    result = subprocess.run(argv, check=False, capture_output=True, text=True)
    if result.returncode:
        raise UnavailableError(f"{' '.join(argv)}: {result.stderr.strip()}")
