"""What the memory of a host's other pages adds to cleaning, on pages with known text.

    python -m benchmarks.host_memory CORPUS_DIR [--least 4] [--by domain]

CORPUS_DIR holds NAME.json (`url`, `gold_text`) and NAME.html.gz, as many hosts as it has. Every
page of a host with four or more is cleaned twice, without and with the memory of the others, as
much of it as the cleaner keeps. Prints both scores: precision, recall and F1 of the characters'
4-grams, white space left out, averaged over the pages.
"""

import argparse
import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from services.cleaner.clean import clean
from services.cleaner.template import SLOTS, Seen, lines_to_remember, remember
from services.contracts.messages import Page

_FETCHED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_LABELS = 2


@dataclass(frozen=True)
class Sample:
    """A page and the text that it should come to."""

    page: Page
    text: str

    def score(self, seen: Sequence[Seen]) -> tuple[float, float, float]:
        """Return precision, recall and F1 of the page's first article."""
        articles = clean(self.page, seen).articles
        found, wanted = _grams(articles[0].text if articles else ""), _grams(self.text)
        common = sum((found & wanted).values())
        precision = common / max(1, found.total())
        recall = common / max(1, wanted.total())
        return precision, recall, 2 * common / max(1, found.total() + wanted.total())


def main() -> None:
    """Measure, and print a line a host and one for all."""
    parser = argparse.ArgumentParser(description="What host memory adds.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--least", type=int, default=4, help="pages that a host must have")
    parser.add_argument("--by", choices=("host", "domain"), default="host")
    given = parser.parse_args()
    hosts: dict[str, list[Sample]] = defaultdict(list)
    for file in sorted(given.corpus.glob("*.json")):
        sample = _read(file)
        host = urlsplit(sample.page.url).hostname or ""
        hosts[host if given.by == "host" else _domain(host)].append(sample)
    totals: list[tuple[float, ...]] = []
    for host, samples in sorted(hosts.items()):
        if len(samples) >= given.least:
            scores = [_both(sample, samples) for sample in samples]
            _say(host, scores)
            totals += scores
    _say("all", totals)


def _both(sample: Sample, samples: Sequence[Sample]) -> tuple[float, ...]:
    others = [other for other in samples if other is not sample]
    seen = [s for other in random.Random(0).sample(others, len(others)) for s in _seen(other)]
    return (*sample.score(()), *sample.score(seen[:SLOTS]))


def _seen(sample: Sample) -> list[Seen]:
    cleaning = clean(sample.page)
    lines = lines_to_remember(sample.page, cleaning.articles, cleaning.lines, ())
    return [remember(lines)] if lines else []


def _say(name: str, scores: Sequence[tuple[float, ...]]) -> None:
    count = len(scores)
    means = [sum(column) / count for column in zip(*scores, strict=True)]
    shown = "  ".join(f"{mean:.4f}" for mean in means)
    print(f"{name:24} {count:3} pages  without and with memory, P R F1 each: {shown}")


def _read(file: Path) -> Sample:
    told = json.loads(file.read_text("utf-8"))
    # Of some pages no more is known than their host.
    url = f"{told['url'].partition('?')[0]}?page={file.stem}"
    body = gzip.decompress(file.with_suffix(".html.gz").read_bytes())
    headers = {"content-type": "text/html"}
    return Sample(Page(url, url, 200, headers, body, _FETCHED_AT, url), told["gold_text"])


def _domain(host: str) -> str:
    """Return the last labels of a host's name: its sites may share their templates."""
    labels = host.split(".")
    return ".".join(labels[-_LABELS - (".".join(labels[-2:]) in {"com.cn", "gov.cn"}) :])


def _grams(text: str) -> Counter[str]:
    squeezed = "".join(text.split())
    return Counter(squeezed[i : i + 4] for i in range(len(squeezed) - 3))


if __name__ == "__main__":
    main()
