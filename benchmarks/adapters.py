"""What the scoring scripts import: the services' own steps, for one page or one text at a time."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from services.cleaner import clean as cleaner
from services.contracts.messages import Page
from services.extractor.amounts import find_amounts

# Relative dates ("昨天") are resolved from the time of the fetch, which saved pages do not tell.
_FETCHED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def clean(html: bytes, url: str) -> dict[str, Any]:
    """Return `text`, `title` and `published` (ISO 8601 or None) of the page's first article."""
    page = Page(
        url=url,
        final_url=url,
        status=200,
        headers={"content-type": "text/html"},
        body=html,
        fetched_at=_FETCHED_AT,
        source=url,
    )
    articles = cleaner.clean(page).articles
    if not articles:
        return {"text": "", "title": "", "published": None}
    first = articles[0]
    published = first.published_at.isoformat() if first.published_at else None
    return {"text": first.text, "title": first.title, "published": published}


def amounts(text: str) -> list[dict[str, Any]]:
    """Return the amounts of `text`, as in `Facts.amounts`."""
    return [msgspec.to_builtins(amount) for amount in find_amounts(text)]
