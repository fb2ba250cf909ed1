"""Whole invented articles against the projects that they tell (data/articles.toml)."""

import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from making import MakeArticle

from services.contracts.messages import Project
from services.extractor.extract import extract

_ARTICLES: Final[list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parent / "data" / "articles.toml").read_text("utf-8")
)["articles"]
_RECALL: Final = 0.93
_PRECISION: Final = 0.96


def _found(article: dict[str, Any], make_article: MakeArticle) -> list[Project]:
    text = article["text"].strip()
    facts = extract(make_article(text, article["title"], article["published"]))
    return [p for p in facts.projects if p.kind == "project"]


def _tells(project: Project, gold: dict[str, Any]) -> bool:
    names = project.name in gold["name"] or gold["name"] in project.name
    backed = set(project.investors) & set(gold.get("investors", ()))
    return project.amount_low == gold.get("amount") and bool(names or backed)


def test_projects_of_all_articles(make_article: MakeArticle) -> None:
    right = found = wanted = 0
    for article in _ARTICLES:
        told = _found(article, make_article)
        gold = [p for p in article["projects"] if not p.get("optional")]
        right += sum(any(_tells(p, g) for p in told) for g in gold)
        found += sum(
            not any(_tells(p, g) for g in article["projects"] if g.get("optional")) for p in told
        )
        wanted += len(gold)
    assert right / wanted >= _RECALL
    assert right / found >= _PRECISION


@pytest.mark.parametrize(
    "article",
    [a for a in _ARTICLES if not a["projects"]],
    ids=lambda a: str(a["title"]),
)
def test_an_article_of_statistics_tells_no_project(
    article: dict[str, Any], make_article: MakeArticle
) -> None:
    assert _found(article, make_article) == []
