"""Real pages with their answers, where they lie beside the project; they are no part of it."""

import gzip
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from services.cleaner.clean import clean

SHARED = Path(__file__).parents[3] / ".." / "shared"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="no shared data beside the project")


def grams(text: str) -> Counter[str]:
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    return Counter(text[i : i + 4] for i in range(max(0, len(text) - 3)))


def f1(mine: str, gold: str) -> float:
    a, b = grams(mine), grams(gold)
    return 2 * (a & b).total() / (a.total() + b.total())


def test_seeds(make_page: Any) -> None:
    for path in sorted((SHARED / "gold/seeds").glob("*.gold.json")):
        gold = json.loads(path.read_text("utf-8"))
        body = (path.parent / gold["input"]).read_bytes()
        page = make_page(body, gold["url"], "text/plain; charset=utf-8")
        first = clean(page).articles[0]
        wanted = gold["articles"][0]
        assert first.title == wanted["title"]
        assert first.source == wanted["source"]
        assert f1(first.text, wanted["text"]) > 0.98


def test_pages(make_page: Any) -> None:
    scores = []
    for path in sorted((SHARED / "corpus/dev").glob("*.json")):
        gold = json.loads(path.read_text("utf-8"))
        body = gzip.decompress(path.with_suffix(".html.gz").read_bytes())
        articles = clean(make_page(body, gold["url"], "text/html")).articles
        # The text of a page in Traditional Chinese is compared by the scoring script.
        if articles and articles[0].script == "hant":
            continue
        scores.append(f1(articles[0].text, gold["gold_text"]) if articles else 0.0)
    assert sum(scores) / len(scores) > 0.96
    assert min(scores) > 0.5
