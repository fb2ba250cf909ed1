"""The short fuzz run, over the sample pages; `benchmarks/fuzzing.py` has the long one."""

import random

from benchmarks.fuzzing import MOST_BYTES, MOST_SECONDS, Report, damage, fuzz
from benchmarks.material import material

ROUNDS = 250


def test_no_damaged_page_crashes_the_cleaner() -> None:
    report = fuzz([page.body for page in material().pages], ROUNDS, seed=7)
    assert report.crashes == []
    assert report.outcomes.total() == ROUNDS
    assert report.outcomes["article"] < ROUNDS


def test_the_same_seed_damages_alike() -> None:
    pages = [b"<p>" + bytes(range(256)), b"<div>two</div>"]
    damaged = [[damage(pages, random.Random(seed)) for seed in range(40)] for _ in range(2)]
    assert damaged[0] == damaged[1]
    assert any(body not in pages for body in damaged[0])


def test_a_crash_a_hang_and_a_flood_are_none_of_them_good() -> None:
    assert Report().is_good()
    assert not Report(crashes=["page 1"]).is_good()
    assert not Report(slowest=(MOST_SECONDS * 2, 0)).is_good()
    assert not Report(grown=MOST_BYTES * 2).is_good()
