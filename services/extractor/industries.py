"""The industry of an undertaking, from the terms of its name and its clause."""

import re
from collections.abc import Set
from functools import cache

from services.extractor import tables
from services.extractor.matching import alternatives


@cache
def _terms() -> dict[str, str]:
    return {
        term: industry
        for industry, terms in tables.rows("industries.tsv")
        for term in terms.split()
    }


def industry_terms() -> Set[str]:
    """Return every term of every industry."""
    return _terms().keys()


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(alternatives(_terms()))


def industry_of(*texts: str) -> str | None:
    """Return the industry of the first of `texts` that has a term of one, by its longest term."""
    for text in texts:
        found = _pattern().findall(text)
        if found:
            return _terms()[max(found, key=len)]
    return None
