"""The whole line on this machine: broker, PostgreSQL and the four services as processes.

Services that stop with an error are started again, as any supervisor would; one that keeps
stopping ends the line with what it said last.
"""

import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

import asyncpg
import httpx
from prometheus_client.parser import text_string_to_metric_families

from services.cli.embedded import embedded_broker, embedded_postgres
from services.cli.errors import CommandError
from services.cli.guarded import HOST, Launch, Server, free_port
from services.cli.lag import READS
from services.cli.migrate import upgrade_all
from services.crawler.frontier import Frontier
from services.runtime.settings import KafkaSettings
from services.runtime.topics import create_topics
from services.store.link import pending

STAGES: Final = tuple(READS)
_STARTS = 5
"""How often a service may be started before its line gives up."""

Series = tuple[str, frozenset[tuple[str, str]]]


class Process:
    """One service under supervision, and what its metrics have counted over all its starts."""

    def __init__(self, stage: str, env: Mapping[str, str], log: Path) -> None:
        self.stage = stage
        self._env = env
        self._log = log
        self._starts = 0
        self._server = Server(f"service {stage}", self._launch)
        self.metrics_url = ""
        """Where it answers with its metrics, once it runs."""
        self._ended: Counter[Series] = Counter()
        self._latest: Counter[Series] = Counter()

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            CommandError: it has stopped too often.
        """
        if self._starts == _STARTS:
            raise CommandError(
                f"the {self.stage} keeps stopping: {self._server.last_words()[-600:]}"
            )
        self._starts += 1
        self._server.stop()
        self._ended += self._latest
        self._latest.clear()
        self.metrics_url = f"{self._server.start()}/metrics"

    def is_running(self) -> bool:
        """Return whether it has not stopped by itself."""
        return self._server.is_running()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._server.kill()

    def stop(self) -> None:
        """Stop it."""
        self._server.stop()

    async def scrape(self, client: httpx.AsyncClient) -> Counter[Series]:
        """Return its counters, summed over its starts; those last seen where it does not answer."""
        try:
            text = (await client.get(self.metrics_url)).text
        except httpx.HTTPError:
            return self._ended + self._latest
        self._latest = Counter(
            {
                (sample.name, frozenset(sample.labels.items())): int(sample.value)
                for family in text_string_to_metric_families(text)
                if family.type == "counter"
                for sample in family.samples
                if sample.name.endswith("_total")
            }
        )
        return self._ended + self._latest

    def _launch(self) -> Launch:
        port = free_port()
        address = f"http://{HOST}:{port}"
        return Launch(
            argv=[sys.executable, "-m", f"services.{self.stage}"],
            address=address,
            is_ready=lambda: _is_alive(f"{address}/livez"),
            env=dict(self._env) | {"PARKWIRE_HTTP_PORT": str(port)},
            log=self._log,
        )


class Counts:
    """What the line has counted so far."""

    def __init__(self, counters: Mapping[str, Counter[Series]]) -> None:
        self._counters = counters

    def total(self, service: str, metric: str, /, **labels: str) -> int:
        """Return the sum of a service's counter over all series that carry `labels`."""
        wanted = labels.items()
        return sum(
            value
            for (name, found), value in self._counters[service].items()
            if name == metric and wanted <= found
        )

    def records(self, stage: str) -> int:
        """Return how many records a stage has dealt with."""
        return self.total(stage, "parkwire_records_total", stage=stage)

    def dead(self) -> int:
        """Return how many dead letters were published."""
        return sum(self.total(stage, "parkwire_dead_letters_total") for stage in self._counters)

    def arrived(self, stage: str, added: int) -> int:
        """Return how many records were published for a stage to read."""
        if stage == STAGES[0]:
            return added
        before = STAGES[STAGES.index(stage) - 1]
        return self.total(before, "parkwire_published_total", topic=READS[stage].name)

    def found(self, stage: str) -> dict[str, int]:
        """Return what the steps of a stage have found, most frequent first.

        For the crawler that is what became of its requests.
        """
        metric, label = (
            ("parkwire_fetches_total", "outcome")
            if stage == STAGES[0]
            else ("parkwire_found_total", "what")
        )
        found = {
            dict(labels)[label]: value
            for (name, labels), value in self._counters[stage].items()
            if name == metric and value
        }
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


class Line:
    """Broker, database and services, from `async with` to its end."""

    def __init__(
        self,
        env: Mapping[str, str],
        *,
        kafka: KafkaSettings | None = None,
        dsn: str | None = None,
        stages: Iterable[str] = STAGES,
    ) -> None:
        """Make a line whose services get `env` on top of what they need to find each other.

        Without `kafka` and `dsn` it has a broker and a PostgreSQL of its own.
        """
        self._given = env
        self._kafka = kafka
        self._dsn = dsn
        self._stages = tuple(stages)
        self._stack = ExitStack()
        self._client = httpx.AsyncClient(timeout=5, trust_env=False)
        self.processes: dict[str, Process] = {}
        self.logs = Path(tempfile.mkdtemp(prefix="parkwire-logs-"))

    @property
    def kafka(self) -> KafkaSettings:
        """How to reach the broker."""
        assert self._kafka is not None, "entered before"
        return self._kafka

    @property
    def dsn(self) -> str:
        """The database's address."""
        assert self._dsn is not None, "entered before"
        return self._dsn

    @property
    def env(self) -> dict[str, str]:
        """What a `parkwire` command needs in its environment to speak to this line."""
        return {
            "PARKWIRE_KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "PARKWIRE_KAFKA_IDEMPOTENCE": str(self.kafka.idempotence).lower(),
            "PARKWIRE_KAFKA_SESSION": str(self.kafka.session),
            "PARKWIRE_KAFKA_PREFIX": self.kafka.prefix,
            "PARKWIRE_POSTGRES_DSN": self.dsn,
        }

    async def __aenter__(self) -> Self:
        try:
            if self._kafka is None:
                servers = await asyncio.to_thread(self._stack.enter_context, embedded_broker())
                self._kafka = embedded_settings(servers)
            if self._dsn is None:
                self._dsn = await asyncio.to_thread(self._stack.enter_context, embedded_postgres())
            await asyncio.gather(upgrade_all(self.dsn), create_topics(self.kafka, replication=1))
            for stage in self._stages:
                self.processes[stage] = self._process(stage)
            await asyncio.gather(*(asyncio.to_thread(p.start) for p in self.processes.values()))
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(asyncio.to_thread(p.stop) for p in self.processes.values()))
        await asyncio.to_thread(self._stack.close)
        await self._client.aclose()

    async def counts(self) -> Counts:
        """Look after the services and return what they have counted."""
        for process in self.processes.values():
            if not process.is_running():
                await asyncio.to_thread(process.start)
        scraped = [process.scrape(self._client) for process in self.processes.values()]
        return Counts(dict(zip(self.processes, await asyncio.gather(*scraped), strict=True)))

    async def is_drained(self, counts: Counts, added: int, database: asyncpg.Pool) -> bool:
        """Return whether every stage has dealt with all that was published for it.

        The frontier counts too: no URL is due, on lease or to be tried again; so does the store's
        linking of what it has written.
        """
        if any(counts.records(s) < counts.arrived(s, added) for s in self._stages):
            return False
        if await pending(database):
            return False
        return (await Frontier(database).backlog()).pending == 0

    def _process(self, stage: str) -> Process:
        # Workers beside the four event loops: one each fills two cores.
        workers = {"PARKWIRE_STAGE_WORKERS": str(max(1, (os.cpu_count() or 2) // 2))}
        env = workers | dict(self._given) | self.env
        return Process(stage, env, self.logs / f"{stage}.log")


def embedded_settings(bootstrap_servers: str, prefix: str = "") -> KafkaSettings:
    """Return how to use the embedded broker.

    It has no idempotent producer, and forms a group only after half a session.
    """
    return KafkaSettings(
        bootstrap_servers=bootstrap_servers, idempotence=False, session=6, prefix=prefix
    )


def _is_alive(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1, trust_env=False).is_success
    except httpx.HTTPError:
        return False
