"""A filter as conditions of SQL: those that were asked for and no others, so that PostgreSQL plans
a question for what it is.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from services.store import documents, search_words
from services.store.rows import Filter


class Names(Struct, frozen=True):
    """What the names of a filter stand for: the canonical names that contain them."""

    named: Sequence[str] = ()
    """Of places and parks."""
    areas: Sequence[str] = ()
    """What the codes of those begin with, and so of all that lies within: 3205."""
    parks_within: Sequence[str] = ()
    """Parks that lie within `areas`."""
    parks: Sequence[str] = ()
    investors: Sequence[str] = ()
    industries: Sequence[str] = ()


class Statement:
    """A statement in the making: its conditions and their parameters."""

    def __init__(self) -> None:
        self.parameters: list[object] = []
        self._conditions: list[str] = []

    def branch(self) -> "Statement":
        """Return a part with conditions of its own, and the same parameters."""
        part = Statement()
        part.parameters = self.parameters
        return part

    def value(self, value: object) -> str:
        """Return the place of a parameter: $1, $2, …"""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def also(self, condition: str, *values: object) -> None:
        """Add a condition, whose `{0}`, `{1}`, … stand for `values`."""
        self._conditions.append(condition.format(*map(self.value, values)))

    @property
    def where(self) -> str:
        """The conditions as a WHERE clause; empty where there are none."""
        return "WHERE " + "\n    AND ".join(self._conditions) if self._conditions else ""

    def limit(self, limit: int | None) -> str:
        """Return the LIMIT clause."""
        return "" if limit is None else f"LIMIT {self.value(limit)}"


def _between(statement: Statement, where: Filter, days: str, first: str) -> None:
    """Ask for `days` that meet the filter's; `first`, where they begin, is what has an index."""
    if not where.asks_dates:
        return
    statement.also(f"{days} && daterange({{0}}::date, {{1}}::date, '[]')", where.since, where.until)
    if where.since is not None:
        statement.also(f"{first} >= {{0}}::date - 366", where.since)
    if where.until is not None:
        statement.also(f"{first} < {{0}}::date + 2", where.until)


_FEW: Final = 200
"""Up to so many names are looked up in the index one by one."""


def _begins_with(column: str, areas: Sequence[str], at: int) -> tuple[str, list[object]]:
    """Return the condition that a code begins with one of `areas`, and its values, from {`at`} on.

    The index holds codes in their order, in which a letter comes after every digit.
    """
    if len(areas) > _FEW:
        among = f"unnest({{{at}}}::text[]) AS area WHERE {column} LIKE area || '%'"
        return f"EXISTS (SELECT FROM {among})", [areas]
    places = range(at, at + len(areas))
    ranges = [f"{column} >= {{{n}}}::text AND {column} < {{{n}}}::text || 'A'" for n in places]
    return " OR ".join(ranges) or "false", list(areas)


def of_project(statement: Statement, where: Filter, names: Names) -> None:
    """Add what a linked project `f` must be."""
    if not where.aggregates:
        statement.also("f.kind = 'project'")
    if where.place is not None:
        within, areas = _begins_with("f.adcode", names.areas, 2)
        statement.also(
            f"(f.place = ANY({{0}}::text[]) OR f.park = ANY({{1}}::text[]) OR {within})",
            names.named,
            [*names.named, *names.parks_within],
            *areas,
        )
    if where.park is not None:
        statement.also("f.park = ANY({0}::text[])", names.parks)
    if where.investor is not None:
        statement.also("f.investors && {0}::text[]", names.investors)
    if where.min_amount is not None:
        statement.also("f.yuan >= {0}", where.min_amount)
    _between(statement, where, "f.days", "lower(f.days)")
    if where.stage is not None:
        statement.also("f.stage = {0}", where.stage)
    if where.industry is not None:
        statement.also("f.industry = ANY({0}::text[])", names.industries)
    if where.text is not None:
        statement.also(
            "f.id IN (SELECT project_id FROM parkwire.telling JOIN parkwire.document"
            " USING (article_id) WHERE words @@ {0}::text::tsquery)",
            search_words.query(where.text),
        )


def _one_of(column: str, among: Sequence[str], value: str) -> str:
    """Return the condition that `column`, an array, has one of the names among that `value` holds.

    To compare every name of many rows with thousands takes a hash table, and no index helps.
    """
    if len(among) <= _FEW:
        return f"{column} && {value}::text[]"
    return f"EXISTS (SELECT FROM unnest({column}) AS name WHERE name = ANY({value}::text[]))"


def _of_any_fact(statement: Statement, where: Filter, names: Names) -> None:
    """Add what an article `d` must hold, whatever the rows are."""
    if where.place is not None:
        places, parks = (_one_of(of, names.named, "{0}") for of in ("d.places", "d.parks"))
        areas = _one_of("d.areas", names.areas, "{1}")
        statement.also(f"({places} OR {parks} OR {areas})", names.named, names.areas)
    if where.park is not None:
        statement.also(_one_of("d.parks", names.parks, "{0}"), names.parks)
    if where.investor is not None:
        statement.also(
            "EXISTS (SELECT FROM parkwire.mention WHERE article_id = d.article_id"
            " AND type = 'company' AND name = ANY({0}::text[]))",
            names.investors,
        )
    if where.stage is not None or where.industry is not None:
        told = documents.told(where, names.industries)
        statement.also(_one_of("d.told", told, "{0}"), told)
    if where.text is not None:
        statement.also("d.words @@ {0}::text::tsquery", search_words.query(where.text))


def of_article(statement: Statement, where: Filter, names: Names) -> None:
    """Add what an article `d` must be and hold."""
    _of_any_fact(statement, where, names)
    if where.min_amount is not None:
        statement.also("d.money >= {0}", where.min_amount)
    _between(statement, where, "d.days", "d.published_at")


def of_story(statement: Statement, where: Filter, names: Names) -> None:
    """Add what the first article `d` of a story must be and hold."""
    statement.also("d.earliest")
    of_article(statement, where, names)


def of_amount(statement: Statement, where: Filter) -> None:
    """Add what an amount `f` of an article `d` must be itself, but for its date."""
    statement.also("f.article_id = d.article_id")
    if where.min_amount is not None:
        statement.also("f.unit = 'CNY' AND coalesce(f.low, f.high) >= {0}", where.min_amount)


def of_statement(statement: Statement, where: Filter, names: Names) -> None:
    """Add what a statement `f` of an article `d` must be."""
    _of_any_fact(statement, where, names)
    if where.min_amount is not None:
        statement.also("f.unit = 'CNY' AND f.value >= {0}", where.min_amount)
    if where.asks_dates:
        statement.also("f.days && daterange({0}::date, {1}::date, '[]')", where.since, where.until)


def in_period(statement: Statement, where: Filter, names: Names) -> None:
    """Add what an amount `f` of an article `d` must be, by its own period."""
    statement.also(
        "f.period_days && daterange({0}::date, {1}::date, '[]')", where.since, where.until
    )
    if where.until is not None:
        statement.also("lower(f.period_days) <= {0}::date", where.until)
    of_amount(statement, where)
    _of_any_fact(statement, where, names)


def of_park(statement: Statement, where: Filter, names: Names) -> None:
    """Add what a linked project `f` of a park must be."""
    of_project(statement, where, names)
    statement.also("f.park IS NOT NULL")
