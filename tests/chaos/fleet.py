"""The replicas of the four services, and a supervisor that starts what has ended by itself."""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from services.cli.guarded import HOST, Launch, Server, free_port
from services.cli.lag import READS
from tests.chaos.world import Island

STAGES: Final = tuple(READS)
_LOOK_SECONDS = 0.5

Gauges = Counter[tuple[str, str]]
"""The values of gauges, by name and by their labels as text."""


EnvOf = Callable[[str], Mapping[str, str]]
"""Gives the settings of a stage's replicas."""


class Replica:
    """One process of a service, which may be ended and started again any number of times."""

    def __init__(
        self, stage: str, module: str, env: Mapping[str, str], log: Path, island: Island | None
    ) -> None:
        self.stage = stage
        self.wanted = False
        """Whether the supervisor should see to it that it runs."""
        self._module = module
        self._env = env
        self._log = log
        self._island = island
        self._address = ""
        self._server = Server(f"service {stage}", self._launch)
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Start it, if it does not run, and wait until it answers."""
        async with self._turn:
            self.wanted = True
            if not self._server.is_running():
                await asyncio.to_thread(self._server.stop)
                self._address = await asyncio.to_thread(self._server.start)

    async def kill(self) -> None:
        """End it as a crash would."""
        self.wanted = False
        async with self._turn:
            await asyncio.to_thread(self._server.kill)

    async def stop(self) -> None:
        """Stop it as a deployment would."""
        self.wanted = False
        async with self._turn:
            await asyncio.to_thread(self._server.stop)

    async def stand_still(self, seconds: float) -> None:
        """Stop its clock for a while, as a machine does that stalls."""
        self._server.send(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self._server.send(signal.SIGCONT)

    @property
    def pid(self) -> int | None:
        """The process whose descendants it consists of, while it runs."""
        return self._server.pid

    def has_ended(self) -> bool:
        """Return whether it has ended although it should run."""
        return self.wanted and not self._turn.locked() and not self._server.is_running()

    async def is_ready(self, client: httpx.AsyncClient) -> bool:
        """Return whether it lives and has its share of the work."""
        answers = [await client.get(f"{self._address}/{path}") for path in ("livez", "readyz")]
        return all(answer.is_success for answer in answers)

    async def records_in_hand(self, client: httpx.AsyncClient) -> int:
        """Return the size of the batch that it is dealing with."""
        return (await self.gauges(client))["parkwire_in_flight_records", self.stage]

    async def gauges(self, client: httpx.AsyncClient) -> Gauges:
        """Return its own gauges."""
        text = (await client.get(f"{self._address}/metrics")).text
        return Counter(
            {
                (sample.name, ",".join(sample.labels.values())): int(sample.value)
                for family in text_string_to_metric_families(text)
                if family.type == "gauge" and family.name.startswith("parkwire_")
                for sample in family.samples
            }
        )

    def _launch(self) -> Launch:
        host = self._island.host if self._island is not None else HOST
        port = free_port()
        argv = [sys.executable, "-m", self._module, self.stage]
        settings = {"PARKWIRE_HTTP_HOST": host, "PARKWIRE_HTTP_PORT": str(port)}
        return Launch(
            argv=self._island.within(argv) if self._island is not None else argv,
            address=f"http://{host}:{port}",
            is_ready=lambda: _is_alive(f"http://{host}:{port}/livez"),
            env=dict(self._env) | settings,
            log=self._log,
        )


class Fleet:
    """All replicas. One that ends by itself is started again, and counted."""

    def __init__(self, module: str, env_of: EnvOf, logs: Path) -> None:
        """`module` runs a service by name; `logs` takes a file for every replica."""
        self._module = module
        self._env_of = env_of
        self._logs = logs
        self.replicas: list[Replica] = []
        self.restarts = 0

    def add(self, stage: str, island: Island | None = None) -> Replica:
        """Add a replica, which is yet to be started."""
        log = self._logs / f"{stage}-{len(self.replicas)}.log"
        replica = Replica(stage, self._module, self._env_of(stage), log, island)
        self.replicas.append(replica)
        return replica

    def running(self) -> list[Replica]:
        """Return the replicas that should run."""
        return [replica for replica in self.replicas if replica.wanted]

    async def supervise(self) -> None:
        """Start again what has ended by itself, for ever."""
        while True:
            for replica in self.replicas:
                if replica.has_ended():
                    self.restarts += 1
                    await replica.start()
            await asyncio.sleep(_LOOK_SECONDS)

    async def stop(self) -> None:
        """Stop every replica."""
        await asyncio.gather(*(replica.stop() for replica in self.replicas))


def _is_alive(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1, trust_env=False).is_success
    except httpx.HTTPError:
        return False
