"""`parkwire templates list | show | reset`: what the cleaner has learned of every host."""

import asyncio
from collections import Counter, defaultdict
from typing import Annotated

import typer
from rich.table import Table

from services.cleaner.template import furniture, line_key, remember
from services.cli.console import as_markup, console
from services.cli.errors import CommandError
from services.cli.reading import careful_producer, read_topic
from services.contracts.codec import PAGE_LINES, UndecodableError
from services.contracts.messages import PageLines
from services.contracts.topics import TEMPLATES
from services.runtime.settings import KafkaSettings

app = typer.Typer(help="What recurs on the pages of a host.", no_args_is_help=True)

HostArgument = Annotated[str, typer.Argument(metavar="HOST", help="As in the URL of its pages.")]


@app.command("list")
def list_hosts() -> None:
    """List the hosts: how many pages are remembered of each, and how many lines recur on them."""
    table = Table("host", "pages", "lines of the template", "newest page")
    hosts = asyncio.run(_read())
    for host, pages in sorted(hosts.items()):
        newest = max(page.fetched_at for page in pages.values())
        found = len(furniture(map(remember, pages.values()), ""))
        table.add_row(as_markup(host), str(len(pages)), str(found), f"{newest:%Y-%m-%d %H:%M}")
    out = console()
    out.print(table)
    out.print(f"{len(hosts):,} hosts")


@app.command()
def show(host: HostArgument) -> None:
    """Show a host's pages and the lines that count as its template."""
    pages = list(_pages(host).values())
    template = furniture(map(remember, pages), "")
    counts = Counter(line_key(line) for page in pages for line in page.lines)
    lines = {key: line for page in pages for line in page.lines if (key := line_key(line))}
    for page in pages:
        print(f"page {page.fetched_at:%Y-%m-%d %H:%M}  {page.page}")
    for key in sorted(template, key=lambda key: (-counts[key], lines[key])):
        print(f"{counts[key]} of {len(pages)}  {lines[key]}")


@app.command()
def reset(host: HostArgument) -> None:
    """Forget what was learned of a host; its next pages are learned anew."""
    keys = list(_pages(host))
    asyncio.run(_forget(keys))
    print(f"{len(keys)} pages of {host} forgotten")


def register(to: typer.Typer) -> None:
    """Add the commands to `to`."""
    to.add_typer(app, name="templates")


def _pages(host: str) -> dict[bytes, PageLines]:
    pages = asyncio.run(_read()).get(host)
    if not pages:
        raise CommandError(f"nothing is known of {host!r} (parkwire templates list)")
    return pages


async def _read() -> dict[str, dict[bytes, PageLines]]:
    """Return the remembered pages by host and key, as the topic has them now."""
    newest: dict[bytes, bytes | None] = {}
    async for record in read_topic(KafkaSettings(), TEMPLATES):
        newest[record.key or b""] = record.value
    hosts: dict[str, dict[bytes, PageLines]] = defaultdict(dict)
    for key, value in newest.items():
        if value is None:
            continue
        try:
            page = PAGE_LINES.decode(value, {})
        except UndecodableError:
            continue
        hosts[page.host][key] = page
    return hosts


async def _forget(keys: list[bytes]) -> None:
    settings = KafkaSettings()
    producer = careful_producer(settings, TEMPLATES)
    try:
        await producer.start()
        for key in keys:
            await producer.send_and_wait(settings.prefix + TEMPLATES.name, None, key=key)
    finally:
        await producer.stop()
