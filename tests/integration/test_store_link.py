import os
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, get_args

import asyncpg
import pytest
from store_samples import (
    CHINA,
    FIRST_FETCH,
    article,
    database,
    facts,
    link_all,
    minhash,
    stored,
)

from benchmarks.many import EMPTY
from services.contracts.messages import Amount, Entity, Facts, Project
from services.runtime.postgres import connect
from services.store.link import link, pending
from services.store.queries import ask, projects
from services.store.questions import (
    ARTICLES,
    PARKS,
    STORIES,
    Facet,
    Question,
    sums_of_amounts,
    sums_of_articles,
    sums_of_projects,
)
from services.store.retention import forget
from services.store.rows import Filter
from services.store.write import write


@pytest.fixture(scope="module")
def dsn(postgres_server: str) -> Iterator[str]:
    with database(postgres_server) as made:
        yield made


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await connect(dsn, size=4, application_name="test")
    await opened.execute(EMPTY)
    yield opened
    await opened.close()


def _bearings(number: int, stage: Any, date: str, **fields: Any) -> Facts:
    """Return one of three reports on one project, by sites that do not copy from one another."""
    project: dict[str, Any] = {
        "investors": ("远岫精密制造有限公司",),
        "amount_low": 3.6e9,
        "amount_high": 3.6e9,
        "currency": "CNY",
        "park": "云溪高新区",
        "place": "云溪市",
        "adcode": "990100",
        "industry": "装备制造",
        "evidence": ((0, 5),),
    } | fields
    name = project.pop("name", "高端轴承生产基地项目")
    return facts(
        number,
        url=f"https://site{number}.example/{number}",
        site=f"site{number}.example",
        published_at=datetime(2024, 3 + number, 5, tzinfo=CHINA),
        projects=[Project("project", name, stage=stage, date=date, **project)],
    )


SIGNED = _bearings(0, "签约", "2024-03-04")
STARTED = _bearings(
    1, "开工", "2024-04", name="远岫精密高端轴承生产基地", investors=("远岫精密制造股份有限公司",)
)
PRODUCING = _bearings(
    2, "投产", "2024-05-02", amount_low=3.5e9, amount_high=None, investors=(), adcode="990103"
)


async def _fill(pool: asyncpg.Pool, *batches: Sequence[Facts]) -> None:
    for batch in batches:
        await write(pool, batch)
        await link_all(pool)


async def test_what_waits_to_be_related_has_its_date_and_not_yet_its_facts(
    pool: asyncpg.Pool,
) -> None:
    dated, signed = Filter(since=date(2024, 3, 1)), Filter(stage="签约")
    await write(pool, [SIGNED])
    assert [row.projects async for row in ask(pool, ARTICLES, dated)] == [1]
    assert [row async for row in ask(pool, ARTICLES, signed)] == []
    await link_all(pool)
    assert [row.projects async for row in ask(pool, ARTICLES, signed)] == [1]


async def test_one_project_told_by_three_sites_is_one_with_three_stages(
    pool: asyncpg.Pool,
) -> None:
    await _fill(pool, [STARTED], [PRODUCING], [SIGNED])
    [row] = await projects(pool, Filter())
    assert row.stages == ["签约 2024-03-04", "开工 2024-04", "投产 2024-05-02"]
    assert (row.stage, row.date, row.articles) == ("投产", "2024-05-02", 3)
    assert (row.amount_low, row.investors) == (3.6e9, ["远岫精密制造股份有限公司"])
    assert 0.85 <= row.confidence < 1
    tellings = await pool.fetch("SELECT * FROM parkwire.tellings ORDER BY published_at")
    assert [telling["stage"] for telling in tellings] == ["签约", "开工", "投产"]
    assert [set(telling["agreement"]) for telling in tellings] == [
        {"similar name", "amount", "investor", "park"},
        {"similar name", "amount", "investor", "park"},
        {"name", "similar amount", "park"},
    ]
    passages = [passage for telling in tellings for passage in telling["evidence"]]
    assert passages == ["第0篇报道", "第1篇报道", "第2篇报道"]


async def test_other_projects_stay_apart(pool: asyncpg.Pool) -> None:
    await _fill(
        pool,
        [
            SIGNED,
            _bearings(1, "开工", "2024-04", amount_low=8e9, amount_high=8e9),
            _bearings(2, "开工", "2024-04", name="高端轴承生产基地二期项目"),
            _bearings(3, "开工", "2024-04", name="高端轴承生产基地一期项目"),
            _bearings(4, "开工", "2024-04", park=None, place="白鹭市", adcode="980100"),
            _bearings(5, "开工", "2024-04", name="减速机项目", amount_low=1e9, amount_high=1e9),
        ],
    )
    rows = await projects(pool, Filter())
    together = [row for row in rows if row.articles > 1]
    # What names no phase may be either, so the two phases meet in it; nothing else does.
    assert [row.articles for row in together] == [3]
    assert len(rows) == 4


async def test_a_telling_that_is_like_nothing_new_goes_with_its_project(pool: asyncpg.Pool) -> None:
    nothing = dict.fromkeys(("park", "place", "adcode", "amount_low", "amount_high", "currency"))
    first = _bearings(0, "签约", "2024-03", **nothing)
    between = _bearings(1, "开工", "2024-04", **nothing | {"park": "云溪高新区"})
    last = _bearings(2, "投产", "2024-05", **nothing | {"park": "云溪高新区", "investors": ()})
    await _fill(pool, [first, between], [last])
    [row] = await projects(pool, Filter())
    assert row.stages == ["签约 2024-03", "开工 2024-04", "投产 2024-05"]
    assert len(await pool.fetch("SELECT DISTINCT project_id FROM parkwire.tellings")) == 1


async def test_a_newer_revision_leaves_its_project(pool: asyncpg.Pool) -> None:
    await _fill(pool, [SIGNED, STARTED, PRODUCING])
    later = FIRST_FETCH + timedelta(days=1)
    other = facts(1, fetched_at=later, projects=[Project("project", "养老院项目")])
    await _fill(pool, [other])
    rows = {row.name: row.stages for row in await projects(pool, Filter())}
    assert rows == {
        "养老院项目": [],
        "高端轴承生产基地项目": ["签约 2024-03-04", "投产 2024-05-02"],
    }


async def test_reposts_are_one_story_with_the_earliest_first(pool: asyncpg.Pool) -> None:
    def post(number: int, day: int, same: int) -> Facts:
        return facts(
            number,
            site=f"site{number}.example",
            published_at=datetime(2024, 3, day, tzinfo=CHINA),
            minhash=minhash(number, same),
        )

    await _fill(pool, [post(0, 7, 95)], [post(1, 5, 95)], [post(2, 6, 60)], [post(3, 9, 95)])
    rows = [row async for row in ask(pool, STORIES, Filter())]
    assert [(row.url, row.articles) for row in rows] == [
        ("https://news.example/2", 1),
        ("https://news.example/1", 3),
    ]
    assert rows[1].sites == ["site0.example", "site1.example", "site3.example"]


async def test_a_story_counts_once_among_those_that_pass(pool: asyncpg.Pool) -> None:
    posts = [
        facts(number, text="同一篇。", minhash="", entities=[Entity("park", "云溪", 0, 2, park)])
        for number, park in enumerate(("云溪高新区", "云溪产业园"))
    ]
    await _fill(pool, posts)

    async def counted(where: Filter) -> list[tuple[int, int]]:
        rows = [row async for row in ask(pool, sums_of_articles("month"), where)]
        return [(row.stories, row.articles) for row in rows]

    assert await counted(Filter(park="云溪")) == [(1, 2)]
    assert await counted(Filter(park="高新区")) == [(1, 1)]
    await pool.execute("UPDATE parkwire.article SET fetched_at = '2000-01-01' WHERE url LIKE '%/0'")
    assert await forget(pool, timedelta(days=3650)) == 1
    await link_all(pool)
    assert await counted(Filter(park="云溪")) == [(1, 1)]
    assert await pool.fetchval("SELECT alone FROM parkwire.document")


async def test_where_a_table_is_missing_nothing_is_left_out(pool: asyncpg.Pool) -> None:
    await write(pool, [SIGNED])
    await pool.execute("ALTER TABLE parkwire.document RENAME TO elsewhere")
    try:
        with pytest.raises(asyncpg.UndefinedTableError):
            await link(pool)
    finally:
        await pool.execute("ALTER TABLE parkwire.elsewhere RENAME TO document")
    assert await link(pool) == 1


async def test_without_a_fingerprint_the_same_text_is_one_story(pool: asyncpg.Pool) -> None:
    same = [facts(number, text="同一篇。", minhash="") for number in range(3)]
    await _fill(pool, same, [facts(3, minhash="")])
    rows = [row async for row in ask(pool, STORIES, Filter())]
    assert sorted(row.articles for row in rows) == [1, 3]


async def test_indicators_of_a_park_stand_once_in_their_newest_form(pool: asyncpg.Pool) -> None:
    def told(number: int, value: float) -> Facts:
        return facts(
            number,
            published_at=datetime(2024, number, 5, tzinfo=CHINA),
            entities=[Entity("park", "云溪高新区", 0, 5, "云溪高新区")],
            amounts=[
                Amount("467亿元", 9, 14, "money", value, value, "CNY", "exact", "gdp", name, "2023")
                for name in ("云溪高新区", "云溪市")
            ],
        )

    await _fill(pool, [told(8, 4.7e10)], [told(7, 4.6e10)], [SIGNED])
    [row] = await pool.fetch("SELECT park, period, role, value FROM parkwire.indicators")
    assert tuple(row) == ("云溪高新区", "2023", "gdp", 4.7e10)
    [park] = [row async for row in ask(pool, PARKS, Filter())]
    assert park.indicators == ["2023 gdp 467亿元"]


async def test_sums_count_nothing_twice(pool: asyncpg.Pool) -> None:
    total = Project("aggregate", "全年签约项目", amount_low=9e9, amount_high=9e9, currency="CNY")
    gdp = Amount("1亿元", 0, 3, "money", 1e8, 1e8, "CNY", "exact", "gdp", "云溪市", "2023")
    place = Entity("place", "云溪", 0, 2, "云溪市", "990100")
    told = [
        facts(number, entities=[place], amounts=[gdp], projects=[total]) for number in range(5, 8)
    ]
    await _fill(pool, [SIGNED, STARTED, PRODUCING, *told])
    sums = [row async for row in ask(pool, sums_of_projects("park"), Filter())]
    assert [(s.group_name, s.projects, s.amount) for s in sums] == [("云溪高新区", 1, 3.6e9)]
    sums = [row async for row in ask(pool, sums_of_projects("month"), Filter(aggregates=True))]
    assert ("2024-05", "project", 3.6e9) in [(s.group_name, s.kind, s.amount) for s in sums]
    amounts = [row async for row in ask(pool, sums_of_amounts("place"), Filter())]
    assert [(s.group_name, s.statements, s.total) for s in amounts] == [("云溪市", 1, 1e8)]


@pytest.mark.parametrize("where", [Filter(), Filter(text="云溪")], ids=["kept", "filtered"])
async def test_what_is_no_quantity_is_counted_and_not_added_up(
    pool: asyncpg.Pool, where: Filter
) -> None:
    grown = Amount("12%", 0, 3, "ratio", 12.0, 12.0, "percent", "exact", "growth", "云溪市", "2023")
    await _fill(pool, [facts(1, amounts=[grown])])
    sums = [row async for row in ask(pool, sums_of_amounts("month"), where)]
    assert [(s.role, s.statements, s.total) for s in sums] == [("growth", 1, None)]


async def test_what_is_kept_long_enough_is_forgotten_with_all_that_came_of_it(
    pool: asyncpg.Pool,
) -> None:
    await _fill(pool, [STARTED, PRODUCING])
    expected = await stored(pool)
    old = _bearings(0, "签约", "2024-03-04")
    await _fill(pool, [old])
    await pool.execute(
        "UPDATE parkwire.article SET fetched_at = now() WHERE id <> $1", article(0).id
    )
    assert await forget(pool, timedelta(days=30)) == 1
    assert await forget(pool, timedelta(days=30)) == 0
    await link_all(pool)
    await pool.execute("UPDATE parkwire.article SET fetched_at = $1", FIRST_FETCH)
    assert await stored(pool) == expected


async def test_one_replica_links_at_a_time(pool: asyncpg.Pool) -> None:
    await write(pool, [SIGNED])
    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT pg_advisory_xact_lock(x'6C696E6B'::bigint)")
        assert await link(pool) == 0
    assert await pending(pool) == 1
    assert await link(pool) == 1
    assert await pending(pool) == 0


_COUNT = int(os.environ.get("PARKWIRE_TEST_ARTICLES", "150"))
"""100,000 is what the store is meant for; that takes three quarters of an hour on two cores."""


def _world(number: int, revision: int) -> Facts:
    """Return an article of a world in which projects, parks and stories come again.

    Of some things it does not tell the date, the subject, the park or the industry.
    """
    rng = random.Random(number * 7 + revision)
    park = rng.randrange(1 + _COUNT // 40)
    place = Entity("place", "云溪", 0, 2, f"云溪{park}市", f"{100_000 + park % 8000 * 100}")
    return facts(
        number,
        text=f"第{number}篇，第{revision}版。",
        fetched_at=FIRST_FETCH + timedelta(hours=revision),
        published_at=None if number % 9 == 8 else datetime(2024, 1 + number % 12, 5, tzinfo=CHINA),
        published_precision=None if number % 9 == 8 else "day",
        minhash=minhash(number % (_COUNT // 3) if rng.random() < 0.3 else number),
        entities=[place, Entity("park", "高新区", 2, 5, f"云溪{park}高新区")],
        amounts=[
            Amount(
                "1亿元",
                0,
                3,
                "money",
                1e8 * rng.randrange(1, 9),
                None,
                "CNY",
                "over",
                "gdp",
                rng.choice((f"云溪{park}高新区", place.name, None)),
                rng.choice(("2020", "2021", None)),
            )
        ],
        projects=[
            _told(rng, f"云溪{park}高新区", place, park * 10 + rng.randrange(10))
            for _ in range(rng.randrange(3))
        ],
    )


def _told(rng: random.Random, park: str, place: Entity, number: int) -> Project:
    """Return what some article tells of the n-th project, of which some others tell too.

    They do not agree in everything, and neighbours have names and investors in common: some ten
    projects of a park are four names, and as many are one investor's.
    """
    real = random.Random(number)
    name = f"{real.choice('甲乙丙丁戊己庚辛')}{number // 10}型轴承生产基地项目"
    investor = f"远岫{real.randrange(1 + _COUNT // 40)}号有限公司"
    stated = 1e8 * real.randrange(1, 30)
    value = rng.choice((stated, stated, stated * 1.03, None))
    return Project(
        "project",
        name,
        rng.choice(((investor,), (investor,), ())),
        amount_low=value,
        amount_high=value,
        currency=None if value is None else "CNY",
        park=rng.choice((park, None)),
        place=place.name,
        adcode=place.adcode,
        stage=rng.choice(("签约", "开工", "投产")),
        date=rng.choice((f"2024-{rng.randrange(1, 13):02}", None)),
        industry=rng.choice(("装备制造", "新材料", None)),
    )


def _batches(items: Sequence[Facts], size: int) -> Iterator[Sequence[Facts]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


async def test_any_order_with_replays_and_older_revisions_ends_in_the_same_rows(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = [_world(number, 2) for number in range(_COUNT)]
    await _fill(pool, *_batches(newest, 100))
    expected = await stored(pool)
    assert len({row[1] for row in expected["story_article"]}) < _COUNT
    assert len(expected["linked_project"]) < len(expected["telling"])

    for seed in (1, 2):
        rng = random.Random(seed)
        older = [_world(number, 1) for number in rng.sample(range(_COUNT), _COUNT // 20)]
        shuffled = newest + rng.choices(newest, k=_COUNT // 5) + older
        rng.shuffle(shuffled)
        await pool.execute(EMPTY)
        for batch in _batches(shuffled, 37):
            await write(pool, batch)
            if rng.random() < 0.5:
                await link(pool, rng.randrange(1, 60))
        await link_all(pool)
        found = await stored(pool)
        for table, rows in expected.items():
            assert found[table] == rows, f"{table} (seed {seed})"
        with monkeypatch.context() as patched:
            await _check_sums(pool, patched)


async def _check_sums(pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare the sums that are kept with those that are added up as for a filter."""
    everything = Filter(limit=None)
    asked: list[Question[Any]] = [
        PARKS,
        *(
            sums(facet)
            for sums in (sums_of_projects, sums_of_amounts, sums_of_articles)
            for facet in get_args(Facet)
        ),
    ]
    kept = [[row async for row in ask(pool, question, everything)] for question in asked]
    assert all(kept)
    monkeypatch.setattr(Filter, "asks_nothing", False)
    assert kept == [[row async for row in ask(pool, question, everything)] for question in asked]
