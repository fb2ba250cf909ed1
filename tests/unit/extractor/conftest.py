from datetime import UTC, datetime

import pytest
from making import MakeArticle

from services.contracts.messages import Article


@pytest.fixture
def make_article() -> MakeArticle:
    def make(text: str, title: str = "", published: str | None = "2024-05-20") -> Article:
        url = "https://news.example/1"
        return Article(
            id="1",
            url=url,
            canonical_url=url,
            site="news.example",
            ordinal=0,
            title=title,
            published_at=datetime.fromisoformat(f"{published}T00:00:00+08:00")
            if published
            else None,
            published_precision="day" if published else None,
            source=None,
            author=None,
            paragraphs=tuple(text.split("\n")),
            text=text,
            script="hans",
            fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
            content_hash="",
            simhash="",
        )

    return make
