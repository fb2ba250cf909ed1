"""What an operator decides holds at once, on every replica."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from crawl_line import FAST, Line, Site, article, html, links, until
from typer.testing import CliRunner, Result

from services.cli.__main__ import make_app
from services.crawler.control import Control, host_name
from services.crawler.frontier import Frontier
from services.crawler.tasks import Link


@pytest.fixture
async def control(line: Line) -> AsyncIterator[Control]:
    async with line.pool.acquire() as connection:
        yield Control(connection)


@contextlib.asynccontextmanager
async def two_replicas(line: Line, pace: float = 0.02) -> AsyncIterator[None]:
    settings = FAST.model_copy(update={"host_pages": 2, "pace": pace})
    line.frontier = Frontier(line.pool, pace=pace)
    async with line.running(settings), line.running(settings):
        yield


async def many_articles(line: Line, site: Site, count: int = 40) -> str:
    items = "".join(f"<item><link>{site.url}/a/{n}</link></item>" for n in range(count))
    feed = f"<rss><channel>{items}</channel></rss>"
    site.answers["/feed"] = web.Response(text=feed, content_type="application/rss+xml")
    for n in range(count):
        site.answers[f"/a/{n}"] = article(n)
    await line.add(f"{site.url}/feed")
    return f"{site.url}/feed"


async def stands_still(site: Site) -> bool:
    """Return whether nothing more is asked, but for what may be under way."""
    await asyncio.sleep(0.1)
    before = len(site.asked)
    await asyncio.sleep(0.4)
    return len(site.asked) == before


async def test_a_host_that_is_paused_is_asked_no_more_until_it_is_resumed(
    line: Line, site: Site, control: Control
) -> None:
    await many_articles(line, site)
    async with two_replicas(line):
        await until(lambda: len(line.pages) >= 5)
        (host,) = await control.set_host_state([site.url], "paused")
        assert await stands_still(site)
        assert len(line.pages) < 40
        (row,) = await control.hosts()
        assert (row.host, row.state, row.urls) == (host, "paused", 41)
        await control.set_host_state([host], "open")
        await line.drained()
    assert sorted(set(line.published())) == sorted(f"{site.url}/a/{n}" for n in range(40))
    assert len(line.pages) == 40


async def test_a_source_that_is_paused_gives_nothing_until_it_is_resumed(
    line: Line, site: Site, control: Control
) -> None:
    source = await many_articles(line, site)
    async with two_replicas(line):
        await until(lambda: len(line.pages) >= 5)
        assert await control.pause_sources([source]) == [source]
        assert await stands_still(site)
        assert (await line.frontier.backlog()).paused > 20
        (row,) = await control.sources()
        assert (row.url, row.paused, row.due_at) == (source, True, None)
        site.answers["/other"] = article(99)
        await line.add(f"{site.url}/other")
        await until(lambda: f"{site.url}/other" in line.published())
        await control.resume_sources([source])
        await line.drained()
    assert {f"{site.url}/a/{n}" for n in range(40)} < set(line.published())


async def test_links_that_arrive_for_a_paused_source_wait_too(
    line: Line, site: Site, control: Control
) -> None:
    source = await many_articles(line, site, count=3)
    await line.drain()
    await control.pause_sources([source])
    await line.add(source)  # a redelivery, or somebody who does not know
    await line.drain()
    assert site.paths().count("/feed") == 1
    (row,) = await control.sources()
    assert (row.urls, row.done, row.paused) == (3, 3, True)


async def test_a_source_that_is_dropped_is_forgotten(
    line: Line, site: Site, control: Control
) -> None:
    source = await many_articles(line, site)
    async with two_replicas(line):
        await until(lambda: len(line.pages) >= 5)
        assert await control.drop_sources([source]) == [source]
        assert await stands_still(site)
    assert await control.sources() == []
    (host,) = await control.hosts()
    assert (host.urls, host.due) == (0, 0)
    assert line.dead == []


async def test_a_list_in_hand_while_its_source_is_dropped_leaves_nothing(
    line: Line, site: Site, control: Control
) -> None:
    source = await many_articles(line, site)
    await line.frontier.lease("me", 1, 60)
    task = await line.frontier.next_url("me", host_name(source), 1)
    assert task is not None
    await control.drop_sources([source])
    assert await line.frontier.add_links(task, [Link(f"{site.url}/a/1", "article", 0)]) == 0
    assert await line.pool.fetchval("SELECT count(*) FROM frontier.urls") == 0


async def test_a_host_that_is_dropped_is_not_taken_up_by_links(
    line: Line, site: Site, control: Control
) -> None:
    source = await many_articles(line, site, count=3)
    await line.drain()
    await control.set_host_state([source], "dropped")
    assert await line.pool.fetchval("SELECT count(*) FROM frontier.urls") == 0
    await line.add("http://other.example/feed")
    await line.frontier.lease("me", 1, 60)
    task = await line.frontier.next_url("me", "other.example", 1)
    assert task is not None
    assert await line.frontier.add_links(task, [Link(f"{site.url}/a/1", "article", 0)]) == 0
    await line.add(source)  # a person wants it again
    assert (await control.hosts(site.url.removeprefix("http://")))[0].state == "open"


async def test_a_pace_that_is_set_holds_from_the_next_request(
    line: Line, site: Site, control: Control
) -> None:
    site.answers["/robots.txt"] = web.Response(text="User-agent: *\nCrawl-delay: 30")
    await many_articles(line, site, count=5)
    async with two_replicas(line):
        await until(lambda: "/robots.txt" in site.paths())
        await asyncio.sleep(0.1)
        await control.set_pace([site.url], 0.02)
        await line.drained()
    assert len(line.pages) == 5
    (row,) = await control.hosts()
    assert (row.pace, row.crawl_delay) == (0.02, 30.0)


async def test_limits_of_host_and_source(line: Line, site: Site, control: Control) -> None:
    line.frontier = Frontier(line.pool, pace=FAST.pace, source_urls=7)
    await many_articles(line, site, count=20)

    async def full() -> tuple[bool, bool]:
        """Return whether source and host are at their limit, as listed and as counted."""
        (source,), (host,) = await control.sources(), await control.hosts()
        backlog = await line.frontier.backlog()
        assert (backlog.full_sources, backlog.full_hosts) == (source.is_full, host.is_full)
        return source.is_full, host.is_full

    await line.drain()
    assert len(line.pages) == 7
    assert await full() == (True, False)
    await control.set_source_limit([f"{site.url}/feed"], 20)
    assert await full() == (False, False)
    await control.set_host_limit([site.url], 11)
    await line.add(f"{site.url}/feed")
    await line.drain()
    assert len(line.pages) == 10
    assert await full() == (True, True)
    await control.set_host_limit([site.url], None)
    await line.add(f"{site.url}/feed")
    await line.drain()
    assert len(line.pages) == 20
    assert await full() == (False, False)


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("news.example", "news.example"),
        ("News.Example:80", "news.example"),
        ("https://news.example:8443/a", "news.example:8443"),
    ],
)
def test_how_a_host_may_be_given(given: str, host: str) -> None:
    assert host_name(given) == host


async def test_the_commands(line: Line, site: Site, postgres_dsn: str) -> None:
    site.answers["/list/"] = html(links(1, 2, 3, 4, 5))
    for n in range(1, 5):
        site.answers[f"/news/2024/{1000 + n}.html"] = article(n)
    await line.add(f"{site.url}/list/", "list", every=7200)
    await line.drain()
    host = site.url.removeprefix("http://")

    async def parkwire(*arguments: str) -> Result:
        environment = {"PARKWIRE_POSTGRES_DSN": postgres_dsn}
        return await asyncio.to_thread(
            lambda: CliRunner().invoke(make_app(), arguments, env=environment)
        )

    listed = await parkwire("sources")
    assert listed.exit_code == 0, listed.exception
    assert f"{site.url}/list/" in listed.stdout
    assert "2 h" in listed.stdout
    assert host in (await parkwire("hosts", "--match", "127.0.0.1")).stdout
    assert (await parkwire("hosts", "pause", site.url)).stdout == f"paused: {host}\n"
    assert await line.pool.fetchval("SELECT state FROM frontier.hosts") == "paused"
    unknown = await parkwire("sources", "drop", f"{site.url}/list/", "http://nobody.example/")
    assert str(unknown.exception) == "not known: http://nobody.example/"
    assert await line.pool.fetchval("SELECT count(*) FROM frontier.sources") == 0
    assert (await parkwire("hosts", "pace", "http://")).exit_code == 2


async def test_a_large_host_is_dropped_in_parts(
    line: Line, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.crawler.control._FORGET", 2)
    for n in range(5):
        await line.add(f"http://large.example/{n}")
    await line.add("http://other.example/")
    assert await control.set_host_state(["large.example"], "dropped") == ["large.example"]
    urls = await line.pool.fetch("SELECT url FROM frontier.urls")
    assert [row["url"] for row in urls] == ["http://other.example/"]
    assert [row.url for row in await control.sources()] == ["http://other.example/"]
    hosts = {host.host: (host.state, host.urls) for host in await control.hosts()}
    assert hosts == {"large.example": ("dropped", 0), "other.example": ("open", 1)}


async def test_many_links_are_added_in_parts(
    line: Line, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.crawler.frontier._LINKS_AT_ONCE", 3)
    await many_articles(line, site, count=10)
    await line.drain()
    assert len(set(line.published())) == 10
