"""The articles of the sample sites, each with the answers that the line should find in it.

One file an article, `content/<site>/<id>.txt`: front matter in TOML between two `+++` lines (what
the page says beside the text, and the answers), then the body, one paragraph a line:

    ## a subheading
    !! file name | caption of an image
    | cell | cell |         a table row, the first row of a table is its head
    text⏎text               a paragraph that the newspaper's column breaks here
    ----                    the page ends here; the article goes on on another one

An answer is what a careful reader takes from the page. `projects` is meant to be complete;
`amounts` names a few that a test looks for, not all of the text.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Literal

import msgspec
from msgspec import Struct

from services.contracts import messages

COLUMN_BREAK = "⏎"
SITES = ("park", "energy", "association", "mirror", "epaper", "corner")


class Project(Struct, frozen=True, forbid_unknown_fields=True):
    """A project as the article tells it; amounts in `currency`, None for an open bound."""

    name: str
    kind: messages.ProjectKind = "project"
    investors: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    currency: str = "CNY"
    area_mu: float | None = None
    park: str | None = None
    place: str | None = None
    stage: messages.Stage | None = None
    date: str | None = None


class Amount(Struct, frozen=True, forbid_unknown_fields=True):
    """An amount that must be found; the role `other` stands for any that is no investment."""

    text: str
    role: messages.Role
    unit: str
    low: float | None = None
    high: float | None = None


class FrontMatter(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands between the `+++` lines."""

    path: str
    """Path of the page on its site."""
    title: str = ""
    ordinal: int = 0
    """Position among the articles of the page."""
    shown_date: str = ""
    """The date as the page writes it."""
    published: str | None = None
    """YYYY-MM-DD, or MM-DD where the page does not tell the year."""
    outlet: str | None = None
    subtitle: str = ""
    byline: str = ""
    photo_credit: str = ""
    category: str = ""
    views: int = 26
    repost_of: str | None = None
    """`site/id` of the article whose text, title and answers this page repeats."""
    lead_in: tuple[str, ...] = ()
    """Lines of the page before the text, in its container: noise, like those after it."""
    tail: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    """Strings that must not reach the text, beside `lead_in`, `tail` and those of the site."""
    projects: tuple[Project, ...] = ()
    amounts: tuple[Amount, ...] = ()


class Block(Struct, frozen=True):
    """A line of the body: `parts` holds the columns of a paragraph or the cells of a row."""

    kind: Literal["paragraph", "heading", "image", "row", "end of page"]
    parts: tuple[str, ...]


class SampleArticle(Struct, frozen=True):
    """An article of a sample site: what its page says, and what should be found in it."""

    site: str
    id: str
    head: FrontMatter
    blocks: tuple[Block, ...]

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text as the cleaner should give it: columns joined, captions left out."""
        joints = {"paragraph": "", "heading": "", "row": "\t"}
        return tuple(
            joints[block.kind].join(block.parts) for block in self.blocks if block.kind in joints
        )

    @property
    def text(self) -> str:
        """The paragraphs joined by one newline."""
        return "\n".join(self.paragraphs)

    @property
    def by_page(self) -> tuple["SampleArticle", ...]:
        """The article in parts, one for every page that it spreads over."""
        ends = [n for n, block in enumerate(self.blocks) if block.kind == "end of page"]
        bounds = pairwise([-1, *ends, len(self.blocks)])
        return tuple(
            msgspec.structs.replace(self, blocks=self.blocks[before + 1 : end])
            for before, end in bounds
        )

    @property
    def neutral(self) -> tuple[str, ...]:
        """Lines of the article that are no paragraphs, but no noise either."""
        captions = (block.parts[1] for block in self.blocks if block.kind == "image")
        lines = (self.head.subtitle, self.head.byline, self.head.photo_credit, *captions)
        return tuple(line for line in lines if line)


@cache
def articles() -> tuple[SampleArticle, ...]:
    """Return all sample articles, in the order of their sites, newest (highest id) last."""
    found = {f"{article.site}/{article.id}": article for article in _read_all()}
    return tuple(
        _repeat(article, found[article.head.repost_of]) if article.head.repost_of else article
        for article in found.values()
    )


def articles_of(site: str) -> tuple[SampleArticle, ...]:
    """Return the articles of one site."""
    return tuple(article for article in articles() if article.site == site)


def _read_all() -> Iterator[SampleArticle]:
    for site in SITES:
        folder = files(__package__) / "content" / site
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            yield _read(site, file)


def _read(site: str, file: Traversable) -> SampleArticle:
    _, front, body = file.read_text("utf-8").split("+++\n", 2)
    head = msgspec.toml.decode(front, type=FrontMatter)
    lines = (line.strip() for line in body.splitlines())
    blocks = tuple(_block(line) for line in lines if line)
    return SampleArticle(site, file.name.removesuffix(".txt"), head, blocks)


def _block(line: str) -> Block:
    if line == "----":
        return Block("end of page", ())
    if line.startswith("## "):
        return Block("heading", (line[3:],))
    if line.startswith("!! "):
        name, _, caption = line[3:].partition(" |")
        return Block("image", (name, caption.strip()))
    if line.startswith("|"):
        return Block("row", tuple(cell.strip() for cell in line.strip("|").split("|")))
    return Block("paragraph", tuple(line.split(COLUMN_BREAK)))


def _repeat(copy: SampleArticle, original: SampleArticle) -> SampleArticle:
    head = msgspec.structs.replace(
        original.head,
        path=copy.head.path,
        shown_date=copy.head.shown_date,
        published=copy.head.published,
        repost_of=copy.head.repost_of,
    )
    return SampleArticle(copy.site, copy.id, head, original.blocks)
