"""The messages that flow between the services, as msgspec structs.

Every message type has a schema name with a version (see `codec`). Fields may be added with a
default; a renamed or removed field, or one of another type, is a new version. The golden files in
`tests/golden` fail when a shape changes by accident.

Offsets are Unicode code points in `Article.text`, half-open: `text[start:end]`.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

SourceKind = Literal["auto", "article", "list", "feed", "sitemap"]
Precision = Literal["minute", "day", "month", "year"]
Script = Literal["hans", "hant"]
EntityType = Literal[
    "company", "park", "government", "organization", "place", "person", "title", "project"
]
AmountKind = Literal[
    "money",
    "area",
    "ratio",
    "count",
    "price",
    "power",
    "energy",
    "mass",
    "length",
    "duration",
    "volume",
    "rate",
]
Qualifier = Literal["exact", "approx", "over", "nearly", "at_least", "at_most", "range"]
Role = Literal[
    "total_investment",
    "contract_value",
    "phase_investment",
    "annual_plan",
    "output_value",
    "revenue",
    "tax",
    "gdp",
    "growth",
    "land_area",
    "floor_area",
    "headcount",
    "project_count",
    "capacity",
    "price",
    "other",
]
Stage = Literal["洽谈", "签约", "开工", "在建", "竣工", "投产"]
ProjectKind = Literal["project", "aggregate"]


class Source(Struct, frozen=True, omit_defaults=True):
    """A place to read, as a person adds it."""

    url: str
    kind: SourceKind = "auto"
    every: int | None = None
    """Recrawl period in seconds; None lets the crawler choose."""
    depth: int = 1
    """How many list pages (or pages of a list) may lie between this URL and an article."""
    tags: tuple[str, ...] = ()


class Page(Struct, frozen=True):
    """A response as it was received, its body decompressed but not decoded."""

    url: str
    final_url: str
    status: int
    headers: dict[str, str]
    """The few response headers that matter later, names in lower case."""
    body: bytes
    fetched_at: datetime
    source: str
    """URL of the source that led here."""


class Article(Struct, frozen=True):
    """One article of a page, in Simplified Chinese, with nothing that is not the article."""

    id: str
    """UUIDv5 of the canonical URL and the ordinal, see `identity.article_id`."""
    url: str
    canonical_url: str
    site: str
    """Host of the canonical URL."""
    ordinal: int
    """Position among the articles of its page, from 0."""
    title: str
    published_at: datetime | None
    """With offset +08:00; unknown parts below `published_precision` are at their minimum."""
    published_precision: Precision | None
    source: str | None
    """The outlet (来源), not the site that republishes."""
    author: str | None
    paragraphs: tuple[str, ...]
    text: str
    """The paragraphs joined by one newline."""
    script: Script
    """The script of the page as it came."""
    fetched_at: datetime
    content_hash: str
    """SHA-256 of the text, hexadecimal."""
    simhash: str
    """64-bit simhash of character 4-grams, 16 hexadecimal digits."""
    minhash: str = ""
    """MinHash of character 4-grams: 128 little-endian uint32 in base64; empty where unknown."""


class PageLines(Struct, frozen=True):
    """Lines of one page: what recurs on several pages of a host is its template, not the article.

    A host has few slots, each with one page, so that what is known of it has a bound.
    """

    host: str
    """Of the page's URL, see `identity.site`."""
    slot: int
    page: str
    """The canonical URL."""
    story: str
    """Title and opening of its article: a story that was posted again counts once."""
    lines: tuple[str, ...]
    """Those that are no links, in Simplified Chinese, each cut at 80 characters."""
    fetched_at: datetime


class Entity(Struct, frozen=True):
    """A mention of something that has a name."""

    type: EntityType
    text: str
    start: int
    end: int
    name: str
    """The canonical name: the same for every mention of the same thing."""
    adcode: str | None = None
    """GB/T 2260 code, six digits, for a place."""


class Amount(Struct, frozen=True):
    """A measured quantity, with the bounds that the text states.

    `low` and `high` are in `unit`, a base unit: an ISO 4217 code, m2, percent, CNY/m2, W, Wh, t,
    m, s, m3, or the measure word of a count. They are equal for exact, approx and nearly; `high`
    is None for over and at_least, `low` is None for at_most.
    """

    text: str
    start: int
    end: int
    kind: AmountKind
    low: float | None
    high: float | None
    unit: str
    qualifier: Qualifier = "exact"
    role: Role = "other"
    subject: str | None = None
    """Canonical name of the entity it is said of, where the clause names it."""
    period: str | None = None
    """ISO 8601 year, month, date or interval that it is said of."""


class Project(Struct, frozen=True):
    """An investment project, or (kind aggregate) a total over many of them."""

    kind: ProjectKind
    name: str
    investors: tuple[str, ...] = ()
    amount_low: float | None = None
    amount_high: float | None = None
    currency: str | None = None
    area_m2: float | None = None
    park: str | None = None
    place: str | None = None
    adcode: str | None = None
    stage: Stage | None = None
    date: str | None = None
    """ISO 8601 year, month or date of the stage."""
    date_precision: Precision | None = None
    date_inferred: bool = False
    """True where a part of the date comes from the article's own date, not from the text."""
    industry: str | None = None
    evidence: tuple[tuple[int, int], ...] = ()
    """Spans of the text that it rests on."""


class Facts(Struct, frozen=True):
    """An article and what was found in it."""

    article: Article
    entities: tuple[Entity, ...] = ()
    amounts: tuple[Amount, ...] = ()
    projects: tuple[Project, ...] = ()
    tokens: str = ""
    """Search tokens of title and text, in order, joined by one space: the words of jieba's search
    mode, without punctuation."""


Message = Source | Page | Article | PageLines | Facts
