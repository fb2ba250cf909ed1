"""One page from the web, by the crawler's own client and under its guard."""

from datetime import UTC, datetime

from services.cli.errors import CommandError
from services.contracts.messages import Page
from services.crawler.fetch import Failure, Fetched, Fetcher, Http
from services.crawler.settings import CrawlerSettings


async def fetch_page(url: str) -> Page:
    """Return the page at `url`.

    A person asks for this one page, as with a browser: robots.txt and pace do not apply.

    Raises:
        CommandError: it cannot be had; says why.
    """

    async def allowed(_url: str) -> Failure | None:
        return None

    async def turn(_url: str) -> float:
        return 0.0

    http = Http(CrawlerSettings())
    try:
        result = await Fetcher(http, allowed, turn).fetch(url)
    finally:
        await http.close()
    if not isinstance(result, Fetched):
        why = f"{result.reason}: {result.detail}" if isinstance(result, Failure) else "not modified"
        raise CommandError(f"{url}: {why}")
    return Page(
        url=url,
        final_url=result.final_url,
        status=result.status,
        headers=result.headers,
        body=result.body,
        fetched_at=datetime.now(UTC),
        source=url,
    )
