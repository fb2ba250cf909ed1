"""What the line should find on the sample sites, for tests and for scoring it end to end."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.cli.sites import pages
from services.cli.sites.articles import Amount, Project, SampleArticle, articles, articles_of

MU = 2000 / 3
"""Square metres of one 亩."""
TEASER = 40
"""Characters from the start of every other article of the site that must not be in this one."""


@dataclass(frozen=True)
class Answer:
    """An article as it should come out of the line."""

    url: str
    ordinal: int
    title: str
    published: str | None
    """YYYY-MM-DD, or MM-DD where the page does not tell the year."""
    outlet: str | None
    paragraphs: tuple[str, ...]
    neutral: tuple[str, ...]
    """Lines that may stand in the text or not: a subtitle, a byline, captions."""
    must_not: tuple[str, ...]
    """Strings of the page that are not of the article."""
    projects: tuple[Project, ...]
    amounts: tuple[Amount, ...]
    repost_of: str | None
    """URL of the article that this one repeats."""

    @property
    def text(self) -> str:
        """The paragraphs joined by one newline."""
        return "\n".join(self.paragraphs)


def answers(bases: Mapping[str, str]) -> list[Answer]:
    """Return the answer of every sample article; `bases` maps a site to its URL, without a path."""
    urls = {f"{item.site}/{item.id}": bases[item.site] + item.head.path for item in articles()}
    return [_answer(article, urls) for article in articles()]


def export(folder: Path, bases: Mapping[str, str]) -> None:
    """Write every page with its answers and headers as files, to be read without a server.

    What goes on on another page is left out: the crawler, not the cleaner, makes one of it.
    `NAME.html` or `.txt` is the body as served, `NAME.headers.json` its URL and content type,
    `NAME.gold.json` the answers: `{"url", "articles": [{"title", "published", "source", "text",
    "paragraphs", "neutral", "must_not", "projects"}]}`.
    """
    served = pages.render(bases)
    by_page: dict[tuple[str, str], list[SampleArticle]] = {}
    for article in articles():
        if len(article.by_page) > 1:
            continue
        by_page.setdefault((article.site, article.head.path), []).append(article)
    found = {(answer.url, answer.ordinal): answer for answer in answers(bases)}
    folder.mkdir(parents=True, exist_ok=True)
    for (site, path), items in by_page.items():
        resource, url = served[site][path], bases[site] + path
        name = f"{site}_{items[0].id}"
        (folder / f"{name}{Path(path).suffix}").write_bytes(resource.body)
        headers = {"url": url, "content-type": resource.content_type}
        gold = {"url": url, "articles": [_gold(found[url, item.head.ordinal]) for item in items]}
        for kind, value in (("headers", headers), ("gold", gold)):
            text = json.dumps(value, ensure_ascii=False, indent=1)
            (folder / f"{name}.{kind}.json").write_text(text, "utf-8")


def _answer(article: SampleArticle, urls: Mapping[str, str]) -> Answer:
    head = article.head
    others = [item for item in articles_of(article.site) if item is not article]
    return Answer(
        url=urls[f"{article.site}/{article.id}"],
        ordinal=head.ordinal,
        title=head.title,
        published=head.published,
        outlet=head.outlet,
        paragraphs=article.paragraphs,
        neutral=article.neutral,
        must_not=(
            *head.lead_in,
            *head.tail,
            *head.must_not,
            *pages.site_of(article.site).must_not,
            *(item.head.title for item in others),
            *(item.paragraphs[0][:TEASER] for item in others),
        ),
        projects=head.projects,
        amounts=head.amounts,
        repost_of=urls[head.repost_of] if head.repost_of else None,
    )


def _gold(answer: Answer) -> dict[str, object]:
    full_date = answer.published is not None and len(answer.published) == len("2024-01-01")
    return {
        "title": answer.title,
        "published": answer.published if full_date else None,
        "source": answer.outlet,
        "text": answer.text,
        "paragraphs": answer.paragraphs,
        "neutral": answer.neutral,
        "must_not": answer.must_not,
        "projects": [_gold_project(project) for project in answer.projects],
    }


def _gold_project(project: Project) -> dict[str, object]:
    return {
        "kind": project.kind,
        "name": project.name,
        "investors": project.investors,
        "amount_low": project.low,
        "amount_high": project.high,
        "currency": project.currency,
        "area_m2": project.area_mu and project.area_mu * MU,
        "park": project.park,
        "place": project.place,
        "stage": project.stage,
        "date": project.date,
    }
