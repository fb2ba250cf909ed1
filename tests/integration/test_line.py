"""The whole line, from sources to rows: the sample sites, and every kind of bad input beside them.

One run serves all the tests here; each looks at one side of what came out.
"""

import asyncio
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from bad_input import BAD, GOOD
from hostile import url as url_of
from outcomes import EITHER, NO_ARTICLE, STORED

from services.cli.add import publish
from services.cli.dead_letters import Letter, read_letters
from services.cli.lag import READS
from services.cli.line import Line, embedded_settings
from services.cli.sites import Answer, SampleSites, Visit
from services.contracts import dead_letters as dead
from services.contracts.messages import Source
from services.contracts.topics import SOURCES
from services.runtime.postgres import connect
from services.runtime.settings import KafkaSettings

SHANGHAI = timezone(timedelta(hours=8))
LIMIT = 300.0

SETTINGS = {
    "PARKWIRE_CRAWLER_ALLOW_NETWORKS": '["127.0.0.0/8"]',
    "PARKWIRE_CRAWLER_PACE": "0.02",
    "PARKWIRE_CRAWLER_LONGEST_PACE": "0.1",
    "PARKWIRE_CRAWLER_RETRY_BASE": "0.2",
    "PARKWIRE_CRAWLER_MAX_ATTEMPTS": "3",
}


@dataclass(frozen=True)
class Run:
    """What one run of the line left behind."""

    answers: list[Answer]
    rows: int
    articles: dict[tuple[str, int], asyncpg.Record]
    projects: dict[str, list[asyncpg.Record]]
    """What the article of a URL tells of projects."""
    stages: dict[str, list[str]]
    """The history of every project that several articles tell of, by its name."""
    letters: list[Letter]
    visits: list[Visit]
    forbidden: str
    bad_sources: dict[str, str]
    found: dict[str, int]
    no_article: set[str]
    """Keys of the pages from which no article came, as the cleaner's log has them."""
    logs: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run(bootstrap_servers: str, broker_is_kafka: bool, module_dsn: str) -> AsyncIterator[Run]:
    prefix = f"line-{datetime.now(UTC):%H%M%S%f}-"
    kafka = (
        KafkaSettings(bootstrap_servers=bootstrap_servers, session=6, prefix=prefix)
        if broker_is_kafka
        else embedded_settings(bootstrap_servers, prefix)
    )
    async with SampleSites() as sites, Line(SETTINGS, kafka=kafka, dsn=module_dsn) as line:
        database = await connect(module_dsn, size=2, application_name="test")
        await _send_raw(kafka)
        sources = [*sites.sources, *sites.bad_sources]
        await publish([Source(url) for url in sources], kafka)
        added = len(sources) + sum(bad.topic == SOURCES.name for bad in BAD.values())
        await _drain(line, database, added)
        counts = await line.counts()
        projects = defaultdict(list)
        for row in await database.fetch("SELECT url, amount_low FROM parkwire.tellings"):
            projects[row["url"]].append(row)
        told_often = await database.fetch(
            "SELECT name, stages FROM parkwire.projects WHERE articles > 1"
        )
        rows = await database.fetch(
            "SELECT url, ordinal, title, text, published_at FROM parkwire.article"
        )
        yield Run(
            answers=sites.answers,
            rows=len(rows),
            articles={(row["url"], row["ordinal"]): row for row in rows},
            projects=dict(projects),
            stages={row["name"]: row["stages"] for row in told_often},
            letters=[letter async for letter in read_letters(kafka)],
            visits=list(sites.visits),
            forbidden=sites.forbidden,
            bad_sources=sites.bad_sources,
            found=counts.found("cleaner"),
            no_article=_no_article(line.logs / "cleaner.log"),
            logs="".join(log.read_text() for log in line.logs.iterdir()),
        )
        await database.close()


def _no_article(log: Path) -> set[str]:
    lines = (json.loads(line) for line in log.read_text().splitlines())
    return {line["key"] for line in lines if line["event"] == "nothing to pass on"}


async def _send_raw(kafka: KafkaSettings) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap_servers,
        enable_idempotence=kafka.idempotence,
        max_request_size=25 * 1024 * 1024,
    ) as producer:
        for name, bad in BAD.items():
            headers = [("case", name.encode()), ("mojibake", b"\xff\xfe")]
            if bad.schema:
                headers.append(("schema", bad.schema.encode()))
            await producer.send_and_wait(
                kafka.prefix + bad.topic, bad.value, key=name.encode(), headers=headers
            )
        for topic, value in GOOD.values():
            await producer.send_and_wait(kafka.prefix + topic, value, headers=[("x", b"\xff")])


async def _drain(line: Line, database: asyncpg.Pool, added: int) -> None:
    # What was sent past the stages before.
    sent = Counter([bad.topic for bad in BAD.values()] + [topic for topic, _ in GOOD.values()])
    past = {stage: sent[topic.name] for stage, topic in READS.items() if topic is not SOURCES}
    async with asyncio.timeout(LIMIT):
        quiet = 0
        while quiet < 3:
            await asyncio.sleep(0.5)
            counts = await line.counts()
            idle = await line.is_drained(counts, added, database) and all(
                counts.records(stage) >= counts.arrived(stage, added) + more
                for stage, more in past.items()
            )
            quiet = quiet + 1 if idle else 0


def plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))


def test_every_article_is_stored_once(run: Run) -> None:
    assert run.rows == len(run.articles)
    missing = [(a.url, a.ordinal) for a in run.answers if (a.url, a.ordinal) not in run.articles]
    assert missing == []
    known = {(a.url, a.ordinal) for a in run.answers}
    extra = [key for key in run.articles if key not in known and "example" not in key[0]]
    assert extra == []


def test_the_text_is_the_articles_and_nothing_else(run: Run) -> None:
    for answer in run.answers:
        row = run.articles[answer.url, answer.ordinal]
        text = plain(row["text"])
        for paragraph in answer.paragraphs:
            assert plain(paragraph)[-12:] in text, (answer.url, paragraph)
        for must_not in answer.must_not:
            assert plain(must_not) not in text, (answer.url, must_not)
        assert plain(row["title"]) == plain(answer.title)


def test_dates_are_the_pages(run: Run) -> None:
    for answer in run.answers:
        published = run.articles[answer.url, answer.ordinal]["published_at"]
        if answer.published is not None:
            assert published is not None, answer.url
            assert f"{published.astimezone(SHANGHAI):%Y-%m-%d}".endswith(answer.published), (
                answer.url
            )


def test_most_projects_are_found_with_their_amounts(run: Run) -> None:
    expected = found = 0
    for answer in run.answers:
        rows = run.projects.get(answer.url, [])
        for project in answer.projects:
            if project.kind != "project" or project.low is None:
                continue
            expected += 1
            found += any(row["amount_low"] == pytest.approx(project.low) for row in rows)
    assert expected > 20
    assert found / expected > 0.7


def test_a_project_that_three_sites_tell_of_is_one_with_three_stages(run: Run) -> None:
    assert run.stages["钠离子电池正极材料项目"] == [
        "签约 2023-08-28",
        "开工 2023-12-16",
        "投产 2024-11-15",
    ]


@pytest.mark.parametrize("name", BAD)
def test_bad_input_has_its_outcome(run: Run, name: str) -> None:
    bad = BAD[name]
    url = bad.at or url_of(name)
    own = [letter for letter in run.letters if letter.headers.get("case") == name]
    # What a later stage refuses is no longer what was sent.
    later = [letter for letter in run.letters if url.encode() in (letter.value or b"")]
    outcomes = {letter.headers[dead.REASON] for letter in own + later}
    if name in run.no_article:
        outcomes.add(NO_ARTICLE)
    if any(stored == url for stored, _ in run.articles):
        outcomes.add(STORED)
    assert len(outcomes) == 1
    assert outcomes <= ({STORED, NO_ARTICLE} if bad.outcome == EITHER else {bad.outcome})
    for letter in own:
        assert letter.headers[dead.DETAIL]
        assert letter.headers[dead.TOPIC].endswith(bad.topic)
        assert (letter.value or b"", letter.key) == (bad.value or b"", name.encode())


def test_there_is_enough_bad_input() -> None:
    assert len(BAD) >= 300


def test_pages_without_an_article_are_counted_by_reason(run: Run) -> None:
    none = sum(count for what, count in run.found.items() if what.startswith("no_article_"))
    assert none >= sum(bad.outcome == NO_ARTICLE for bad in BAD.values())


def test_good_messages_beside_the_bad_are_stored(run: Run) -> None:
    urls = {url for url, _ in run.articles}
    assert {"http://bad.example/article", "http://good.example/1", "http://good.example/2"} <= urls
    assert "云杉新材料" in run.articles["http://good.example/2", 0]["text"]


def test_sources_that_cannot_be_fetched_are_dead_letters(run: Run) -> None:
    buried = {
        letter.headers[dead.EXCEPTION]
        for letter in run.letters
        if letter.headers[dead.REASON] == "unfetchable" and "case" not in letter.headers
    }
    assert {"not_found", "too_large", "forbidden_address", "unsupported_type"} <= buried


def test_nothing_that_robots_forbid_was_requested(run: Run) -> None:
    path = "/" + run.forbidden.split("/", 3)[3]
    assert [visit for visit in run.visits if visit.path == path] == []
    assert len(run.visits) > 40


def test_no_log_tells_the_password(run: Run, module_dsn: str) -> None:
    password = urlsplit(module_dsn).password
    assert password
    assert run.logs
    assert password not in run.logs
