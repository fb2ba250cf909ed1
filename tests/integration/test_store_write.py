import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import FIRST_FETCH, article, database, facts, stored

from benchmarks.many import EMPTY
from services.contracts.messages import Amount, Entity, Facts, Project
from services.runtime.postgres import POISON, connect
from services.store.write import write

_COMPANY = Entity("company", "远岫精密", 3, 7, "远岫精密制造有限公司")
_PLACE = Entity("place", "云溪", 0, 2, "云溪市", "990100")
_MONEY = Amount(
    "36亿元", 8, 12, "money", 3.6e9, 3.6e9, "CNY", role="total_investment", subject="远岫精密"
)
_GDP = Amount("超467亿元", 2, 8, "money", 4.67e10, None, "CNY", "over", "gdp", "云溪市", "2020")
_PROJECT = Project(
    "project",
    "高端轴承项目",
    investors=("远岫精密制造有限公司", "云溪产投"),
    amount_low=3.6e9,
    amount_high=3.6e9,
    currency="CNY",
    area_m2=133333.3,
    park="云溪高新区",
    place="云溪市",
    adcode="990100",
    stage="签约",
    date="2024-03",
    date_precision="month",
    date_inferred=True,
    industry="装备制造",
    evidence=((0, 12), (20, 31)),
)


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


def _revision(number: int, version: int, **fields: Any) -> Facts:
    """Return a revision whose facts tell which it is, and how many they were."""
    return facts(
        number,
        text=f"第{version}版。",
        fetched_at=FIRST_FETCH + timedelta(hours=version),
        entities=[Entity("company", "甲", i, i + 1, f"第{version}版公司") for i in range(version)],
        amounts=[Amount("1亿元", i, i + 3, "money", version, None, "CNY") for i in range(version)],
        projects=[Project("project", f"第{version}版项目") for _ in range(3 - version % 3)],
        **fields,
    )


async def test_all_that_was_found_is_stored(pool: asyncpg.Pool) -> None:
    sample = facts(entities=[_COMPANY, _PLACE], amounts=[_MONEY, _GDP], projects=[_PROJECT])
    assert await write(pool, [sample]) == 1

    row = await pool.fetchrow("SELECT * FROM parkwire.article")
    assert row is not None
    told = sample.article
    for name in told.__struct_fields__:
        if name not in ("id", "paragraphs", "minhash"):
            assert row[name] == getattr(told, name), name
    assert str(row["id"]) == told.id
    assert row["text"].split("\n") == list(told.paragraphs)

    mentions = await pool.fetch("SELECT * FROM parkwire.mention ORDER BY position")
    assert [
        Entity(m["type"], m["text"], m["start_offset"], m["end_offset"], m["name"], m["adcode"])
        for m in mentions
    ] == [_COMPANY, _PLACE]

    amounts = await pool.fetch("SELECT * FROM parkwire.amount ORDER BY position")
    for amount, expected in zip(amounts, (_MONEY, _GDP), strict=True):
        fields = dict(amount) | {"start": amount["start_offset"], "end": amount["end_offset"]}
        assert all(fields[n] == getattr(expected, n) for n in expected.__struct_fields__)

    project = await pool.fetchrow("SELECT *, evidence #>> '{1,0}' AS second FROM parkwire.project")
    assert project is not None
    for name in set(_PROJECT.__struct_fields__) - {"investors", "evidence"}:
        assert project[name] == getattr(_PROJECT, name), name
    assert tuple(project["investors"]) == _PROJECT.investors
    assert project["second"] == "20"


async def test_nothing_to_write(pool: asyncpg.Pool) -> None:
    assert await write(pool, []) == 0


async def test_a_replay_changes_nothing(pool: asyncpg.Pool) -> None:
    batch = [_revision(0, 1), _revision(1, 2)]
    assert await write(pool, batch) == 2
    before = await pool.fetch("SELECT xmin::text, * FROM parkwire.article ORDER BY id")
    assert await write(pool, batch) == 0
    assert await pool.fetch("SELECT xmin::text, * FROM parkwire.article ORDER BY id") == before


async def test_a_newer_revision_replaces_the_article_and_its_facts_as_a_set(
    pool: asyncpg.Pool,
) -> None:
    await write(pool, [_revision(0, 5), _revision(1, 1)])
    assert await write(pool, [_revision(0, 6, title="改过的题目")]) == 1
    rows = await stored(pool)
    assert "改过的题目" in {value for row in rows["article"] for value in row}
    counts = await pool.fetchrow(
        "SELECT (SELECT count(*) FROM parkwire.mention WHERE article_id = $1) AS mentions,"
        " (SELECT count(*) FROM parkwire.amount WHERE article_id = $1) AS amounts,"
        " (SELECT count(*) FROM parkwire.project WHERE article_id = $1) AS projects",
        article(0).id,
    )
    assert counts is not None
    assert tuple(counts) == (6, 6, 3)
    assert {row["name"] for row in await pool.fetch("SELECT name FROM parkwire.mention")} == {
        "第6版公司",
        "第1版公司",
    }


async def test_an_older_revision_changes_nothing(pool: asyncpg.Pool) -> None:
    await write(pool, [_revision(0, 6)])
    before = await stored(pool)
    assert await write(pool, [_revision(0, 5)]) == 0
    assert await stored(pool) == before


async def test_of_two_revisions_fetched_at_once_the_greater_hash_stands(
    pool: asyncpg.Pool,
) -> None:
    low, high = facts(content_hash="0a" * 32), facts(content_hash="f0" * 32)
    assert await write(pool, [low]) == 1
    assert await write(pool, [high]) == 1
    assert await write(pool, [low]) == 0
    assert await pool.fetchval("SELECT content_hash FROM parkwire.article") == "f0" * 32


async def test_within_a_batch_the_newest_wins(pool: asyncpg.Pool) -> None:
    assert await write(pool, [_revision(0, 2), _revision(0, 4), _revision(0, 3)]) == 1
    assert await pool.fetchval("SELECT text FROM parkwire.article") == "第4版。"
    assert await pool.fetchval("SELECT count(*) FROM parkwire.amount") == 4


async def test_spellings_of_an_id_are_one_article(pool: asyncpg.Pool) -> None:
    shouted = _revision(0, 2, id=article(0).id.upper())
    assert await write(pool, [_revision(0, 1), shouted]) == 1
    assert await pool.fetchval("SELECT count(*) FROM parkwire.amount") == 2


_REVISIONS = [_revision(number, version) for number in range(3) for version in range(1, 5)]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.lists(st.sampled_from(_REVISIONS), min_size=1, max_size=6), min_size=1, max_size=8),
    st.permutations(_REVISIONS),
)
async def test_any_order_ends_in_the_same_rows(
    pool: asyncpg.Pool, replayed: list[list[Facts]], shuffled: list[Facts]
) -> None:
    """Every revision comes at least once, amid replays, in batches of any kind."""
    await pool.execute(EMPTY)
    await write(pool, [_revision(number, 4) for number in range(3)])
    expected = await stored(pool)

    await pool.execute(EMPTY)
    cut = len(shuffled) // 2
    for batch in (shuffled[:cut], *replayed, shuffled[cut:], *replayed):
        await write(pool, batch)
    assert await stored(pool) == expected


async def test_writers_that_meet_neither_deadlock_nor_lose(pool: asyncpg.Pool) -> None:
    batches = [
        [_revision(number, version) for number in order]
        for version in (1, 2, 3, 4)
        for order in (range(20), range(19, -1, -1))
    ]
    await asyncio.gather(*(write(pool, batch) for batch in batches))
    assert await pool.fetchval("SELECT count(*) FROM parkwire.amount") == 20 * 4
    texts = await pool.fetch("SELECT DISTINCT text FROM parkwire.article")
    assert [row["text"] for row in texts] == ["第4版。"]


@pytest.mark.parametrize(
    "poison",
    [
        facts(title="空\0字"),
        facts(title="半\ud800个"),
        facts(id="not-a-uuid"),
        facts(ordinal=-1),
        facts(minhash="no base64"),
        facts(minhash="AAAA"),
        facts(ordinal=2**40),
        facts(fetched_at=FIRST_FETCH.replace(tzinfo=None)),
        facts(published_at=FIRST_FETCH.replace(tzinfo=None)),
        facts(published_at=FIRST_FETCH.replace(year=9999)),
        facts(entities=[Entity("company", "甲", 5, 5, "甲")]),
        facts(entities=[Entity("company", "甲", -1, 5, "甲")]),
        facts(entities=[Entity("company", "甲", 0, 1, "甲\0")]),
        # Longer than an entry of an index can be, and nothing that would compress.
        facts(
            entities=[
                Entity(
                    "company",
                    "甲",
                    0,
                    1,
                    "".join(chr(0x4E00 + i * 7919 % 20_000) for i in range(5_000)),
                )
            ]
        ),
        facts(amounts=[Amount("1", 0, 1, "count", 2.0, 1.0, "个")]),
        facts(amounts=[Amount("1", 0, 1, "count", 1.0, 1.0, "个", period="去年")]),
        facts(amounts=[Amount("1", 0, 1, "count", 1.0, 1.0, "个", period="2024-13")]),
        facts(amounts=[Amount("1", 0, 1, "count", 1.0, 1.0, "个", period="2024/9999")]),
        facts(projects=[Project("project", "项目", date="2024-02-30")]),
        facts(projects=[Project("project", "项目", date="9999-01-01")]),
        facts(projects=[Project("project", "项目", date="2024年")]),
        facts(projects=[Project("project", "项目", amount_low=2.0, amount_high=1.0)]),
        facts(projects=[Project("project", "项目", investors=("甲\0",))]),
        facts(projects=[Project("project", "项目", investors=("甲\ud800",))]),
    ],
)
async def test_a_row_that_cannot_be_stored_takes_its_batch_with_it(
    pool: asyncpg.Pool, poison: Facts
) -> None:
    with pytest.raises(POISON):
        await write(pool, [_revision(1, 1), poison])
    assert await pool.fetchval("SELECT count(*) FROM parkwire.article") == 0


async def test_text_of_any_other_kind_is_stored(pool: asyncpg.Pool) -> None:
    odd = "𠮷野家\t＼ \\ ' \" {,} NULL \x01\x7f\u202e\ufffe"
    sample = facts(
        text=odd, title=odd, projects=[Project("project", odd, investors=(odd, "", ","))]
    )
    await write(pool, [sample])
    assert await pool.fetchval("SELECT text FROM parkwire.article") == odd
    assert await pool.fetchval("SELECT investors FROM parkwire.project") == [odd, "", ","]


@pytest.mark.parametrize(
    ("iso", "first", "after"),
    [
        ("2020", "2020-01-01", "2021-01-01"),
        ("2020-12", "2020-12-01", "2021-01-01"),
        ("2020-02-29", "2020-02-29", "2020-03-01"),
        ("2021/2025", "2021-01-01", "2026-01-01"),
        ("2024-01/2024-06", "2024-01-01", "2024-07-01"),
        ("2024-01-31/2024-02", "2024-01-31", "2024-03-01"),
    ],
)
async def test_a_period_covers_its_days(
    pool: asyncpg.Pool, iso: str, first: str, after: str
) -> None:
    await write(pool, [facts(amounts=[Amount("1", 0, 1, "count", 1.0, 1.0, "个", period=iso)])])
    days = await pool.fetchval("SELECT period_days::text FROM parkwire.amount")
    assert days == f"[{first},{after})"
