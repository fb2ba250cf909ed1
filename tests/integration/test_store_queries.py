from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import asyncpg
import msgspec
import pytest
from store_samples import CHINA, database, facts

from services.contracts.messages import Amount, Entity, Project
from services.runtime.postgres import connect
from services.store.queries import ask, projects
from services.store.questions import AMOUNTS, ARTICLES, PROJECTS, Question, sums_of_articles
from services.store.rows import AmountRow, ArticleRow, Filter

BEARINGS = facts(
    0,
    title="轴承项目落户云溪",
    text="远岫精密在云溪市投资36亿元。",
    published_at=datetime(2024, 3, 5, 0, 30, tzinfo=CHINA),
    published_precision="minute",
    entities=[
        Entity("company", "远岫精密", 0, 4, "远岫精密制造有限公司"),
        Entity("place", "云溪市", 5, 8, "云溪市", "990100"),
    ],
    amounts=[
        Amount("36亿元", 10, 14, "money", 3.6e9, 3.6e9, "CNY", role="total_investment"),
    ],
    projects=[
        Project(
            "project",
            "高端轴承项目",
            investors=("云溪产投", "远岫精密制造有限公司"),
            amount_low=3.6e9,
            amount_high=3.6e9,
            currency="CNY",
            place="云溪市",
            adcode="990100",
            stage="签约",
            date="2024-02",
            date_precision="month",
            industry="装备制造",
        )
    ],
)
BATTERIES = facts(
    1,
    title="白鹭县电池厂投产",
    text="电池 100%_达产。产值超1亿元。",
    published_at=datetime(2024, 6, 1, tzinfo=CHINA),
    entities=[
        Entity("place", "白鹭县", 0, 3, "云溪市白鹭县", "990123"),
        Entity("park", "白鹭产业园", 3, 8, "白鹭产业园"),
    ],
    amounts=[
        Amount(
            "超1亿元",
            14,
            18,
            "money",
            1e8,
            None,
            "CNY",
            "over",
            "output_value",
            "白鹭产业园",
            "2023",
        ),
        Amount("100%", 3, 7, "ratio", 100.0, 100.0, "percent"),
    ],
    projects=[
        Project(
            "project",
            "储能电池项目",
            investors=("LED Energy GmbH",),
            amount_high=5e9,
            currency="CNY",
            park="白鹭产业园",
            place="白鹭县",
            adcode="990123",
            stage="投产",
            date="2024-06-01",
            industry="新能源",
        ),
        Project("aggregate", "162个项目", amount_low=3e10, currency="CNY", stage="签约"),
    ],
)
DOLLARS = facts(
    2,
    title="外资项目开工",
    text="总投资10亿美元。",
    published_at=datetime(2022, 1, 1, tzinfo=CHINA),
    published_precision="year",
    amounts=[Amount("10亿美元", 3, 8, "money", 1e9, 1e9, "USD")],
    projects=[
        Project(
            "project", "药物研发中心", amount_low=1e9, amount_high=1e9, currency="USD", stage="开工"
        )
    ],
)
UNDATED = facts(3, title="无日期", text="空。", published_at=None, published_precision=None)


async def articles(pool: asyncpg.Pool, where: Filter) -> list[ArticleRow]:
    return [row async for row in ask(pool, ARTICLES, where)]


async def amounts(pool: asyncpg.Pool, where: Filter) -> list[AmountRow]:
    return [row async for row in ask(pool, AMOUNTS, where)]


@pytest.fixture(scope="module")
def filled(postgres_server: str) -> Iterator[str]:
    with database(postgres_server, BEARINGS, BATTERIES, DOLLARS, UNDATED) as dsn:
        yield dsn


@pytest.fixture
async def pool(filled: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await connect(filled, size=1, application_name="test")
    yield opened
    await opened.close()


_PROJECTS: Sequence[tuple[dict[str, Any], list[str]]] = [
    ({}, ["储能电池项目", "高端轴承项目", "药物研发中心"]),
    ({"limit": 1}, ["储能电池项目"]),
    ({"aggregates": True}, ["162个项目", "储能电池项目", "高端轴承项目", "药物研发中心"]),
    ({"aggregates": True, "stage": "签约"}, ["162个项目", "高端轴承项目"]),
    ({"stage": "签约"}, ["高端轴承项目"]),
    ({"place": "云溪"}, ["储能电池项目", "高端轴承项目"]),
    ({"place": "白鹭"}, ["储能电池项目"]),
    ({"place": "白鹭产业"}, ["储能电池项目"]),
    ({"place": "990100"}, ["储能电池项目", "高端轴承项目"]),
    ({"place": "99"}, ["储能电池项目", "高端轴承项目"]),
    ({"place": "990123"}, ["储能电池项目"]),
    ({"place": "9902"}, []),
    ({"place": "00"}, []),
    ({"place": "%"}, []),
    ({"park": "白鹭产业"}, ["储能电池项目"]),
    ({"park": "云溪"}, []),
    ({"investor": "远岫"}, ["高端轴承项目"]),
    ({"investor": "led energy"}, ["储能电池项目"]),
    ({"min_amount": 3.6e9}, ["储能电池项目", "高端轴承项目"]),
    ({"min_amount": 3.7e9}, ["储能电池项目"]),
    ({"min_amount": 5.1e9}, []),
    ({"industry": "制造"}, ["高端轴承项目"]),
    ({"text": "投资 36 亿"}, ["高端轴承项目"]),
    ({"text": "电池 %_"}, ["储能电池项目"]),
    ({"text": "电池 桃"}, []),
    ({"text": "外资"}, ["药物研发中心"]),
    ({"since": date(2024, 2, 29)}, ["储能电池项目", "高端轴承项目"]),
    ({"since": date(2024, 3, 1)}, ["储能电池项目"]),
    ({"until": date(2024, 2, 1)}, ["高端轴承项目", "药物研发中心"]),
    ({"until": date(2024, 1, 31)}, ["药物研发中心"]),
    ({"since": date(2022, 12, 31), "until": date(2024, 2, 10)}, ["高端轴承项目", "药物研发中心"]),
    ({"stage": "签约", "place": "白鹭"}, []),
]


@pytest.mark.parametrize(("where", "names"), _PROJECTS)
async def test_projects_that_match(
    pool: asyncpg.Pool, where: dict[str, Any], names: list[str]
) -> None:
    assert [row.name for row in await projects(pool, Filter(**where))] == names


async def test_a_projects_row(pool: asyncpg.Pool) -> None:
    [row] = await projects(pool, Filter(investor="远岫"))
    assert row.investors == ["云溪产投", "远岫精密制造有限公司"]
    assert (row.amount_low, row.amount_high, row.currency) == (3.6e9, 3.6e9, "CNY")
    assert (row.kind, row.stage, row.date, row.industry) == (
        "project",
        "签约",
        "2024-02",
        "装备制造",
    )
    assert (row.title, row.url) == ("轴承项目落户云溪", "https://news.example/0")
    assert row.published == "2024-03-05T00:30+08:00"


_ARTICLES: Sequence[tuple[dict[str, Any], list[int]]] = [
    ({}, [1, 0, 2, 3]),
    ({"place": "云溪市"}, [1, 0]),
    ({"place": "990123"}, [1]),
    ({"place": "9"}, [1, 0]),
    ({"place": "00"}, []),
    ({"park": "白鹭"}, [1]),
    ({"park": "云溪"}, []),
    ({"investor": "远岫"}, [0]),
    ({"min_amount": 2e8}, [0]),
    ({"since": date(2024, 3, 5)}, [1, 0]),
    ({"since": date(2024, 3, 6)}, [1]),
    ({"until": date(2022, 6, 1)}, [2]),
    ({"stage": "签约"}, [0]),
    ({"stage": "签约", "aggregates": True}, [1, 0]),
    ({"industry": "新能源"}, [1]),
    ({"industry": "新能源", "stage": "投产"}, [1]),
    ({"industry": "新能源", "stage": "签约"}, []),
    ({"industry": "新能源", "stage": "签约", "aggregates": True}, []),
    ({"text": "无日 日期"}, [3]),
    ({"limit": 2}, [1, 0]),
]


@pytest.mark.parametrize(("where", "numbers"), _ARTICLES)
async def test_articles_that_match(
    pool: asyncpg.Pool, where: dict[str, Any], numbers: list[int]
) -> None:
    urls = [row.url for row in await articles(pool, Filter(**where))]
    assert urls == [f"https://news.example/{number}" for number in numbers]


ONE_BILLION = Amount("10亿元", 0, 4, "money", 1e9, 1e9, "CNY")


def _project_at(number: int, at: Entity) -> Project:
    park, place = (at.name, None) if at.type == "park" else (None, at.name)
    return Project("project", f"第{number}号项目", park=park, place=place, adcode=at.adcode)


@pytest.fixture(scope="module")
def alike(postgres_server: str) -> Iterator[str]:
    names = [Entity("park", "高新区", 0, 3, f"第{number}高新区") for number in range(300)]
    names += [Entity("place", "鼓楼区", 0, 3, "鼓楼区", code) for code in ("320106", "350102")]
    told = [
        facts(number, entities=[name], projects=[_project_at(number, name)])
        for number, name in enumerate(names)
    ]
    told[7] = msgspec.structs.replace(told[7], amounts=(ONE_BILLION,))
    with database(postgres_server, *told) as dsn:
        yield dsn


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"park": "高新区"}, range(300)),
        ({"park": "9高新"}, range(9, 300, 10)),
        ({"place": "高新区"}, range(300)),
        ({"place": "鼓楼"}, [300, 301]),
        ({"place": "3201"}, [300]),
        ({"place": "350000"}, [301]),
        ({"place": "3"}, [300, 301]),
    ],
)
async def test_names_that_are_alike(
    alike: str, where: dict[str, Any], found: Sequence[int]
) -> None:
    """Hundreds have the part that is asked for; of one name for two, the article's code counts."""
    pool = await connect(alike, size=1, application_name="test")
    asked = Filter(**where, limit=None)
    urls = {row.url for row in await articles(pool, asked)}
    told = {row.url for row in await projects(pool, asked)}
    [month] = [row async for row in ask(pool, sums_of_articles("month"), asked)]
    await pool.close()
    assert urls == told == {f"https://news.example/{number}" for number in found}
    assert month.articles == len(found)


@pytest.mark.parametrize("more", [{}, {"min_amount": 1e9}, {"since": date(2024, 1, 1)}])
async def test_articles_without_amounts_take_no_place_of_those_with(
    alike: str, more: dict[str, Any]
) -> None:
    pool = await connect(alike, size=1, application_name="test")
    found = [row async for row in ask(pool, AMOUNTS, Filter(place="高新区", limit=1, **more))]
    await pool.close()
    assert [row.text for row in found] == ["10亿元"]


@pytest.fixture
def scattered(postgres_server: str) -> Iterator[str]:
    codes = [str(110101 + 101 * n) for n in range(250) if (n + 1) % 100]
    told = [
        facts(
            number,
            entities=[Entity("place", f"第{number}县", 0, 3, f"第{number}县", code)],
            projects=[Project("project", f"第{number}号项目", place="青石乡", adcode=code)],
        )
        for number, code in enumerate(codes)
    ]
    with database(postgres_server, *told) as dsn:
        yield dsn


async def test_a_part_of_hundreds_of_places_finds_what_lies_within_any(scattered: str) -> None:
    pool = await connect(scattered, size=1, application_name="test")
    found = await projects(pool, Filter(place="县", limit=None))
    await pool.close()
    assert len(found) == 248


async def test_an_articles_row_counts_what_was_found(pool: asyncpg.Pool) -> None:
    [row] = await articles(pool, Filter(text="电池 池厂"))
    assert (row.projects, row.amounts, row.entities) == (2, 2, 2)
    assert (row.source, row.published) == ("云溪日报", "2024-06-01")


async def test_a_time_is_as_exact_as_it_is_known(pool: asyncpg.Pool) -> None:
    rows = await articles(pool, Filter())
    assert [row.published for row in rows] == [
        "2024-06-01",
        "2024-03-05T00:30+08:00",
        "2022",
        None,
    ]


_AMOUNTS: Sequence[tuple[dict[str, Any], list[str]]] = [
    ({}, ["超1亿元", "100%", "36亿元", "10亿美元"]),
    ({"min_amount": 1e8}, ["超1亿元", "36亿元"]),
    ({"min_amount": 1.1e8}, ["36亿元"]),
    ({"place": "白鹭"}, ["超1亿元", "100%"]),
    ({"place": "9901"}, ["超1亿元", "100%", "36亿元"]),
    ({"park": "白鹭"}, ["超1亿元", "100%"]),
    ({"investor": "远岫"}, ["36亿元"]),
    ({"stage": "签约"}, ["36亿元"]),
    ({"industry": "新能源"}, ["超1亿元", "100%"]),
    ({"text": "美元"}, ["10亿美元"]),
    ({"since": date(2023, 12, 31), "until": date(2023, 12, 31)}, ["超1亿元"]),
    ({"since": date(2024, 1, 1)}, ["100%", "36亿元"]),
]


@pytest.mark.parametrize(("where", "texts"), _AMOUNTS)
async def test_amounts_that_match(
    pool: asyncpg.Pool, where: dict[str, Any], texts: list[str]
) -> None:
    assert [row.text for row in await amounts(pool, Filter(**where))] == texts


async def test_an_amounts_row(pool: asyncpg.Pool) -> None:
    [row] = await amounts(pool, Filter(text="产值", min_amount=1.0))
    assert (row.subject, row.role, row.kind, row.period) == (
        "白鹭产业园",
        "output_value",
        "money",
        "2023",
    )
    assert (row.low, row.high, row.unit, row.qualifier) == (1e8, None, "CNY", "over")
    assert row.context == "电池 100%_达产。产值超1亿元。"


async def test_what_is_asked_is_never_read_as_sql(pool: asyncpg.Pool) -> None:
    for hostile in ("'; DROP TABLE parkwire.article; --", "\\", "$1", "\\%"):
        questions: tuple[Question[Any], ...] = (PROJECTS, ARTICLES, AMOUNTS)
        for question in questions:
            where = Filter(place=hostile, investor=hostile, text=hostile, stage=hostile)
            assert [row async for row in ask(pool, question, where)] == []
    assert len(await articles(pool, Filter())) == 4


async def test_entities_are_counted_for_analysts(pool: asyncpg.Pool) -> None:
    row = await pool.fetchrow("SELECT * FROM parkwire.entities WHERE name = '云溪市白鹭县'")
    assert row is not None
    assert dict(row) == {
        "type": "place",
        "name": "云溪市白鹭县",
        "adcode": "990123",
        "mentions": 1,
        "articles": 1,
    }
