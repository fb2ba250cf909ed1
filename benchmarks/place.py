"""Where the line runs for a measurement: its broker, and what its processes use."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from benchmarks.measure import peer
from services.cli.embedded import embedded_broker
from services.cli.guarded import ServerError
from services.cli.line import embedded_settings
from services.runtime.outcome import Output
from services.runtime.settings import KafkaSettings
from tests.kafka.apache_kafka import apache_kafka

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker for measurements."""

    kafka: KafkaSettings
    name: str

    def with_prefix(self, prefix: str) -> KafkaSettings:
        """Return how to use it with topics and groups that begin with `prefix`."""
        return self.kafka.model_copy(update={"prefix": prefix})


@contextmanager
def broker() -> Iterator[Broker]:
    """Give Apache Kafka where Java and Maven can start it, else the embedded broker."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="parkwire-kafka-"))
        try:
            servers = stack.enter_context(apache_kafka(Path(folder)))
            found = Broker(KafkaSettings(bootstrap_servers=servers, session=6), "Apache Kafka")
        except ServerError:
            servers = stack.enter_context(embedded_broker())
            found = Broker(embedded_settings(servers), "the embedded broker (no Apache Kafka here)")
        yield found


@asynccontextmanager
async def producer(kafka: KafkaSettings) -> AsyncIterator[AIOKafkaProducer]:
    """Give a producer that is as safe as those of the services."""
    made = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap_servers,
        acks="all",
        enable_idempotence=kafka.idempotence,
        compression_type=kafka.compression,
        linger_ms=10,
        max_batch_size=256 * 1024,
        max_request_size=25 * 1024 * 1024,
    )
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def send(kafka: KafkaSettings, outputs: Sequence[Output]) -> None:
    """Publish `outputs`, a hundred at a time, each acknowledged."""
    async with producer(kafka) as by:
        for start in range(0, len(outputs), _AT_ONCE):
            await asyncio.gather(
                *(
                    by.send_and_wait(
                        kafka.prefix + output.topic,
                        output.value,
                        key=output.key,
                        headers=[(name, value.encode()) for name, value in output.headers.items()],
                    )
                    for output in outputs[start : start + _AT_ONCE]
                )
            )


def services_cpu() -> float:
    """Return the processor time (s) that the services and their workers have used so far.

    Raises:
        NotMeasuredError: psutil is not installed.
    """
    return _sum_of_services(_cpu)


def services_memory() -> int:
    """Return the bytes of memory that the services and their workers hold (resident, summed).

    Raises:
        NotMeasuredError: psutil is not installed.
    """
    return int(_sum_of_services(lambda process: process.memory_info().rss))


def _sum_of_services(measured: Callable[[Any], float]) -> float:
    psutil = peer("psutil")
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            if _is_service(process.cmdline()):
                total += sum(map(measured, (process, *process.children(recursive=True))))
        except psutil.Error:  # it has ended since it was listed, or is about to
            continue
    return total


def _is_service(argv: list[str]) -> bool:
    return argv[1:2] == ["-m"] and argv[2].startswith("services.")


def _cpu(process: Any) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
