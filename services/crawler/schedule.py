"""When a URL is due again and how long a host is left alone: plain arithmetic over the settings."""

from typing import Final

from services.crawler.fetch import Failure, FetchReason
from services.crawler.settings import CrawlerSettings

_OF_THE_HOST: Final[frozenset[FetchReason]] = frozenset(
    {"http_429", "http_503", "robots_unreachable"}
)


def retry_wait(settings: CrawlerSettings, failures: int, jitter: float) -> float:
    """Return the seconds to wait after the n-th failure in a row (n from 1).

    Doubles with every failure up to the longest wait; `jitter` in [0, 1) spreads it by a quarter
    either way, so that what failed together is not tried together.
    """
    doubled = settings.retry_base * 2.0 ** min(failures - 1, 30)
    return min(doubled, settings.retry_longest) * (0.75 + jitter / 2)


def host_rest(settings: CrawlerSettings, failure: Failure, failures: int) -> float:
    """Return the seconds for which a host is left alone after `failure`: a circuit breaker.

    `failures` were in a row before this one. The first may be the page's own, unless it is of a
    kind that concerns the whole host; more are the host's. After the rest a single request tries
    whether it is over; if not, the next rest is twice as long. What the host asks for by
    Retry-After holds at once.
    """
    if failure.permanent:
        return 0.0
    first = 1 if failure.reason in _OF_THE_HOST else 0
    own = retry_wait(settings, failures + first, 0.5) if failures + first else 0.0
    return max(failure.retry_after, own)


def next_period(settings: CrawlerSettings, period: float | None, *, changed: bool) -> float:
    """Return the recrawl period of a page that gives links, from the last one.

    Halved when it has changed, doubled when not: it settles near the pace of the site's news.
    """
    if period is None:
        return settings.recrawl_first
    adapted = period / 2 if changed else period * 2
    return min(max(adapted, settings.recrawl_shortest), settings.recrawl_longest)
