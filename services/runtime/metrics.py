"""Every metric that the services export, in one place. `docs/metrics.md` is made from here.

Labels come from small fixed sets: never a host, a URL or the text of an exception.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram, Info

from services.contracts.dead_letters import Reason

_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_AGES = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

BUILD: Final = Info("parkwire_build", "Version of the running service")

RECORDS: Final = Counter(
    "parkwire_records_total",
    "Records that a stage has dealt with, by outcome (done, dead)",
    ("stage", "outcome"),
)
PUBLISHED: Final = Counter(
    "parkwire_published_total", "Messages acknowledged by Kafka, by topic", ("stage", "topic")
)
FOUND: Final = Counter(
    "parkwire_found_total",
    "What the steps found (articles, amounts, no_article_list_page, charset_gb18030, …)",
    ("stage", "what"),
)
DEAD_LETTERS: Final = Counter(
    "parkwire_dead_letters_total", "Dead letters published, by reason", ("stage", "reason")
)
BATCH_RECORDS: Final = Histogram(
    "parkwire_batch_records", "Records in a batch", ("stage",), buckets=_SIZES
)
BATCH_SECONDS: Final = Histogram(
    "parkwire_batch_seconds",
    "Time from a batch's arrival to the last acknowledgement of its outputs",
    ("stage",),
    buckets=_SECONDS,
)
AGE_SECONDS: Final = Histogram(
    "parkwire_age_seconds",
    "Time from a page's fetch to the end of this stage's work on what came of it",
    ("stage",),
    buckets=_AGES,
)
IN_FLIGHT: Final = Gauge("parkwire_in_flight_records", "Records of the batch in hand", ("stage",))
PAUSED: Final = Gauge(
    "parkwire_paused",
    "1 while a stage waits since most of its records became dead letters",
    ("stage",),
)
WAITING: Final = Gauge(
    "parkwire_waiting",
    "Operations that wait for a database or a broker that is away",
    ("operation",),
)
RETRIES: Final = Counter(
    "parkwire_retries_total",
    "Tries again of what a database or a broker that is away has refused",
    ("operation",),
)
ASSIGNED: Final = Gauge(
    "parkwire_assigned_partitions", "Partitions that this replica consumes", ("stage",)
)
LAG: Final = Gauge(
    "parkwire_lag_records",
    "Records of this replica's partitions that it has not acknowledged yet",
    ("stage",),
)
COMMITS: Final = Counter(
    "parkwire_commits_total", "Batches whose offsets were committed", ("stage",)
)
REBALANCES: Final = Counter(
    "parkwire_rebalances_total", "Assignments of partitions to this replica", ("stage",)
)
LOOP_LAG: Final = Gauge(
    "parkwire_loop_lag_seconds", "How late the event loop woke up, at the last look"
)
POOL_WORKERS: Final = Gauge("parkwire_pool_workers", "Worker processes of this replica")
POOL_BUSY: Final = Gauge("parkwire_pool_chunks", "Chunks of records given to the worker processes")
POOL_REPLACED: Final = Counter(
    "parkwire_pool_replaced_total", "Times that the workers were replaced after one had died"
)

FETCHES: Final = Counter(
    "parkwire_fetches_total",
    "Requests by outcome (published, not_modified, timeout, …)",
    ("outcome",),
)
FETCH_SECONDS: Final = Histogram(
    "parkwire_fetch_seconds",
    "Time of a URL: its request, its redirects and their waits for a turn",
    buckets=_SECONDS,
)
FETCHED_BYTES: Final = Counter("parkwire_fetched_bytes_total", "Bytes of bodies, decoded")
POLITENESS_SECONDS: Final = Histogram(
    "parkwire_politeness_wait_seconds",
    "Time that a request waited for its host's turn",
    buckets=_SECONDS,
)
FRONTIER: Final = Gauge(
    "parkwire_frontier_urls",
    "The frontier: URLs that are due, to be retried, scheduled or paused; hosts on lease and hosts "
    "that have failed and are left alone for now; hosts and sources whose further URLs were left "
    "out since a limit is reached",
    ("state",),
)

ARTICLES_WRITTEN: Final = Counter(
    "parkwire_articles_written_total",
    "Articles that the store was given, by what became of them (changed, unchanged)",
    ("result",),
)
ARTICLES_LINKED: Final = Counter(
    "parkwire_articles_linked_total",
    "Changed articles that were related to the others (documents, stories, projects)",
)
ARTICLES_FORGOTTEN: Final = Counter(
    "parkwire_articles_forgotten_total", "Articles deleted since they were kept long enough"
)
PENDING: Final = Gauge(
    "parkwire_pending_articles",
    "Articles that are stored, and not yet related to the others, at the last look",
)


def begin(stage: str) -> None:
    """Make the stage's series appear with 0, since their first count is no increase otherwise."""
    for outcome in ("done", "dead"):
        RECORDS.labels(stage, outcome)
    for reason in Reason:
        DEAD_LETTERS.labels(stage, reason.value)
    for metric in (COMMITS, REBALANCES, PAUSED, LAG, IN_FLIGHT, ASSIGNED):
        metric.labels(stage)
