"""Writes one record that no client can read: a header's name is not UTF-8.

    python bad_record.py BOOTSTRAP_SERVERS TOPIC PARTITION

Clients refuse to write such a record, so the pure Python part of one is led to believe its name.
"""

import os

os.environ["AIOKAFKA_NO_EXTENSIONS"] = "1"

import asyncio
import sys

from aiokafka import AIOKafkaProducer


class Name(str):
    """Text whose UTF-8 is none."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe"


async def main() -> None:
    servers, topic, partition = sys.argv[1:]
    producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=False)
    await producer.start()
    headers = [(Name("x"), b"y")]
    await producer.send_and_wait(topic, b"bad", partition=int(partition), headers=headers)
    await producer.stop()


if __name__ == "__main__":
    asyncio.run(main())
