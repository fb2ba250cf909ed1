"""Cleaning beside trafilatura, on the same pages; and how its cost grows with the page."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from benchmarks.material import material
from benchmarks.measure import (
    TIMES_AS_FAST,
    Row,
    each,
    peer,
    take_turns,
    take_turns_by_pass,
    times_as_fast,
)
from services.cleaner.clean import clean, warm_up
from services.contracts.messages import Page

_ROUNDS = 3
_MIB = 1024 * 1024
_SIZES = (1, 10)
"""MiB of a usual long page and of the longest that the crawler passes on."""


def cleaner() -> Iterator[Row]:
    """Yield how fast a page is cleaned: text, title, date, outlet and author."""
    trafilatura = peer("trafilatura")

    def theirs(page: Page) -> object:
        return trafilatura.bare_extraction(page.body, url=page.final_url, with_metadata=True)

    warm_up()
    pages = material().pages
    ours, peers = take_turns_by_pass(pages, (clean, theirs), _ROUNDS)
    yield Row(
        "cleaner.vs_trafilatura",
        times_as_fast(ours, peers),
        TIMES_AS_FAST,
        f"trafilatura {trafilatura.__version__}, bare_extraction with metadata; CPU a page: "
        f"{each(ours, len(pages))} against {each(peers, len(pages))}; {material().origin}",
    )


def growth() -> Iterator[Row]:
    """Yield how much more a MiB of a long page costs than one of a short: 1 is linear."""
    warm_up()
    pages = [long_page(size * _MIB) for size in _SIZES]

    def cost(page: Page) -> float:
        started = time.process_time()
        clean(page)
        return time.process_time() - started

    costs = take_turns([partial(cost, page) for page in pages], _ROUNDS)
    short, long = (min(of) / (len(page.body) / _MIB) for of, page in zip(costs, pages, strict=True))
    yield Row(
        "cleaner.growth",
        long / short,
        "x the time a MiB",
        f"a page of {_SIZES[1]} MiB against one of {_SIZES[0]} MiB: {long:.2f} s and {short:.2f} s "
        "of the processor a MiB; 1 is linear",
    )


def long_page(size: int) -> Page:
    """Return a page of about `size` bytes: an article of paragraphs that all differ."""
    paragraph = "<p>第{0}号项目落户<a href=/{0}>园区</a>，由第{1}公司投资{2}亿元，占地{3}亩。</p>"
    count = size // len(paragraph.format(*[10_000] * 4).encode())
    told = (paragraph.format(i, i * 7919 % 99991, i % 97, i * 31 % 1009) for i in range(count))
    story = "\n".join(told)
    body = f"<title>园区项目名录</title><h1>园区项目名录</h1><div>{story}</div>".encode()
    url = "http://long.example/"
    headers = {"content-type": "text/html"}
    return Page(url, url, 200, headers, body, datetime(2026, 1, 1, tzinfo=UTC), url)
