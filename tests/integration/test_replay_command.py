"""Stored pages, once more through the line."""

import asyncio
from datetime import UTC, datetime, timedelta

import typer
from relay_client import settings_of
from typer.testing import CliRunner, Result

from services.cli.reading import careful_producer, read_topic
from services.cli.replay import register
from services.contracts.codec import PAGE
from services.contracts.messages import Page
from services.contracts.topics import PAGES
from services.runtime.settings import KafkaSettings
from services.runtime.topics import create_topics

FETCHED = datetime(2026, 3, 1, tzinfo=UTC)


async def parkwire(kafka: KafkaSettings, *arguments: str) -> Result:
    app = typer.Typer()
    register(app)
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, env=settings_of(kafka))


def _page(host: str, days: int, body: bytes) -> Page:
    url = f"http://{host}/1"
    return Page(url, url, 200, {}, body, FETCHED + timedelta(days=days), url)


async def _pages(kafka: KafkaSettings) -> list[Page]:
    values = [record.value async for record in read_topic(kafka, PAGES)]
    found = [PAGE.decode(value, {}) for value in values if value != b"no page"]
    return sorted(found, key=lambda page: page.fetched_at)


async def test_the_newest_copy_of_each_page_goes_again_and_wins(kafka: KafkaSettings) -> None:
    await create_topics(kafka, replication=1)
    producer = careful_producer(kafka, PAGES)
    await producer.start()
    stored = [_page("a.example", 0, b"old"), _page("a.example", 2, b"new")]
    other = _page("b.example", 4, b"other")
    for value in (*map(PAGE.encode, (*stored, other)), b"no page"):
        await producer.send_and_wait(kafka.prefix + PAGES.name, value, key=b"k", headers=[])
    await producer.stop()

    assert "2 pages would be sent again" in (await parkwire(kafka, "--dry-run")).stderr
    assert (
        "1 pages would be" in (await parkwire(kafka, "--since", "2026-03-04", "--dry-run")).stderr
    )
    assert await _pages(kafka) == [*stored, other]

    for times in (1, 2):
        assert "1 pages sent again" in (await parkwire(kafka, "--site", "a.example")).stderr
        again = [page for page in await _pages(kafka) if page.body == b"new"][-1]
        assert again.fetched_at - stored[1].fetched_at == timedelta(microseconds=times)
