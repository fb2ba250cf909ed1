"""Cleaning of pages that were damaged on purpose: no crash, no hang, no flood of memory.

    python -m benchmarks.fuzzing PAGE… [--pages 20000] [--seed 1]

PAGE is a file of HTML or text, or its .gz. Each round takes one of them and damages it: bytes are
changed, cut out, doubled and shuffled, tags are repeated and nested, pages are mixed, charsets lie.
Prints the slowest page, the peak of memory, and what came of the pages. Status 1 if a page raised
an exception, took more than a second of the processor, or the process grew by more than 300 MB.
"""

import argparse
import gzip
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from services.cleaner.clean import clean, warm_up
from services.contracts.messages import Page

MOST_SECONDS = 1.0
MOST_BYTES = 300 * 1000 * 1000
_FETCHED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_MOST = 2_000_000
_CHARSETS = ("utf-8", "gbk", "gb2312", "big5", "utf-16", "iso-8859-1", "x-unknown", "")
_TAGS: tuple[bytes, ...] = (
    b"<div>",
    b"<table><tr><td>",
    b"<p>",
    b"</p>",
    b"</div>",
    b"<a href=x>",
    b"<!--",
    b"-->",
)
_TAGS += (b"<br>", b"<h1>", b"<span>", b"<li>", b"<script>", b"</html>", b"<title>", b"<pre>\n")


@dataclass
class Report:
    """What the pages came to."""

    slowest: tuple[float, int] = (0.0, -1)
    """Processor seconds of the slowest page, and its number."""
    grown: int = 0
    """Bytes by which the process's peak of memory grew."""
    crashes: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def is_good(self) -> bool:
        """Whether no page crashed the cleaner, held it up or filled the memory."""
        return not self.crashes and self.slowest[0] <= MOST_SECONDS and self.grown <= MOST_BYTES


def fuzz(pages: Sequence[bytes], rounds: int, seed: int) -> Report:
    """Clean `rounds` damaged copies of `pages`; the same seed damages them alike."""
    chance = random.Random(seed)
    report = Report()
    warm_up()
    before = _peak()
    for number in range(rounds):
        body = damage(pages, chance)
        charset = chance.choice(_CHARSETS)
        headers = {"content-type": f"text/html; charset={charset}" if charset else "text/html"}
        url = f"http://fuzz.example/{number}.html"
        page = Page(url, url, 200, headers, body, _FETCHED_AT, url)
        started = time.process_time()
        try:
            cleaning = clean(page)
        except Exception as error:  # whatever it is, it is what is looked for
            report.crashes.append(f"page {number} of seed {seed}: {error!r}")
            continue
        report.slowest = max(report.slowest, (time.process_time() - started, number))
        report.outcomes[cleaning.no_article or "article"] += 1
    report.grown = _peak() - before
    return report


def damage(pages: Sequence[bytes], chance: random.Random) -> bytes:
    """Return a damaged copy of one of `pages`."""
    body = chance.choice(pages)
    for _ in range(chance.randint(1, 4)):
        body = chance.choice(_DAMAGES)(body, pages, chance)[:_MOST]
    return body


def _flip(body: bytes, _pages: Sequence[bytes], chance: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.choice((1, 10, 1000)) if changed else 0):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(body: bytes, _pages: Sequence[bytes], chance: random.Random) -> bytes:
    start, stop = sorted(chance.randrange(len(body) + 1) for _ in range(2))
    return chance.choice((body[:start], body[start:], body[start:stop], body[:start] + body[stop:]))


def _double(body: bytes, _pages: Sequence[bytes], chance: random.Random) -> bytes:
    start = chance.randrange(len(body) + 1)
    piece = body[start : start + chance.choice((20, 500, 20_000))]
    return body[:start] + piece * chance.choice((2, 5, 50)) + body[start:]


def _nest(body: bytes, _pages: Sequence[bytes], chance: random.Random) -> bytes:
    start = chance.randrange(len(body) + 1)
    tags = chance.choice(_TAGS) * chance.choice((1, 30, 3000, 30_000))
    return body[:start] + tags + body[start:]


def _mix(body: bytes, pages: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(pages)
    start, stop = chance.randrange(len(body) + 1), chance.randrange(len(other) + 1)
    return body[:start] + other[stop:]


def _shuffle(body: bytes, _pages: Sequence[bytes], chance: random.Random) -> bytes:
    parts = body.split(b"<")
    chance.shuffle(parts)
    return b"<".join(parts)


def _recode(body: bytes, _pages: Sequence[bytes], chance: random.Random) -> bytes:
    text = body.decode("utf-8", "replace")
    return text.encode(chance.choice(("gb18030", "big5", "utf-16", "utf-8-sig")), "replace")


def _digits(body: bytes, _pages: Sequence[bytes], chance: random.Random) -> bytes:
    wild = (b"99999999999999999999", b"0", b"2024-13-45", b"\x00", b"1e999", "二".encode())
    return body.replace(chance.choice((b"1", b"20", b">", b" ")), chance.choice(wild), 2000)


Damage = Callable[[bytes, Sequence[bytes], random.Random], bytes]
_DAMAGES: tuple[Damage, ...] = (
    _flip,
    _cut,
    _double,
    _nest,
    _mix,
    _shuffle,
    _recode,
    _digits,
)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _read(file: Path) -> bytes:
    body = file.read_bytes()
    return gzip.decompress(body) if file.suffix == ".gz" else body


def main() -> None:
    """Damage and clean pages; print what came of it."""
    parser = argparse.ArgumentParser(description="Cleans damaged pages.")
    parser.add_argument("pages", nargs="+", type=Path, metavar="PAGE")
    parser.add_argument("--pages", dest="rounds", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    report = fuzz([_read(file) for file in given.pages], given.rounds, given.seed)
    print(*report.crashes, sep="\n")
    seconds, number = report.slowest
    print(
        f"{given.rounds} pages, {len(report.crashes)} crashes, slowest {seconds:.2f} s of the "
        f"processor (page {number}), memory grew by {report.grown / 1e6:.0f} MB; "
        f"{dict(report.outcomes)}"
    )
    sys.exit(not report.is_good())


if __name__ == "__main__":
    main()
