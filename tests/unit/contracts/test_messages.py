"""The shapes of messages on the wire, held by golden files."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.contracts.codec import ARTICLE, FACTS, PAGE, SCHEMAS, SOURCE, Schema, schema_of
from services.contracts.messages import (
    Amount,
    Article,
    Entity,
    Facts,
    Message,
    Page,
    Project,
    Source,
)

GOLDEN = Path(__file__).parents[2] / "golden"

FETCHED = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)
TEXT = "3月1日,云杉新材料与临湖高新区签约,总投资12亿元。"
ARTICLE_SAMPLE = Article(
    id="a0f0c9a0-0000-5000-8000-000000000000",
    url="http://news.example/post/1.html",
    canonical_url="http://news.example/post/1.html",
    site="news.example",
    ordinal=0,
    title="云杉新材料落户临湖高新区",
    published_at=datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=8))),
    published_precision="day",
    source="临湖日报",
    author=None,
    paragraphs=(TEXT,),
    text=TEXT,
    script="hans",
    fetched_at=FETCHED,
    content_hash="00" * 32,
    simhash="00" * 8,
)
SAMPLES: dict[str, Message] = {
    "source": Source("http://news.example/", kind="list", every=3600, depth=2, tags=("湖北",)),
    "page": Page(
        url="http://news.example/post/1.html",
        final_url="http://news.example/post/1.html",
        status=200,
        headers={"content-type": "text/html"},
        body=b"<p>\xff</p>",
        fetched_at=FETCHED,
        source="http://news.example/",
    ),
    "article": ARTICLE_SAMPLE,
    "facts": Facts(
        article=ARTICLE_SAMPLE,
        entities=(Entity("park", "临湖高新区", 11, 16, "临湖高新区", adcode=None),),
        amounts=(
            Amount("12亿元", 22, 26, "money", 1.2e9, 1.2e9, "CNY", "exact", "total_investment"),
        ),
        projects=(
            Project(
                "project", "云杉新材料项目", ("云杉新材料",), 1.2e9, 1.2e9, "CNY", stage="签约"
            ),
        ),
    ),
}


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.name)
def test_the_shape_is_the_golden_one(schema: Schema[Any]) -> None:
    golden = GOLDEN / f"{schema.name}-{schema.version}.schema.json"
    shape = json.loads(msgspec.json.encode(msgspec.json.schema(schema.type)))
    assert shape == json.loads(golden.read_text("utf-8")), (
        "The shape of a message has changed. A field with a default may be added; anything else "
        "is a new version. Then renew the golden files: python tests/golden/renew.py"
    )


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.name)
def test_the_golden_bytes_are_still_read(schema: Schema[Any]) -> None:
    golden = (GOLDEN / f"{schema.name}-{schema.version}.bin").read_bytes()
    assert schema.decode(golden, schema.headers()) == SAMPLES[schema.name]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_survives_its_encoding(name: str) -> None:
    message = SAMPLES[name]
    schema = schema_of(message)
    assert schema.name == name
    assert schema.decode(schema.encode(message), schema.headers()) == message


def test_schema_ids() -> None:
    assert [s.id for s in (SOURCE, PAGE, ARTICLE, FACTS)] == [
        "parkwire.source/1",
        "parkwire.page/1",
        "parkwire.article/1",
        "parkwire.facts/1",
    ]
