"""Runs of lines inside a body that advertise: a number or a code, and what stands around it.

No line of such a run tells by itself what it is: "来电请告知面积" may be said in a story. The run
does, so the neighbours of a telephone number are read in its light. The words are in
`data/adverts.toml`.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from services.cleaner.data import load

# Every telephone number has them; most lines do not, and are read no further.
_DIGITS: Final = re.compile(r"\d{3}")
_MOSTLY: Final = 0.75
"""A line of which more than this share are the digits of telephone numbers says nothing else."""
_WARES: Final = 2


class AdvertRules:
    """The words of `data/adverts.toml`, compiled."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self._numbers = _any_of(tables["numbers"])
        self._offers = _any_of(tables["offers"])
        self._enquiries = _any_of(tables["enquiries"])
        self._codes = _any_of(tables["codes"])
        self._addresses = _any_of(tables["addresses"])
        self._wares = re.compile(tables["wares"])
        self._stories = re.compile(tables["stories"])
        self._longest_number = int(tables["longest_number"])
        self._longest_address = int(tables["longest_address"])

    def has_number(self, line: str) -> bool:
        """Whether a line gives a telephone number and does not tell a story."""
        return (
            len(line) <= self._longest_number
            and bool(_DIGITS.search(line))
            and bool(self._numbers.search(line))
            and not self._stories.search(line)
        )

    def has_offer(self, line: str) -> bool:
        """Whether a line with a number offers something or an account, or is but the number."""
        if self._offers.search(line) or self._codes.search(line):
            return True
        return sum(map(len, self._numbers.findall(line))) > _MOSTLY * len(line)

    def has_enquiry(self, line: str) -> bool:
        """Whether a line with a number says that one may call it."""
        return bool(self._enquiries.search(line))

    def has_code(self, line: str) -> bool:
        """Whether a line that is known not to be text tells of a code or an account."""
        return len(line) <= self._longest_address and bool(self._codes.search(line))

    def speaks_to_reader(self, line: str) -> bool:
        """Whether a line beside a telephone number is part of the advertisement."""
        if len(line) > self._longest_address or self._stories.search(line):
            return False
        if self._addresses.search(line):
            return True
        return "。" not in line and len(self._wares.findall(line)) >= _WARES


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


@cache
def advert_rules() -> AdvertRules:
    """Return the rules of the package, compiled once per process."""
    return AdvertRules(load("adverts.toml"))


def advert_lines(lines: Sequence[str], dropped: Sequence[bool]) -> set[int]:
    """Return which of `lines` advertise; `dropped` says which are known not to be the article.

    Every run grows from a line with a number or, where it is dropped anyway, with a code, over the
    dropped lines and those that speak to the reader. Time is linear in the number of lines.
    """
    rules = advert_rules()
    numbers = {i for i, line in enumerate(lines) if rules.has_number(line)}
    found = {i for i in numbers if rules.has_offer(lines[i])}
    found |= {i for i, line in enumerate(lines) if dropped[i] and rules.has_code(line)}
    for i in numbers - found:
        beside = (lines[k] for k in (i - 1, i + 1) if 0 <= k < len(lines))
        if rules.has_enquiry(lines[i]) and any(map(rules.speaks_to_reader, beside)):
            found.add(i)
    for seed in sorted(found):
        for step in (-1, 1):
            i = seed + step
            while 0 <= i < len(lines) and i not in found:
                if not (dropped[i] or i in numbers or rules.speaks_to_reader(lines[i])):
                    break
                found.add(i)
                i += step
    return found
