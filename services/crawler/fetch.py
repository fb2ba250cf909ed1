"""Fetching one URL: bounded in time and size, guarded in where it goes, honest in what failed."""

import asyncio
import html
import re
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from services.crawler.encoding import (
    ACCEPT_ENCODING,
    GZIP_MAGIC,
    BadEncodingError,
    TooLargeError,
    TruncatedError,
    decode,
    gunzip,
)
from services.crawler.guard import ForbiddenAddressError, Guard, refusal
from services.crawler.media import is_text
from services.crawler.resolve import Resolver
from services.crawler.settings import CrawlerSettings

TransientReason = Literal[
    "timeout",
    "connection",  # refused, reset, cut off, not HTTP
    "dns",  # the resolver itself failed
    "http_429",
    "http_503",
    "http_5xx",
    "robots_unreachable",
    "busy",  # a redirect leads to a host whose turn is too far away
]
PermanentReason = Literal[
    "bad_url",
    "unknown_host",
    "forbidden_address",
    "robots_disallowed",
    "not_found",  # 404 and 410
    "http_4xx",
    "bad_redirect",
    "tls",
    "too_large",
    "unsupported_type",
    "bad_encoding",
]
FetchReason = TransientReason | PermanentReason

PERMANENT: Final[frozenset[FetchReason]] = frozenset(PermanentReason.__args__)  # type: ignore[attr-defined]

# Retry-After is a wish; a day of it is enough.
_LONGEST_RETRY_AFTER = 24 * 3600.0
_CHUNK_LIMIT_HEADERS = 64 * 1024
# Request Timeout, Misdirected Request, Too Early: the same request may do on a new connection.
_TRY_AGAIN = frozenset({408, 421, 425})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LARGEST_ENTRANCE = 4096
_SOON = 10
_MOST_COOKIES = 20
_LARGEST_COOKIE = 4096
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_META = re.compile(rb"<meta\s[^<>]{1,600}>", re.IGNORECASE)
_REFRESH = re.compile(
    rb"content\s*=\s*[\"']?\s*(\d{1,3})\s*[;,]\s*url\s*=\s*['\"]?([^\"'>\s]+)", re.IGNORECASE
)
_KEPT_HEADERS = ("content-type", "content-language", "date", "etag", "last-modified")
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,text/plain;q=0.8,*/*;q=0.5"

Turn = Callable[[str], Awaitable[float]]
"""Waits until a request to the URL's host may be made, and returns 0; where that would take too
long, the seconds after which to come back."""
Answered = Callable[[str], None]
"""Is told when the host of a URL has answered, or was given up."""
Check = Callable[[str], Awaitable["Failure | None"]]
"""Says why a URL must not be requested, just before it is."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response with a body that may be looked at."""

    final_url: str
    status: int
    headers: dict[str, str]
    """The few that matter later, names in lower case."""
    body: bytes
    """Decompressed, also where the file itself was a gzip file."""
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that the page is as it was (304)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no response."""

    reason: FetchReason
    detail: str
    retry_after: float = 0.0
    """Seconds that the server asks to be left alone for."""

    @property
    def permanent(self) -> bool:
        """Whether another try would fail for the same reason."""
        return self.reason in PERMANENT


Result = Fetched | NotModified | Failure


@dataclass(frozen=True, slots=True)
class Response:
    """A response to one request, whatever its status."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes
    """Decoded; empty for a redirect and for an error."""


@dataclass(slots=True)
class Budget:
    """The time that is left for a URL and its redirects; waiting for a turn costs nothing."""

    seconds: float
    started: float = field(default=0.0, init=False)

    def __enter__(self) -> asyncio.Timeout:
        self.started = time.monotonic()
        return asyncio.timeout(self.seconds)

    def __exit__(self, *_: object) -> None:
        self.seconds -= time.monotonic() - self.started


class Http:
    """An HTTP client that reaches permitted addresses only and reads bounded bodies.

    No cookies, no proxies, no redirects of its own; certificates are verified.
    """

    def __init__(self, settings: CrawlerSettings, answered: Answered = lambda _: None) -> None:
        """Use within a running event loop; `close` when done."""
        self._settings = settings
        self._answered = answered
        guard = Guard(settings.allow_networks)
        self._resolver = Resolver(settings.concurrency)
        tls = httpx.create_ssl_context()
        connector = aiohttp.TCPConnector(
            limit=0, resolver=self._resolver, socket_factory=guard.socket, ssl=tls
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=_CHUNK_LIMIT_HEADERS,
            max_field_size=_CHUNK_LIMIT_HEADERS,
        )
        # The transport alone: what httpx's client adds (cookies, redirects, authentication) is not
        # wanted here, and costs as much again as the request.
        self._transport = AiohttpTransport(verify=tls, client=session)
        self._headers = {
            "User-Agent": settings.user_agent,
            "Accept": _ACCEPT,
            "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        self._extensions = {
            "timeout": {"connect": settings.connect_timeout, "read": settings.read_timeout}
        }

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()
        await self._resolver.close()

    async def get(self, url: str, headers: Mapping[str, str], budget: Budget) -> Response | Failure:
        """Make one request."""
        if reason := refusal(url):
            return Failure("bad_url", reason)
        try:
            with budget as limit:
                async with limit:
                    return await self._exchange(url, headers)
        except TimeoutError:
            return Failure("timeout", "the time for this URL is over")
        except (httpx.InvalidURL, aiohttp.InvalidURL, UnicodeError) as error:
            return Failure("bad_url", _words(error))
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            return _classified(error)

    async def _exchange(self, url: str, headers: Mapping[str, str]) -> Response | Failure:
        request = httpx.Request(
            "GET", url, headers={**self._headers, **headers}, extensions=self._extensions
        )
        try:
            response = await self._transport.handle_async_request(request)
        finally:
            self._answered(url)
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream), "of an asynchronous transport"
        try:
            return await self._read(url, response, stream)
        finally:
            await stream.aclose()

    async def follow(
        self, url: str, headers: Mapping[str, str], check: Check
    ) -> Response | Failure:
        """Make a request and follow its redirects; `check` is asked before every request.

        A host that redirects to where it was asked already wants to see its cookies; it gets those
        that it has set on the way. They are forgotten with the page.
        """
        budget = Budget(self._settings.total_timeout)
        asked: set[str] = set()
        cookies: dict[str, dict[str, str]] = {}
        for _ in range(self._settings.max_redirects + 1):
            if (failure := await check(url)) is not None:
                return failure
            origin = urlsplit(url).netloc
            wanted = cookies.get(origin, {}) if url in asked else {}
            cookie = {"Cookie": "; ".join(f"{k}={v}" for k, v in wanted.items())} if wanted else {}
            response = await self.get(url, {**headers, **cookie}, budget)
            if isinstance(response, Failure) or not (location := redirect_target(response)):
                return response
            asked.add(url)
            cookies.setdefault(origin, {}).update(cookies_of(response.headers))
            try:
                url = str(httpx.URL(urljoin(url, location)).copy_with(fragment=None))
            except (ValueError, httpx.InvalidURL) as error:
                return Failure("bad_redirect", _words(error))
            if (reason := refusal(url)) is not None:
                return Failure("bad_redirect", reason)
        return Failure("bad_redirect", f"more than {self._settings.max_redirects} redirects")

    async def _read(
        self, url: str, response: httpx.Response, stream: httpx.AsyncByteStream
    ) -> Response | Failure:
        headers = response.headers
        if not response.is_success:
            return Response(url, response.status_code, headers, b"")
        limit = self._settings.max_wire
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            return Failure("too_large", f"{length} bytes")
        chunks: list[bytes] = []
        size = 0
        async for chunk in stream:
            size += len(chunk)
            if size > limit:
                return Failure("too_large", f"more than {limit} bytes as transferred")
            chunks.append(chunk)
        body = b"".join(chunks)
        most = self._settings.max_body
        try:
            body = decode(body, headers.get("content-encoding", ""), most)
            if body.startswith(GZIP_MAGIC):
                body = gunzip(body, most)
        except TooLargeError as error:
            return Failure("too_large", f"{error} once decompressed")
        except TruncatedError as error:
            return Failure("connection", str(error))
        except BadEncodingError as error:
            return Failure("bad_encoding", str(error))
        return Response(url, response.status_code, headers, body)


class Fetcher:
    """Fetches pages as robots.txt and the hosts' pace allow."""

    def __init__(self, http: Http, allowed: Check, turn: Turn) -> None:
        self._http = http
        self._allowed = allowed
        self._turn = turn

    async def fetch(
        self, url: str, etag: str | None = None, last_modified: str | None = None
    ) -> Result:
        """Return the page at `url`, or why there is none.

        `etag` and `last_modified` are those of the copy that is known; they make the request
        conditional (RFC 9110 section 13).
        """
        headers: dict[str, str] = {}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        response = await self._http.follow(url, headers, self._before)
        if isinstance(response, Failure):
            return response
        if response.status == 304 and headers:
            return NotModified()
        if (failure := status_failure(response)) is not None:
            return failure
        if not is_text(response.headers.get("content-type", ""), response.body):
            said = response.headers.get("content-type", "none")
            return Failure("unsupported_type", f"by its first bytes or its type ({said[:100]})")
        kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        return Fetched(response.url, response.status, kept, response.body, datetime.now(UTC))

    async def _before(self, url: str) -> Failure | None:
        if (failure := await self._allowed(url)) is not None:
            return failure
        return await wait_for(self._turn, url)


async def wait_for(turn: Turn, url: str) -> Failure | None:
    """Wait for the turn of the URL's host; too long a wait is a failure that passes."""
    if (reason := refusal(url)) is not None:
        return Failure("bad_url", reason)
    later = await turn(url)
    return Failure("busy", "the host's turn is too far away", later) if later else None


def status_failure(response: Response) -> Failure | None:
    """Return what the status of `response` says has failed, or None for a success."""
    status = response.status
    if 200 <= status < 300:
        return None
    detail = f"HTTP {status}"
    if status == 503:
        return Failure("http_503", detail, retry_after(response.headers))
    if status >= 500:
        return Failure("http_5xx", detail, retry_after(response.headers))
    if status == 429:
        return Failure("http_429", detail, retry_after(response.headers))
    if status in _TRY_AGAIN:
        return Failure("connection", detail)
    if status in {404, 410}:
        return Failure("not_found", detail)
    return Failure("http_4xx" if status >= 400 else "bad_redirect", detail)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """Return the seconds that Retry-After asks for (a number or a date), at most a day."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return min(float(value[:10]), _LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)


def cookies_of(headers: httpx.Headers) -> dict[str, str]:
    """Return the names and values of the cookies that a response sets."""
    found = {}
    for line in headers.get_list("set-cookie")[:_MOST_COOKIES]:
        name, equals, value = line.partition(";")[0].partition("=")
        if equals and name.strip() and len(line) <= _LARGEST_COOKIE and line.isprintable():
            found[name.strip()] = value.strip()
    return found


def redirect_target(response: Response) -> str:
    """Return where `response` sends its reader, or the empty string.

    By its status and Location, or by a page that holds little more than a refresh to another one,
    as the entrances of many sites do.
    """
    if response.status in _REDIRECTS:
        return str(response.headers.get("location", "")).strip()
    if not response.body or len(response.body) > _LARGEST_ENTRANCE:
        return ""
    for meta in _META.findall(_COMMENT.sub(b"", response.body)):
        content = _REFRESH.search(meta)
        if content and b"refresh" in meta.lower():
            target = content[2].decode("utf-8", "replace").strip()
            itself = urljoin(response.url, target).partition("#")[0] == response.url
            return "" if itself or int(content[1]) > _SOON else html.unescape(target)
    return ""


def _classified(error: Exception) -> Failure:
    """Return the failure that an exception of the client stands for.

    httpx-aiohttp's own mapping is coarse (a server that hangs up becomes a ConnectTimeout), so the
    exception beneath it decides.
    """
    cause = error.__cause__ or error
    words = _words(cause)
    match cause:
        case aiohttp.ClientConnectorCertificateError():
            return Failure("tls", words)
        case aiohttp.ClientConnectorDNSError(os_error=socket.gaierror(errno=socket.EAI_NONAME)):
            return Failure("unknown_host", words)
        case aiohttp.ClientConnectorDNSError():
            return Failure("dns", words)
        case aiohttp.ClientConnectorError(os_error=ForbiddenAddressError()):
            return Failure("forbidden_address", str(cause.os_error))
        case aiohttp.InvalidURL():
            return Failure("bad_url", words)
        case TimeoutError():
            return Failure("timeout", words or "timed out")
        case _:
            return Failure("connection", words)


def _words(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
