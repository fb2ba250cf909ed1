"""What the frontier is given and gives: sources, links, tasks, and what became of them."""

import contextlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import urlsplit

from services.contracts.identity import canonical_url
from services.contracts.messages import Source, SourceKind
from services.crawler.guard import LONGEST_URL, refusal
from services.runtime.headers import TRACE, new_trace
from services.runtime.outcome import Record

_CREDENTIALS: Final = re.compile(r"//[^/]*@")

DEEPEST: Final = 20
LONGEST_EVERY: Final = 366 * 24 * 3600

State = Literal["retry", "recrawl", "done", "gone", "failed"]
"""`gone` failed for good, `failed` too often; with these and `done`, a URL has come to an end."""


@dataclass(frozen=True, slots=True)
class FrontierSource:
    """A source that a person added, and the record that it came in."""

    url: str
    """Canonical."""
    address: str
    host: str
    kind: SourceKind
    every: float | None
    depth: int
    trace_id: str
    record: Record


@dataclass(frozen=True, slots=True)
class Link:
    """A URL that was found on a page."""

    address: str
    kind: SourceKind
    depth: int
    modified: datetime | None = None
    """When it changed last, where the page says so (feeds and sitemaps do)."""


@dataclass(frozen=True, slots=True)
class Task:
    """A URL to fetch, with what is known of it."""

    url: str
    address: str
    host: str
    kind: SourceKind
    depth: int
    source: str
    trace_id: str
    round: int
    every: float | None
    period: float | None
    attempts: int
    etag: str | None
    last_modified: str | None
    content_hash: bytes | None
    fetched_at: datetime | None
    record: Record | None
    host_failures: int


@dataclass(frozen=True, slots=True)
class Finish:
    """What became of a task, and when its URL is due again."""

    state: State
    outcome: str
    detail: str = ""
    due_in: float | None = None
    """Seconds; None where the URL has come to an end."""
    attempts: int = 0
    period: float | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_hash: bytes | None = None
    fetched: bool = False
    host_failed: bool = False
    host_rest: float = 0.0
    """Seconds for which the host is left alone."""
    moved_to: str | None = None
    """Where redirects have led to, where that is another page."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer to who asks for a turn on a host."""

    taken: bool
    wait: float
    """Seconds until the turn that was taken; where none was, until it is worth asking again."""
    pace: float = 0.0
    """Seconds between two requests to the host."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much there is to do. Nothing is under way or to come soon when `pending` is 0."""

    due: int
    """URLs that are due now, those being fetched included."""
    retries: int
    """URLs that failed and will be due again."""
    scheduled: int
    """URLs whose recrawl lies ahead."""
    leased: int
    """Hosts that a crawler holds."""
    paused: int = 0
    """URLs of sources or hosts that an operator has paused."""
    backed_off: int = 0
    """Hosts that have failed and are left alone for now."""
    full_hosts: int = 0
    """Hosts of which further URLs were left out, as they are at their limit."""
    full_sources: int = 0
    """Sources of which URLs were left out lately, as they or the URLs' hosts are at a limit."""

    @property
    def pending(self) -> int:
        """URLs that have not come to an end: the due ones and the retries."""
        return self.due + self.retries


def accept(record: Record, source: Source) -> FrontierSource:
    """Return `source` as the frontier keeps it.

    Raises:
        ValueError: its URL cannot be fetched, whoever tries.
    """
    address = source.url.strip().partition("#")[0]
    if (reason := refusal(address)) is not None:
        # This is logged and kept with the dead letter: no place for a password.
        raise ValueError(f"{reason}: {_CREDENTIALS.sub('//…@', address)[:200]!r}")
    url = canonical_url(address)
    if len(url) > LONGEST_URL:
        raise ValueError(f"longer than {LONGEST_URL} characters once it is encoded")
    return FrontierSource(
        url=url,
        address=address,
        host=host_of(url),
        kind=source.kind,
        every=None if source.every is None else float(min(max(source.every, 1), LONGEST_EVERY)),
        depth=min(max(source.depth, 0), DEEPEST),
        trace_id=record.headers.get(TRACE) or new_trace(),
        record=record,
    )


@lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    """Return the authority that politeness is owed to: host, and port unless it is the default."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    elif not host.isascii():
        with contextlib.suppress(UnicodeError):
            host = host.encode("idna").decode()
    default = {"http": 80, "https": 443}.get(parts.scheme.lower())
    return host if parts.port in {None, default} else f"{host}:{parts.port}"
