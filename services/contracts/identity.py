"""Identities that are the same whoever computes them: canonical URLs, ids and hashes."""

import hashlib
import re
import uuid
from urllib.parse import urlsplit

from w3lib.url import canonicalize_url, url_query_cleaner

# Campaign and share parameters: they name a way to the page, not the page.
TRACKING_PARAMETERS = (
    "fbclid",
    "from",
    "gclid",
    "isappinstalled",
    "scene",
    "share_token",
    "spm",
    "utm_campaign",
    "utm_content",
    "utm_medium",
    "utm_source",
    "utm_term",
)

_NO_HOST = re.compile(r"\s|^\.|\.\.")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """Return the one spelling of `url` that identifies its page.

    Lower-case scheme and host (IDNA), no default port, fragment or tracking parameters, query
    sorted, percent-encoding normalised (RFC 3986 section 6.2).

    Raises:
        ValueError: it is not an absolute http(s) URL with a host.
    """
    parts = urlsplit(url.strip())
    if parts.scheme.lower() not in _DEFAULT_PORTS:
        raise ValueError(f"not an http(s) URL: {url[:200]!r}")
    if not parts.hostname:
        raise ValueError(f"a URL without a host: {url[:200]!r}")
    if _NO_HOST.search(parts.hostname):
        raise ValueError(f"a URL whose host is no name: {url[:200]!r}")
    default_port = _DEFAULT_PORTS[parts.scheme.lower()]
    if parts.port == default_port:
        parts = parts._replace(netloc=parts.netloc.rpartition(":")[0])
    cleaned = url_query_cleaner(parts.geturl(), TRACKING_PARAMETERS, remove=True)
    return canonicalize_url(cleaned)


def site(url: str) -> str:
    """Return the host of `url` in lower case, or the empty string."""
    return urlsplit(url).hostname or ""


def article_id(canonical: str, ordinal: int) -> str:
    """Return the id of the n-th article of a page: UUIDv5 (RFC 9562) of its URL and position."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{canonical}#{ordinal}"))


def content_hash(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
