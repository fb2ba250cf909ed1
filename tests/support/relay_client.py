"""What the tests of delivery need to know about the relay: its settings, and what it has made."""

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from services.contracts.codec import PAGE
from services.contracts.topics import PAGES
from services.runtime.settings import KafkaSettings

BATCH = 20


def settings_of(kafka: KafkaSettings) -> dict[str, str]:
    """Return the environment of a relay on `kafka`, with small batches and one worker."""
    return {
        "PARKWIRE_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "PARKWIRE_KAFKA_IDEMPOTENCE": str(kafka.idempotence).lower(),
        "PARKWIRE_KAFKA_SESSION": str(kafka.session),
        "PARKWIRE_KAFKA_PREFIX": kafka.prefix,
        "PARKWIRE_STAGE_MAX_RECORDS": str(BATCH),
        "PARKWIRE_STAGE_WORKERS": "1",
    }


async def urls_of_pages(kafka: KafkaSettings, *, enough: int, settled: bool = True) -> list[str]:
    """Return the URLs of all pages so far, once there are `enough` different ones.

    With `settled`, waits until no more are coming.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        topic = kafka.prefix + PAGES.name
        consumer.assign([TopicPartition(topic, number) for number in range(PAGES.partitions)])
        urls: list[str] = []
        coming = settled
        while len(set(urls)) < enough or coming:
            batches = await consumer.getmany(timeout_ms=500)
            coming = settled and bool(batches)
            for records in batches.values():
                urls += [PAGE.decode(record.value, {}).url for record in records]
        return urls
    finally:
        await consumer.stop()
