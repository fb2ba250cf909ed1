"""The frontier on a real PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from services.contracts.messages import Source, SourceKind
from services.crawler import statements
from services.crawler.frontier import MIGRATIONS, SCHEMA, Frontier
from services.crawler.patterns import Patterns, Seen
from services.crawler.tasks import Backlog, Finish, FrontierSource, Link, State, Task, Turn, accept
from services.runtime.migrate import downgrade, upgrade
from services.runtime.outcome import Record
from services.runtime.postgres import connect

DONE = Finish("done", "published", fetched=True)


@pytest.fixture
def frontier(frontier_pool: asyncpg.Pool) -> Frontier:
    return Frontier(frontier_pool, pace=10.0, longest_pace=60.0)


def source(url: str, offset: int = 1, kind: SourceKind = "auto", **options: Any) -> FrontierSource:
    record = Record(
        "sources", 3, offset, 5, b"\x00key", b"\xff\x00value", {"a": "园区", "correlation_id": "t"}
    )
    return accept(record, Source(url, kind, **options))


async def take(frontier: Frontier, owner: str, host: str) -> Task:
    task = await frontier.next_url(owner, host, 0.0)
    assert task is not None
    return task


async def leased_task(frontier: Frontier, url: str, **options: Any) -> Task:
    """Add a source, lease its host and return its task."""
    added = source(url, **options)
    await frontier.add_sources([added])
    await frontier.lease("me", 10, 60)
    return await take(frontier, "me", added.host)


async def test_the_migration_can_be_undone(postgres_dsn: str, frontier_pool: asyncpg.Pool) -> None:
    await downgrade(postgres_dsn, MIGRATIONS, SCHEMA)
    tables = await frontier_pool.fetch("SELECT 1 FROM pg_tables WHERE schemaname = 'frontier'")
    assert len(tables) == 1  # alembic's own
    await upgrade(postgres_dsn, MIGRATIONS, SCHEMA)


async def test_the_record_comes_back_byte_for_byte(frontier: Frontier) -> None:
    added = source("https://a.example/", every=600, depth=3, kind="list")
    await frontier.add_sources([added])
    await frontier.lease("me", 10, 60)
    task = await take(frontier, "me", "a.example")
    assert task.record == added.record
    assert (task.kind, task.every, task.depth, task.trace_id) == ("list", 600.0, 3, "t")
    assert task.source == "https://a.example/"


async def test_nothing_to_do(frontier: Frontier) -> None:
    await frontier.add_sources([])
    assert await frontier.lease("me", 10, 60) == []
    assert await frontier.next_url("me", "a.example", 0) is None
    assert await frontier.renew("me", ["a.example"], 60) == set()
    await frontier.release("me", "a.example")
    await frontier.release_all("me")
    assert await frontier.backlog() == Backlog(due=0, retries=0, scheduled=0, leased=0)


async def test_a_host_has_one_owner(frontier: Frontier) -> None:
    await frontier.add_sources([source("https://a.example/1"), source("https://a.example/2")])
    assert await frontier.lease("one", 10, 60) == ["a.example"]
    assert await frontier.lease("two", 10, 60) == []
    assert await frontier.next_url("two", "a.example", 0) is None
    await frontier.release("two", "a.example")
    assert await frontier.lease("two", 10, 60) == []
    await frontier.release("one", "a.example")
    assert await frontier.lease("two", 10, 60) == ["a.example"]


async def test_concurrent_leases_never_share_a_host(frontier: Frontier) -> None:
    await frontier.add_sources([source(f"https://h{n}.example/") for n in range(40)])
    got = await asyncio.gather(*(frontier.lease(f"o{n}", 10, 60) for n in range(6)))
    hosts = [host for leases in got for host in leases]
    assert len(hosts) == len(set(hosts)) == 40
    assert max(map(len, got)) == 10


async def test_a_lease_ends_by_itself_and_can_be_renewed(frontier: Frontier) -> None:
    await frontier.add_sources([source("https://a.example/"), source("https://b.example/")])
    assert len(await frontier.lease("killed", 10, 0.2)) == 2
    hosts = ["a.example", "b.example"]
    assert await frontier.renew("killed", hosts, 0.2) == set(hosts)
    assert await frontier.lease("other", 10, 60) == []
    await asyncio.sleep(0.25)
    assert len(await frontier.lease("other", 1, 60)) == 1
    assert len(await frontier.renew("killed", hosts, 60)) == 1


async def test_a_lease_that_is_not_asked_for_ends(frontier: Frontier) -> None:
    await frontier.add_sources([source("https://a.example/"), source("https://b.example/")])
    assert len(await frontier.lease("me", 10, 0.2)) == 2
    assert await frontier.renew("me", ["a.example"], 60) == {"a.example"}
    await asyncio.sleep(0.25)
    assert await frontier.lease("me", 10, 60) == ["b.example"]


async def test_a_killed_owners_url_is_still_due(frontier: Frontier) -> None:
    await frontier.add_sources([source("https://a.example/")])
    await frontier.lease("killed", 10, 0.1)
    await take(frontier, "killed", "a.example")
    await asyncio.sleep(0.15)
    await frontier.lease("other", 10, 60)
    assert (await take(frontier, "other", "a.example")).url == "https://a.example/"


async def test_new_sources_then_links_then_recrawls(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://old.example/", kind="list")
    await frontier.add_links(task, [Link("https://link.example/", "article", 0)])
    await frontier.finish(task, Finish("recrawl", "links", due_in=0.0, fetched=True))
    await frontier.release("me", "old.example")
    await frontier.add_sources([source("https://new.example/")])
    order = [(await frontier.lease("me", 1, 60))[0] for _ in range(3)]
    assert order == ["new.example", "link.example", "old.example"]


async def test_within_a_host_too(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://a.example/list", kind="list")
    await frontier.add_links(task, [Link("https://a.example/link", "article", 0)])
    await frontier.finish(task, Finish("recrawl", "links", due_in=0.0, fetched=True))
    await frontier.add_sources([source("https://a.example/new")])
    order = []
    for _ in range(3):
        task = await take(frontier, "me", "a.example")
        order.append(task.url.rpartition("/")[2])
        await frontier.finish(task, DONE)
    assert order == ["new", "link", "list"]


async def test_hosts_take_turns(frontier: Frontier) -> None:
    await frontier.add_sources([source(f"https://big.example/{n}") for n in range(5)])
    await frontier.add_sources([source(f"https://small.example/{n}") for n in range(2)])
    first = await frontier.lease("me", 1, 60)
    await frontier.release("me", first[0])
    second = await frontier.lease("me", 1, 60)
    assert {*first, *second} == {"big.example", "small.example"}


async def test_turns_are_the_pace_apart_whoever_takes_them(frontier: Frontier) -> None:
    waits = await asyncio.gather(*(frontier.turn("https://a.example/", 60) for _ in range(5)))
    assert all(turn.taken for turn in waits)
    assert sorted(turn.wait for turn in waits) == pytest.approx([0, 10, 20, 30, 40], abs=0.5)


async def test_a_turn_that_is_too_far_away_is_not_taken(frontier: Frontier) -> None:
    first, second, third, other = [
        await frontier.turn(url, patience)
        for url, patience in (
            ("https://a.example/", 5),
            ("https://a.example/", 5),
            ("https://a.example/", 11),
            ("https://b.example/", 5),
        )
    ]
    assert first == Turn(taken=True, wait=0.0, pace=10.0)
    assert not second.taken
    assert second.wait == pytest.approx(10, abs=0.5)
    assert third.taken
    assert third.wait == pytest.approx(10, abs=0.5)
    assert other == first


@pytest.mark.parametrize(("delay", "pace"), [(0.0, 10), (3.0, 10), (30.0, 30), (1e6, 60)])
async def test_the_crawl_delay_that_robots_ask_for(
    frontier: Frontier, delay: float, pace: float
) -> None:
    await frontier.keep_robots("https://a.example", b"", delay)
    await frontier.turn("https://a.example/", 0)
    turn = await frontier.turn("https://a.example/", 100)
    assert turn.wait == pytest.approx(pace, abs=0.5)
    assert turn.pace == pace


async def test_the_pace_survives_a_restart(postgres_dsn: str, frontier: Frontier) -> None:
    await frontier.add_sources([source("https://a.example/")])
    await frontier.turn("https://a.example/", 0)
    pool = await connect(postgres_dsn, size=1, application_name="restarted")
    restarted = Frontier(pool, pace=10.0)
    assert await restarted.lease("restarted", 10, 60) == []
    assert not (await restarted.turn("https://a.example/", 0)).taken
    await pool.close()


async def test_a_host_whose_turn_is_too_far_away_gives_no_url(frontier: Frontier) -> None:
    await frontier.add_sources([source("https://a.example/")])
    await frontier.lease("me", 10, 60)
    await frontier.turn("https://a.example/", 0)
    assert await frontier.next_url("me", "a.example", 5) is None
    assert await frontier.next_url("me", "a.example", 15) is not None


async def test_robots_are_stored(frontier: Frontier) -> None:
    assert await frontier.robots("https://a.example") is None
    for body in (b"old", b"\x00new"):
        await frontier.keep_robots("https://a.example", body, 0)
    stored = await frontier.robots("https://a.example")
    assert stored is not None
    assert stored.body == b"\x00new"
    assert 0 <= stored.age < 5
    assert await frontier.robots("http://a.example") is None


async def test_the_same_record_once_more_changes_nothing(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://a.example/")
    await frontier.finish(task, DONE)
    await frontier.add_sources([source("https://a.example/")])
    assert (await frontier.backlog()).pending == 0


async def test_adding_again_makes_it_due_and_forgets_what_was_known(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://a.example/")
    known = Finish(
        "done", "published", etag="e", last_modified="l", content_hash=b"h", fetched=True
    )
    await frontier.finish(task, known)
    await frontier.add_sources([source("https://a.example/", offset=2, kind="article")])
    task = await take(frontier, "me", "a.example")
    assert (task.etag, task.last_modified, task.content_hash) == (None, None, None)
    assert task.kind == "article"
    assert task.record is not None
    assert task.record.offset == 2


async def test_adding_again_while_it_is_in_work_keeps_it_due(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://a.example/")
    await frontier.add_sources([source("https://a.example/", offset=2)])
    await frontier.finish(task, Finish("gone", "not_found"))
    assert (await frontier.backlog()).due == 1
    again = await take(frontier, "me", "a.example")
    assert again.round == task.round + 1
    await frontier.finish(again, DONE)
    assert (await frontier.backlog()).due == 0


async def test_one_url_twice_in_a_batch(frontier: Frontier) -> None:
    await frontier.add_sources(
        [source("https://a.example/", 1), source("https://A.example/#x", 2, "list")]
    )
    await frontier.lease("me", 10, 60)
    assert (await take(frontier, "me", "a.example")).kind == "list"
    assert (await frontier.backlog()).due == 1


async def test_writers_of_many_hosts_do_not_deadlock(frontier: Frontier) -> None:
    def batch(writer: int) -> list[FrontierSource]:
        numbers = range(50) if writer % 2 else reversed(range(50))
        return [source(f"https://h{n}.example/{n}", writer + 1) for n in numbers]

    await asyncio.gather(*(frontier.add_sources(batch(writer)) for writer in range(12)))
    assert (await frontier.backlog()).due == 50


async def test_those_who_finish_and_those_who_add_links_do_not_deadlock(
    frontier: Frontier, frontier_pool: asyncpg.Pool
) -> None:
    """A deadlock would be retried, but only after the server's second of waiting for it."""
    task = await leased_task(frontier, "https://a.example/list", kind="list")
    links = [Link(f"https://b.example/{n}", "article", 0) for n in range(20)]
    await frontier.add_links(task, links)
    await frontier.lease("me", 10, 60)
    other = await take(frontier, "me", "b.example")
    failed = Finish("retry", "timeout", due_in=0.0, attempts=1, host_failed=True)

    async def finish() -> None:
        for _ in range(100):
            await frontier.finish(other, failed)

    async def add() -> None:
        for _ in range(100):
            await frontier.add_links(task, links)

    await asyncio.gather(finish(), finish(), add(), add())
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert await frontier_pool.fetchval(deadlocks) == 0


async def test_links_are_added_once(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://a.example/list", kind="list")
    links = [
        Link("https://a.example/1", "article", 0),
        Link("https://a.example/1#x", "article", 0),
        Link("https://a.example/1?utm_source=x", "article", 0),
        Link("https://b.example/2", "article", 0),
        Link("https://a.example/list", "list", 0),
        Link("ftp://a.example/3", "article", 0),
        Link("http://[", "article", 0),
        Link("http://user:secret@a.example/", "article", 0),
        Link("https://a.example/" + "x" * 3000, "article", 0),
    ]
    assert await frontier.add_links(task, links) == 2
    assert await frontier.add_links(task, links) == 0
    assert await frontier.add_links(task, []) == 0
    assert (await frontier.backlog()).due == 3


async def test_a_link_inherits_source_and_trace(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://a.example/list", kind="list")
    await frontier.add_links(task, [Link("https://b.example/1", "article", -1)])
    await frontier.lease("me", 10, 60)
    link = await take(frontier, "me", "b.example")
    assert (link.source, link.trace_id, link.depth) == ("https://a.example/list", "t", -1)
    assert link.record is None


async def finished_link(frontier: Frontier, depth: int = 0) -> Task:
    """Return the task of a list whose only link has been fetched."""
    task = await leased_task(frontier, "https://a.example/list", kind="list")
    await frontier.add_links(task, [Link("https://b.example/1", "article", depth)])
    await frontier.lease("me", 10, 60)
    await frontier.finish(await take(frontier, "me", "b.example"), DONE)
    await frontier.finish(task, Finish("recrawl", "links", due_in=60.0, fetched=True))
    assert (await frontier.backlog()).due == 0
    return task


@pytest.mark.parametrize(
    ("since", "due"), [(timedelta(hours=1), 1), (timedelta(hours=-1), 0), (None, 0)]
)
async def test_a_link_that_has_changed_since_is_due_again(
    frontier: Frontier, since: timedelta | None, due: int
) -> None:
    task = await finished_link(frontier)
    modified = None if since is None else datetime.now(UTC) + since
    assert (
        await frontier.add_links(task, [Link("https://b.example/1", "article", 0, modified)]) == 0
    )
    assert (await frontier.backlog()).due == due


@pytest.mark.parametrize(("depth", "due"), [(0, 1), (1, 0)])
async def test_again_works_downwards_only(frontier: Frontier, depth: int, due: int) -> None:
    task = await finished_link(frontier, depth)
    await frontier.add_links(task, [Link("https://b.example/1", "list", 0)], again=True)
    assert (await frontier.backlog()).due == due


@pytest.mark.parametrize(("state", "due"), [("failed", 1), ("gone", 0), ("done", 0)])
async def test_a_link_that_failed_too_often_gets_another_chance(
    frontier: Frontier, state: State, due: int
) -> None:
    task = await leased_task(frontier, "https://a.example/list", kind="list")
    links = [Link("https://b.example/1", "article", 0)]
    await frontier.add_links(task, links)
    await frontier.lease("me", 10, 60)
    await frontier.finish(
        await take(frontier, "me", "b.example"), Finish(state, "timeout", attempts=6)
    )
    await frontier.finish(task, Finish("recrawl", "links", due_in=60.0, fetched=True))
    assert await frontier.add_links(task, links) == 0
    assert (await frontier.backlog()).due == due
    if due:
        await frontier.lease("me", 10, 60)
        await frontier.release("me", "b.example")
        await frontier.lease("me", 10, 60)
        assert (await take(frontier, "me", "b.example")).attempts == 0


async def test_a_dead_letter_is_not_revived_by_a_link(frontier: Frontier) -> None:
    dead = await leased_task(frontier, "https://b.example/1")
    await frontier.finish(dead, Finish("failed", "timeout", attempts=6))
    task = await leased_task(frontier, "https://a.example/list", kind="list")
    await frontier.add_links(task, [Link("https://b.example/1", "article", 9)])
    assert (await frontier.backlog()).due == 1  # the list itself


async def test_links_never_disturb_a_retry(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://a.example/")
    await frontier.finish(task, Finish("retry", "timeout", due_in=600.0, attempts=2))
    await frontier.add_links(
        await leased_task(frontier, "https://c.example/", kind="list"),
        [Link("https://a.example/", "article", 9)],
        again=True,
    )
    assert (await frontier.backlog()).retries == 1


async def test_the_backlog_by_what_is_to_come(frontier: Frontier) -> None:
    finishes = [
        DONE,
        Finish("gone", "not_found"),
        Finish("retry", "timeout", due_in=600.0, attempts=1),
        Finish("recrawl", "links", due_in=600.0, fetched=True),
    ]
    for n, finish in enumerate(finishes):
        await frontier.finish(await leased_task(frontier, f"https://h{n}.example/"), finish)
    await frontier.add_sources([source("https://due.example/")])
    assert await frontier.backlog() == Backlog(due=1, retries=1, scheduled=1, leased=4)
    await frontier.release_all("me")
    assert (await frontier.backlog()).leased == 0


async def test_a_released_host_is_due_when_its_next_url_is(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://a.example/")
    await frontier.finish(task, Finish("retry", "timeout", due_in=0.3, attempts=1))
    await frontier.release("me", "a.example")
    assert await frontier.lease("me", 10, 60) == []
    await asyncio.sleep(0.35)
    assert await frontier.lease("me", 10, 60) == ["a.example"]


async def test_a_host_that_failed_rests_and_counts(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://a.example/")
    for failures in (1, 2):
        await frontier.finish(
            task, Finish("retry", "timeout", due_in=0.0, attempts=1, host_failed=True)
        )
        task = await take(frontier, "me", "a.example")
        assert task.host_failures == failures
    await frontier.finish(task, Finish("retry", "timeout", due_in=0.0, host_rest=600.0))
    assert await frontier.next_url("me", "a.example", 5) is None
    await frontier.release("me", "a.example")
    assert await frontier.lease("me", 10, 60) == []


async def test_a_success_ends_the_count(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://a.example/")
    await frontier.finish(
        task, Finish("retry", "timeout", due_in=0.0, attempts=1, host_failed=True)
    )
    await frontier.finish(task, Finish("recrawl", "published", due_in=0.0, fetched=True))
    assert (await take(frontier, "me", "a.example")).host_failures == 0


async def test_what_is_known_of_a_url_is_kept(frontier: Frontier) -> None:
    task = await leased_task(frontier, "https://a.example/")
    assert task.fetched_at is None
    await frontier.finish(
        task,
        Finish(
            "recrawl",
            "published",
            "zero\0byte",
            due_in=0.0,
            period=60.0,
            etag='"e"',
            last_modified="l",
            content_hash=b"h",
            fetched=True,
        ),
    )
    task = await take(frontier, "me", "a.example")
    assert (task.etag, task.last_modified, task.content_hash) == ('"e"', "l", b"h")
    assert task.period == 60.0
    assert task.fetched_at is not None


async def test_a_recrawl_that_has_waited_goes_before_a_backlog_of_links(
    frontier: Frontier, frontier_pool: asyncpg.Pool
) -> None:
    task = await leased_task(frontier, "https://a.example/list", kind="list")
    await frontier.add_links(task, [Link(f"https://a.example/{n}", "article", 0) for n in range(9)])
    await frontier.finish(task, Finish("recrawl", "links", due_in=0.0, fetched=True))
    assert (await take(frontier, "me", "a.example")).kind == "article"
    await frontier_pool.execute(
        "UPDATE frontier.urls SET due_at = due_at - interval '11 minutes' WHERE rank = 2"
    )
    assert (await take(frontier, "me", "a.example")).kind == "list"


async def test_a_host_with_old_recrawls_goes_before_one_with_new_links(
    frontier: Frontier, frontier_pool: asyncpg.Pool
) -> None:
    task = await leased_task(frontier, "https://old.example/")
    await frontier.finish(task, Finish("recrawl", "links", due_in=0.0, fetched=True))
    await frontier.release("me", "old.example")
    await frontier_pool.execute("UPDATE frontier.hosts SET turn_at = turn_at - interval '1 hour'")
    await frontier.add_sources([source("https://new.example/")])
    assert await frontier.lease("me", 1, 60) == ["old.example"]


async def test_a_released_host_keeps_its_pace_from_the_last_answer(frontier: Frontier) -> None:
    await frontier.add_sources([source("https://a.example/")])
    await frontier.lease("me", 1, 60)
    await frontier.release("me", "a.example", since=2.0)
    turn = await frontier.turn("https://a.example/", 20)
    assert turn.wait == pytest.approx(8, abs=0.5)


async def test_a_lease_reads_the_queue_from_its_head(
    frontier: Frontier, frontier_pool: asyncpg.Pool
) -> None:
    """However many hosts there are, it ends with the batch."""
    await frontier.add_sources([source(f"https://h{n}.example/") for n in range(3000)])
    await frontier_pool.execute("ANALYZE frontier.hosts")
    plan = await frontier_pool.fetch(
        f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statements.LEASE}", "me", 20, 60.0, None
    )
    lines = "\n".join(row[0] for row in plan)
    assert "Index Scan using hosts_turn on hosts (actual rows=20.00 loops=1)" in lines
    assert "Sort" not in lines


async def test_a_lease_starts_where_the_last_one_did_until_it_finds_too_few(
    frontier: Frontier, frontier_pool: asyncpg.Pool
) -> None:
    await frontier.add_sources([source("https://a.example/"), source("https://b.example/")])
    await frontier_pool.execute(
        "UPDATE frontier.hosts SET turn_at = now() - CASE host WHEN 'a.example' "
        "THEN interval '2 hours' ELSE interval '1 hour' END"
    )
    assert await frontier.lease("me", 1, 0.1) == ["a.example"]
    assert await frontier.lease("me", 1, 60) == ["b.example"]
    await asyncio.sleep(0.15)
    assert await frontier.lease("me", 1, 60) == []
    assert await frontier.lease("me", 1, 60) == ["a.example"]


async def test_who_is_new_goes_first_wherever_the_last_lease_started(frontier: Frontier) -> None:
    for n in range(3):
        task = await leased_task(frontier, f"https://old{n}.example/")
        await frontier.finish(task, Finish("recrawl", "links", due_in=0.0, fetched=True))
    await frontier.release_all("me")
    old = await frontier.lease("me", 1, 60)
    await frontier.add_sources([source("https://new.example/")])
    assert await frontier.lease("me", 1, 60) == ["new.example"]
    old += await frontier.lease("me", 2, 60)
    assert sorted(old) == [f"old{n}.example" for n in range(3)]


async def test_a_link_to_a_host_that_rests_does_not_call_it(
    frontier: Frontier, frontier_pool: asyncpg.Pool
) -> None:
    """Else every lease would pass by all hosts that rest."""
    task = await leased_task(frontier, "https://a.example/")
    await frontier.finish(task, Finish("retry", "timeout", due_in=7200.0, host_rest=7200.0))
    await frontier.release("me", "a.example")
    other = await leased_task(frontier, "https://b.example/", kind="list")
    await frontier.add_links(other, [Link("https://a.example/1", "article", 0)])
    rests = "SELECT turn_at >= next_at FROM frontier.hosts WHERE host = 'a.example'"
    assert await frontier_pool.fetchval(rests)


async def test_patterns_are_kept_and_added_up(frontier: Frontier) -> None:
    for seen in (Seen(articles=2), Seen(articles=1, lists=1)):
        await frontier.learn("a.example", Patterns({"a.example/0.html?": seen}))
    assert (await frontier.patterns("a.example")).seen == {"a.example/0.html?": Seen(3, 1)}
    assert (await frontier.patterns("b.example")).seen == {}


async def test_the_frontier_of_an_earlier_version_is_taken_over(
    frontier: Frontier, frontier_pool: asyncpg.Pool
) -> None:
    task = await leased_task(frontier, "https://a.example/list", kind="list")
    await frontier.add_links(task, [Link("https://a.example/1", "article", 0)])
    await frontier.release("me", "a.example")
    script = ScriptDirectory(str(MIGRATIONS)).get_revision("0002").module
    for statement in (*script._DOWN, *script._UP):
        await frontier_pool.execute(statement)
    assert await frontier.lease("me", 1, 60) == ["a.example"]
    sources = await frontier_pool.fetch("SELECT url, state, urls FROM frontier.sources")
    assert [tuple(row) for row in sources] == [("https://a.example/list", "open", 1)]
    assert await frontier_pool.fetchval("SELECT urls FROM frontier.hosts") == 2


async def test_many_at_once_are_told_apart(frontier: Frontier) -> None:
    """What is asked at the same time goes to the database together."""
    hosts = [f"h{n}.example" for n in range(30)]
    await frontier.add_sources([source(f"https://{host}/") for host in hosts])
    assert len(await frontier.lease("me", 30, 60)) == 30
    tasks = await asyncio.gather(
        *(frontier.next_url("me", host, 0) for host in hosts),
        frontier.next_url("other", "h0.example", 0),
        frontier.next_url("me", "unknown.example", 0),
    )
    found = [task.host for task in tasks if task is not None]
    assert found == hosts
    assert tasks[30:] == [None, None]
    turns = await asyncio.gather(*(frontier.turn(f"https://{host}/", 60) for host in hosts * 2))
    assert [round(turn.wait) for turn in turns] == [0] * 30 + [10] * 30
    finishes = [
        DONE,
        Finish("retry", "timeout", due_in=60.0, attempts=2, host_failed=True),
        Finish("gone", "not_found"),
    ]
    await asyncio.gather(
        *(frontier.finish(task, finishes[n % 3]) for n, task in enumerate(tasks) if task)
    )
    assert await frontier.backlog() == Backlog(
        due=0, retries=10, scheduled=0, leased=30, backed_off=10
    )
    await asyncio.gather(
        *(frontier.learn(host, Patterns({"x": Seen(n, 1)})) for n, host in enumerate(hosts)),
        *(frontier.release("me" if n % 2 else "other", host) for n, host in enumerate(hosts)),
    )
    patterns = await asyncio.gather(*map(frontier.patterns, hosts))
    assert [known.seen["x"] for known in patterns] == [Seen(n, 1) for n in range(30)]
    assert (await frontier.backlog()).leased == 15
