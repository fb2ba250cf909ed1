"""`parkwire inspect`: what the line makes of a page, by the very steps that the services run."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec import Struct
from rich.tree import Tree

from services.cleaner.clean import clean
from services.cli.console import as_markup, console
from services.cli.errors import CommandError
from services.cli.pages import is_url, read_page
from services.cli.table import figure
from services.cli.web import fetch_page
from services.contracts.messages import Facts, Page, Project
from services.extractor.extract import extract


class Inspection(Struct, frozen=True):
    """A page, and what became of it."""

    url: str
    articles: tuple[Facts, ...]
    no_article: str | None = None
    """Why there is none."""


def inspect_page(page: Page) -> Inspection:
    """Clean and extract `page` in this process."""
    cleaning = clean(page)
    return Inspection(page.url, tuple(map(extract, cleaning.articles)), cleaning.no_article)


def inspect(
    targets: Annotated[list[str], typer.Argument(metavar="FILE|URL…", help="Pages to look at.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a page and line.")
    ] = False,
    url: Annotated[str | None, typer.Option(help="URL that a local file came from.")] = None,
    content_type: Annotated[
        str | None, typer.Option(help="Content type that a local file came with.")
    ] = None,
) -> None:
    """Clean pages and extract their facts, with no broker and no database."""
    out = console()
    failed = False
    for target in targets:
        try:
            if is_url(target):
                page = asyncio.run(fetch_page(target))
            else:
                page = read_page(Path(target), url, content_type)
        except CommandError as error:
            print(f"parkwire: {error}", file=sys.stderr)
            failed = True
            continue
        inspection = inspect_page(page)
        if as_json:
            sys.stdout.write(msgspec.json.encode(inspection).decode("utf-8", "replace") + "\n")
        else:
            out.print(_tree(inspection))
    if failed:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(inspect)


def _tree(inspection: Inspection) -> Tree:
    tree = Tree(f"[bold]{as_markup(inspection.url)}")
    if inspection.no_article:
        tree.add(f"[yellow]no article: {inspection.no_article}")
    for facts in inspection.articles:
        article = facts.article
        day = article.published_at.date().isoformat() if article.published_at else "no date"
        source = as_markup(article.source or "no outlet")
        node = tree.add(f"[bold cyan]{as_markup(article.title)}[/]  {day}  {source}")
        first = article.paragraphs[0] if article.paragraphs else ""
        node.add(
            f"text: {len(article.paragraphs)} paragraphs, {len(article.text)} characters  "
            f"[dim]{as_markup(first[:40])}…"
        )
        projects = node.add(f"projects: {len(facts.projects)}")
        for project in facts.projects:
            projects.add(_project(project))
        amounts = node.add(f"amounts: {len(facts.amounts)}")
        for amount in facts.amounts:
            value = figure(amount.low, amount.high, amount.unit)
            subject = f"  {as_markup(amount.subject)}" if amount.subject else ""
            period = f"  {amount.period}" if amount.period else ""
            amounts.add(
                f"{as_markup(amount.text)}  [green]{value}[/]  {amount.role}{subject}{period}"
            )
        names = node.add(f"entities: {len(facts.entities)}")
        for kind in dict.fromkeys(entity.type for entity in facts.entities):
            found = dict.fromkeys(e.name for e in facts.entities if e.type == kind)
            names.add(f"{kind}: {as_markup('、'.join(found))}")
    return tree


def _project(project: Project) -> str:
    parts = [
        "、".join(project.investors),
        figure(project.amount_low, project.amount_high, project.currency),
        project.park or project.place,
        project.stage,
        project.date,
    ]
    told = "  ".join(as_markup(part) for part in parts if part)
    return f"[bold]{as_markup(project.name)}[/]{' (total)' * (project.kind == 'aggregate')}  {told}"
