"""Pages for the cleaner's tests, all invented."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from services.contracts.messages import Page

MakePage = Callable[..., Page]


@pytest.fixture
def make_page() -> MakePage:
    def make(
        body: bytes | str,
        url: str = "http://news.example.com/a/1.html",
        content_type: str = "text/html; charset=utf-8",
        status: int = 200,
        fetched_at: datetime = datetime(2024, 6, 20, 4, 0, tzinfo=UTC),
    ) -> Page:
        return Page(
            url=url,
            final_url=url,
            status=status,
            headers={"content-type": content_type},
            body=body.encode() if isinstance(body, str) else body,
            fetched_at=fetched_at,
            source=url,
        )

    return make
