"""What one would build otherwise: a Scrapy spider that does everything itself, in one process.

    python -m benchmarks.usual < ORDER

An order is JSON: `urls`, `concurrency`, `robots` (whether robots.txt is heeded), and `dsn` where
pages are not only fetched but cleaned by trafilatura, brought to Simplified Chinese by OpenCC,
tagged by jieba.posseg, searched for amounts by `recognizers` or else by a pattern, and written row
by row. The answer is one line of JSON: `pages`, and from the first request to the end `seconds` and
`cpu` (s).
"""

import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import msgspec
from msgspec import Struct
from opencc import OpenCC

from benchmarks.measure import NotMeasuredError, peer

_AMOUNT = re.compile(
    r"(\d[\d,]*(?:\.\d+)?)\s*(万亿|千亿|百亿|亿|千万|百万|万)?\s*"
    r"(元|美元|欧元|亩|平方米|平方公里|公顷|%|个|家|项|吨|千瓦|兆瓦|人|公里)"
)
_NAMES = frozenset({"nr", "ns", "nt", "nz"})
_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS usual;
CREATE TABLE IF NOT EXISTS usual.article
    (url text PRIMARY KEY, title text, published text, text text);
CREATE TABLE IF NOT EXISTS usual.mention (url text, type text, name text, start_offset integer);
CREATE TABLE IF NOT EXISTS usual.amount (url text, text text, start_offset integer);
"""


class Order(Struct):
    """What is to be done."""

    urls: list[str]
    concurrency: int
    dsn: str | None = None
    recognizers: bool = False
    """Whether recognizers-text finds amounts and dates; else a pattern finds amounts alone."""
    robots: bool = True
    """Whether robots.txt is heeded."""


class Bill(Struct):
    """What it has cost."""

    pages: int
    seconds: float
    cpu: float


def crawl(order: Order, limit: float = 300) -> Bill:
    """Carry out `order` in a process of its own.

    Raises:
        NotMeasuredError: a peer is not installed, or it fails.
    """
    for module in ("scrapy", "trafilatura", "psycopg") if order.dsn else ("scrapy",):
        peer(module)
    if order.recognizers:
        peer("recognizers_date_time")
    given = msgspec.json.encode(order).decode()
    command = [sys.executable, "-m", "benchmarks.usual"]
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, check=False, timeout=limit
        )
    except subprocess.TimeoutExpired:
        raise NotMeasuredError(f"the spider was not done after {limit:.0f} s") from None
    if done.returncode:
        raise NotMeasuredError(f"the spider failed: {done.stderr.strip()[-300:]}")
    bill = msgspec.json.decode(done.stdout, type=Bill)
    if bill.pages != len(order.urls):
        raise NotMeasuredError(f"the spider had {bill.pages} of {len(order.urls)} pages")
    return bill


def main() -> None:
    """Read an order from standard input and carry it out."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    handle = _everything(order.dsn, recognizers=order.recognizers) if order.dsn else _nothing
    bill = _spider(order, handle)
    print(msgspec.json.encode(bill).decode())


def _spider(order: Order, handle: Callable[[str, bytes], None]) -> Bill:
    scrapy = peer("scrapy")
    crawler = peer("scrapy.crawler")
    bill = Bill(0, 0.0, 0.0)

    class Spider(scrapy.Spider):  # type: ignore[misc, name-defined]
        name = "usual"

        async def start(self) -> AsyncIterator[Any]:
            bill.seconds, bill.cpu = time.perf_counter(), time.process_time()
            for url in order.urls:
                yield scrapy.Request(url)

        def parse(self, response: Any) -> None:
            handle(response.url, response.body)
            bill.pages += 1

        @staticmethod
        def close(spider: Any, reason: str) -> None:
            bill.seconds = time.perf_counter() - bill.seconds
            bill.cpu = time.process_time() - bill.cpu

    settings = {
        "ROBOTSTXT_OBEY": order.robots,
        "CONCURRENT_REQUESTS": order.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": order.concurrency,
        "DOWNLOAD_DELAY": 0,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "ERROR",
    }
    process = crawler.CrawlerProcess(settings)
    process.crawl(Spider)
    process.start()
    return bill


def _nothing(_url: str, _body: bytes) -> None:
    """Fetching alone is asked for."""


def _everything(dsn: str, *, recognizers: bool) -> Callable[[str, bytes], None]:
    from benchmarks.extraction import jieba  # noqa: PLC0415 - fetching alone needs no dictionary

    trafilatura = peer("trafilatura")
    tag = jieba().posseg.lcut
    tag("预热")
    simplified = OpenCC("t2s").convert
    amounts = _by_recognizers() if recognizers else _by_pattern
    list(amounts("2025年3月投资36亿元，占地200亩，增长5%。"))
    connection = peer("psycopg").connect(dsn)
    connection.execute(_SCHEMA)
    connection.commit()

    def handle(url: str, body: bytes) -> None:
        document = trafilatura.bare_extraction(body, url=url, with_metadata=True)
        if document is None or not document.text:
            return
        text = simplified(document.text)
        connection.execute(
            "INSERT INTO usual.article VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (url, document.title, document.date, text),
        )
        start = 0
        for word in tag(text):
            if word.flag in _NAMES:
                row = (url, word.flag, word.word, start)
                connection.execute("INSERT INTO usual.mention VALUES (%s, %s, %s, %s)", row)
            start += len(word.word)
        for found, at in amounts(text):
            amount = (url, found, at)
            connection.execute("INSERT INTO usual.amount VALUES (%s, %s, %s)", amount)
        connection.commit()

    return handle


def _by_pattern(text: str) -> Iterator[tuple[str, int]]:
    for amount in _AMOUNT.finditer(text):
        yield amount[0], amount.start()


def _by_recognizers() -> Callable[[str], Iterator[tuple[str, int]]]:
    chinese = peer("recognizers_text").Culture.Chinese
    units = peer("recognizers_number_with_unit").NumberWithUnitRecognizer(chinese)
    models = (
        units.get_currency_model(),
        units.get_dimension_model(),
        peer("recognizers_number").NumberRecognizer(chinese).get_percentage_model(),
        peer("recognizers_date_time").DateTimeRecognizer(chinese).get_datetime_model(),
    )

    def find(text: str) -> Iterator[tuple[str, int]]:
        for model in models:
            for found in model.parse(text):
                yield found.text, found.start

    return find


if __name__ == "__main__":
    main()
