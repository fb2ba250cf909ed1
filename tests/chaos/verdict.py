"""What became of the known set: as PostgreSQL and the dead letters have it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import asyncpg

from services.cli.dead_letters import read_letters
from services.contracts import dead_letters as dead
from services.runtime.settings import KafkaSettings
from tests.chaos.material import CASE, Material, number_of

# All that was read in the pages, and nothing of when it was fetched or written, nor of how the
# store relates it to other pages afterwards.
_ROWS = """
SELECT url, ordinal, md5(concat_ws(' ', title, a.text, published_at, published_precision, source,
    author, script, content_hash, simhash,
    (SELECT jsonb_agg(jsonb_build_array(type, m.text, start_offset, end_offset, name, adcode)
                      ORDER BY position)
     FROM parkwire.mention AS m WHERE m.article_id = a.id),
    (SELECT jsonb_agg(jsonb_build_array(m.text, start_offset, end_offset, kind, low, high, unit,
                                        qualifier, role, subject, period) ORDER BY position)
     FROM parkwire.amount AS m WHERE m.article_id = a.id),
    (SELECT jsonb_agg(jsonb_build_array(kind, name, investors, amount_low, amount_high, currency,
                                        area_m2, park, place, adcode, stage, date, date_precision,
                                        date_inferred, industry, evidence) ORDER BY position)
     FROM parkwire.project AS p WHERE p.article_id = a.id))) AS facts,
    (SELECT count(*) FROM parkwire.amount AS m WHERE m.article_id = a.id) AS amounts
FROM parkwire.article AS a
"""
_ORPHANS = "SELECT count(*) FROM frontier.hosts WHERE owner IS NOT NULL"


@dataclass(frozen=True)
class Outcome:
    """How every item of a run has ended."""

    stored: Counter[int]
    """Rows of each item."""
    letters: Mapping[int, str]
    """The reason of each item's dead letters; all of them, if they differ."""
    facts: Mapping[int, str]
    """A fingerprint of what was found in each stored item."""
    amounts: int
    """Amounts found in all of them."""
    orphans: int
    """Hosts that nobody has given back."""


@dataclass(frozen=True)
class Verdict:
    """An outcome beside what was expected."""

    sources: int = 0
    stored: int = 0
    dead: int = 0
    lost: list[int] = field(default_factory=list)
    """Items with no outcome, or with one that is not theirs."""
    twice: list[int] = field(default_factory=list)
    """Items with more than one row, or with a row and a dead letter."""
    strays: list[int] = field(default_factory=list)
    """Dead letters of what is no item."""

    def __add__(self, other: "Verdict") -> "Verdict":
        """Return the sum of two runs."""
        return Verdict(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def line(self, faults: int) -> str:
        """Return the line that ends a run."""
        return (
            f"sources {self.sources} stored {self.stored} dead {self.dead} "
            f"lost {len(self.lost)} twice {len(self.twice)} faults {faults}"
        )


async def outcome(dsn: str, kafka: KafkaSettings) -> Outcome:
    """Read how a run has ended."""
    letters: dict[int, set[str]] = {}
    async for letter in read_letters(kafka):
        number = int(letter.headers.get(CASE, "-1"))
        letters.setdefault(number, set()).add(letter.headers[dead.REASON])
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(_ROWS)
        orphans = await connection.fetchval(_ORPHANS)
    finally:
        await connection.close()
    return Outcome(
        stored=Counter(number_of(row["url"]) for row in rows),
        letters={number: ", ".join(sorted(reasons)) for number, reasons in letters.items()},
        facts={number_of(row["url"]): row["facts"] for row in rows},
        amounts=sum(row["amounts"] for row in rows),
        orphans=orphans,
    )


def judge(material: Material, found: Outcome) -> Verdict:
    """Return what is missing, and what is there twice."""
    expected = material.expected()
    lost = [
        number
        for number, reason in expected.items()
        if (not found.stored[number] if reason is None else found.letters.get(number) != reason)
    ]
    twice = [n for n, rows in found.stored.items() if rows > 1 or n in found.letters]
    return Verdict(
        sources=len(expected),
        stored=len(found.stored),
        dead=len(found.letters.keys() & expected.keys()),
        lost=lost,
        twice=twice,
        strays=sorted(found.letters.keys() - expected.keys()),
    )


def differences(quiet: Outcome, chaos: Outcome) -> list[int]:
    """Return the items in which other facts were found than in the quiet run."""
    both = quiet.facts.keys() & chaos.facts.keys()
    return sorted(number for number in both if quiet.facts[number] != chaos.facts[number])
