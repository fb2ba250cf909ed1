"""`python -m benchmarks [--only NAME]`: measure, print the table, write `results.json`.

NAME is a group (`crawler`, `cleaner`, `amounts`, `extractor`, `store`, `line`, `scale`) or a row.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from benchmarks import (
    cleaning,
    crawling,
    extraction,
    frontier,
    growth,
    scaling,
    storing,
    whole_line,
)
from benchmarks.measure import NotMeasuredError, Row
from benchmarks.report import RESULTS, save, table
from services.cli.errors import CommandError
from services.cli.guarded import ServerError

Benchmark = Callable[[], Iterable[Row]]

BENCHMARKS: Final[tuple[tuple[Benchmark, tuple[str, ...]], ...]] = (
    (cleaning.cleaner, ("cleaner.vs_trafilatura",)),
    (cleaning.growth, ("cleaner.growth",)),
    (extraction.amounts, ("amounts.vs_jieba_cut",)),
    (extraction.extractor, ("extractor.vs_posseg",)),
    (extraction.linear, ("extractor.linear",)),
    (
        storing.storing,
        ("store.articles_per_second", "store.vs_row_by_row", "store.linked_per_second"),
    ),
    (crawling.crawler, ("crawler.vs_scrapy", "crawler.frontier_vs_scrapy")),
    (frontier.frontier, ("crawler.lease_p95_ms",)),
    (whole_line.line, ("line.vs_peer", "line.vs_light_peer", "line.vs_floors")),
    (scaling.scale, ("scale.two_replicas",)),
    (growth.growth, ("scale.per_message", "scale.per_row")),
)
"""Every benchmark, and the rows that it yields."""


def chosen(only: str | None) -> list[tuple[Benchmark, tuple[str, ...]]]:
    """Return the benchmarks that have a row of the group or name `only`; None chooses all."""
    return [
        (benchmark, names)
        for benchmark, names in BENCHMARKS
        if only is None or any(only in {name, name.partition(".")[0]} for name in names)
    ]


def measured(benchmark: Benchmark, names: Iterable[str]) -> Iterator[Row]:
    """Yield the rows of `benchmark`; where it cannot measure, rows that say why."""
    found = set()
    try:
        for row in benchmark():
            found.add(row.name)
            yield row
    except (NotMeasuredError, ServerError, CommandError) as reason:
        for name in names:
            if name not in found:
                yield Row(name, None, "", f"not measured: {reason}")


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="a group or a row; all without it")
    only = parser.parse_args().only or None
    benchmarks = chosen(only)
    if not benchmarks:
        known = sorted(name for _, names in BENCHMARKS for name in names)
        parser.error(f"no benchmark {only!r}; there are {', '.join(known)}")
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    print("Medians of rounds that take turns; more is better in every row.\n")
    started = time.monotonic()
    for benchmark, names in benchmarks:
        rows = []
        for row in measured(benchmark, names):
            print(table(row), flush=True)
            rows.append(row)
        save(rows)
    print(f"\n{time.monotonic() - started:.0f} s; written to {RESULTS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
