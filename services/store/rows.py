"""What can be asked (`Filter`), and what the answers look like."""

import datetime

import msgspec
from msgspec import Struct


class Filter(Struct, frozen=True, kw_only=True):
    """What the rows must match; a field that is None asks nothing.

    Names match where they contain the value, in any case.
    """

    place: str | None = None
    """A park or a place with all that lies within it; a place may be its GB/T 2260 code."""
    park: str | None = None
    investor: str | None = None
    min_amount: float | None = None
    """CNY. The lower bound counts where the text states two; other currencies do not pass."""
    since: datetime.date | None = None
    """The row's own date (a stage's, a period), else its article's; a month or year passes when
    any day of it does."""
    until: datetime.date | None = None
    """The last day that passes."""
    stage: str | None = None
    industry: str | None = None
    text: str | None = None
    """Words that all stand in the article's title or text, joined by spaces: `Facts.tokens` of
    what was asked."""
    aggregates: bool = False
    """Totals over many projects pass as projects too."""
    limit: int | None = 50
    """None: all."""

    @property
    def asks_facts(self) -> bool:
        """Whether something is asked besides the dates."""
        return not msgspec.structs.replace(self, since=None, until=None).asks_nothing

    @property
    def asks_dates(self) -> bool:
        """Whether the dates matter."""
        return self.since is not None or self.until is not None

    @property
    def asks_nothing(self) -> bool:
        """Whether every row passes, but for totals over many projects."""
        return self == Filter(aggregates=self.aggregates, limit=self.limit)


# In all rows `published` is the article's time and `date` that of a stage: ISO 8601, as exact as it
# is known (a year, a month, a day, a minute with its offset).


class ProjectRow(Struct, frozen=True):
    """A project, once, and the article that tells of its furthest stage."""

    name: str
    kind: str
    investors: list[str]
    amount_low: float | None
    amount_high: float | None
    currency: str | None
    area_m2: float | None
    park: str | None
    place: str | None
    stage: str | None
    date: str | None
    industry: str | None
    stages: list[str]
    """Its history, each stage with the earliest date told of it: 签约 2024-03."""
    articles: int
    confidence: float
    """How sure it is that all its articles tell of one project, from 0.85 to 1."""
    title: str
    published: str | None
    url: str


class ArticleRow(Struct, frozen=True):
    """An article, and how much was found in it."""

    title: str
    site: str
    source: str | None
    published: str | None
    projects: int
    amounts: int
    entities: int
    match: str
    """Where the words that were asked for stand, between 【 and 】; empty if none were."""
    url: str


class AmountRow(Struct, frozen=True):
    """An amount, what it is said of, and the article that says it."""

    subject: str | None
    role: str
    kind: str
    text: str
    low: float | None
    high: float | None
    unit: str
    qualifier: str
    period: str | None
    context: str
    """The text around it, some forty characters on either side."""
    title: str
    published: str | None
    url: str


class StoryRow(Struct, frozen=True):
    """A story by its earliest article, and how often it was posted."""

    title: str
    site: str
    source: str | None
    published: str | None
    articles: int
    sites: list[str]
    url: str


class ParkRow(Struct, frozen=True):
    """A park: what is invested there, each project counted once, and what is said of it."""

    park: str
    projects: int
    investment: float
    """CNY, of the projects whose amount is known (the lower bound where there are two)."""
    with_amount: int
    signed: int
    """Projects whose furthest stage is 洽谈 or 签约."""
    building: int
    """开工 or 在建."""
    built: int
    """竣工 or 投产."""
    latest: str | None
    indicators: list[str]
    """Figures of periods, the newest period first: 2023 gdp 46.7亿元."""


class ProjectSum(Struct, frozen=True):
    """Projects (or totals, which are never added to projects) of one park, place, month or
    industry, each counted once.
    """

    group_name: str | None
    kind: str
    projects: int
    with_amount: int
    amount: float
    """CNY, of those whose amount is known."""


class AmountSum(Struct, frozen=True):
    """Amounts of one role and unit of one park, place or month, each statement counted once."""

    group_name: str | None
    role: str
    unit: str
    statements: int
    total: float | None
    """None of what cannot be added up: percent, durations, prices, rates."""


class ArticleSum(Struct, frozen=True):
    """Articles of one park, place, month or industry."""

    group_name: str | None
    stories: int
    """Re-posts count once."""
    articles: int
