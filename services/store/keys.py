"""Keys by which an index finds what may be alike: 64-bit hashes, as PostgreSQL's bigint holds."""

from hashlib import blake2b


def key(*parts: str | bytes) -> int:
    """Return a key of `parts` in their order, from 0 to 2**63 - 1; the same in every process."""
    digest = blake2b(digest_size=8)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(4, "big") + data)
    return int.from_bytes(digest.digest(), "big") >> 1
