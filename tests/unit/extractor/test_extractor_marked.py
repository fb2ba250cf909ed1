"""Invented articles from all over the country, with everything marked that they tell.

The rules are changed with one half in view; the other tells how they do on what is new to them.
The floors are a little below what was measured when they were set.
"""

from collections import Counter
from collections.abc import Set as AbstractSet
from typing import Final

import pytest
from making import MakeArticle
from marked import Marked, marked_articles

from services.contracts.messages import Facts
from services.extractor.extract import extract

_FLOORS: Final = {
    False: {"amounts": 0.97, "entities": 0.85, "projects": 0.95, "stages": 0.95},
    True: {"amounts": 0.94, "entities": 0.80, "projects": 0.80, "stages": 0.75},
}


def _score(article: Marked, facts: Facts) -> Counter[str]:
    counts: Counter[str] = Counter()
    told = {(a["end"], a["kind"], a["low"] and round(a["low"], 1)) for a in article.amounts}
    found = {(a.end, a.kind, a.low and round(a.low, 1)) for a in facts.amounts}
    counts.update(_hits("amounts", told, found))
    marked = set(article.entities)
    spans = {(e.type, e.start, e.end) for e in facts.entities}
    # A name within another one is asked for only where it is marked.
    outer = {s for s in spans if s in marked or not any(_holds(o, s) for o in spans)}
    counts.update(_hits("entities", marked, outer))
    projects = [p for p in facts.projects if p.kind == "project"]
    for gold in article.projects:
        same = [
            p for p in projects if _is_told(gold["name"], gold["investors"], p.name, p.investors)
        ]
        right = [p for p in same if p.amount_low == gold.get("amount")]
        counts["projects_right"] += bool(right)
        counts["stages_told"] += bool(same)
        counts["stages_found"] += bool(same)
        counts["stages_right"] += any(p.stage in gold["stage"] for p in same)
    counts["projects_told"] += len(article.projects)
    counts["projects_found"] += len(projects)
    return counts


def _hits(name: str, told: AbstractSet[object], found: AbstractSet[object]) -> dict[str, int]:
    return {
        f"{name}_right": len(told & found),
        f"{name}_told": len(told),
        f"{name}_found": len(found),
    }


def _holds(outer: tuple[str, int, int], inner: tuple[str, int, int]) -> bool:
    return outer[1] <= inner[1] and inner[2] <= outer[2] and outer[1:] != inner[1:]


def _is_told(name: str, investors: list[str], found: str, backers: tuple[str, ...]) -> bool:
    return name in found or found in name or bool(set(investors) & set(backers))


@pytest.mark.parametrize("held", [False, True], ids=["tuned", "held"])
def test_scores_of_the_marked_articles(make_article: MakeArticle, held: bool) -> None:
    counts: Counter[str] = Counter()
    for article in marked_articles():
        if article.held == held:
            counts += _score(
                article, extract(make_article(article.text, article.title, article.published))
            )
    scores = {
        name: 2 * counts[f"{name}_right"] / (counts[f"{name}_told"] + counts[f"{name}_found"])
        for name in _FLOORS[held]
    }
    assert {n: s for n, s in scores.items() if s < _FLOORS[held][n]} == {}, scores


def test_what_is_told_one_for_each_goes_to_each(make_article: MakeArticle) -> None:
    text = (
        "当天，岚洋热泵项目、宏岚风电叶片项目同日开工。"
        "两个项目总投资分别为12亿元、8亿元，分别占地300亩、150亩。"
    )
    projects = extract(make_article(text)).projects
    assert [(p.name, p.amount_low, round(p.area_m2 or 0)) for p in projects] == [
        ("岚洋热泵项目", 1.2e9, 200_000),
        ("宏岚风电叶片项目", 8e8, 100_000),
    ]


@pytest.mark.parametrize(
    ("told", "date"), [("日前", "2024-05"), ("本月", "2024-05"), ("上个月", "2024-04")]
)
def test_a_date_without_its_month_is_inferred(
    make_article: MakeArticle, told: str, date: str
) -> None:
    facts = extract(make_article(f"{told}，岚洋科技有限公司的岚洋热泵项目在滁州经开区签约。"))
    (project,) = facts.projects
    assert (project.date, project.date_precision, project.date_inferred) == (date, "month", True)
