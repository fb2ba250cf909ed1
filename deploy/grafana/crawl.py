"""Dashboard *Crawl*: what the crawler fetches, waits for and is refused."""

from typing import Final

from deploy.grafana.panels import (
    Column,
    Metric,
    Row,
    Rows,
    above,
    below,
    board,
    curves,
    figure,
    grid,
    known,
)

# Of services/crawler/fetch.py and crawl.py; a test holds them together.
TRANSIENT: Final = "timeout|connection|dns|http_429|http_503|http_5xx|robots_unreachable|busy"
WELL: Final = "published|links|nothing|unchanged|not_modified"
_ALL: Final = "sum(rate(parkwire_fetches_total[$__rate_interval]))"


def _fetches(outcomes: str, by: str = "") -> str:
    fetches = f"rate(parkwire_fetches_total{{{outcomes}}}[$__rate_interval])"
    return f"sum by ({by}) ({fetches})" if by else f"sum({fetches})"


def _quantiles(metric: str) -> tuple[Metric, Metric]:
    buckets = f"sum by (le) (rate({metric}_bucket[$__rate_interval]))"
    return (
        Metric(known(f"histogram_quantile(0.95, {buckets})"), "p95"),
        Metric(known(f"histogram_quantile(0.5, {buckets})"), "p50"),
    )


def _frontier(state: str) -> str:
    # Every crawler tells of the same frontier.
    return f'max(parkwire_frontier_urls{{state="{state}"}})'


_NOW: Final = Row(
    "Now",
    (
        figure(
            "Pages published",
            "Pages per minute that went to the cleaner: new ones, and changed ones.",
            Metric("60 * " + _fetches('outcome="published"')),
            unit="suffix: /min",
            decimals=1,
        ),
        figure(
            "Requests that failed",
            "Share of requests that failed for reasons that may pass: time, connection, DNS, a "
            "server's own errors. One site is that site; half of all are our network.",
            Metric(known("(" + _fetches(f'outcome=~"{TRANSIENT}"') + f" or vector(0)) / {_ALL}")),
            unit="percentunit",
            thresholds=above(0.1, 0.5),
            alerts=("FetchesFail",),
        ),
        figure(
            "Due",
            "URLs that are due now. More than a crawler fetches in an hour is a backlog: more "
            "replicas help only where there are many hosts.",
            Metric(_frontier("due")),
            thresholds=above(10_000, 100_000),
            alerts=("CrawlStalled",),
        ),
        figure(
            "Scheduled",
            "URLs that will be fetched again later: lists, feeds, sitemaps. Without any the line "
            "runs dry.",
            Metric(_frontier("scheduled")),
            thresholds=below(1, 1),
            alerts=("FrontierStarved",),
        ),
        figure(
            "Hosts on lease",
            "Hosts that crawlers are fetching from. A crawler takes 32 at a time "
            "(PARKWIRE_CRAWLER_CONCURRENCY).",
            Metric(_frontier("leased_hosts")),
        ),
        figure(
            "Robots forbid",
            "URLs that their site's robots.txt forbids. Many of one site: it wants no crawler; "
            "take its sources away.",
            Rows("""\
SELECT count(*) AS urls FROM frontier.urls WHERE outcome = 'robots_disallowed'"""),
        ),
    ),
)

_REQUESTS: Final = Row(
    "Requests",
    (
        curves(
            "Went well",
            "Requests per minute by outcome. `unchanged` and `not_modified` are recrawls without "
            "news, `links` are lists, feeds and sitemaps.",
            Metric("60 * " + _fetches(f'outcome=~"{WELL}"', by="outcome"), "{{outcome}}"),
            unit="suffix: /min",
            style="stacked",
        ),
        curves(
            "Failed",
            "Requests per minute that failed, by reason. `forbidden_address` is a URL that leads "
            "into a private network; those are never requested.",
            Metric("60 * " + _fetches(f'outcome!~"{WELL}"', by="outcome"), "{{outcome}}"),
            unit="suffix: /min",
            style="stacked",
            alerts=("FetchesFail",),
        ),
        curves(
            "Seconds per URL",
            "Time of a URL with its redirects and its waits for a host's turn; the mean without "
            "these waits is what the sites themselves take.",
            *_quantiles("parkwire_fetch_seconds"),
            Metric(
                known(
                    "clamp_min(sum(rate(parkwire_fetch_seconds_sum[$__rate_interval]))"
                    " - sum(rate(parkwire_politeness_wait_seconds_sum[$__rate_interval])), 0)"
                    f" / {_ALL}"
                ),
                "mean without waits",
            ),
            unit="s",
        ),
        curves(
            "Politeness: wait for a host's turn",
            "How long requests wait so that no host is asked too often (PARKWIRE_CRAWLER_PACE, "
            "Crawl-delay). It belongs to crawling; it bounds what one host can give.",
            *_quantiles("parkwire_politeness_wait_seconds"),
            unit="s",
        ),
        curves(
            "Bytes fetched",
            "Bytes of bodies per second, decoded.",
            Metric("sum(rate(parkwire_fetched_bytes_total[$__rate_interval]))", "bytes"),
            unit="Bps",
        ),
        curves(
            "Bytes per request",
            "Mean size of a body. A jump: a site sends something else than pages.",
            Metric(
                known(f"sum(rate(parkwire_fetched_bytes_total[$__rate_interval])) / {_ALL}"),
                "bytes",
            ),
            unit="bytes",
        ),
    ),
)

_FRONTIER: Final = Row(
    "Frontier",
    (
        curves(
            "Backlog",
            "URLs that are due, that failed and will be tried again, and that wait since an "
            "operator has paused their source or host (`parkwire sources`, `parkwire hosts`).",
            Metric(_frontier("due"), "due"),
            Metric(_frontier("retry"), "to be tried again"),
            Metric(_frontier("paused"), "paused"),
            alerts=("CrawlStalled", "FrontierStarved"),
        ),
        curves(
            "Hosts on lease, hosts backed off",
            "Hosts that crawlers hold, and hosts that have failed and are left alone for now. "
            "With a backlog and few hosts on lease, politeness is what holds.",
            Metric(_frontier("leased_hosts"), "on lease"),
            Metric(_frontier("backed_off_hosts"), "backed off"),
            Metric(_frontier("full_hosts"), "at their limit"),
        ),
        grid(
            "Hosts with the largest backlog",
            "URLs that are due by host, with its failures in a row, the pause between two "
            "requests that an operator or its robots.txt asks for, and when it may next be asked.",
            (
                Rows("""\
SELECT h.host AS "Host", h.state AS "State", count(*) AS "Due", h.failures AS "Failures in a row",
    coalesce(h.pace, h.crawl_delay) AS "Pace", nullif(h.next_at, '-infinity') AS "Not before",
    h.owner IS NOT NULL AS "On lease"
FROM frontier.urls AS u JOIN frontier.hosts AS h USING (host)
WHERE u.due_at <= now()
GROUP BY h.host
ORDER BY count(*) DESC, h.host
LIMIT 20"""),
            ),
            (
                Column("Due", "short", above(1_000, 10_000)),
                Column("Failures in a row", "none", above(3, 10)),
                Column("Pace", "s"),
            ),
            width=12,
        ),
        grid(
            "Hosts that fail",
            "Hosts whose URLs were refused, lost or given up, and the most frequent reason.",
            (
                Rows("""\
SELECT host AS "Host", count(*) AS "URLs",
    count(*) FILTER (WHERE state IN ('gone', 'failed')) AS "Lost",
    mode() WITHIN GROUP (ORDER BY outcome) FILTER (WHERE state IN ('gone', 'failed', 'retry'))
        AS "Mostly",
    max(fetched_at) AS "Last fetched"
FROM frontier.urls
GROUP BY host
HAVING count(*) FILTER (WHERE state IN ('gone', 'failed', 'retry')) > 0
ORDER BY count(*) FILTER (WHERE state IN ('gone', 'failed', 'retry')) DESC, host
LIMIT 20"""),
            ),
            (Column("Lost", "short", above(1, 100)),),
            width=12,
        ),
    ),
)

DASHBOARD: Final = board(
    "parkwire-crawl",
    "Crawl",
    "What the crawler fetches, what it waits for, and what it is refused.",
    (_NOW, _REQUESTS, _FRONTIER),
    since="now-3h",
    refresh="30s",
)
