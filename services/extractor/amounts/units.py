"""Units of measure and measure words, from `data/units.toml`."""

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, Final

from services.contracts.messages import AmountKind
from services.extractor.matching import alternatives


@dataclass(frozen=True, slots=True)
class Unit:
    """A spelling's meaning: `factor` base units of `kind`."""

    kind: AmountKind
    base: str
    numerator: int
    denominator: int
    abstract: bool = False
    """A measure word so general that 三个 is seldom a statistic."""
    edge: bool = False
    """A spelling so short that it is a unit only where the word ends."""
    needs: str = ""
    """A list of `data/names.toml`; the unit is meant only near one of its words."""


def load(name: str) -> dict[str, Any]:
    """Return the table `data/{name}.toml`."""
    return tomllib.loads((files(__package__) / "data" / f"{name}.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class _Tables:
    units: dict[str, Unit]
    not_before: dict[str, str]
    signs: dict[str, str]
    countable: tuple[str, ...]
    per: dict[str, str]


@cache
def _tables() -> _Tables:
    table = load("units")
    units: dict[str, Unit] = {}
    not_before: dict[str, str] = {}
    for entry in table["units"]:
        factor = Fraction(entry["factor"])
        unit = Unit(
            entry["kind"],
            entry["unit"],
            factor.numerator,
            factor.denominator,
            edge=entry.get("edge", False),
            needs=entry.get("needs", ""),
        )
        for spelling in entry["spellings"]:
            units[spelling] = unit
            not_before[spelling] = entry.get("not_before", "")
    counts = table["counts"]
    for group in ("concrete", "abstract"):
        for word in counts[group]:
            units[word] = Unit("count", word, 1, 1, abstract=group == "abstract")
            not_before[word] = counts["not_before"].get(word, "")
    return _Tables(
        units, not_before, table["currency_signs"], tuple(table["countable"]), table["per"]
    )


UNITS: Final = _tables().units
SIGNS: Final = _tables().signs
COUNTABLE: Final = _tables().countable
PER: Final = _tables().per


UNIT: Final = alternatives(_tables().units, _tables().not_before)
"""A regular expression for any unit."""

DENOMINATOR: Final = alternatives(
    {word for word, unit in UNITS.items() if unit.kind != "ratio"} | set(PER)
)
"""A regular expression for what may stand after "per"."""
