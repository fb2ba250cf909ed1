"""One message of every type, with every kind of field set."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from services.contracts.messages import (
    Amount,
    Article,
    Entity,
    Facts,
    Message,
    Page,
    PageLines,
    Project,
    Source,
)

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
    "page-lines": PageLines(
        host="news.example",
        slot=3,
        page="http://news.example/post/1.html",
        story="云杉新材料落户临湖高新区",
        lines=("临湖高新区管委会主办", TEXT),
        fetched_at=FETCHED,
    ),
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


def shape(message: type) -> Any:
    """Return the JSON schema of a message type, without its descriptions."""
    return _undescribed(json.loads(msgspec.json.encode(msgspec.json.schema(message))))


def _undescribed(value: Any) -> Any:
    match value:
        case dict():
            return {k: _undescribed(v) for k, v in value.items() if k != "description"}
        case list():
            return [_undescribed(item) for item in value]
        case _:
            return value
