"""The least that each step can cost: the libraries beneath it, called directly."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count

import aiohttp
import asyncpg
from aiokafka import AIOKafkaConsumer
from selectolax.lexbor import LexborHTMLParser

from benchmarks.extraction import jieba
from benchmarks.measure import NotMeasuredError
from benchmarks.place import send
from services.cleaner.clean import clean
from services.contracts.messages import Article, Page, Source
from services.contracts.topics import ARTICLES, FACTS, PAGES, SOURCES
from services.extractor.extract import extract
from services.runtime.outcome import output
from services.runtime.settings import KafkaSettings
from services.runtime.topics import create_topics

_AT_ONCE = 100
_TABLE = "CREATE TABLE IF NOT EXISTS floor (id uuid PRIMARY KEY, facts jsonb NOT NULL)"
_UPSERT = """
INSERT INTO floor SELECT * FROM unnest($1::uuid[], $2::jsonb[])
ON CONFLICT (id) DO UPDATE SET facts = excluded.facts
"""


@dataclass(frozen=True)
class Load:
    """What passes through the line for some pages."""

    urls: Sequence[str]
    pages: Sequence[Page]
    """One a URL."""

    def articles(self) -> list[Article]:
        """Return the articles of the pages."""
        return [article for page in self.pages for article in clean(page).articles]


class Floors:
    """Measures what a load costs at least: processor time (s) of this process, by step."""

    def __init__(self, load: Load, kafka: KafkaSettings, pool: asyncpg.Pool) -> None:
        self._load = load
        articles = load.articles()
        self._texts = [article.text for article in articles]
        self._outputs = {
            SOURCES: [output(Source(url)) for url in load.urls],
            PAGES: list(map(output, load.pages)),
            ARTICLES: list(map(output, articles)),
            FACTS: [output(extract(article)) for article in articles],
        }
        self._kafka = kafka
        self._pool = pool
        self._turns = count()
        jieba()

    async def measure(self) -> dict[str, float]:
        """Return the cost of each step for the whole load."""
        turn = f"floors-{next(self._turns)}-"
        kafka = self._kafka.model_copy(update={"prefix": turn})
        await create_topics(kafka, replication=1)
        await self._pool.execute(_TABLE)
        return {
            "GET by aiohttp": await _cost(self._fetch),
            "parse and text by selectolax": await _cost(self._parse),
            "jieba.lcut": await _cost(self._cut),
            "four hops by aiokafka": await _cost(lambda: self._pass_on(kafka)),
            "upsert by asyncpg": await _cost(self._upsert),
        }

    async def _fetch(self) -> None:
        waiting = iter(self._load.urls)

        async def work(session: aiohttp.ClientSession) -> None:
            for url in waiting:
                async with session.get(url) as response:
                    await response.read()

        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            for _ in range(32):
                group.create_task(work(session))

    async def _parse(self) -> None:
        for page in self._load.pages:
            LexborHTMLParser(page.body).text()

    async def _cut(self) -> None:
        for text in self._texts:
            jieba().lcut(text)

    async def _pass_on(self, kafka: KafkaSettings) -> None:
        for topic, outputs in self._outputs.items():
            await send(kafka, outputs)
            await _consume(kafka, kafka.prefix + topic.name, len(outputs))

    async def _upsert(self) -> None:
        outputs = self._outputs[FACTS]
        for start in range(0, len(outputs), _AT_ONCE):
            part = [output.value.decode() for output in outputs[start : start + _AT_ONCE]]
            await self._pool.execute(_UPSERT, [uuid.uuid4() for _ in part], part)


async def _cost(work: Callable[[], Awaitable[None]]) -> float:
    started = time.process_time()
    await work()
    return time.process_time() - started


async def _consume(kafka: KafkaSettings, topic: str, expected: int) -> None:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            while expected > 0:
                found = await consumer.getmany(timeout_ms=100)
                expected -= sum(map(len, found.values()))
    except TimeoutError:
        raise NotMeasuredError(f"{expected} messages of {topic} did not come back") from None
    finally:
        await consumer.stop()
