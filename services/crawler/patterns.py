"""What is learnt of a host: which shapes of URLs its articles have, and which its lists."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from services.crawler.verdict import Verdict

_HEX: Final = re.compile(r"(?=[0-9a-f]*\d)[0-9a-f]{10,}")
_DIGITS: Final = re.compile(r"\d+")

_ENOUGH: Final = 3
"""Pages of a shape from which it counts."""
_CLEAR: Final = 4
"""Times as many pages must have been of one kind as of the other."""
_MIXED: Final = 6
"""Pages of a shape after which one that is still unclear has pages of both kinds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How many pages turned out to be what."""

    articles: int = 0
    lists: int = 0

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(self.articles + other.articles, self.lists + other.lists)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Pages of one host, counted by the shape of their URLs."""

    seen: Mapping[str, Seen] = field(default_factory=dict)

    def verdict(self, shape: str) -> Verdict:
        """Return what a page whose URL has this shape is, as far as others tell."""
        counts = self.seen.get(shape, Seen())
        if counts.articles >= max(_ENOUGH, _CLEAR * counts.lists):
            return "article"
        if counts.lists >= max(_ENOUGH, _CLEAR * counts.articles):
            return "list"
        return "unclear"

    def suffice(self, url: str) -> bool:
        """Return whether it is clear what the page at `url` is, or will not become clear by it."""
        of_url = shape(url)
        if not is_telling(of_url) or self.verdict(of_url) != "unclear":
            return True
        counts = self.seen.get(of_url, Seen())
        return counts.articles + counts.lists >= _MIXED

    def and_also(self, url: str, verdict: Verdict) -> "Patterns":
        """Return what is known with the page at `url` counted too."""
        of_url = shape(url)
        if verdict == "unclear" or not is_telling(of_url):
            return self
        one = Seen(articles=int(verdict == "article"), lists=int(verdict == "list"))
        return Patterns({**self.seen, of_url: self.seen.get(of_url, Seen()) + one})


def shape(url: str) -> str:
    """Return the URL with its digits and identifiers folded: the same for pages of one template."""
    parts = urlsplit(url)
    return _DIGITS.sub("0", _HEX.sub("0", f"{parts.netloc}{parts.path}?{parts.query}"))


def is_telling(shape: str) -> bool:
    """Return whether other pages may share the shape: one without a number is one page's alone."""
    return "0" in shape.partition("/")[2]
