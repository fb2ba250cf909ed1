"""Some of a cluster's brokers are named; one that answers is enough."""

from services.runtime.broker import make_broker
from services.runtime.settings import KafkaSettings, StageSettings


async def test_one_of_several_servers_is_enough(kafka: KafkaSettings) -> None:
    servers = f"127.0.0.1:1,{kafka.bootstrap_servers}"
    settings = kafka.model_copy(update={"bootstrap_servers": servers})
    broker = make_broker(settings, StageSettings(), "test")
    try:
        await broker.connect()
        assert await broker.ping(timeout=10)
    finally:
        await broker.stop()
