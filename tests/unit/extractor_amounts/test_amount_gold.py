"""The answers to the seed pages, where they are at hand."""

import json
from pathlib import Path

import pytest

from services.contracts.messages import Amount
from services.extractor.amounts import find_amounts

GOLD = Path(__file__).parents[3] / ".." / "shared" / "gold" / "seeds"
FILES = sorted(GOLD.glob("*.gold.json"))

pytestmark = pytest.mark.skipif(not FILES, reason="the shared answers are not beside the project")


def _same(gold: dict[str, object], found: Amount) -> bool:
    if gold["kind"] != found.kind or str(gold["core"]) not in found.text:
        return False
    told = {gold["low"], gold["high"]} - {None}
    bounds = [bound for bound in (found.low, found.high) if bound is not None]
    return any(bound == pytest.approx(value, rel=1e-6) for bound in bounds for value in told)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[:3])
def test_every_amount_of_the_answer_is_found_and_no_other(path: Path) -> None:
    for article in json.loads(path.read_text("utf-8"))["articles"]:
        # These answers leave out times, which the contract counts.
        found = [a for a in find_amounts(article["text"]) if a.kind != "duration"]
        assert len(found) == len(article["amounts"])
        for gold, amount in zip(article["amounts"], found, strict=True):
            assert _same(gold, amount), (gold, amount)
            assert amount.qualifier == gold["qualifier"]
